//! `saring train`: labelled pages in, a model file out, scores on held-out pages printed.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::bail;
use bytesize::ByteSize;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use saring::predict::Predictor;
use saring::train::{
    PageWeight, Progress, SequenceTraining, Solver, Strength, Trained, Trainer, TrainerParams,
};
use saring::{Label, LabelledPage, report};

use super::input::read_labelled;
use super::message::note;
use super::replacement::Replacement;

/// Arguments of `saring train`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Labelled pages: folders, .tsv or .jsonl files
    #[arg(required = true)]
    corpus: Vec<PathBuf>,
    /// The model file to write
    #[arg(long, short)]
    output: PathBuf,
    /// Labelled pages of other sites, to measure the model on when it is done
    #[arg(long, value_name = "DIR")]
    heldout: Vec<PathBuf>,
    /// Site profiles of the pages' sites, made by `saring profile`
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Strength of the L2 penalty; `auto` chooses it by cross-validation
    #[arg(long, default_value = "auto", value_parser = strength)]
    l2: Strength,
    /// Added to the L2 penalty of a feature for each training line that has it
    #[arg(long, value_name = "FLOAT", default_value_t = 0.05)]
    frequency_penalty: f64,
    /// Folds of the cross-validation, disjoint by site; 0 for none, with a given --l2
    #[arg(long, default_value_t = 5)]
    folds: usize,
    /// What fits the weights
    #[arg(long, default_value = "lbfgs")]
    solver: SolverName,
    /// How much each line of a page counts; sqrt if not given, equal with --solver linfa
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
    threads: Option<usize>,
    /// Print no progress and no summary
    #[arg(long, short)]
    quiet: bool,
}

/// The solvers by name.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SolverName {
    /// saring's own, on the sparse matrix
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

impl Args {
    /// linfa-logistic takes no weights, so with it none are given unasked.
    fn page_weight(&self) -> PageWeight {
        match (self.page_weight, self.solver) {
            (Some(PageWeightName::Equal), _) | (None, SolverName::Linfa) => PageWeight::Equal,
            (Some(PageWeightName::Sqrt), _) | (None, SolverName::Lbfgs) => PageWeight::Sqrt,
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

    fn trainer(&self) -> saring::Result<Trainer> {
        let params = TrainerParams::default()
            .solver(match self.solver {
                SolverName::Lbfgs => Solver::Lbfgs,
                SolverName::Linfa => Solver::Linfa,
            })
            .strength(self.l2)
            .frequency_penalty(self.frequency_penalty)
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
}

/// Trains, writes the model, then measures it on the held-out pages.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let trainer = args.trainer()?;
    let corpus = read_labelled(&args.corpus)?;
    let heldout = match args.heldout.as_slice() {
        [] => Vec::new(),
        paths => read_labelled(paths)?,
    };
    refuse_shared_sites(&corpus, &heldout)?;
    let profiles = super::profile::load(args.profile.as_deref())?;
    let mut file = Replacement::create(&args.output)?;
    let bar = bar(args.quiet);
    let trained = super::on_threads(args.threads, || {
        let progress = &mut |progress| show(&bar, progress);
        Ok(trainer.fit_with_profiles(&corpus, profiles.as_ref(), progress)?)
    })?;
    bar.finish_and_clear();
    trained.model.write(&mut file)?;
    file.commit()?;
    if !args.quiet {
        summarise(args, &trained);
    }
    if heldout.is_empty() {
        return Ok(());
    }
    let evaluation = Predictor::new(&trained.model)
        .with_profiles(profiles.as_ref())
        .evaluate(&heldout)?;
    let mut out = io::stdout().lock();
    report::text(&evaluation, &mut out)?;
    Ok(out.flush()?)
}

fn refuse_shared_sites(corpus: &[LabelledPage], heldout: &[LabelledPage]) -> anyhow::Result<()> {
    let sites = |pages: &[LabelledPage]| -> BTreeSet<String> {
        pages
            .iter()
            .filter_map(|page| page.page().site.clone())
            .collect()
    };
    if let Some(shared) = sites(corpus).intersection(&sites(heldout)).next() {
        bail!("site {shared} stands in the corpus and in --heldout: keep each site on one side");
    }
    Ok(())
}

fn bar(quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} fits  {msg}  {elapsed}");
    ProgressBar::new(0).with_style(style.expect("the template is well-formed"))
}

fn show(bar: &ProgressBar, progress: Progress) {
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

fn summarise(args: &Args, trained: &Trained) {
    let card = trained.model.card();
    note(format_args!(
        "{} sites, {} pages, {} lines; {} terms, {} features",
        card.sites,
        card.pages,
        card.lines,
        trained.model.vocabulary().len(),
        trained.model.columns(),
    ));
    // Without cross-validation there is no loss to tell of.
    let tried = trained.tried.iter().filter(|_| card.out_of_fold.is_some());
    for (l2, loss) in tried {
        note(format_args!(
            "l2 {l2}: out-of-fold loss of content {loss:.5} nats a line"
        ));
    }
    let end = trained.convergence;
    let converged = if end.converged {
        "converged"
    } else {
        "not converged"
    };
    note(format_args!(
        "l2 {}: {converged} after {} iterations, objective {:.4}, gradient norm {:.2e}",
        card.settings.l2, end.iterations, end.objective, end.gradient_norm
    ));
    if let Some(scores) = &card.out_of_fold {
        let number =
            |score: Option<f64>| score.map_or("-".to_owned(), |score| format!("{score:.3}"));
        note(format_args!(
            "out-of-fold: F1 {}, char F1 {}, average precision {}",
            number(scores.f1),
            number(scores.char_f1),
            number(scores.average_precision)
        ));
    }
    note(format_args!("wrote {}", args.output.display()));
}
