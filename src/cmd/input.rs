//! An **input** is what a command is told to read: files, folders of them, or `-` for the
//! standard input. A **source** is one of the files that make it up.
//!
//! Here paths are opened, folders walked, and it is decided of which format a source is, what its
//! pages are called and of which site they are. How a format is read is left to
//! [`saring::corpus`].

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{anyhow, bail};
use bytesize::ByteSize;
use saring::corpus::{
    Compression, Decompressed, JsonlReader, Limits, RawPage, Record, WetReader, peek, read_text,
    read_tsv,
};
use saring::{Error, LabelledPage, Page};
use walkdir::{DirEntry, WalkDir};

use super::message::note;
#[cfg(feature = "parquet")]
use super::message::quietly;
use super::table::TableFile;

/// How many bytes tell a format.
const FIRST_BYTES: usize = 8;

/// The form of an input, as it can be chosen on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum InputFormat {
    /// WET and Parquet by the first bytes, others by the extension; what has none of the known ones
    /// is text
    #[default]
    Auto,
    /// One page, a row a line
    Text,
    /// One labelled page, a row a line: label, tab, text
    Tsv,
    /// JSON Lines: an object a page
    Jsonl,
    /// Web archive of extracted text, as Common Crawl's: a conversion record a page
    Wet,
    /// Table: a row a page
    Parquet,
}

/// How an input is to be read, on the command line.
#[derive(Debug, clap::Args)]
pub struct InputArgs {
    /// How to read the input; gzip and zstd are told by the first bytes in any case
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    input_format: InputFormat,
    /// The column of Parquet that holds the lines of a page
    #[arg(long, value_name = "NAME", default_value = "text")]
    text_column: String,
    /// The column of Parquet that holds its URL; url if there is one
    #[arg(long, value_name = "NAME")]
    url_column: Option<String>,
    /// Tell of damaged records and go on, instead of stopping
    ///
    /// Such are a bad row of JSON Lines, a damaged record of WET, a row of Parquet without text. A
    /// line of more than 1 MiB is told of, too, and kept without a label
    #[arg(long)]
    skip_bad: bool,
    /// Longest record that is read, and so the memory that is needed: a row of JSON Lines, a page
    /// of the others but text
    #[arg(long, value_name = "SIZE", default_value = "32MiB")]
    max_record_bytes: ByteSize,
}

impl InputArgs {
    /// The same, with the site of all pages if one was chosen.
    pub fn options(&self, site: Option<&str>) -> InputOptions {
        InputOptions {
            format: self.input_format,
            site: site.map(str::to_owned),
            skip_bad: self.skip_bad,
            columns: TableColumns {
                text: self.text_column.clone(),
                url: self.url_column.clone(),
            },
            limits: Limits {
                record: usize::try_from(self.max_record_bytes.0).unwrap_or(usize::MAX),
                ..Limits::default()
            },
        }
    }
}

/// How an input is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputOptions {
    /// Overrules the format that a file's first bytes and its extension give.
    pub format: InputFormat,
    /// Overrules the site of every page that [`Source::pages`] gives.
    pub site: Option<String>,
    /// Whether to go on after a damaged record.
    pub skip_bad: bool,
    /// The columns of a table.
    pub columns: TableColumns,
    /// How long lines and records may be.
    pub limits: Limits,
}

/// Which columns of a table hold the text and the URL of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumns {
    /// The text.
    pub text: String,
    /// The URL, `url` if it is not given.
    pub url: Option<String>,
}

impl Default for TableColumns {
    fn default() -> Self {
        Self {
            text: "text".to_owned(),
            url: None,
        }
    }
}

/// One file of an input, or the standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What is opened; `None` is the standard input.
    path: Option<PathBuf>,
    name: PathBuf,
    /// The format that the extension gives.
    extension: Option<Format>,
    folder_site: Option<String>,
    options: Arc<InputOptions>,
}

/// The form of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One page, a row a line.
    Text,
    /// One labelled page, a row a line.
    Tsv,
    /// An object a page.
    Jsonl,
    /// A record of an archive a page.
    Wet,
    /// A row of a table a page.
    Parquet,
}

/// The bytes of a source, decompressed, not buffered.
pub type Input = Box<dyn Read + Send>;

