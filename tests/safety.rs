//! What is **in the library**: no unsafe code, and no more crates than it needs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crates that the library alone is made of, itself included, on this machine's system. A new
/// one is a decision: each has to be trusted with pages and models of strangers.
const PACKAGES: usize = 72;

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_library_without_default_features_has_no_more_dependencies_than_it_had() {
    let mut tree = Command::new(env!("CARGO"));
    tree.current_dir(project());
    tree.args([
        "tree",
        "--edges=normal",
        "--no-default-features",
        "--locked",
        "--prefix=none",
    ]);
    let output = tree.output().expect("cargo runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // A package that stands there a second time has a mark behind it.
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let packages: BTreeSet<String> = text.lines().map(name).collect();
    assert_eq!(packages.len(), PACKAGES, "{packages:#?}");
}

#[test]
fn unsafe_code_is_forbidden_and_there_is_none() {
    let manifest = fs::read_to_string(project().join("Cargo.toml")).expect("readable");
    assert!(manifest.contains("\nunsafe_code = \"forbid\"\n"));
    let mut sources = Vec::new();
    collect(&project().join("src"), &mut sources);
    assert!(sources.len() > 50, "{sources:?}");
    for path in sources {
        let text = fs::read_to_string(&path).expect("text");
        for marks in [
            "unsafe {",
            "unsafe fn",
            "unsafe impl",
            "unsafe extern",
            "unsafe_code",
        ] {
            assert!(!text.contains(marks), "{}: {marks}", path.display());
        }
    }
}

fn collect(folder: &Path, sources: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|end| end == "rs") {
            sources.push(path);
        }
    }
}
