//! linfa's side of training: the sparse solver behind **linfa's traits**, and linfa-logistic itself
//! as the reference solver on a dense matrix. No other file names linfa.

use linfa::prelude::*;
use linfa::traits::{Fit, PredictInplace};
use linfa::{DatasetBase, ParamGuard};
use linfa_logistic::{LogisticRegression, MultiLogisticRegression};
use ndarray::{Array1, Array2};

use super::lbfgs::{Stop, measure};
use super::logistic::{Classifier, Penalty, Targets};
use super::matrix::Matrix;
use crate::features::SparseRows;
use crate::{Error, Result};

impl From<linfa::Error> for Error {
    fn from(error: linfa::Error) -> Self {
        Self::Solver(error.to_string())
    }
}

/// A sparse binary matrix as the records of a linfa dataset.
#[derive(Clone, Debug)]
pub struct SparseRecords(pub Matrix);

impl SparseRecords {
    /// The records of these rows.
    pub fn new(rows: SparseRows) -> Self {
        Self(Matrix::new(&rows))
    }
}

impl Records for SparseRecords {
    type Elem = f64;

    fn nsamples(&self) -> usize {
        self.0.len()
    }

    fn nfeatures(&self) -> usize {
        self.0.columns()
    }
}

/// Parameters of multinomial (two classes: binary) logistic regression on sparse records.
///
/// Minimises the sum of the weighted losses plus `l2 / 2` times the squared weights; the intercept
/// is not penalised. This is linfa-logistic's objective with `alpha = l2`, and scikit-learn's with
/// `C = 1 / l2`.
///
/// ```
/// use linfa::prelude::*;
/// use saring::features::SparseRows;
/// use saring::train::linfa::{SparseLogisticRegression, SparseRecords};
///
/// let mut rows = SparseRows::new(2);
/// for row in [vec![0], vec![0, 1], vec![1], vec![1]] {
///     rows.push(&mut row.clone());
/// }
/// let targets = ndarray::array![0_usize, 0, 1, 1];
/// let dataset = linfa::DatasetBase::new(SparseRecords::new(rows), targets);
/// let model = SparseLogisticRegression::default().l2(0.01).fit(&dataset)?;
/// assert_eq!(model.predict(&dataset).to_vec(), [0, 0, 1, 1]);
/// # Ok::<(), saring::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SparseLogisticRegression(ValidSparseLogisticRegression);

/// Checked parameters of [`SparseLogisticRegression`].
#[derive(Clone, Debug, PartialEq)]
pub struct ValidSparseLogisticRegression {
    l2: f64,
    stop: Stop,
}

impl Default for SparseLogisticRegression {
    /// `l2` 1, at most 300 iterations, tolerance 1e-3.
    fn default() -> Self {
        Self(ValidSparseLogisticRegression {
            l2: 1.0,
            stop: Stop {
                max_iterations: 300,
                tolerance: 1e-3,
            },
        })
    }
}

impl SparseLogisticRegression {
    /// Strength of the penalty, above 0.
    #[must_use]
    pub fn l2(mut self, l2: f64) -> Self {
        self.0.l2 = l2;
        self
    }

    /// Most iterations.
    #[must_use]
    pub fn max_iterations(mut self, max_iterations: usize) -> Self {
        self.0.stop.max_iterations = max_iterations;
        self
    }

    /// Largest norm of the gradient, relative to its norm at 0, that counts as converged.
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.0.stop.tolerance = tolerance;
        self
    }
}

impl ParamGuard for SparseLogisticRegression {
    type Checked = ValidSparseLogisticRegression;
    type Error = Error;

    fn check_ref(&self) -> Result<&Self::Checked> {
        super::check_strength(self.0.l2)?;
        super::check_positive("tolerance", self.0.stop.tolerance)?;
        Ok(&self.0)
    }

    fn check(self) -> Result<Self::Checked> {
        self.check_ref()?;
        Ok(self.0)
    }
}

impl Fit<SparseRecords, Array1<usize>, Error> for ValidSparseLogisticRegression {
    type Object = FittedSparseLogisticRegression;

