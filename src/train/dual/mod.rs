//! **Dual coordinate ascent** minimises an [`Objective`] of single rows by way of its dual, one row at
//! a time (Yu, Huang and Lin 2011, *Dual coordinate descent methods for logistic regression and
//! maximum entropy models*; Shalev-Shwartz and Zhang 2013, *Stochastic dual coordinate ascent methods
//! for regularized loss minimization*).
//!
//! Each row `i` has a distribution `q_i` over the classes, and the weights are what these say:
//!
//! ```text
//! W_j = 1 / c_j  sum_i s_i (y_i - q_i) x_ij
//! ```
//!
//! At the minimum every `q_i` is the probability that the weights give the row. A visit to a row sets
//! its distribution to the one that is best while all others stay, and the weights with it: one pass
//! over the row's units to read its margins, one to write. Rows that hardly change are visited seldom,
//! and near the minimum those are nearly all.
//!
//! - The biases have no penalty, so the dual would ask that residuals sum up to zero. They get a weak
//!   one, towards a centre that follows them (the proximal point method; Rockafellar 1976).
//! - Weights are kept in single precision, eight lanes a unit, and made anew from the distributions
//!   after each check, so that rounding never adds up.
//! - Two classes are fitted as two outputs of opposite sign, each with twice the penalty.
//!
//! Visits follow each other, in an order that is drawn from a fixed seed: the result is the same at
//! any number of threads, and only checks use several.

mod row;
mod visits;

use wide::{CmpGt, f32x8};

use super::lbfgs::{Convergence, Stop, norm_at_zero};
use super::objective::{Objective, Point};
use crate::elementary::exp;
use row::{INVERSE, add, best, largest, put, put_divided, sum};
use visits::Visits;

/// The inverse of the biases' penalty, as a share of the sum of the inverse penalties of a row's
/// units: how much of a row's change the biases take on.
const BIAS_SHARE: f64 = 0.2;
/// Rounds before a check, each of as many visits as there are rows: a check costs about three passes
/// over the matrix.
const ROUNDS_A_CHECK: usize = 2;
/// Checks without a gradient that is a tenth shorter, after which single precision has no more to give.
const PATIENCE: usize = 8;

/// Minimises `objective`, whose rows stand for themselves and whose units are columns, from
/// `parameters`, which become the minimum. It ends before the tolerance where the gradient gets no
/// shorter in single precision. An iteration is an epoch.
pub fn minimise(
    objective: &Objective,
    parameters: &mut [f64],
    stop: Stop,
    mut progress: impl FnMut(&Convergence),
) -> Convergence {
    let enough = stop.tolerance * norm_at_zero(objective);
    let start = objective.at(parameters);
    let mut state = Convergence::at(&start, 0, enough);
    let mut dual = Dual::new(objective, parameters, &start);
    drop(start);
    let (mut shortest, mut checks) = (state.gradient_norm, 0);
    loop {
        progress(&state);
        if state.converged || state.iterations >= stop.max_iterations || checks >= PATIENCE {
            return state;
        }
        let epochs = dual.ascend(stop.max_iterations - state.iterations);
        dual.write(parameters);
        state = Convergence::at(&objective.at(parameters), state.iterations + epochs, enough);
        dual.renew();
        checks += 1;
        if state.gradient_norm < 0.9 * shortest {
            (shortest, checks) = (state.gradient_norm, 0);
        }
    }
}

/// The distributions of the rows, and the weights that they make.
struct Dual<'a> {
    objective: &'a Objective<'a>,
    /// For each row, the logarithms of its distribution; negative infinity in the other lanes.
    logs: Vec<f32x8>,
    /// For each unit, its weights, and the inverse of its penalty.
    weights: Vec<f32x8>,
    /// The biases, and the inverse of their penalty.
    bias: f32x8,
    /// What the penalty draws the biases to.
    centre: f32x8,
    /// All bits in the lanes of classes, none in the others.
    is_class: f32x8,
    visits: Visits,
}

