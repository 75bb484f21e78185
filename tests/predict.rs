//! `saring predict` through the program: the three forms of its output, where it reads and writes,
//! and what it refuses.
#![cfg(feature = "cli")]

mod common;

use std::fs;
use std::path::Path;

use common::{
    bytes, corpus, folder, heldout, model, names, predict, printed, refusal, said, saring,
    with_header, wrong_usage,
};
use predicates::prelude::*;
use saring::Model;
use serde_json::{Value, json};

/// A page of seven lines.
const PAGE: &str = "Beranda\nKontak\n\nWarga desa bergotong royong memperbaiki saluran air pada \
                    hari Minggu, kata kepala desa.\n\n\nHarga beras di pasar itu naik sejak awal \
                    bulan ini karena panen mundur.\nLeave a Reply\nCopyright 2024\n";

/// Everything is content at this threshold.
const ALL: [&str; 2] = ["--threshold", "0"];

/// What `saring predict` prints of a page on the standard input.
fn of(page: impl Into<Vec<u8>>, arguments: &[&str]) -> Vec<u8> {
    let mut command = predict();
    command.args(arguments).write_stdin(page.into());
    command.assert().success().get_output().stdout.clone()
}

fn text_of(page: &str, arguments: &[&str]) -> String {
    String::from_utf8(of(page, arguments)).expect("text")
}

/// The rows of a `tsv` output, split into label, probability of content and text.
fn rows(output: &str) -> Vec<(String, f64, String)> {
    let row = |row: &str| {
        let cells: Vec<_> = row.splitn(3, '\t').collect();
        let content = cells[1].parse().expect("a probability");
        (cells[0].to_owned(), content, cells[2].to_owned())
    };
    output.lines().map(row).collect()
}

#[test]
fn text_gives_the_content_of_a_page_that_was_learned() {
    let file = corpus()[0].join("tarif-penyeberangan.tsv");
    let text = printed(predict().arg(&file));
    let kept: Vec<_> = text.lines().filter(|line| !line.is_empty()).collect();
    let rows = String::from_utf8(bytes(file)).expect("text");
    let content: Vec<_> = rows
        .lines()
        .filter_map(|row| row.strip_prefix("content\t"))
        .collect();
    let right = kept.iter().filter(|line| content.contains(line)).count();
    // The model is small; a fifth of the lines are content.
    assert!(
        5 * right > 4 * kept.len(),
        "{right} of {} lines are content",
        kept.len()
    );
    assert!(
        5 * right > 4 * content.len(),
        "{right} of {} lines are kept",
        content.len()
    );
}

#[test]
fn text_gives_the_bytes_of_the_lines_and_one_blank_line_where_some_stood() {
    let page =
        b"\xef\xbb\xbfBeranda\r\n\r\n \t\r\nHarga \xff\xc2\xa0beras\r\n\0naik\xe2\x80\x8b\n\n";
    let expected = b"\xef\xbb\xbfBeranda\r\n\nHarga \xff\xc2\xa0beras\r\n\0naik\xe2\x80\x8b\n";
    assert_eq!(of(page, &ALL), expected);
}

#[test]
fn tsv_gives_a_row_for_each_line() {
    let found = rows(&text_of(PAGE, &["--format", "tsv"]));
    let lines: Vec<_> = PAGE.lines().filter(|line| !line.is_empty()).collect();
    let texts: Vec<_> = found.iter().map(|(_, _, text)| text.as_str()).collect();
    assert_eq!(texts, lines);
    for (label, content, text) in &found {
        assert!((0.0..=1.0).contains(content), "{text}");
        assert_eq!(label == "content", *content >= 0.5, "{text}");
    }
}

#[test]
fn a_tab_and_a_carriage_return_do_not_break_a_row() {
    let output = text_of("Harga\tberas\r\nBer\randa\r\n", &["--format", "tsv"]);
    let texts: Vec<_> = rows(&output).into_iter().map(|(_, _, text)| text).collect();
    assert_eq!(texts, ["Harga beras", "Ber anda"]);
}

