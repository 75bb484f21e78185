//! A **meter** collects gold and predicted labels page by page until they are evaluated.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Evaluation;
use crate::{Error, Label};

/// The site under which pages without one are reported.
const NO_SITE: &str = "(none)";

/// A page with its gold labels and what was predicted for it; every slice has one entry a line.
#[derive(Clone, Copy, Debug)]
pub struct ScoredPage<'a> {
    /// Names the page in error messages.
    pub id: &'a str,
    /// The page's site; pages without one are reported together as `(none)`.
    pub site: Option<&'a str>,
    /// What the lines are.
    pub gold: &'a [Label],
    /// What the lines were taken for.
    pub predicted: &'a [Label],
    /// The probabilities of [`Label::ALL`], each in [0, 1].
    pub probabilities: &'a [[f64; 6]],
    /// Characters of the normalised line.
    pub characters: &'a [usize],
    /// Whether the normalised line stood in the training corpus; `None` where that is unknown.
    pub seen: Option<&'a [bool]>,
}

/// One line of a page, as all scores see it.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub gold: Label,
    pub predicted: Label,
    pub probabilities: [f64; 6],
    pub characters: u64,
    pub seen: Option<bool>,
}

/// One page: its site, and where its lines stand among all lines.
#[derive(Clone, Debug)]
struct PageLines {
    site: String,
    lines: Range<usize>,
}

/// Collects [`ScoredPage`]s and turns them into an [`Evaluation`].
#[derive(Clone, Debug, Default)]
pub struct Meter {
    pages: Vec<PageLines>,
    lines: Vec<Line>,
}

impl Meter {
    /// A meter without pages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one page in.
    ///
    /// # Errors
    /// [`Error::Evaluation`] where the page's slices differ in length, or a probability is not
    /// within [0, 1]; the meter is then as it was before.
    pub fn add(&mut self, page: &ScoredPage<'_>) -> Result<(), Error> {
        check(page).map_err(|reason| Error::Evaluation {
            page: page.id.to_owned(),
            reason,
        })?;
        let start = self.lines.len();
        self.lines
            .extend((0..page.gold.len()).map(|index| line(page, index)));
        self.pages.push(PageLines {
            site: page.site.unwrap_or_default().to_owned(),
            lines: start..self.lines.len(),
        });
        Ok(())
    }

    /// Scores all pages taken in.
    pub fn finish(&self) -> Evaluation {
        Evaluation::new(self)
    }

    /// The lines of all pages.
    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The lines of each page, in the order in which the pages were taken in.
    pub(super) fn pages(&self) -> impl ExactSizeIterator<Item = &[Line]> + Clone {
        self.pages
            .iter()
            .map(|page| &self.lines[page.lines.clone()])
    }

    /// The sites by name, each with its pages.
    pub(super) fn sites(&self) -> Vec<(&str, Vec<&[Line]>)> {
        let mut sites = BTreeMap::<&str, Vec<_>>::new();
        for (page, lines) in self.pages.iter().zip(self.pages()) {
            sites.entry(&page.site).or_default().push(lines);
        }
        let named = |site| if str::is_empty(site) { NO_SITE } else { site };
        sites
            .into_iter()
            .map(|(site, pages)| (named(site), pages))
            .collect()
    }
}

fn line(page: &ScoredPage<'_>, index: usize) -> Line {
    Line {
        gold: page.gold[index],
        predicted: page.predicted[index],
        probabilities: page.probabilities[index],
        characters: page.characters[index] as u64,
        seen: page.seen.map(|seen| seen[index]),
    }
}

fn check(page: &ScoredPage<'_>) -> Result<(), String> {
    let lines = page.gold.len();
    let lengths = [
        ("predicted labels", page.predicted.len()),
        ("rows of probabilities", page.probabilities.len()),
        ("character counts", page.characters.len()),
        ("seen flags", page.seen.map_or(lines, <[bool]>::len)),
    ];
    if let Some((what, length)) = lengths.into_iter().find(|&(_, length)| length != lines) {
        return Err(format!("{lines} gold labels, but {length} {what}"));
    }
    let outside = |probability: &&f64| !(0.0..=1.0).contains(*probability);
    match page.probabilities.iter().flatten().find(outside) {
        Some(probability) => Err(format!("probability {probability} is not within 0 to 1")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page<'a>(site: Option<&'a str>, probabilities: &'a [[f64; 6]]) -> ScoredPage<'a> {
        ScoredPage {
            id: "p",
            site,
            gold: &[Label::Content],
            predicted: &[Label::Content],
            probabilities,
            characters: &[1],
            seen: None,
        }
    }

    #[test]
    fn sites_come_by_name_whatever_the_order_of_the_pages() {
        let row = [[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]];
        let mut meter = Meter::new();
        for site in [Some("b"), None, Some("a"), Some("b")] {
            meter.add(&page(site, &row)).expect("a valid page");
        }
        let sites: Vec<_> = meter
            .sites()
            .into_iter()
            .map(|(site, pages)| (site, pages.len()))
            .collect();
        assert_eq!(sites, [(NO_SITE, 1), ("a", 1), ("b", 2)]);
    }

    #[test]
    fn slices_of_different_lengths_are_refused() {
        let message = Meter::new()
            .add(&page(None, &[]))
            .expect_err("no probabilities")
            .to_string();
        assert_eq!(
            message,
            "cannot evaluate page \"p\": 1 gold labels, but 0 rows of probabilities"
        );
    }

    #[test]
    fn a_number_that_is_no_probability_is_refused_and_leaves_nothing_behind() {
        let mut meter = Meter::new();
        for number in [f64::NAN, -0.1, 1.1] {
            let row = [[0.0, 0.0, number, 0.0, 0.0, 0.0]];
            meter.add(&page(None, &row)).expect_err("no probability");
        }
        assert_eq!((meter.lines().len(), meter.pages().len()), (0, 0));
    }
}
