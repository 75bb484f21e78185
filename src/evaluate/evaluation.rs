//! The **result** of an evaluation: plain numbers, whose field names are the keys of the JSON
//! report.

use serde::Serialize;

use super::bootstrap::Intervals;
use super::calibration::ReliabilityBin;
use super::counts::ratio;
use super::meter::{Line, Meter};
use super::per_label::PerLabel;
use super::ranking::{CurvePoint, Ranking};
use super::scores::{ContentScores, LabelScores, SiteScores, UnseenScores};
use super::summary::{Summary, WithoutContent, WorstSite};
use crate::Label;

/// How well the predicted labels of some pages agree with their gold labels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Number of sites, those of `by_site`.
    pub sites: usize,
    /// Number of pages.
    pub pages: usize,
    /// Number of lines.
    pub lines: usize,
    /// Content against all other labels.
    pub content: ContentScores,
    /// 95% intervals of content's scores; `None` for fewer than two sites.
    pub intervals: Option<Intervals>,
    /// Each label against all others.
    pub labels: PerLabel<LabelScores>,
    /// Mean F1 of the labels that occur among the gold ones.
    pub macro_f1: Option<f64>,
    /// Number of labels that do not occur and are left out of `macro_f1`.
    pub undefined: usize,
    /// Share of lines whose predicted label is the gold one.
    pub accuracy: Option<f64>,
    /// Lines by gold label (row) and predicted label (column), both as in `label_order`.
    pub confusion: [[u64; 6]; 6],
    /// The labels in the order of `confusion`.
    pub label_order: [Label; 6],
    /// Content's scores over pages.
    pub page_summary: Summary,
    /// Content's scores over sites.
    pub site_summary: Summary,
    /// The up to five sites with the lowest F1, the lowest first.
    pub worst_sites: Vec<WorstSite>,
    /// What was taken for content on pages that have none.
    pub without_content: WithoutContent,
    /// Content's scores on lines that never stood in training; `None` where that is unknown.
    pub unseen: Option<UnseenScores>,
    /// What the pages share with the training corpus; `None` unless the caller has looked.
    pub leaks: Option<Leaks>,
    /// What simple rules reach on the same pages; `None` unless the caller has tried them.
    pub baselines: Option<Vec<Baseline>>,
    /// The precision-recall curve of P(content), thinned to at most 200 points; empty where no
    /// line is content.
    pub curve: Vec<CurvePoint>,
    /// P(content) against the share of content, in 15 bins.
    pub reliability: Vec<ReliabilityBin>,
    /// The scores of each site, sorted by name.
    pub by_site: Vec<SiteScores>,
}

/// What the evaluated pages share with the pages that a model was trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Leaks {
    /// Number of evaluated sites that were trained on.
    pub sites: usize,
    /// Number of evaluated lines whose normalised text stood in training.
    pub lines: usize,
}

/// Content's scores of a simple rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Baseline {
    /// The rule's name.
    pub name: String,
    /// Share of the lines predicted as content that are.
    pub precision: Option<f64>,
    /// Share of the content lines that were predicted as such.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// `f1`, each line weighted by its characters.
    pub char_f1: Option<f64>,
    /// Area under the steps of the precision-recall curve.
    pub average_precision: Option<f64>,
}

impl Evaluation {
    /// Scores everything that `meter` has taken in.
    pub(super) fn new(meter: &Meter) -> Self {
        let lines = meter.lines();
        let sites = meter.sites();
        let by_site: Vec<_> = sites
            .iter()
            .map(|(site, pages)| SiteScores::new(site, pages))
            .collect();
        let labels = LabelScores::all(lines);
        let (macro_f1, undefined) = macro_f1(&labels);
        Self {
            sites: sites.len(),
            pages: meter.pages().len(),
            lines: lines.len(),
            content: ContentScores::new(lines),
            intervals: Intervals::new(&sites),
            labels,
            macro_f1,
            undefined,
            accuracy: accuracy(lines),
            confusion: confusion(lines),
            label_order: Label::ALL,
            page_summary: Summary::of_pages(meter.pages()),
            site_summary: Summary::of_sites(&by_site),
            worst_sites: WorstSite::all(&by_site),
            without_content: WithoutContent::new(meter.pages()),
            unseen: UnseenScores::new(lines),
            leaks: None,
            baselines: None,
            curve: Ranking::of(lines, Label::Content).curve(),
            reliability: ReliabilityBin::all(lines),
            by_site,
        }
    }
}

impl Baseline {
    /// The scores of a rule that was evaluated like a model.
    pub fn new(name: impl Into<String>, content: &ContentScores) -> Self {
        Self {
            name: name.into(),
            precision: content.precision,
            recall: content.recall,
            f1: content.f1,
            char_f1: content.char_f1,
            average_precision: content.average_precision,
        }
    }
}

/// Mean F1 of the labels with support, and the number of those without.
fn macro_f1(labels: &PerLabel<LabelScores>) -> (Option<f64>, usize) {
    let f1: Vec<f64> = labels
        .iter()
        .filter(|(_, scores)| scores.support > 0)
        .filter_map(|(_, scores)| scores.f1)
        .collect();
    let mean = (!f1.is_empty()).then(|| f1.iter().sum::<f64>() / f1.len() as f64);
    (mean, Label::ALL.len() - f1.len())
}

