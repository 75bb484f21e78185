//! Fitting of the [label sequence](crate::sequence): transitions are counted on labelled pages, the
//! two scales chosen on out-of-fold predictions.

use libm::log;

use super::extracted::{Extracted, PageLines};
use crate::sequence::{BOUNDARY, LABELS, Sequence};

/// Counts the label transitions of the given pages, one added to every count, and the label
/// distribution that a classifier was fitted on, whose rows, the lines of these pages, had these
/// weights. The transitions of thinned copies are none that a page has.
pub fn count<'a>(
    corpus: &Extracted,
    pages: impl IntoIterator<Item = &'a PageLines>,
    weights: &[f64],
) -> Sequence {
    let mut transitions = [[1.0; LABELS + 1]; LABELS + 1];
    let mut prior = [f64::MIN_POSITIVE; LABELS];
    let mut weights = weights.iter();
    for page in pages {
        let seen = f64::from(u8::from(!page.is_thinned));
        let mut from = BOUNDARY;
        for (line, weight) in page.lines.clone().zip(&mut weights) {
            let to = corpus.gold()[line].index();
            transitions[from][to] += seen;
            prior[to] += weight;
            from = to;
        }
        transitions[from][BOUNDARY] += seen;
    }
    Sequence {
        transitions: transitions.map(log_shares),
        log_prior: log_shares(prior),
        evidence_scale: 1.0,
        prior_scale: 0.0,
    }
}

/// The logarithm of each value's share of the sum, at least -50.
fn log_shares<const N: usize>(values: [f64; N]) -> [f64; N] {
    let sum: f64 = values.iter().sum();
    values.map(|value| log(value / sum).max(-50.0))
}

/// How much a line's own probabilities count in its label sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scales {
    /// `a`, on `ln p(label | line)`.
    pub evidence: f64,
    /// `b`, on `ln p(label)`.
    pub prior: f64,
    /// On `ln p(label | label before)`: features of a line's surroundings already tell a part of
    /// what the transitions tell, which must not count twice.
    pub transition: f64,
}

impl Default for Scales {
    /// Leaves a line's own probabilities and the transitions as they are.
    fn default() -> Self {
        Self {
            evidence: 1.0,
            prior: 0.0,
            transition: 1.0,
        }
    }
}

impl Scales {
    /// What the transitions are scaled by before weights are fitted together with them: surroundings
    /// that are features already tell a part of what they tell.
    pub const JOINT: Self = Self {
        evidence: 1.0,
        prior: 0.0,
        transition: 0.5,
    };

    /// The scales that are tried where the weights were fitted together with the transitions.
    pub fn joint_grid() -> Vec<Self> {
        let scales = |prior| Self {
            prior,
            transition: 1.0,
            ..Self::JOINT
        };
        [0.0, 0.125, 0.25, 0.375].map(scales).into()
    }

    /// The scales that are tried where they were not.
    pub fn grid() -> Vec<Self> {
        let mut grid = Vec::new();
        for evidence in [0.5, 0.7, 1.0, 1.4] {
            for prior in [0.0, 0.25, 0.5, 0.75] {
                for transition in [0.0, 0.15, 0.3, 0.5, 0.75, 1.0] {
                    grid.push(Self {
                        evidence,
                        prior: prior * evidence,
                        transition,
                    });
                }
            }
        }
        grid
    }

    /// A sequence with these scales, from one whose transitions have not been scaled.
    pub fn apply(self, sequence: &Sequence) -> Sequence {
        Sequence {
            transitions: sequence
                .transitions
                .map(|row| row.map(|log| log * self.transition)),
            log_prior: sequence.log_prior,
            evidence_scale: self.evidence,
            prior_scale: self.prior,
        }
    }
}
