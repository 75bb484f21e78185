//! **Ordered** steps: what several threads have to write, brought into the order of the batches.
//!
//! A thread that is ahead leaves its steps here and goes on, unless too much is waiting already.

use std::collections::BTreeMap;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use saring::Error;

use crate::cmd::output::{Output, Step};
use crate::cmd::summary::Summary;

/// How many bytes may wait for their turn.
const WAITING: usize = 4 << 20;

/// What a batch that waits counts for at least.
const BATCH: usize = 64 << 10;

/// The steps of a batch of ordinary pages, for which there is room at once.
const STEPS: usize = 256;

/// Says that nothing more will be written.
#[derive(Debug)]
pub struct Stopped;

/// Writes the steps of all batches, one batch after the other.
pub struct Ordered<'a> {
    state: Mutex<State<'a>>,
    moved: Condvar,
    /// The batch whose turn it is or has just been: asked at the end of every page, without a lock that
    /// another thread may hold to write.
    turn: AtomicUsize,
}

struct State<'a> {
    output: Output<'a>,
    /// The batch whose turn it is.
    next: usize,
    waiting: BTreeMap<usize, Vec<Step>>,
    weight: usize,
    stopped: bool,
    error: Option<Error>,
}

impl<'a> Ordered<'a> {
    /// Writes to `output`.
    pub fn new(output: Output<'a>) -> Self {
        let state = State {
            output,
            next: 0,
            waiting: BTreeMap::new(),
            weight: 0,
            stopped: false,
            error: None,
        };
        Self {
            state: Mutex::new(state),
            moved: Condvar::new(),
            turn: AtomicUsize::new(0),
        }
    }

    /// The turn of the batch `number`, to collect its steps.
    pub fn turn(&self, number: usize) -> Turn<'_, 'a> {
        Turn {
            ordered: self,
            number,
            steps: Vec::with_capacity(STEPS),
            completed: false,
        }
    }

    /// Completes the output and tells what was written, or why it could not be.
    pub fn finish(self) -> saring::Result<Summary> {
        let state = self.state.into_inner();
        let state = state.unwrap_or_else(PoisonError::into_inner);
        state.error.map_or_else(|| state.output.finish(), Err)
    }

    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        // A thread that panicked has stopped the others; nothing half done is looked at.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `ready` holds or everything is stopped.
    fn wait(&self, ready: impl Fn(&State) -> bool) -> Result<MutexGuard<'_, State<'a>>, Stopped> {
        let pending = |state: &mut State| !state.stopped && !ready(state);
        let waited = self.moved.wait_while(self.lock(), pending);
        let state = waited.unwrap_or_else(PoisonError::into_inner);
        match state.stopped {
            true => Err(Stopped),
            false => Ok(state),
        }
    }

    /// Writes a part of the batch `number` when it is its turn.
    fn part(&self, number: usize, steps: &mut Vec<Step>) -> Result<(), Stopped> {
        let mut state = self.wait(|state| state.next == number)?;
        self.write(&mut state, steps)
    }

    /// Writes a part of the batch `number` if it is its turn.
    fn part_now(&self, number: usize, steps: &mut Vec<Step>) -> Result<(), Stopped> {
        if self.turn.load(Ordering::Relaxed) != number {
            return Ok(());
        }
        let mut state = self.lock();
        match state.next == number && !state.stopped {
            true => self.write(&mut state, steps),
            false => Ok(()),
        }
    }

    fn write(&self, state: &mut State, steps: &mut Vec<Step>) -> Result<(), Stopped> {
        let written = state.write(steps.drain(..));
        if written.is_err() {
            self.moved.notify_all();
        }
        written
    }

    /// Takes the last steps of the batch `number`, and writes what can be written.
    fn complete(&self, number: usize, steps: Vec<Step>) -> Result<(), Stopped> {
        let weight = weight(&steps);
        let mut state =
            self.wait(|state| state.next == number || state.weight + weight <= WAITING)?;
        state.weight += weight;
        state.waiting.insert(number, steps);
        let written = state.write_waiting();
        self.turn.store(state.next, Ordering::Relaxed);
        self.moved.notify_all();
        written
    }

    fn stop(&self) {
        self.lock().stopped = true;
        self.moved.notify_all();
    }
}

impl State<'_> {
    fn write(&mut self, steps: impl IntoIterator<Item = Step>) -> Result<(), Stopped> {
        for step in steps {
            if let Err(error) = self.output.write(step) {
                self.error = Some(error);
                self.stopped = true;
                return Err(Stopped);
            }
        }
        Ok(())
    }

    fn write_waiting(&mut self) -> Result<(), Stopped> {
        while let Some(steps) = self.waiting.remove(&self.next) {
            self.weight -= weight(&steps);
            self.write(steps)?;
            self.next += 1;
        }
        Ok(())
    }
}

fn weight(steps: &[Step]) -> usize {
    steps.iter().map(Step::len).sum::<usize>().max(BATCH)
}

/// The steps of one batch, on their way. Dropped before it is completed, it stops everything, so
/// that no thread waits for a batch that never comes.
pub struct Turn<'o, 'a> {
    ordered: &'o Ordered<'a>,
    number: usize,
    steps: Vec<Step>,
    completed: bool,
}

impl Turn<'_, '_> {
    /// Adds a step.
    pub fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// Adds the end of a page, and writes the steps so far if it is the turn of the batch: what is written at
    /// once is still near the processor.
    pub fn end_page(&mut self) -> Result<(), Stopped> {
        self.push(Step::End);
        self.ordered.part_now(self.number, &mut self.steps)
    }

    /// Writes the steps so far, which may be too many to be kept until the batch is complete.
    pub fn flush(&mut self) -> Result<(), Stopped> {
        self.ordered.part(self.number, &mut self.steps)
    }

