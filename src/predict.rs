//! A **prediction** says of each line of a page what it is and how likely it is content.
//!
//! ```text
//! Page -> features::extract -> Model::log_probabilities -> Sequence::smooth -> Calibration::apply
//!      -> label
//! ```

use crate::evaluate::{Evaluation, Meter, ScoredPage};
use crate::features::extract;
use crate::model::Model;
use crate::normalize::characters;
use crate::sequence::Distribution;
use crate::stem::Linguist;
use crate::vocabulary::VocabularyIndex;
use crate::{Label, LabelledPage, Page, Result};

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinePrediction {
    /// The label.
    pub label: Label,
    /// The probabilities of [`Label::ALL`], which sum to 1.
    pub probabilities: Distribution,
}

impl LinePrediction {
    /// The probability that the line is content, 0 to 1.
    pub fn content(&self) -> f64 {
        self.probabilities[Label::Content.index()]
    }
}

/// How predictions are made from a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// Whether the label sequence smooths the probabilities of single lines.
    pub smoothing: bool,
    /// From which probability of content on a line is content; `None` for the model's own.
    pub threshold: Option<f64>,
}

impl Default for Decision {
    fn default() -> Self {
        Self {
            smoothing: true,
            threshold: None,
        }
    }
}

/// Applies a model to pages.
pub struct Predictor<'a> {
    model: &'a Model,
    linguist: Linguist,
    decision: Decision,
}

impl<'a> Predictor<'a> {
    /// A predictor with the model's own threshold, smoothing by the label sequence.
    pub fn new(model: &'a Model) -> Self {
        Self {
            model,
            linguist: Linguist::default(),
            decision: Decision::default(),
        }
    }

    /// Decides as told by `decision`.
    #[must_use]
    pub fn with_decision(mut self, decision: Decision) -> Self {
        self.decision = decision;
        self
    }

    /// Predicts every line of a page; none for a page without lines.
    pub fn predict(&self, page: &Page) -> Vec<LinePrediction> {
        let lines = self.log_probabilities(page);
        self.probabilities(&lines)
            .into_iter()
            .map(|probabilities| decide(probabilities, self.threshold()))
            .collect()
    }

    /// Predicts labelled pages and scores the predictions against their gold labels.
    ///
    /// # Errors
    /// None for pages that were read by this library; [`Error`](crate::Error) where predictions and
    /// gold labels differ in number.
    pub fn evaluate(&self, pages: &[LabelledPage]) -> Result<Evaluation> {
        let mut meter = Meter::new();
        for page in pages {
            let predictions = self.predict(page.page());
            let predicted: Vec<_> = predictions.iter().map(|line| line.label).collect();
            let probabilities: Vec<_> = predictions.iter().map(|line| line.probabilities).collect();
            let characters: Vec<_> = characters(page.page()).collect();
            meter.add(&ScoredPage {
                id: &page.page().id,
                site: page.page().site.as_deref(),
                gold: page.labels(),
                predicted: &predicted,
                probabilities: &probabilities,
                characters: &characters,
                seen: None,
            })?;
        }
        Ok(meter.finish())
    }

    fn log_probabilities(&self, page: &Page) -> Vec<Distribution> {
        let mut index = VocabularyIndex::new(self.model.vocabulary(), &self.linguist);
        let rows = extract(page, &self.linguist, &mut index, self.model.columns());
        rows.rows()
            .map(|features| self.model.log_probabilities(features))
            .collect()
    }

    fn probabilities(&self, lines: &[Distribution]) -> Vec<Distribution> {
        let calibrations = self.model.calibrations();
        let (lines, calibration) = match self.decision.smoothing {
            true => (self.model.sequence().smooth(lines), calibrations.smoothed),
            false => (plain(lines), calibrations.plain),
        };
        lines
            .into_iter()
            .map(|line| calibration.apply(line))
            .collect()
    }

    fn threshold(&self) -> f64 {
        let own = self.model.thresholds();
        self.decision
            .threshold
            .unwrap_or(match self.decision.smoothing {
                true => own.smoothed,
                false => own.plain,
            })
    }
}

/// The probabilities of single lines, from their logarithms.
pub(crate) fn plain(lines: &[Distribution]) -> Vec<Distribution> {
    lines.iter().map(|line| line.map(libm::exp)).collect()
}

/// `content` from the threshold on, else the likeliest other label.
pub fn decide(probabilities: Distribution, threshold: f64) -> LinePrediction {
    let other = Label::ALL[1..]
        .iter()
        .copied()
        .max_by(|a, b| {
            let order = probabilities[a.index()].total_cmp(&probabilities[b.index()]);
            order.then(b.cmp(a))
        })
        .expect("there are six labels");
    let is_content = probabilities[Label::Content.index()] >= threshold;
    LinePrediction {
        label: if is_content { Label::Content } else { other },
        probabilities,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_at_the_threshold_is_content() {
        let probabilities = [0.3, 0.1, 0.4, 0.0, 0.2, 0.0];
        assert_eq!(decide(probabilities, 0.3).label, Label::Content);
        assert_eq!(decide(probabilities, 0.31).label, Label::Navigation);
    }

    #[test]
    fn of_equally_likely_labels_the_first_is_taken() {
        let probabilities = [0.0, 0.0, 0.5, 0.0, 0.5, 0.0];
        assert_eq!(decide(probabilities, 0.5).label, Label::Navigation);
    }
}
