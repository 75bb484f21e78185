//! A **line search** finds how far to go in a direction. The margins of the direction are worked out
//! once, so trying a step makes no pass over the matrix.

use rayon::prelude::*;

use super::objective::{Objective, dot};

/// Sufficient decrease (Nocedal and Wright, equation 3.7a).
const DECREASE: f64 = 1e-4;
/// Curvature condition (equation 3.7b).
const CURVATURE: f64 = 0.9;
/// Most trial steps of a line search.
const MOST_TRIALS: usize = 30;
/// Numbers that one task adds.
const NUMBERS_A_TASK: usize = 1 << 14;

/// `vector += scale * other`.
pub fn add(vector: &mut [f64], scale: f64, other: &[f64]) {
    let chunks = vector.par_chunks_mut(NUMBERS_A_TASK);
    chunks
        .zip(other.par_chunks(NUMBERS_A_TASK))
        .for_each(|(values, others)| {
            for (value, other) in values.iter_mut().zip(others) {
                *value += scale * other;
            }
        });
}

/// The objective along one direction.
pub struct Line<'a> {
    objective: &'a Objective<'a>,
    margins: Vec<f64>,
    direction: Vec<f64>,
    /// The step that was tried last, and the residuals there.
    tried: f64,
    residuals: Vec<f64>,
    /// The penalty's products `w . w`, `w . d` and `d . d`.
    squares: (f64, f64, f64),
}

impl<'a> Line<'a> {
    /// The line through `parameters`, which have these margins; the residuals are scratch.
    pub fn new(
        objective: &'a Objective,
        parameters: &[f64],
        margins: Vec<f64>,
        residuals: Vec<f64>,
        direction: &[f64],
    ) -> Self {
        let product = |a, b| objective.penalised_product(a, b);
        Self {
            objective,
            margins,
            direction: objective.margins(direction),
            tried: 0.0,
            residuals,
            squares: (
                product(parameters, parameters),
                product(parameters, direction),
                product(direction, direction),
            ),
        }
    }

    /// The objective at `step`, and its slope.
    fn at(&mut self, step: f64) -> (f64, f64) {
        self.residuals.copy_from_slice(&self.margins);
        add(&mut self.residuals, step, &self.direction);
        self.tried = step;
        let loss = self.objective.loss(&mut self.residuals);
        let slope = dot(&self.residuals, &self.direction);
        let (ww, wd, dd) = self.squares;
        (
            loss + 0.5 * (ww + 2.0 * step * wd + step * step * dd),
            slope + wd + step * dd,
        )
    }

    /// The margins and residuals at the step that the search found.
    pub fn at_end(mut self, step: f64) -> (Vec<f64>, Vec<f64>) {
        if self.tried != step {
            self.at(step);
        }
        add(&mut self.margins, step, &self.direction);
        (self.margins, self.residuals)
    }

    /// A step that meets the Wolfe conditions, and the objective there; `None` where rounding
    /// leaves nothing to gain.
    pub fn search(&mut self, start: f64, slope: f64) -> Option<(f64, f64)> {
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
