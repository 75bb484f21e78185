//! A **manifest** says which outputs of a folder are complete, and what they were made from: the
//! first row tells the model and the settings, each row after it an input that is done. It is kept
//! beside the outputs, so that a run that was cut short can be taken up again.
//!
//! While it is open it is locked: two runs never write into one folder. The lock dies with its
//! process.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, bail};
use saring::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::input::Source;

/// The name of the file; hidden, so that the folder can itself be an input.
const NAME: &str = ".saring-manifest.jsonl";

/// An open and locked manifest.
#[derive(Debug)]
pub struct Manifest {
    path: PathBuf,
    file: File,
    finished: Vec<Finished>,
}

/// An input that is done, as it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Finished {
    input: String,
    bytes: u64,
    /// Nanoseconds since 1970; 0 where the system does not tell.
    modified: u128,
}

impl Finished {
    /// The present state of a source; `None` for the standard input.
    fn of(source: &Source) -> Option<Self> {
        let metadata = fs::metadata(source.path()?).ok()?;
        let modified = metadata.modified().ok();
        let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Some(Self {
            input: source.name().to_string_lossy().into_owned(),
            bytes: metadata.len(),
            modified: since.map_or(0, |since| since.as_nanos()),
        })
    }
}

impl Manifest {
    /// Opens the manifest of `folder`, which is created if it is not there, and locks it. `run` says
    /// what the outputs are made with. To `resume` is to keep what is done; else all is done anew.
    ///
    /// # Errors
    /// Where the folder cannot be written, where another process writes into it, and where what is
    /// done there was made with something else.
    pub fn open(folder: &Path, run: &Value, resume: bool) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let file = open(folder, &path).with_context(|| path.display().to_string())?;
        if fs4::FileExt::try_lock(&file).is_err() {
            bail!(
                "another saring writes into {}: wait for it, or name another --output",
                folder.display()
            );
        }
        let mut manifest = Self {
            path,
            file,
            finished: Vec::new(),
        };
        if !(resume && manifest.take_up(run, folder)?) {
            manifest.start(run)?;
        }
        Ok(manifest)
    }

    /// Reads what is done; says whether there was a manifest.
    fn take_up(&mut self, run: &Value, folder: &Path) -> anyhow::Result<bool> {
        let mut rows = Vec::new();
        let mut reader = BufReader::new(&self.file);
        loop {
            let mut row = String::new();
            // A row without its end was being written when the run was cut short.
            match reader.by_ref().read_line(&mut row) {
                Ok(_) if row.ends_with('\n') => rows.push(row),
                _ => break,
            }
        }
        let Some((first, rest)) = rows.split_first() else {
            return Ok(false);
        };
        if serde_json::from_str::<Value>(first).ok().as_ref() != Some(run) {
            bail!(
                "{} was begun with another model or other settings: leave --resume out to do all \
                 anew, or name another --output",
                folder.display()
            );
        }
        let finished = rest.iter().map(|row| serde_json::from_str(row));
        let finished: Result<Vec<Finished>, _> = finished.collect();
        self.finished = finished.with_context(|| self.path.display().to_string())?;
        let length = rows.iter().map(String::len).sum::<usize>() as u64;
        self.file.set_len(length).map_err(self.failure())?;
        self.file
            .seek(SeekFrom::Start(length))
            .map_err(self.failure())?;
        Ok(true)
    }

    fn start(&mut self, run: &Value) -> saring::Result<()> {
        self.file.set_len(0).map_err(self.failure())?;
        self.file.rewind().map_err(self.failure())?;
        self.append(&run.to_string())
    }

    /// Whether the output of this source at `output` is complete.
    pub fn is_finished(&self, source: &Source, output: &Path) -> bool {
        let present = Finished::of(source);
        present.is_some_and(|present| self.finished.contains(&present)) && output.exists()
    }

    /// Notes that the output of this source is complete and on the disk.
    ///
    /// # Errors
    /// [`Error::Io`] where that cannot be written.
    pub fn finish(&mut self, source: &Source) -> saring::Result<()> {
        let Some(finished) = Finished::of(source) else {
            return Ok(());
        };
        let row = serde_json::to_string(&finished).expect("strings and numbers are JSON");
        self.append(&row)
    }

    fn append(&mut self, row: &str) -> saring::Result<()> {
        let written = self.file.write_all(format!("{row}\n").as_bytes());
        let synced = written.and_then(|()| self.file.sync_data());
        synced.map_err(self.failure())
    }

    fn failure(&self) -> impl FnOnce(std::io::Error) -> Error {
        let place = self.path.display().to_string();
        move |source| Error::Io { place, source }
    }
}