    /// Fits classes `0..k`, every one of which stands among the targets, with the dataset's weights.
    fn fit(&self, dataset: &DatasetBase<SparseRecords, Array1<usize>>) -> Result<Self::Object> {
        let targets = targets_of(dataset)?;
        let matrix = &dataset.records().0;
        let classifier = Classifier::fit(
            matrix,
            &targets,
            Penalty::uniform(self.l2),
            None,
            self.stop,
            None,
            |_| {},
        );
        Ok(FittedSparseLogisticRegression(classifier))
    }
}

fn targets_of(dataset: &DatasetBase<SparseRecords, Array1<usize>>) -> Result<Targets> {
    let class = dataset.targets();
    let classes = class.iter().max().map_or(0, |max| max + 1);
    let all_occur = (0..classes).all(|wanted| class.iter().any(|&found| found == wanted));
    if !(2..=6).contains(&classes) || !all_occur || class.len() != dataset.nsamples() {
        return Err(Error::Solver(format!(
            "{} targets of {classes} classes for {} rows: give each row one of 2 to 6 classes, \
             numbered from 0 without a gap",
            class.len(),
            dataset.nsamples()
        )));
    }
    let weight = match dataset.weights() {
        Some(weights) => weights.iter().map(|&weight| f64::from(weight)).collect(),
        None => vec![1.0; class.len()],
    };
    Ok(Targets {
        class: class.iter().map(|&class| class as u8).collect(),
        weight,
        classes,
    })
}

/// A fitted [`SparseLogisticRegression`].
#[derive(Clone, Debug, PartialEq)]
pub struct FittedSparseLogisticRegression(Classifier);

impl FittedSparseLogisticRegression {
    /// The classifier, with how its fit ended.
    pub fn classifier(&self) -> &Classifier {
        &self.0
    }

    /// Class probabilities, rows x classes.
    ///
    /// # Panics
    /// When the records have another number of features than those of the fit.
    pub fn predict_probabilities(&self, records: &SparseRecords) -> Array2<f64> {
        let outputs = if self.0.classes() == 2 {
            1
        } else {
            self.0.classes()
        };
        let parameters = self.0.parameters();
        assert_eq!(
            parameters.len(),
            (records.nfeatures() + 1) * outputs,
            "another width"
        );
        let mut margins = vec![0.0; records.nsamples() * outputs];
        let parameters = records.0.to_places(parameters, outputs);
        records.0.multiply(&parameters, outputs, &mut margins);
        let mut probabilities = Array2::zeros((records.nsamples(), self.0.classes()));
        for (mut row, margins) in probabilities
            .rows_mut()
            .into_iter()
            .zip(margins.chunks(outputs))
        {
            let mut scores = [f64::NEG_INFINITY; crate::sequence::LABELS];
            if let [margin] = margins {
                scores[..2].copy_from_slice(&[0.0, *margin]);
            } else {
                scores[..outputs].copy_from_slice(margins);
            }
            let logs = crate::model::log_softmax(scores);
            row.iter_mut()
                .zip(logs)
                .for_each(|(p, log)| *p = libm::exp(log));
        }
        probabilities
    }
}

impl PredictInplace<SparseRecords, Array1<usize>> for FittedSparseLogisticRegression {
    fn predict_inplace(&self, records: &SparseRecords, targets: &mut Array1<usize>) {
        let probabilities = self.predict_probabilities(records);
        for (target, row) in targets.iter_mut().zip(probabilities.rows()) {
            let likeliest =
                (1..row.len()).fold(0, |best, at| if row[at] > row[best] { at } else { best });
            *target = likeliest;
        }
    }

    fn default_target(&self, records: &SparseRecords) -> Array1<usize> {
        Array1::zeros(records.nsamples())
    }
}

/// Memory of the dense matrix, in bytes.
pub fn dense_bytes(matrix: &Matrix) -> u64 {
    matrix.len() as u64 * matrix.columns() as u64 * size_of::<f64>() as u64
}