#[test]
fn jsonl_gives_an_object_for_each_page() {
    let pages = folder(&[("warta.example/1.txt", PAGE), ("warta.example/2.txt", "")]);
    let output = printed(predict().arg(pages.path()).args(["--format", "jsonl"]));
    let objects: Vec<Value> = output
        .lines()
        .map(|row| serde_json::from_str(row).expect("JSON"))
        .collect();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["id"], "warta.example/1");
    assert_eq!(objects[0]["site"], "warta.example");
    let keys: Vec<_> = objects[0].as_object().expect("an object").keys().collect();
    assert_eq!(keys.len(), 3, "{keys:?}");
    let lines = objects[0]["lines"].as_array().expect("a list");
    let texts: Vec<_> = lines
        .iter()
        .map(|line| line["text"].as_str().expect("text"))
        .collect();
    assert_eq!(
        texts,
        PAGE.lines()
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
    );
    for line in lines {
        let content = line["content"].as_f64().expect("a probability");
        assert_eq!(line["label"] == "content", content >= 0.5, "{line}");
    }
    assert_eq!(
        objects[1],
        json!({"id": "warta.example/2", "site": "warta.example", "lines": []})
    );
}

#[test]
fn the_three_forms_agree() {
    let text = text_of(PAGE, &[]);
    let kept: Vec<_> = text.lines().filter(|line| !line.is_empty()).collect();
    let rows = rows(&text_of(PAGE, &["--format", "tsv"]));
    let content: Vec<_> = rows.iter().filter(|row| row.0 == "content").collect();
    assert_eq!(
        content.iter().map(|row| row.2.as_str()).collect::<Vec<_>>(),
        kept
    );
    let object: Value = serde_json::from_str(&text_of(PAGE, &["--format", "jsonl"])).expect("JSON");
    for (row, line) in rows.iter().zip(object["lines"].as_array().expect("a list")) {
        assert_eq!(row.0, line["label"].as_str().expect("a label"));
        let content = line["content"].as_f64().expect("a probability");
        // Four decimals in one, six in the other.
        assert!((row.1 - content).abs() <= 0.5001e-4, "{line}");
    }
}

#[test]
fn several_pages_are_named_and_parted_by_a_blank_line() {
    let pages = folder(&[
        ("b/2.txt", "Kontak"),
        ("a/1.txt", "Beranda\n\n\n"),
        ("a/3.txt", ""),
    ]);
    let text = printed(predict().arg(pages.path()).args(ALL));
    assert_eq!(
        text,
        "==> a/1 <==\nBeranda\n\n==> a/3 <==\n\n==> b/2 <==\nKontak\n"
    );
    let files = ["b/2.txt", "a/1.txt"].map(|name| pages.path().join(name));
    let text = printed(predict().args(&files).args(ALL));
    assert_eq!(
        text, "==> 2 <==\nKontak\n\n==> 1 <==\nBeranda\n",
        "as they were given"
    );
}

#[test]
fn keep_chooses_the_labels_of_text_output() {
    let rows = rows(&text_of(PAGE, &["--format", "tsv"]));
    for keep in [
        "navigation",
        "content,navigation",
        "content,metadata,related,comment",
    ] {
        let labels: Vec<_> = keep.split(',').collect();
        let kept = rows.iter().filter(|row| labels.contains(&row.0.as_str()));
        let expected: Vec<_> = kept.map(|row| row.2.clone()).collect();
        let text = text_of(PAGE, &["--keep", keep]);
        let lines: Vec<_> = text.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines, expected, "{keep}");
    }
}

