//! **Summaries** of scores over pages or sites, each of which counts the same whatever its length.

use serde::Serialize;

use super::counts::Counts;
use super::meter::Line;
use super::scores::SiteScores;
use crate::Label;

const WORST: usize = 5;

/// Content's scores over pages, or over sites.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Of the precisions.
    pub precision: Statistic,
    /// Of the recalls.
    pub recall: Statistic,
    /// Of the F1 scores.
    pub f1: Statistic,
    /// Of the F1 scores with each line weighted by its characters.
    pub char_f1: Statistic,
}

/// Mean and median of the values that are defined.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Statistic {
    /// Their mean; `None` where no value is defined.
    pub mean: Option<f64>,
    /// Their median, the mean of the middle two of an even number.
    pub median: Option<f64>,
    /// Number of values that are undefined, and left out.
    pub undefined: usize,
}

/// One of the sites with the lowest F1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorstSite {
    /// The site's name.
    pub site: String,
    /// Content's F1 there.
    pub f1: f64,
    /// The same with each line weighted by its characters.
    pub char_f1: Option<f64>,
}

/// What was taken for content on pages that have none: what a corpus gets from them is all wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WithoutContent {
    /// Number of pages without a content line.
    pub pages: usize,
    /// Number of their lines.
    pub lines: usize,
    /// Number of their characters.
    pub characters: u64,
    /// Number of their lines that were predicted as content.
    pub false_positive_lines: u64,
    /// Number of characters of these.
    pub false_positive_characters: u64,
}

impl Summary {
    /// Summarises the scores of pages, each given as its lines.
    pub(super) fn of_pages<'a>(pages: impl Iterator<Item = &'a [Line]> + Clone) -> Self {
        let lines = || {
            pages
                .clone()
                .map(|page| Counts::lines(page, Label::Content))
        };
        let characters = pages
            .clone()
            .map(|page| Counts::characters(page, Label::Content));
        Self {
            precision: Statistic::new(lines().map(Counts::precision)),
            recall: Statistic::new(lines().map(Counts::recall)),
            f1: Statistic::new(lines().map(Counts::f1)),
            char_f1: Statistic::new(characters.map(Counts::f1)),
        }
    }

    /// Summarises the scores of sites.
    pub(super) fn of_sites(sites: &[SiteScores]) -> Self {
        let statistic =
            |score: fn(&SiteScores) -> Option<f64>| Statistic::new(sites.iter().map(score));
        Self {
            precision: statistic(|site| site.precision),
            recall: statistic(|site| site.recall),
            f1: statistic(|site| site.f1),
            char_f1: statistic(|site| site.char_f1),
        }
    }
}

impl Statistic {
    /// Takes the values in a fixed order, in which they are added up.
    fn new(values: impl Iterator<Item = Option<f64>>) -> Self {
        let all: Vec<Option<f64>> = values.collect();
        let mut defined: Vec<f64> = all.iter().copied().flatten().collect();
        let sum: f64 = defined.iter().sum();
        defined.sort_unstable_by(f64::total_cmp);
        Self {
            mean: (!defined.is_empty()).then(|| sum / defined.len() as f64),
            median: median(&defined),
            undefined: all.len() - defined.len(),
        }
    }
}

fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

impl WorstSite {
    /// The up to five sites with the lowest F1, the lowest first; sites where it is undefined are
    /// none of them, equal ones come by name.
    pub(super) fn all(sites: &[SiteScores]) -> Vec<Self> {
        let mut worst: Vec<_> = sites.iter().filter_map(Self::new).collect();
        worst.sort_by(|a, b| a.f1.total_cmp(&b.f1));
        worst.truncate(WORST);
        worst
    }

    fn new(scores: &SiteScores) -> Option<Self> {
        Some(Self {
            site: scores.site.clone(),
            f1: scores.f1?,
            char_f1: scores.char_f1,
        })
    }
}

impl WithoutContent {
    /// Looks at those of `pages` that have no content line.
    pub(super) fn new<'a>(pages: impl Iterator<Item = &'a [Line]>) -> Self {
        let mut sum = Self::default();
        for page in pages.filter(|page| page.iter().all(|line| line.gold != Label::Content)) {
            sum.pages += 1;
            sum.lines += page.len();
            sum.characters += page.iter().map(|line| line.characters).sum::<u64>();
            sum.false_positive_lines += Counts::lines(page, Label::Content).false_positives;
            sum.false_positive_characters +=
                Counts::characters(page, Label::Content).false_positives;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_values_are_left_out_and_counted() {
        let statistic = Statistic::new([Some(0.5), None, Some(1.0), Some(0.0)].into_iter());
        assert_eq!(statistic.mean, Some(0.5)); // (.5 + 1 + 0) / 3
        assert_eq!(statistic.median, Some(0.5));
        assert_eq!(statistic.undefined, 1);
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(median(&[0.0, 0.25, 0.75, 1.0]), Some(0.5));
        assert_eq!(median(&[0.25]), Some(0.25));
        assert_eq!(median(&[]), None);
    }
}
