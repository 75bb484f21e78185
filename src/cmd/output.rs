//! Where `predict` writes: the standard output, or a folder with one file for each
//! [`Source`](super::input::Source).
//!
//! What is written of a page is left to [`saring::output`]. It comes in **steps**, so that a page
//! need not be there as a whole.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};

use anyhow::bail;
use saring::output::{Format, PageWriter, Pages, Passage};
use saring::window::WindowSize;
use saring::{Error, Label};

use super::input::{Source, skipped};
use super::message::note;
use super::replacement::Replacement;

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

impl OutputFormat {
    fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Tsv => "tsv",
            Self::Jsonl => "jsonl",
        }
    }
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
    /// A page begins.
    Begin {
        /// Its id.
        id: String,
        /// Its site, where that is known.
        site: Option<String>,
        /// Of how many pages of the output it is one.
        pages: Pages,
        /// Whether it is too long to be predicted at once.
        in_windows: bool,
    },
    /// The next lines of the page.
    Lines(Passage),
    /// The page ends.
    End,
    /// A record is passed over, or a line kept as it is, because of this.
    Skipped(Error),
    /// Nothing follows, because of this.
    Failure(Error),
}

impl Step {
    /// How many bytes it holds of an output.
    pub fn len(&self) -> usize {
        match self {
            Self::Lines(passage) => passage.len(),
            Self::Begin { id, .. } => id.len(),
            Self::Start(_) | Self::End | Self::Skipped(_) | Self::Failure(_) => 0,
        }
    }
}

/// Takes what is to be written of the pages, source after source.
pub struct Output<'a> {
    format: OutputFormat,
    keep: Vec<Label>,
    sources: &'a [Source],
    target: Target,
}

enum Target {
    Stdout(PageWriter<BufWriter<Stdout>>),
    Folder {
        path: PathBuf,
        file: Option<PageFile>,
    },
}

/// The file of one source, on its way.
struct PageFile {
    path: PathBuf,
    writer: PageWriter<BufWriter<Replacement>>,
}

impl<'a> Output<'a> {
    /// One output for all sources, on the standard output.
    pub fn stdout(format: OutputFormat, keep: &[Label], sources: &'a [Source]) -> Self {
        let out = BufWriter::with_capacity(1 << 16, io::stdout());
        Self {
            format,
            keep: keep.to_vec(),
            sources,
            target: Target::Stdout(PageWriter::new(out, format.into(), keep)),
        }
    }

    /// A file in `folder` for each of `sources`: its name, with the extension of `format`.
    ///
    /// Nothing is written yet.
    ///
    /// # Errors
    /// Where two sources would have the same file, or a file would replace a source.
    pub fn folder(
        folder: &Path,
        format: OutputFormat,
        keep: &[Label],
        sources: &'a [Source],
    ) -> anyhow::Result<Self> {
        check_names(folder, format, sources)?;
        Ok(Self {
            format,
            keep: keep.to_vec(),
            sources,
            target: Target::Folder {
                path: folder.to_owned(),
                file: None,
            },
        })
    }

    /// Whether each source has a file of its own.
    pub fn has_file_a_source(&self) -> bool {
        matches!(self.target, Target::Folder { .. })
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
            Step::Start(source) => return self.start(&self.sources[source]),
            Step::Failure(error) => return Err(error),
            Step::Skipped(error) => {
                skipped(&error);
                return Ok(());
            }
            _ => {}
        }
        match &mut self.target {
            Target::Stdout(writer) => write_step(writer, &step).map_err(failure("stdout")),
            Target::Folder { file, .. } => {
                let file = file.as_mut().expect("a source starts before its pages");
                let written = write_step(&mut file.writer, &step);
                written.map_err(|source| failure(&file.path.display().to_string())(source))
            }
        }
    }

    fn start(&mut self, source: &Source) -> saring::Result<()> {
        if let Target::Folder { path: folder, file } = &mut self.target {
            file.take().map_or(Ok(()), PageFile::commit)?;
            let path = file_path(folder, source, self.format);
            *file = Some(PageFile::create(path, self.format.into(), &self.keep)?);
        }
        Ok(())
    }

    /// Completes the output.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be written.
    pub fn finish(self) -> saring::Result<()> {
        match self.target {
            Target::Stdout(writer) => writer.finish().map(drop).map_err(failure("stdout")),
            Target::Folder { file, .. } => file.map_or(Ok(()), PageFile::commit),
        }
    }
}

impl PageFile {
    fn create(path: PathBuf, format: Format, keep: &[Label]) -> saring::Result<Self> {
        let file = BufWriter::new(Replacement::create(&path)?);
        let writer = PageWriter::new(file, format, keep);
        Ok(Self { path, writer })
    }

    fn commit(self) -> saring::Result<()> {
        let written = self.writer.finish().and_then(|file| Ok(file.into_inner()?));
        written
            .map_err(failure(&self.path.display().to_string()))?
            .commit()
    }
}

