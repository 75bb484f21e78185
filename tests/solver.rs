//! The **solvers** against each other and against scikit-learn: on the same data they must reach the
//! same optimum.
#![cfg(feature = "train")]

use linfa::prelude::*;
use ndarray::Array1;
use saring::features::SparseRows;
use saring::train::lbfgs::Stop;
use saring::train::linfa::{SparseLogisticRegression, SparseRecords, fit_dense};
use saring::train::logistic::{Classifier, Penalty, Targets};
use saring::train::matrix::Matrix;

/// Goes on until rounding leaves little to gain.
const TO_THE_END: Stop = Stop {
    max_iterations: 5000,
    tolerance: 1e-7,
};
/// Enough for every matrix here.
const MEMORY: u64 = 1 << 24;

/// Rows, the class of each, how much it counts, and how weights are penalised.
struct Data {
    rows: Vec<Vec<u32>>,
    columns: usize,
    targets: Targets,
    penalty: Penalty,
}

impl Data {
    fn matrix(&self) -> Matrix {
        let mut rows = SparseRows::new(self.columns);
        self.rows.iter().for_each(|row| rows.push(&mut row.clone()));
        Matrix::new(&rows)
    }

    fn ours(&self, stop: Stop) -> Classifier {
        Classifier::fit(
            &self.matrix(),
            &self.targets,
            self.penalty,
            None,
            stop,
            None,
            |_| {},
        )
    }

    fn linfas(&self) -> Classifier {
        let fitted = fit_dense(&self.matrix(), &self.targets, self.penalty, MEMORY);
        fitted.expect("small and unweighted")
    }

    fn outputs(&self) -> usize {
        if self.targets.classes == 2 {
            1
        } else {
            self.targets.classes
        }
    }

    /// The scores of a row: the sums of its weights, and 0 for class 0 of two.
    fn scores(&self, parameters: &[f64], row: &[u32]) -> Vec<f64> {
        let outputs = self.outputs();
        let bias = &parameters[self.columns * outputs..];
        let score = |output: usize| {
            let weight = |&column: &u32| parameters[column as usize * outputs + output];
            bias[output] + row.iter().map(weight).sum::<f64>()
        };
        let scores = (0..outputs).map(score);
        if outputs == 1 {
            [0.0].into_iter().chain(scores).collect()
        } else {
            scores.collect()
        }
    }

    /// The class probabilities of each row, worked out without a matrix.
    fn probabilities(&self, parameters: &[f64]) -> Vec<Vec<f64>> {
        let softmax = |row: &Vec<u32>| {
            let scores = self.scores(parameters, row);
            let sum: f64 = scores.iter().map(|score| score.exp()).sum();
            scores.iter().map(|score| score.exp() / sum).collect()
        };
        self.rows.iter().map(softmax).collect()
    }

    /// `-sum_i s_i ln p(y_i) + 1/2 sum_j c_j w_j^2`, with `c_j = l2 + frequency * rows with j`.
    fn objective(&self, parameters: &[f64]) -> f64 {
        let probabilities = self.probabilities(parameters);
        let gold = self.targets.class.iter().zip(&self.targets.weight);
        let loss = |(row, (&class, weight)): (&Vec<f64>, (&u8, &f64))| {
            -weight * row[usize::from(class)].ln()
        };
        let loss: f64 = probabilities.iter().zip(gold).map(loss).sum();
        let squares = |column: usize| {
            let rows = self
                .rows
                .iter()
                .filter(|row| row.contains(&(column as u32)));
            let penalty = self.penalty.l2 + self.penalty.frequency * rows.count() as f64;
            let weights = &parameters[column * self.outputs()..][..self.outputs()];
            0.5 * penalty * weights.iter().map(|weight| weight * weight).sum::<f64>()
        };
        loss + (0..self.columns).map(squares).sum::<f64>()
    }

    /// Asserts that both solvers reach the same objective, to 1e-6 of it, and the same
    /// probabilities, to 1e-4.
    fn assert_parity(&self) {
        let (ours, linfas) = (self.ours(TO_THE_END), self.linfas());
        assert!(ours.convergence.converged, "{:?}", ours.convergence);
        let objective = self.objective(ours.parameters());
        let other = self.objective(linfas.parameters());
        assert!(
            (objective / other - 1.0).abs() < 1e-6,
            "{objective} and {other}"
        );
        let told = [ours.convergence.objective, linfas.convergence.objective];
        for (told, found) in told.into_iter().zip([objective, other]) {
            assert!(
                (told / found - 1.0).abs() < 1e-9,
                "{told} is told, {found} found"
            );
        }
        let apart = self.furthest(ours.parameters(), linfas.parameters());
        assert!(apart < 1e-4, "probabilities are {apart} apart");
    }

