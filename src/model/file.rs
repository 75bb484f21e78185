//! The **model file** is a `safetensors` file, which other tools load without running code.
//!
//! | tensor | type | shape |
//! |---|---|---|
//! | `weights` | F32 | features x labels |
//! | `biases` | F32 | labels |
//! | `transitions` | F64 | 7 x 7: from label or page start, to label or page end |
//! | `log_prior` | F64 | 6 |
//! | `vocabulary.text` | U8 | bytes of all terms |
//! | `vocabulary.offsets` | U32 | terms + 1 |
//! | `vocabulary.stems` | U32 | terms x 2 |
//! | `training.lines` | U64 | [hashes](super::TrainingHashes) of the training lines |
//! | `training.sites` | U64 | hashes of the training sites |
//!
//! The file's metadata map has the one key `saring`, which holds JSON with sorted keys
//! ([`Header`]): two models with the same content are the same bytes.

use std::fmt;
use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

use super::{Calibrations, Card, Model, Parts, Thresholds, TrainingHashes};
use crate::calibration::Calibration;
use crate::features::Layout;
use crate::sequence::{BOUNDARY, LABELS, Sequence};
use crate::tensors::{Kind, Tensor, TensorHeader, Tensors, to_bytes};
use crate::vocabulary::Vocabulary;
use crate::{Error, Label, Result};

/// The version of the format that this library writes, and the only one that it reads.
pub const FORMAT_VERSION: u32 = 1;

/// The one key of the metadata map.
const METADATA_KEY: &str = "saring";
/// The tensors of a model, all of which it has.
const TENSORS: [&str; 9] = [
    "weights",
    "biases",
    "transitions",
    "log_prior",
    "vocabulary.text",
    "vocabulary.offsets",
    "vocabulary.stems",
    "training.lines",
    "training.sites",
];

/// What is not a tensor.
#[derive(Serialize, Deserialize)]
struct Header {
    format_version: u32,
    labels: Vec<Label>,
    /// Number of features without any vocabulary: another extractor has another number.
    fixed_features: usize,
    evidence_scale: f64,
    prior_scale: f64,
    /// Slope and offset.
    calibration: [f64; 2],
    plain_calibration: [f64; 2],
    threshold: f64,
    plain_threshold: f64,
    card: Card,
}

impl Model {
    /// Writes the model.
    ///
    /// # Errors
    /// [`Error::Io`] where writing fails.
    pub fn write(&self, mut writer: impl Write) -> Result<()> {
        let bytes = self.to_bytes()?;
        let io = Error::io("cannot write the model");
        writer.write_all(&bytes).map_err(io)
    }

    /// Reads a model.
    ///
    /// # Errors
    /// [`Error::Io`] where reading fails, [`Error::Model`] where the bytes are no model of saring's
    /// or a damaged one.
    pub fn read(reader: impl Read) -> Result<Self> {
        let file = TensorHeader::read(reader, Kind::Model)?;
        let header = file.metadata(METADATA_KEY);
        let header = header
            .ok_or_else(|| unusable("it is a safetensors file without saring's header"))
            .and_then(read_header)?;
        Self::new(parts(&file.tensors(&TENSORS)?, header)?)
    }

