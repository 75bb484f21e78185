//! `saring evaluate` through the program: the two reports, and what it refuses.
#![cfg(feature = "cli")]

mod common;

use common::{bytes, corpus, evaluate, folder, heldout, printed, refusal, saring, wrong_usage};
use predicates::prelude::*;
use serde_json::{Value, json};

const LABELS: [&str; 6] = [
    "content",
    "metadata",
    "navigation",
    "advertisement",
    "related",
    "comment",
];

/// The report of `path` as JSON.
fn report(path: &std::path::Path, arguments: &[&str]) -> Value {
    let json = printed(
        evaluate()
            .arg(path)
            .args(["--format", "json"])
            .args(arguments),
    );
    assert_eq!(json.lines().count(), 1, "one object on one line");
    serde_json::from_str(&json).expect("JSON")
}

fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().expect("an object");
    object.keys().map(String::as_str).collect()
}

/// Asserts that `value` has at least these keys.
fn has(value: &Value, expected: &[&str]) {
    for key in expected {
        assert!(
            keys(value).contains(key),
            "{key:?} is not among {:?}",
            keys(value)
        );
    }
}

#[test]
fn the_json_has_every_key_that_programs_may_rely_on() {
    let report = report(&heldout(), &[]);
    has(
        &report,
        &[
            "sites",
            "pages",
            "lines",
            "content",
            "labels",
            "macro_f1",
            "accuracy",
            "confusion",
            "label_order",
            "by_site",
        ],
    );
    has(
        &report["content"],
        &[
            "precision",
            "recall",
            "f1",
            "average_precision",
            "recall_at_precision_95",
            "char_precision",
            "char_recall",
            "char_f1",
        ],
    );
    for label in LABELS {
        has(
            &report["labels"][label],
            &["precision", "recall", "f1", "support"],
        );
    }
    assert_eq!(report["label_order"], Value::from(LABELS.to_vec()));
    for site in report["by_site"].as_array().expect("a list") {
        has(
            site,
            &[
                "site",
                "pages",
                "lines",
                "precision",
                "recall",
                "f1",
                "char_f1",
            ],
        );
    }
}

#[test]
fn the_counts_of_the_report_agree_with_each_other() {
    let report = report(&heldout(), &[]);
    assert_eq!((&report["sites"], &report["pages"]), (&1.into(), &3.into()));
    assert_eq!(report["by_site"][0]["site"], "pawonlastri.example");
    let lines = report["lines"].as_u64().expect("a number");
    let supports = LABELS.map(|label| report["labels"][label]["support"].as_u64());
    assert_eq!(
        supports
            .iter()
            .map(|support| support.expect("a number"))
            .sum::<u64>(),
        lines
    );
    let confusion: Vec<Vec<u64>> =
        serde_json::from_value(report["confusion"].clone()).expect("a matrix");
    assert_eq!(confusion.iter().flatten().sum::<u64>(), lines);
    let hits: u64 = (0..6).map(|label| confusion[label][label]).sum();
    let accuracy = report["accuracy"].as_f64().expect("a number");
    assert!((accuracy - hits as f64 / lines as f64).abs() < 1e-12);
    let found: u64 = confusion.iter().map(|gold| gold[0]).sum();
    let precision = report["content"]["precision"].as_f64().expect("a number");
    assert!((precision - confusion[0][0] as f64 / found as f64).abs() < 1e-12);
}

#[test]
fn the_threshold_moves_lines_between_content_and_the_rest() {
    let all = report(&heldout(), &["--threshold", "0"]);
    assert_eq!(all["content"]["recall"], 1.0);
    let share = all["labels"]["content"]["support"]
        .as_f64()
        .expect("a number")
        / all["lines"].as_f64().expect("a number");
    let precision = all["content"]["precision"].as_f64().expect("a number");
    assert!((precision - share).abs() < 1e-12, "everything is content");
    let none = report(&heldout(), &["--threshold", "1"]);
    assert_eq!(none["content"]["recall"], 0.0);
    assert_eq!(none["content"]["precision"], Value::Null);
    assert_eq!(
        none["content"]["average_precision"],
        all["content"]["average_precision"]
    );
}

