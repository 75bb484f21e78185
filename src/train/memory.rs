//! What **L-BFGS** remembers: its last steps and how the gradient changed over each (Nocedal and
//! Wright, *Numerical Optimization*, algorithm 7.4). The two-loop recursion is worked out on scalar
//! products alone, and the direction put together in one pass over the remembered vectors (Chen,
//! Wang and Zhou 2014, *Large-scale L-BFGS using MapReduce*).
//!
//! With steps `s`, changes `y` and the metric's inverse `H`, the direction at the gradient `g` is
//!
//! ```text
//! d = -H g - sum_i a_i H y_i + sum_i (a_i - b_i) s_i,
//! ```
//!
//! so `s` and `z = H y` are kept, and of each the products with the gradient before: the difference
//! from those with the next one is the product with `y`. Vectors are kept in single precision; what
//! is summed up over them, in double.

use std::collections::VecDeque;

use rayon::prelude::*;

use super::metric::Metric;
use super::objective::{NUMBERS_A_TASK, dot, dot_of};

/// Steps that are remembered.
const STEPS: usize = 10;

/// One remembered step.
struct Pair {
    step: Vec<f32>,
    change: Vec<f32>,
    /// The metric's inverse times the change.
    scaled: Vec<f32>,
    /// Scalar products of step and scaled change with the last gradient.
    with_gradient: [f64; 2],
    /// Scalar products of step and scaled change with the changes of this step and those after it.
    with_changes: Vec<[f64; 2]>,
}

/// The remembered steps, the oldest first.
#[derive(Default)]
pub struct Memory {
    pairs: VecDeque<Pair>,
}

impl Memory {
    /// Remembers a step over which the gradient changed to `gradient`.
    pub fn push(&mut self, step: &[f64], change: Vec<f64>, gradient: &[f64], metric: &Metric) {
        let before: Vec<[f64; 2]> = self.pairs.iter().map(|pair| pair.with_gradient).collect();
        let product = dot(step, &change);
        let is_kept = product > f64::MIN_POSITIVE;
        if is_kept {
            let mut scaled = change.clone();
            metric.divide(&mut scaled);
            let squared = dot(&scaled, &change);
            self.pairs.push_back(Pair {
                step: to_single(step),
                scaled: to_single(&scaled),
                change: to_single(&change),
                with_gradient: [0.0; 2],
                with_changes: vec![[product, squared]],
            });
        }
        self.take_gradient(gradient);
        if is_kept {
            for (pair, before) in self.pairs.iter_mut().zip(before) {
                let now = pair.with_gradient;
                pair.with_changes
                    .push([now[0] - before[0], now[1] - before[1]]);
            }
            if self.pairs.len() > STEPS {
                self.pairs.pop_front();
            }
        }
    }

    /// Takes another metric for the changes.
    pub fn rescale(&mut self, gradient: &[f64], metric: &Metric) {
        let changes: Vec<Vec<f64>> = self
            .pairs
            .iter()
            .map(|pair| pair.change.iter().map(|&value| f64::from(value)).collect())
            .collect();
        for (at, pair) in self.pairs.iter_mut().enumerate() {
            let mut scaled = changes[at].clone();
            metric.divide(&mut scaled);
            pair.scaled = to_single(&scaled);
            let after = pair.with_changes.iter_mut().zip(&changes[at..]);
            after.for_each(|(products, change)| products[1] = dot_of(&pair.scaled, change));
        }
        self.take_gradient(gradient);
    }

    fn take_gradient(&mut self, gradient: &[f64]) {
        let vectors: Vec<&[f32]> = self
            .pairs
            .iter()
            .flat_map(|pair| [&pair.step[..], &pair.scaled])
            .collect();
        let tasks: Vec<Vec<f64>> = gradient
            .par_chunks(NUMBERS_A_TASK)
            .enumerate()
            .map(|(task, gradient)| {
                let start = task * NUMBERS_A_TASK;
                let part = |vector: &&[f32]| dot_of(&vector[start..][..gradient.len()], gradient);
                vectors.iter().map(part).collect()
            })
            .collect();
        for (at, pair) in self.pairs.iter_mut().enumerate() {
            let sum = |of: usize| tasks.iter().map(|sums| sums[2 * at + of]).sum();
            pair.with_gradient = [sum(0), sum(1)];
        }
    }

