//! A **container** is what cleaned pages are written into: a text, objects of JSON Lines, the very
//! rows that the pages came in, records of a WARC archive, or rows of a Parquet table.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::ValueEnum;
use saring::Label;
use saring::output::Format;
use serde_json::{Value, json};

use super::input::{Source, without_compression};
use super::limits::LimitArgs;
use super::output::OutputFormat;
use super::table::Added;

/// What is written of pages, and into what.
#[derive(Clone, Debug, clap::Args)]
pub struct ContainerArgs {
    /// What to print
    #[arg(long, short, default_value = "text")]
    format: OutputFormat,
    /// The labels whose lines text output keeps
    #[arg(long, value_name = "LABELS", default_value = "content", value_delimiter = ',',
          action = clap::ArgAction::Set, value_parser = super::label)]
    keep: Vec<Label>,
    /// Explain each line by its K strongest features for and against content, in nats
    ///
    /// The score of content minus that of the strongest other label is the bias and the features of
    /// the line; the other labels, the label sequence of the page and the calibration lead from
    /// there to the log-odds of the probability that is printed. jsonl gets an "explanation" a
    /// line; text and tsv get a row for every line, --keep or not, and below it a row an entry
    #[arg(long, value_name = "K")]
    pub explain: Option<usize>,
    /// What to write the cleaned text of the pages into; plain text if not given
    #[arg(long, value_name = "CONTAINER")]
    container: Option<Container>,
    /// Keep the text of each page and say in a field "annotations" what its lines are
    ///
    /// For each line {"byte": [start, end], "char": [start, end], "label", "content"}, counted in
    /// the text as it is given; "lines" count as if they were parted by line feeds. For --container
    /// same with JSON Lines or Parquet, --container jsonl, and --container parquet, where they are a
    /// column with this list as JSON
    #[arg(long, requires = "container")]
    annotate: bool,
    #[command(flatten)]
    limits: LimitArgs,
}

/// The containers by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Container {
    /// What the page came in: text, labelled rows, a record of WET, or a row of JSON Lines or
    /// Parquet, whose every other field stays as it was
    Same,
    /// The kept lines as they came
    Text,
    /// An object a page: id, site, text
    Jsonl,
    /// WARC conversion records; in --output files whose every record is a gzip member
    Wet,
    /// A row a page: columns id, site, text; compressed by zstd
    Parquet,
}

/// What is made of each page.
#[derive(Clone, Debug)]
pub struct Writing {
    /// Into what it is written.
    pub form: Form,
    /// The labels whose lines are kept.
    pub keep: Vec<Label>,
    /// How much of it must be left.
    pub limits: LimitArgs,
}

/// Into what pages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Pages by themselves.
    Plain(Format),
    /// What they came in; with annotations instead of cleaned text or not.
    Same { annotated: bool },
    /// Objects with their text and its annotations.
    Annotated,
    /// Records of an archive.
    Wet,
    /// Rows of a table; with their text and its annotations, or with cleaned text.
    Table { annotated: bool },
}

impl ContainerArgs {
    /// What is to be made of pages.
    ///
    /// # Errors
    /// Where the arguments do not go together, or with the sources.
    pub fn writing(&self, sources: &[Source]) -> anyhow::Result<Writing> {
        if self.container.is_some() && (self.format != OutputFormat::Text || self.explain.is_some())
        {
            bail!("--container takes cleaned text: leave --format and --explain out");
        }
        let annotated = self.annotate;
        let form = match self.container {
            None => Form::Plain(self.format.into()),
            Some(Container::Text | Container::Wet) if annotated => {
                bail!("--annotate adds a field: it needs --container same, jsonl or parquet")
            }
            Some(Container::Text) => Form::Plain(Format::Text),
            Some(Container::Wet) => Form::Wet,
            Some(Container::Jsonl) if annotated => Form::Annotated,
            Some(Container::Jsonl) => Form::Plain(Format::JsonText),
            Some(Container::Same) => Form::Same { annotated },
            Some(Container::Parquet) if cfg!(not(feature = "parquet")) => {
                bail!("--container parquet: build saring with its feature parquet")
            }
            Some(Container::Parquet) => Form::Table { annotated },
        };
        if form == (Form::Same { annotated: true })
            && let Some(source) = sources.iter().find(|source| !source.has_fields())
        {
            bail!("{source} has no fields: --annotate needs --container jsonl for it");
        }
        Ok(Writing {
            form,
            keep: self.keep.clone(),
            limits: self.limits.clone(),
        })
    }

    /// What another run must have the same of.
    pub fn signature(&self) -> Value {
        json!({
            "format": format!("{:?}", self.format),
            "keep": self.keep,
            "explain": self.explain,
            "container": self.container.map(|container| format!("{container:?}")),
            "annotate": self.annotate,
            "limits": self.limits.signature(),
        })
    }
}

impl Writing {
    /// What a table says of each page beside its text.
    pub fn added(&self) -> Added {
        let annotations = matches!(
            self.form,
            Form::Same { annotated: true } | Form::Table { annotated: true }
        );
        Added {
            annotations,
            marks: self.limits.marks(),
        }
    }
}

impl Form {
    /// Where the output of a source is in `folder`.
    pub fn file_path(self, folder: &Path, source: &Source) -> PathBuf {
        let extension = match self {
            // Compression is left out: what is written is not compressed.
            Self::Same { .. } => return folder.join(without_compression(source.name())),
            Self::Plain(Format::Text) => "txt",
            Self::Plain(Format::Tsv) => "tsv",
            Self::Plain(_) | Self::Annotated => "jsonl",
            Self::Wet => "warc.wet.gz",
            Self::Table { .. } => "parquet",
        };
        let mut name = source.stem().into_os_string();
        name.push(".");
        name.push(extension);
        folder.join(name)
    }
}
