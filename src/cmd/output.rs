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
use super::manifest::Manifest;
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
        manifest: Manifest,
        file: Option<PageFile>,
    },
}

/// The file of one source, on its way.
struct PageFile {
    source: usize,
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

    /// A file in `folder` for each of `sources`: its name, with the extension of `format`. Those
    /// that are complete are noted in `manifest`.
    ///
    /// No output is written yet.
    pub fn folder(
        folder: &Path,
        format: OutputFormat,
        keep: &[Label],
        sources: &'a [Source],
        manifest: Manifest,
    ) -> Self {
        Self {
            format,
            keep: keep.to_vec(),
            sources,
            target: Target::Folder {
                path: folder.to_owned(),
                manifest,
                file: None,
            },
        }
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
            Step::Start(source) => return self.start(source),
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

    fn start(&mut self, source: usize) -> saring::Result<()> {
        self.complete_file()?;
        if let Target::Folder { path, file, .. } = &mut self.target {
            let path = file_path(path, &self.sources[source], self.format);
            let writer = BufWriter::new(Replacement::create(&path)?);
            *file = Some(PageFile {
                source,
                path,
                writer: PageWriter::new(writer, self.format.into(), &self.keep),
            });
        }
        Ok(())
    }

    /// Puts the file of the present source into its place, if there is one, and notes that.
    fn complete_file(&mut self) -> saring::Result<()> {
        if let Target::Folder { manifest, file, .. } = &mut self.target
            && let Some(file) = file.take()
        {
            let written = file.writer.finish().and_then(|file| Ok(file.into_inner()?));
            let written = written.map_err(failure(&file.path.display().to_string()))?;
            written.commit()?;
            manifest.finish(&self.sources[file.source])?;
        }
        Ok(())
    }

    /// Completes the output.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be written.
    pub fn finish(mut self) -> saring::Result<()> {
        self.complete_file()?;
        match self.target {
            Target::Stdout(writer) => writer.finish().map(drop).map_err(failure("stdout")),
            Target::Folder { .. } => Ok(()),
        }
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

/// Looks where the outputs of `sources` would be.
///
/// # Errors
/// Where two sources would have the same file, or a file would replace a source.
pub fn check_names(folder: &Path, format: OutputFormat, sources: &[Source]) -> anyhow::Result<()> {
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

/// Where the output of a source is in `folder`.
pub fn file_path(folder: &Path, source: &Source, format: OutputFormat) -> PathBuf {
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

    fn output<'a>(folder: &Path, format: OutputFormat, sources: &'a [Source]) -> Output<'a> {
        let manifest = Manifest::open(folder, &Value::Null, false).expect("writable");
        Output::folder(folder, format, &KEEP, sources, manifest)
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
        let refused = check_names(outputs.path(), OutputFormat::Text, &sources);
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
        let into = |format| check_names(inputs.path(), format, &sources);
        assert!(into(OutputFormat::Tsv).is_ok());
        let expected = inputs.path().join("a.jsonl").display().to_string();
        let message = into(OutputFormat::Jsonl).expect_err("refused");
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