#[test]
fn what_the_pages_share_with_the_training_corpus_is_counted() {
    let learned = bytes(corpus()[0].join("tarif-penyeberangan.tsv"));
    let learned = String::from_utf8(learned).expect("text");
    let lines = learned.lines().filter(|row| row.contains('\t')).count();
    let site = corpus()[0].file_name().expect("a folder").to_owned();
    let site = site.into_string().expect("text");
    let new = "content\tSebelas kucing jingga berbaris di atas genting rumah Pak Lurah.\n";
    let pages = folder(&[
        ("other.example/1.tsv", learned.as_str()),
        (format!("{site}/2.tsv").as_str(), new),
        (format!("{site}/3.tsv").as_str(), new),
    ]);
    let report = report(pages.path(), &[]);
    assert_eq!(report["leaks"], json!({"sites": 1, "lines": lines}));
    assert_eq!(report["unseen"]["lines"], 2);
    let text = printed(evaluate().arg(pages.path()));
    let row = format!("seen in training     1 sites, {lines} lines");
    assert!(text.lines().any(|line| line == row), "{text}");
}

#[test]
fn without_smoothing_the_probabilities_are_others() {
    let smoothed = report(&heldout(), &[]);
    let plain = report(&heldout(), &["--no-smoothing"]);
    assert_ne!(
        smoothed["content"]["average_precision"],
        plain["content"]["average_precision"]
    );
}

#[test]
fn what_would_divide_by_zero_is_null() {
    let pages = folder(&[(
        "warta.example/1.tsv",
        "navigation\tBeranda\nnavigation\tKontak\n",
    )]);
    let report = report(pages.path(), &["--threshold", "1"]);
    for score in [
        "precision",
        "recall",
        "f1",
        "average_precision",
        "recall_at_precision_95",
    ] {
        assert_eq!(report["content"][score], Value::Null, "{score}");
    }
    assert_eq!(report["by_site"][0]["f1"], Value::Null);
    assert_eq!(report["labels"]["comment"]["support"], 0);
    assert_eq!(report["labels"]["comment"]["recall"], Value::Null);
    // The mean is over the one label that occurs.
    assert_eq!(report["macro_f1"], report["labels"]["navigation"]["f1"]);
}

#[test]
fn the_text_has_a_table_for_a_terminal() {
    let text = printed(evaluate().arg(heldout()).args(corpus()));
    assert!(text.starts_with("5 sites, 15 pages, "), "{text}");
    for row in [
        "lines ",
        "characters ",
        "average precision ",
        "macro f1 ",
        "accuracy ",
    ] {
        assert!(
            text.lines().any(|line| line.starts_with(row)),
            "no row {row:?} in {text}"
        );
    }
    for name in LABELS
        .into_iter()
        .chain(["pawonlastri.example", "ngobrolmesin.example"])
    {
        assert!(
            text.lines().any(|line| line.starts_with(name)),
            "no row {name:?} in {text}"
        );
    }
}

#[test]
fn baselines_are_measured_only_when_they_are_asked_for() {
    assert_eq!(report(&heldout(), &[])["baselines"], Value::Null);
    let report = report(&heldout(), &["--baselines"]);
    let baselines = report["baselines"].as_array().expect("a list");
    assert_eq!(baselines.len(), 4);
    assert_eq!(baselines[0]["name"], "keep all");
    assert_eq!(baselines[0]["recall"], 1.0);
    let content = report["labels"]["content"]["support"].as_f64();
    let share = content.expect("a number") / report["lines"].as_f64().expect("a number");
    let precision = baselines[0]["precision"].as_f64().expect("a number");
    assert!((precision - share).abs() < 1e-12);
    for baseline in baselines {
        let f1 = baseline["f1"].as_f64().expect("a number");
        assert!(
            f1 < report["content"]["f1"].as_f64().expect("a number"),
            "{baseline}"
        );
    }
    let text = printed(evaluate().arg(heldout()).arg("--baselines"));
    assert!(
        text.lines().any(|line| line.starts_with("keep all ")),
        "{text}"
    );
}

/// Breaks a web page wherever it is not escaped.
const HOSTILE: &str = "<script>\"&'</style>";

