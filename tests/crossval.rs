//! `saring crossval` through the binary.
#![cfg(feature = "cli")]

mod common;

use common::{corpus, printed, refusal, saring};
use serde_json::Value;

fn crossval(folds: &str) -> assert_cmd::Command {
    let mut command = saring();
    command
        .arg("crossval")
        .args(corpus())
        .args(["--l2", "1", "--max-features", "300"]);
    command.args(["--folds", folds]);
    command
}

#[test]
fn every_page_is_predicted_once_by_a_model_of_other_sites() {
    let json = printed(crossval("2").args(["--format", "json"]));
    let report: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (&report["sites"], &report["pages"]),
        (&4.into(), &12.into())
    );
    assert!(report["content"]["f1"].is_number());
    assert!(
        report["leaks"].is_null(),
        "the models differ from site to site"
    );
}

#[test]
fn one_fold_and_more_folds_than_sites_are_refused() {
    assert!(refusal(&mut crossval("1")).contains("2 or more"));
    assert!(refusal(&mut crossval("9")).contains("the corpus has 4"));
}
