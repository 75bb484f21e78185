//! A **metric** is a rough Hessian of an [`Objective`](super::objective::Objective) that is easy to invert: what a solver takes
//! for the curvature before its own steps have told it more.
//!
//! It has the Hessian's diagonal for every weight and, for the weights of the most frequent columns
//! and the bias, whose features overlap the most, also what is off the diagonal: the Hessian's
//! block of one output, worked out on a sample of the rows,
//!
//! ```text
//! h_jl = sum_i s_i p_i (1 - p_i) x_ij x_il + [j = l] c_j,
//! ```
//!
//! and factored by Cholesky's method. Between outputs it has nothing.

use rayon::prelude::*;

use super::matrix::Matrix;

/// Most columns of the block.
const MOST_PLACES: usize = 512;
/// Rows of the sample for each column of the block.
const ROWS_A_PLACE: usize = 32;
/// What is taken off the correlations of the sample, so that its chance ones do no harm.
const SHRINKAGE: f64 = 0.02;
/// Parts of the sample that are summed up side by side.
const PARTS: usize = 4;

/// A rough Hessian.
pub struct Metric {
    outputs: usize,
    places: usize,
    /// For each output, the factor of the block, whose last row is the bias.
    blocks: Vec<Cholesky>,
    /// The diagonal, in the order of the parameters.
    diagonal: Vec<f64>,
}

impl Metric {
    /// The metric of a loss whose rows are those of `matrix` and curve by `curvatures` (rows x
    /// outputs); `diagonal` and `penalty` are those of the whole objective.
    pub fn new(matrix: &Matrix, curvatures: &[f64], diagonal: Vec<f64>, penalty: &[f64]) -> Self {
        let outputs = diagonal.len() - matrix.places() * (diagonal.len() / (matrix.places() + 1));
        let rows = matrix.len();
        let places = matrix.places().min(MOST_PLACES).min(rows / ROWS_A_PLACE);
        let correlations = correlations(matrix, outputs, curvatures, places);
        let blocks = (0..outputs)
            .into_par_iter()
            .map(|output| {
                let scales: Vec<f64> = (0..places)
                    .chain([matrix.places()])
                    .map(|at| diagonal[at * outputs + output].sqrt())
                    .collect();
                let penalties = penalty[..places].iter().copied().chain([0.0]);
                Cholesky::new(block(&correlations, &scales, penalties))
            })
            .collect();
        Self {
            outputs,
            places,
            blocks,
            diagonal,
        }
    }

    /// Multiplies a vector with the inverse.
    pub fn divide(&self, vector: &mut [f64]) {
        let end = vector.len() - self.outputs;
        let solved: Vec<Vec<f64>> = self
            .blocks
            .par_iter()
            .enumerate()
            .map(|(output, block)| {
                let places = vector[..self.places * self.outputs].iter();
                let values = places.chain(&vector[end..]).skip(output);
                let mut values: Vec<f64> = values.step_by(self.outputs).copied().collect();
                block.solve(&mut values);
                values
            })
            .collect();
        vector
            .iter_mut()
            .zip(&self.diagonal)
            .for_each(|(value, diagonal)| *value /= diagonal);
        for (output, values) in solved.iter().enumerate() {
            for (place, &value) in values[..self.places].iter().enumerate() {
                vector[place * self.outputs + output] = value;
            }
            vector[end + output] = values[self.places];
        }
    }
}

/// The correlations of the first places and the bias under the mean curvature of all outputs, on a
/// sample of the rows: the lower triangle by rows.
fn correlations(matrix: &Matrix, outputs: usize, curvatures: &[f64], places: usize) -> Vec<f64> {
    let size = places + 1;
    let rows = matrix.len();
    let step = (rows / (ROWS_A_PLACE * size)).max(1);
    let sample: Vec<usize> = (0..rows).step_by(step).collect();
    let parts: Vec<Vec<f64>> = sample
        .par_chunks(sample.len().div_ceil(PARTS).max(1))
        .map(|rows| products(matrix, outputs, curvatures, places, rows))
        .collect();
    let mut sums = vec![0.0; size * size];
    for part in parts {
        sums.iter_mut()
            .zip(part)
            .for_each(|(sum, part)| *sum += part);
    }
    let scales: Vec<f64> = (0..size).map(|at| sums[at * size + at].sqrt()).collect();
    for row in 0..size {
        for column in 0..row {
            let scale = scales[row] * scales[column];
            let value = &mut sums[row * size + column];
            *value = if scale > 0.0 { *value / scale } else { 0.0 };
        }
        sums[row * size + row] = 1.0;
    }
    sums
}

