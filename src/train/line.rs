//! A **line search** finds how far to go in a direction. The margins of the direction are worked out
//! once, so trying a step makes no pass over the matrix.

use rayon::prelude::*;

use super::objective::{NUMBERS_A_TASK, Objective, dot};

/// Sufficient decrease (Nocedal and Wright, equation 3.7a).
const DECREASE: f64 = 1e-4;
/// Curvature condition (equation 3.7b).
const CURVATURE: f64 = 0.5;
/// How near to an end of the bracket a step may be tried, as a share of its width.
const NEAREST: f64 = 0.05;
/// Most trial steps of a line search.
const MOST_TRIALS: usize = 30;

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
    squares: [f64; 3],
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
        Self {
            objective,
            margins,
            direction: objective.margins(direction),
            tried: 0.0,
            residuals,
            squares: objective.penalised_products(parameters, direction),
        }
    }

    /// The objective at `step`, and its slope.
    fn at(&mut self, step: f64) -> (f64, f64) {
        self.residuals.copy_from_slice(&self.margins);
        add(&mut self.residuals, step, &self.direction);
        self.tried = step;
        let loss = self.objective.loss(&mut self.residuals);
        let slope = dot(&self.residuals, &self.direction);
        let [ww, wd, dd] = self.squares;
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
    /// leaves nothing to gain. `first` is tried first; `start` and `slope` are those at 0.
    pub fn search(&mut self, start: f64, slope: f64, first: f64) -> Option<(f64, f64)> {
        let mut low = Point {
            step: 0.0,
            value: start,
            slope,
        };
        let mut high: Option<Point> = None;
        let mut step = first;
        let mut best = None;
        for _ in 0..MOST_TRIALS {
            let (value, here) = self.at(step);
            let tried = Point {
                step,
                value,
                slope: here,
            };
            if value.is_nan() || value > start + DECREASE * step * slope {
                high = Some(tried);
            } else {
                best = Some((step, value));
                if here.abs() <= CURVATURE * slope.abs() {
                    return best;
                }
                if here < 0.0 {
                    low = tried;
                } else {
                    high = Some(tried);
                }
            }
            step = match high {
                Some(high) => low.between(&high),
                None => 2.0 * step,
            };
        }
        best
    }
}

/// The objective at a step of a line, and its slope there.
#[derive(Clone, Copy, Debug)]
struct Point {
    step: f64,
    value: f64,
    slope: f64,
}

impl Point {
    /// Where the cubic polynomial through this point and one beyond it is least, not too near to
    /// either (Nocedal and Wright, equation 3.59).
    fn between(&self, other: &Self) -> f64 {
        let width = other.step - self.step;
        let secant = (other.value - self.value) / width;
        let first = self.slope + other.slope - 3.0 * secant;
        let second = (first * first - self.slope * other.slope).sqrt();
        let back = (other.slope + second - first) / (other.slope - self.slope + 2.0 * second);
        let share = match back.is_finite() {
            true => (1.0 - back).clamp(NEAREST, 1.0 - NEAREST),
            false => 0.5,
        };
        self.step + share * width
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_of_a_cubic_is_found() {
        // 2 x^3 - 3 x^2 + 1: least at 1, on either side of which it is higher.
        let point = |step: f64| Point {
            step,
            value: 2.0 * step.powi(3) - 3.0 * step.powi(2) + 1.0,
            slope: 6.0 * step.powi(2) - 6.0 * step,
        };
        assert!((point(0.5).between(&point(3.0)) - 1.0).abs() < 1e-12);
        let near = point(0.99).between(&point(3.0));
        assert!((near - (0.99 + NEAREST * 2.01)).abs() < 1e-12, "{near}");
        let unknown = Point {
            value: f64::NAN,
            ..point(4.0)
        };
        assert_eq!(point(0.0).between(&unknown), 2.0);
    }
}