fn write_step<W: Write>(writer: &mut PageWriter<W>, step: &Step) -> io::Result<()> {
    match step {
        Step::Start(_) | Step::Skipped(_) | Step::Failure(_) => Ok(()),
        Step::Lines(passage) => writer.passage(passage),
        Step::End => writer.end(),
        Step::Begin {
            id,
            site,
            pages,
            in_windows,
        } => {
            if *in_windows {
                let rows = WindowSize::default().rows;
                note(format_args!(
                    "{id} is longer than --max-page-bytes or {rows} rows: predicted in windows"
                ));
            }
            writer.begin(id, site.as_deref(), *pages)
        }
    }
}

/// Whether `error` says that nobody reads the output any more, which is no failure.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

fn check_names(folder: &Path, format: OutputFormat, sources: &[Source]) -> anyhow::Result<()> {
    let canonical = |source: &Source| fs::canonicalize(source.path()?).ok();
    let inputs: HashSet<PathBuf> = sources.iter().filter_map(canonical).collect();
    let mut files = BTreeMap::new();
    for source in sources {
        let path = file_path(folder, source, format);
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

fn file_path(folder: &Path, source: &Source, format: OutputFormat) -> PathBuf {
    let mut name = source.stem().into_os_string();
    name.push(".");
    name.push(format.extension());
    folder.join(name)
}

fn failure(place: &str) -> impl FnOnce(io::Error) -> Error {
    let place = place.to_owned();
    move |source| Error::Io { place, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmd::input::{InputOptions, sources};
    use saring::Page;
    use saring::predict::LinePrediction;
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
        let begin = Step::Begin {
            id: id.into(),
            site: None,
            pages: Pages::Several,
            in_windows: false,
        };
        for step in [begin, Step::Lines(passage), Step::End] {
            output.write(step).expect("writable");
        }
    }

    fn refusal(output: anyhow::Result<Output>) -> String {
        output.err().expect("refused").to_string()
    }

    #[test]
    fn each_source_has_a_file_of_its_name() {
        let inputs = folder(&["b/2.jsonl", "c.tsv"]);
        let outputs = folder(&[]);
        let sources = sources_of(&[inputs.path().to_owned()]);
        let out = outputs.path().join("new");
        let mut output =
            Output::folder(&out, OutputFormat::Text, &KEEP, &sources).expect("names differ");
        assert!(!out.exists());
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
        let mut output = Output::folder(outputs.path(), OutputFormat::Jsonl, &KEEP, &sources)
            .expect("names differ");
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
        let mut output = Output::folder(outputs.path(), OutputFormat::Tsv, &KEEP, &sources)
            .expect("names differ");
        output.write(Step::Start(0)).expect("writable");
        write(&mut output, "a", "half");
        drop(output);
        assert_eq!(fs::read(&earlier).expect("readable"), b"earlier");
        assert_eq!(fs::read_dir(outputs.path()).expect("readable").count(), 1);
    }

    #[test]
    fn two_sources_with_one_file_are_refused() {
        let inputs = folder(&["a/1.txt", "b/1.jsonl"]);
        let outputs = folder(&[]);
        let sources = sources_of(&["a", "b"].map(|name| inputs.path().join(name)));
        let output = Output::folder(outputs.path(), OutputFormat::Text, &KEEP, &sources);
        let expected = format!(
            "{} and {} would both be written to {}: predict them apart",
            inputs.path().join("a/1.txt").display(),
            inputs.path().join("b/1.jsonl").display(),
            outputs.path().join("1.txt").display()
        );
        assert_eq!(refusal(output), expected);
    }

    #[test]
    fn a_file_that_would_replace_an_input_is_refused() {
        let inputs = folder(&["a.jsonl", "a/1.txt"]);
        let sources = sources_of(&[inputs.path().to_owned()]);
        let into = |format| Output::folder(inputs.path(), format, &KEEP, &sources);
        assert!(into(OutputFormat::Tsv).is_ok());
        let expected = inputs.path().join("a.jsonl").display().to_string();
        let message = refusal(into(OutputFormat::Jsonl));
        assert_eq!(
            message,
            format!("{expected} is an input: give --output another folder")
        );
    }

    #[test]
    fn a_folder_that_is_a_file_is_named() {
        let inputs = folder(&["a.txt", "file"]);
        let sources = sources_of(&[inputs.path().join("a.txt")]);
        let file = inputs.path().join("file");
        let mut output =
            Output::folder(&file, OutputFormat::Text, &KEEP, &sources).expect("names differ");
        let error = output.write(Step::Start(0)).expect_err("no folder");
        assert_eq!(error.to_string(), file.join("a.txt").display().to_string());
    }

    #[test]
    fn a_closed_pipe_is_told_from_other_failures() {
        let error = |kind: io::ErrorKind| anyhow::Error::from(failure("stdout")(kind.into()));
        assert!(is_closed_pipe(&error(io::ErrorKind::BrokenPipe)));
        assert!(!is_closed_pipe(&error(io::ErrorKind::StorageFull)));
    }
}
