//! The **weights** of a model, every one, as other tools read them.

use std::io::{self, BufWriter, Write};

use clap::ValueEnum;
use saring::Model;
use serde_json::json;

use super::inspect::printable;

/// The form of a list of weights.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum WeightsFormat {
    /// A row a feature: its name, its weight for each label
    Tsv,
    /// One object: labels, biases, features with their name and weights
    Json,
}

/// What the row of the biases is called in TSV; no feature has such a name.
const BIASES: &str = "(bias)";

/// Writes the biases and the weights of every feature, in nats, in the order of the file.
pub fn write(model: &Model, format: WeightsFormat, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        WeightsFormat::Tsv => tsv(model, &mut out)?,
        WeightsFormat::Json => json(model, &mut out)?,
    }
    out.flush()
}

fn features(model: &Model) -> impl Iterator<Item = (String, &[f32])> {
    let features = 0..model.columns() as u32;
    features.map(|feature| {
        let name = printable(&model.feature_name(feature));
        (name, model.weights(feature))
    })
}

fn tsv(model: &Model, out: &mut impl Write) -> io::Result<()> {
    write!(out, "feature")?;
    for label in model.labels() {
        write!(out, "\t{label}")?;
    }
    writeln!(out)?;
    let biases = std::iter::once((BIASES.to_owned(), model.biases()));
    for (name, weights) in biases.chain(features(model)) {
        write!(out, "{name}")?;
        for weight in weights {
            write!(out, "\t{weight}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn json(model: &Model, out: &mut impl Write) -> io::Result<()> {
    let (labels, biases) = (json!(model.labels()), json!(model.biases()));
    write!(
        out,
        "{{\"labels\":{labels},\"biases\":{biases},\"features\":["
    )?;
    for (at, (name, weights)) in features(model).enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let feature = json!({"name": name, "weights": weights});
        write!(out, "{comma}\n{feature}")?;
    }
    writeln!(out, "\n]}}")
}