fn products(
    matrix: &Matrix,
    outputs: usize,
    curvatures: &[f64],
    places: usize,
    rows: &[usize],
) -> Vec<f64> {
    let size = places + 1;
    let mut sums = vec![0.0; size * size];
    for &row in rows {
        let curvature: f64 = curvatures[row * outputs..][..outputs].iter().sum();
        let present = matrix.first_places(row, places);
        for (at, &place) in present.iter().enumerate() {
            let sums = &mut sums[place * size..][..size];
            for &other in &present[..=at] {
                sums[other] += curvature;
            }
        }
        let bias = &mut sums[places * size..];
        present.iter().for_each(|&place| bias[place] += curvature);
        bias[places] += curvature;
    }
    sums
}

/// The block of one output: the correlations, shrunk, at the scales of its diagonal, which has the
/// penalties in it.
fn block(correlations: &[f64], scales: &[f64], penalties: impl Iterator<Item = f64>) -> Vec<f64> {
    let size = scales.len();
    let mut block = correlations.to_vec();
    // A scale without its penalty is that of the loss alone.
    let loss: Vec<f64> = scales
        .iter()
        .zip(penalties)
        .map(|(scale, penalty)| (scale * scale - penalty).max(0.0).sqrt())
        .collect();
    for row in 0..size {
        for column in 0..row {
            block[row * size + column] *= (1.0 - SHRINKAGE) * loss[row] * loss[column];
        }
        block[row * size + row] = scales[row] * scales[row];
    }
    block
}

/// The factor `L` of a matrix `L L^T`, by rows.
struct Cholesky {
    size: usize,
    factor: Vec<f64>,
}

impl Cholesky {
    /// Factors a matrix, of which the lower triangle is given.
    fn new(mut matrix: Vec<f64>) -> Self {
        let size = matrix.len().isqrt();
        for row in 0..size {
            let (above, rest) = matrix.split_at_mut(row * size);
            let this = &mut rest[..size];
            for column in 0..row {
                let other = &above[column * size..][..column + 1];
                let sum = scalar_product(&this[..column], &other[..column]);
                this[column] = (this[column] - sum) / other[column];
            }
            let left = this[row] - scalar_product(&this[..row], &this[..row]);
            this[row] = left.max(1e-9 * this[row]).sqrt();
        }
        Self {
            size,
            factor: matrix,
        }
    }

    /// Solves `L L^T x = b`; `values` is `b`, then `x`.
    fn solve(&self, values: &mut [f64]) {
        let row = |at: usize| &self.factor[at * self.size..][..at + 1];
        for at in 0..self.size {
            let known = scalar_product(&row(at)[..at], &values[..at]);
            values[at] = (values[at] - known) / row(at)[at];
        }
        for at in (0..self.size).rev() {
            let value = values[at] / row(at)[at];
            values[at] = value;
            let before = values[..at].iter_mut().zip(row(at));
            before.for_each(|(before, factor)| *before -= value * factor);
        }
    }
}

/// In four sums at a time that do not wait for each other.
fn scalar_product(a: &[f64], b: &[f64]) -> f64 {
    let (a_fours, a_rest) = a.as_chunks::<4>();
    let (b_fours, b_rest) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (a, b) in a_fours.iter().zip(b_fours) {
        for at in 0..4 {
            sums[at] += a[at] * b[at];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factored_matrix_is_solved() {
        // | 4 2 |   | 2   |^2      | 4 2 | | 1 |   |  8 |
        // | 2 5 | = | 1 2 |    and | 2 5 | | 2 | = | 12 |
        let cholesky = Cholesky::new(vec![4.0, 0.0, 2.0, 5.0]);
        assert_eq!(cholesky.factor, [2.0, 0.0, 1.0, 2.0]);
        let mut values = [8.0, 12.0];
        cholesky.solve(&mut values);
        assert_eq!(values, [1.0, 2.0]);
    }
}
