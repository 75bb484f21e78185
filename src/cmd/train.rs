//! `saring train`: labelled pages in, a model file out, scores on held-out pages printed.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::bail;
use saring::predict::Predictor;
use saring::train::Trained;
use saring::{LabelledPage, report};

use super::input::{InputOptions, read_labelled};
use super::message::note;
use super::replacement::Replacement;
use super::training::TrainingArgs;
use super::usage::Clock;

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
    #[command(flatten)]
    training: TrainingArgs,
}

/// Trains, writes the model, then measures it on the held-out pages.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let clock = Clock::start();
    let trainer = args.training.trainer()?;
    let corpus = read_labelled(&args.corpus, &InputOptions::default())?;
    let heldout = match args.heldout.as_slice() {
        [] => Vec::new(),
        paths => read_labelled(paths, &InputOptions::default())?,
    };
    refuse_shared_sites(&corpus, &heldout)?;
    let profiles = args.training.profiles()?;
    let mut file = Replacement::create(&args.output)?;
    let bar = args.training.bar();
    let trained = super::on_threads(args.training.threads, || {
        let progress = &mut |progress| super::training::show(&bar, progress);
        Ok(trainer.fit_with_profiles(&corpus, profiles.as_ref(), progress)?)
    })?;
    bar.finish_and_clear();
    trained.model.write(&mut file)?;
    file.commit()?;
    if !args.training.quiet {
        summarise(args, &trained, &clock);
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

fn summarise(args: &Args, trained: &Trained, clock: &Clock) {
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
        note(format_args!("out-of-fold: {scores}"));
    }
    note(format_args!("{}", clock.usage(card.lines)));
    note(format_args!("wrote {}", args.output.display()));
}