impl<'a> Dual<'a> {
    /// The distributions nearest to what `parameters` mean, where the objective is at this point.
    fn new(objective: &'a Objective<'a>, parameters: &[f64], point: &Point) -> Self {
        let classes = objective.classes;
        let lanes = |at| f32::from(u8::from(at < classes));
        let mut bias = inverse_penalty(objective, bias_penalty(objective));
        let outputs = objective.outputs();
        let biases = &parameters[parameters.len() - outputs..];
        match biases {
            [bias_of_1] => put(&mut bias, [-0.5 * bias_of_1, 0.5 * bias_of_1]),
            _ => put(&mut bias, biases.iter().copied()),
        }
        let penalties = objective.penalty.iter();
        let mut dual = Self {
            logs: start(objective, parameters, point),
            weights: penalties.map(|&c| inverse_penalty(objective, c)).collect(),
            centre: bias,
            bias,
            is_class: f32x8::new(std::array::from_fn(lanes)).cmp_gt(f32x8::ZERO),
            visits: Visits::new(objective.targets.len()),
            objective,
        };
        dual.renew();
        dual
    }

    /// Visits rows until there is something to check, for at most so many epochs; says for how many.
    fn ascend(&mut self, most: usize) -> usize {
        let mut epochs = 0;
        for round in 0..ROUNDS_A_CHECK {
            if round > 0 {
                let step = self.bias - self.centre;
                self.recentre(step);
            }
            let mut visits = 0;
            while visits < self.logs.len() && epochs < most {
                visits += self.epoch();
                epochs += 1;
            }
        }
        epochs
    }

    /// Moves the centre by a step, which is how far the biases are from it: there their penalty holds
    /// them back, so they move as far again.
    fn recentre(&mut self, step: f32x8) {
        self.centre += step;
        self.bias = self.centre + step;
    }

    /// Visits the rows that are due, and says how many these were.
    fn epoch(&mut self) -> usize {
        let due = self.visits.next();
        let mut all = 0.0;
        for &row in &due {
            let change = self.visit(row as usize);
            self.visits.put_off(row as usize, change);
            all += change;
        }
        self.visits.end(due, all)
    }

    /// Sets a row's distribution to the best one; its largest change, times the row's weight.
    fn visit(&mut self, row: usize) -> f32 {
        let (head, tail) = self.objective.matrix.units(row);
        let sums = sum(&self.weights, head, tail) + self.bias;
        let weight = self.objective.weights[row] as f32;
        let log = best(
            self.logs[row],
            sums,
            weight * sums.as_array_ref()[INVERSE],
            self.is_class,
        );
        let step = exp(self.logs[row]) - exp(log);
        let change = weight * largest(step);
        if self.visits.is_negligible(change) {
            return 0.0;
        }
        self.logs[row] = log;
        let step = f32x8::splat(weight) * step;
        for &unit in head {
            add(&mut self.weights[usize::from(unit)], step);
        }
        for &unit in tail {
            add(&mut self.weights[unit as usize], step);
        }
        add(&mut self.bias, step);
        change
    }

    /// Makes the weights anew from the distributions, and moves the centre of the biases.
    fn renew(&mut self) {
        let Objective {
            matrix,
            targets,
            weights,
            classes,
            ..
        } = *self.objective;
        let mut residuals = Vec::with_capacity(self.logs.len() * classes);
        for ((&log, &target), weight) in self.logs.iter().zip(targets).zip(weights) {
            let q = exp(log).to_array().map(f64::from);
            let at = residuals.len();
            residuals.extend(q[..classes].iter().map(|q| -weight * q));
            // What the others leave of 1, which is the more exact number.
            let others: f64 = q.iter().sum::<f64>() - q[usize::from(target)];
            residuals[at + usize::from(target)] = weight * others;
        }
        let mut sums = vec![0.0; (matrix.places() + 1) * classes];
        matrix.multiply_transposed(&residuals, classes, &mut sums);
        let (sums, of_bias) = sums.split_at(matrix.places() * classes);
        for (weights, sums) in self.weights.iter_mut().zip(sums.chunks_exact(classes)) {
            put_divided(weights, sums);
        }
        let mut from_centre = self.centre;
        put_divided(&mut from_centre, of_bias);
        from_centre.as_array_mut()[INVERSE] = 0.0;
        self.recentre(from_centre);
    }

