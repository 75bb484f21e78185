//! The commands, a file each, and what they share: what they read and where they write.

mod container;
mod crossval;
mod evaluate;
mod held;
pub mod input;
mod inspect;
pub mod interrupt;
mod limits;
mod manifest;
pub mod message;
mod model;
pub mod output;
mod pipeline;
mod predict;
mod present;
mod profile;
pub mod replacement;
mod summary;
pub mod table;
mod train;
mod training;
mod usage;
mod weights;

use clap::{Parser, Subcommand};

/// Tells, for each line of a scraped Indonesian web page, whether it is article content or
/// boilerplate
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the command can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Learn a model from labelled pages
    Train(train::Args),
    /// Clean pages: print the lines that are content
    Predict(predict::Args),
    /// Learn which lines are the furniture of a site
    Profile(profile::Args),
    /// Measure a model on labelled pages
    Evaluate(evaluate::Args),
    /// Measure a training by cross-validation over sites
    Crossval(crossval::Args),
    /// Show where a model comes from, and its strongest features
    Inspect(inspect::Args),
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// Whatever it fails with, in one line.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Train(args) => train::run(&args),
            Self::Predict(args) => predict::run(&args),
            Self::Profile(args) => profile::run(&args),
            Self::Evaluate(args) => evaluate::run(&args),
            Self::Crossval(args) => crossval::run(&args),
            Self::Inspect(args) => inspect::run(&args),
        }
    }
}

/// Runs `work` on `threads` threads, all cores where it is not given.
fn on_threads<T: Send>(
    threads: Option<usize>,
    work: impl FnOnce() -> anyhow::Result<T> + Send,
) -> anyhow::Result<T> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or(0))
        .build()?;
    pool.install(work)
}

/// How many threads can run at once; 1 where that is unknown.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// A number of threads, at least 1.
fn thread_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if (1..=1024).contains(&count) => Ok(count),
        _ => Err("give a number from 1 to 1024".to_owned()),
    }
}

/// A label by its name.
fn label(text: &str) -> Result<saring::Label, String> {
    text.parse()
        .map_err(|error: saring::Error| error.to_string())
}

/// A probability or a share, 0 to 1.
fn probability(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("give a number from 0 to 1".to_owned()),
    }
}