/// A source that is open, by its format.
pub enum Opened {
    /// One page, a row a line.
    Text(Input),
    /// One labelled page, a row a line.
    Tsv(Input),
    /// An object a page.
    Jsonl(Input),
    /// A record of an archive a page.
    Wet(WetReader<Input>),
    /// A row of a table a page; and the table itself.
    Parquet(TablePages, TableFile),
}

/// The pages of a table.
pub type TablePages = Box<dyn Iterator<Item = saring::Result<RawPage>> + Send>;

/// The records of a source, one at a time.
pub type Records = Box<dyn Iterator<Item = saring::Result<Record>> + Send>;

impl Source {
    /// The file to open; `None` for the standard input.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The file's path below the folder that was walked; the file's name if it was named itself,
    /// and `stdin` for the standard input.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// [`Source::name`] without what tells the format and the compression.
    pub fn stem(&self) -> PathBuf {
        let name = without_compression(self.name());
        match name.extension().is_some_and(|ending| ending == "wet") {
            // Common Crawl's end in `.warc.wet`.
            true => without_extension(&name.with_extension(""), "warc"),
            false => name.with_extension(""),
        }
    }

    /// How it is to be read.
    pub fn options(&self) -> &InputOptions {
        &self.options
    }

    /// Opens the source; its records are read as they are asked for. Of those that are damaged or
    /// have a line that is too long, each is an error; or a message, if such are to be skipped.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be opened.
    pub fn records(&self) -> saring::Result<Records> {
        let records = self.all_records()?;
        let (place, options) = (self.to_string(), Arc::clone(&self.options));
        Ok(Box::new(records.filter_map(move |record| {
            let long = record.as_ref().ok().and_then(|record| {
                let checked = options.limits.check(record.page(), &place);
                checked.err()
            });
            match (record, long) {
                (Err(error), _) if options.skip_bad && error.is_of_record() => {
                    skipped(&error);
                    None
                }
                (Ok(_), Some(error)) if !options.skip_bad => Some(Err(error)),
                (Ok(record), Some(error)) => {
                    skipped(&error);
                    Some(Ok(record))
                }
                (record, _) => Some(record),
            }
        })))
    }

    fn all_records(&self) -> saring::Result<Records> {
        let (place, id, site) = (self.to_string(), self.id(), self.site());
        let limits = self.options.limits;
        let buffered = |input| BufReader::with_capacity(1 << 16, input);
        let unlabelled = |page: RawPage| Record::Unlabelled(page.into_page());
        Ok(match self.open()? {
            Opened::Text(input) => Box::new(iter::once_with(move || {
                let bytes = read_whole(input, &place, &limits)?;
                read_text(&bytes[..], &place, &id, site).map(Record::Unlabelled)
            })),
            Opened::Tsv(input) => Box::new(iter::once_with(move || {
                let bytes = read_whole(input, &place, &limits)?;
                read_tsv(&bytes[..], &place, &id, site).map(Record::Labelled)
            })),
            Opened::Jsonl(input) => {
                Box::new(JsonlReader::new(buffered(input), &place).with_limits(limits))
            }
            Opened::Wet(pages) => Box::new(pages.map(move |page| page.map(unlabelled))),
            Opened::Parquet(pages, _) => Box::new(pages.map(move |page| page.map(unlabelled))),
        })
    }

    /// Opens the source; its pages, their labels dropped, are read as they are asked for.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be opened.
    pub fn pages(
        &self,
    ) -> saring::Result<impl Iterator<Item = saring::Result<Page>> + Send + use<>> {
        let (source, records) = (self.clone(), self.records()?);
        let page = move |record: Record| source.with_site(record.into_page());
        Ok(records.map(move |record| record.map(&page)))
    }

    /// Opens the source, and finds out its format.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be opened, [`Error::Table`] where it is a table that cannot be
    /// used.
    pub fn open(&self) -> saring::Result<Opened> {
        let failure = |source| Error::Io {
            place: self.to_string(),
            source,
        };
        let input = Decompressed::new(self.open_file().map_err(failure)?).map_err(failure)?;
        let is_plain = input.compression() == Compression::Plain;
        let (first, input) = peek(input.into_boxed(), FIRST_BYTES).map_err(failure)?;
        let input: Input = Box::new(input);
        Ok(match self.format(&first) {
            Format::Text => Opened::Text(input),
            Format::Tsv => Opened::Tsv(input),
            Format::Jsonl => Opened::Jsonl(input),
            Format::Wet => Opened::Wet(
                WetReader::new(input, &self.to_string()).with_limits(self.options.limits),
            ),
            Format::Parquet => {
                let file = self.seekable(is_plain, input).map_err(failure)?;
                let (pages, file) = self.table(file)?;
                Opened::Parquet(pages, file)
            }
        })
    }