fn accuracy(lines: &[Line]) -> Option<f64> {
    let right = lines.iter().filter(|line| line.gold == line.predicted);
    ratio(right.count() as u64, lines.len() as u64)
}

fn confusion(lines: &[Line]) -> [[u64; 6]; 6] {
    let mut confusion = [[0; 6]; 6];
    for line in lines {
        confusion[line.gold.index()][line.predicted.index()] += 1;
    }
    confusion
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::fixture;

    #[test]
    fn label_scores_are_those_of_scikit_learn() {
        // scikit-learn 1.9.1 on the fixture: precision_recall_fscore_support(gold, predicted,
        // labels=range(6), zero_division=nan), f1_score(average="macro"), accuracy_score
        let evaluation = fixture::labelled().finish();
        let nan = f64::NAN;
        let third = 2.0 / 3.0;
        let expected = [
            (0.6, 0.75, third, 4),
            (1.0, 0.5, third, 2),
            (third, third, third, 3),
            (nan, nan, nan, 0),
            (third, third, third, 3),
            (nan, nan, nan, 0),
        ];
        for ((label, scores), (precision, recall, f1, support)) in
            evaluation.labels.iter().zip(expected)
        {
            for (value, expected) in [
                (scores.precision, precision),
                (scores.recall, recall),
                (scores.f1, f1),
            ] {
                let close =
                    value.map_or(expected.is_nan(), |value| (value - expected).abs() < 1e-15);
                assert!(close, "{label}: {value:?}, not {expected}");
            }
            assert_eq!(scores.support, support);
        }
        assert_eq!(evaluation.macro_f1, Some(third));
        assert_eq!(evaluation.undefined, 2); // advertisement, comment
        assert_eq!(evaluation.accuracy, Some(third)); // 8 of 12
    }

    #[test]
    fn confusion_has_gold_in_rows_and_predicted_in_columns() {
        let mut expected = [[0; 6]; 6];
        expected[0] = [3, 0, 1, 0, 0, 0];
        expected[1] = [1, 1, 0, 0, 0, 0];
        expected[2] = [0, 0, 2, 0, 1, 0];
        expected[4] = [1, 0, 0, 0, 2, 0];
        assert_eq!(fixture::labelled().finish().confusion, expected);
    }

    #[test]
    fn characters_weigh_lines() {
        // Content lines of 100, 80, 60 characters were found, one of 10 was missed; lines of 20
        // and 50 were taken for content that are not: 240 / 310, 240 / 250, 480 / 560.
        let content = fixture::labelled().finish().content;
        assert_eq!(content.char_precision, Some(240.0 / 310.0));
        assert_eq!(content.char_recall, Some(0.96));
        assert_eq!(content.char_f1, Some(480.0 / 560.0));
    }

    #[test]
    fn each_page_and_each_site_counts_the_same_in_its_summary() {
        // Page 1, site b: 3 found, 1 missed, 1 wrong: F1 6/8. Page 2, site a: nothing to find,
        // nothing found. Page 3, site a: nothing to find, 1 wrong: F1 0.
        let evaluation = fixture::labelled().finish();
        assert_eq!(evaluation.pages, 3);
        assert_eq!(evaluation.page_summary.f1.mean, Some(0.375));
        assert_eq!(evaluation.page_summary.f1.median, Some(0.375));
        assert_eq!(evaluation.page_summary.f1.undefined, 1);
        assert_eq!(evaluation.page_summary.recall.undefined, 2);
        assert_eq!(evaluation.site_summary.f1.mean, Some(0.375));
        let sites: Vec<_> = evaluation.by_site.iter().map(|row| &*row.site).collect();
        assert_eq!(sites, ["a", "b"]);
        assert_eq!(evaluation.worst_sites[0].site, "a");
        assert_eq!(evaluation.by_site[0].labels[Label::Related].support, 3);
    }

    #[test]
    fn pages_without_content_are_looked_at_on_their_own() {
        // Pages 2 and 3 of the fixture: 3 and 3 lines, 15 and 135 characters, of which one line
        // of 50 was taken for content.
        let expected = WithoutContent {
            pages: 2,
            lines: 6,
            characters: 150,
            false_positive_lines: 1,
            false_positive_characters: 50,
        };
        assert_eq!(fixture::labelled().finish().without_content, expected);
    }

    #[test]
    fn an_empty_meter_defines_nothing() {
        let evaluation = Meter::new().finish();
        assert_eq!(
            (evaluation.sites, evaluation.pages, evaluation.lines),
            (0, 0, 0)
        );
        assert_eq!((evaluation.macro_f1, evaluation.undefined), (None, 6));
        assert_eq!(evaluation.content.f1, None);
        assert_eq!(evaluation.content.average_precision, None);
        assert_eq!((evaluation.accuracy, evaluation.intervals), (None, None));
        assert!(evaluation.curve.is_empty() && evaluation.worst_sites.is_empty());
    }
}