    /// The largest difference between the probabilities that two sets of parameters give.
    fn furthest(&self, parameters: &[f64], others: &[f64]) -> f64 {
        let (found, others) = (self.probabilities(parameters), self.probabilities(others));
        let differences = found
            .iter()
            .flatten()
            .zip(others.iter().flatten())
            .map(|(a, b)| (a - b).abs());
        differences.fold(0.0, f64::max)
    }
}

/// Pseudo-random numbers: SplitMix64 (Steele, Lea and Flood 2014, *Fast splittable pseudorandom
/// number generators*).
struct Random(u64);

impl Random {
    /// A number from 0 to 1, 1 left out.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

const ROWS: usize = 400;
const COLUMNS: usize = 60;

/// Rows of about 6 of 60 features, whose class is one of `shares.len()` in these shares: a hidden
/// weight of each feature and some noise decide which rows get which.
fn synthetic(seed: u64, shares: &[f64]) -> Data {
    let mut random = Random(seed);
    let hidden: Vec<f64> = (0..COLUMNS).map(|_| 4.0 * random.next() - 2.0).collect();
    let rows: Vec<Vec<u32>> = (0..ROWS)
        .map(|_| {
            (0..COLUMNS as u32)
                .filter(|_| random.next() < 0.1)
                .collect()
        })
        .collect();
    let mut order: Vec<(f64, usize)> = rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|&column| hidden[column as usize])
                .sum::<f64>()
        })
        .enumerate()
        .map(|(row, score)| (score + 4.0 * random.next(), row))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut class = vec![0; ROWS];
    for (place, &(_, row)) in order.iter().enumerate() {
        let mut below = 0.0;
        let passed = shares.iter().filter(|&share| {
            below += share;
            place as f64 >= below * ROWS as f64 - 1e-9
        });
        class[row] = passed.count() as u8;
    }
    Data {
        rows,
        columns: COLUMNS,
        targets: Targets {
            class,
            weight: vec![1.0; ROWS],
            classes: shares.len(),
        },
        penalty: Penalty {
            l2: 1.0,
            frequency: 0.0,
        },
    }
}

/// Twelve rows over four columns, for which scikit-learn's numbers are known, with C = 2.
fn tiny(class: [u8; 12], classes: usize) -> Data {
    let rows: [&[u32]; 12] = [
        &[0, 1],
        &[0, 2],
        &[0],
        &[1, 2],
        &[1],
        &[2, 3],
        &[3],
        &[0, 3],
        &[1, 3],
        &[2],
        &[0, 1, 2],
        &[1, 2, 3],
    ];
    Data {
        rows: rows.map(<[u32]>::to_vec).into(),
        columns: 4,
        targets: Targets {
            class: class.into(),
            weight: vec![1.0; 12],
            classes,
        },
        penalty: Penalty {
            l2: 0.5,
            frequency: 0.0,
        },
    }
}

const BINARY: [u8; 12] = [0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 1];
const THREE: [u8; 12] = [0, 0, 1, 1, 1, 2, 2, 0, 2, 2, 0, 1];
const WEIGHTS: [f64; 12] = [1.0, 2.0, 0.5, 1.0, 3.0, 1.0, 1.0, 0.25, 1.0, 2.0, 1.0, 1.5];

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() < tolerance,
            "{found} should be {expected}"
        );
    }
}

#[test]
fn the_shares_of_the_synthetic_classes_are_as_asked_for() {
    let data = synthetic(1, &[0.9, 0.1]);
    assert_eq!(
        data.targets
            .class
            .iter()
            .filter(|&&class| class == 1)
            .count(),
        40
    );
    let entries: usize = data.rows.iter().map(Vec::len).sum();
    assert!((2000..2800).contains(&entries), "{entries}");
}

#[test]
fn two_classes_at_90_to_10_have_one_optimum() {
    synthetic(1, &[0.9, 0.1]).assert_parity();
}

#[test]
fn two_classes_at_10_to_90_have_one_optimum() {
    synthetic(2, &[0.1, 0.9]).assert_parity();
}

#[test]
fn six_classes_have_one_optimum() {
    synthetic(3, &[0.4, 0.1, 0.2, 0.05, 0.15, 0.1]).assert_parity();
}

#[test]
fn a_penalty_that_grows_with_frequency_has_one_optimum() {
    for shares in [&[0.3, 0.7][..], &[0.4, 0.1, 0.2, 0.05, 0.15, 0.1]] {
        let mut data = synthetic(4, shares);
        data.penalty.frequency = 0.1;
        data.assert_parity();
    }
}

