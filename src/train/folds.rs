//! **Folds** split the sites of a corpus, never a site's pages: what is learned on one side of a
//! fold has seen no line of the other side's sites.

use super::extracted::Extracted;
use crate::{Error, Result};

/// The fold of each site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folds {
    of_site: Vec<usize>,
    count: usize,
}

impl Folds {
    /// Deals the sites to `count` folds of about the same number of lines: the largest site first,
    /// each to the fold with the fewest lines.
    ///
    /// # Errors
    /// [`Error::Corpus`] where there are fewer sites than folds.
    pub fn new(corpus: &Extracted, count: usize) -> Result<Self> {
        let mut lines = vec![0; corpus.sites().len()];
        // Thinned copies have no say, so the folds do not depend on their number.
        for page in corpus.pages().iter().filter(|page| !page.is_thinned) {
            lines[page.site] += page.lines.len();
        }
        Self::of_sizes(&lines, count)
    }

    /// Deals sites with these numbers of lines.
    ///
    /// # Errors
    /// [`Error::Corpus`] where there are fewer sites than folds.
    pub fn of_sizes(lines: &[usize], count: usize) -> Result<Self> {
        let sites = lines.len();
        if sites < count {
            return Err(Error::Corpus(format!(
                "{count} folds need as many sites, the corpus has {sites}: give more sites, or \
                 --folds {sites}"
            )));
        }
        Ok(Self::deal(lines, count))
    }

    fn deal(lines: &[usize], count: usize) -> Self {
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|&site| std::cmp::Reverse(lines[site]));
        let mut of_site = vec![0; lines.len()];
        let mut filled = vec![0; count];
        for site in order {
            let fold = (0..count).min_by_key(|&fold| filled[fold]).unwrap_or(0);
            filled[fold] += lines[site];
            of_site[site] = fold;
        }
        Self { of_site, count }
    }

    /// Number of folds.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no fold.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The fold whose held-out side a site is on.
    pub fn of(&self, site: usize) -> usize {
        self.of_site[site]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_dealt_by_size_and_every_fold_gets_one() {
        let folds = Folds::deal(&[10, 50, 20, 20, 1], 3);
        // 50 to fold 0; 20 to 1; 20 to 2; 10 to 1 (a tie goes to the first); 1 to 2.
        assert_eq!(folds.of_site, [1, 0, 1, 2, 2]);
    }
}
