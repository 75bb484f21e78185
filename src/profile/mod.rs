//! A **site profile** tells on what share of a site's other pages a line stands: a line that stands
//! on many is furniture.
//!
//! A profile is built on request, from any pages of the sites, labelled or not. Lines are compared
//! in lower case and with every digit as 0, and each counts once a page. A page that is itself in
//! the profile is subtracted, so the profile knows the hashes of its pages. What is approximated,
//! in training and prediction alike:
//!
//! - a line that stands on fewer than two other pages counts as standing on none, because lines
//!   seen once are dropped when a profile is finished;
//! - while a profile is built it holds at most [`MOST_LINES`] different lines; when there are more,
//!   those seen once so far are dropped, so that a line whose second page comes later loses one.
//!
//! Where no single machine sees all pages of a site, the [`PageHashes`] of pages are counted elsewhere
//! and the counts come back by [`SiteProfiles::insert`]. How profiles are stored is left to `file`.

mod file;

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::hash::hash;
use crate::normalize::normalize;
use crate::{Error, Page, Result};

/// Fewer other pages than this tell nothing.
const FEWEST_PAGES: usize = 3;
/// A line counts as repeated when it stands on so many other pages.
const FEWEST_REPEATS: u32 = 2;
/// Most different lines that a builder holds: about 1 GiB.
pub const MOST_LINES: usize = 1 << 25;

/// The profiles of several sites.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteProfiles {
    sites: BTreeMap<String, SiteProfile>,
}

/// The profile of one site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct SiteProfile {
    /// The hashes of its pages, sorted.
    pages: Vec<u64>,
    /// The hashes of the lines that stand on two pages or more, sorted.
    lines: Vec<u64>,
    /// The number of pages that each of them stands on.
    counts: Vec<u32>,
}

impl SiteProfiles {
    /// Number of sites.
    pub fn len(&self) -> usize {
        self.sites.len()
    }

    /// Whether there is no site.
    pub fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }

    /// Number of pages, over all sites.
    pub fn pages(&self) -> usize {
        self.sites.values().map(|site| site.pages.len()).sum()
    }

    /// Adds the profile of a site whose pages were counted elsewhere: the [`PageHashes::page`] of its
    /// pages, and on how many of these pages each of the [`PageHashes::lines`] stands. In any order;
    /// a page that comes twice is one, lines that stand on one page are left out.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    ///
    /// use saring::Page;
    /// use saring::profile::{PageHashes, ProfileBuilder, SiteProfiles};
    ///
    /// let page = |text: &str| Page::from_text("p", Some("a.example".to_owned()), text);
    /// let [one, two] = [page("Beranda\nsatu"), page("Beranda\ndua")];
    /// let hashes = [&one, &two].map(PageHashes::of);
    /// let mut lines = BTreeMap::new();
    /// for line in hashes.iter().flat_map(|page| &page.lines) {
    ///     *lines.entry(*line).or_insert(0) += 1;
    /// }
    /// let pages = hashes.iter().map(|page| page.page).collect();
    /// let mut counted = SiteProfiles::default();
    /// counted.insert("a.example".to_owned(), pages, lines.into_iter().collect())?;
    ///
    /// let mut builder = ProfileBuilder::default();
    /// [&one, &two].map(|page| builder.add(page));
    /// assert_eq!(counted, builder.finish());
    /// # Ok::<(), saring::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Profile`] where the site has a profile already, a line comes twice, or one stands on
    /// more pages than there are.
    pub fn insert(
        &mut self,
        site: String,
        mut pages: Vec<u64>,
        mut lines: Vec<(u64, u32)>,
    ) -> Result<()> {
        pages.sort_unstable();
        pages.dedup();
        lines.retain(|&(_, count)| count > 1);
        lines.sort_unstable();
        let refuse = |what: &str| Err(Error::Profile(format!("site {site:?} {what}")));
        if self.sites.contains_key(&site) {
            return refuse("comes twice");
        }
        if lines.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return refuse("has a line twice");
        }
        if lines.iter().any(|&(_, count)| count as usize > pages.len()) {
            return refuse("has a line on more pages than it has");
        }
        let (lines, counts) = lines.into_iter().unzip();
        self.sites.insert(
            site,
            SiteProfile {
                pages,
                lines,
                counts,
            },
        );
        Ok(())
    }

    /// Adds the profiles of other sites.
    ///
    /// # Errors
    /// [`Error::Profile`] where a site is in both: lines that were dropped as single could not be
    /// counted any more.
    pub fn merge(&mut self, others: Self) -> Result<()> {
        if let Some(site) = others
            .sites
            .keys()
            .find(|&site| self.sites.contains_key(site))
        {
            return Err(Error::Profile(format!("site {site:?} comes twice")));
        }
        self.sites.extend(others.sites);
        Ok(())
    }

    /// For each line of a page, the share of its site's other pages on which it stands, 0 to 1;
    /// `None` where the site is unknown or has fewer than three other pages.
    ///
    /// ```
    /// use saring::Page;
    /// use saring::profile::ProfileBuilder;
    ///
    /// let page = |text: &str| Page::from_text("p", Some("a.example".to_owned()), text);
    /// let mut builder = ProfileBuilder::default();
    /// for story in ["satu", "dua", "tiga", "empat"] {
    ///     builder.add(&page(&format!("Beranda\nBerita {story}")));
    /// }
    /// let profiles = builder.finish();
    /// assert_eq!(profiles.shares(&page("Beranda\nBerita lima")), Some(vec![1.0, 0.0]));
    /// // The page is one of the four: three others are left.
    /// assert_eq!(profiles.shares(&page("Beranda\nBerita satu")), Some(vec![1.0, 0.0]));
    /// ```
    pub fn shares(&self, page: &Page) -> Option<Vec<f32>> {
        let site = self.sites.get(page.site.as_deref()?)?;
        let lines = line_hashes(page);
        let own = u32::from(site.pages.binary_search(&page_hash(&lines)).is_ok());
        let others = site.pages.len() - own as usize;
        if others < FEWEST_PAGES {
            return None;
        }
        let share = |line: &u64| {
            let stands = site
                .lines
                .binary_search(line)
                .map_or(0, |at| site.counts[at]);
            let elsewhere = stands.saturating_sub(own);
            match elsewhere >= FEWEST_REPEATS {
                true => elsewhere as f32 / others as f32,
                false => 0.0,
            }
        };
        Some(lines.iter().map(share).collect())
    }
}

