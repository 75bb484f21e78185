//! The **objective** of logistic regression: the weighted negative log-likelihood of the gold
//! classes plus an L2 penalty on the weights, not on the biases.
//!
//! ```text
//! f(W, b) = sum_i s_i (logsumexp(z_i) - z_i[y_i]) + 1/2 sum_j c_j ||W_j||^2,   z_i = W x_i + b
//! ```
//!
//! Two classes have one output, the log-odds of class 1 (class 0 is fixed at 0); more classes have
//! one output each (the symmetric form of scikit-learn and linfa). The margins `z` are kept by the
//! caller, so that a step along a line needs no pass over the matrix.

use rayon::prelude::*;

use super::matrix::{MOST_OUTPUTS, Matrix};

/// Rows whose loss is summed up in one task.
const ROWS_A_TASK: usize = 512;
/// Numbers of a vector that are summed up in one task.
const NUMBERS_A_TASK: usize = 1 << 14;

/// The data of a fit.
#[derive(Clone, Copy, Debug)]
pub struct Objective<'a> {
    /// The features.
    pub matrix: &'a Matrix,
    /// The gold class of each row, below `classes`.
    pub targets: &'a [u8],
    /// The weight of each row.
    pub weights: &'a [f64],
    /// Number of classes, 2 to 6.
    pub classes: usize,
    /// The strength of the penalty on each column.
    pub penalty: &'a [f64],
}

impl Objective<'_> {
    /// Numbers a row has in the margins.
    pub fn outputs(&self) -> usize {
        if self.classes == 2 { 1 } else { self.classes }
    }

    /// Length of the parameters: weights (columns x outputs), then biases.
    pub fn parameters(&self) -> usize {
        (self.matrix.columns() + 1) * self.outputs()
    }

    /// The margins of a parameter vector (a direction has margins too).
    pub fn margins(&self, parameters: &[f64]) -> Vec<f64> {
        let mut margins = vec![0.0; self.matrix.len() * self.outputs()];
        self.matrix
            .multiply(parameters, self.outputs(), &mut margins);
        margins
    }

    /// `sum_j c_j a_j . b_j` over the weights of two parameter vectors, biases left out.
    pub fn penalised_product(&self, a: &[f64], b: &[f64]) -> f64 {
        let outputs = self.outputs();
        let tasks: Vec<f64> = self
            .penalty
            .par_chunks(NUMBERS_A_TASK)
            .enumerate()
            .map(|(task, penalty)| {
                let start = task * NUMBERS_A_TASK;
                let column = |at: usize| (start + at) * outputs..(start + at + 1) * outputs;
                let sum = |at: usize| -> f64 {
                    let products = a[column(at)].iter().zip(&b[column(at)]);
                    products.map(|(a, b)| a * b).sum()
                };
                penalty.iter().enumerate().map(|(at, c)| c * sum(at)).sum()
            })
            .collect();
        tasks.iter().sum()
    }

    /// The objective at its parameters, whose margins are given.
    pub fn value(&self, parameters: &[f64], margins: &[f64]) -> f64 {
        let (loss, _) = self.loss_along(margins, margins, 0.0);
        loss + 0.5 * self.penalised_product(parameters, parameters)
    }

    /// The loss at `margins + step * direction`, and its derivative by `step`; no penalty.
    pub fn loss_along(&self, margins: &[f64], direction: &[f64], step: f64) -> (f64, f64) {
        let outputs = self.outputs();
        let tasks: Vec<(f64, f64)> = margins
            .par_chunks(ROWS_A_TASK * outputs)
            .zip(direction.par_chunks(ROWS_A_TASK * outputs))
            .enumerate()
            .map(|(task, (margins, direction))| {
                let mut sums = (0.0, 0.0);
                let rows = margins.chunks(outputs).zip(direction.chunks(outputs));
                for (index, (margins, direction)) in rows.enumerate() {
                    let row = task * ROWS_A_TASK + index;
                    let mut residual = [0.0; MOST_OUTPUTS];
                    for ((at, margin), change) in residual.iter_mut().zip(margins).zip(direction) {
                        *at = margin + step * change;
                    }
                    let loss = self.row_loss(row, &mut residual[..outputs]);
                    let slope: f64 = residual.iter().zip(direction).map(|(r, d)| r * d).sum();
                    sums.0 += self.weights[row] * loss;
                    sums.1 += self.weights[row] * slope;
                }
                sums
            })
            .collect();
        let add = |sum: (f64, f64), task: &(f64, f64)| (sum.0 + task.0, sum.1 + task.1);
        tasks.iter().fold((0.0, 0.0), add)
    }

    /// The gradient of the whole objective, penalty included.
    pub fn gradient(&self, parameters: &[f64], margins: &[f64]) -> Vec<f64> {
        let outputs = self.outputs();
        let mut residuals = margins.to_vec();
        residuals
            .par_chunks_mut(ROWS_A_TASK * outputs)
            .enumerate()
            .for_each(|(task, residuals)| {
                for (index, residual) in residuals.chunks_mut(outputs).enumerate() {
                    let row = task * ROWS_A_TASK + index;
                    self.row_loss(row, residual);
                    residual.iter_mut().for_each(|r| *r *= self.weights[row]);
                }
            });
        let mut gradient = vec![0.0; parameters.len()];
        self.matrix
            .multiply_transposed(&residuals, outputs, &mut gradient);
        let columns = gradient.chunks_mut(outputs).zip(parameters.chunks(outputs));
        for ((gradient, weights), penalty) in columns.zip(self.penalty) {
            for (gradient, weight) in gradient.iter_mut().zip(weights) {
                *gradient += penalty * weight;
            }
        }
        gradient
    }

    /// The Hessian's diagonal at 0: `h0 * sum_i s_i x_ij + c_j`, with `h0 = p (1 - p)` at uniform
    /// probabilities.
    pub fn curvature(&self) -> Vec<f64> {
        let p = 1.0 / self.classes as f64;
        let h0 = p * (1.0 - p);
        let bias: f64 = self.weights.iter().sum();
        let columns = self.matrix.column_sums(self.weights);
        let columns = columns.iter().zip(self.penalty);
        columns
            .map(|(sum, penalty)| h0 * sum + penalty)
            .chain([h0 * bias])
            .flat_map(|value| std::iter::repeat_n(value.max(f64::MIN_POSITIVE), self.outputs()))
            .collect()
    }

    /// The loss of one row; its margins become its residuals, probability minus gold.
    fn row_loss(&self, row: usize, margins: &mut [f64]) -> f64 {
        let target = usize::from(self.targets[row]);
        if let [margin] = margins {
            return binary_loss(margin, target == 1);
        }
        let gold = margins[target];
        let largest = margins.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut sum = 0.0;
        for margin in margins.iter_mut() {
            *margin = libm::exp(*margin - largest);
            sum += *margin;
        }
        margins.iter_mut().for_each(|margin| *margin /= sum);
        margins[target] -= 1.0;
        largest + libm::log(sum) - gold
    }
}

