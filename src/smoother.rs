//! A **smoother** is a [`Sequence`] made ready for page after page: its logarithms are taken back once,
//! and what it works with is kept.
//!
//! It does in single precision what [`Sequence::posterior`] does in double, which is what learning
//! needs: the probabilities of both differ by less than 1e-6.

use wide::{f32x4, f32x8};

use crate::elementary::exp;
use crate::sequence::{BOUNDARY, Distribution, LABELS, Sequence};

/// The scores of a line in single precision, one a label; what is behind them does not matter.
pub(crate) type Scores = f32x8;

/// The scores of a line, or other numbers of the labels, and `rest` behind them.
fn side_by_side(line: &Distribution, rest: f32) -> Scores {
    let [a, b, c, d, e, f] = line.map(|score| score as f32);
    f32x8::new([a, b, c, d, e, f, rest, rest])
}

/// Smooths the scores of the lines of pages.
#[derive(Clone, Debug)]
pub struct Smoother {
    forward: Transitions,
    backward: Transitions,
    start: f32x8,
    end: f32x8,
    evidence_scale: f32x8,
    /// What the prior takes off the score of each label; infinity behind the labels.
    taken_off: f32x8,
    evidence: Vec<f32x8>,
    /// What arrives at each line from above, with what it says itself, and from below.
    from_above: Vec<f32x8>,
    from_below: Vec<f32x8>,
}

impl Smoother {
    /// A smoother of the chain `sequence`.
    pub fn new(sequence: &Sequence) -> Self {
        let chain = sequence.transitions.map(|row| row.map(libm::exp));
        let lanes = |value: &dyn Fn(usize) -> f64| side_by_side(&std::array::from_fn(value), 0.0);
        let rows = |value: &dyn Fn(usize, usize) -> f64| {
            Transitions(std::array::from_fn(|row| lanes(&|lane| value(row, lane))))
        };
        Self {
            forward: rows(&|from, to| chain[from][to]),
            backward: rows(&|to, from| chain[from][to]),
            start: lanes(&|label| chain[BOUNDARY][label]),
            end: lanes(&|label| chain[label][BOUNDARY]),
            // Not 0, of which times infinity is no number.
            evidence_scale: f32x8::splat((sequence.evidence_scale as f32).max(f32::MIN_POSITIVE)),
            taken_off: side_by_side(
                &sequence.log_prior.map(|log| sequence.prior_scale * log),
                f32::INFINITY,
            ),
            evidence: Vec::new(),
            from_above: Vec::new(),
            from_below: Vec::new(),
        }
    }

    /// Puts in `smoothed`, in place of what is there, the probabilities of the lines of one page with
    /// these scores: their log-probabilities, or these and a number that is the same for all labels of a
    /// line; `f64::NEG_INFINITY` for a label that the model does not know. Every result sums to 1.
    pub fn smooth(&mut self, lines: &[Distribution], smoothed: &mut Vec<Distribution>) {
        let lines = lines.iter().map(|line| side_by_side(line, 0.0));
        self.smooth_scores(lines, smoothed);
    }

    /// The same for scores in single precision.
    pub(crate) fn smooth_scores(
        &mut self,
        lines: impl Iterator<Item = Scores>,
        smoothed: &mut Vec<Distribution>,
    ) {
        let mut evidence = std::mem::take(&mut self.evidence);
        evidence.clear();
        evidence.extend(lines.map(|line| self.evidence(line)));
        self.pass(&evidence);
        self.evidence = evidence;
        let both = self.from_above.iter().zip(&self.from_below);
        smoothed.clear();
        smoothed.extend(both.map(|(&above, &below)| joined(above, below)));
    }

    /// The scaled likelihoods of a line, the largest of them 1.
    fn evidence(&self, line: Scores) -> f32x8 {
        let scores = self.evidence_scale * line - self.taken_off;
        // Behind the labels stand negative infinities.
        let [low, high]: [f32x4; 2] = bytemuck::cast(scores);
        let [a, b, c, d] = low.fast_max(high).to_array();
        exp(scores - f32x8::splat(larger(larger(a, b), larger(c, d))))
    }

