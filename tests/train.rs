//! `saring train` through the program: what it writes, what it says, and what it refuses.
#![cfg(feature = "cli")]

mod common;

use std::fs;
use std::path::Path;

use common::{
    QUICK, bytes, corpus, empty_folder, folder, heldout, model, names, printed, project, refusal,
    said, saring, train, train_in_folds, wrong_usage,
};
use predicates::prelude::*;
use saring::Model;

/// Trains with the given arguments beside those of [`train_in_folds`]; gives the model's bytes.
fn trained(folds: &str, arguments: &[&str]) -> Vec<u8> {
    let folder = empty_folder();
    let path = folder.path().join("model");
    train_in_folds(folds, &path)
        .args(arguments)
        .assert()
        .success();
    assert_eq!(names(folder.path()), ["model"]);
    bytes(path)
}

fn read(model: &[u8]) -> Model {
    Model::from_bytes(model).expect("a model that was just written")
}

/// Two pages of two sites, small enough for a dense matrix.
fn two_pages() -> tempfile::TempDir {
    let page = "navigation\tBeranda\nnavigation\tKontak\ncontent\tHarga beras naik lagi.\n\
                content\tWarga antre sejak pagi.\nrelated\tBaca juga: Panen mundur\n";
    let other = "navigation\tBeranda\ncontent\tWarga desa panen beras.\n\
                 content\tHarga di pasar naik.\nrelated\tBaca juga: Harga cabai\n";
    folder(&[("a.example/1.tsv", page), ("b.example/1.tsv", other)])
}

#[test]
fn the_same_corpus_gives_the_same_bytes_at_any_number_of_threads() {
    let once = trained("2", &["--threads", "1"]);
    assert_eq!(once, trained("2", &["--threads", "2"]));
    assert_eq!(once, trained("2", &[]));
}

#[test]
fn the_order_of_the_corpus_does_not_matter() {
    let folder = empty_folder();
    let path = folder.path().join("model");
    let mut command = saring();
    command.arg("train").args(corpus().iter().rev()).args(QUICK);
    command.arg("--output").arg(&path).assert().success();
    assert_eq!(bytes(path), bytes(model()));
}

#[test]
fn settings_change_the_model() {
    let model = bytes(model());
    for arguments in [["--min-sites", "3"], ["--class-weight", "metadata=4"]] {
        assert_ne!(trained("0", &arguments), model, "{arguments:?}");
    }
}

#[test]
fn the_held_out_pages_are_scored_and_never_change_the_model() {
    let folder = empty_folder();
    let path = folder.path().join("model");
    let mut command = train(&path);
    let report = printed(command.arg("--heldout").arg(heldout()));
    assert!(report.starts_with("1 sites, 3 pages, "), "{report}");
    assert!(report.contains("gold \\ predicted"), "{report}");
    assert_eq!(bytes(path), bytes(model()));
}

