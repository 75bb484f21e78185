//! **Newton's method** minimises an [`Objective`]: every direction solves the Hessian's equations
//! roughly by conjugate gradients (Lin, Weng and Keerthi 2008, *Trust region Newton method for
//! large-scale logistic regression*; a line search in the trust region's place).
//!
//! Near the minimum nearly all rows are told right without a doubt, and what a row adds to the
//! Hessian is `p (1 - p)`: the Hessian is that of the doubtful rows, the *active* ones, so that
//! conjugate gradients pass over a small part of the matrix. Gradient and objective are those of all
//! rows. The conjugate gradients are preconditioned by a `Metric`.

use super::lbfgs::{Convergence, Stop, norm, norm_at_zero};
use super::line::{Line, add};
use super::matrix::Matrix;
use super::metric::Metric;
use super::objective::{Objective, dot};

/// The share of the rows' curvature that rows which are not active may have.
const INACTIVE: f64 = 0.1;
/// Most conjugate gradients a direction.
const MOST_CONJUGATE: usize = 100;
/// How far conjugate gradients bring the residual of the equations down.
const FORCING: f64 = 0.1;

/// Minimises `objective` from `parameters`, which become the minimum.
pub fn minimise(
    objective: &Objective,
    parameters: &mut [f64],
    stop: Stop,
    mut progress: impl FnMut(&Convergence),
) -> Convergence {
    let enough = stop.tolerance * norm_at_zero(objective);
    let mut margins = objective.margins(parameters);
    let mut residuals = margins.clone();
    let loss = objective.loss(&mut residuals);
    let mut gradient = objective.gradient_of(parameters, &residuals);
    let mut state = Convergence {
        iterations: 0,
        objective: loss + objective.penalty_of(parameters),
        gradient_norm: norm(&gradient),
        converged: false,
    };
    loop {
        state.converged = state.gradient_norm <= enough;
        progress(&state);
        if state.converged || state.iterations >= stop.max_iterations {
            return state;
        }
        let direction = Hessian::new(objective, &residuals).direction(&gradient);
        let mut line = Line::new(objective, parameters, margins, residuals, &direction);
        let Some((step, reached)) = line.search(state.objective, dot(&gradient, &direction), 1.0)
        else {
            return state;
        };
        (margins, residuals) = line.at_end(step);
        add(parameters, step, &direction);
        gradient = objective.gradient_of(parameters, &residuals);
        state.iterations += 1;
        state.objective = reached;
        state.gradient_norm = norm(&gradient);
    }
}

/// The Hessian of the active rows.
struct Hessian<'a> {
    penalty: &'a [f64],
    outputs: usize,
    matrix: Matrix,
    /// For each active row and output, its probability, and its weight.
    probabilities: Vec<f64>,
    weights: Vec<f64>,
    metric: Metric,
}

impl<'a> Hessian<'a> {
    fn new(objective: &Objective<'a>, residuals: &[f64]) -> Self {
        let outputs = objective.outputs();
        let curvatures = objective.curvatures(residuals);
        let active = active_rows(&curvatures, outputs);
        let matrix = objective.matrix.subset(active.iter().copied());
        let pick = |values: &[f64]| -> Vec<f64> {
            let rows = active.iter().map(|row| row * outputs);
            rows.flat_map(|at| values[at..at + outputs].to_vec())
                .collect()
        };
        let probabilities = pick(&objective.probabilities(residuals));
        let weights: Vec<f64> = active.iter().map(|&row| objective.weights[row]).collect();
        let diagonal = objective.diagonal(&curvatures);
        let metric = Metric::new(&matrix, &pick(&curvatures), diagonal, objective.penalty);
        Self {
            penalty: objective.penalty,
            outputs,
            matrix,
            probabilities,
            weights,
            metric,
        }
    }

    /// Solves `H d = -g` roughly.
    fn direction(&self, gradient: &[f64]) -> Vec<f64> {
        let mut direction = vec![0.0; gradient.len()];
        let mut residual: Vec<f64> = gradient.iter().map(|g| -g).collect();
        let mut scaled = residual.clone();
        self.metric.divide(&mut scaled);
        let mut conjugate = scaled.clone();
        let mut square = dot(&residual, &scaled);
        let enough = FORCING * FORCING * square;
        for _ in 0..MOST_CONJUGATE {
            let product = self.product(&conjugate);
            let step = square / dot(&conjugate, &product);
            add(&mut direction, step, &conjugate);
            add(&mut residual, -step, &product);
            scaled.copy_from_slice(&residual);
            self.metric.divide(&mut scaled);
            let next = dot(&residual, &scaled);
            if next <= enough {
                break;
            }
            let share = next / square;
            square = next;
            conjugate
                .iter_mut()
                .zip(&scaled)
                .for_each(|(conjugate, scaled)| *conjugate = scaled + share * *conjugate);
        }
        direction
    }

    /// The Hessian times a vector.
    fn product(&self, vector: &[f64]) -> Vec<f64> {
        let outputs = self.outputs;
        let mut rows = vec![0.0; self.weights.len() * outputs];
        self.matrix.multiply(vector, outputs, &mut rows);
        let probabilities = self.probabilities.chunks(outputs);
        for ((row, p), weight) in rows
            .chunks_mut(outputs)
            .zip(probabilities)
            .zip(&self.weights)
        {
            if let ([value], [p]) = (&mut *row, p) {
                *value *= weight * p * (1.0 - p);
                continue;
            }
            let mean: f64 = p.iter().zip(row.iter()).map(|(p, value)| p * value).sum();
            for (value, p) in row.iter_mut().zip(p) {
                *value = weight * p * (*value - mean);
            }
        }
        let mut product = vec![0.0; vector.len()];
        self.matrix
            .multiply_transposed(&rows, outputs, &mut product);
        let places = product.chunks_mut(outputs).zip(vector.chunks(outputs));
        for ((product, values), penalty) in places.zip(self.penalty) {
            for (product, value) in product.iter_mut().zip(values) {
                *product += penalty * value;
            }
        }
        product
    }
}

/// The rows with most of the curvature, in order: all whose curvature is above a power of two.
fn active_rows(curvatures: &[f64], outputs: usize) -> Vec<usize> {
    let exponent = |curvature: f64| (-curvature.max(1e-18).log2()).clamp(0.0, 60.0) as usize;
    let mut mass = [0.0; 61];
    let sums: Vec<f64> = curvatures
        .chunks(outputs)
        .map(|row| row.iter().sum())
        .collect();
    sums.iter().for_each(|&sum| mass[exponent(sum)] += sum);
    let all: f64 = mass.iter().sum();
    let mut inactive = 0.0;
    let mut last = 60;
    while last > 0 && inactive + mass[last] <= INACTIVE * all {
        inactive += mass[last];
        last -= 1;
    }
    let rows = sums.iter().enumerate();
    rows.filter(|&(_, &sum)| exponent(sum) <= last)
        .map(|(row, _)| row)
        .collect()
}