    /// Goes down and up at once: a step waits for the one before it, not for that of the other way.
    /// Every message is scaled by about the sum of the one before it: that is at hand earlier than its own,
    /// and the sum of one step alone stays far from the limits of the numbers.
    fn pass(&mut self, evidence: &[f32x8]) {
        let count = evidence.len();
        self.from_above.resize(count, f32x8::ZERO);
        self.from_below.resize(count, f32x8::ZERO);
        let (mut down, mut up) = (self.start, self.end);
        for (at, below) in (0..count).zip((0..count).rev()) {
            let message = down * evidence[at];
            self.from_above[at] = message;
            down = self.forward.step(message) * scale(message);
            self.from_below[below] = up;
            let message = up * evidence[below];
            up = self.backward.step(message) * scale(message);
        }
    }
}

fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// What both directions say of a line together, scaled to a sum of 1. It never vanishes: every
/// transition between known labels is above 0, and the largest evidence of a line is 1.
fn joined(forward: f32x8, backward: f32x8) -> Distribution {
    let (forward, backward) = (forward.to_array(), backward.to_array());
    let both: Distribution =
        std::array::from_fn(|label| f64::from(forward[label]) * f64::from(backward[label]));
    let [a, b, c, d, e, f] = both;
    let scale = 1.0 / ((a + b) + (c + d) + (e + f));
    both.map(|value| value * scale)
}

/// The power of two that brings the sum of a message between 1 and 2: it takes no division, and no digit
/// off the message.
fn scale(message: f32x8) -> f32x8 {
    const EXPONENT: u32 = 0x7f80_0000;
    // Twice that of 1.
    const REFLECTED: u32 = 0x7f00_0000;
    // Behind the labels stand zeros.
    let [low, high]: [f32x4; 2] = bytemuck::cast(message);
    let [a, b, c, d] = (low + high).to_array();
    let sum = (a + b) + (c + d);
    f32x8::splat(f32::from_bits(REFLECTED - (sum.to_bits() & EXPONENT)))
}

/// A matrix from labels to labels, row by row.
#[derive(Clone, Debug)]
struct Transitions([f32x8; LABELS]);

impl Transitions {
    /// The sum of the rows, each as often as `state` says.
    fn step(&self, state: f32x8) -> f32x8 {
        let state = state.to_array();
        let row = |row: usize| self.0[row] * f32x8::splat(state[row]);
        (row(0) + row(1)) + (row(2) + row(3)) + (row(4) + row(5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::fixture::{line, sticky};

    fn smooth(chain: &Sequence, lines: &[Distribution]) -> Vec<Distribution> {
        let mut smoothed = vec![[1.0; LABELS]];
        Smoother::new(chain).smooth(lines, &mut smoothed);
        smoothed
    }

    #[test]
    fn the_probabilities_are_close_to_those_in_double_precision() {
        let lines: Vec<_> = (0..500)
            .map(|at| line((at * at % 97) as f64 / 97.0 + 0.001))
            .collect();
        let mut chain = sticky(0.8);
        chain.evidence_scale = 3.7;
        let smoothed = smooth(&chain, &lines);
        for (found, expected) in smoothed.iter().zip(chain.posterior(&lines).0) {
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{found} {expected}");
            }
        }
    }

    #[test]
    fn a_doubtful_line_between_content_becomes_content() {
        let smoothed = smooth(&sticky(0.9), &[line(0.95), line(0.4), line(0.95)]);
        assert!(smoothed[1][0] > 0.9, "{smoothed:?}");
        let alone = smooth(&sticky(0.9), &[line(0.4)]);
        assert!((alone[0][0] - 0.4).abs() < 1e-6, "{alone:?}");
    }

    #[test]
    fn a_page_of_a_hundred_thousand_lines_stays_finite() {
        let lines: Vec<_> = (0..100_000)
            .map(|at| line(if at % 3 == 0 { 1e-300 } else { 1.0 - 1e-16 }))
            .collect();
        for line in smooth(&sticky(0.99), &lines) {
            let sum: f64 = line.iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{line:?}");
        }
    }

    #[test]
    fn a_label_that_the_model_does_not_know_keeps_probability_zero() {
        let mut doubtful = line(0.5);
        doubtful[3] = f64::NEG_INFINITY;
        let smoothed = smooth(&sticky(0.5), &[doubtful, doubtful]);
        assert_eq!((smoothed[0][3], smoothed[1][3]), (0.0, 0.0));
    }

    #[test]
    fn an_empty_page_has_no_lines() {
        assert!(smooth(&sticky(0.5), &[]).is_empty());
    }
}
