//! **L-BFGS** minimises an [`Objective`] from its gradients (Liu and Nocedal 1989, *On the limited
//! memory BFGS method for large scale optimization*); what it remembers is a `Memory`.
//!
//! Two things make it fast on sparse logistic regression: the margins are kept, so that the line
//! search makes no pass over the matrix; and the first inverse Hessian is the inverse of the
//! objective's own diagonal curvature.

use rayon::prelude::*;

use super::line::{Line, add};
use super::memory::Memory;
use super::metric::Metric;
use super::objective::{Objective, Point, dot};

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    /// Most iterations.
    pub max_iterations: usize,
    /// Largest norm of the gradient, relative to its norm at 0, that counts as converged.
    pub tolerance: f64,
}

/// How a minimisation ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convergence {
    /// Number of iterations.
    pub iterations: usize,
    /// The objective, penalty included.
    pub objective: f64,
    /// Euclidean norm of the gradient.
    pub gradient_norm: f64,
    /// Whether the norm came below the tolerance.
    pub converged: bool,
}

impl Convergence {
    /// What is known at a point, where a norm of `enough` is converged.
    pub(super) fn at(point: &Point, iterations: usize, enough: f64) -> Self {
        let gradient_norm = norm(&point.gradient);
        Self {
            iterations,
            objective: point.value,
            gradient_norm,
            converged: gradient_norm <= enough,
        }
    }
}

/// Iterations after which the metric is worked out anew.
const REFRESH: [usize; 2] = [8, 24];

/// The first trial step of a line search, times the step before: the metric lacks what most features
/// have to do with each other, so that whole steps are too long at nearly every iteration.
const LENGTHENED: f64 = 1.5;

/// Minimises `objective` from `parameters`, which become the minimum.
pub fn minimise(
    objective: &Objective,
    parameters: &mut [f64],
    stop: Stop,
    mut progress: impl FnMut(&Convergence),
) -> Convergence {
    let enough = stop.tolerance * norm_at_zero(objective);
    let start = objective.at(parameters);
    let mut state = Convergence::at(&start, 0, enough);
    let Point {
        mut margins,
        mut residuals,
        mut gradient,
        ..
    } = start;
    let mut metric = metric(objective, &residuals);
    let mut memory = Memory::default();
    let mut first: f64 = 1.0;
    loop {
        state.converged = state.gradient_norm <= enough;
        progress(&state);
        if state.converged || state.iterations >= stop.max_iterations {
            return state;
        }
        if REFRESH.contains(&state.iterations) {
            metric = self::metric(objective, &residuals);
            memory.rescale(&gradient, &metric);
        }
        let mut direction = memory.direction(&gradient, &metric);
        let mut line = Line::new(objective, parameters, margins, residuals, &direction);
        let slope = dot(&gradient, &direction);
        let Some((step, reached)) = line.search(state.objective, slope, first) else {
            return state;
        };
        (margins, residuals) = line.at_end(step);
        first = (LENGTHENED * step).min(1.0);
        add(parameters, step, &direction);
        let next = objective.gradient_of(parameters, &residuals);
        scale(&mut direction, step);
        memory.push(&direction, difference(&next, gradient), &next, &metric);
        gradient = next;
        state.iterations += 1;
        state.objective = reached;
        state.gradient_norm = norm(&gradient);
    }
}

fn metric(objective: &Objective, residuals: &[f64]) -> Metric {
    let curvatures = objective.curvatures(residuals);
    let diagonal = objective.diagonal(&curvatures);
    Metric::new(objective.matrix, &curvatures, diagonal, objective.penalty)
}

/// How far given parameters are from the minimum, after an unknown number of iterations of another
/// solver, which count as 0.
pub fn measure(objective: &Objective, parameters: &[f64], tolerance: f64) -> Convergence {
    let enough = tolerance * norm_at_zero(objective);
    Convergence::at(&objective.at(parameters), 0, enough)
}

pub(super) fn norm(vector: &[f64]) -> f64 {
    dot(vector, vector).sqrt()
}

pub(super) fn norm_at_zero(objective: &Objective) -> f64 {
    let zero = vec![0.0; objective.parameters()];
    let margins = vec![0.0; objective.matrix.len() * objective.outputs()];
    norm(&objective.gradient(&zero, &margins))
}

fn scale(vector: &mut [f64], by: f64) {
    vector.par_iter_mut().for_each(|value| *value *= by);
}

fn difference(next: &[f64], mut before: Vec<f64>) -> Vec<f64> {
    let numbers = before.par_iter_mut().zip(next);
    numbers.for_each(|(before, next)| *before = next - *before);
    before
}
