//! A **ranking** of lines by their score, from which precision and recall at every threshold
//! follow.

use serde::Serialize;

use super::counts::ratio;
use super::meter::Line;
use crate::Label;

const CURVE_BUCKETS: u64 = 98;

/// One point of a precision-recall curve: lines with a score of at least `threshold` are
/// predicted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The lowest score that is predicted.
    pub threshold: f64,
    /// Share of the predicted lines that are positive.
    pub precision: f64,
    /// Share of the positive lines that are predicted.
    pub recall: f64,
}

/// What is predicted when all lines with a score of at least `threshold` are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub threshold: f64,
    pub true_positives: u64,
    pub predicted: u64,
}

impl Step {
    fn precision(self) -> f64 {
        self.true_positives as f64 / self.predicted as f64
    }
}

/// One step for each distinct score, highest first: lines of equal score enter together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ranking {
    steps: Vec<Step>,
    positives: u64,
}

impl Ranking {
    /// Ranks `(score, is positive)` pairs; the scores must not be NaN.
    pub fn new(scored: impl IntoIterator<Item = (f64, bool)>) -> Self {
        let mut scored: Vec<_> = scored.into_iter().collect();
        scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let mut positives = 0;
        let mut predicted = 0;
        let steps = scored
            .chunk_by(|a, b| a.0 == b.0)
            .map(|tied| {
                positives += tied.iter().filter(|&&(_, positive)| positive).count() as u64;
                predicted += tied.len() as u64;
                Step {
                    threshold: tied[0].0,
                    true_positives: positives,
                    predicted,
                }
            })
            .collect();
        Self { steps, positives }
    }

    /// Ranks lines by the probability of `label`.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a Line>, label: Label) -> Self {
        let score = |line: &Line| (line.probabilities[label.index()], line.gold == label);
        Self::new(lines.into_iter().map(score))
    }

    /// Sum over the steps of (gain in recall) x precision; `None` without positives.
    ///
    /// This is scikit-learn's `average_precision_score`: no interpolation.
    pub fn average_precision(&self) -> Option<f64> {
        let mut before = 0;
        let mut sum = 0.0;
        for step in &self.steps {
            sum += (step.true_positives - before) as f64 * step.precision();
            before = step.true_positives;
        }
        (self.positives > 0).then(|| sum / self.positives as f64)
    }

    /// The largest recall of a threshold whose precision is at least `percent`; `None` where no
    /// threshold has that, or there are no positives.
    pub fn recall_at_precision(&self, percent: u64) -> Option<f64> {
        self.steps
            .iter()
            .rev()
            .find(|step| 100 * step.true_positives >= percent * step.predicted)
            .and_then(|step| ratio(step.true_positives, self.positives))
    }

    /// The largest precision of a threshold whose recall is at least `percent`; `None` where there
    /// are no positives.
    pub fn precision_at_recall(&self, percent: u64) -> Option<f64> {
        self.steps
            .iter()
            .filter(|_| self.positives > 0)
            .filter(|step| 100 * step.true_positives >= percent * self.positives)
            .map(|step| step.precision())
            .max_by(f64::total_cmp)
    }

    /// The precision-recall curve, from the highest threshold to the lowest, thinned to the first
    /// and the last point of each 98th of the recall; empty where there are no positives.
    pub fn curve(&self) -> Vec<CurvePoint> {
        let mut points = Vec::new();
        let buckets = self.steps.chunk_by(|a, b| self.bucket(a) == self.bucket(b));
        for bucket in buckets.filter(|_| self.positives > 0) {
            points.push(self.point(&bucket[0]));
            if bucket.len() > 1 {
                points.push(self.point(&bucket[bucket.len() - 1]));
            }
        }
        points
    }

    fn bucket(&self, step: &Step) -> u64 {
        CURVE_BUCKETS * step.true_positives / self.positives.max(1)
    }

    fn point(&self, step: &Step) -> CurvePoint {
        CurvePoint {
            threshold: step.threshold,
            precision: step.precision(),
            recall: step.true_positives as f64 / self.positives as f64,
        }
    }
}

