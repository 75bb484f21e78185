//! Where `predict` writes: the standard output, or a folder with one file for each
//! [`Source`](super::input::Source).
//!
//! What is written of a page is left to [`saring::output`]. It comes in **steps**, so that a page
//! need not be there as a whole.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::bail;
use saring::Error;
use saring::output::{Format, Frame, Passage, TableRow, WetRecord};
use saring::window::WindowSize;

use super::container::{Form, Writing};
use super::held::Held;
use super::input::{Source, skipped};
use super::manifest::Manifest;
use super::message::note;
use super::present::{Present, Sink, failure};
use super::replacement::Replacement;
use super::summary::Summary;
use super::table::TableFile;

/// The form of the output, as it can be chosen on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum OutputFormat {
    /// The kept lines as they came
    #[default]
    Text,
    /// A row a line: label, probability of content, text
    Tsv,
    /// JSON Lines: an object a page
    Jsonl,
}

impl From<OutputFormat> for Format {
    fn from(format: OutputFormat) -> Self {
        match format {
            OutputFormat::Text => Self::Text,
            OutputFormat::Tsv => Self::Tsv,
            OutputFormat::Jsonl => Self::Jsonl,
        }
    }
}

/// One thing to be written after the other.
#[derive(Debug)]
pub enum Step {
    /// The pages of this source come next.
    Start(usize),
    /// This table's rows come next.
    Table(TableFile),
    /// A page begins.
    Begin(Box<Opening>),
    /// The next lines of the page.
    Lines(Box<Lines>),
    /// The page ends.
    End,
    /// A record is passed over, or a line kept as it is, because of this.
    Skipped(Error),
    /// Nothing follows, because of this.
    Failure(Error),
}

/// How a page begins, and what will be written around its lines.
#[derive(Debug, Default)]
pub struct Opening {
    /// Its id.
    pub id: String,
    /// Whether it is too long to be predicted at once.
    pub in_windows: bool,
    /// What stands around its lines.
    pub frame: Frame,
    /// The same where too little is left of it.
    pub marked: Option<Frame>,
    /// The page as it came, where it does not come in [`Lines::whole`].
    pub instead: Option<Frame>,
    /// Whether it is written only once it is known as a whole.
    pub held: bool,
    /// Where both are written, what stands between its whole text and the other lines.
    pub between: Option<&'static str>,
    /// The record that it becomes, if it is to be one.
    pub wet: Option<WetRecord>,
    /// The row that it becomes, if it is to be one, without its text.
    pub row: Option<TableRow>,
}

/// Some lines of a page.
#[derive(Debug, Default)]
pub struct Lines {
    /// What is written of them.
    pub cleaned: Passage,
    /// The same as it came, where that may be written.
    pub whole: Option<Passage>,
}

impl Step {
    /// How many bytes it holds of an output.
    pub fn len(&self) -> usize {
        match self {
            Self::Lines(lines) => {
                lines.cleaned.len() + lines.whole.as_ref().map_or(0, Passage::len)
            }
            Self::Begin(opening) => opening.len(),
            Self::Start(_) | Self::Table(_) | Self::End | Self::Skipped(_) | Self::Failure(_) => 0,
        }
    }
}

impl Opening {
    fn len(&self) -> usize {
        let frames = [
            Some(&self.frame),
            self.marked.as_ref(),
            self.instead.as_ref(),
        ];
        let len = |frame: &Frame| frame.before.len() + frame.after.len();
        let row = self.row.as_ref().map_or(0, TableRow::size);
        self.id.len() + row + frames.into_iter().flatten().map(len).sum::<usize>()
    }
}

/// Takes what is to be written of the pages, source after source.
pub struct Output<'a> {
    writing: Writing,
    sources: &'a [Source],
    folder: Option<Folder>,
    /// What is written to; in a folder none before a source starts.
    present: Option<Present>,
    held: Option<Held>,
    summary: Summary,
}