/// `ln(1 + exp(z)) - y z`; the margin becomes `1 / (1 + exp(-z)) - y`.
fn binary_loss(margin: &mut f64, positive: bool) -> f64 {
    let z = *margin;
    let tail = libm::exp(-z.abs());
    let probability = if z >= 0.0 { 1.0 } else { tail } / (1.0 + tail);
    let gold = f64::from(positive);
    *margin = probability - gold;
    z.max(0.0) + libm::log1p(tail) - gold * z
}

/// The scalar product, summed up in an order that does not depend on the number of threads.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let tasks: Vec<f64> = a
        .par_chunks(NUMBERS_A_TASK)
        .zip(b.par_chunks(NUMBERS_A_TASK))
        .map(|(a, b)| a.iter().zip(b).map(|(a, b)| a * b).sum())
        .collect();
    tasks.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::SparseRows;

    fn matrix() -> Matrix {
        let mut rows = SparseRows::new(3);
        for row in [vec![0, 1], vec![1], vec![2], vec![0, 2], vec![]] {
            rows.push(&mut row.clone());
        }
        Matrix::new(rows)
    }

    /// Central differences of the objective, for two classes and for three.
    #[test]
    fn the_gradient_is_the_slope_of_the_objective() {
        let matrix = matrix();
        for (classes, targets) in [(2, [0, 1, 1, 0, 1]), (3, [0, 1, 2, 0, 2])] {
            let objective = Objective {
                matrix: &matrix,
                targets: &targets,
                weights: &[1.0, 2.0, 0.5, 1.0, 3.0],
                classes,
                penalty: &[0.7, 0.2, 1.3],
            };
            let value =
                |parameters: &[f64]| objective.value(parameters, &objective.margins(parameters));
            let parameters: Vec<_> = (0..objective.parameters())
                .map(|at| 0.3 * (at as f64) - 1.0)
                .collect();
            let gradient = objective.gradient(&parameters, &objective.margins(&parameters));
            for at in 0..parameters.len() {
                let shifted = |by: f64| {
                    let mut shifted = parameters.clone();
                    shifted[at] += by;
                    value(&shifted)
                };
                let slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
                assert!((slope - gradient[at]).abs() < 1e-8, "{classes} {at}");
            }
        }
    }

    #[test]
    fn the_binary_loss_is_safe_at_both_ends() {
        for (z, positive, loss) in [(800.0, true, 0.0), (-800.0, true, 800.0), (800.0, false, 800.0)] {
            let mut margin = z;
            assert_eq!(binary_loss(&mut margin, positive), loss);
            assert!((-1.0..=1.0).contains(&margin));
        }
    }
}