/// Average precision of `(score, is positive)` pairs, as scikit-learn's
/// `average_precision_score` has it: the sum over the distinct scores, highest first, of the gain
/// in recall times the precision there. `None` where there is no positive.
///
/// ```
/// use saring::evaluate::average_precision;
///
/// // Recall 1/2 at precision 1, then the other half at precision 2/3.
/// let scored = [(0.9, true), (0.8, false), (0.7, true)];
/// assert_eq!(average_precision(scored), Some((1.0 + 2.0 / 3.0) / 2.0));
/// ```
pub fn average_precision(scored: impl IntoIterator<Item = (f64, bool)>) -> Option<f64> {
    Ranking::new(scored).average_precision()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::fixture;

    fn fixture_ranking() -> Ranking {
        Ranking::of(fixture::ranked().lines(), Label::Content)
    }

    #[test]
    fn average_precision_is_that_of_scikit_learn() {
        // scikit-learn 1.9.1: average_precision_score(y, score) on the fixture, which has ties
        let average = fixture_ranking().average_precision().expect("positives");
        assert!(
            (average - 0.648_941_798_941_798_9).abs() < 1e-15,
            "{average}"
        );
    }

    #[test]
    fn curve_is_that_of_scikit_learn() {
        // scikit-learn 1.9.1: precision_recall_curve(y, score) on the fixture, reversed and
        // without its last point (1, 0), which has no threshold
        let expected = [
            (0.95, 1.0, 1.0 / 6.0),
            (0.9, 2.0 / 3.0, 2.0 / 6.0),
            (0.8, 0.6, 3.0 / 6.0),
            (0.7, 4.0 / 7.0, 4.0 / 6.0),
            (0.6, 0.5, 4.0 / 6.0),
            (0.55, 5.0 / 9.0, 5.0 / 6.0),
            (0.3, 0.5, 5.0 / 6.0),
            (0.2, 0.5, 1.0),
        ];
        let curve = fixture_ranking().curve();
        let points = curve
            .iter()
            .map(|point| (point.threshold, point.precision, point.recall));
        assert_eq!(points.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn operating_points_are_the_best_ones_on_the_curve() {
        let ranking = fixture_ranking();
        assert_eq!(ranking.recall_at_precision(95), Some(1.0 / 6.0));
        assert_eq!(ranking.recall_at_precision(60), Some(3.0 / 6.0)); // precision is .6 exactly
        assert_eq!(ranking.recall_at_precision(67), Some(1.0 / 6.0)); // 2 / 3 is less
        assert_eq!(ranking.precision_at_recall(80), Some(5.0 / 9.0)); // not 1 / 2 at .3 and .2
        assert_eq!(ranking.precision_at_recall(90), Some(0.5));
    }

    #[test]
    fn a_precision_out_of_reach_has_no_recall() {
        let ranking = Ranking::new([(0.9, false), (0.8, true)]);
        assert_eq!(ranking.recall_at_precision(95), None);
    }

    #[test]
    fn without_positives_nothing_is_defined() {
        for ranking in [Ranking::new([]), Ranking::new([(0.5, false)])] {
            assert_eq!(ranking.average_precision(), None);
            assert_eq!(ranking.recall_at_precision(0), None);
            assert_eq!(ranking.precision_at_recall(0), None);
            assert_eq!(ranking.curve(), []);
        }
    }

    #[test]
    fn a_long_curve_is_thinned_and_keeps_its_ends() {
        let scored = (0..10_000).map(|index| (f64::from(index), index % 3 == 0));
        let curve = Ranking::new(scored).curve();
        assert!((190..=200).contains(&curve.len()), "{}", curve.len());
        assert_eq!(curve[0].threshold, 9999.0);
        assert_eq!(curve[curve.len() - 1].threshold, 0.0);
        assert!(
            curve
                .windows(2)
                .all(|pair| pair[0].threshold > pair[1].threshold)
        );
    }
}