    /// Hands on the last steps of the batch.
    pub fn complete(mut self) -> Result<(), Stopped> {
        let steps = mem::take(&mut self.steps);
        self.ordered.complete(self.number, steps)?;
        self.completed = true;
        Ok(())
    }
}

impl Drop for Turn<'_, '_> {
    fn drop(&mut self) {
        if !self.completed {
            self.ordered.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmd::container::{Form, Writing};
    use crate::cmd::input::{InputOptions, Source, sources};
    use crate::cmd::limits::LimitArgs;
    use crate::cmd::manifest::Manifest;
    use crate::cmd::output::Opening;
    use saring::output::{Format, Pages};
    use serde_json::Value;
    use std::fs;
    use std::path::Path;
    use std::thread;
    use std::time::Duration;
    use tempfile::TempDir;

    /// An input file and a folder for the outputs.
    fn input() -> (TempDir, Vec<Source>) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.jsonl");
        fs::write(&file, "").expect("writable");
        let sources = sources(&[file], &InputOptions::default()).expect("a source");
        (folder, sources)
    }

    fn ordered<'a>(folder: &Path, sources: &'a [Source]) -> Ordered<'a> {
        let out = folder.join("out");
        let writing = Writing {
            form: Form::Plain(Format::Jsonl),
            keep: Vec::new(),
            limits: LimitArgs::default(),
        };
        let manifest = Manifest::open(&out, &Value::Null, false).expect("writable");
        Ordered::new(Output::folder(&out, writing, sources, manifest))
    }

    /// An empty page whose id tells its place.
    fn page(id: impl ToString) -> [Step; 2] {
        let frame = Format::Jsonl.frame(&id.to_string(), None, Pages::Several, false);
        let opening = Opening {
            frame,
            ..Opening::default()
        };
        [Step::Begin(Box::new(opening)), Step::End]
    }

    fn written(folder: &Path) -> Vec<String> {
        let file = fs::read_to_string(folder.join("out/a.jsonl")).expect("complete");
        let id = |row: &str| row.split('"').nth(3).map(str::to_owned);
        file.lines().filter_map(id).collect()
    }

    #[test]
    fn batches_are_written_in_their_order_whichever_is_done_first() {
        let (folder, sources) = input();
        let ordered = ordered(folder.path(), &sources);
        thread::scope(|scope| {
            for number in (1..20).rev() {
                let mut turn = ordered.turn(number);
                scope.spawn(move || {
                    page(number).into_iter().for_each(|step| turn.push(step));
                    if number % 3 == 0 {
                        turn.flush().expect("not stopped");
                        page("part").into_iter().for_each(|step| turn.push(step));
                    }
                    turn.complete().expect("not stopped");
                });
            }
            thread::sleep(Duration::from_millis(20));
            let mut turn = ordered.turn(0);
            turn.push(Step::Start(0));
            turn.complete().expect("not stopped");
        });
        ordered.finish().expect("writable");
        let expected = (1..20).flat_map(|number| {
            let part = (number % 3 == 0).then(|| "part".to_owned());
            [Some(number.to_string()), part].into_iter().flatten()
        });
        assert_eq!(written(folder.path()), expected.collect::<Vec<_>>());
    }

    #[test]
    fn a_page_is_written_at_its_end_if_it_is_the_turn_of_its_batch() {
        let (folder, sources) = input();
        let ordered = ordered(folder.path(), &sources);
        let mut turns = [0, 1].map(|number| ordered.turn(number));
        turns[0].push(Step::Start(0));
        for (number, turn) in turns.iter_mut().enumerate() {
            let [begin, _] = page(number);
            turn.push(begin);
            turn.end_page().expect("not stopped");
        }
        assert_eq!(turns.each_ref().map(|turn| turn.steps.len()), [0, 2]);
        for turn in turns {
            turn.complete().expect("not stopped");
        }
        ordered.finish().expect("writable");
        assert_eq!(written(folder.path()), ["0", "1"]);
    }

    #[test]
    fn no_more_than_a_bounded_number_of_bytes_waits() {
        let (folder, sources) = input();
        let ordered = ordered(folder.path(), &sources);
        thread::scope(|scope| {
            scope.spawn(|| {
                for number in 1..=2 * WAITING / BATCH {
                    ordered.turn(number).complete().expect("not stopped");
                }
            });
            thread::sleep(Duration::from_millis(100));
            let waiting = ordered.lock().waiting.len();
            assert!(waiting <= WAITING / BATCH, "{waiting} batches wait");
            ordered.turn(0).complete().expect("not stopped");
        });
        assert_eq!(ordered.lock().weight, 0);
    }

    #[test]
    fn a_batch_that_never_comes_stops_the_others() {
        let (folder, sources) = input();
        let ordered = ordered(folder.path(), &sources);
        thread::scope(|scope| {
            let later = ordered.turn(1);
            let waiting = scope.spawn(|| {
                let mut later = later;
                later.flush().is_err()
            });
            drop(ordered.turn(0));
            assert!(waiting.join().expect("no panic"));
        });
    }

    #[test]
    fn a_failure_is_told_after_what_came_before_it() {
        let (folder, sources) = input();
        let ordered = ordered(folder.path(), &sources);
        let mut later = ordered.turn(1);
        page("later").into_iter().for_each(|step| later.push(step));
        later.complete().expect("it waits");
        let mut turn = ordered.turn(0);
        turn.push(Step::Failure(Error::Corpus("no line".into())));
        assert!(turn.complete().is_err());
        let error = ordered.finish().expect_err("failed");
        assert_eq!(error.to_string(), "cannot train: no line");
        assert!(!folder.path().join("out/a.jsonl").exists());
    }
}