/// Fits with linfa-logistic on the dense matrix.
///
/// # Errors
/// [`Error::DenseTooLarge`] where the matrix would take more than `memory_limit` bytes,
/// [`Error::Solver`] where a row has a weight (linfa-logistic ignores them) or linfa fails.
pub fn fit_dense(
    matrix: &Matrix,
    targets: &Targets,
    penalty: Penalty,
    memory_limit: u64,
) -> Result<Classifier> {
    const MIB: u64 = 1 << 20;
    let needed = dense_bytes(matrix);
    if needed > memory_limit {
        return Err(Error::DenseTooLarge {
            rows: matrix.len(),
            columns: matrix.columns(),
            needed_mib: needed.div_ceil(MIB),
            limit_mib: memory_limit / MIB,
        });
    }
    if targets.weight.iter().any(|&weight| weight != 1.0) {
        return Err(Error::Solver(
            "linfa-logistic ignores weights: use --solver lbfgs, or leave class weights, page weights \
             and --profile out"
                .to_owned(),
        ));
    }
    let sums = matrix.to_columns(&matrix.column_sums(&targets.weight), 1);
    let scale = |&sum: &f64| (penalty.l2 / penalty.of(sum)).sqrt();
    let scales: Vec<f64> = sums.iter().map(scale).collect();
    let dataset = dense(matrix, targets, &scales);
    let mut parameters = match targets.classes {
        2 => fit_binary(&dataset, penalty.l2)?,
        _ => fit_multinomial(&dataset, penalty.l2)?,
    };
    let outputs = parameters.len() / (matrix.columns() + 1);
    for (weights, scale) in parameters.chunks_mut(outputs).zip(scales) {
        weights.iter_mut().for_each(|weight| *weight *= scale);
    }
    let penalty = penalty.of_places(matrix, targets);
    let objective = targets.objective(matrix, &penalty);
    let convergence = measure(
        &objective,
        &matrix.to_places(&parameters, outputs),
        super::cross_validation::STOP.tolerance,
    );
    Ok(Classifier::from_parameters(
        targets.classes,
        parameters,
        convergence,
    ))
}

/// The dense matrix, its columns scaled: linfa-logistic has one penalty for all, and a column scaled
/// by `s` is penalised as if by `1 / s^2` of it.
fn dense(
    matrix: &Matrix,
    targets: &Targets,
    scales: &[f64],
) -> DatasetBase<Array2<f64>, Array1<usize>> {
    let mut records = Array2::zeros((matrix.len(), matrix.columns()));
    for index in 0..matrix.len() {
        for column in matrix.row(index) {
            records[(index, column as usize)] = scales[column as usize];
        }
    }
    let class = targets.class.iter().map(|&class| usize::from(class));
    Dataset::new(records, class.collect())
}

/// Most iterations of linfa's L-BFGS, which reports neither their number nor convergence.
const LINFA_ITERATIONS: u64 = 1000;
/// Norm of the gradient at which linfa's L-BFGS stops.
const LINFA_TOLERANCE: f64 = 1e-6;

/// linfa-logistic 0.8.1 calls the more frequent class positive, whichever it is
/// (<https://github.com/rust-ml/linfa/issues/393>): its labels say which.
fn fit_binary(dataset: &DatasetBase<Array2<f64>, Array1<usize>>, l2: f64) -> Result<Vec<f64>> {
    let fitted = LogisticRegression::default()
        .alpha(l2)
        .max_iterations(LINFA_ITERATIONS)
        .gradient_tolerance(LINFA_TOLERANCE)
        .fit(dataset)
        .map_err(|error| Error::Solver(error.to_string()))?;
    let sign = if fitted.labels().pos.class == 1 {
        1.0
    } else {
        -1.0
    };
    let weights = fitted.params().iter().copied().chain([fitted.intercept()]);
    Ok(weights.map(|weight| sign * weight).collect())
}

fn fit_multinomial(dataset: &DatasetBase<Array2<f64>, Array1<usize>>, l2: f64) -> Result<Vec<f64>> {
    let fitted = MultiLogisticRegression::default()
        .alpha(l2)
        .max_iterations(LINFA_ITERATIONS)
        .gradient_tolerance(LINFA_TOLERANCE)
        .fit(dataset)
        .map_err(|error| Error::Solver(error.to_string()))?;
    // Classes 0, 1, ... stand in `classes()` in an order of linfa's own.
    let order: Vec<usize> = (0..fitted.classes().len())
        .filter_map(|class| fitted.classes().iter().position(|&found| found == class))
        .collect();
    let weights = fitted.params().rows().into_iter().flat_map(|row| {
        let values: Vec<f64> = order.iter().map(|&at| row[at]).collect();
        values
    });
    let biases = order.iter().map(|&at| fitted.intercept()[at]);
    Ok(weights.chain(biases).collect())
}
