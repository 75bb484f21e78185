//! **L-BFGS** minimises an [`Objective`] from its gradients (Liu and Nocedal 1989, *On the limited
//! memory BFGS method for large scale optimization*; two-loop recursion: Nocedal and Wright,
//! *Numerical Optimization*, algorithm 7.4).
//!
//! Two things make it fast on sparse logistic regression: the margins are kept, so that the line
//! search makes no pass over the matrix; and the first inverse Hessian is the inverse of the
//! objective's own diagonal curvature.

use std::collections::VecDeque;

use super::line::{Line, add};
use super::metric::Metric;
use super::objective::{Objective, dot};

/// Steps whose curvature is remembered.
const MEMORY: usize = 10;
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

/// One remembered step: `s = x' - x`, `y = g' - g`, `1 / (s . y)`.
struct Memory {
    step: Vec<f64>,
    change: Vec<f64>,
    inverse: f64,
}

/// Iterations after which the metric is worked out anew.
const REFRESH: [usize; 2] = [8, 24];

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
    let mut metric = metric(objective, &residuals);
    let mut memory = VecDeque::with_capacity(MEMORY);
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
        if REFRESH.contains(&state.iterations) {
            metric = self::metric(objective, &residuals);
        }
        let direction = descent(&gradient, &memory, &metric);
        let mut line = Line::new(objective, parameters, margins, residuals, &direction);
        let Some((step, reached)) = line.search(state.objective, dot(&gradient, &direction)) else {
            return state;
        };
        (margins, residuals) = line.at_end(step);
        add(parameters, step, &direction);
        let next = objective.gradient_of(parameters, &residuals);
        remember(&mut memory, step, direction, &gradient, &next);
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
    let margins = objective.margins(parameters);
    let gradient_norm = norm(&objective.gradient(parameters, &margins));
    Convergence {
        iterations: 0,
        objective: objective.value(parameters, &margins),
        gradient_norm,
        converged: gradient_norm <= tolerance * norm_at_zero(objective),
    }
}

pub(super) fn norm(vector: &[f64]) -> f64 {
    dot(vector, vector).sqrt()
}

pub(super) fn norm_at_zero(objective: &Objective) -> f64 {
    let zero = vec![0.0; objective.parameters()];
    norm(&objective.gradient(&zero, &objective.margins(&zero)))
}

/// `-H g` by the two-loop recursion.
fn descent(gradient: &[f64], memory: &VecDeque<Memory>, metric: &Metric) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut alphas = Vec::with_capacity(memory.len());
    for pair in memory.iter().rev() {
        let alpha = pair.inverse * dot(&pair.step, &direction);
        add(&mut direction, -alpha, &pair.change);
        alphas.push(alpha);
    }
    metric.divide(&mut direction);
    for (pair, alpha) in memory.iter().zip(alphas.iter().rev()) {
        let beta = pair.inverse * dot(&pair.change, &direction);
        add(&mut direction, alpha - beta, &pair.step);
    }
    direction
}

fn remember(
    memory: &mut VecDeque<Memory>,
    step: f64,
    mut direction: Vec<f64>,
    gradient: &[f64],
    next: &[f64],
) {
    direction.iter_mut().for_each(|value| *value *= step);
    let change: Vec<f64> = next.iter().zip(gradient).map(|(n, g)| n - g).collect();
    let product = dot(&direction, &change);
    if product <= f64::MIN_POSITIVE {
        return;
    }
    if memory.len() == MEMORY {
        memory.pop_front();
    }
    memory.push_back(Memory {
        step: direction,
        change,
        inverse: 1.0 / product,
    });
}
