//! `saring inspect`: where a model comes from, and what it has learned.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use saring::Model;
use saring::model::LabelFeatures;

use super::model::Loaded;
use super::weights::{self, WeightsFormat};

/// Arguments of `saring inspect`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model file; the built-in model if not given
    model: Option<PathBuf>,
    /// Refuse the model if its file has another SHA-256 than this
    #[arg(long, value_name = "HEX", value_parser = super::model::sha256)]
    model_sha256: Option<String>,
    /// How many features to show for each label
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// What to print
    #[arg(long, short, default_value = "text")]
    format: InspectFormat,
    /// Print the biases and the weights of every feature instead, in nats
    #[arg(long, value_name = "FORMAT", conflicts_with_all = ["top", "format"])]
    weights: Option<WeightsFormat>,
}

/// The form of an inspection.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum InspectFormat {
    /// A table for a terminal
    Text,
    /// One JSON object
    Json,
}

/// Prints the model card and the strongest features of each label.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let path = args.model.as_deref();
    let Loaded { model, sha256 } = super::model::load(path, args.model_sha256.as_deref())?;
    let mut out = io::stdout().lock();
    if let Some(format) = args.weights {
        return Ok(weights::write(&model, format, out)?);
    }
    let strongest = model.strongest_features(args.top);
    match args.format {
        InspectFormat::Text => text(&model, &sha256, &strongest, &mut out)?,
        InspectFormat::Json => {
            let value = serde_json::json!({
                "sha256": sha256,
                "card": model.card(),
                "thresholds": {
                    "smoothed": model.thresholds().smoothed,
                    "plain": model.thresholds().plain,
                },
                "terms": model.vocabulary().len(),
                "features": model.columns(),
                "strongest": strongest,
            });
            // As the error of the output, so that a closed pipe is known as one.
            serde_json::to_writer_pretty(&mut out, &value).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(out.flush()?)
}

fn text(
    model: &Model,
    sha256: &str,
    strongest: &[LabelFeatures],
    out: &mut impl Write,
) -> io::Result<()> {
    let card = model.card();
    writeln!(out, "sha256          {sha256}")?;
    writeln!(out, "trained by      saring {}", printable(&card.saring))?;
    writeln!(out, "corpus sha256   {}", printable(&card.corpus_sha256))?;
    writeln!(
        out,
        "corpus          {} sites, {} pages, {} lines",
        card.sites, card.pages, card.lines
    )?;
    for (label, lines) in &card.labels {
        let label = printable(label);
        writeln!(out, "  {label:<14}{lines:>9} lines")?;
    }
    let settings = &card.settings;
    let chosen = if settings.l2_chosen {
        "chosen by"
    } else {
        "given;"
    };
    writeln!(out, "solver          {}", printable(&settings.solver))?;
    writeln!(
        out,
        "l2              {} ({chosen} {} folds)",
        settings.l2, settings.folds
    )?;
    writeln!(
        out,
        "thresholds      {} smoothed, {} plain",
        model.thresholds().smoothed,
        model.thresholds().plain
    )?;
    writeln!(
        out,
        "vocabulary      {} terms on at least {} sites; {} features",
        model.vocabulary().len(),
        settings.min_sites,
        model.columns()
    )?;
    if let Some(scores) = &card.out_of_fold {
        writeln!(out, "out-of-fold     {scores}")?;
    }
    for LabelFeatures { label, features } in strongest {
        writeln!(out, "\n{label}")?;
        for feature in features {
            let name = printable(&feature.name);
            writeln!(out, "  {:>8.3}  {name}", feature.weight)?;
        }
    }
    Ok(())
}

/// A text of a stranger's model, without what could command a terminal.
pub fn printable(text: &str) -> String {
    let commands =
        |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(commands, "\u{fffd}")
}