/// What a profile compares of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageHashes {
    /// Stands for the page among those of its site.
    pub page: u64,
    /// Stand for its different lines, ascending.
    pub lines: Vec<u64>,
}

impl PageHashes {
    /// The hashes of a page, the same on every machine.
    pub fn of(page: &Page) -> Self {
        let mut lines = line_hashes(page);
        let page = page_hash(&lines);
        lines.sort_unstable();
        lines.dedup();
        Self { page, lines }
    }
}

/// The hash of each line, as profiles compare lines.
fn line_hashes(page: &Page) -> Vec<u64> {
    let mut text = String::new();
    let mut folded = String::new();
    page.lines()
        .map(|line| {
            normalize(line, &mut text);
            folded.clear();
            let fold = |c: char| if c.is_numeric() { '0' } else { c };
            folded.extend(text.chars().flat_map(char::to_lowercase).map(fold));
            hash(&folded)
        })
        .collect()
}

fn page_hash(lines: &[u64]) -> u64 {
    let bytes: Vec<u8> = lines.iter().flat_map(|line| line.to_le_bytes()).collect();
    hash(bytes)
}

/// Builds profiles page by page.
#[derive(Debug, Default)]
pub struct ProfileBuilder {
    sites: BTreeMap<String, (FxHashSet<u64>, FxHashMap<u64, u32>)>,
    lines: usize,
}

impl ProfileBuilder {
    /// Adds a page; one that was added before, or has no site or no line, changes nothing. Says
    /// whether it was added.
    pub fn add(&mut self, page: &Page) -> bool {
        let Some(site) = page.site.as_deref().filter(|_| !page.is_empty()) else {
            return false;
        };
        let hashes = PageHashes::of(page);
        let (pages, lines) = self.sites.entry(site.to_owned()).or_default();
        if !pages.insert(hashes.page) {
            return false;
        }
        let before = lines.len();
        for line in hashes.lines {
            *lines.entry(line).or_default() += 1;
        }
        self.lines += lines.len() - before;
        if self.lines > MOST_LINES {
            self.drop_single();
        }
        true
    }

