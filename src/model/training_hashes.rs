//! **Training hashes** tell whether a line or a site stood in the training corpus, which itself is
//! not kept.
//!
//! What is hashed is a normalised line, or a site's name (see `crate::hash`). That two of a million lines share one has a chance of 1 in 37 million (n^2 / 2^65).

use crate::hash::hash;
use crate::normalize::normalize;
use crate::{Error, LabelledPage, Page, Result};

/// The hashes of the lines and the sites of a training corpus; both sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrainingHashes {
    lines: Vec<u64>,
    sites: Vec<u64>,
}

impl TrainingHashes {
    /// Hashes the lines and the sites of a corpus.
    ///
    /// ```
    /// use saring::model::TrainingHashes;
    /// use saring::{Label, LabelledPage, Page};
    ///
    /// let mut page = LabelledPage::new("1", Some("kabar.example".to_owned()));
    /// page.push(Label::Navigation, b"Beranda");
    /// let training = TrainingHashes::of(&[page]);
    ///
    /// let other = Page::from_text("2", Some("warta.example".to_owned()), "\tBeranda \nHarga naik");
    /// assert_eq!(training.seen(&other), [true, false]);
    /// assert!(training.has_site("kabar.example"));
    /// assert!(!training.has_site("warta.example"));
    /// ```
    pub fn of(corpus: &[LabelledPage]) -> Self {
        let pages = || corpus.iter().map(LabelledPage::page);
        let sites = pages().filter_map(|page| page.site.as_deref());
        Self {
            lines: sorted(pages().flat_map(line_hashes)),
            sites: sorted(sites.map(hash)),
        }
    }

    /// Puts the hashes together from their stored parts.
    ///
    /// # Errors
    /// [`Error::Model`] where they are not sorted, or one stands twice.
    pub fn from_parts(lines: Vec<u64>, sites: Vec<u64>) -> Result<Self> {
        let is_sorted = |hashes: &[u64]| hashes.windows(2).all(|pair| pair[0] < pair[1]);
        match is_sorted(&lines) && is_sorted(&sites) {
            true => Ok(Self { lines, sites }),
            false => Err(Error::Model(
                "the hashes of its training corpus are not sorted".to_owned(),
            )),
        }
    }

    /// The hashes of the normalised lines, ascending.
    pub fn lines(&self) -> &[u64] {
        &self.lines
    }

    /// The hashes of the names of the sites, ascending.
    pub fn sites(&self) -> &[u64] {
        &self.sites
    }

    /// Whether nothing is known of the training corpus.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.sites.is_empty()
    }

    /// Whether pages of this site were trained on.
    pub fn has_site(&self, site: &str) -> bool {
        self.sites.binary_search(&hash(site)).is_ok()
    }

    /// For each line of a page, whether its normalised text stood in the training corpus.
    pub fn seen(&self, page: &Page) -> Vec<bool> {
        line_hashes(page)
            .map(|hash| self.lines.binary_search(&hash).is_ok())
            .collect()
    }
}

fn line_hashes(page: &Page) -> impl Iterator<Item = u64> {
    let mut text = String::new();
    page.lines().map(move |line| {
        normalize(line, &mut text);
        hash(&text)
    })
}

fn sorted(hashes: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut hashes: Vec<u64> = hashes.collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Label;

    fn page(site: Option<&str>, lines: &[&str]) -> LabelledPage {
        let mut page = LabelledPage::new("p", site.map(str::to_owned));
        let push = |line: &&str| page.push(Label::Content, line.as_bytes());
        lines.iter().for_each(push);
        page
    }

    #[test]
    fn hashes_are_sorted_each_once_whatever_the_order_of_the_pages() {
        let corpus = [
            page(Some("b"), &["Beranda", "Kontak", "Beranda\r"]),
            page(Some("a"), &["Kontak", "abc"]),
            page(Some("b"), &[]),
            page(None, &[]),
        ];
        let hashes = TrainingHashes::of(&corpus);
        assert_eq!((hashes.lines().len(), hashes.sites().len()), (3, 2));
        let mut turned = corpus.to_vec();
        turned.reverse();
        assert_eq!(TrainingHashes::of(&turned), hashes);
        let (lines, sites) = (hashes.lines().to_vec(), hashes.sites().to_vec());
        let read = TrainingHashes::from_parts(lines, sites).expect("sorted, each once");
        assert_eq!(read, hashes);
    }

    #[test]
    fn hashes_that_are_not_sorted_or_stand_twice_are_refused() {
        for hashes in [[2, 1], [1, 1]] {
            assert!(TrainingHashes::from_parts(hashes.to_vec(), Vec::new()).is_err());
            assert!(TrainingHashes::from_parts(Vec::new(), hashes.to_vec()).is_err());
        }
        let none = TrainingHashes::from_parts(Vec::new(), Vec::new()).expect("sorted");
        assert!(none.is_empty());
    }
}
