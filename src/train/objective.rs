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
//!
//! With a [`Chain`] the rows are the lines of pages, and the likelihood is that of a page's whole
//! label sequence (Lafferty, McCallum and Pereira 2001, *Conditional random fields*), the transitions
//! given: the weights then learn what the transitions do not tell.

use std::ops::Range;

use rayon::prelude::*;

use super::matrix::Matrix;
use crate::Label;
use crate::sequence::{BOUNDARY, Distribution, LABELS, Sequence};

/// Rows whose loss is summed up in one task.
const ROWS_A_TASK: usize = 512;
/// Numbers of a vector that one task works on.
pub(super) const NUMBERS_A_TASK: usize = 1 << 14;

/// The label sequences that the likelihood is of.
#[derive(Clone, Copy, Debug)]
pub struct Chain<'a> {
    /// The transitions; its scales are 1 and 0.
    pub sequence: &'a Sequence,
    /// The label of each class.
    pub labels: &'a [Label],
    /// The rows of each page, one page after the other; all rows of a page weigh the same.
    pub pages: &'a [Range<usize>],
}

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
    /// The strength of the penalty on each place of the matrix.
    pub penalty: &'a [f64],
    /// The label sequences; `None` where each row stands for itself.
    pub chain: Option<Chain<'a>>,
}

/// An objective at some parameters.
#[derive(Clone, Debug)]
pub struct Point {
    /// The margins, rows x outputs.
    pub margins: Vec<f64>,
    /// The weighted residuals, rows x outputs.
    pub residuals: Vec<f64>,
    /// The gradient, as long as the parameters.
    pub gradient: Vec<f64>,
    /// The objective, penalty included.
    pub value: f64,
}

