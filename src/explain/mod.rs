//! An **explanation** says of one line why its probability of content is what it is: a sum of
//! entries, in nats, from its features to the log-odds of content.
//!
//! A model of several labels has no one score of content. What is explained is the score of content
//! minus that of the strongest other label, to which every feature that the line has adds the
//! difference of its two weights. What comes after are entries of their own:
//!
//! ```text
//! bias + features                      = score      content against the strongest other label
//! score + other labels                 = log-odds   of the line by itself
//!       + label sequence               = log-odds   once the page has smoothed it
//!       + calibration                  = log-odds   of the probability that is predicted
//! ```

#[cfg(test)]
mod fixture;
mod mistake;

use serde::Serialize;

pub use mistake::{Mistake, worst_mistakes};

use crate::calibration::log_odds;
use crate::model::Model;
use crate::predict::{LinePrediction, Predictor};
use crate::sequence::Distribution;
use crate::{Label, Page};

/// Why a line has its probability of content.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// What the line was predicted to be.
    #[serde(skip)]
    pub prediction: LinePrediction,
    /// The strongest other label of the line by itself; of equally strong ones, the first.
    pub other: Label,
    /// The bias of content minus that of `other`.
    pub bias: f64,
    /// The features that speak most for content against `other`, the strongest first.
    #[serde(rename = "for")]
    pub speaking_for: Vec<Contribution>,
    /// The features that speak most for `other` against content, the strongest first.
    #[serde(rename = "against")]
    pub speaking_against: Vec<Contribution>,
    /// All other features of the line, added up.
    pub remaining: Remaining,
    /// The score of content minus that of `other`: the sum of all entries above.
    pub score: f64,
    /// At most 0: what the labels beside `other` take off the log-odds of content.
    pub other_labels: f64,
    /// What the label sequence of the page adds; 0 without smoothing.
    pub label_sequence: f64,
    /// What the calibration adds. It cuts off log-odds beyond 36.
    pub calibration: f64,
    /// `ln(p / (1 - p))` of the probability of content that is predicted, cut off at -36 and 36:
    /// `score` and the three entries after it.
    pub log_odds: f64,
}

/// What a feature of a line adds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contribution {
    /// The feature's name: see [`Model::feature_name`].
    pub feature: String,
    /// Its weight for content minus that for the other label, in nats.
    pub contribution: f64,
}

/// The features that are not listed by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Remaining {
    /// How many there are.
    pub features: usize,
    /// What they add together.
    pub contribution: f64,
}

impl Explanation {
    /// Every entry but the sums, in the order in which they are added: the bias, the features for
    /// and against, the remaining ones where there are any, and the three steps after the score.
    /// They add up to `log_odds`.
    pub fn entries(&self) -> Vec<(String, f64)> {
        let mut entries = self.score_entries();
        entries.extend(self.step_entries());
        entries
    }

    /// The entries that add up to `score`.
    pub(crate) fn score_entries(&self) -> Vec<(String, f64)> {
        let named = self.speaking_for.iter().chain(&self.speaking_against);
        let mut entries = vec![("bias".to_owned(), self.bias)];
        entries.extend(named.map(|entry| (entry.feature.clone(), entry.contribution)));
        let Remaining {
            features,
            contribution,
        } = self.remaining;
        match features {
            0 => {}
            1 => entries.push(("1 other feature".to_owned(), contribution)),
            _ => entries.push((format!("{features} other features"), contribution)),
        }
        entries
    }

    /// The entries that lead from `score` to `log_odds`.
    pub(crate) fn step_entries(&self) -> [(String, f64); 3] {
        [
            ("other labels", self.other_labels),
            ("label sequence", self.label_sequence),
            ("calibration", self.calibration),
        ]
        .map(|(name, value)| (name.to_owned(), value))
    }
}