#[test]
fn a_site_on_both_sides_is_refused() {
    let folder = empty_folder();
    let mut command = train(&folder.path().join("model"));
    let message = refusal(command.arg("--heldout").arg(&corpus()[2]));
    assert_eq!(
        message,
        "site ngobrolmesin.example stands in the corpus and in --heldout: keep each site on one side"
    );
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn the_card_says_where_the_model_comes_from_and_names_no_machine() {
    let bytes = trained(
        "2",
        &[
            "--class-weight",
            "metadata=4",
            "--class-weight",
            "comment=2",
        ],
    );
    let model = read(&bytes);
    let card = model.card();
    assert_eq!(card.saring, env!("CARGO_PKG_VERSION"));
    assert_eq!((card.sites, card.pages), (4, 12));
    assert_eq!(card.lines, card.labels.values().sum::<usize>());
    assert_eq!(card.labels.len(), 6);
    assert_eq!(card.settings.class_weights["metadata"], 4.0);
    assert_eq!(card.settings.class_weights["comment"], 2.0);
    assert_eq!(card.settings.class_weights.len(), 2);
    assert_eq!(card.settings.max_features, Some(500));
    assert_eq!((card.settings.l2, card.settings.l2_chosen), (1.0, false));
    assert!(card.out_of_fold.as_ref().expect("two folds").f1.is_some());
    assert_eq!(model.vocabulary().len(), 500);
    let text = String::from_utf8_lossy(&bytes);
    assert!(
        !text.contains(env!("CARGO_MANIFEST_DIR")),
        "the path of a machine"
    );
}

#[test]
fn the_strength_is_chosen_by_cross_validation_unless_it_is_given() {
    let folder = empty_folder();
    let path = folder.path().join("model");
    let mut command = saring();
    command
        .arg("train")
        .args(corpus())
        .args(["--max-features", "50", "--folds", "2"]);
    let told = said(command.arg("--output").arg(&path));
    let model = read(&bytes(path));
    assert!(model.card().settings.l2_chosen);
    let chosen = format!("l2 {}: ", model.card().settings.l2);
    // Once with the loss of its folds, once with how its fit ended.
    assert_eq!(told.matches(&chosen).count(), 2, "{told}");
    assert!(told.matches("out-of-fold loss").count() >= 3, "{told}");
}

#[test]
fn the_summary_says_how_the_fit_ended() {
    let folder = empty_folder();
    let mut command = train(&folder.path().join("model"));
    let told = said(&mut command);
    let said = |what: &str| assert!(told.contains(what), "{what:?} is not in {told}");
    said("4 sites, 12 pages, ");
    said("; 500 terms, ");
    said("l2 1: converged after ");
    said(", gradient norm ");
    said(" lines/s)");
    assert!(!told.contains("out-of-fold"), "there were no folds: {told}");
}

#[test]
fn a_pipe_gets_no_progress_bar() {
    let folder = empty_folder();
    let told = said(&mut train(&folder.path().join("model")));
    assert!(!told.contains(['\u{1b}', '\r']), "{told:?}");
    assert!(!told.contains(" fits "), "{told:?}");
}

#[test]
fn quiet_says_nothing() {
    let folder = empty_folder();
    let mut command = train(&folder.path().join("model"));
    let empty = predicate::str::is_empty();
    command
        .arg("--quiet")
        .assert()
        .success()
        .stderr(empty)
        .stdout(empty);
}

#[test]
fn linfa_trains_what_fits_in_memory() {
    let corpus = two_pages();
    let path = corpus.path().join("model");
    let mut command = saring();
    command
        .arg("train")
        .arg(corpus.path())
        .arg("--output")
        .arg(&path);
    command
        .args(["--solver", "linfa", "--l2", "1", "--folds", "0"])
        .assert()
        .success();
    let model = read(&bytes(path));
    assert_eq!(model.card().settings.solver, "linfa");
    assert_eq!(model.labels().len(), 3);
}

#[test]
fn linfa_is_refused_over_the_memory_limit_with_the_size_and_a_way_out() {
    let folder = empty_folder();
    let mut command = train(&folder.path().join("model"));
    let message = refusal(command.args(["--solver", "linfa", "--memory-limit", "1MiB"]));
    let parts = [
        "--solver linfa needs ",
        " MiB for its dense matrix of ",
        "--memory-limit (1 MiB)",
        "use --solver lbfgs, or --max-features to keep fewer features",
    ];
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message}");
    }
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn linfa_is_refused_with_class_weights_which_it_would_ignore() {
    let corpus = two_pages();
    let mut command = saring();
    command
        .arg("train")
        .arg(corpus.path())
        .arg("--output")
        .arg(corpus.path().join("model"));
    command.args(["--solver", "linfa", "--l2", "1", "--folds", "0"]);
    let message = refusal(command.args(["--class-weight", "content=2"]));
    assert!(
        message.contains("linfa-logistic ignores weights: use --solver lbfgs"),
        "{message}"
    );
    assert_eq!(names(corpus.path()), ["a.example", "b.example"]);
}

#[test]
fn a_corpus_that_cannot_be_read_is_named() {
    let files = folder(&[
        ("none/page.html", "<p>"),
        ("a.example/1.tsv", "content\tHarga naik.\nmenu\tBeranda\n"),
        ("b.example/1.tsv", "content Harga naik.\n"),
        ("c.example/1.txt", "Harga naik.\n"),
        ("d.example/1.tsv", ""),
    ]);
    let refused = |name: &str| {
        let mut command = saring();
        command
            .current_dir(files.path())
            .args(["train", name, "--output", "model"]);
        refusal(&mut command)
    };
    assert!(refused("absent").starts_with("absent: "));
    assert_eq!(
        refused("none"),
        "no .tsv, .txt, .jsonl, .wet or .parquet below none: name a folder of pages, or the files themselves"
    );
    assert_eq!(
        refused("a.example"),
        "a.example/1.tsv:2: unknown label \"menu\": use one of content, metadata, navigation, \
         advertisement, related, comment"
    );
    assert_eq!(
        refused("b.example"),
        "b.example/1.tsv:1: no tab: a row is a label, a tab and the line's text"
    );
    assert!(refused("c.example").contains("page \"1\" has no labels"));
    assert_eq!(refused("d.example"), "no labelled line in d.example");
    assert!(!files.path().join("model").exists());
}

