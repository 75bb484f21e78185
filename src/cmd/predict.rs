//! `saring predict`: pages in, their content out.

use std::path::PathBuf;

use clap::ArgAction;
use rayon::prelude::*;
use saring::explain::Explanation;
use saring::predict::{Decision, LinePrediction, Predictor};
use saring::{Label, Page};

use super::input::{InputFormat, InputOptions, Source, sources};
use super::output::{Output, OutputFormat};

/// Arguments of `saring predict`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Pages: folders, .txt, .tsv or .jsonl files; - or nothing for the standard input
    input: Vec<PathBuf>,
    /// The model file; the built-in model if not given
    #[arg(long, short)]
    model: Option<PathBuf>,
    /// Site profiles of the pages' sites, made by `saring profile`
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// What to print
    #[arg(long, short, default_value = "text")]
    format: OutputFormat,
    /// The labels whose lines text output keeps
    #[arg(long, value_name = "LABELS", default_value = "content", value_delimiter = ',',
          action = ArgAction::Set, value_parser = label)]
    keep: Vec<Label>,
    /// From which probability on a line is content; the model's own if not given
    #[arg(long, value_name = "P", value_parser = super::probability)]
    threshold: Option<f64>,
    /// Predict each line by itself, without the label sequence of the page
    #[arg(long)]
    no_smoothing: bool,
    /// Explain each line by its K strongest features for and against content, in nats
    ///
    /// The score of content minus that of the strongest other label is the bias and the features of
    /// the line; the other labels, the label sequence of the page and the calibration lead from
    /// there to the log-odds of the probability that is printed. jsonl gets an "explanation" a
    /// line; text and tsv get a row for every line, --keep or not, and below it a row an entry
    #[arg(long, value_name = "K")]
    explain: Option<usize>,
    /// The site of all pages
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// How to read the input
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    input_format: InputFormat,
    /// Write a file for each input file into this folder instead of printing
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Threads to use; all cores if not given
    #[arg(long, value_parser = super::thread_count)]
    threads: Option<usize>,
}

fn label(text: &str) -> Result<Label, String> {
    text.parse()
        .map_err(|error: saring::Error| error.to_string())
}

/// Pages that are predicted at a time, for each thread.
const PAGES_A_THREAD: usize = 32;

/// Predicts page after page, in the order of the input.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let options = InputOptions {
        format: args.input_format,
        site: args.site.clone(),
    };
    let sources = sources(&args.input, &options)?;
    let model = super::model::load(args.model.as_deref())?;
    let profiles = super::profile::load_for(&model, args.profile.as_deref())?;
    let predictor = Predictor::new(&model)
        .with_profiles(profiles.as_ref())
        .with_decision(Decision {
            smoothing: !args.no_smoothing,
            threshold: args.threshold,
        });
    let mut output = match &args.output {
        Some(folder) => Output::folder(folder, args.format, &args.keep, &sources)?,
        None => Output::stdout(args.format, &args.keep),
    };
    super::on_threads(args.threads, || {
        for source in &sources {
            output.start(source)?;
            predict_source(source, &predictor, args.explain, &mut output)?;
        }
        Ok(output.finish()?)
    })
}

fn predict_source(
    source: &Source,
    predictor: &Predictor,
    explain: Option<usize>,
    output: &mut Output,
) -> anyhow::Result<()> {
    let mut pages = source.pages()?;
    let most = PAGES_A_THREAD * rayon::current_num_threads();
    loop {
        let batch: Vec<Page> = pages.by_ref().take(most).collect::<saring::Result<_>>()?;
        if batch.is_empty() {
            return Ok(());
        }
        match explain {
            None => write_predicted(&batch, predictor, output)?,
            Some(top) => write_explained(&batch, predictor, top, output)?,
        }
    }
}

fn write_predicted(
    batch: &[Page],
    predictor: &Predictor,
    output: &mut Output,
) -> saring::Result<()> {
    let predict = |page| predictor.predict(page);
    let predictions: Vec<Vec<LinePrediction>> = batch.par_iter().map(predict).collect();
    let mut pages = batch.iter().zip(&predictions);
    pages.try_for_each(|(page, lines)| output.write(page, lines))
}

fn write_explained(
    batch: &[Page],
    predictor: &Predictor,
    top: usize,
    output: &mut Output,
) -> saring::Result<()> {
    let explain = |page| predictor.explain(page, top);
    let explanations: Vec<Vec<Explanation>> = batch.par_iter().map(explain).collect();
    let mut pages = batch.iter().zip(&explanations);
    pages.try_for_each(|(page, lines)| output.write_explained(page, lines))
}
