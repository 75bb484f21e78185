//! A **model** is everything that prediction needs and training leaves behind: the vocabulary, the
//! weights, the label sequence, the thresholds, and a [`Card`] that says where they come from.
//!
//! Training and prediction meet here and nowhere else. How a model is stored is left to `file`.

mod card;
mod file;
mod strongest;
mod training_hashes;

pub use card::{Card, LabelCount, Scores, Settings};
pub use file::FORMAT_VERSION;
pub use strongest::{LabelFeatures, WeightedFeature};
pub use training_hashes::TrainingHashes;

use crate::calibration::Calibration;
use crate::features::{Layout, TermSlot};
use crate::sequence::{Distribution, LABELS, Sequence};
use crate::vocabulary::Vocabulary;
use crate::{Error, Label, Result};

/// The model that is compiled into the library.
pub(crate) const BUILT_IN: &[u8] = include_bytes!("../../models/id.safetensors");

/// A fitted model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    labels: Vec<Label>,
    vocabulary: Vocabulary,
    weights: Vec<f32>,
    biases: Vec<f32>,
    sequence: Sequence,
    calibrations: Calibrations,
    thresholds: Thresholds,
    training: TrainingHashes,
    card: Card,
}

/// What makes the probabilities of content mean what they say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Calibrations {
    /// For probabilities that the label sequence smoothed.
    pub smoothed: Calibration,
    /// For the probabilities of single lines.
    pub plain: Calibration,
}

/// From which probability of content on a line is content.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// For probabilities that the label sequence smoothed.
    pub smoothed: f64,
    /// For the probabilities of single lines.
    pub plain: f64,
}

impl Default for Thresholds {
    /// One half, both.
    fn default() -> Self {
        Self {
            smoothed: 0.5,
            plain: 0.5,
        }
    }
}

/// The parts of a model, not yet checked.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The labels that it tells apart, in the order of [`Label::ALL`]; `content` is one of them.
    pub labels: Vec<Label>,
    /// The terms that it knows.
    pub vocabulary: Vocabulary,
    /// `[features, labels]`, row by row: the weights of each feature.
    pub weights: Vec<f32>,
    /// `[labels]`.
    pub biases: Vec<f32>,
    /// The label sequence.
    pub sequence: Sequence,
    /// The calibrations.
    pub calibrations: Calibrations,
    /// The thresholds.
    pub thresholds: Thresholds,
    /// Hashes of the training corpus.
    pub training: TrainingHashes,
    /// Where the model comes from.
    pub card: Card,
}

impl Model {
    /// Checks the parts of a model and puts them together.
    ///
    /// # Errors
    /// [`Error::Model`] where a size, a number or an order is not as it must be.
    pub fn new(parts: Parts) -> Result<Self> {
        let columns = Layout::columns(parts.vocabulary.len());
        let labels = parts.labels.len();
        let check = |holds: bool, what: &str| match holds {
            true => Ok(()),
            false => Err(Error::Model(what.to_owned())),
        };
        let sorted = parts.labels.windows(2).all(|pair| pair[0] < pair[1]);
        check(
            labels >= 2 && sorted && parts.labels[0] == Label::Content,
            "its labels are not content and others, in order",
        )?;
        check(
            parts.weights.len() == columns * labels && parts.biases.len() == labels,
            "the number of its weights does not fit its vocabulary and labels",
        )?;
        let mut numbers = parts.weights.iter().chain(&parts.biases);
        check(
            numbers.all(|weight| weight.abs() <= MOST),
            "a weight is not a number, or above 1e6",
        )?;
        check_sequence(&parts.sequence)?;
        let Thresholds { smoothed, plain } = parts.thresholds;
        let range = 0.0..=1.0;
        check(
            range.contains(&smoothed) && range.contains(&plain),
            "a threshold is outside 0 to 1",
        )?;
        check_calibration(parts.calibrations.smoothed)?;
        check_calibration(parts.calibrations.plain)?;
        Ok(Self {
            labels: parts.labels,
            vocabulary: parts.vocabulary,
            weights: parts.weights.into_iter().map(in_units).collect(),
            biases: parts.biases.into_iter().map(in_units).collect(),
            sequence: parts.sequence,
            calibrations: parts.calibrations,
            thresholds: parts.thresholds,
            training: parts.training,
            card: parts.card,
        })
    }

    /// The model that comes with saring, trained on Indonesian pages.
    ///
    /// # Errors
    /// [`Error::Model`] only where the library was built with a damaged file.
    pub fn built_in() -> Result<Self> {
        Self::from_bytes(BUILT_IN)
    }

