//! **Logistic regression** on a sparse matrix: what a classifier learns, without a word of what its
//! rows mean.

use super::dual;
use super::lbfgs::{self, Convergence, Stop};
use super::matrix::Matrix;
use super::objective::{Chain, Objective};

/// How strong the penalty on the weights of a feature is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Penalty {
    /// On every feature.
    pub l2: f64,
    /// Added for each row (of weight 1) that has the feature. A penalty that grows with the
    /// feature's frequency is what training with randomly dropped features comes to (Wager, Wang
    /// and Liang 2013, *Dropout training as adaptive regularization*).
    pub frequency: f64,
}

impl Penalty {
    /// The same penalty on every feature.
    pub fn uniform(l2: f64) -> Self {
        Self { l2, frequency: 0.0 }
    }

    /// The penalty on each place of a matrix.
    pub fn of_places(self, matrix: &Matrix, targets: &Targets) -> Vec<f64> {
        let sums = matrix.column_sums(&targets.weight);
        sums.into_iter().map(|sum| self.of(sum)).collect()
    }

    /// The penalty on a feature that rows of this weight have.
    pub fn of(self, weight: f64) -> f64 {
        self.l2 + self.frequency * weight
    }
}

/// A fitted classifier over `classes` classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Classifier {
    classes: usize,
    parameters: Vec<f64>,
    /// How its fit ended.
    pub convergence: Convergence,
}

/// The gold classes of the rows of a matrix, and how much each row counts.
#[derive(Clone, Debug)]
pub struct Targets {
    /// The class of each row, below `classes`.
    pub class: Vec<u8>,
    /// The weight of each row.
    pub weight: Vec<f64>,
    /// Number of classes, 2 to 6.
    pub classes: usize,
}

impl Targets {
    /// The objective of these targets on a matrix.
    pub fn objective<'a>(&'a self, matrix: &'a Matrix, penalty: &'a [f64]) -> Objective<'a> {
        Objective {
            matrix,
            targets: &self.class,
            weights: &self.weight,
            classes: self.classes,
            penalty,
            chain: None,
        }
    }
}

impl Classifier {
    /// Fits the weights that minimise the [objective](Objective), from those of `start` where it is
    /// given; with a chain to whole label sequences, else to single rows.
    pub fn fit(
        matrix: &Matrix,
        targets: &Targets,
        penalty: Penalty,
        chain: Option<Chain>,
        stop: Stop,
        start: Option<&Classifier>,
        progress: impl FnMut(&Convergence),
    ) -> Self {
        let penalty = penalty.of_places(matrix, targets);
        let objective = Objective {
            chain,
            ..targets.objective(matrix, &penalty)
        };
        let mut parameters = match start {
            Some(start) => matrix.to_places(&start.parameters, objective.outputs()),
            None => vec![0.0; objective.parameters()],
        };
        let convergence = solve(&objective, &mut parameters, stop, progress);
        Self {
            classes: targets.classes,
            parameters: matrix.to_columns(&parameters, objective.outputs()),
            convergence,
        }
    }

    /// A classifier from weights (columns x outputs) followed by biases that another solver found.
    pub fn from_parameters(classes: usize, parameters: Vec<f64>, convergence: Convergence) -> Self {
        Self {
            classes,
            parameters,
            convergence,
        }
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Weights (columns x outputs), then biases. Two classes have one output, the log-odds of
    /// class 1; more have one each.
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// The weights in the precision of a model file, columns x classes, then the biases: class 0 of
    /// two has weights of 0.
    pub fn to_f32(&self) -> (Vec<f32>, Vec<f32>) {
        let mut weights: Vec<f32> = match self.classes {
            2 => self
                .parameters
                .iter()
                .flat_map(|&p| [0.0, p as f32])
                .collect(),
            _ => self.parameters.iter().map(|&p| p as f32).collect(),
        };
        let biases = weights.split_off(weights.len() - self.classes);
        (weights, biases)
    }
}

/// Minimises by the method that is fastest: dual coordinate ascent for single rows. Label sequences
/// and bundles have no dual of single rows and columns; they are left to L-BFGS, which works in double
/// precision and so goes on, too, where the dual cannot.
fn solve(
    objective: &Objective,
    parameters: &mut [f64],
    stop: Stop,
    mut progress: impl FnMut(&Convergence),
) -> Convergence {
    if objective.chain.is_some() || objective.matrix.is_bundled() {
        return lbfgs::minimise(objective, parameters, stop, progress);
    }
    let near = dual::minimise(objective, parameters, stop, &mut progress);
    if near.converged || near.iterations >= stop.max_iterations {
        return near;
    }
    let rest = Stop {
        max_iterations: stop.max_iterations - near.iterations,
        ..stop
    };
    let count = |state: &Convergence| Convergence {
        iterations: near.iterations + state.iterations,
        ..*state
    };
    count(&lbfgs::minimise(objective, parameters, rest, |state| {
        progress(&count(state));
    }))
}