    /// Where to go from the gradient that was taken last.
    pub fn direction(&self, gradient: &[f64], metric: &Metric) -> Vec<f64> {
        let mut direction: Vec<f64> = gradient.par_iter().map(|g| -g).collect();
        metric.divide(&mut direction);
        let shares = self.shares();
        direction
            .par_chunks_mut(NUMBERS_A_TASK)
            .enumerate()
            .for_each(|(task, direction)| {
                let start = task * NUMBERS_A_TASK;
                for (pair, shares) in self.pairs.iter().zip(&shares) {
                    let vectors = pair.step[start..].iter().zip(&pair.scaled[start..]);
                    for (value, (&step, &scaled)) in direction.iter_mut().zip(vectors) {
                        *value += shares[0] * f64::from(step) + shares[1] * f64::from(scaled);
                    }
                }
            });
        direction
    }

    /// How often each step and each scaled change stands in the direction.
    fn shares(&self) -> Vec<[f64; 2]> {
        let count = self.pairs.len();
        // The products of pair `of` with the change of pair `with`, which is not before it.
        let product = |of: usize, with: usize| self.pairs[of].with_changes[with - of];
        let mut alphas = vec![0.0; count];
        for at in (0..count).rev() {
            let later = (at + 1..count).map(|later| alphas[later] * product(at, later)[0]);
            let sum = self.pairs[at].with_gradient[0] + later.sum::<f64>();
            alphas[at] = -sum / product(at, at)[0];
        }
        let mut shares: Vec<[f64; 2]> = Vec::with_capacity(count);
        for at in 0..count {
            let changes = (0..count).map(|other| {
                let squared = product(at.min(other), at.max(other))[1];
                alphas[other] * squared
            });
            let steps = shares.iter().enumerate();
            let steps = steps.map(|(earlier, shares)| shares[0] * product(earlier, at)[0]);
            let sum = steps.sum::<f64>() - self.pairs[at].with_gradient[1] - changes.sum::<f64>();
            let beta = sum / product(at, at)[0];
            shares.push([alphas[at] - beta, -alphas[at]]);
        }
        shares
    }
}

fn to_single(vector: &[f64]) -> Vec<f32> {
    vector.par_iter().map(|&value| value as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::SparseRows;
    use crate::train::matrix::Matrix;

    fn metric(diagonal: [f64; 4]) -> Metric {
        let mut rows = SparseRows::new(3);
        rows.push(&mut vec![0, 1, 2]);
        Metric::new(&Matrix::new(&rows), &[1.0], diagonal.into(), &[0.5; 3])
    }

    /// The recursion as the book has it.
    fn two_loops(gradient: &[f64], pairs: &[([f64; 4], [f64; 4])], metric: &Metric) -> Vec<f64> {
        let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
        let mut alphas = Vec::new();
        let add = |direction: &mut Vec<f64>, by: f64, vector: &[f64]| {
            let values = direction.iter_mut().zip(vector);
            values.for_each(|(value, other)| *value += by * other);
        };
        for (step, change) in pairs.iter().rev() {
            let alpha = dot(step, &direction) / dot(step, change);
            add(&mut direction, -alpha, change);
            alphas.push(alpha);
        }
        metric.divide(&mut direction);
        for ((step, change), alpha) in pairs.iter().zip(alphas.iter().rev()) {
            let beta = dot(change, &direction) / dot(step, change);
            add(&mut direction, alpha - beta, step);
        }
        direction
    }

    /// More steps than are remembered, one of them of no use, and a change of the metric.
    #[test]
    fn the_direction_is_that_of_the_two_loop_recursion() {
        let mut gradient = [1.0, -2.0, 0.5, 3.0];
        let mut memory = Memory::default();
        let mut pairs = Vec::new();
        let mut scales = metric([1.0, 2.0, 4.0, 0.5]);
        for round in 0..STEPS + 3 {
            let step: [f64; 4] =
                std::array::from_fn(|at| f64::from((round * 7 + at * 5) as u8 % 11) - 4.5);
            let curvature = if round == 4 { -1.0 } else { 1.0 };
            let change: [f64; 4] = std::array::from_fn(|at| {
                curvature * step[at] * (1.0 + at as f64) + 0.25 * curvature * step[(at + 1) % 4]
            });
            gradient = std::array::from_fn(|at| gradient[at] + change[at]);
            memory.push(&step, change.into(), &gradient, &scales);
            if curvature > 0.0 {
                pairs.push((step, change));
            }
            if round == 7 {
                scales = metric([2.0, 1.0, 3.0, 1.5]);
                memory.rescale(&gradient, &scales);
            }
            let known = &pairs[pairs.len().saturating_sub(STEPS)..];
            let expected = two_loops(&gradient, known, &scales);
            let found = memory.direction(&gradient, &scales);
            for (found, expected) in found.iter().zip(&expected) {
                let error = (found - expected).abs();
                assert!(error < 1e-4 * expected.abs().max(1.0), "{found} {expected}");
            }
        }
    }
}