    fn open_file(&self) -> io::Result<Input> {
        Ok(match &self.path {
            None => Box::new(io::stdin()),
            Some(path) => Box::new(File::open(path)?),
        })
    }

    /// Whether its pages are objects with fields or rows with columns, as far as its name and the options tell.
    pub fn has_fields(&self) -> bool {
        let format = chosen_format(self.options.format).or(self.extension);
        matches!(format, Some(Format::Jsonl | Format::Parquet))
    }

    /// The format that was chosen, or is told by the first bytes, or by the extension.
    fn format(&self, first: &[u8]) -> Format {
        let found = || told_by(first).or(self.extension);
        let format = chosen_format(self.options.format).or_else(found);
        format.unwrap_or(Format::Text)
    }

    /// A table as a file that can be read in any order: itself, or a copy of what cannot.
    fn seekable(&self, is_plain: bool, mut input: Input) -> io::Result<File> {
        if let Some(path) = self.path.as_ref().filter(|_| is_plain) {
            let file = File::open(path)?;
            if file.metadata()?.is_file() {
                return Ok(file);
            }
        }
        let mut copy = tempfile::tempfile()?;
        io::copy(&mut input, &mut copy)?;
        Ok(copy)
    }

    #[cfg(feature = "parquet")]
    fn table(&self, file: File) -> saring::Result<(TablePages, TableFile)> {
        let TableColumns { text, url } = self.options.columns.clone();
        let columns = saring::corpus::ParquetColumns {
            text,
            url,
            ..Default::default()
        };
        let place = self.to_string();
        let failure = |source| Error::Io {
            place: place.clone(),
            source,
        };
        let file = TableFile::new(file).map_err(failure)?;
        let reader = || saring::corpus::ParquetReader::new(file.clone(), &place, &columns);
        let mut pages = quietly(reader)?.with_limits(self.options.limits);
        let pages = iter::from_fn(move || quietly(|| pages.next()));
        Ok((Box::new(pages), file))
    }

    #[cfg(not(feature = "parquet"))]
    fn table(&self, _: File) -> saring::Result<(TablePages, TableFile)> {
        Err(Error::Table {
            place: self.to_string(),
            reason: "build saring with its feature parquet".to_owned(),
        })
    }

    /// The site of its pages if they do not tell of another one.
    pub fn site(&self) -> Option<String> {
        self.folder_site.clone()
    }

    /// The page with the site that was chosen for all pages, if one was.
    pub fn with_site(&self, mut page: Page) -> Page {
        if self.options.site.is_some() {
            page.site.clone_from(&self.options.site);
        }
        page
    }

    /// The id of its only page: its name without extension, with `/` between folders on every
    /// system.
    pub fn id(&self) -> String {
        let name = self.stem();
        let parts: Vec<_> = name.iter().map(OsStr::to_string_lossy).collect();
        parts.join("/")
    }

    fn stdin(options: &Arc<InputOptions>) -> Self {
        Self {
            path: None,
            name: PathBuf::from("stdin"),
            extension: None,
            folder_site: None,
            options: Arc::clone(options),
        }
    }

    fn file(path: &Path, options: &Arc<InputOptions>) -> Self {
        let extension = format_of(path);
        let format = chosen_format(options.format).or(extension);
        let folder = || (format == Some(Format::Tsv)).then(|| folder_name(path));
        Self {
            path: Some(path.to_owned()),
            name: path.file_name().unwrap_or(path.as_os_str()).into(),
            extension,
            folder_site: folder().flatten(),
            options: Arc::clone(options),
        }
    }

    fn walked(path: &Path, root: &Path, options: &Arc<InputOptions>) -> Self {
        Self {
            name: path.strip_prefix(root).unwrap_or(path).to_owned(),
            folder_site: folder_name(path),
            ..Self::file(path, options)
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => path.display().fmt(f),
            None => f.write_str("stdin"),
        }
    }
}

/// Tells of a record that is passed over, or of a line that is kept as it is.
pub fn skipped(error: &Error) {
    match error {
        Error::LongLine { place, line, limit } => note(format_args!(
            "kept without a label: {place}: line {line} is longer than {limit} bytes"
        )),
        error => note(format_args!("skipped: {error}")),
    }
}

