//! The **scores** of one label, of one site, or of content: precision, recall and what follows
//! from them.

use serde::Serialize;

use super::calibration::{ReliabilityBin, brier_score, expected_calibration_error};
use super::counts::Counts;
use super::meter::Line;
use super::per_label::PerLabel;
use super::ranking::Ranking;
use crate::Label;

/// How well content was told from everything else.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContentScores {
    /// Share of the lines predicted as content that are.
    pub precision: Option<f64>,
    /// Share of the content lines that were predicted as such.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// Area under the steps of the precision-recall curve of P(content).
    pub average_precision: Option<f64>,
    /// The largest recall of a threshold on P(content) with a precision of at least .90.
    pub recall_at_precision_90: Option<f64>,
    /// The same for a precision of at least .95.
    pub recall_at_precision_95: Option<f64>,
    /// The same for a precision of at least .98.
    pub recall_at_precision_98: Option<f64>,
    /// The largest precision of a threshold on P(content) with a recall of at least .90.
    pub precision_at_recall_90: Option<f64>,
    /// The same for a recall of at least .95.
    pub precision_at_recall_95: Option<f64>,
    /// `precision`, each line weighted by its characters.
    pub char_precision: Option<f64>,
    /// `recall`, each line weighted by its characters.
    pub char_recall: Option<f64>,
    /// `f1`, each line weighted by its characters.
    pub char_f1: Option<f64>,
    /// Mean squared difference of P(content) and the truth, 0 at best, 1 at worst.
    pub brier_score: Option<f64>,
    /// Mean distance of P(content) from the share of content among the lines of the same bin.
    pub expected_calibration_error: Option<f64>,
}

/// How well one label was told from all others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LabelScores {
    /// Share of the lines predicted to have the label that have it.
    pub precision: Option<f64>,
    /// Share of the lines with the label that were predicted to have it.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// Area under the steps of the precision-recall curve of the label's probability.
    pub average_precision: Option<f64>,
    /// Number of lines whose gold label it is.
    pub support: u64,
}

/// How well the lines of one site were told apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SiteScores {
    /// The site's name; `(none)` for the pages without one.
    pub site: String,
    /// Number of pages.
    pub pages: usize,
    /// Number of lines.
    pub lines: usize,
    /// Share of the lines predicted as content that are.
    pub precision: Option<f64>,
    /// Share of the content lines that were predicted as such.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// `f1`, each line weighted by its characters.
    pub char_f1: Option<f64>,
    /// Each label against all others.
    pub labels: PerLabel<LabelScores>,
}

/// How well content was told from everything else among lines whose normalised text never stood
/// in training.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnseenScores {
    /// Number of such lines.
    pub lines: usize,
    /// Content against everything else among them.
    pub content: ContentScores,
}

impl ContentScores {
    pub(super) fn new(lines: &[Line]) -> Self {
        let counts = Counts::lines(lines, Label::Content);
        let characters = Counts::characters(lines, Label::Content);
        let ranking = Ranking::of(lines, Label::Content);
        Self {
            precision: counts.precision(),
            recall: counts.recall(),
            f1: counts.f1(),
            average_precision: ranking.average_precision(),
            recall_at_precision_90: ranking.recall_at_precision(90),
            recall_at_precision_95: ranking.recall_at_precision(95),
            recall_at_precision_98: ranking.recall_at_precision(98),
            precision_at_recall_90: ranking.precision_at_recall(90),
            precision_at_recall_95: ranking.precision_at_recall(95),
            char_precision: characters.precision(),
            char_recall: characters.recall(),
            char_f1: characters.f1(),
            brier_score: brier_score(lines),
            expected_calibration_error: expected_calibration_error(&ReliabilityBin::all(lines)),
        }
    }
}

impl LabelScores {
    pub(super) fn all<'a>(
        lines: impl IntoIterator<Item = &'a Line> + Clone,
    ) -> PerLabel<LabelScores> {
        PerLabel::from_fn(|label| Self::new(lines.clone(), label))
    }

    fn new<'a>(lines: impl IntoIterator<Item = &'a Line> + Clone, label: Label) -> Self {
        let counts = Counts::lines(lines.clone(), label);
        Self {
            precision: counts.precision(),
            recall: counts.recall(),
            f1: counts.f1(),
            average_precision: Ranking::of(lines, label).average_precision(),
            support: counts.support(),
        }
    }
}

impl SiteScores {
    pub(super) fn new(site: &str, pages: &[&[Line]]) -> Self {
        let lines = pages.iter().copied().flatten();
        let labels = LabelScores::all(lines.clone());
        let content = labels[Label::Content];
        Self {
            site: site.to_owned(),
            pages: pages.len(),
            lines: lines.clone().count(),
            precision: content.precision,
            recall: content.recall,
            f1: content.f1,
            char_f1: Counts::characters(lines, Label::Content).f1(),
            labels,
        }
    }
}

impl UnseenScores {
    /// `None` where of no line is known whether it stood in training.
    pub(super) fn new(lines: &[Line]) -> Option<Self> {
        if lines.iter().all(|line| line.seen.is_none()) {
            return None;
        }
        let unseen = |line: &&Line| line.seen == Some(false);
        let unseen: Vec<Line> = lines.iter().filter(unseen).cloned().collect();
        Some(Self {
            lines: unseen.len(),
            content: ContentScores::new(&unseen),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::fixture;

    #[test]
    fn only_lines_that_never_stood_in_training_are_unseen() {
        let mut lines = fixture::ranked().lines().to_vec();
        assert_eq!(UnseenScores::new(&lines), None);
        for (index, line) in lines.iter_mut().enumerate() {
            line.seen = Some(index >= 3);
        }
        let unseen = UnseenScores::new(&lines).expect("known of every line");
        // The first three lines of the fixture: content, related, content, all predicted content.
        assert_eq!(unseen.lines, 3);
        assert_eq!(unseen.content.precision, Some(2.0 / 3.0));
    }
}
