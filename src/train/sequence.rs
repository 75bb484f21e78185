//! Fitting of the [label sequence](crate::sequence): transitions are counted on labelled pages, the
//! two scales chosen on out-of-fold predictions.

use libm::log;

use super::extracted::{Extracted, PageLines};
use crate::sequence::{BOUNDARY, LABELS, Sequence};

/// Counts the label transitions of the given pages, one added to every count, and the label
/// distribution that a classifier with these row weights was fitted on.
pub fn count<'a>(
    corpus: &Extracted,
    pages: impl IntoIterator<Item = &'a PageLines>,
    weight: impl Fn(usize) -> f64,
    scales: Scales,
) -> Sequence {
    let mut transitions = [[1.0; LABELS + 1]; LABELS + 1];
    let mut prior = [f64::MIN_POSITIVE; LABELS];
    for page in pages {
        let mut from = BOUNDARY;
        for line in page.lines.clone() {
            let to = corpus.gold()[line].index();
            transitions[from][to] += 1.0;
            prior[to] += weight(line);
            from = to;
        }
        transitions[from][BOUNDARY] += 1.0;
    }
    Sequence {
        transitions: transitions.map(log_shares),
        log_prior: log_shares(prior),
        evidence_scale: scales.evidence,
        prior_scale: scales.prior,
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
}

impl Default for Scales {
    /// What cross-validation chose on the pages of the built-in model's corpus; used where there
    /// are no out-of-fold predictions.
    fn default() -> Self {
        Self {
            evidence: 0.7,
            prior: 0.35,
        }
    }
}

impl Scales {
    /// The scales that are tried.
    pub fn grid() -> impl Iterator<Item = Self> {
        let evidence = [0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0];
        let parts = [0.0, 0.25, 0.5, 0.75, 1.0];
        evidence.into_iter().flat_map(move |evidence| {
            parts.into_iter().map(move |part| Self {
                evidence,
                prior: evidence * part,
            })
        })
    }
}