    /// The model as the bytes of a file.
    ///
    /// # Errors
    /// [`Error::Model`] where `safetensors` cannot hold it.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let Sequence {
            transitions,
            log_prior,
            ..
        } = &self.sequence;
        let vocabulary = &self.vocabulary;
        let tensors = [
            Tensor::table("weights", self.labels.len(), &self.weights),
            Tensor::list("biases", &self.biases),
            Tensor::table("transitions", LABELS + 1, transitions.as_flattened()),
            Tensor::list("log_prior", log_prior),
            Tensor::list("vocabulary.text", vocabulary.text().as_bytes()),
            Tensor::list("vocabulary.offsets", vocabulary.offsets()),
            Tensor::table("vocabulary.stems", 2, vocabulary.stems().as_flattened()),
            Tensor::list("training.lines", self.training.lines()),
            Tensor::list("training.sites", self.training.sites()),
        ];
        to_bytes(Kind::Model, &tensors, Some((METADATA_KEY, self.header()?)))
    }

    /// The header as JSON; `serde_json::Value` sorts its keys.
    fn header(&self) -> Result<String> {
        let header = Header {
            format_version: FORMAT_VERSION,
            labels: self.labels.clone(),
            fixed_features: Layout::fixed(),
            evidence_scale: self.sequence.evidence_scale,
            prior_scale: self.sequence.prior_scale,
            calibration: numbers_of(self.calibrations.smoothed),
            plain_calibration: numbers_of(self.calibrations.plain),
            threshold: self.thresholds.smoothed,
            plain_threshold: self.thresholds.plain,
            card: self.card.clone(),
        };
        let value = serde_json::to_value(header).map_err(unusable)?;
        Ok(value.to_string())
    }

    /// Reads a model from the bytes of a file.
    ///
    /// # Errors
    /// [`Error::Model`] where the bytes are no model of saring's, a damaged one, or one of another
    /// version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::read(bytes)
    }
}

fn parts(file: &Tensors, header: Header) -> Result<Parts> {
    let transitions = file.table("transitions", LABELS + 1)?;
    let log_prior = file.list("log_prior")?;
    let (Ok(log_prior), true) = (
        log_prior.try_into(),
        transitions.len() == (LABELS + 1) * (LABELS + 1),
    ) else {
        return Err(unusable("its label sequence has another size"));
    };
    Ok(Parts {
        vocabulary: vocabulary(file)?,
        weights: file.table("weights", header.labels.len())?,
        biases: file.list("biases")?,
        labels: header.labels,
        sequence: Sequence {
            transitions: std::array::from_fn(|from| {
                std::array::from_fn(|to| transitions[from * (BOUNDARY + 1) + to])
            }),
            log_prior,
            evidence_scale: header.evidence_scale,
            prior_scale: header.prior_scale,
        },
        calibrations: Calibrations {
            smoothed: calibration(header.calibration),
            plain: calibration(header.plain_calibration),
        },
        thresholds: Thresholds {
            smoothed: header.threshold,
            plain: header.plain_threshold,
        },
        training: TrainingHashes::from_parts(
            file.list("training.lines")?,
            file.list("training.sites")?,
        )?,
        card: header.card,
    })
}

fn vocabulary(file: &Tensors) -> Result<Vocabulary> {
    let text = String::from_utf8(file.list("vocabulary.text")?);
    let text = text.map_err(|_| unusable("its vocabulary is not UTF-8"))?;
    let offsets = file.list("vocabulary.offsets")?;
    let stems: Vec<u32> = file.table("vocabulary.stems", 2)?;
    let (stems, _) = stems.as_chunks::<2>();
    if stems.len() + 1 != offsets.len() {
        return Err(unusable("its vocabulary has not one pair of stems a term"));
    }
    Vocabulary::from_parts(text, offsets, stems.to_vec())
}

fn numbers_of(calibration: Calibration) -> [f64; 2] {
    [calibration.slope, calibration.offset]
}

fn calibration([slope, offset]: [f64; 2]) -> Calibration {
    Calibration { slope, offset }
}

fn read_header(json: &str) -> Result<Header> {
    #[derive(Deserialize)]
    struct Version {
        format_version: u32,
    }
    let Version { format_version } = serde_json::from_str(json).map_err(unusable)?;
    if format_version != FORMAT_VERSION {
        return Err(Error::Model(format!(
            "it has format version {format_version}, this saring reads version {FORMAT_VERSION}: \
             use another version of saring, or train the model again"
        )));
    }
    let header: Header = serde_json::from_str(json).map_err(unusable)?;
    if header.fixed_features != Layout::fixed() {
        return Err(Error::Model(format!(
            "it was made for {} features of shape and context, this saring has {}: train it again",
            header.fixed_features,
            Layout::fixed()
        )));
    }
    Ok(header)
}

fn unusable(reason: impl fmt::Display) -> Error {
    Kind::Model.unusable(reason)
}