/// Where the files of the sources go.
struct Folder {
    path: PathBuf,
    manifest: Manifest,
}

impl<'a> Output<'a> {
    /// One output for all sources, on the standard output.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be written.
    pub fn stdout(writing: Writing, sources: &'a [Source]) -> saring::Result<Self> {
        let sink = Sink::Stdout(io::stdout());
        let stdout = Present::new("stdout".into(), 0, sink, &writing)?;
        Ok(Self {
            present: Some(stdout),
            ..Self::new(writing, sources, None)
        })
    }

    /// A file in `folder` for each of `sources`. Those that are complete are noted in `manifest`.
    ///
    /// No output is written yet.
    pub fn folder(
        folder: &Path,
        writing: Writing,
        sources: &'a [Source],
        manifest: Manifest,
    ) -> Self {
        let path = folder.to_owned();
        Self::new(writing, sources, Some(Folder { path, manifest }))
    }

    fn new(writing: Writing, sources: &'a [Source], folder: Option<Folder>) -> Self {
        Self {
            writing,
            sources,
            folder,
            present: None,
            held: None,
            summary: Summary::default(),
        }
    }

    /// Whether each source has a file of its own.
    pub fn has_file_a_source(&self) -> bool {
        self.folder.is_some()
    }

    /// Takes the next step. In a folder, the file of a source is complete when the next source
    /// starts.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be written; [`Step::Failure`]'s own error.
    ///
    /// # Panics
    /// When a page begins before a source starts.
    pub fn write(&mut self, step: Step) -> saring::Result<()> {
        match step {
            Step::Start(source) => self.start(source),
            Step::Table(file) => self.table(file),
            Step::Failure(error) => Err(error),
            Step::Skipped(error) => {
                skipped(&error);
                Ok(())
            }
            Step::Begin(opening) => self.begin(*opening),
            Step::Lines(lines) => {
                self.summary.add_lines(lines.cleaned.tally());
                match &mut self.held {
                    Some(held) => held.add(&lines).map_err(failure("a temporary file")),
                    None => self.present().passage(&lines.cleaned),
                }
            }
            Step::End => self.end(),
        }
    }

    fn present(&mut self) -> &mut Present {
        let present = self.present.as_mut();
        present.expect("a source starts before its pages")
    }

    fn begin(&mut self, opening: Opening) -> saring::Result<()> {
        if opening.in_windows {
            let rows = WindowSize::default().rows;
            note(format_args!(
                "{} is longer than --max-page-bytes or {rows} rows: predicted in windows",
                opening.id
            ));
        }
        if opening.held {
            self.held = Some(Held::new(opening));
            return Ok(());
        }
        self.present().begin(opening)
    }

    fn end(&mut self) -> saring::Result<()> {
        let Some(held) = self.held.take() else {
            self.summary.add_page(None);
            return self.present().end();
        };
        let verdict = self
            .writing
            .limits
            .verdict(held.tally(), &self.writing.keep);
        self.summary.add_page(verdict);
        self.present().held(held, verdict)
    }

    fn start(&mut self, source: usize) -> saring::Result<()> {
        if self.folder.is_some() {
            self.complete_file()?;
        }
        if let Some(folder) = &self.folder {
            let path = self
                .writing
                .form
                .file_path(&folder.path, &self.sources[source]);
            let file = Sink::File(Replacement::create(&path)?);
            let place = path.display().to_string();
            self.present = Some(Present::new(place, source, file, &self.writing)?);
        }
        Ok(())
    }

    /// Begins the table that the rows of another one become, if they are to become one.
    fn table(&mut self, file: TableFile) -> saring::Result<()> {
        let Form::Same { .. } = self.writing.form else {
            return Ok(());
        };
        let present = self.present.take();
        let present = present.expect("a source starts before its pages");
        let source = &self.sources[present.source];
        if self.folder.is_none() && self.sources.len() > 1 {
            return Err(Error::Table {
                place: source.to_string(),
                reason: "it stays a table by itself: use --output, or --container parquet".into(),
            });
        }
        self.present = Some(present.into_table(source, file, &self.writing)?);
        Ok(())
    }