/// A page that is read as a whole, if it is no longer than a record may be.
pub fn read_whole(input: impl Read, place: &str, limits: &Limits) -> saring::Result<Vec<u8>> {
    let failure = |source| Error::Io {
        place: place.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let most = (limits.record as u64).saturating_add(1);
    input.take(most).read_to_end(&mut bytes).map_err(failure)?;
    match bytes.len() > limits.record {
        true => Err(Error::Row {
            place: place.to_owned(),
            row: 1,
            reason: limits.record_reason(),
        }),
        false => Ok(bytes),
    }
}

/// The sources that `paths` name, files as given and the files of a folder in sorted order; no
/// path at all is the standard input.
///
/// A folder gives its `.tsv`, `.txt`, `.jsonl`, `.wet`, `.warc` and `.parquet` files at any depth,
/// with `.gz` or `.zst` behind it or not, links followed; files and folders whose name begins with a
/// dot are left out.
///
/// # Errors
/// Where a path does not exist, a folder cannot be read, holds itself by a link or holds no such
/// file, and where `-` is given twice.
pub fn sources(paths: &[PathBuf], options: &InputOptions) -> anyhow::Result<Vec<Source>> {
    let options = &Arc::new(options.clone());
    if paths.is_empty() {
        return Ok(vec![Source::stdin(options)]);
    }
    let is_stdin = |path: &&PathBuf| path.as_os_str() == "-";
    if paths.iter().filter(is_stdin).count() > 1 {
        bail!("- is given twice: the standard input can be read only once");
    }
    let mut sources = Vec::new();
    for path in paths {
        if is_stdin(&path) {
            sources.push(Source::stdin(options));
        } else if is_folder(path)? {
            sources.extend(walk(path, options)?);
        } else {
            sources.push(Source::file(path, options));
        }
    }
    Ok(sources)
}

/// Every page of `paths`, read in this way, with its labels.
///
/// # Errors
/// As [`sources`], where a source cannot be read, where a page has no labels, and where no page
/// has a line.
pub fn read_labelled(
    paths: &[PathBuf],
    options: &InputOptions,
) -> anyhow::Result<Vec<LabelledPage>> {
    let mut pages = Vec::new();
    for source in sources(paths, options)? {
        for record in source.records()? {
            match record? {
                Record::Labelled(page) => pages.push(page),
                Record::Unlabelled(page) => bail!(
                    "{source}: page {:?} has no labels: give .tsv files, or .jsonl objects with \
                     \"labels\"",
                    page.id
                ),
            }
        }
    }
    if pages.iter().all(|page| page.page().is_empty()) {
        let paths: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
        bail!("no labelled line in {}", paths.join(", "));
    }
    Ok(pages)
}

fn is_folder(path: &Path) -> saring::Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(source) => Err(Error::Io {
            place: path.display().to_string(),
            source,
        }),
    }
}

fn walk(root: &Path, options: &Arc<InputOptions>) -> anyhow::Result<Vec<Source>> {
    let entries = WalkDir::new(root)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry));
    let mut sources = Vec::new();
    for entry in entries {
        // As one message: its text holds its cause's.
        let entry = entry.map_err(|error| anyhow!("{error}"))?;
        if entry.file_type().is_file() && format_of(entry.path()).is_some() {
            sources.push(Source::walked(entry.path(), root, options));
        }
    }
    if sources.is_empty() {
        bail!(
            "no .tsv, .txt, .jsonl, .wet or .parquet below {}: name a folder of pages, or the files themselves",
            root.display()
        );
    }
    Ok(sources)
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn chosen_format(format: InputFormat) -> Option<Format> {
    match format {
        InputFormat::Auto => None,
        InputFormat::Text => Some(Format::Text),
        InputFormat::Tsv => Some(Format::Tsv),
        InputFormat::Jsonl => Some(Format::Jsonl),
        InputFormat::Wet => Some(Format::Wet),
        InputFormat::Parquet => Some(Format::Parquet),
    }
}

/// The format that the first bytes of a source tell.
fn told_by(first: &[u8]) -> Option<Format> {
    match first {
        // Behind the mark stands the first field of a structure, which is no character of a text.
        [b'P', b'A', b'R', b'1', 0x15, ..] => Some(Format::Parquet),
        _ if first.starts_with(b"WARC/1.") => Some(Format::Wet),
        _ => None,
    }
}