impl Predictor<'_> {
    /// Predicts every line of a page and explains each prediction by its `top` strongest features
    /// for content and its `top` strongest against; none for a page without lines.
    ///
    /// ```
    /// use saring::predict::Predictor;
    /// use saring::{Model, Page};
    ///
    /// let model = Model::built_in()?;
    /// let page = Page::from_text("1", None, "Leave a Reply\nHarga beras naik, kata para pedagang.");
    /// let explanation = &Predictor::new(&model).explain(&page, 3)[0];
    /// assert!(explanation.speaking_against.len() <= 3);
    /// let sum: f64 = explanation.entries().iter().map(|(_, value)| value).sum();
    /// assert!((sum - explanation.log_odds).abs() < 1e-9);
    /// # Ok::<(), saring::Error>(())
    /// ```
    pub fn explain(&self, page: &Page, top: usize) -> Vec<Explanation> {
        let rows = self.rows(page);
        let alone = self.scores(&rows);
        let smoothed = self.smoothed(&alone);
        let lines = rows.rows().zip(&alone).zip(smoothed);
        lines
            .map(|((features, alone), smoothed)| {
                let score = Score::new(self.model(), features, alone);
                self.explanation(score, alone, smoothed, top)
            })
            .collect()
    }

    fn explanation(
        &self,
        score: Score,
        alone: &Distribution,
        smoothed: Distribution,
        top: usize,
    ) -> Explanation {
        let by_itself = log_odds_of_content(alone);
        let after_sequence = match self.is_smoothing() {
            true => log_odds(smoothed[Label::Content.index()]),
            false => by_itself,
        };
        let prediction = self.decided(&mut [smoothed])[0];
        let log_odds = log_odds(prediction.content());
        let [speaking_for, remaining, speaking_against] = score.split(top);
        Explanation {
            prediction,
            other: score.other,
            bias: score.bias,
            speaking_for: named(self.model(), speaking_for.iter()),
            speaking_against: named(self.model(), speaking_against.iter().rev()),
            remaining: Remaining {
                features: remaining.len(),
                contribution: sum(remaining),
            },
            score: score.sum,
            other_labels: by_itself - score.sum,
            label_sequence: after_sequence - by_itself,
            calibration: log_odds - after_sequence,
            log_odds,
        }
    }
}

/// The score of content minus that of the strongest other label, of one line by itself.
struct Score {
    other: Label,
    bias: f64,
    /// What each feature adds, the largest first.
    contributions: Vec<(u32, f64)>,
    sum: f64,
}

impl Score {
    fn new(model: &Model, features: &[u32], alone: &Distribution) -> Self {
        let other = strongest_other(model.labels(), alone);
        let class = model.labels().iter().position(|&label| label == other);
        let class = class.expect("it is one of the model's labels");
        // Content is the first label of every model.
        let difference = |values: &[f32]| f64::from(values[0]) - f64::from(values[class]);
        let bias = difference(model.biases());
        let contribution = |&feature: &u32| (feature, difference(model.weights(feature)));
        let mut contributions: Vec<_> = features.iter().map(contribution).collect();
        contributions.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let sum = bias + sum(&contributions);
        Self {
            other,
            bias,
            contributions,
            sum,
        }
    }

    /// The `top` largest contributions above 0, all that are neither these nor those, and the `top`
    /// smallest below 0.
    fn split(&self, top: usize) -> [&[(u32, f64)]; 3] {
        let all = &self.contributions;
        let above = all.iter().filter(|entry| entry.1 > 0.0).count().min(top);
        let below = all.iter().filter(|entry| entry.1 < 0.0).count().min(top);
        let (speaking_for, rest) = all.split_at(above);
        let (remaining, speaking_against) = rest.split_at(rest.len() - below);
        [speaking_for, remaining, speaking_against]
    }
}

fn named<'a>(
    model: &Model,
    contributions: impl Iterator<Item = &'a (u32, f64)>,
) -> Vec<Contribution> {
    let named = |&(feature, contribution): &(u32, f64)| Contribution {
        feature: model.feature_name(feature),
        contribution,
    };
    contributions.map(named).collect()
}

fn sum(contributions: &[(u32, f64)]) -> f64 {
    contributions.iter().map(|entry| entry.1).sum()
}

/// The likeliest label but content among those of the model, the first of equally likely ones.
fn strongest_other(labels: &[Label], alone: &Distribution) -> Label {
    let by_probability = |a: &&Label, b: &&Label| {
        let order = alone[a.index()].total_cmp(&alone[b.index()]);
        order.then(b.cmp(a))
    };
    let other = labels[1..].iter().max_by(by_probability);
    *other.expect("a model has content and another label")
}