/// scikit-learn 1.9.1, `LogisticRegression(C=2, tol=1e-12, max_iter=100000).fit(X, y)`; its `C` is
/// `1 / l2`.
#[test]
fn two_classes_have_the_weights_that_scikit_learn_finds() {
    let data = tiny(BINARY, 2);
    let fitted = data.ours(TO_THE_END);
    let expected = [
        -1.9619814744,
        0.8652035824,
        -0.1008504223,
        1.0688241099,
        -0.0359034722,
    ];
    assert_close(fitted.parameters(), &expected, 1e-6);
    assert_close(&[fitted.convergence.objective], &[4.860746289616461], 1e-9);
    assert_close(data.linfas().parameters(), &expected, 1e-5);
}

/// The same call with three classes. Only differences of the intercepts are determined.
#[test]
fn three_classes_have_the_weights_that_scikit_learn_finds() {
    let data = tiny(THREE, 3);
    let fitted = data.ours(TO_THE_END);
    let expected = [
        [1.7598150756, -0.4529372848, -1.3068777908],
        [0.2663052756, 0.5789565058, -0.8452617814],
        [0.2039889215, -0.0865619805, -0.117426941],
        [-0.0650512994, -0.5562146584, 0.6212659578],
    ];
    assert_close(&fitted.parameters()[..12], expected.as_flattened(), 1e-6);
    let bias = &fitted.parameters()[12..];
    let differences = [bias[1] - bias[0], bias[2] - bias[0]];
    assert_close(
        &differences,
        &[0.3211533318 + 1.0078498488, 0.6866965171 + 1.0078498488],
        1e-6,
    );
    assert_close(&[fitted.convergence.objective], &[8.814794919655522], 1e-9);
    let first = &data.probabilities(fitted.parameters())[0];
    assert_close(first, &[0.6066718084, 0.3427118536, 0.050616338], 1e-7);
}

/// The same call with `sample_weight`, here through linfa's traits and a dataset with weights.
#[test]
fn weighted_rows_have_the_probabilities_that_scikit_learn_finds() {
    let mut data = tiny(THREE, 3);
    data.targets.weight = WEIGHTS.into();
    assert_close(
        &[data.ours(TO_THE_END).convergence.objective],
        &[9.473694021189857],
        1e-9,
    );
    let targets: Vec<usize> = THREE.into_iter().map(usize::from).collect();
    let dataset = DatasetBase::new(SparseRecords(data.matrix()), Array1::from(targets))
        .with_weights(WEIGHTS.map(|weight| weight as f32).to_vec().into());
    let params = SparseLogisticRegression::default()
        .l2(0.5)
        .tolerance(1e-7)
        .max_iterations(5000);
    let fitted = params.fit(&dataset).expect("a valid dataset");
    let probabilities = fitted.predict_probabilities(dataset.records());
    let expected = [
        [0.6049110942, 0.3464239182, 0.0486649875],
        [0.7533712376, 0.0967887845, 0.1498399779],
        [0.6538585974, 0.1404160274, 0.2057253751],
        [0.1356624736, 0.704116507, 0.1602210193],
    ];
    for (found, expected) in probabilities.rows().into_iter().zip(expected) {
        assert_close(&found.to_vec(), &expected, 1e-7);
    }
}

/// Training stops earlier than the tests above: where that is must not matter to a prediction.
#[test]
fn the_tolerance_of_training_leaves_probabilities_within_a_hundredth() {
    let stop = saring::train::cross_validation::STOP;
    for shares in [&[0.9, 0.1][..], &[0.4, 0.1, 0.2, 0.05, 0.15, 0.1]] {
        let data = synthetic(5, shares);
        let (early, late) = (data.ours(stop), data.ours(TO_THE_END));
        let apart = data.furthest(early.parameters(), late.parameters());
        assert!(apart < 0.01, "probabilities are {apart} apart");
    }
}

#[test]
fn linfa_is_refused_beyond_the_memory_limit_and_with_weights() {
    let mut data = synthetic(6, &[0.5, 0.5]);
    // 400 rows x 60 columns x 8 bytes.
    let fit = |data: &Data, limit| fit_dense(&data.matrix(), &data.targets, data.penalty, limit);
    assert!(fit(&data, 192_000).is_ok());
    let message = fit(&data, 191_999).expect_err("too large").to_string();
    assert!(message.contains("400 lines x 60 features"), "{message}");
    data.targets.weight[7] = 2.0;
    let message = fit(&data, MEMORY).expect_err("weighted").to_string();
    assert!(message.contains("ignores weights"), "{message}");
}