impl Objective<'_> {
    /// The objective at some parameters.
    pub fn at(&self, parameters: &[f64]) -> Point {
        let margins = self.margins(parameters);
        let mut residuals = margins.clone();
        let loss = self.loss(&mut residuals);
        Point {
            gradient: self.gradient_of(parameters, &residuals),
            value: loss + self.penalty_of(parameters),
            margins,
            residuals,
        }
    }

    /// Numbers a row has in the margins.
    pub fn outputs(&self) -> usize {
        if self.classes == 2 { 1 } else { self.classes }
    }

    /// Length of the parameters: weights (places of the matrix x outputs), then biases.
    pub fn parameters(&self) -> usize {
        (self.matrix.places() + 1) * self.outputs()
    }

    /// The margins of a parameter vector (a direction has margins too).
    pub fn margins(&self, parameters: &[f64]) -> Vec<f64> {
        let mut margins = vec![0.0; self.matrix.len() * self.outputs()];
        self.matrix
            .multiply(parameters, self.outputs(), &mut margins);
        margins
    }

    /// `sum_j c_j w_j . w_j`, `sum_j c_j w_j . d_j` and `sum_j c_j d_j . d_j` over the weights of two
    /// parameter vectors, biases left out.
    pub fn penalised_products(&self, w: &[f64], d: &[f64]) -> [f64; 3] {
        let outputs = self.outputs();
        let numbers = NUMBERS_A_TASK * outputs;
        let tasks: Vec<[f64; 3]> = self
            .penalty
            .par_chunks(NUMBERS_A_TASK)
            .zip(w.par_chunks(numbers).zip(d.par_chunks(numbers)))
            .map(|(penalty, (w, d))| {
                let columns = w.chunks_exact(outputs).zip(d.chunks_exact(outputs));
                let mut sums = [0.0; 3];
                for (c, (w, d)) in penalty.iter().zip(columns) {
                    let mut products = [0.0; 3];
                    for (w, d) in w.iter().zip(d) {
                        products[0] += w * w;
                        products[1] += w * d;
                        products[2] += d * d;
                    }
                    for (sum, product) in sums.iter_mut().zip(products) {
                        *sum += c * product;
                    }
                }
                sums
            })
            .collect();
        let mut sums = [0.0; 3];
        for task in &tasks {
            sums.iter_mut()
                .zip(task)
                .for_each(|(sum, task)| *sum += task);
        }
        sums
    }

    /// The objective at its parameters, whose margins are given.
    pub fn value(&self, parameters: &[f64], margins: &[f64]) -> f64 {
        self.loss(&mut margins.to_vec()) + self.penalty_of(parameters)
    }

    /// The penalty at some parameters.
    pub fn penalty_of(&self, parameters: &[f64]) -> f64 {
        let [ww, ..] = self.penalised_products(parameters, parameters);
        0.5 * ww
    }

    /// The weighted loss at `margins`, which become the weighted residuals, probability minus gold.
    pub fn loss(&self, margins: &mut [f64]) -> f64 {
        let outputs = self.outputs();
        let mut rest = margins;
        let mut tasks = Vec::new();
        for rows in self.blocks() {
            let (block, after) = rest.split_at_mut(rows.len() * outputs);
            tasks.push((rows, block));
            rest = after;
        }
        let losses: Vec<f64> = tasks
            .into_par_iter()
            .map(|(rows, margins)| self.block_loss(rows, margins))
            .collect();
        losses.iter().sum()
    }

    /// The rows of each task: whole pages where there is a chain.
    fn blocks(&self) -> Vec<Range<usize>> {
        match self.chain {
            Some(chain) => chain.pages.to_vec(),
            None => {
                let starts = (0..self.matrix.len()).step_by(ROWS_A_TASK);
                starts
                    .map(|start| start..(start + ROWS_A_TASK).min(self.matrix.len()))
                    .collect()
            }
        }
    }

    fn block_loss(&self, rows: Range<usize>, margins: &mut [f64]) -> f64 {
        if let Some(chain) = self.chain {
            let weight = self.weights[rows.start];
            let loss = self.page_loss(chain, rows, margins);
            margins.iter_mut().for_each(|residual| *residual *= weight);
            return weight * loss;
        }
        let rows = rows.zip(margins.chunks_mut(self.outputs()));
        rows.map(|(row, margins)| {
            let weight = self.weights[row];
            let loss = self.row_loss(row, margins);
            margins.iter_mut().for_each(|residual| *residual *= weight);
            weight * loss
        })
        .sum()
    }

    /// The loss of the label sequence of one page; its margins become its residuals.
    fn page_loss(&self, chain: Chain, rows: Range<usize>, margins: &mut [f64]) -> f64 {
        let outputs = self.outputs();
        let scores: Vec<Distribution> = margins
            .chunks(outputs)
            .map(|margins| chain.scores(margins))
            .collect();
        let (marginals, log_sum) = chain.sequence.posterior(&scores);
        let mut gold = 0.0;
        let mut from = BOUNDARY;
        for ((row, scores), (marginal, residuals)) in rows
            .zip(&scores)
            .zip(marginals.iter().zip(margins.chunks_mut(outputs)))
        {
            let target = usize::from(self.targets[row]);
            let to = chain.labels[target].index();
            gold += chain.sequence.transitions[from][to] + scores[to];
            chain.residuals(target, marginal, residuals);
            from = to;
        }
        log_sum - gold - chain.sequence.transitions[from][BOUNDARY]
    }

    /// The gradient of the whole objective, penalty included.
    pub fn gradient(&self, parameters: &[f64], margins: &[f64]) -> Vec<f64> {
        let mut residuals = margins.to_vec();
        self.loss(&mut residuals);
        self.gradient_of(parameters, &residuals)
    }

    /// The same from the residuals that the parameters have.
    pub fn gradient_of(&self, parameters: &[f64], residuals: &[f64]) -> Vec<f64> {
        let outputs = self.outputs();
        let mut gradient = vec![0.0; parameters.len()];
        self.matrix
            .multiply_transposed(residuals, outputs, &mut gradient);
        let numbers = NUMBERS_A_TASK * outputs;
        let tasks = gradient
            .par_chunks_mut(numbers)
            .zip(parameters.par_chunks(numbers));
        tasks.zip(self.penalty.par_chunks(NUMBERS_A_TASK)).for_each(
            |((gradient, weights), penalty)| {
                let columns = gradient
                    .chunks_exact_mut(outputs)
                    .zip(weights.chunks_exact(outputs));
                for ((gradient, weights), penalty) in columns.zip(penalty) {
                    for (gradient, weight) in gradient.iter_mut().zip(weights) {
                        *gradient += penalty * weight;
                    }
                }
            },
        );
        gradient
    }

    /// The probability that belongs to each residual `s (p - y)`.
    pub fn probabilities(&self, residuals: &[f64]) -> Vec<f64> {
        let outputs = self.outputs();
        let first = usize::from(outputs == 1);
        let probability = |at: usize| {
            let row = at / outputs;
            let gold = f64::from(u8::from(
                usize::from(self.targets[row]) == first + at % outputs,
            ));
            (residuals[at] / self.weights[row] + gold).clamp(0.0, 1.0)
        };
        (0..residuals.len())
            .into_par_iter()
            .map(probability)
            .collect()
    }

    /// The curvature of the loss by each margin, `s p (1 - p)`; what the rows of a label sequence
    /// have to do with each other is left out.
    pub fn curvatures(&self, residuals: &[f64]) -> Vec<f64> {
        let mut curvatures = self.probabilities(residuals);
        let rows = curvatures.par_chunks_mut(self.outputs());
        rows.zip(self.weights).for_each(|(row, weight)| {
            row.iter_mut().for_each(|p| *p = weight * *p * (1.0 - *p));
        });
        curvatures
    }

    /// The Hessian's diagonal, `sum_i curvature_i x_ij + c_j`.
    pub fn diagonal(&self, curvatures: &[f64]) -> Vec<f64> {
        let mut diagonal = vec![0.0; self.parameters()];
        self.matrix
            .multiply_transposed(curvatures, self.outputs(), &mut diagonal);
        for (diagonal, penalty) in diagonal.chunks_mut(self.outputs()).zip(self.penalty) {
            diagonal.iter_mut().for_each(|value| *value += penalty);
        }
        diagonal
            .iter_mut()
            .for_each(|value| *value = value.max(f64::MIN_POSITIVE));
        diagonal
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

impl Chain<'_> {
    /// The score of each label of a row with these margins.
    fn scores(&self, margins: &[f64]) -> Distribution {
        let mut scores = [f64::NEG_INFINITY; LABELS];
        if let [margin] = margins {
            scores[self.labels[0].index()] = 0.0;
            scores[self.labels[1].index()] = *margin;
            return scores;
        }
        for (label, margin) in self.labels.iter().zip(margins) {
            scores[label.index()] = *margin;
        }
        scores
    }

    /// Probability minus gold, for each output of a row.
    fn residuals(&self, target: usize, marginal: &Distribution, out: &mut [f64]) {
        let classes = if out.len() == 1 { 1..2 } else { 0..out.len() };
        for (class, residual) in classes.zip(out) {
            let gold = f64::from(class == target);
            *residual = marginal[self.labels[class].index()] - gold;
        }
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
        .map(|(a, b)| dot_of(a, b))
        .collect();
    tasks.iter().sum()
}

/// The scalar product in eight sums that do not wait for each other.
pub(super) fn dot_of<T: Copy + Into<f64>>(a: &[T], b: &[f64]) -> f64 {
    let (a_eights, a_rest) = a.as_chunks::<8>();
    let (b_eights, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in a_eights.iter().zip(b_eights) {
        for at in 0..8 {
            sums[at] += a[at].into() * b[at];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(&a, b)| a.into() * b).sum();
    sums.iter().sum::<f64>() + rest
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
        Matrix::new(&rows)
    }

    /// Central differences of the objective, for two classes and for three, of single rows
    /// and of label sequences.
    #[test]
    fn the_gradient_is_the_slope_of_the_objective() {
        let matrix = matrix();
        let sequence = Sequence {
            transitions: std::array::from_fn(|from| {
                std::array::from_fn(|to| -0.1 * (from * 5 % 7 + to * 3 % 5) as f64)
            }),
            log_prior: [0.0; LABELS],
            evidence_scale: 1.0,
            prior_scale: 0.0,
        };
        let labels = [Label::Content, Label::Navigation, Label::Related];
        let chain = Chain {
            sequence: &sequence,
            labels: &labels,
            pages: &[0..3, 3..5],
        };
        for (classes, targets, chain) in [
            (2, [0, 1, 1, 0, 1], None),
            (3, [0, 1, 2, 0, 2], None),
            (2, [0, 1, 1, 0, 1], Some(chain)),
            (3, [0, 1, 2, 0, 2], Some(chain)),
        ] {
            let objective = Objective {
                matrix: &matrix,
                targets: &targets,
                weights: &[2.0, 2.0, 2.0, 0.5, 0.5],
                classes,
                penalty: &[0.7, 0.2, 1.3],
                chain,
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
        for (z, positive, loss) in [
            (800.0, true, 0.0),
            (-800.0, true, 800.0),
            (800.0, false, 800.0),
        ] {
            let mut margin = z;
            assert_eq!(binary_loss(&mut margin, positive), loss);
            assert!((-1.0..=1.0).contains(&margin));
        }
    }
}
