//! **L-BFGS** minimises an [`Objective`] from its gradients (Liu and Nocedal 1989, *On the limited
//! memory BFGS method for large scale optimization*; two-loop recursion: Nocedal and Wright,
//! *Numerical Optimization*, algorithm 7.4).
//!
//! Two things make it fast on sparse logistic regression: the margins are kept, so that the line
//! search makes no pass over the matrix; and the first inverse Hessian is the inverse of the
//! objective's own diagonal curvature.

use std::collections::VecDeque;

use super::objective::{Objective, dot};

/// Steps whose curvature is remembered.
const MEMORY: usize = 10;
/// Sufficient decrease (Nocedal and Wright, equation 3.7a).
const DECREASE: f64 = 1e-4;
/// Curvature condition (equation 3.7b).
const CURVATURE: f64 = 0.9;
/// Most trial steps of a line search.
const MOST_TRIALS: usize = 30;

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

/// Minimises `objective` from `parameters`, which become the minimum.
pub fn minimise(
    objective: &Objective,
    parameters: &mut [f64],
    stop: Stop,
    mut progress: impl FnMut(&Convergence),
) -> Convergence {
    let curvature = objective.curvature();
    let mut margins = objective.margins(parameters);
    let mut gradient = objective.gradient(parameters, &margins);
    let enough = stop.tolerance * norm_at_zero(objective);
    let mut memory = VecDeque::with_capacity(MEMORY);
    let mut state = Convergence {
        iterations: 0,
        objective: objective.value(parameters, &margins),
        gradient_norm: norm(&gradient),
        converged: false,
    };
    loop {
        state.converged = state.gradient_norm <= enough;
        progress(&state);
        if state.converged || state.iterations >= stop.max_iterations {
            return state;
        }
        let direction = descent(&gradient, &memory, &curvature);
        let line = Line::new(objective, parameters, margins, &direction);
        let Some((step, reached)) = line.search(state.objective, dot(&gradient, &direction)) else {
            return state;
        };
        margins = line.margins_at(step);
        add(parameters, step, &direction);
        let next = objective.gradient(parameters, &margins);
        remember(&mut memory, step, direction, &gradient, &next);
        gradient = next;
        state.iterations += 1;
        state.objective = reached;
        state.gradient_norm = norm(&gradient);
    }
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

fn norm(vector: &[f64]) -> f64 {
    dot(vector, vector).sqrt()
}

fn norm_at_zero(objective: &Objective) -> f64 {
    let zero = vec![0.0; objective.parameters()];
    norm(&objective.gradient(&zero, &objective.margins(&zero)))
}

fn add(vector: &mut [f64], scale: f64, other: &[f64]) {
    for (value, other) in vector.iter_mut().zip(other) {
        *value += scale * other;
    }
}

/// `-H g` by the two-loop recursion.
fn descent(gradient: &[f64], memory: &VecDeque<Memory>, curvature: &[f64]) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut alphas = Vec::with_capacity(memory.len());
    for pair in memory.iter().rev() {
        let alpha = pair.inverse * dot(&pair.step, &direction);
        add(&mut direction, -alpha, &pair.change);
        alphas.push(alpha);
    }
    for (value, curvature) in direction.iter_mut().zip(curvature) {
        *value /= curvature;
    }
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

/// The objective along one direction.
struct Line<'a> {
    objective: &'a Objective<'a>,
    margins: Vec<f64>,
    direction_margins: Vec<f64>,
    /// The penalty's products `w . w`, `w . d` and `d . d`.
    squares: (f64, f64, f64),
}

impl<'a> Line<'a> {
    fn new(
        objective: &'a Objective,
        parameters: &[f64],
        margins: Vec<f64>,
        direction: &[f64],
    ) -> Self {
        let product = |a, b| objective.penalised_product(a, b);
        Self {
            objective,
            margins,
            direction_margins: objective.margins(direction),
            squares: (
                product(parameters, parameters),
                product(parameters, direction),
                product(direction, direction),
            ),
        }
    }

    /// The objective at `step`, and its slope.
    fn at(&self, step: f64) -> (f64, f64) {
        let (loss, slope) = self
            .objective
            .loss_along(&self.margins, &self.direction_margins, step);
        let (ww, wd, dd) = self.squares;
        (
            loss + 0.5 * (ww + 2.0 * step * wd + step * step * dd),
            slope + wd + step * dd,
        )
    }

    /// The margins at `step`.
    fn margins_at(mut self, step: f64) -> Vec<f64> {
        add(&mut self.margins, step, &self.direction_margins);
        self.margins
    }

    /// A step that meets the Wolfe conditions, and the objective there; `None` where rounding
    /// leaves nothing to gain.
    fn search(&self, start: f64, slope: f64) -> Option<(f64, f64)> {
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut step = 1.0;
        let mut best = None;
        for _ in 0..MOST_TRIALS {
            let (value, here) = self.at(step);
            if value.is_nan() || value > start + DECREASE * step * slope {
                high = step;
            } else {
                best = Some((step, value));
                if here.abs() <= CURVATURE * slope.abs() {
                    return best;
                }
                if here < 0.0 { low = step } else { high = step }
            }
            step = if high.is_finite() {
                0.5 * (low + high)
            } else {
                2.0 * step
            };
        }
        best
    }
}
