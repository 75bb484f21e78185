//! Fitting of a [calibration](crate::calibration) on out-of-fold predictions: a logistic regression
//! on one number, the log-odds of content, by Newton's method.

use crate::Label;
use crate::calibration::{Calibration, log_odds, sigmoid};
use crate::sequence::Distribution;

/// Most steps; the method converges in a few.
const MOST_STEPS: usize = 25;
/// How often a step that does not help is halved.
const MOST_HALVINGS: i32 = 10;
/// A gain below this, in nats a line, changes nothing that could be seen.
const SMALL_GAIN: f64 = 1e-12;
/// The smallest slope: a calibration never turns the order of lines round.
const LEAST_SLOPE: f64 = 0.05;

/// Lines of which the probability of content and the gold label are known.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    lines: Vec<(f64, f64)>,
}

impl Sample {
    /// Adds the lines of a page.
    pub fn add(&mut self, predicted: &[Distribution], gold: &[Label]) {
        let lines = predicted.iter().zip(gold).map(|(line, gold)| {
            let content = log_odds(line[Label::Content.index()]);
            (content, f64::from(*gold == Label::Content))
        });
        self.lines.extend(lines);
    }

    /// The calibration with the smallest mean loss of content, and that loss in nats a line.
    pub fn fit(&self) -> (Calibration, f64) {
        let mut fitted = Calibration::default();
        let mut loss = self.loss(fitted);
        for _ in 0..MOST_STEPS {
            let (slope, offset) = self.newton_step(fitted);
            let step = |scale: f64| Calibration {
                slope: (fitted.slope + scale * slope).max(LEAST_SLOPE),
                offset: fitted.offset + scale * offset,
            };
            let shorter = (0..MOST_HALVINGS).map(|halvings| step(0.5_f64.powi(halvings)));
            let mut tried = shorter.map(|next| (next, self.loss(next)));
            let Some((next, reached)) = tried.find(|&(_, reached)| reached < loss) else {
                break;
            };
            let gain = loss - reached;
            (fitted, loss) = (next, reached);
            if gain < SMALL_GAIN {
                break;
            }
        }
        (fitted, loss)
    }

    /// The threshold, in hundredths, with the best F1 of content once calibrated.
    pub fn best_threshold(&self, calibration: Calibration) -> f64 {
        let calibrated = |content: f64| sigmoid(calibration.slope * content + calibration.offset);
        let lines: Vec<(f64, bool)> = self
            .lines
            .iter()
            .map(|&(content, gold)| (calibrated(content), gold > 0.5))
            .collect();
        let f1 = |threshold: f64| {
            let count = |wanted: fn(bool, bool) -> bool| {
                let found = |&&(p, gold): &&(f64, bool)| wanted(p >= threshold, gold);
                lines.iter().filter(found).count() as f64
            };
            let right = count(|predicted, gold| predicted && gold);
            let wrong = count(|predicted, gold| predicted != gold);
            2.0 * right / (2.0 * right + wrong).max(1.0)
        };
        let thresholds = (20..=80).map(|hundredths| f64::from(hundredths) / 100.0);
        let scored = thresholds.map(|threshold| (threshold, f1(threshold)));
        let best = scored.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map_or(0.5, |(threshold, _)| threshold)
    }

    /// Mean of `ln(1 + exp(z)) - y z`.
    fn loss(&self, calibration: Calibration) -> f64 {
        let line = |&(content, gold): &(f64, f64)| {
            let z = calibration.slope * content + calibration.offset;
            z.max(0.0) + libm::log1p(libm::exp(-z.abs())) - gold * z
        };
        self.lines.iter().map(line).sum::<f64>() / self.lines.len().max(1) as f64
    }

    /// `-H^-1 g` of the loss by slope and offset.
    fn newton_step(&self, calibration: Calibration) -> (f64, f64) {
        let (mut g, mut h) = ([0.0; 2], [1e-6, 0.0, 1e-6]);
        for &(content, gold) in &self.lines {
            let p = sigmoid(calibration.slope * content + calibration.offset);
            let (residual, weight) = (p - gold, p * (1.0 - p));
            g[0] += residual * content;
            g[1] += residual;
            h[0] += weight * content * content;
            h[1] += weight * content;
            h[2] += weight;
        }
        let determinant = h[0] * h[2] - h[1] * h[1];
        (
            (h[1] * g[1] - h[2] * g[0]) / determinant,
            (h[1] * g[0] - h[0] * g[1]) / determinant,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 100 lines with a probability of .9, 70 are content, and of 100 with .1, 30: the log-odds
    /// ln 9 must become ln(7 / 3), so the slope is ln(7 / 3) / ln 9 = 0.385622.
    #[test]
    fn too_sure_probabilities_are_pulled_back() {
        let mut sample = Sample::default();
        for (content, of_content) in [(0.9, 70), (0.1, 30)] {
            let line = [content, 1.0 - content, 0.0, 0.0, 0.0, 0.0];
            for at in 0..100 {
                let gold = if at < of_content {
                    Label::Content
                } else {
                    Label::Metadata
                };
                sample.add(&[line], &[gold]);
            }
        }
        let (calibration, loss) = sample.fit();
        assert!(
            (calibration.slope - 0.385_622).abs() < 1e-5,
            "{calibration:?}"
        );
        assert!(calibration.offset.abs() < 1e-8, "{calibration:?}");
        // -(0.7 ln 0.7 + 0.3 ln 0.3)
        assert!((loss - 0.610_864).abs() < 1e-5, "{loss}");
    }

    #[test]
    fn an_empty_sample_changes_nothing() {
        assert_eq!(Sample::default().fit().0, Calibration::default());
    }
}
