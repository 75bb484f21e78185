//! `saring predict`: pages in, their content out.

use std::path::PathBuf;

use bytesize::ByteSize;
use clap::ArgAction;
use saring::Label;
use saring::predict::{Decision, Predictor};
use saring::window::WindowSize;
use serde_json::{Value, json};

use super::input::{InputArgs, Source, sources};
use super::interrupt;
use super::manifest::Manifest;
use super::model::Loaded;
use super::output::{Output, OutputFormat, check_names, file_path};
use super::pipeline::{self, Settings};

/// Arguments of `saring predict`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Pages: folders, .txt, .tsv, .jsonl, .wet or .parquet files, compressed or not;
    /// - or nothing for the standard input
    input: Vec<PathBuf>,
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
    #[command(flatten)]
    reading: InputArgs,
    /// Write a file for each input file into this folder instead of printing
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Take up a run into --output that was cut short: what is complete there is not done again
    ///
    /// The model and the settings must be the same; an input that has changed since is done again
    #[arg(long, requires = "output")]
    resume: bool,
    /// Longest page that is predicted at once, and so the memory that is needed
    ///
    /// A longer page, or one of more than 32768 rows, is predicted in consecutive windows that are
    /// cut at line ends, each by itself; a message says so
    #[arg(long, value_name = "SIZE", default_value = "4MiB")]
    max_page_bytes: ByteSize,
    /// Threads to use; all cores if not given
    #[arg(long, value_parser = super::thread_count)]
    threads: Option<usize>,
}

fn label(text: &str) -> Result<Label, String> {
    text.parse()
        .map_err(|error: saring::Error| error.to_string())
}

/// Predicts page after page, in the order of the input.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let options = args.reading.options(args.site.as_deref());
    let mut sources = sources(&args.input, &options)?;
    let Loaded { model, sha256 } =
        super::model::load(args.model.as_deref(), args.model_sha256.as_deref())?;
    let profiles = super::profile::load_for(&model, args.profile.as_deref())?;
    let predictor = Predictor::new(&model)
        .with_profiles(profiles.as_ref())
        .with_decision(Decision {
            smoothing: !args.no_smoothing,
            threshold: args.threshold,
        });
    let manifest = match &args.output {
        None => None,
        Some(folder) => {
            check_names(folder, args.format, &sources)?;
            let manifest = Manifest::open(folder, &args.signature(sha256)?, args.resume)?;
            let output = |source: &Source| file_path(folder, source, args.format);
            sources.retain(|source| !manifest.is_finished(source, &output(source)));
            Some((folder, manifest))
        }
    };
    let output = match manifest {
        None => Output::stdout(args.format, &args.keep, &sources),
        Some((folder, manifest)) => {
            Output::folder(folder, args.format, &args.keep, &sources, manifest)
        }
    };
    let threads = args.threads.unwrap_or_else(super::cores);
    if args.output.is_some() {
        interrupt::listen()?;
    }
    pipeline::run(&sources, &predictor, &args.settings(), threads, output)
}

impl Args {
    /// What tells whether the outputs of another run are those that this one would make.
    fn signature(&self, model: String) -> anyhow::Result<Value> {
        let profile = self.profile.as_deref().map(std::fs::read).transpose()?;
        let profile = profile.map(|bytes| super::model::digest(&bytes));
        Ok(json!({
            "saring": env!("CARGO_PKG_VERSION"),
            "model": model,
            "profile": profile,
            "format": format!("{:?}", self.format),
            "keep": self.keep,
            "threshold": self.threshold,
            "smoothing": !self.no_smoothing,
            "explain": self.explain,
            "site": self.site,
            "reading": format!("{:?}", self.reading),
            "max_page_bytes": self.max_page_bytes.0,
        }))
    }

    fn settings(&self) -> Settings {
        Settings {
            format: self.format.into(),
            keep: self.keep.clone(),
            explain: self.explain,
            window: WindowSize {
                bytes: usize::try_from(self.max_page_bytes.0).unwrap_or(usize::MAX),
                ..WindowSize::default()
            },
        }
    }
}
