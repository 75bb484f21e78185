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

use std::io::{Read, Write};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::{SiteProfile, SiteProfiles};
use crate::{Error, Result};

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
        let u64s = |values: Vec<u64>| values.into_iter().flat_map(u64::to_le_bytes).collect();
        let pages = sites().flat_map(|site| site.pages.clone()).collect();
        let lines = sites().flat_map(|site| site.lines.clone()).collect();
        let counts = sites()
            .flat_map(|site| &site.counts)
            .flat_map(|count| count.to_le_bytes());
        let tensors: [(&str, Dtype, Vec<u8>); 6] = [
            ("sites", Dtype::U8, names),
            ("pages", Dtype::U64, u64s(pages)),
            (
                "page_counts",
                Dtype::U64,
                u64s(sites().map(|site| site.pages.len() as u64).collect()),
            ),
            ("lines", Dtype::U64, u64s(lines)),
            ("counts", Dtype::U32, counts.collect()),
            (
                "line_counts",
                Dtype::U64,
                u64s(sites().map(|site| site.lines.len() as u64).collect()),
            ),
        ];
        let views = tensors.iter().map(|(name, dtype, bytes)| {
            let width = dtype.bitsize() / 8;
            TensorView::new(*dtype, vec![bytes.len() / width], bytes).map(|view| (*name, view))
        });
        let views = views
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(unusable)?;
        let bytes = safetensors::serialize(views, None).map_err(unusable)?;
        writer
            .write_all(&bytes)
            .map_err(Error::io("cannot write the profile"))
    }

    /// Reads profiles.
    ///
    /// # Errors
    /// [`Error::Io`] where reading fails, [`Error::Profile`] where the bytes are no profile or a
    /// damaged one.
    pub fn read(mut reader: impl Read) -> Result<Self> {
        let mut bytes = Vec::new();
        reader
            .read_to_end(&mut bytes)
            .map_err(Error::io("cannot read the profile"))?;
        let file = SafeTensors::deserialize(&bytes).map_err(unusable)?;
        let names =
            String::from_utf8(tensor(&file, "sites", u8::from_le_bytes)?).map_err(unusable)?;
        let names: Vec<&str> = names.split_terminator('\n').collect();
        let sites = Parts {
            pages: tensor(&file, "pages", u64::from_le_bytes)?,
            page_counts: tensor(&file, "page_counts", u64::from_le_bytes)?,
            lines: tensor(&file, "lines", u64::from_le_bytes)?,
            counts: tensor(&file, "counts", u32::from_le_bytes)?,
            line_counts: tensor(&file, "line_counts", u64::from_le_bytes)?,
        };
        let profiles = sites.split(names.len())?;
        if names.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(unusable("its sites are not sorted"));
        }
        let sites = names.into_iter().map(str::to_owned).zip(profiles).collect();
        Ok(Self { sites })
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
    fn split(self, sites: usize) -> Result<Vec<SiteProfile>> {
        let adds_up = |counts: &[u64], whole: usize| {
            let sum = counts
                .iter()
                .try_fold(0_u64, |sum, &count| sum.checked_add(count));
            counts.len() == sites && sum == Some(whole as u64)
        };
        let fits = adds_up(&self.page_counts, self.pages.len())
            && adds_up(&self.line_counts, self.lines.len())
            && self.counts.len() == self.lines.len();
        if !fits {
            return Err(unusable("its sizes do not add up"));
        }
        let mut pages = self.pages.as_slice();
        let mut lines = self.lines.iter().copied().zip(self.counts.iter().copied());
        let site = |(page_count, line_count): (&u64, &u64)| {
            let (own, rest) = pages.split_at(*page_count as usize);
            pages = rest;
            let (lines, counts) = lines.by_ref().take(*line_count as usize).unzip();
            let profile = SiteProfile {
                pages: own.to_vec(),
                lines,
                counts,
            };
            match profile.pages.is_sorted() && profile.lines.is_sorted() {
                true => Ok(profile),
                false => Err(unusable("its hashes are not sorted")),
            }
        };
        self.page_counts
            .iter()
            .zip(&self.line_counts)
            .map(site)
            .collect()
    }
}

fn tensor<T, const N: usize>(
    file: &SafeTensors,
    name: &str,
    from_bytes: fn([u8; N]) -> T,
) -> Result<Vec<T>> {
    let tensor = file.tensor(name).map_err(unusable)?;
    if tensor.dtype().bitsize() != 8 * N {
        return Err(unusable(format!("its tensor {name:?} has another type")));
    }
    let (chunks, _) = tensor.data().as_chunks::<N>();
    Ok(chunks.iter().map(|&chunk| from_bytes(chunk)).collect())
}

fn unusable(reason: impl ToString) -> Error {
    Error::Profile(reason.to_string())
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
}