fn open(folder: &Path, path: &Path) -> std::io::Result<File> {
    fs::create_dir_all(folder)?;
    let mut options = OpenOptions::new();
    // What is in it is looked at before anything is cut off.
    options.read(true).write(true).create(true).truncate(false);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmd::input::{InputOptions, sources};
    use serde_json::json;
    use tempfile::TempDir;

    /// A folder with two inputs, and a place for outputs in it.
    fn folder() -> (TempDir, Vec<Source>, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["a.txt", "b.txt"] {
            fs::write(folder.path().join(name), name).expect("writable");
        }
        let sources = sources(&[folder.path().to_owned()], &InputOptions::default());
        let out = folder.path().join("out");
        (folder, sources.expect("two files"), out)
    }

    fn message(result: anyhow::Result<Manifest>) -> String {
        result.expect_err("refused").to_string()
    }

    #[test]
    fn what_is_finished_is_known_when_a_run_is_taken_up_again() {
        let (_folder, sources, out) = folder();
        let run = json!({"model": "1"});
        let output = |source: &Source| out.join(source.name());
        let mut manifest = Manifest::open(&out, &run, true).expect("a new one");
        fs::write(output(&sources[0]), "").expect("writable");
        manifest.finish(&sources[0]).expect("writable");
        manifest.finish(&sources[1]).expect("writable");
        drop(manifest);
        let manifest = Manifest::open(&out, &run, true).expect("the same run");
        let finished = |source| manifest.is_finished(source, &output(source));
        assert!(finished(&sources[0]));
        assert!(!finished(&sources[1]), "its output is gone");
        fs::write(sources[0].path().expect("a file"), "changed").expect("writable");
        assert!(!finished(&sources[0]), "it is another input now");
        drop(manifest);
        let anew = Manifest::open(&out, &run, false).expect("all anew");
        assert!(anew.finished.is_empty());
    }

    #[test]
    fn a_row_that_was_cut_short_is_forgotten() {
        let (_folder, sources, out) = folder();
        let run = json!({"model": "1"});
        let mut manifest = Manifest::open(&out, &run, true).expect("a new one");
        manifest.finish(&sources[0]).expect("writable");
        manifest
            .file
            .write_all(b"{\"input\":\"b")
            .expect("writable");
        drop(manifest);
        let mut manifest = Manifest::open(&out, &run, true).expect("the same run");
        assert_eq!(manifest.finished.len(), 1);
        manifest.finish(&sources[1]).expect("writable");
        drop(manifest);
        let manifest = Manifest::open(&out, &run, true).expect("the same run");
        assert_eq!(manifest.finished.len(), 2);
    }

    #[test]
    fn another_model_and_a_second_run_are_refused() {
        let (_folder, _, out) = folder();
        let manifest = Manifest::open(&out, &json!({"model": "1"}), true).expect("a new one");
        let second = message(Manifest::open(&out, &json!({"model": "1"}), true));
        assert!(
            second.starts_with("another saring writes into "),
            "{second}"
        );
        drop(manifest);
        let other = message(Manifest::open(&out, &json!({"model": "2"}), true));
        assert!(other.contains("another model or other settings"), "{other}");
    }
}