    /// The weights as the parameters of the objective.
    fn write(&self, parameters: &mut [f64]) {
        let outputs = self.objective.outputs();
        let places = parameters.chunks_exact_mut(outputs);
        for (out, lanes) in places.zip(self.weights.iter().chain([&self.bias])) {
            let lanes = lanes.as_array_ref();
            match out {
                [out] => *out = f64::from(lanes[1]) - f64::from(lanes[0]),
                _ => {
                    let lanes = out.iter_mut().zip(lanes);
                    lanes.for_each(|(out, &lane)| *out = f64::from(lane));
                }
            }
        }
    }
}

/// The logarithms of the distributions to begin with: `y - scale (y - p)`, whose weights are nearest
/// to `parameters`. Parameters of 0 have a scale of 0, the minimum at another penalty about the ratio
/// of the penalties.
fn start(objective: &Objective, parameters: &[f64], point: &Point) -> Vec<f32x8> {
    let outputs = objective.outputs();
    let weights = parameters.chunks_exact(outputs);
    let columns = weights.zip(point.gradient.chunks_exact(outputs));
    let (mut product, mut square) = (0.0, 0.0);
    for ((weights, gradient), c) in columns.zip(objective.penalty) {
        for (weight, slope) in weights.iter().zip(gradient) {
            // What the rows say of the weight, times its penalty.
            let said = c * weight - slope;
            product += weight * said;
            square += said * said / c;
        }
    }
    let scale = if square > 0.0 { product / square } else { 0.0 };
    let scale = scale.clamp(0.0, 1.0);
    let probabilities = objective.probabilities(&point.residuals);
    let rows = probabilities.chunks_exact(outputs).zip(objective.targets);
    rows.map(|(p, &target)| {
        let mut q = [0.0; 8];
        match *p {
            [p] => [q[0], q[1]] = [scale * (1.0 - p), scale * p],
            _ => q.iter_mut().zip(p).for_each(|(q, p)| *q = scale * p),
        }
        q[usize::from(target)] += 1.0 - scale;
        f32x8::new(q.map(|q| libm::log(q) as f32))
    })
    .collect()
}

/// The penalty of the biases.
fn bias_penalty(objective: &Objective) -> f64 {
    let rows = objective.targets.len();
    let counts = objective.matrix.column_sums(&vec![1.0; rows]);
    let inverse = counts
        .iter()
        .zip(objective.penalty)
        .map(|(count, c)| count / c);
    let mean = inverse.sum::<f64>() / rows as f64;
    // Rows without a column leave the biases alone with it.
    if mean > 0.0 {
        1.0 / (BIAS_SHARE * mean)
    } else {
        1.0
    }
}