/// `ln p(content) - ln(1 - p(content))` from scores, exact where `1 - p` would round.
fn log_odds_of_content(line: &Distribution) -> f64 {
    let others = &line[1..];
    let largest = others.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = others.iter().map(|log| libm::exp(log - largest)).sum();
    line[Label::Content.index()] - largest - libm::log(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::Decision;

    fn explained(smoothing: bool, top: usize) -> Vec<Explanation> {
        let model = fixture::model();
        let decision = Decision {
            smoothing,
            threshold: None,
        };
        let predictor = Predictor::new(&model).with_decision(decision);
        let page = fixture::page();
        let lines = predictor.explain(&page, top);
        let predictions: Vec<_> = lines.iter().map(|line| line.prediction).collect();
        assert_eq!(predictions, predictor.predict(&page));
        lines
    }

    fn sum_of(entries: &[(String, f64)]) -> f64 {
        entries.iter().map(|(_, value)| value).sum()
    }

    #[test]
    fn the_entries_add_up_to_the_log_odds_of_the_prediction() {
        for smoothing in [true, false] {
            for top in [0, 1, 5, usize::MAX] {
                for line in explained(smoothing, top) {
                    assert!((sum_of(&line.score_entries()) - line.score).abs() < 1e-9);
                    assert!((sum_of(&line.entries()) - line.log_odds).abs() < 1e-9);
                    assert_eq!(line.log_odds, log_odds(line.prediction.content()));
                }
            }
        }
    }

    #[test]
    fn the_score_is_that_of_the_line_by_itself_against_the_strongest_other_label() {
        let model = fixture::model();
        let predictor = Predictor::new(&model);
        let page = fixture::page();
        let alone = predictor.scores(&predictor.rows(&page));
        for (line, alone) in explained(true, 3).iter().zip(&alone) {
            let other = alone[line.other.index()];
            assert!(alone[1..].iter().all(|&log| log <= other), "{alone:?}");
            assert!((line.score - (alone[0] - other)).abs() < 1e-9);
            // Four more labels have a share in what is not content.
            assert!(line.other_labels < 0.0, "{line:?}");
        }
    }

    #[test]
    fn the_strongest_features_come_first_and_none_stands_on_the_wrong_side() {
        for line in explained(true, 4) {
            let Explanation {
                speaking_for,
                speaking_against,
                remaining,
                ..
            } = &line;
            assert_eq!((speaking_for.len(), speaking_against.len()), (4, 4));
            assert!(remaining.features > 0);
            let of = |all: &[Contribution]| -> Vec<f64> {
                all.iter().map(|entry| entry.contribution).collect()
            };
            let (above, below) = (of(speaking_for), of(speaking_against));
            assert!(above.is_sorted_by(|a, b| a >= b) && above[3] > 0.0);
            assert!(below.is_sorted() && below[3] < 0.0);
        }
    }

    #[test]
    fn without_smoothing_the_label_sequence_adds_nothing() {
        let added = |smoothing| {
            explained(smoothing, 1)
                .into_iter()
                .map(|l| l.label_sequence)
        };
        assert!(added(false).all(|value| value == 0.0));
        assert!(added(true).any(|value| value.abs() > 0.1));
    }

    /// ln 0.2 - ln(0.5 + 0.3) = -ln 4; where 1 - p rounds to 0, 50 nats are 50 nats.
    #[test]
    fn log_odds_are_taken_of_log_probabilities_without_rounding() {
        let logs = [0.2_f64, 0.5, 0.3, 0.0, 0.0, 0.0].map(f64::ln);
        assert!((log_odds_of_content(&logs) + 4.0_f64.ln()).abs() < 1e-12);
        let mut sure = [f64::NEG_INFINITY; 6];
        (sure[0], sure[2]) = (0.0, -50.0);
        assert_eq!(log_odds_of_content(&sure), 50.0);
    }

    #[test]
    fn of_equally_strong_labels_the_first_of_the_model_is_the_other() {
        let labels = [Label::Content, Label::Related, Label::Comment];
        let alone = [0.5_f64, 0.0, 0.0, 0.0, 0.25, 0.25].map(f64::ln);
        assert_eq!(strongest_other(&labels, &alone), Label::Related);
    }

    #[test]
    fn a_page_without_lines_has_no_explanations() {
        let model = fixture::model();
        let page = Page::from_text("p", None, "\n");
        assert!(Predictor::new(&model).explain(&page, 3).is_empty());
    }
}
