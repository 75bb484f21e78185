//! `saring evaluate`: labelled pages in, the scores of a model out.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use saring::explain::{Mistake, worst_mistakes};
use saring::predict::{Decision, Predictor};
use saring::report::html::{Extras, WorstLine};
use saring::{LabelledPage, Model, baseline, report};

use super::input::{InputArgs, read_labelled};

/// Arguments of `saring evaluate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Labelled pages: folders, .tsv or .jsonl files, compressed or not
    #[arg(required = true)]
    corpus: Vec<PathBuf>,
    #[command(flatten)]
    reading: InputArgs,
    /// The model file; the built-in model if not given
    #[arg(long, short)]
    model: Option<PathBuf>,
    /// Refuse the model if its file has another SHA-256 than this; `saring inspect` prints it
    #[arg(long, value_name = "HEX", value_parser = super::model::sha256)]
    model_sha256: Option<String>,
    /// Site profiles of the pages' sites, made by `saring profile`
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// What to print
    #[arg(long, short, default_value = "text")]
    format: ReportFormat,
    /// From which probability on a line is content; the model's own if not given
    #[arg(long, value_name = "P", value_parser = super::probability)]
    threshold: Option<f64>,
    /// Predict each line by itself, without the label sequence of the page
    #[arg(long)]
    no_smoothing: bool,
    /// Measure rules that have learned nothing, too: keep all, length, C4's rule, stopword density
    /// and, with --profile, site repeats
    #[arg(long)]
    baselines: bool,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ReportFormat {
    /// Tables for a terminal
    Text,
    /// One JSON object
    Json,
    /// A web page with charts, the strongest features and the worst lines
    Html,
}

/// How many features the web page shows for each label.
const FEATURES: usize = 20;
/// How many mistaken lines it shows.
const WORST_LINES: usize = 50;
/// How many features on either side it gives as reasons for a mistake.
const REASONS: usize = 4;

/// Predicts every page and prints how well that went.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let pages = read_labelled(&args.corpus, &args.reading.options(None))?;
    let model = super::model::load(args.model.as_deref(), args.model_sha256.as_deref())?.model;
    let profiles = super::profile::load_for(&model, args.profile.as_deref())?;
    let predictor = Predictor::new(&model)
        .with_profiles(profiles.as_ref())
        .with_decision(Decision {
            smoothing: !args.no_smoothing,
            threshold: args.threshold,
        });
    let mut evaluation = predictor.evaluate(&pages)?;
    if args.baselines {
        evaluation.baselines = Some(baseline::evaluate(&pages, profiles.as_ref())?);
    }
    let mut out = io::stdout().lock();
    match args.format {
        ReportFormat::Text => report::text(&evaluation, &mut out)?,
        ReportFormat::Json => report::json(&evaluation, &mut out)?,
        ReportFormat::Html => {
            let extras = extras(args, &predictor, &model, &pages);
            report::html(&evaluation, &extras, &mut out)?;
        }
    }
    Ok(out.flush()?)
}

/// What the web page shows beside the scores.
fn extras(args: &Args, predictor: &Predictor, model: &Model, pages: &[LabelledPage]) -> Extras {
    let corpus: Vec<_> = args
        .corpus
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let mistakes = worst_mistakes(predictor, pages, WORST_LINES, REASONS).into_iter();
    Extras {
        title: format!("saring: {}", corpus.join(", ")),
        features: model.strongest_features(FEATURES),
        worst_lines: mistakes.map(|mistake| worst_line(mistake, pages)).collect(),
    }
}

fn worst_line(mistake: Mistake, pages: &[LabelledPage]) -> WorstLine {
    let page = pages[mistake.page].page();
    let prediction = mistake.explanation.prediction;
    WorstLine {
        place: format!("{}, line {}", page.id, mistake.line + 1),
        site: page.site.clone(),
        gold: mistake.gold,
        predicted: prediction.label,
        probability: prediction.content(),
        text: String::from_utf8_lossy(page.line(mistake.line)).into_owned(),
        reasons: mistake.explanation.entries(),
    }
}