    /// Puts the file of the present source into its place, if there is one, and notes that.
    fn complete_file(&mut self) -> saring::Result<()> {
        let Some(present) = self.present.take() else {
            return Ok(());
        };
        let source = &self.sources[present.source];
        if let (Sink::File(file), Some(folder)) = (present.finish()?, &mut self.folder) {
            file.commit()?;
            folder.manifest.finish(source)?;
        }
        Ok(())
    }

    /// Completes the output; tells what was written.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be written.
    pub fn finish(mut self) -> saring::Result<Summary> {
        self.complete_file()?;
        Ok(self.summary)
    }
}

/// Whether `error` says that nobody reads the output any more, which is no failure.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// Looks where the outputs of `sources` would be.
///
/// # Errors
/// Where two sources would have the same file, or a file would replace a source.
pub fn check_names(folder: &Path, form: Form, sources: &[Source]) -> anyhow::Result<()> {
    let canonical = |source: &Source| fs::canonicalize(source.path()?).ok();
    let inputs: HashSet<PathBuf> = sources.iter().filter_map(canonical).collect();
    let mut files = BTreeMap::new();
    for source in sources {
        let path = form.file_path(folder, source);
        if fs::canonicalize(&path).is_ok_and(|path| inputs.contains(&path)) {
            bail!(
                "{} is an input: give --output another folder",
                path.display()
            );
        }
        let shown = path.display().to_string();
        if let Some(other) = files.insert(path, source) {
            bail!("{other} and {source} would both be written to {shown}: predict them apart");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmd::input::{InputOptions, sources};
    use crate::cmd::limits::LimitArgs;
    use saring::output::Pages;
    use saring::predict::LinePrediction;
    use saring::{Label, Page};
    use serde_json::Value;
    use tempfile::TempDir;

    const KEEP: [Label; 1] = [Label::Content];

    /// A folder with empty files of these names.
    fn folder(names: &[&str]) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
            fs::write(path, "").expect("writable");
        }
        folder
    }

    fn sources_of(paths: &[PathBuf]) -> Vec<Source> {
        sources(paths, &InputOptions::default()).expect("pages")
    }

    fn write(output: &mut Output, id: &str, line: &str) {
        let page = Page::from_text(id, None, line);
        let predictions = [LinePrediction {
            label: Label::Content,
            probabilities: [0.75, 0.05, 0.05, 0.05, 0.05, 0.05],
        }];
        let passage = Passage::predicted(Format::Text, &KEEP, &page, &predictions);
        let opening = Opening {
            frame: Format::Text.frame(id, None, Pages::Several, false),
            ..Opening::default()
        };
        let lines = Lines {
            cleaned: passage,
            whole: None,
        };
        for step in [
            Step::Begin(Box::new(opening)),
            Step::Lines(Box::new(lines)),
            Step::End,
        ] {
            output.write(step).expect("writable");
        }
    }

    fn output<'a>(folder: &Path, format: OutputFormat, sources: &'a [Source]) -> Output<'a> {
        let manifest = Manifest::open(folder, &Value::Null, false).expect("writable");
        let writing = Writing {
            form: Form::Plain(format.into()),
            keep: KEEP.to_vec(),
            limits: LimitArgs::default(),
        };
        Output::folder(folder, writing, sources, manifest)
    }

    #[test]
    fn each_source_has_a_file_of_its_name() {
        let inputs = folder(&["b/2.jsonl", "c.tsv"]);
        let outputs = folder(&[]);
        let sources = sources_of(&[inputs.path().to_owned()]);
        let out = outputs.path().join("new");
        let mut output = output(&out, OutputFormat::Text, &sources);
        output.write(Step::Start(0)).expect("writable");
        write(&mut output, "x", "a");
        write(&mut output, "y", "b");
        output.write(Step::Start(1)).expect("writable");
        write(&mut output, "c", "c");
        let read = |name: &str| fs::read_to_string(out.join(name));
        assert_eq!(
            read("b/2.txt").expect("complete"),
            "==> x <==\na\n\n==> y <==\nb\n"
        );
        assert!(read("c.txt").is_err());
        output.finish().expect("writable");
        assert_eq!(read("c.txt").expect("complete"), "==> c <==\nc\n");
    }

    #[test]
    fn a_source_without_pages_has_an_empty_file() {
        let inputs = folder(&["a.jsonl"]);
        let outputs = folder(&[]);
        let sources = sources_of(&[inputs.path().to_owned()]);
        let mut output = output(outputs.path(), OutputFormat::Jsonl, &sources);
        output.write(Step::Start(0)).expect("writable");
        output.finish().expect("writable");
        let file = fs::read(outputs.path().join("a.jsonl"));
        assert_eq!(file.expect("complete"), b"");
    }

    #[test]
    fn a_run_that_fails_leaves_the_earlier_file() {
        let inputs = folder(&["a.txt"]);
        let outputs = folder(&[]);
        let earlier = outputs.path().join("a.tsv");
        fs::write(&earlier, "earlier").expect("writable");
        let sources = sources_of(&[inputs.path().to_owned()]);
        let mut output = output(outputs.path(), OutputFormat::Tsv, &sources);
        output.write(Step::Start(0)).expect("writable");
        write(&mut output, "a", "half");
        drop(output);
        assert_eq!(fs::read(&earlier).expect("readable"), b"earlier");
        let names = fs::read_dir(outputs.path()).expect("readable");
        assert_eq!(names.count(), 2, "the earlier file and the manifest");
    }

    #[test]
    fn two_sources_with_one_file_are_refused() {
        let inputs = folder(&["a/1.txt", "b/1.jsonl"]);
        let outputs = folder(&[]);
        let sources = sources_of(&["a", "b"].map(|name| inputs.path().join(name)));
        let refused = check_names(outputs.path(), Form::Plain(Format::Text), &sources);
        let expected = format!(
            "{} and {} would both be written to {}: predict them apart",
            inputs.path().join("a/1.txt").display(),
            inputs.path().join("b/1.jsonl").display(),
            outputs.path().join("1.txt").display()
        );
        assert_eq!(refused.expect_err("refused").to_string(), expected);
    }

    #[test]
    fn a_file_that_would_replace_an_input_is_refused() {
        let inputs = folder(&["a.jsonl", "a/1.txt"]);
        let sources = sources_of(&[inputs.path().to_owned()]);
        let into = |format| check_names(inputs.path(), Form::Plain(format), &sources);
        assert!(into(Format::Tsv).is_ok());
        let expected = inputs.path().join("a.jsonl").display().to_string();
        let message = into(Format::Jsonl).expect_err("refused");
        assert_eq!(
            message.to_string(),
            format!("{expected} is an input: give --output another folder")
        );
    }

    #[test]
    fn a_folder_that_is_a_file_is_named() {
        let inputs = folder(&["b/1.txt"]);
        let outputs = folder(&["b"]);
        let sources = sources_of(&[inputs.path().to_owned()]);
        let mut output = output(outputs.path(), OutputFormat::Text, &sources);
        let error = output.write(Step::Start(0)).expect_err("no folder");
        let file = outputs.path().join("b/1.txt");
        assert_eq!(error.to_string(), file.display().to_string());
    }

    #[test]
    fn a_closed_pipe_is_told_from_other_failures() {
        let error = |kind: io::ErrorKind| anyhow::Error::from(failure("stdout")(kind.into()));
        assert!(is_closed_pipe(&error(io::ErrorKind::BrokenPipe)));
        assert!(!is_closed_pipe(&error(io::ErrorKind::StorageFull)));
    }
}
