//! The **label sequence** of a page: boilerplate comes in runs, so what a line is depends on what
//! its neighbours are.
//!
//! A first-order Markov chain over the labels, whose states also include the page's start and end,
//! smooths the probabilities of single lines by the forward-backward algorithm (Rabiner 1989,
//! *A tutorial on hidden Markov models*). The line classifier is discriminative, so its
//! probabilities are turned into scaled likelihoods first:
//! `a * ln p(label | line) - b * ln p(label)`.

use libm::{exp, log};

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
    /// Smooths the log-probabilities of the lines of one page; `f64::NEG_INFINITY` for a label that
    /// the model does not know. Every result sums to 1.
    pub fn smooth(&self, lines: &[Distribution]) -> Vec<Distribution> {
        self.posterior(lines).0
    }

    /// The smoothed probabilities, and the logarithm of the sum over all label sequences of their
    /// scores: the scaled likelihoods of the lines and the transitions, added up.
    pub fn posterior(&self, lines: &[Distribution]) -> (Vec<Distribution>, f64) {
        let chain = self.probabilities();
        let mut log_sum = 0.0;
        let evidence: Vec<Distribution> = lines
            .iter()
            .map(|line| {
                let (evidence, largest) = self.evidence(line);
                log_sum += largest;
                evidence
            })
            .collect();
        let mut smoothed = forward(&evidence, &chain, &mut log_sum);
        let mut message: Distribution = std::array::from_fn(|label| chain[label][BOUNDARY]);
        if let Some(last) = smoothed.last() {
            log_sum += log(last.iter().zip(&message).map(|(p, end)| p * end).sum());
        }
        for (line, evidence) in smoothed.iter_mut().zip(&evidence).rev() {
            *line = normalized(std::array::from_fn(|label| line[label] * message[label]));
            message = backward(&message, evidence, &chain);
        }
        (smoothed, log_sum)
    }

    /// The scaled likelihoods of a line, the largest of them 1, and its logarithm before that.
    fn evidence(&self, line: &Distribution) -> (Distribution, f64) {
        let scores: Distribution = std::array::from_fn(|label| {
            if line[label] == f64::NEG_INFINITY {
                f64::NEG_INFINITY
            } else {
                self.evidence_scale * line[label] - self.prior_scale * self.log_prior[label]
            }
        });
        let largest = scores.into_iter().fold(f64::NEG_INFINITY, f64::max);
        (scores.map(|score| exp(score - largest)), largest)
    }

    fn probabilities(&self) -> [[f64; LABELS + 1]; LABELS + 1] {
        self.transitions.map(|row| row.map(exp))
    }
}

/// For each line, the probability of its label given the lines up to it; adds the logarithms of
/// what they were scaled by to `log_sum`.
fn forward(
    evidence: &[Distribution],
    chain: &[[f64; LABELS + 1]; LABELS + 1],
    log_sum: &mut f64,
) -> Vec<Distribution> {
    let mut before: Option<Distribution> = None;
    evidence
        .iter()
        .map(|evidence| {
            let here: Distribution = std::array::from_fn(|to| {
                let arriving = match &before {
                    None => chain[BOUNDARY][to],
                    Some(before) => (0..LABELS).map(|from| before[from] * chain[from][to]).sum(),
                };
                arriving * evidence[to]
            });
            *log_sum += log(here.iter().sum());
            *before.insert(normalized(here))
        })
        .collect()
}

/// The message that a line sends up to the line before it.
fn backward(
    message: &Distribution,
    evidence: &Distribution,
    chain: &[[f64; LABELS + 1]; LABELS + 1],
) -> Distribution {
    normalized(std::array::from_fn(|from| {
        (0..LABELS)
            .map(|to| chain[from][to] * evidence[to] * message[to])
            .sum()
    }))
}

/// Scales to a sum of 1. The sums here never vanish: every transition between known labels is
/// above 0, and the largest evidence of a line is 1.
fn normalized(values: Distribution) -> Distribution {
    let sum: f64 = values.iter().sum();
    values.map(|value| value / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Content tends to stay content, everything else to stay what it is.
    fn sticky(stay: f64) -> Sequence {
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

    fn line(content: f64) -> Distribution {
        let other = (1.0 - content) / (LABELS - 1) as f64;
        std::array::from_fn(|label| libm::log(if label == 0 { content } else { other }))
    }

    #[test]
    fn a_doubtful_line_between_content_becomes_content() {
        let smoothed = sticky(0.9).smooth(&[line(0.95), line(0.4), line(0.95)]);
        assert!(smoothed[1][0] > 0.9, "{smoothed:?}");
        let alone = sticky(0.9).smooth(&[line(0.4)]);
        assert!((alone[0][0] - 0.4).abs() < 1e-12, "{alone:?}");
    }

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

    #[test]
    fn a_page_of_a_hundred_thousand_lines_stays_finite() {
        let lines: Vec<_> = (0..100_000)
            .map(|at| line(if at % 3 == 0 { 1e-300 } else { 1.0 - 1e-16 }))
            .collect();
        for line in sticky(0.99).smooth(&lines) {
            let sum: f64 = line.iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{line:?}");
        }
    }

    #[test]
    fn a_label_that_the_model_does_not_know_keeps_probability_zero() {
        let mut doubtful = line(0.5);
        doubtful[3] = f64::NEG_INFINITY;
        let smoothed = sticky(0.5).smooth(&[doubtful, doubtful]);
        assert_eq!((smoothed[0][3], smoothed[1][3]), (0.0, 0.0));
    }

    #[test]
    fn an_empty_page_has_no_lines() {
        assert!(sticky(0.5).smooth(&[]).is_empty());
    }
}
