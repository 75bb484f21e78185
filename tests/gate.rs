//! The quality gate: a model trained on real pages must be good enough on real pages of other
//! sites. Those pages are not part of the project, so the test runs only when it is asked for, and
//! `.ci/run` asks where they are.
#![cfg(feature = "cli")]

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What must be reached: a score of content in the report, and its least value.
const LEAST: [(&str, f64); 3] = [
    ("f1", 0.84),
    ("char_f1", 0.955),
    ("average_precision", 0.91),
];

fn corpus(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/corpus")
        .join(part)
}

fn saring(arguments: &[&Path]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_saring"))
        .args(arguments)
        .output()
        .expect("saring was built for this test");
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {messages}");
    output.stdout
}

#[test]
#[ignore = "needs ../shared/corpus, and minutes"]
fn a_model_of_real_pages_is_good_enough_on_other_sites() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let model = folder.path().join("gate.safetensors");
    let path = Path::new;
    saring(&[path("train"), &corpus("train"), path("--output"), &model]);
    let report = saring(&[
        path("evaluate"),
        &corpus("dev"),
        path("--model"),
        &model,
        path("--format=json"),
    ]);
    let report: Value = serde_json::from_slice(&report).expect("the report is JSON");
    for (score, least) in LEAST {
        let reached = report["content"][score]
            .as_f64()
            .expect("the report has the score");
        writeln!(
            io::stderr(),
            "content.{score} {reached:.4}, at least {least}"
        )
        .expect("stderr is open");
        assert!(
            reached >= least,
            "content.{score} is {reached}, below {least}"
        );
    }
}