    /// The bytes of the file of [`Model::built_in`].
    pub fn built_in_file() -> &'static [u8] {
        BUILT_IN
    }

    /// The labels that the model tells apart, in the order of [`Label::ALL`].
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The terms that the model knows.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Number of features.
    pub fn columns(&self) -> usize {
        Layout::columns(self.vocabulary.len())
    }

    /// The weights of a feature, one a label of [`Model::labels`].
    ///
    /// # Panics
    /// When `feature` is not below [`Model::columns`].
    pub fn weights(&self, feature: u32) -> &[f32] {
        let width = self.labels.len();
        &self.weights[feature as usize * width..][..width]
    }

    /// The biases, one a label of [`Model::labels`].
    pub fn biases(&self) -> &[f32] {
        &self.biases
    }

    /// The largest weight or bias, whatever its sign.
    pub(crate) fn largest_weight(&self) -> f32 {
        // Of numbers without a sign the larger one has the larger bits.
        let bits = |weights: &[f32]| weights.iter().map(|weight| weight.abs().to_bits()).max();
        f32::from_bits(bits(&self.weights).max(bits(&self.biases)).unwrap_or(0))
    }

    /// The label sequence.
    pub fn sequence(&self) -> &Sequence {
        &self.sequence
    }

    /// The calibrations of the probability of content.
    pub fn calibrations(&self) -> Calibrations {
        self.calibrations
    }

    /// The thresholds of content.
    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// What tells whether a line or a site stood in the training corpus.
    pub fn training(&self) -> &TrainingHashes {
        &self.training
    }

    /// Where the model comes from.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The name of a feature: `characters=20..30`, `baca`, `~baca` for a stem, `baca juga` for a
    /// pair, `above:baca` for a term of the line above.
    ///
    /// # Panics
    /// When `feature` is not below [`Model::columns`].
    pub fn feature_name(&self, feature: u32) -> String {
        match Layout::term_of(feature) {
            None => Layout::fixed_name(feature).expect("features below the terms have a name"),
            Some((id, slot)) => {
                let slot = match slot {
                    TermSlot::Own => "",
                    TermSlot::Above => "above:",
                    TermSlot::Below => "below:",
                };
                format!("{slot}{}", self.vocabulary.term(id))
            }
        }
    }

    /// `ln p(label | line)` of a line with these features; `f64::NEG_INFINITY` for the labels that
    /// the model does not know.
    pub fn log_probabilities(&self, features: &[u32]) -> Distribution {
        log_softmax(self.scores(features))
    }

    /// The biases and the weights of these features, added up for each label; `f64::NEG_INFINITY`
    /// for the labels that the model does not know.
    pub fn scores(&self, features: &[u32]) -> Distribution {
        let mut scores = [f64::NEG_INFINITY; LABELS];
        for (label, bias) in self.labels.iter().zip(&self.biases) {
            scores[label.index()] = f64::from(*bias);
        }
        for &feature in features {
            for (label, weight) in self.labels.iter().zip(self.weights(feature)) {
                scores[label.index()] += f64::from(*weight);
            }
        }
        scores
    }
}

/// Weights and biases are whole multiples of this, in nats: sums of them in `f64` are exact, in
/// whichever order they are added. Weights below 16 fit into two bytes by it.
pub const UNIT: f64 = 1.0 / 2048.0;

fn in_units(weight: f32) -> f32 {
    let units = f64::from(weight) / UNIT;
    // Of a model that was written here every weight is a multiple already.
    match units == f64::from(units as i32) {
        true => weight,
        false => (units.round() * UNIT) as f32,
    }
}

/// The largest weight that a model may hold.
const MOST: f32 = 1e6;
/// The smallest log-probability that a label sequence may hold.
const LEAST: f64 = -50.0;

fn check_sequence(sequence: &Sequence) -> Result<()> {
    let mut logs = sequence
        .transitions
        .iter()
        .flatten()
        .chain(&sequence.log_prior);
    let scales = [sequence.evidence_scale, sequence.prior_scale];
    if logs.all(|log| (LEAST..=0.0).contains(log))
        && scales.iter().all(|s| (0.0..=10.0).contains(s))
    {
        Ok(())
    } else {
        Err(Error::Model(
            "its label sequence is out of range".to_owned(),
        ))
    }
}

fn check_calibration(calibration: Calibration) -> Result<()> {
    let Calibration { slope, offset } = calibration;
    if (0.01..=100.0).contains(&slope) && (-100.0..=100.0).contains(&offset) {
        Ok(())
    } else {
        Err(Error::Model("a calibration is out of range".to_owned()))
    }
}

/// `exp(scores) / sum(exp(scores))`.
pub(crate) fn softmax(scores: Distribution) -> Distribution {
    log_softmax(scores).map(libm::exp)
}

/// `scores - ln(sum(exp(scores)))`, safe for scores of any size.
pub(crate) fn log_softmax(scores: Distribution) -> Distribution {
    let largest = scores.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = scores.iter().map(|score| libm::exp(score - largest)).sum();
    let log_sum = largest + libm::log(sum);
    scores.map(|score| score - log_sum)
}