#[test]
fn the_web_page_needs_nothing_from_elsewhere_and_is_escaped() {
    // Of the two labels one is wrong, whatever the line is taken for.
    let rows = format!("content\t{HOSTILE}\nnavigation\t{HOSTILE}\n");
    let pages = folder(&[("warta.example/a&b.tsv", rows.as_str())]);
    let mut command = evaluate();
    command
        .arg(pages.path())
        .args(["--format", "html", "--baselines"]);
    let page = printed(&mut command);
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    assert!(!page.contains("<script"));
    assert_eq!(page.matches("</style>").count(), 1);
    assert!(page.contains("<blockquote>&lt;script&gt;&quot;&amp;'&lt;/style&gt;</blockquote>"));
    assert!(page.contains("a&amp;b, line "));
    for reference in ["src=", "href=", "url(", "@import", "http://", "https://"] {
        assert!(!page.contains(reference), "{reference}");
    }
    for heading in ["Baselines", "Strongest features", "Worst lines"] {
        assert!(page.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
}

#[test]
fn the_worst_lines_of_the_web_page_say_why() {
    let page = printed(evaluate().arg(heldout()).args(["--format", "html"]));
    let (_, worst) = page.split_once("<h2>Worst lines</h2>").expect("mistakes");
    let lines = worst.matches("<blockquote>").count();
    let confusion = &report(&heldout(), &[])["confusion"];
    let confusion: Vec<Vec<u64>> = serde_json::from_value(confusion.clone()).expect("a matrix");
    let missed: u64 = confusion[0][1..].iter().sum();
    let added: u64 = confusion[1..].iter().map(|gold| gold[0]).sum();
    assert_eq!(lines as u64, (missed + added).min(50));
    for step in ["bias", "other labels", "label sequence", "calibration"] {
        let entries = worst.matches(&format!("<code>{step}</code>")).count();
        assert_eq!(entries, lines, "{step}");
    }
}

#[test]
fn labelled_json_lines_are_evaluated_like_their_rows() {
    let object = r#"{"id": "1", "url": "https://www.warta.example/1", "lines": ["Beranda", "Kontak"], "labels": ["navigation", "content"]}"#;
    let pages = folder(&[
        ("json/1.jsonl", object),
        (
            "rows/warta.example/1.tsv",
            "navigation\tBeranda\ncontent\tKontak\n",
        ),
    ]);
    let reports = ["json", "rows"].map(|name| report(&pages.path().join(name), &[]));
    assert_eq!(reports[0], reports[1]);
    assert_eq!(reports[0]["by_site"][0]["site"], "warta.example");
}

#[test]
fn pages_that_cannot_be_evaluated_are_named() {
    let files = folder(&[
        ("empty/page.html", "<p>"),
        ("text/1.txt", "Harga naik.\n"),
        ("blank/1.tsv", "# only a comment\n"),
        (
            "bad/1.jsonl",
            "{\"id\": \"1\", \"lines\": [\"a\"], \"labels\": [\"menu\"]}\n",
        ),
    ]);
    let refused = |name: &str| {
        let mut command = evaluate();
        refusal(command.current_dir(files.path()).arg(name))
    };
    assert!(refused("absent").starts_with("absent: "));
    assert!(refused("empty").starts_with("no .tsv, .txt, .jsonl, .wet or .parquet below empty: "));
    assert!(refused("text").starts_with("text/1.txt: page \"1\" has no labels: "));
    assert_eq!(refused("blank"), "no labelled line in blank");
    let message = refused("bad");
    assert!(message.starts_with("bad/1.jsonl:1: "), "{message}");
    assert!(
        message.contains("unknown label \"menu\": use one of content, "),
        "{message}"
    );
}

#[test]
fn a_file_that_is_no_model_is_named() {
    let files = folder(&[("model", "no model")]);
    let mut command = saring();
    command
        .current_dir(files.path())
        .args(["evaluate", "--model", "model"]);
    let message = refusal(command.arg(heldout()));
    assert_eq!(
        message,
        "model: not a usable model: it is no safetensors file"
    );
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_a_failure_and_a_closed_pipe_is_none() {
    for format in ["text", "json", "html"] {
        let mut command = evaluate();
        command.args(["--format", format]).arg(heldout());
        common::minds_its_standard_output(&command);
    }
}

#[test]
fn wrong_arguments_have_a_status_of_their_own() {
    assert!(wrong_usage(saring().arg("evaluate")).contains("<CORPUS>"));
    let threshold = ["evaluate", "pages", "--threshold", "1.5"];
    assert!(wrong_usage(saring().args(threshold)).contains("give a number from 0 to 1"));
    let threshold = ["evaluate", "pages", "--threshold", "NaN"];
    assert!(wrong_usage(saring().args(threshold)).contains("give a number from 0 to 1"));
}

#[test]
fn the_help_says_what_every_option_does() {
    let help = printed(saring().env("COLUMNS", "100").args(["evaluate", "--help"]));
    let expected = include_str!("snapshots/evaluate-help.txt");
    assert!(predicate::str::diff(expected).eval(&help), "{help}");
}
