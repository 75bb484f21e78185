//! The **profile file** is a `safetensors` file with these tensors, sites in byte order:
//!
//! | tensor | type | shape |
//! |---|---|---|
//! | `sites` | U8 | the sites' names, each followed by a line feed |
//! | `pages` | U64 | hashes of the pages, site after site |
//! | `page_counts` | U64 | number of pages of each site |
//! | `lines` | U64 | hashes of the repeated lines, site after site |
//! | `counts` | U32 | number of pages that each of them stands on |
//! | `line_counts` | U64 | number of repeated lines of each site |

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read, Write};

use super::{SiteProfile, SiteProfiles};
use crate::tensors::{Kind, Tensor, TensorHeader, to_bytes};
use crate::{Error, Result};

/// The tensors of a profile file, all of which it has.
const TENSORS: [&str; 6] = [
    "sites",
    "pages",
    "page_counts",
    "lines",
    "counts",
    "line_counts",
];

impl SiteProfiles {
    /// Writes the profiles; the same profiles are the same bytes.
    ///
    /// # Errors
    /// [`Error::Io`] where writing fails, [`Error::Profile`] where a site's name holds a line
    /// feed.
    pub fn write(&self, mut writer: impl Write) -> Result<()> {
        if self.sites.keys().any(|name| name.contains('\n')) {
            return Err(unusable("a site's name holds a line feed"));
        }
        let sites = || self.sites.values();
        let names: Vec<u8> = self
            .sites
            .keys()
            .flat_map(|name| [name, "\n"])
            .flat_map(str::bytes)
            .collect();
        let pages: Vec<u64> = sites().flat_map(|site| &site.pages).copied().collect();
        let page_counts: Vec<u64> = sites().map(|site| site.pages.len() as u64).collect();
        let lines: Vec<u64> = sites().flat_map(|site| &site.lines).copied().collect();
        let counts: Vec<u32> = sites().flat_map(|site| &site.counts).copied().collect();
        let line_counts: Vec<u64> = sites().map(|site| site.lines.len() as u64).collect();
        let tensors = [
            Tensor::list("sites", &names),
            Tensor::list("pages", &pages),
            Tensor::list("page_counts", &page_counts),
            Tensor::list("lines", &lines),
            Tensor::list("counts", &counts),
            Tensor::list("line_counts", &line_counts),
        ];
        let bytes = to_bytes(Kind::Profile, &tensors, None)?;
        writer
            .write_all(&bytes)
            .map_err(Error::io("cannot write the profile"))
    }

    /// Reads profiles.
    ///
    /// # Errors
    /// [`Error::Io`] where reading fails, [`Error::Profile`] where the bytes are no profile or a
    /// damaged one.
    pub fn read(reader: impl Read) -> Result<Self> {
        let file = TensorHeader::read(reader, Kind::Profile)?.tensors(&TENSORS)?;
        let names = String::from_utf8(file.list("sites")?);
        let names = names.map_err(|_| unusable("its sites are not UTF-8"))?;
        let parts = Parts {
            pages: file.list("pages")?,
            page_counts: file.list("page_counts")?,
            lines: file.list("lines")?,
            counts: file.list("counts")?,
            line_counts: file.list("line_counts")?,
        };
        drop(file);
        parts.sites(&names).map(|sites| Self { sites })
    }
}

/// The tensors, all sites together.
struct Parts {
    pages: Vec<u64>,
    page_counts: Vec<u64>,
    lines: Vec<u64>,
    counts: Vec<u32>,
    line_counts: Vec<u64>,
}

impl Parts {
    /// Gives each site of `names`, which line feeds end, its share of the tensors.
    fn sites(&self, names: &str) -> Result<BTreeMap<String, SiteProfile>> {
        if !names.is_empty() && !names.ends_with('\n') {
            return Err(unusable("its last site has no end"));
        }
        self.check_sizes(names.bytes().filter(|&byte| byte == b'\n').count())?;
        let mut sites: BTreeMap<String, SiteProfile> = BTreeMap::new();
        let (mut page, mut line) = (0, 0);
        for (at, name) in names.split_terminator('\n').enumerate() {
            if sites
                .last_key_value()
                .is_some_and(|(last, _)| &**last >= name)
            {
                return Err(unusable("its sites are not sorted"));
            }
            let pages = page..page + self.page_counts[at] as usize;
            let lines = line..line + self.line_counts[at] as usize;
            (page, line) = (pages.end, lines.end);
            let profile = SiteProfile {
                pages: self.pages[pages].to_vec(),
                lines: self.lines[lines.clone()].to_vec(),
                counts: self.counts[lines].to_vec(),
            };
            check_site(&profile)?;
            sites.insert(name.to_owned(), profile);
        }
        Ok(sites)
    }

    fn check_sizes(&self, sites: usize) -> Result<()> {
        let adds_up = |counts: &[u64], whole: usize| {
            let sum = counts
                .iter()
                .try_fold(0_u64, |sum, &count| sum.checked_add(count));
            counts.len() == sites && sum == Some(whole as u64)
        };
        let fits = adds_up(&self.page_counts, self.pages.len())
            && adds_up(&self.line_counts, self.lines.len())
            && self.counts.len() == self.lines.len();
        match fits {
            true => Ok(()),
            false => Err(unusable("its sizes do not add up")),
        }
    }
}

