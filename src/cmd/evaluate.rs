//! `saring evaluate`: labelled pages in, the scores of a model out.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use saring::predict::{Decision, Predictor};
use saring::report;

use super::input::read_labelled;

/// Arguments of `saring evaluate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Labelled pages: folders, .tsv or .jsonl files
    #[arg(required = true)]
    corpus: Vec<PathBuf>,
    /// The model file; the built-in model if not given
    #[arg(long, short)]
    model: Option<PathBuf>,
    /// What to print
    #[arg(long, short, default_value = "text")]
    format: ReportFormat,
    /// From which probability on a line is content; the model's own if not given
    #[arg(long, value_name = "P", value_parser = super::probability)]
    threshold: Option<f64>,
    /// Predict each line by itself, without the label sequence of the page
    #[arg(long)]
    no_smoothing: bool,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ReportFormat {
    /// Tables for a terminal
    Text,
    /// One JSON object
    Json,
}

/// Predicts every page and prints how well that went.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let pages = read_labelled(&args.corpus)?;
    let model = super::model::load(args.model.as_deref())?;
    let predictor = Predictor::new(&model).with_decision(Decision {
        smoothing: !args.no_smoothing,
        threshold: args.threshold,
    });
    let evaluation = predictor.evaluate(&pages)?;
    let mut out = io::stdout().lock();
    match args.format {
        ReportFormat::Text => report::text(&evaluation, &mut out)?,
        ReportFormat::Json => report::json(&evaluation, &mut out)?,
    }
    Ok(out.flush()?)
}
