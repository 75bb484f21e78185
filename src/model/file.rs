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

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::io::{Read, Write};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::{Calibrations, Card, Model, Parts, Thresholds, TrainingHashes};
use crate::calibration::Calibration;
use crate::features::Layout;
use crate::sequence::{BOUNDARY, LABELS, Sequence};
use crate::vocabulary::Vocabulary;
use crate::{Error, Label, Result};

/// The version of the format that this library writes, and the only one that it reads.
pub const FORMAT_VERSION: u32 = 1;

/// The one key of the metadata map.
const METADATA_KEY: &str = "saring";
/// The largest header that is read, in bytes.
const MOST_HEADER: u64 = 1 << 20;

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
    pub fn read(mut reader: impl Read) -> Result<Self> {
        let mut bytes = Vec::new();
        let io = Error::io("cannot read the model");
        reader.read_to_end(&mut bytes).map_err(io)?;
        Self::from_bytes(&bytes)
    }

    /// The model as the bytes of a file.
    ///
    /// # Errors
    /// [`Error::Model`] where `safetensors` cannot hold it.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let labels = self.labels.len();
        let terms = self.vocabulary.len();
        let sequence = &self.sequence;
        let tensors = [
            (
                "weights",
                Dtype::F32,
                vec![self.columns(), labels],
                bytes_of(&self.weights, f32::to_le_bytes),
            ),
            (
                "biases",
                Dtype::F32,
                vec![labels],
                bytes_of(&self.biases, f32::to_le_bytes),
            ),
            (
                "transitions",
                Dtype::F64,
                vec![LABELS + 1, LABELS + 1],
                bytes_of(sequence.transitions.as_flattened(), f64::to_le_bytes),
            ),
            (
                "log_prior",
                Dtype::F64,
                vec![LABELS],
                bytes_of(&sequence.log_prior, f64::to_le_bytes),
            ),
            (
                "vocabulary.text",
                Dtype::U8,
                vec![self.vocabulary.text().len()],
                self.vocabulary.text().into(),
            ),
            (
                "vocabulary.offsets",
                Dtype::U32,
                vec![terms + 1],
                bytes_of(self.vocabulary.offsets(), u32::to_le_bytes),
            ),
            (
                "vocabulary.stems",
                Dtype::U32,
                vec![terms, 2],
                bytes_of(self.vocabulary.stems().as_flattened(), u32::to_le_bytes),
            ),
            (
                "training.lines",
                Dtype::U64,
                vec![self.training.lines().len()],
                bytes_of(self.training.lines(), u64::to_le_bytes),
            ),
            (
                "training.sites",
                Dtype::U64,
                vec![self.training.sites().len()],
                bytes_of(self.training.sites(), u64::to_le_bytes),
            ),
        ];
        let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
            let view = TensorView::new(*dtype, shape.clone(), bytes);
            view.map(|view| (*name, view)).map_err(unusable)
        });
        let views = views.collect::<Result<Vec<_>>>()?;
        let metadata = HashMap::from([(METADATA_KEY.to_owned(), self.header()?)]);
        safetensors::serialize(views, Some(metadata)).map_err(unusable)
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
        refuse_repeated_tensors(bytes)?;
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(unusable)?;
        let header = metadata
            .metadata()
            .as_ref()
            .and_then(|map| map.get(METADATA_KEY))
            .ok_or_else(|| {
                Error::Model("it is a safetensors file without saring's header".into())
            })?;
        let header = read_header(header)?;
        let file = SafeTensors::deserialize(bytes).map_err(unusable)?;
        Self::new(parts(&file, header)?)
    }
}

fn parts(file: &SafeTensors, header: Header) -> Result<Parts> {
    let offsets = numbers(file, "vocabulary.offsets", u32::from_le_bytes)?;
    let stems = numbers(file, "vocabulary.stems", u32::from_le_bytes)?;
    let text = numbers(file, "vocabulary.text", u8::from_le_bytes)?;
    let text = String::from_utf8(text).map_err(unusable)?;
    let stems: Vec<[u32; 2]> = stems
        .chunks_exact(2)
        .map(|pair| [pair[0], pair[1]])
        .collect();
    if stems.len() + 1 != offsets.len() {
        return Err(Error::Model(
            "its vocabulary has not one pair of stems a term".into(),
        ));
    }
    let transitions = numbers(file, "transitions", f64::from_le_bytes)?;
    let log_prior = numbers(file, "log_prior", f64::from_le_bytes)?;
    let (Ok(log_prior), true) = (
        log_prior.try_into(),
        transitions.len() == (LABELS + 1) * (LABELS + 1),
    ) else {
        return Err(Error::Model("its label sequence has another size".into()));
    };
    Ok(Parts {
        labels: header.labels,
        vocabulary: Vocabulary::from_parts(text, offsets, stems)?,
        weights: numbers(file, "weights", f32::from_le_bytes)?,
        biases: numbers(file, "biases", f32::from_le_bytes)?,
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
            numbers(file, "training.lines", u64::from_le_bytes)?,
            numbers(file, "training.sites", u64::from_le_bytes)?,
        )?,
        card: header.card,
    })
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
    Error::Model(reason.to_string())
}

fn bytes_of<T: Copy, const N: usize>(values: &[T], to_bytes: fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&value| to_bytes(value)).collect()
}

/// The numbers of a tensor, whose type must be as wide as `N` bytes and of the right name.
fn numbers<T: 'static, const N: usize>(
    file: &SafeTensors,
    name: &str,
    from_bytes: fn([u8; N]) -> T,
) -> Result<Vec<T>> {
    let tensor = file
        .tensor(name)
        .map_err(|_| Error::Model(format!("it has no tensor {name:?}")))?;
    let expected = match std::any::type_name::<T>() {
        "f32" => Dtype::F32,
        "f64" => Dtype::F64,
        "u32" => Dtype::U32,
        "u64" => Dtype::U64,
        _ => Dtype::U8,
    };
    if tensor.dtype() != expected {
        return Err(Error::Model(format!(
            "its tensor {name:?} has another type"
        )));
    }
    let (chunks, _) = tensor.data().as_chunks::<N>();
    Ok(chunks.iter().map(|&chunk| from_bytes(chunk)).collect())
}

/// `safetensors` keeps the last of two tensors of one name; here that is a damaged file.
fn refuse_repeated_tensors(bytes: &[u8]) -> Result<()> {
    let cut = || Error::Model("it is no safetensors file".to_owned());
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or_else(cut)?;
    let length = u64::from_le_bytes(*length);
    if length > MOST_HEADER || length > rest.len() as u64 {
        return Err(cut());
    }
    let header = &rest[..length as usize];
    serde_json::from_slice::<UniqueKeys>(header).map_err(unusable)?;
    Ok(())
}

/// A JSON object in which no key stands twice.
struct UniqueKeys;

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = UniqueKeys;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(
                self,
                mut map: M,
            ) -> std::result::Result<UniqueKeys, M::Error> {
                let mut seen = BTreeSet::new();
                while let Some((key, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
                    if !seen.insert(key.clone()) {
                        return Err(serde::de::Error::custom(format!(
                            "{key:?} stands in it twice"
                        )));
                    }
                }
                Ok(UniqueKeys)
            }
        }
        deserializer.deserialize_map(Keys)
    }
}
