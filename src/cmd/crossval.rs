//! `saring crossval`: measures a training on pages of sites that it has not seen.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::bail;
use clap::ValueEnum;
use saring::report;

use super::input::{InputOptions, read_labelled};
use super::training::TrainingArgs;

/// Arguments of `saring crossval`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Labelled pages: folders, .tsv or .jsonl files
    #[arg(required = true)]
    corpus: Vec<PathBuf>,
    /// What to print
    #[arg(long, short, default_value = "text")]
    format: TableFormat,
    #[command(flatten)]
    training: TrainingArgs,
}

/// The form of the report; a web page would need one model.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum TableFormat {
    /// Tables for a terminal
    Text,
    /// One JSON object
    Json,
}

/// Trains and predicts fold by fold, and prints how well that went. Each model has as many folds of
/// its own sites to choose its settings by.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let folds = args.training.folds;
    if folds < 2 {
        bail!("--folds is {folds}: give 2 or more");
    }
    let trainer = args.training.trainer()?;
    let corpus = read_labelled(&args.corpus, &InputOptions::default())?;
    let profiles = args.training.profiles()?;
    let bar = args.training.bar();
    let evaluation = super::on_threads(args.training.threads, || {
        let progress = &mut |progress| super::training::show(&bar, progress);
        Ok(trainer.cross_validate(&corpus, profiles.as_ref(), folds, progress)?)
    })?;
    bar.finish_and_clear();
    let mut out = io::stdout().lock();
    match args.format {
        TableFormat::Text => report::text(&evaluation, &mut out)?,
        TableFormat::Json => report::json(&evaluation, &mut out)?,
    }
    Ok(out.flush()?)
}
