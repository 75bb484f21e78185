//! What the tests of the commands share: a small corpus, a **model** trained on it once, and ways to
//! run `saring` and to read what it says.
#![allow(dead_code, reason = "each test program uses a part")]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::Command;
use tempfile::TempDir;

/// The sites of the corpus: news, recipes, a forum and a village office. All six labels occur.
const SITES: [&str; 4] = [
    "wartabentala.example",
    "dapurkembangturi.example",
    "ngobrolmesin.example",
    "desatirtapakis.example",
];

/// Settings that train in a moment.
pub const QUICK: [&str; 6] = ["--l2", "1", "--folds", "0", "--max-features", "500"];

/// The command, run in no folder in particular.
pub fn saring() -> Command {
    Command::new(env!("CARGO_BIN_EXE_saring"))
}

/// A file or folder of the project.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The folders of the corpus, one a site.
pub fn corpus() -> Vec<PathBuf> {
    SITES.map(|site| project("data/train").join(site)).into()
}

/// A folder of pages of a site that is not in the corpus.
pub fn heldout() -> PathBuf {
    project("data/heldout/pawonlastri.example")
}

/// `saring train` on the corpus with [`QUICK`], to be given more arguments.
pub fn train(output: &Path) -> Command {
    let mut command = saring();
    command.arg("train").args(corpus()).args(QUICK);
    command.arg("--output").arg(output);
    command
}

/// The same with cross-validation.
pub fn train_in_folds(folds: &str, output: &Path) -> Command {
    let mut command = saring();
    command.arg("train").args(corpus());
    command.args(QUICK.map(|argument| if argument == "0" { folds } else { argument }));
    command.arg("--output").arg(output);
    command
}

/// A model of the corpus, trained once for each test program.
pub fn model() -> &'static Path {
    static MODEL: OnceLock<PathBuf> = OnceLock::new();
    MODEL.get_or_init(|| {
        let file = concat!(env!("CARGO_CRATE_NAME"), ".safetensors");
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
        train(&path).assert().success();
        path
    })
}

/// The file of [`model`] whose header is changed by `edit`.
pub fn with_header(edit: impl Fn(&str) -> String) -> Vec<u8> {
    let model = bytes(model());
    let (header, tensors) = split(&model);
    let header = edit(header);
    assert_ne!(header, split(&model).0, "nothing to edit");
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), tensors].concat()
}

/// The header of a safetensors file, which its length stands before, and its tensors.
pub fn split(model: &[u8]) -> (&str, &[u8]) {
    let (length, rest) = model.split_first_chunk::<8>().expect("a length");
    let (header, tensors) = rest.split_at(u64::from_le_bytes(*length) as usize);
    (str::from_utf8(header).expect("JSON"), tensors)
}

/// `saring predict` with the corpus's model and without a summary, to be given more arguments.
pub fn predict() -> Command {
    let mut command = with_model("predict");
    command.arg("--quiet");
    command
}

/// `saring evaluate` with the corpus's model, to be given more arguments.
pub fn evaluate() -> Command {
    with_model("evaluate")
}

fn with_model(name: &str) -> Command {
    let mut command = saring();
    command.arg(name).arg("--model").arg(model());
    command
}

/// A temporary folder with `files`, each with its bytes.
pub fn folder<T: AsRef<[u8]>>(files: &[(&str, T)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("writable");
        fs::write(path, bytes).expect("writable");
    }
    folder
}

/// A folder without files.
pub fn empty_folder() -> TempDir {
    folder::<&str>(&[])
}

/// The names of everything in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("readable").file_name();
    let mut names: Vec<_> = entries
        .map(|entry| name(entry).to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The bytes of a file.
pub fn bytes(path: impl AsRef<Path>) -> Vec<u8> {
    let path = path.as_ref();
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a command that succeeds prints.
pub fn printed(command: &mut Command) -> String {
    let output = command.assert().success().get_output().stdout.clone();
    String::from_utf8(output).expect("text")
}

/// What a command that succeeds says on the standard error.
pub fn said(command: &mut Command) -> String {
    let output = command.assert().success().get_output().stderr.clone();
    String::from_utf8(output).expect("text")
}

/// The one line in which a command says that it fails, without the program's name; its exit status
/// must be 1, and nothing else may be printed.
pub fn refusal(command: &mut Command) -> String {
    let output = command.assert().code(1).get_output().clone();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    let message = String::from_utf8(output.stderr).expect("text");
    let message = message
        .strip_prefix("saring: ")
        .expect("the program's name");
    let line = message.strip_suffix('\n').expect("a whole line");
    assert!(!line.contains('\n'), "more than one line: {line}");
    line.to_owned()
}

/// What a command says of arguments that it does not take; its exit status must be 2.
pub fn wrong_usage(command: &mut Command) -> String {
    let output = command.assert().code(2).get_output().clone();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    String::from_utf8(output.stderr).expect("text")
}

/// Runs a command that prints: it must fail with one line where the standard output is a full disk,
/// and succeed without a word where nobody reads it.
#[cfg(unix)]
pub fn minds_its_standard_output(command: &Command) {
    let run = |stdout: std::process::Stdio| {
        let mut command = plain(command);
        command.stdin(std::process::Stdio::null()).stdout(stdout);
        command.output().expect("it runs")
    };
    let full = fs::OpenOptions::new().write(true).open("/dev/full");
    let output = run(full.expect("a device").into());
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.starts_with("saring: "), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert_eq!(message.matches("os error").count(), 1, "{message}");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = run(writer.into());
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

/// The same command, as the standard library has it.
pub fn plain(command: &Command) -> std::process::Command {
    let mut plain = std::process::Command::new(command.get_program());
    plain.args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        plain.current_dir(folder);
    }
    plain
}

/// A command whose files may not pass 8 blocks, as on a disk that is full: what is written beyond
/// that fails.
#[cfg(unix)]
pub fn on_a_full_disk(command: &Command) -> Command {
    let mut limited = Command::new("sh");
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"";
    limited.args(["-c", script]).arg(command.get_program());
    limited.args(command.get_args().map(OsStr::to_owned));
    limited
}
