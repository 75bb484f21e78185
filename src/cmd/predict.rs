//! `saring predict`: pages in, their content out.

use std::path::PathBuf;
use std::time::Instant;

use bytesize::ByteSize;
use saring::Model;
use saring::predict::{Decision, Predictor};
use saring::profile::SiteProfiles;
use saring::window::WindowSize;
use serde_json::{Value, json};

use super::container::{ContainerArgs, Form, Writing};
use super::input::{InputArgs, sources};
use super::interrupt;
use super::manifest::Manifest;
use super::message::note;
use super::model::Loaded;
use super::output::{Output, check_names};
use super::pipeline::{self, Settings};
use super::summary;

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
    #[command(flatten)]
    container: ContainerArgs,
    /// From which probability on a line is content; the model's own if not given
    #[arg(long, value_name = "P", value_parser = super::probability)]
    threshold: Option<f64>,
    /// Predict each line by itself, without the label sequence of the page
    #[arg(long)]
    no_smoothing: bool,
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
    /// A longer page, or one of more than 4096 rows, is predicted in consecutive windows that are
    /// cut at line ends, each by itself; a message says so
    #[arg(long, value_name = "SIZE", default_value = "4MiB")]
    max_page_bytes: ByteSize,
    /// Threads to use; all cores if not given
    #[arg(long, value_parser = super::thread_count)]
    threads: Option<usize>,
    /// Print no progress and no summary
    #[arg(long, short)]
    quiet: bool,
}

/// Predicts page after page, in the order of the input.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let options = args.reading.options(args.site.as_deref());
    let mut sources = sources(&args.input, &options)?;
    let writing = args.container.writing(&sources)?;
    let Loaded { model, sha256 } =
        super::model::load(args.model.as_deref(), args.model_sha256.as_deref())?;
    let profiles = super::profile::load_for(&model, args.profile.as_deref())?;
    let predictor = args.predictor(&model, profiles.as_ref());
    let manifest = args.manifest(sha256, writing.form, &mut sources)?;
    let settings = args.settings(writing);
    let output = match (&args.output, manifest) {
        (Some(folder), Some(manifest)) => {
            interrupt::listen()?;
            Output::folder(folder, settings.writing.clone(), &sources, manifest)
        }
        _ => Output::stdout(settings.writing.clone(), &sources)?,
    };
    let threads = args.threads.unwrap_or_else(super::cores);
    let (bar, start) = (summary::bar(&sources, args.quiet), Instant::now());
    let summary = pipeline::run(&sources, &predictor, &settings, threads, output, &bar);
    let read = bar.position();
    bar.finish_and_clear();
    let shown = summary?.shown(read, start.elapsed());
    if !args.quiet {
        note(shown);
    }
    Ok(())
}

impl Args {
    fn predictor<'a>(&self, model: &'a Model, profiles: Option<&'a SiteProfiles>) -> Predictor<'a> {
        let predictor = Predictor::new(model).with_profiles(profiles);
        predictor.with_decision(Decision {
            smoothing: !self.no_smoothing,
            threshold: self.threshold,
        })
    }

    /// The manifest of the output folder, if there is one; what is finished there is taken out of
    /// `sources`.
    fn manifest(
        &self,
        model: String,
        form: Form,
        sources: &mut Vec<super::input::Source>,
    ) -> anyhow::Result<Option<Manifest>> {
        let Some(folder) = &self.output else {
            return Ok(None);
        };
        check_names(folder, form, sources)?;
        let manifest = Manifest::open(folder, &self.signature(model)?, self.resume)?;
        sources.retain(|source| !manifest.is_finished(source, &form.file_path(folder, source)));
        Ok(Some(manifest))
    }

    /// What tells whether the outputs of another run are those that this one would make.
    fn signature(&self, model: String) -> anyhow::Result<Value> {
        let profile = self.profile.as_deref().map(std::fs::read).transpose()?;
        let profile = profile.map(|bytes| super::model::digest(&bytes));
        Ok(json!({
            "saring": env!("CARGO_PKG_VERSION"),
            "model": model,
            "profile": profile,
            "output": self.container.signature(),
            "threshold": self.threshold,
            "smoothing": !self.no_smoothing,
            "site": self.site,
            "reading": format!("{:?}", self.reading),
            "max_page_bytes": self.max_page_bytes.0,
        }))
    }

    fn settings(&self, writing: Writing) -> Settings {
        Settings {
            writing,
            explain: self.container.explain,
            window: WindowSize {
                bytes: usize::try_from(self.max_page_bytes.0).unwrap_or(usize::MAX),
                ..WindowSize::default()
            },
        }
    }
}
