//! The **label sequence** of a page: boilerplate comes in runs, so what a line is depends on what
//! its neighbours are.
//!
//! A first-order Markov chain over the labels, whose states also include the page's start and end,
//! smooths the probabilities of single lines by the forward-backward algorithm (Rabiner 1989,
//! *A tutorial on hidden Markov models*). The line classifier is discriminative, so its
//! probabilities are turned into scaled likelihoods first:
//! `a * ln p(label | line) - b * ln p(label)`.

use libm::{exp, log};
use wide::f64x4;

use crate::Label;

/// Probabilities of the six labels of one line, in the order of [`Label::ALL`].
pub type Distribution = [f64; LABELS];

/// Number of labels.
pub const LABELS: usize = Label::ALL.len();

/// The chain's start, as a row of the transitions; its end, as a column.
pub const BOUNDARY: usize = LABELS;

/// The chain that smooths the label probabilities of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    /// `ln p(to | from)`: rows are the labels and the page's start, columns the labels and the
    /// page's end. The one from start to end is not used.
    pub transitions: [[f64; LABELS + 1]; LABELS + 1],
    /// `ln p(label)`, the distribution that the line classifier was fitted on.
    pub log_prior: Distribution,
    /// `a`: how much the line's own probabilities count.
    pub evidence_scale: f64,
    /// `b`: how much of the prior is taken off them.
    pub prior_scale: f64,
}

impl Sequence {
    /// The smoothed probabilities of the lines of one page, given by their scores: log-probabilities, or
    /// these and a number that is the same for all labels of a line; `f64::NEG_INFINITY` for a label
    /// that the model does not know. And the logarithm of the sum over all label sequences of their
    /// scores: the scaled likelihoods of the lines and the transitions, added up.
    pub fn posterior(&self, lines: &[Distribution]) -> (Vec<Distribution>, f64) {
        let (evidence, largest): (Vec<State>, Vec<f64>) =
            lines.iter().map(|line| self.evidence(line)).unzip();
        let (smoothed, scales) = self.marginals(&evidence);
        let log_sum = largest.iter().sum::<f64>() + scales.into_iter().map(log).sum::<f64>();
        (smoothed, log_sum)
    }

    /// The scaled likelihoods of a line, the largest of them 1, and its logarithm before that.
    fn evidence(&self, line: &Distribution) -> (State, f64) {
        let mut scores = [f64::NEG_INFINITY; LANES];
        for (label, score) in scores[..LABELS].iter_mut().enumerate() {
            if line[label] != f64::NEG_INFINITY {
                *score =
                    self.evidence_scale * line[label] - self.prior_scale * self.log_prior[label];
            }
        }
        let largest = scores.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let exp = |half: usize| {
            let scores = std::array::from_fn(|lane| scores[half * HALF + lane] - largest);
            f64x4::new(scores).exp()
        };
        (State([exp(0), exp(1)]), largest)
    }

    /// The probability of each label of each line, and what the forward messages were scaled by:
    /// one number a line, and one for the page's end.
    fn marginals(&self, evidence: &[State]) -> (Vec<Distribution>, Vec<f64>) {
        let chain = self.transitions.map(|row| row.map(exp));
        let forward = Transitions::new(|from, to| chain[from][to]);
        let backward = Transitions::new(|to, from| chain[from][to]);
        let start = State::new(|label| chain[BOUNDARY][label]);
        let end = State::new(|label| chain[label][BOUNDARY]);

        let mut scales = Vec::with_capacity(evidence.len() + 1);
        let mut messages: Vec<State> = Vec::with_capacity(evidence.len());
        for evidence in evidence {
            let arriving = messages.last().map_or(start, |before| forward.step(before));
            let (message, scale) = arriving.times(evidence).normalized();
            messages.push(message);
            scales.push(scale);
        }
        scales.extend(messages.last().map(|last| last.times(&end).sum()));

        let mut message = end;
        let mut smoothed = vec![[0.0; LABELS]; evidence.len()];
        for (at, smoothed) in smoothed.iter_mut().enumerate().rev() {
            *smoothed = messages[at].times(&message).normalized().0.distribution();
            message = backward.step(&message.times(&evidence[at])).normalized().0;
        }
        (smoothed, scales)
    }
}

/// The labels, and zeros up to two vectors of four.
const LANES: usize = 8;
const HALF: usize = 4;

/// A number for each label.
#[derive(Clone, Copy, Debug)]
struct State([f64x4; 2]);