#[test]
fn the_threshold_says_from_which_probability_on_a_line_is_content() {
    let labels = |threshold: &str| {
        rows(&text_of(
            PAGE,
            &["--format", "tsv", "--threshold", threshold],
        ))
    };
    assert!(labels("0").iter().all(|row| row.0 == "content"));
    assert!(labels("1").iter().all(|row| row.0 != "content"));
    assert!(
        labels("0.9")
            .iter()
            .all(|row| (row.0 == "content") == (row.1 >= 0.9))
    );
    assert_eq!(text_of(PAGE, &["--threshold", "1"]), "");
}

#[test]
fn without_smoothing_a_line_does_not_depend_on_the_label_sequence() {
    let smoothed = text_of(PAGE, &["--format", "tsv"]);
    let plain = text_of(PAGE, &["--format", "tsv", "--no-smoothing"]);
    assert_ne!(smoothed, plain);
    // A model whose label sequence has another scale differs in the smoothed ones only.
    let scale = |scale: f64| format!(r#"\"evidence_scale\":{scale:?}"#);
    let model = Model::from_bytes(&bytes(model())).expect("a model");
    let old = scale(model.sequence().evidence_scale);
    let other = with_header(|header| header.replace(&old, &scale(0.123)));
    let folder = folder(&[("model", other)]);
    let with_other = |arguments: &[&str]| {
        let mut command = saring();
        command.args(["predict", "--format", "tsv"]).args(arguments);
        command.arg("--model").arg(folder.path().join("model"));
        printed(command.write_stdin(PAGE))
    };
    assert_eq!(with_other(&["--no-smoothing"]), plain);
    assert_ne!(with_other(&[]), smoothed);
}

#[test]
fn an_explanation_adds_up_to_the_log_odds_of_the_probability() {
    let number = |value: &Value| value.as_f64().expect("a number");
    for smoothing in [&[][..], &["--no-smoothing"]] {
        let plain = [&["--format", "jsonl"], smoothing].concat();
        let explained = [&plain[..], &["--explain", "2"]].concat();
        let object = |arguments: &[&str]| -> Value {
            serde_json::from_str(&text_of(PAGE, arguments)).expect("JSON")
        };
        let mut explained = object(&explained);
        for line in explained["lines"].as_array_mut().expect("a list") {
            let line = line.as_object_mut().expect("an object");
            let explanation = line.remove("explanation").expect("it was asked for");
            let features = ["for", "against"].map(|side| {
                let features = explanation[side].as_array().expect("a list");
                assert!(features.len() <= 2, "{explanation}");
                features
                    .iter()
                    .map(|f| number(&f["contribution"]))
                    .sum::<f64>()
            });
            let remaining = number(&explanation["remaining"]["contribution"]);
            let score = number(&explanation["bias"]) + features[0] + features[1] + remaining;
            assert!(
                (score - number(&explanation["score"])).abs() < 1e-9,
                "{explanation}"
            );
            let steps = ["other_labels", "label_sequence", "calibration"];
            let steps: f64 = steps.map(|step| number(&explanation[step])).iter().sum();
            let log_odds = number(&explanation["log_odds"]);
            assert!((score + steps - log_odds).abs() < 1e-9, "{explanation}");
            // `content` has six decimals.
            let content = 1.0 / (1.0 + (-log_odds).exp());
            assert!(
                (content - number(&line["content"])).abs() <= 0.5001e-6,
                "{explanation}"
            );
            assert_ne!(explanation["other"], "content");
        }
        assert_eq!(explained, object(&plain), "otherwise it is the same");
    }
}

#[test]
fn an_explanation_stands_indented_below_the_row_of_its_line() {
    let rows = text_of(PAGE, &["--format", "tsv"]);
    let explained = text_of(PAGE, &["--format", "tsv", "--explain", "1"]);
    assert_eq!(text_of(PAGE, &["--explain", "1"]), explained);
    let is_entry = |row: &&str| row.starts_with("    ");
    let outer: Vec<_> = explained.lines().filter(|row| !is_entry(row)).collect();
    assert_eq!(outer, rows.lines().collect::<Vec<_>>());
    let entries = explained.lines().filter(is_entry);
    for sum in ["content against ", "log-odds of content"] {
        let is_sum = |row: &&str| row.trim_start().starts_with('=') && row.contains(sum);
        assert_eq!(entries.clone().filter(is_sum).count(), rows.lines().count());
    }
    // Bias, one feature for and one against, the others, and the three steps between two sums.
    assert_eq!(
        entries.count(),
        (1 + 2 + 1 + 1 + 3 + 1) * rows.lines().count()
    );
}

#[test]
fn explained_pages_are_named_and_written_into_folders_like_others() {
    let pages = folder(&[("a.txt", "Beranda"), ("b.txt", "Kontak")]);
    let text = printed(predict().arg(pages.path()).args(["--explain", "0"]));
    let named: Vec<_> = text.lines().filter(|row| row.starts_with("==> ")).collect();
    assert_eq!(named, ["==> a <==", "==> b <=="]);
    let mut command = predict();
    command.current_dir(pages.path());
    command.args(["a.txt", "--explain", "0", "--output", "out"]);
    assert_eq!(printed(&mut command), "");
    let file = String::from_utf8(bytes(pages.path().join("out/a.txt"))).expect("text");
    assert!(text.contains(&file), "{file}");
}

#[test]
fn the_site_is_the_folder_of_a_walk_the_given_one_or_none() {
    let pages = folder(&[("warta.example/1.txt", "Beranda")]);
    let site = |command: &mut assert_cmd::Command| -> Value {
        let output = printed(command.args(["--format", "jsonl"]));
        serde_json::from_str::<Value>(&output).expect("JSON")["site"].clone()
    };
    let file = pages.path().join("warta.example/1.txt");
    assert_eq!(site(predict().arg(pages.path())), "warta.example");
    assert_eq!(site(predict().arg(&file)), Value::Null);
    assert_eq!(
        site(predict().arg(&file).args(["--site", "kabar.example"])),
        "kabar.example"
    );
    assert_eq!(site(predict().write_stdin("Beranda")), Value::Null);
}

#[test]
fn the_input_format_can_be_given() {
    let tsv = "# note\nnavigation\tBeranda\n";
    let with =
        |page: &str, format: &str| text_of(page, &["--input-format", format, ALL[0], ALL[1]]);
    assert_eq!(with(tsv, "tsv"), "Beranda\n");
    assert_eq!(with(tsv, "text"), tsv);
    assert_eq!(with(tsv, "auto"), tsv, "the standard input is text");
    let objects =
        "{\"id\": 1, \"text\": \"Beranda\\n\\nKontak\"}\n{\"id\": 2, \"lines\": [\"a\"]}\n";
    assert_eq!(
        with(objects, "jsonl"),
        "==> 1 <==\nBeranda\n\nKontak\n\n==> 2 <==\na\n"
    );
}

#[test]
fn a_dash_and_nothing_are_the_standard_input() {
    assert_eq!(text_of(PAGE, &["-"]), text_of(PAGE, &[]));
    let mut command = predict();
    let message = refusal(command.args(["-", "-"]).write_stdin(PAGE));
    assert_eq!(
        message,
        "- is given twice: the standard input can be read only once"
    );
}

#[test]
fn an_empty_page_prints_nothing() {
    for page in ["", "\n \r\n", "\u{feff}"] {
        assert_eq!(text_of(page, &[]), "");
        assert_eq!(text_of(page, &["--format", "tsv"]), "");
    }
    assert_eq!(said(predict().write_stdin("")), "");
}

#[test]
fn an_output_folder_gets_a_file_for_each_input_file() {
    let pages = folder(&[
        ("in/a/1.txt", "Beranda\n"),
        ("in/b/2.tsv", "navigation\tKontak\n"),
        (
            "in/c.jsonl",
            "{\"id\": \"x\", \"text\": \"a\"}\n{\"id\": \"y\", \"text\": \"b\"}\n",
        ),
        ("in/d.txt", ""),
        ("out/a/1.txt", "earlier"),
        ("out/other.txt", "earlier"),
    ]);
    let mut command = predict();
    command
        .current_dir(pages.path())
        .args(["in", "--output", "out"])
        .args(ALL);
    assert_eq!(printed(&mut command), "");
    let out = pages.path().join("out");
    assert_eq!(
        names(&out),
        [
            ".saring-manifest.jsonl",
            "a",
            "b",
            "c.txt",
            "d.txt",
            "other.txt"
        ]
    );
    assert_eq!(bytes(out.join("a/1.txt")), b"Beranda\n");
    assert_eq!(bytes(out.join("b/2.txt")), b"Kontak\n");
    assert_eq!(bytes(out.join("c.txt")), b"==> x <==\na\n\n==> y <==\nb\n");
    assert_eq!(bytes(out.join("d.txt")), b"");
    assert_eq!(bytes(out.join("other.txt")), b"earlier");
    command.args(["--format", "jsonl"]).assert().success();
    assert_eq!(names(&out.join("b")), ["2.jsonl", "2.txt"]);
}

#[test]
fn an_output_that_would_replace_an_input_or_another_output_is_refused() {
    let pages = folder(&[("a/1.txt", "Beranda"), ("b/1.txt", "Kontak")]);
    let refused = |arguments: &[&str]| {
        let mut command = predict();
        refusal(command.current_dir(pages.path()).args(arguments))
    };
    let message = refused(&["a/1.txt", "--output", "a"]);
    assert_eq!(message, "a/1.txt is an input: give --output another folder");
    let message = refused(&["a/1.txt", "b/1.txt", "--output", "out"]);
    assert!(
        message.starts_with("a/1.txt and b/1.txt would both be written to "),
        "{message}"
    );
    assert_eq!(bytes(pages.path().join("a/1.txt")), b"Beranda");
    assert_eq!(names(pages.path()), ["a", "b"]);
}

#[test]
fn any_number_of_threads_prints_the_same() {
    let with = |threads: &str| {
        let mut command = predict();
        command
            .args(corpus())
            .arg(heldout())
            .args(["--format", "tsv", "--threads", threads]);
        printed(&mut command)
    };
    let one = with("1");
    assert_eq!(
        one.lines().filter(|line| line.starts_with("# ")).count(),
        15
    );
    assert_eq!(one, with("2"));
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_a_failure_and_a_closed_pipe_is_none() {
    let containers = ["jsonl", "wet"].map(|name| ["--container", name]);
    let formats = ["text", "tsv", "jsonl"].map(|name| ["--format", name]);
    for form in formats.into_iter().chain(containers) {
        let mut command = predict();
        command.args(form).args(ALL).arg(heldout());
        common::minds_its_standard_output(&command);
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_an_earlier_output_as_it_was() {
    let line = "Harga beras naik.\n";
    let files = folder(&[
        ("1.txt", line),
        ("2.txt", &line.repeat(1000)),
        ("out/2.txt", "earlier"),
    ]);
    let mut command = predict();
    command.args(["1.txt", "2.txt"].map(|name| files.path().join(name)));
    command
        .args(ALL)
        .arg("--output")
        .arg(files.path().join("out"));
    let message = refusal(&mut common::on_a_full_disk(&command));
    assert!(message.contains("2.txt: "), "{message}");
    let expected = [".saring-manifest.jsonl", "1.txt", "2.txt"];
    assert_eq!(names(&files.path().join("out")), expected);
    assert_eq!(bytes(files.path().join("out/1.txt")), line.as_bytes());
    assert_eq!(bytes(files.path().join("out/2.txt")), b"earlier");
}

#[test]
fn an_output_folder_that_cannot_be_written_is_named() {
    let files = folder(&[("1.txt", "Beranda"), ("file", "earlier")]);
    let refused = |output: &str| {
        let mut command = predict();
        refusal(
            command
                .current_dir(files.path())
                .args(["1.txt", "--output", output]),
        )
    };
    for output in ["file", "file/below"] {
        let message = refused(output);
        assert!(
            message.starts_with(&format!("{output}/.saring-manifest.jsonl: ")),
            "{message}"
        );
        assert_eq!(message.matches("os error").count(), 1, "{message}");
    }
    assert_eq!(bytes(files.path().join("file")), b"earlier");
    assert_eq!(names(files.path()), ["1.txt", "file"]);
}

#[test]
fn an_input_that_cannot_be_read_is_named() {
    let files = folder(&[
        ("empty/page.html", "<p>"),
        ("bad.jsonl", "{\"id\": 1}\n"),
        ("1.txt", "a"),
    ]);
    let refused = |arguments: &[&str]| {
        let mut command = predict();
        refusal(command.current_dir(files.path()).args(arguments))
    };
    assert!(refused(&["absent.txt"]).starts_with("absent.txt: "));
    assert!(
        refused(&["1.txt", "absent.txt"]).starts_with("absent.txt: "),
        "before any output"
    );
    assert!(
        refused(&["empty"]).starts_with("no .tsv, .txt, .jsonl, .wet or .parquet below empty: ")
    );
    assert!(refused(&["bad.jsonl"]).starts_with("bad.jsonl:1: "));
    assert_eq!(refused(&["absent.txt"]).matches("os error").count(), 1);
}

#[cfg(unix)]
#[test]
fn a_folder_that_holds_itself_is_refused_with_its_reason_once() {
    let files = folder(&[("in/1.txt", "a")]);
    std::os::unix::fs::symlink("absent", files.path().join("in/2.txt")).expect("writable");
    let message = refusal(predict().arg(files.path().join("in")));
    assert_eq!(message.matches("os error").count(), 1, "{message}");
    fs::remove_file(files.path().join("in/2.txt")).expect("writable");
    std::os::unix::fs::symlink(Path::new("."), files.path().join("in/again")).expect("writable");
    let message = refusal(predict().arg(files.path().join("in")));
    assert!(message.contains("loop"), "{message}");
}

#[test]
fn a_file_that_is_no_model_is_named() {
    let files = folder(&[("model", "no model"), ("folder/1.txt", "Beranda")]);
    let refused = |name: &str| {
        let mut command = saring();
        command
            .current_dir(files.path())
            .args(["predict", "folder", "--model", name]);
        refusal(&mut command)
    };
    assert_eq!(
        refused("model"),
        "model: not a usable model: it is no safetensors file"
    );
    assert!(refused("absent").starts_with("cannot open the model absent: "));
    assert!(refused("folder").starts_with("folder: cannot read the model: "));
}

#[test]
fn wrong_arguments_have_a_status_of_their_own() {
    let wrong = |option: &str, value: &str| {
        wrong_usage(saring().arg("predict").arg(format!("{option}={value}")))
    };
    assert!(wrong("--threshold", "2").contains("give a number from 0 to 1"));
    assert!(wrong("--threads", "0").contains("give a number from 1 to 1024"));
    assert!(wrong("--explain", "all").contains("invalid digit"));
    assert!(wrong("--keep", "menu").contains("use one of content, metadata, navigation"));
    assert!(wrong("--format", "xml").contains("[possible values: text, tsv, jsonl]"));
    assert!(
        wrong("--input-format", "xml")
            .contains("[possible values: auto, text, tsv, jsonl, wet, parquet]")
    );
    assert!(wrong("--unknown", "1").contains("unexpected argument '--unknown'"));
}

#[test]
fn the_help_says_what_every_option_does() {
    let help = |arguments: &[&str]| printed(saring().env("COLUMNS", "100").args(arguments));
    let expected = include_str!("snapshots/predict-help.txt");
    let command = help(&["predict", "--help"]);
    assert!(predicate::str::diff(expected).eval(&command), "{command}");
    let expected = include_str!("snapshots/help.txt");
    let all = help(&["--help"]);
    assert!(predicate::str::diff(expected).eval(&all), "{all}");
}
