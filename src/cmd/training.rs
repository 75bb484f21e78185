//! The arguments of a **training**, which `train` and `crossval` share, and its progress bar.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use bytesize::ByteSize;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use saring::Label;
use saring::profile::SiteProfiles;
use saring::train::{
    PageWeight, Progress, SequenceTraining, Solver, Strength, Trainer, TrainerParams,
};

/// How a model is trained.
#[derive(Debug, clap::Args)]
pub struct TrainingArgs {
    /// Site profiles of the pages' sites, made by `saring profile`
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Strength of the L2 penalty; `auto` chooses it by cross-validation
    #[arg(long, default_value = "auto", value_parser = strength)]
    l2: Strength,
    /// Added to the L2 penalty of a feature for each training line that has it
    #[arg(long, value_name = "FLOAT", default_value_t = 0.05)]
    frequency_penalty: f64,
    /// Learn from so many copies of each page that lack some of its lines, too; 3 helps on other
    /// sites, and takes three times as long
    #[arg(long, value_name = "N", default_value_t = 0)]
    thinned_copies: usize,
    /// Folds of the cross-validation, disjoint by site; 0 for none, with a given --l2
    #[arg(long, default_value_t = 5)]
    pub folds: usize,
    /// What fits the weights
    #[arg(long, default_value = "lbfgs")]
    solver: SolverName,
    /// How much each line of a page counts; inverse if not given, equal with --solver linfa
    #[arg(long)]
    page_weight: Option<PageWeightName>,
    /// Fit the weights to single lines or to label sequences; joint if not given, counted with
    /// --solver linfa or --class-weight
    #[arg(long)]
    sequence: Option<SequenceName>,
    /// Choose the thresholds for this precision of content instead of the best F1
    #[arg(long, value_name = "P", value_parser = super::probability)]
    target_precision: Option<f64>,
    /// On pages of how many training sites a term must stand
    #[arg(long, default_value_t = 2)]
    min_sites: usize,
    /// Most terms to keep, those on most sites first
    #[arg(long, value_name = "N")]
    max_features: Option<usize>,
    /// How much the lines of a label count, such as metadata=4
    #[arg(long, value_name = "LABEL=W", value_parser = class_weight)]
    class_weight: Vec<(Label, f64)>,
    /// Most memory that the dense matrix of --solver linfa may take
    #[arg(long, value_name = "SIZE", default_value = "1GiB")]
    memory_limit: ByteSize,
    /// Threads to use; all cores if not given
    #[arg(long, value_parser = super::thread_count)]
    pub threads: Option<usize>,
    /// Print no progress and no summary
    #[arg(long, short)]
    pub quiet: bool,
}

/// The solvers by name.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SolverName {
    /// saring's own, on the sparse matrix: L-BFGS for label sequences, dual coordinate ascent for
    /// single lines
    Lbfgs,
    /// linfa-logistic, on the dense matrix
    Linfa,
}

/// The weights of pages by name.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum PageWeightName {
    /// All lines count the same
    Equal,
    /// Lines count 1 / sqrt(lines of their page)
    Sqrt,
    /// Lines count 1 / lines of their page: all pages count the same
    Inverse,
}

/// The ways to fit the label sequence by name.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SequenceName {
    /// To single lines; label transitions are counted
    Counted,
    /// To the label sequences of whole pages
    Joint,
}

fn strength(text: &str) -> Result<Strength, String> {
    match (text, text.parse::<f64>()) {
        ("auto", _) => Ok(Strength::Auto),
        (_, Ok(l2)) if l2 > 0.0 && l2.is_finite() => Ok(Strength::Fixed(l2)),
        _ => Err("give `auto` or a number above 0".to_owned()),
    }
}

fn class_weight(text: &str) -> Result<(Label, f64), String> {
    let (label, weight) = text
        .split_once('=')
        .ok_or("give LABEL=WEIGHT, such as metadata=4")?;
    let label = label
        .parse()
        .map_err(|error: saring::Error| error.to_string())?;
    match weight.parse() {
        Ok(weight) if weight > 0.0 && f64::is_finite(weight) => Ok((label, weight)),
        _ => Err(format!("the weight {weight:?} is not a number above 0")),
    }
}

impl TrainingArgs {
    /// linfa-logistic takes no weights, so with it none are given unasked.
    fn page_weight(&self) -> PageWeight {
        match (self.page_weight, self.solver) {
            (Some(PageWeightName::Equal), _) | (None, SolverName::Linfa) => PageWeight::Equal,
            (Some(PageWeightName::Sqrt), _) => PageWeight::Sqrt,
            (Some(PageWeightName::Inverse), _) | (None, SolverName::Lbfgs) => PageWeight::Inverse,
        }
    }

    /// linfa-logistic fits single rows, and class weights are of single lines.
    fn sequence(&self) -> SequenceTraining {
        let is_single = matches!(self.solver, SolverName::Linfa) || !self.class_weight.is_empty();
        match self.sequence {
            Some(SequenceName::Counted) => SequenceTraining::Counted,
            Some(SequenceName::Joint) => SequenceTraining::Joint,
            None if is_single => SequenceTraining::Counted,
            None => SequenceTraining::Joint,
        }
    }

    /// The settings, checked.
    pub fn trainer(&self) -> saring::Result<Trainer> {
        let params = TrainerParams::default()
            .solver(match self.solver {
                SolverName::Lbfgs => Solver::Lbfgs,
                SolverName::Linfa => Solver::Linfa,
            })
            .strength(self.l2)
            .frequency_penalty(self.frequency_penalty)
            .thinned_copies(self.thinned_copies)
            .page_weight(self.page_weight())
            .sequence(self.sequence())
            .target_precision(self.target_precision)
            .folds(self.folds)
            .min_sites(self.min_sites)
            .max_features(self.max_features)
            .memory_limit(self.memory_limit.as_u64());
        let weigh = |params: TrainerParams, &(label, weight): &(Label, f64)| {
            params.class_weight(label, weight)
        };
        self.class_weight.iter().fold(params, weigh).check()
    }

    /// The profiles, if a file was given.
    pub fn profiles(&self) -> anyhow::Result<Option<SiteProfiles>> {
        super::profile::load(self.profile.as_deref())
    }

    /// A progress bar on a terminal, else a hidden one.
    pub fn bar(&self) -> ProgressBar {
        bar(self.quiet)
    }
}

fn bar(quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} fits  {msg}  {elapsed}");
    ProgressBar::new(0).with_style(style.expect("the template is well-formed"))
}

/// Shows how far a training is.
pub fn show(bar: &ProgressBar, progress: Progress) {
    match progress {
        Progress::Extracted { lines, fits } => {
            bar.set_length(fits as u64);
            bar.set_message(format!("{lines} lines"));
        }
        Progress::Iteration(state) => bar.set_message(format!(
            "iteration {}, objective {:.1}, gradient {:.2e}",
            state.iterations, state.objective, state.gradient_norm
        )),
        Progress::Fitted(_) => bar.inc(1),
    }
}
