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

/// A precision that is reached only together with a smaller recall is of no use.
pub const LEAST_RECALL: f64 = 0.05;

/// How much of all lines, and of content, has at least this probability.
struct Count {
    threshold: f64,
    lines: f64,
    content: f64,
}

/// A line of which the log-odds of content and the gold label are known.
#[derive(Clone, Copy, Debug)]
struct Line {
    content: f64,
    gold: bool,
    weight: f64,
}

/// Lines of which the probability of content and the gold label are known.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    lines: Vec<Line>,
}

impl Sample {
    /// Adds the lines of a page, which weigh 1 together: a few long pages do not decide for all.
    pub fn add(&mut self, predicted: &[Distribution], gold: &[Label]) {
        let weight = 1.0 / gold.len() as f64;
        let lines = predicted.iter().zip(gold).map(|(line, gold)| Line {
            content: log_odds(line[Label::Content.index()]),
            gold: *gold == Label::Content,
            weight,
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
        let counts = self.counts(calibration);
        let content = counts.last().map_or(0.0, |count| count.content);
        let f1 = |threshold: f64| {
            let taken = counts.partition_point(|count| count.threshold >= threshold);
            let last = taken.checked_sub(1).map(|last| &counts[last]);
            last.map_or(0.0, |last| 2.0 * last.content / (last.lines + content))
        };
        let thresholds = (20..=80).map(|hundredths| f64::from(hundredths) / 100.0);
        let scored = thresholds.map(|threshold| (threshold, f1(threshold)));
        let best = scored.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map_or(0.5, |(threshold, _)| threshold)
    }

    /// The lowest threshold at which the calibrated predictions have this precision.
    ///
    /// # Errors
    /// The best precision that is reached together with a recall of [`LEAST_RECALL`], where that
    /// is below `precision`.
    pub fn threshold_of(&self, calibration: Calibration, precision: f64) -> Result<f64, f64> {
        let counts = self.counts(calibration);
        let content = counts.last().map_or(0.0, |count| count.content);
        // Lines of one probability are taken or left together: the last of them counts.
        let is_last = |pair: &[Count]| pair.len() == 1 || pair[1].threshold < pair[0].threshold;
        let points: Vec<(f64, f64)> = (0..counts.len())
            .filter(|&at| is_last(&counts[at..(at + 2).min(counts.len())]))
            .filter(|&at| counts[at].content >= LEAST_RECALL * content)
            .map(|at| (counts[at].threshold, counts[at].content / counts[at].lines))
            .collect();
        let lowest = points.iter().rfind(|point| point.1 >= precision);
        let best = || points.iter().map(|point| point.1).fold(0.0, f64::max);
        lowest.map(|point| point.0).ok_or_else(best)
    }

    /// The lines by falling probability, each with the content found so far.
    fn counts(&self, calibration: Calibration) -> Vec<Count> {
        let calibrated = |content: f64| sigmoid(calibration.slope * content + calibration.offset);
        let mut sorted = self.lines.clone();
        sorted.sort_by(|a, b| b.content.total_cmp(&a.content));
        let (mut lines, mut content) = (0.0, 0.0);
        let count = |line: &Line| {
            lines += line.weight;
            content += line.weight * f64::from(line.gold);
            Count {
                threshold: calibrated(line.content),
                lines,
                content,
            }
        };
        sorted.iter().map(count).collect()
    }

    /// Mean of `ln(1 + exp(z)) - y z`.
    fn loss(&self, calibration: Calibration) -> f64 {
        let (mut loss, mut weight) = (0.0, 0.0);
        for line in &self.lines {
            let z = calibration.slope * line.content + calibration.offset;
            let gold = f64::from(line.gold);
            loss += line.weight * (z.max(0.0) + libm::log1p(libm::exp(-z.abs())) - gold * z);
            weight += line.weight;
        }
        loss / weight.max(f64::MIN_POSITIVE)
    }

    /// `-H^-1 g` of the loss by slope and offset.
    fn newton_step(&self, calibration: Calibration) -> (f64, f64) {
        let (mut g, mut h) = ([0.0; 2], [1e-6, 0.0, 1e-6]);
        for &Line {
            content,
            gold,
            weight,
        } in &self.lines
        {
            let p = sigmoid(calibration.slope * content + calibration.offset);
            let residual = weight * (p - f64::from(gold));
            let weight = weight * p * (1.0 - p);
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

    /// By falling probability: content, content, other, content, other.
    fn mixed() -> Sample {
        let mut sample = Sample::default();
        let lines = [
            (0.9, true),
            (0.8, true),
            (0.7, false),
            (0.6, true),
            (0.1, false),
        ];
        for (content, is_content) in lines {
            let gold = if is_content {
                Label::Content
            } else {
                Label::Related
            };
            sample.add(&[[content, 0.0, 0.0, 0.0, 1.0 - content, 0.0]], &[gold]);
        }
        sample
    }

    #[test]
    fn the_lowest_threshold_of_a_precision_is_taken() {
        let threshold = |precision| mixed().threshold_of(Calibration::default(), precision);
        assert!((threshold(0.75).expect("3 of 4") - 0.6).abs() < 1e-12);
        assert!((threshold(0.76).expect("2 of 2") - 0.8).abs() < 1e-12);
        assert!((threshold(0.6).expect("3 of 5") - 0.1).abs() < 1e-12);
        assert_eq!(
            Sample::default().threshold_of(Calibration::default(), 0.5),
            Err(0.0)
        );
    }

    /// F1 is 6 / 7 from .11 on up to .6, and smaller elsewhere.
    #[test]
    fn the_threshold_of_the_best_f1_is_the_first_of_equal_ones() {
        assert!((mixed().best_threshold(Calibration::default()) - 0.2).abs() < 1e-12);
    }

    #[test]
    fn an_empty_sample_changes_nothing() {
        assert_eq!(Sample::default().fit().0, Calibration::default());
    }
}