/// The lanes of a unit without weights; two classes have twice the penalty each.
fn inverse_penalty(objective: &Objective, penalty: f64) -> f32x8 {
    let outputs = if objective.classes == 2 { 2.0 } else { 1.0 };
    let mut lanes = [0.0; 8];
    lanes[INVERSE] = (1.0 / (outputs * penalty)) as f32;
    f32x8::new(lanes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::rng::SplitMix64;
    use crate::features::SparseRows;
    use crate::train::lbfgs;
    use crate::train::matrix::Matrix;

    const TO_THE_END: Stop = Stop {
        max_iterations: 3000,
        tolerance: 1e-6,
    };

    /// 300 rows of 5 of 40 columns.
    fn matrix() -> Matrix {
        let mut rng = SplitMix64::new(3);
        let mut rows = SparseRows::new(40);
        for _ in 0..300 {
            let mut row: Vec<u32> = (0..5).map(|_| rng.below(40) as u32).collect();
            row.sort_unstable();
            row.dedup();
            rows.push(&mut row);
        }
        Matrix::new(&rows)
    }

    fn with_objective(classes: usize, penalty: f64, test: impl FnOnce(&Objective)) {
        let matrix = matrix();
        let mut rng = SplitMix64::new(4);
        let of_row = |row: usize, rng: &mut SplitMix64| match rng.below(3) {
            0 => rng.below(classes) as u8,
            _ => (matrix.row(row).iter().min().copied().unwrap_or(0) as usize % classes) as u8,
        };
        let targets: Vec<u8> = (0..300).map(|row| of_row(row, &mut rng)).collect();
        let weights: Vec<f64> = (0..300).map(|_| 0.25 + rng.below(8) as f64 / 4.0).collect();
        let penalty: Vec<f64> = (0..40)
            .map(|at| penalty * (1.0 + at as f64 / 20.0))
            .collect();
        test(&Objective {
            matrix: &matrix,
            targets: &targets,
            weights: &weights,
            classes,
            penalty: &penalty[..matrix.places()],
            chain: None,
        });
    }

    #[test]
    fn it_ends_where_lbfgs_ends() {
        for classes in [2, 3, 6] {
            with_objective(classes, 0.3, |objective| {
                let mut found = vec![0.0; objective.parameters()];
                let ended = minimise(objective, &mut found, TO_THE_END, |_| {});
                assert!(ended.converged, "{classes}: {ended:?}");
                let mut expected = vec![0.0; objective.parameters()];
                let least = lbfgs::minimise(objective, &mut expected, TO_THE_END, |_| {});
                assert!(least.converged);
                assert!(
                    (ended.objective / least.objective - 1.0).abs() < 1e-9,
                    "{ended:?}"
                );
                let biases = objective.penalty.len() * objective.outputs();
                for (found, expected) in found[..biases].iter().zip(&expected) {
                    assert!((found - expected).abs() < 1e-4, "{found} {expected}");
                }
            });
        }
    }

    #[test]
    fn the_minimum_means_itself_and_that_of_another_penalty_a_near_start() {
        for classes in [2, 6] {
            let mut minimum = Vec::new();
            with_objective(classes, 0.6, |objective| {
                minimum = vec![0.0; objective.parameters()];
                minimise(objective, &mut minimum, TO_THE_END, |_| {});
                let again = minimise(objective, &mut minimum.clone(), TO_THE_END, |_| {});
                assert_eq!(again.iterations, 0);
            });
            let biases = minimum.len() - if classes == 2 { 1 } else { classes };
            for penalty in [0.6, 0.3] {
                with_objective(classes, penalty, |objective| {
                    let mut meant = minimum.clone();
                    Dual::new(objective, &minimum, &objective.at(&minimum)).write(&mut meant);
                    for (meant, weight) in meant[..biases].iter().zip(&minimum) {
                        assert!((meant - weight).abs() < 1e-4, "{meant} {weight}");
                    }
                });
            }
        }
    }

    #[test]
    fn a_start_from_nothing_means_weights_of_0() {
        with_objective(3, 1.0, |objective| {
            let zero = vec![0.0; objective.parameters()];
            let dual = Dual::new(objective, &zero, &objective.at(&zero));
            let mut meant = vec![1.0; zero.len()];
            dual.write(&mut meant);
            assert_eq!(meant, zero);
            for (log, &target) in dual.logs.iter().zip(objective.targets) {
                assert_eq!(exp(*log).to_array()[usize::from(target)], 1.0);
            }
        });
    }
}
