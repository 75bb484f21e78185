//! A **calibration** makes a probability of content mean what it says: of the lines with 0.8, eight
//! in ten are content.
//!
//! The log-odds of content are scaled and shifted (Platt 1999, *Probabilistic outputs for support
//! vector machines*); the other labels share what is left as they did before. The order of the
//! lines by probability does not change.

use wide::f32x8;

use crate::Label;
use crate::elementary::{exp, ln};
use crate::sequence::Distribution;

/// Log-odds are cut off here, so that a probability of 0 or 1 stays finite.
const MOST_LOG_ODDS: f64 = 36.0;

/// `log-odds of content -> slope * log-odds + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// Above 0; below 1 where the model is too sure of itself.
    pub slope: f64,
    /// Above 0 where the model finds too little content.
    pub offset: f64,
}

impl Default for Calibration {
    /// Changes nothing.
    fn default() -> Self {
        Self {
            slope: 1.0,
            offset: 0.0,
        }
    }
}

impl Calibration {
    /// Calibrates the probabilities of one line; they still sum to 1.
    pub fn apply(self, line: Distribution) -> Distribution {
        let mut lines = [line];
        self.apply_all(&mut lines);
        lines[0]
    }

    /// The same for many lines, a few of them at once.
    pub fn apply_all(self, lines: &mut [Distribution]) {
        for lines in lines.chunks_mut(LANES) {
            let mut odds = [1.0; LANES];
            for (odds, line) in odds.iter_mut().zip(&*lines) {
                *odds = odds_of_content(line);
            }
            let log_odds = ln(f32x8::new(odds));
            let calibrated = log_odds * self.slope as f32 + self.offset as f32;
            let odds = exp(calibrated).to_array();
            for (line, odds) in lines.iter_mut().zip(odds) {
                set_odds(line, f64::from(odds));
            }
        }
    }
}

/// Lines that are calibrated at once.
const LANES: usize = 8;

/// Odds are cut off at `exp(36)` and its reciprocal, so that a probability of 0 or 1 stays finite.
const MOST_ODDS: f64 = 4.311_231_547_115_195e15;

/// The odds of content of a line. Not by `1 - content`, of which rounding leaves few digits where
/// content is nearly certain.
fn odds_of_content(line: &Distribution) -> f32 {
    let odds = line[Label::Content.index()] / rest(line);
    odds.clamp(1.0 / MOST_ODDS, MOST_ODDS) as f32
}

/// The probability that a line is not content.
fn rest(line: &Distribution) -> f64 {
    let [_, a, b, c, d, e] = line;
    (a + b) + (c + d) + e
}

/// Gives content these odds; the other labels share what is left as they did before.
fn set_odds(line: &mut Distribution, odds: f64) {
    let rest = rest(line);
    let left = 1.0 / (1.0 + odds);
    if rest >= f64::MIN_POSITIVE {
        let scale = left / rest;
        line.iter_mut()
            .for_each(|probability| *probability *= scale);
    } else if rest > 0.0 {
        // A subnormal number has no finite reciprocal, but parts of it.
        line.iter_mut()
            .for_each(|probability| *probability = *probability / rest * left);
    } else {
        line[Label::Navigation.index()] = left;
    }
    line[Label::Content.index()] = odds * left;
}

/// `ln(p / (1 - p))`, between -36 and 36.
pub fn log_odds(probability: f64) -> f64 {
    libm::log(probability / (1.0 - probability)).clamp(-MOST_LOG_ODDS, MOST_LOG_ODDS)
}

/// `1 / (1 + exp(-z))`.
pub fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-z))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_changes_nothing() {
        let line = [0.3, 0.1, 0.4, 0.0, 0.2, 0.0];
        for (before, after) in line.iter().zip(Calibration::default().apply(line)) {
            assert!((before - after).abs() < 1e-6);
        }
    }

    /// Log-odds of 0.8 are ln 4; half of them are ln 2, which is a probability of 2/3. The other
    /// labels, 0.15 and 0.05 before, share the third as 3 to 1.
    #[test]
    fn the_other_labels_share_what_is_left() {
        let calibration = Calibration {
            slope: 0.5,
            offset: 0.0,
        };
        let line = calibration.apply([0.8, 0.15, 0.05, 0.0, 0.0, 0.0]);
        for (expected, found) in [2.0 / 3.0, 0.25, 1.0 / 12.0].iter().zip(line) {
            assert!((expected - found).abs() < 1e-6, "{line:?}");
        }
    }

    #[test]
    fn certain_lines_stay_finite_and_sum_to_one() {
        let calibration = Calibration {
            slope: 0.7,
            offset: -1.0,
        };
        for content in [0.0, 1.0] {
            let rest = 1.0 - content;
            let line = calibration.apply([content, 0.0, rest, 0.0, 0.0, 0.0]);
            let sum: f64 = line.iter().sum();
            assert!((sum - 1.0).abs() < 1e-12, "{line:?}");
        }
    }

    /// So little is left to the others, as of lines of which content leads by 710 in the score, that
    /// its reciprocal is infinite.
    #[test]
    fn the_others_share_as_before_where_next_to_nothing_was_left_to_them() {
        let calibration = Calibration {
            slope: 1.0,
            offset: -100.0,
        };
        let line = calibration.apply([1.0, 0.0, 0.0, 3e-310, 0.0, 1e-310]);
        for (expected, found) in [0.0, 0.0, 0.0, 0.75, 0.0, 0.25].iter().zip(line) {
            assert!((expected - found).abs() < 1e-6, "{line:?}");
        }
    }
}
