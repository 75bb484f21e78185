//! What the README shows is true: its first example prints what it says, and every command runs. The
//! lines in other languages are run by the tests of `python/` and `c/`.
#![cfg(feature = "cli")]
#![allow(clippy::print_stdout, reason = "tests say what they skip")]

mod common;
#[path = "common/samples.rs"]
mod samples;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use common::{corpus, folder, heldout, names, project, saring};
use samples::{Sample, gzip, jsonl, samples, wet_gz, zst};
use tempfile::TempDir;

const README: &str = include_str!("../README.md");

/// Programs of others that a line may ask for.
const OTHERS: [&str; 1] = ["zstdcat"];

#[test]
fn the_first_example_prints_what_it_shows() {
    let (_, console) = README
        .split_once("$ cat page.txt\n")
        .expect("the README shows a page");
    let (page, rest) = console
        .split_once("$ saring predict page.txt\n")
        .expect("the README cleans it");
    let (shown, _) = rest.split_once("```").expect("the example ends");
    let folder = folder(&[("page.txt", page)]);
    saring()
        .current_dir(folder.path())
        .args(["predict", "page.txt"])
        .assert()
        .success()
        .stdout(shown.to_owned());
}

/// The lines of the README's blocks in the language of the shell.
fn shell_lines() -> impl Iterator<Item = &'static str> {
    let blocks = README.split("```sh\n").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("```").next());
    let lines = blocks.flat_map(str::lines);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// All that the lines read.
fn workplace() -> TempDir {
    let samples = samples();
    let texts: String = samples.iter().map(|page| page.text.as_str()).collect();
    let rows = jsonl(&samples);
    let place = folder(&[
        ("page.txt", texts.as_bytes()),
        ("pages/1.txt", texts.as_bytes()),
        ("dump.jsonl", rows.as_bytes()),
        ("CC-MAIN-x.warc.wet.gz", &wet_gz(&samples)),
        ("crawl.jsonl.zst", &zst(rows.as_bytes())),
        ("crawl/a.jsonl.gz", &gzip(rows.as_bytes())),
        ("crawl.parquet", &table(&samples)),
    ]);
    // With these a fold of a cross-validation leaves enough sites for another one.
    let more = [
        "catatanranum.example",
        "data.tanjungraya.example",
        "desabanyuripah.example",
        "harianselasar.example",
    ];
    let more = more.map(|site| project("data/train").join(site));
    for site in corpus().iter().chain(&more) {
        copy(site, &place.path().join("my-pages"));
    }
    copy(&heldout(), &place.path().join("other-sites"));
    place
}

#[cfg(feature = "parquet")]
fn table(samples: &[Sample]) -> Vec<u8> {
    samples::table_of(samples)
}

#[cfg(not(feature = "parquet"))]
fn table(_: &[Sample]) -> Vec<u8> {
    Vec::new()
}

/// Copies the pages of a site.
fn copy(site: &Path, into: &Path) {
    let into = into.join(site.file_name().expect("a site has a name"));
    fs::create_dir_all(&into).expect("writable");
    for page in names(site) {
        fs::copy(site.join(&page), into.join(page)).expect("writable");
    }
}

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}

/// Cargo's own lines are run by CI.
#[test]
fn every_command_runs() {
    let place = workplace();
    let program = Path::new(env!("CARGO_BIN_EXE_saring"));
    let folder = program.parent().expect("it is in a folder").display();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let mut run = 0;
    for line in shell_lines().filter(|line| !line.starts_with("cargo ")) {
        if let Some(program) = OTHERS
            .iter()
            .find(|other| line.contains(*other) && !is_there(other))
        {
            println!("skipped, as there is no {program}: {line}");
            continue;
        }
        if cfg!(not(feature = "parquet")) && line.contains(".parquet") {
            println!("skipped without the feature parquet: {line}");
            continue;
        }
        // Each line stands for itself: what another has cleaned is not there.
        fs::remove_dir_all(place.path().join("clean")).ok();
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", line]).env("PATH", &path);
        shell.current_dir(place.path()).write_stdin("");
        println!("{line}");
        shell.assert().success();
        run += 1;
    }
    assert!(run > 20, "{run} commands were found");
}