    fn drop_single(&mut self) {
        self.lines = 0;
        for (_, lines) in self.sites.values_mut() {
            lines.retain(|_, count| *count > 1);
            self.lines += lines.len();
        }
    }

    /// The profiles of the pages that were added.
    pub fn finish(mut self) -> SiteProfiles {
        self.drop_single();
        let profile = |(site, (pages, lines)): (String, (FxHashSet<u64>, FxHashMap<u64, u32>))| {
            let mut pages: Vec<u64> = pages.into_iter().collect();
            pages.sort_unstable();
            let mut lines: Vec<(u64, u32)> = lines.into_iter().collect();
            lines.sort_unstable();
            let (lines, counts) = lines.into_iter().unzip();
            (
                site,
                SiteProfile {
                    pages,
                    lines,
                    counts,
                },
            )
        };
        SiteProfiles {
            sites: self.sites.into_iter().map(profile).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(site: Option<&str>, text: &str) -> Page {
        Page::from_text("p", site.map(str::to_owned), text)
    }

    fn profiles(texts: &[&str]) -> SiteProfiles {
        let mut builder = ProfileBuilder::default();
        for text in texts {
            builder.add(&page(Some("a"), text));
        }
        builder.finish()
    }

    #[test]
    fn lines_are_compared_in_lower_case_and_without_their_digits() {
        let profiles = profiles(&["Menu\n1 jam lalu\na", "MENU\n2 jam lalu\nb", "x", "y"]);
        // "menu" and "0 jam lalu" stand on 2 of 4 pages, the other line on none.
        let shares = profiles.shares(&page(Some("a"), "menu\n7 Jam Lalu\nbaru"));
        assert_eq!(shares, Some(vec![0.5, 0.5, 0.0]));
    }

    #[test]
    fn a_page_of_the_profile_is_subtracted_and_one_other_page_is_none() {
        let profiles = profiles(&["m\na", "m\na", "m\nb", "m\nb\nc", "d"]);
        // "m\na" was added twice but is one page: of the 3 others "m" stands on 2, "a" on none.
        let shares = profiles.shares(&page(Some("a"), "m\na"));
        assert_eq!(shares, Some(vec![2.0 / 3.0, 0.0]));
    }

    #[test]
    fn few_pages_unknown_sites_and_pages_without_a_site_have_no_shares() {
        let profiles = profiles(&["m\na", "m\nb", "m\nc"]);
        assert!(profiles.shares(&page(Some("a"), "m")).is_some());
        assert_eq!(
            profiles.shares(&page(Some("a"), "m\na")),
            None,
            "two others"
        );
        assert_eq!(profiles.shares(&page(Some("b"), "m")), None);
        assert_eq!(profiles.shares(&page(None, "m")), None);
    }

    #[test]
    fn counts_that_cannot_be_are_refused() {
        let insert = |pages: &[u64], lines: &[(u64, u32)]| {
            let mut profiles = profiles(&["x\ny"]);
            let result = profiles.insert("b".into(), pages.to_vec(), lines.to_vec());
            result.map(|()| profiles)
        };
        assert!(insert(&[2, 1, 2], &[(7, 2), (3, 1), (3, 1)]).is_ok());
        for (pages, lines) in [(&[1, 1][..], &[(7, 2)][..]), (&[1, 2], &[(7, 2), (7, 2)])] {
            assert!(matches!(insert(pages, lines), Err(Error::Profile(_))));
        }
        let mut twice = profiles(&["x"]);
        assert!(twice.insert("a".into(), vec![1], vec![]).is_err());
        assert!(twice.merge(profiles(&["y"])).is_err());
        assert_eq!(twice, profiles(&["x"]));
    }

    #[test]
    fn profiles_of_other_sites_can_be_added() {
        let mut both = profiles(&["m\na", "m\nb"]);
        let other = insert_only("b", vec![4, 3], vec![(9, 2)]);
        both.merge(other.clone()).expect("another site");
        assert_eq!((both.len(), both.pages()), (2, 4));
        assert_eq!(both.sites["b"], other.sites["b"]);
        assert_eq!(both.sites["b"].pages, [3, 4]);
    }

    fn insert_only(site: &str, pages: Vec<u64>, lines: Vec<(u64, u32)>) -> SiteProfiles {
        let mut profiles = SiteProfiles::default();
        profiles.insert(site.into(), pages, lines).expect("can be");
        profiles
    }
}