/// The format that a file's extension gives, upper case or lower, compressed or not.
fn format_of(path: &Path) -> Option<Format> {
    let path = without_compression(path);
    match &*path.extension()?.to_str()?.to_ascii_lowercase() {
        "txt" => Some(Format::Text),
        "tsv" => Some(Format::Tsv),
        "jsonl" => Some(Format::Jsonl),
        "wet" | "warc" => Some(Format::Wet),
        "parquet" => Some(Format::Parquet),
        _ => None,
    }
}

/// The path without `.gz` or `.zst`.
pub fn without_compression(path: &Path) -> PathBuf {
    without_extension(&without_extension(path, "gz"), "zst")
}

/// The path without this extension, upper case or lower.
fn without_extension(path: &Path, extension: &str) -> PathBuf {
    let has = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case(extension));
    match has {
        true => path.with_extension(""),
        false => path.to_owned(),
    }
}

/// The name of the folder in which `path` lies, `None` if it has none.
fn folder_name(path: &Path) -> Option<String> {
    let folder = path.parent()?;
    let name = match folder.file_name() {
        Some(name) => name.to_owned(),
        // Such as `page.tsv`, `./page.tsv` or `../page.tsv`.
        None => fs::canonicalize(Path::new(".").join(folder))
            .ok()?
            .file_name()?
            .to_owned(),
    };
    Some(name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    /// A folder with `files`, each with its text.
    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
            fs::write(path, text).expect("writable");
        }
        folder
    }

    fn pages(path: &Path, options: &InputOptions) -> Vec<Page> {
        let sources = sources(&[path.to_owned()], options).expect("pages");
        let pages = sources
            .iter()
            .flat_map(|source| source.pages().expect("readable"));
        pages.map(|page| page.expect("well formed")).collect()
    }

    fn ids_and_sites(path: &Path, options: &InputOptions) -> Vec<(String, Option<String>)> {
        let pages = pages(path, options).into_iter();
        pages.map(|page| (page.id, page.site)).collect()
    }

    fn message<T: fmt::Debug>(result: anyhow::Result<T>) -> String {
        let message = result.expect_err("refused").to_string();
        assert_eq!(message.lines().count(), 1, "{message}");
        message
    }

    fn some(id: &str, site: &str) -> (String, Option<String>) {
        (id.into(), Some(site.into()))
    }

    #[test]
    fn a_folder_is_walked_in_sorted_order_and_other_files_are_left_out() {
        let files = [
            ("w/b/2.tsv", "content\tb2"),
            ("w/b/10.TXT", "b10"),
            (
                "w/a.jsonl",
                "{\"id\": \"x\", \"url\": \"http://c.example\", \"text\": \"\"}",
            ),
            ("w/c.txt", "c"),
            ("w/c.html", "<p>"),
            ("w/.hidden/d.txt", "d"),
            ("w/.e.txt", "e"),
        ];
        let folder = folder(&files);
        let root = folder.path().join("w");
        let found = ids_and_sites(&root, &InputOptions::default());
        let expected = [
            some("x", "c.example"),
            some("b/10", "b"),
            some("b/2", "b"),
            some("c", "w"),
        ];
        assert_eq!(found, expected);
        let sources = sources(&[root], &InputOptions::default()).expect("pages");
        let names: Vec<_> = sources.iter().map(Source::name).collect();
        assert_eq!(
            names,
            ["a.jsonl", "b/10.TXT", "b/2.tsv", "c.txt"].map(Path::new)
        );
    }

    #[test]
    fn a_file_named_itself_has_a_site_only_if_it_is_labelled() {
        let folder = folder(&[
            ("w/1.tsv", "content\ta"),
            ("w/2.txt", "b"),
            ("w/3.html", "c"),
        ]);
        let page = |name: &str| ids_and_sites(&folder.path().join(name), &InputOptions::default());
        assert_eq!(page("w/1.tsv"), [some("1", "w")]);
        assert_eq!(page("w/2.txt"), [("2".into(), None)]);
        assert_eq!(page("w/3.html"), [("3".into(), None)]);
    }

    #[test]
    fn a_path_without_a_folder_has_the_name_of_the_present_one() {
        let present = std::env::current_dir().expect("a folder");
        let name = present
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        assert_eq!(folder_name(Path::new("1.tsv")), name);
        assert_eq!(folder_name(Path::new("./1.tsv")), name);
        assert_eq!(folder_name(Path::new("a/b/1.tsv")), Some("b".into()));
        assert_eq!(folder_name(Path::new("/1.tsv")), None);
    }

    #[test]
    fn format_and_site_can_be_chosen() {
        let folder = folder(&[("w/1.txt", "content\ta"), ("w/2.jsonl", "content\tb")]);
        let options = InputOptions {
            format: InputFormat::Tsv,
            site: Some("s".into()),
            ..InputOptions::default()
        };
        let pages = pages(&folder.path().join("w"), &options);
        let lines: Vec<_> = pages.iter().map(|page| page.line(0)).collect();
        assert_eq!(lines, [b"a", b"b"]);
        assert!(pages.iter().all(|page| page.site.as_deref() == Some("s")));
    }

    #[test]
    fn the_standard_input_is_text_unless_chosen_otherwise() {
        let source = |paths: &[PathBuf], format| {
            let options = InputOptions {
                format,
                ..InputOptions::default()
            };
            sources(paths, &options)
                .expect("no file is needed")
                .remove(0)
        };
        let stdin = source(&["-".into()], InputFormat::Auto);
        assert_eq!((stdin.path(), stdin.name()), (None, Path::new("stdin")));
        assert_eq!(stdin.format(b"Beranda"), Format::Text);
        assert_eq!(stdin.to_string(), "stdin");
        assert_eq!(source(&[], InputFormat::Auto), stdin);
        assert_eq!(stdin.format(b"WARC/1.0"), Format::Wet);
        assert_eq!(stdin.format(b"PAR1\x15\x04\x15\x10"), Format::Parquet);
        let chosen = source(&[], InputFormat::Jsonl);
        assert_eq!(chosen.format(b"WARC/1.0"), Format::Jsonl);
        let twice = sources(&["-".into(), "-".into()], &InputOptions::default());
        assert!(message(twice).starts_with("- is given twice"));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = folder(&[("empty/page.html", "<p>")]);
        let read = |name: &str| sources(&[folder.path().join(name)], &InputOptions::default());
        let at = |name: &str| folder.path().join(name).display().to_string();
        assert_eq!(message(read("none.txt")), at("none.txt"));
        assert_eq!(
            message(read("empty")),
            format!(
                "no .tsv, .txt, .jsonl, .wet or .parquet below {}: name a folder of pages, or the files themselves",
                at("empty")
            )
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_holds_itself_is_an_error() {
        let folder = folder(&[("w/a/1.txt", "a")]);
        let root = folder.path().join("w");
        std::os::unix::fs::symlink(&root, root.join("a/again")).expect("writable");
        let loops = sources(&[root], &InputOptions::default());
        assert!(message(loops).contains("loop"));
    }

    #[test]
    fn labelled_pages_are_read_in_the_order_of_their_paths() {
        let labelled = "{\"id\": 1, \"lines\": [\"x\"], \"labels\": [\"comment\"]}\n";
        let folder = folder(&[
            ("b/1.tsv", "content\ta"),
            ("b/2.tsv", ""),
            ("a.jsonl", labelled),
        ]);
        let paths = ["b", "a.jsonl"].map(|name| folder.path().join(name));
        let pages = read_labelled(&paths, &InputOptions::default()).expect("labelled");
        let ids: Vec<_> = pages.iter().map(|page| &*page.page().id).collect();
        assert_eq!(ids, ["1", "2", "1"]);
        assert_eq!(pages[2].labels(), [saring::Label::Comment]);
    }

    #[test]
    fn a_corpus_without_labels_or_lines_is_refused() {
        let unlabelled = "{\"id\": \"x\", \"text\": \"a\"}";
        let folder = folder(&[
            ("1.tsv", "# none\n"),
            ("2.jsonl", unlabelled),
            ("3.tsv", "menu\ta"),
        ]);
        let options = InputOptions::default();
        let read = |name: &str| read_labelled(&[folder.path().join(name)], &options);
        let at = |name: &str| folder.path().join(name).display().to_string();
        assert_eq!(
            message(read("1.tsv")),
            format!("no labelled line in {}", at("1.tsv"))
        );
        assert_eq!(
            message(read("2.jsonl")),
            format!(
                "{}: page \"x\" has no labels: give .tsv files, or .jsonl objects with \"labels\"",
                at("2.jsonl")
            )
        );
        let unknown = format!(
            "{}:1: unknown label \"menu\": use one of content, ",
            at("3.tsv")
        );
        assert!(message(read("3.tsv")).starts_with(&unknown));
    }
}