/// Hashes stand in order, each once, and a line stands on two pages of the site or more.
fn check_site(site: &SiteProfile) -> Result<()> {
    let is_sorted = |hashes: &[u64]| hashes.windows(2).all(|pair| pair[0] < pair[1]);
    if !is_sorted(&site.pages) || !is_sorted(&site.lines) {
        return Err(unusable("its hashes are not sorted"));
    }
    let most = site.pages.len() as u64;
    match site
        .counts
        .iter()
        .all(|&count| count >= 2 && u64::from(count) <= most)
    {
        true => Ok(()),
        false => Err(unusable(
            "a line stands on more pages than there are, or on one",
        )),
    }
}

fn unusable(reason: impl fmt::Display) -> Error {
    Kind::Profile.unusable(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Page;
    use crate::profile::ProfileBuilder;

    fn profiles() -> SiteProfiles {
        let mut builder = ProfileBuilder::default();
        for (site, text) in [("b", "m\nx"), ("b", "m\ny"), ("a", "n"), ("b", "m\nx\nz")] {
            builder.add(&Page::from_text("p", Some(site.to_owned()), text));
        }
        builder.finish()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut bytes = Vec::new();
        profiles().write(&mut bytes).expect("a Vec takes all");
        assert_eq!(
            SiteProfiles::read(bytes.as_slice()).expect("whole"),
            profiles()
        );
    }

    #[test]
    fn a_cut_or_foreign_file_is_refused() {
        let mut bytes = Vec::new();
        profiles().write(&mut bytes).expect("a Vec takes all");
        for cut in 0..bytes.len() {
            assert!(SiteProfiles::read(&bytes[..cut]).is_err(), "{cut}");
        }
        assert!(SiteProfiles::read(crate::model::BUILT_IN).is_err());
    }

    /// What is said of these tensors as a file.
    fn refused(tensors: &[Tensor]) -> String {
        let bytes = to_bytes(Kind::Profile, tensors, None).expect("it fits");
        let refused = SiteProfiles::read(&bytes[..])
            .expect_err("refused")
            .to_string();
        let reason = refused.strip_prefix("not a usable profile: ");
        reason.expect("a reason").to_owned()
    }

    /// The tensors of two sites of two pages and a line each.
    fn tensors() -> [Tensor; 6] {
        [
            Tensor::list("sites", b"a\nb\n"),
            Tensor::list("pages", &[1_u64, 2, 3, 4]),
            Tensor::list("page_counts", &[2_u64, 2]),
            Tensor::list("lines", &[5_u64, 5]),
            Tensor::list("counts", &[2_u32, 2]),
            Tensor::list("line_counts", &[1_u64, 1]),
        ]
    }

    #[test]
    fn tensors_that_do_not_fit_together_are_refused() {
        let bytes = to_bytes(Kind::Profile, &tensors(), None).expect("it fits");
        assert_eq!(SiteProfiles::read(&bytes[..]).expect("whole").len(), 2);
        let with = |at: usize, tensor: Tensor| {
            let mut tensors = tensors();
            tensors[at] = tensor;
            refused(&tensors)
        };
        let names = |names: &[u8]| with(0, Tensor::list("sites", names));
        assert_eq!(names(b"b\na\n"), "its sites are not sorted");
        assert_eq!(names(b"a\na\n"), "its sites are not sorted");
        assert_eq!(names(b"a\nb"), "its last site has no end");
        assert_eq!(names(b"a\n\xff\n"), "its sites are not UTF-8");
        assert_eq!(names(b"a\n"), "its sizes do not add up");
        for counts in [[1, 2], [u64::MAX, 5], [3, 1]] {
            let page_counts = with(2, Tensor::list("page_counts", &counts));
            let expected = match counts {
                [3, 1] => "a line stands on more pages than there are, or on one",
                _ => "its sizes do not add up",
            };
            assert_eq!(page_counts, expected);
        }
        for pages in [[1_u64, 1, 3, 4], [2, 1, 3, 4]] {
            let message = with(1, Tensor::list("pages", &pages));
            assert_eq!(message, "its hashes are not sorted");
        }
        for count in [0_u32, 1, 3, u32::MAX] {
            let message = with(4, Tensor::list("counts", &[count, 2]));
            assert_eq!(
                message,
                "a line stands on more pages than there are, or on one"
            );
        }
        let message = with(5, Tensor::list("line_counts", &[1_u32, 1]));
        assert_eq!(message, "its tensor \"line_counts\" has another type");
        let message = with(5, Tensor::table("line_counts", 2, &[1_u64, 1]));
        assert_eq!(message, "its tensor \"line_counts\" has another shape");
    }

    #[test]
    fn a_million_sites_are_read() {
        let names: String = (0..1_000_000).map(|site| format!("{site:06}\n")).collect();
        let none = vec![0_u64; 1_000_000];
        let tensors = [
            Tensor::list("sites", names.as_bytes()),
            Tensor::list::<u64>("pages", &[]),
            Tensor::list("page_counts", &none),
            Tensor::list::<u64>("lines", &[]),
            Tensor::list::<u32>("counts", &[]),
            Tensor::list("line_counts", &none),
        ];
        let bytes = to_bytes(Kind::Profile, &tensors, None).expect("it fits");
        assert_eq!(
            SiteProfiles::read(&bytes[..]).expect("whole").len(),
            1_000_000
        );
    }
}