#[test]
fn a_reason_is_told_once() {
    let folder = empty_folder();
    let mut command = saring();
    command
        .current_dir(folder.path())
        .args(["train", "absent", "--output", "model"]);
    let message = refusal(&mut command);
    assert_eq!(message.matches("os error").count(), 1, "{message}");
}

#[test]
fn fewer_sites_than_folds_are_refused() {
    let corpus = two_pages();
    let mut command = saring();
    command
        .arg("train")
        .arg(corpus.path())
        .arg("--output")
        .arg(corpus.path().join("model"));
    assert_eq!(
        refusal(&mut command),
        "cannot train: 5 folds need as many sites, the corpus has 2: give more sites, or --folds 2"
    );
    assert_eq!(names(corpus.path()), ["a.example", "b.example"]);
}

#[test]
fn a_corpus_of_one_label_is_refused() {
    let corpus = folder(&[("a.example/1.tsv", "content\tHarga naik.\n")]);
    let mut command = saring();
    command
        .arg("train")
        .arg(corpus.path())
        .arg("--output")
        .arg(corpus.path().join("model"));
    let message = refusal(command.args(QUICK));
    assert!(message.starts_with("cannot train: "), "{message}");
    assert!(message.contains("only the labels [content]"), "{message}");
    assert_eq!(names(corpus.path()), ["a.example"]);
}

#[test]
fn a_failure_leaves_an_earlier_model_as_it_was() {
    let folder = folder(&[("model", "earlier"), ("bad.tsv", "menu\tBeranda\n")]);
    let path = folder.path().join("model");
    refusal(train(&path).arg(folder.path().join("bad.tsv")));
    refusal(&mut train_in_folds("5", &path));
    refusal(&mut train_in_folds("1", &path));
    assert_eq!(bytes(&path), b"earlier");
    assert_eq!(names(folder.path()), ["bad.tsv", "model"]);
}

#[test]
fn an_output_that_cannot_be_written_is_named_before_any_fit() {
    let folder = folder(&[("file", "earlier"), ("folder/page", "")]);
    let at = |name: &str| folder.path().join(name);
    let refused = |path: &Path| {
        let message = refusal(&mut train(path));
        assert!(
            message.starts_with(&format!("{}: ", path.display())),
            "{message}"
        );
    };
    refused(&at("file/model"));
    refused(&at("file/below/model"));
    refused(&at("folder"));
    assert_eq!(bytes(at("file")), b"earlier");
    assert_eq!(names(folder.path()), ["file", "folder"]);
    assert_eq!(names(&at("folder")), ["page"]);
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_an_earlier_model_as_it_was() {
    let folder = folder(&[("model", "earlier")]);
    let path = folder.path().join("model");
    let message = refusal(&mut common::on_a_full_disk(&train(&path)));
    assert_eq!(message.matches("os error").count(), 1, "{message}");
    assert_eq!(bytes(&path), b"earlier");
    assert_eq!(names(folder.path()), ["model"]);
}

#[cfg(unix)]
#[test]
fn no_device_is_replaced_by_a_model() {
    use std::os::unix::fs::FileTypeExt;
    let folder = empty_folder();
    let path = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
    refusal(&mut train(&path));
    let kind = fs::metadata(&path).expect("it is still there").file_type();
    assert!(kind.is_socket());
}

#[test]
fn wrong_arguments_have_a_status_of_their_own() {
    let corpus = project("data/train");
    let wrong = |arguments: &[&str]| {
        let mut command = saring();
        wrong_usage(command.arg("train").arg(&corpus).args(arguments))
    };
    assert!(wrong(&[]).contains("--output"));
    let with = |option: &str, value: &str| wrong(&["--output=m", &format!("{option}={value}")]);
    assert!(with("--l2", "0").contains("give `auto` or a number above 0"));
    assert!(with("--l2", "inf").contains("give `auto` or a number above 0"));
    assert!(with("--class-weight", "metadata").contains("give LABEL=WEIGHT"));
    assert!(with("--class-weight", "menu=2").contains("unknown label \"menu\""));
    assert!(with("--class-weight", "metadata=-1").contains("is not a number above 0"));
    assert!(with("--threads", "0").contains("give a number from 1 to 1024"));
    assert!(with("--solver", "newton").contains("[possible values: lbfgs, linfa]"));
    assert!(with("--memory-limit", "much").contains("--memory-limit"));
}

#[test]
fn the_help_says_what_every_option_does() {
    let help = printed(saring().env("COLUMNS", "100").args(["train", "--help"]));
    let expected = include_str!("snapshots/train-help.txt");
    assert!(predicate::str::diff(expected).eval(&help), "{help}");
}
