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

use anyhow::{anyhow, bail};
use saring::corpus::{JsonlReader, Record, read_text, read_tsv};
use saring::{Error, LabelledPage, Page};
use walkdir::{DirEntry, WalkDir};

/// The form of an input, as it can be chosen on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum InputFormat {
    /// By the file's extension; what has none of the known ones is text
    #[default]
    Auto,
    /// One page, a row a line
    Text,
    /// One labelled page, a row a line: label, tab, text
    Tsv,
    /// JSON Lines: an object a page
    Jsonl,
}

/// How an input is to be read.
#[derive(Clone, Debug, Default)]
pub struct InputOptions {
    /// Overrules the format that a file's extension gives.
    pub format: InputFormat,
    /// Overrules the site of every page that [`Source::pages`] gives.
    pub site: Option<String>,
}

/// One file of an input, or the standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What is opened; `None` is the standard input.
    path: Option<PathBuf>,
    name: PathBuf,
    format: Format,
    folder_site: Option<String>,
    chosen_site: Option<String>,
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
}

/// The bytes of a source, not buffered.
pub type Input = Box<dyn Read + Send>;

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

    /// Opens the source; its records are read as they are asked for.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be opened.
    pub fn records(&self) -> saring::Result<Records> {
        let reader = BufReader::with_capacity(1 << 16, self.open()?);
        let (place, id, site) = (self.to_string(), self.id(), self.site());
        Ok(match self.format {
            Format::Text => Box::new(iter::once_with(move || {
                read_text(reader, &place, &id, site).map(Record::Unlabelled)
            })),
            Format::Tsv => Box::new(iter::once_with(move || {
                read_tsv(reader, &place, &id, site).map(Record::Labelled)
            })),
            Format::Jsonl => Box::new(JsonlReader::new(reader, &place)),
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

    /// Opens the source.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be opened.
    pub fn open(&self) -> saring::Result<Input> {
        Ok(match &self.path {
            None => Box::new(io::stdin()),
            Some(path) => Box::new(File::open(path).map_err(|source| Error::Io {
                place: self.to_string(),
                source,
            })?),
        })
    }

    /// How it is to be read.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The site of its pages if they do not tell of another one.
    pub fn site(&self) -> Option<String> {
        self.folder_site.clone()
    }

    /// The page with the site that was chosen for all pages, if one was.
    pub fn with_site(&self, mut page: Page) -> Page {
        if self.chosen_site.is_some() {
            page.site.clone_from(&self.chosen_site);
        }
        page
    }

    /// The id of its only page: its name without extension, with `/` between folders on every
    /// system.
    pub fn id(&self) -> String {
        let name = self.name.with_extension("");
        let parts: Vec<_> = name.iter().map(OsStr::to_string_lossy).collect();
        parts.join("/")
    }

    fn stdin(options: &InputOptions) -> Self {
        Self {
            path: None,
            name: PathBuf::from("stdin"),
            format: chosen_format(options.format).unwrap_or(Format::Text),
            folder_site: None,
            chosen_site: options.site.clone(),
        }
    }

    fn file(path: &Path, options: &InputOptions) -> Self {
        let format = chosen_format(options.format)
            .or_else(|| format_of(path))
            .unwrap_or(Format::Text);
        let folder = || (format == Format::Tsv).then(|| folder_name(path));
        Self {
            path: Some(path.to_owned()),
            name: path.file_name().unwrap_or(path.as_os_str()).into(),
            format,
            folder_site: folder().flatten(),
            chosen_site: options.site.clone(),
        }
    }

    fn walked(path: &Path, root: &Path, options: &InputOptions) -> Self {
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

/// The sources that `paths` name, files as given and the files of a folder in sorted order; no
/// path at all is the standard input.
///
/// A folder gives its `.tsv`, `.txt` and `.jsonl` files at any depth, links followed; files and
/// folders whose name begins with a dot are left out.
///
/// # Errors
/// Where a path does not exist, a folder cannot be read, holds itself by a link or holds no such
/// file, and where `-` is given twice.
pub fn sources(paths: &[PathBuf], options: &InputOptions) -> anyhow::Result<Vec<Source>> {
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

/// Every page of `paths`, with its labels.
///
/// # Errors
/// As [`sources`], where a source cannot be read, where a page has no labels, and where no page
/// has a line.
pub fn read_labelled(paths: &[PathBuf]) -> anyhow::Result<Vec<LabelledPage>> {
    let mut pages = Vec::new();
    for source in sources(paths, &InputOptions::default())? {
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

fn walk(root: &Path, options: &InputOptions) -> anyhow::Result<Vec<Source>> {
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
            "no .tsv, .txt or .jsonl below {}: name a folder of pages, or the files themselves",
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
    }
}

/// The format that a file's extension gives, upper case or lower.
fn format_of(path: &Path) -> Option<Format> {
    match &*path.extension()?.to_str()?.to_ascii_lowercase() {
        "txt" => Some(Format::Text),
        "tsv" => Some(Format::Tsv),
        "jsonl" => Some(Format::Jsonl),
        _ => None,
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
        };
        let pages = pages(&folder.path().join("w"), &options);
        let lines: Vec<_> = pages.iter().map(|page| page.line(0)).collect();
        assert_eq!(lines, [b"a", b"b"]);
        assert!(pages.iter().all(|page| page.site.as_deref() == Some("s")));
    }

    #[test]
    fn the_standard_input_is_text_unless_chosen_otherwise() {
        let source = |paths: &[PathBuf], format| {
            let options = InputOptions { format, site: None };
            sources(paths, &options)
                .expect("no file is needed")
                .remove(0)
        };
        let stdin = source(&["-".into()], InputFormat::Auto);
        assert_eq!((stdin.path(), stdin.name()), (None, Path::new("stdin")));
        assert_eq!(stdin.format, Format::Text);
        assert_eq!(stdin.to_string(), "stdin");
        assert_eq!(source(&[], InputFormat::Auto), stdin);
        assert_eq!(source(&[], InputFormat::Jsonl).format, Format::Jsonl);
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
                "no .tsv, .txt or .jsonl below {}: name a folder of pages, or the files themselves",
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
        let pages = read_labelled(&paths).expect("labelled");
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
        let read = |name: &str| read_labelled(&[folder.path().join(name)]);
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