impl State {
    fn new(value: impl Fn(usize) -> f64) -> Self {
        let lane = |lane: usize| if lane < LABELS { value(lane) } else { 0.0 };
        let half = |half: usize| f64x4::new(std::array::from_fn(|at| lane(half * HALF + at)));
        Self([half(0), half(1)])
    }

    fn lanes(&self) -> [f64; LANES] {
        let [low, high] = self.0.map(f64x4::to_array);
        std::array::from_fn(|lane| {
            if lane < HALF {
                low[lane]
            } else {
                high[lane - HALF]
            }
        })
    }

    fn distribution(&self) -> Distribution {
        let lanes = self.lanes();
        std::array::from_fn(|label| lanes[label])
    }

    fn times(&self, other: &Self) -> Self {
        Self([self.0[0] * other.0[0], self.0[1] * other.0[1]])
    }

    fn sum(&self) -> f64 {
        let [a, b, c, d] = (self.0[0] + self.0[1]).to_array();
        (a + b) + (c + d)
    }

    /// Scaled to a sum of 1, and the sum before that. It never vanishes: every transition between
    /// known labels is above 0, and the largest evidence of a line is 1.
    fn normalized(&self) -> (Self, f64) {
        let sum = self.sum();
        let scale = f64x4::splat(1.0 / sum);
        (Self([self.0[0] * scale, self.0[1] * scale]), sum)
    }
}

/// A matrix from labels to labels, row by row.
struct Transitions([State; LABELS]);

impl Transitions {
    fn new(value: impl Fn(usize, usize) -> f64) -> Self {
        Self(std::array::from_fn(|from| State::new(|to| value(from, to))))
    }

    /// The sum of the rows, each as often as `state` says.
    fn step(&self, state: &State) -> State {
        let lanes = state.lanes();
        let mut sum = [f64x4::ZERO; 2];
        for (row, &times) in self.0.iter().zip(&lanes) {
            let times = f64x4::splat(times);
            sum[0] += row.0[0] * times;
            sum[1] += row.0[1] * times;
        }
        State(sum)
    }
}

/// Chains and lines that tests of this module and of those that use it share.
#[cfg(test)]
pub(crate) mod fixture {
    use super::*;

    /// Content tends to stay content, everything else to stay what it is.
    pub fn sticky(stay: f64) -> Sequence {
        let leave = (1.0 - stay) / LABELS as f64;
        let row = |from: usize| -> [f64; LABELS + 1] {
            std::array::from_fn(|to| libm::log(if from == to { stay } else { leave }))
        };
        let mut transitions: [[f64; LABELS + 1]; LABELS + 1] = std::array::from_fn(row);
        transitions[BOUNDARY] = [libm::log(1.0 / LABELS as f64); LABELS + 1];
        Sequence {
            transitions,
            log_prior: [libm::log(1.0 / LABELS as f64); LABELS],
            evidence_scale: 1.0,
            prior_scale: 1.0,
        }
    }

    pub fn line(content: f64) -> Distribution {
        let other = (1.0 - content) / (LABELS - 1) as f64;
        std::array::from_fn(|label| libm::log(if label == 0 { content } else { other }))
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::{line, sticky};
    use super::*;

    /// By enumeration of all 6^3 label sequences of a page of three lines.
    #[test]
    fn the_result_is_the_sum_over_all_label_sequences() {
        let mut chain = sticky(0.6);
        chain.evidence_scale = 0.7;
        chain.prior_scale = 0.35;
        chain.transitions[2][4] = libm::log(0.5);
        let lines = [line(0.2), line(0.7), line(0.01)];
        let mut expected = [[0.0; LABELS]; 3];
        let mut total = 0.0;
        for path in 0..LABELS.pow(3) {
            let labels = [path % 6, path / 6 % 6, path / 36];
            let mut score = chain.transitions[BOUNDARY][labels[0]]
                + chain.transitions[labels[0]][labels[1]]
                + chain.transitions[labels[1]][labels[2]]
                + chain.transitions[labels[2]][BOUNDARY];
            for (line, label) in lines.iter().zip(labels) {
                score += 0.7 * line[label] - 0.35 * chain.log_prior[label];
            }
            total += exp(score);
            for (at, label) in labels.into_iter().enumerate() {
                expected[at][label] += exp(score);
            }
        }
        let (smoothed, log_sum) = chain.posterior(&lines);
        assert!((log_sum - log(total)).abs() < 1e-12);
        for (smoothed, expected) in smoothed.iter().zip(&expected) {
            for (smoothed, expected) in smoothed.iter().zip(expected) {
                assert!((smoothed - expected / total).abs() < 1e-12);
            }
        }
    }
}
