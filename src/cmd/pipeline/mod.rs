//! A **pipeline** predicts pages on several threads, in the order of the input:
//!
//! ```text
//! Feed -> Batch -> [any thread: parse, predict, format] -> Step -> Ordered -> Output
//! ```
//!
//! Every thread does the same: it takes the next batch of raw input, works on it by itself, and
//! hands on what is to be written, in turn. With one thread there is no other; what is written is
//! the same, and so is the order.

mod feed;
mod ordered;
mod shape;
mod split;
mod worker;

use std::sync::{Mutex, PoisonError};
use std::thread;

use indicatif::ProgressBar;
use saring::predict::Predictor;
use saring::window::WindowSize;

use self::feed::{Batch, Feed};
use self::ordered::Ordered;
use self::worker::Worker;
use super::container::Writing;
use super::input::Source;
use super::interrupt::{self, Interrupted};
use super::output::Output;
use super::summary::Summary;

/// What is made of pages.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What is written of them.
    pub writing: Writing,
    /// How many features explain a line, if any.
    pub explain: Option<usize>,
    /// How much of a page is predicted at a time.
    pub window: WindowSize,
}

/// Predicts every page of `sources` and completes `output`; `progress` counts the bytes of input.
///
/// # Errors
/// The first one by the order of the input: where a source cannot be read, a row is refused, or the
/// output cannot be written. Everything before it is written. [`Interrupted`] where the run was
/// stopped; the outputs that were complete by then are kept.
pub fn run(
    sources: &[Source],
    predictor: &Predictor,
    settings: &Settings,
    threads: usize,
    output: Output,
    progress: &ProgressBar,
) -> anyhow::Result<Summary> {
    let file_a_source = output.has_file_a_source();
    let feed = Feed::new(sources, settings.window, file_a_source, progress.clone());
    let pipeline = Pipeline {
        sources,
        predictor,
        settings,
        feed: Mutex::new(feed),
        ordered: Ordered::new(output),
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| pipeline.work());
        }
        pipeline.work();
    });
    match interrupt::is_noted() {
        true => Err(Interrupted.into()),
        false => Ok(pipeline.ordered.finish()?),
    }
}

/// What the threads share.
struct Pipeline<'a, 'm> {
    sources: &'a [Source],
    predictor: &'a Predictor<'m>,
    settings: &'a Settings,
    feed: Mutex<Feed<'a>>,
    ordered: Ordered<'a>,
}

impl<'m> Pipeline<'_, 'm> {
    /// Works on batch after batch until there is none, or the pipeline is stopped.
    fn work(&self) {
        let mut worker = None;
        // Asked before a batch is taken: one that is taken is worked on, or others wait for it.
        while !interrupt::is_noted()
            && let Some(batch) = self.next_batch()
        {
            // Not before: a short input leaves most threads without a batch.
            let worker = worker.get_or_insert_with(|| self.worker());
            let mut turn = self.ordered.turn(batch.number);
            let worked = worker.work(batch.pieces, &mut turn);
            if worked.and_then(|()| turn.complete()).is_err() {
                return;
            }
        }
    }

    fn worker(&self) -> Worker<'_, 'm> {
        Worker::new(self.sources, self.predictor, self.settings)
    }

    fn next_batch(&self) -> Option<Batch> {
        let mut feed = self.feed.lock().unwrap_or_else(PoisonError::into_inner);
        feed.next_batch()
    }
}
