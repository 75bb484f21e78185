//! `saring predict --container`, `--annotate` and the limits: what cleaned pages are written into.
#![cfg(feature = "cli")]

mod common;

use std::io::{Read, Write};

use common::{bytes, folder, names, predict, printed, refusal, said, saring};
use serde_json::{Value, json};

/// Keeps every line.
const ALL: [&str; 2] = ["--threshold", "0"];

/// Keeps none.
const NONE: [&str; 2] = ["--threshold", "1"];

const JSONL: [&str; 2] = ["--input-format", "jsonl"];

fn of(input: &str, arguments: &[&str]) -> String {
    printed(predict().args(arguments).write_stdin(input.to_owned()))
}

#[test]
fn the_same_row_keeps_every_other_field_as_it_came() {
    let row = "{ \"n\" : 1.50, \"text\":\"Beranda\\n\\n\\nHarga \\u00e9\", \"x\": [ {} ] }\n";
    let same = [&JSONL[..], &["--container", "same"]].concat();
    assert_eq!(
        of(row, &[&same[..], &ALL].concat()),
        "{ \"n\" : 1.50, \"text\":\"Beranda\\n\\nHarga é\\n\", \"x\": [ {} ] }\n"
    );
    let row = "{\"lines\":[\"Beranda\",\" \",\"\",\"Harga\"],\"z\":1}\n";
    assert_eq!(
        of(row, &[&same[..], &ALL].concat()),
        "{\"lines\":[\"Beranda\",\"\",\"Harga\"],\"z\":1}\n"
    );
    assert_eq!(
        of(row, &[&same[..], &NONE].concat()),
        "{\"lines\":[],\"z\":1}\n"
    );
}

#[test]
fn the_same_labelled_rows_keep_their_labels_and_a_text_is_a_text() {
    let files = folder(&[
        (
            "a.tsv",
            "# by hand\ncomment\tBeranda\n\nrelated\tHarga\tnaik",
        ),
        ("b.txt", "x\r\n"),
    ]);
    let mut command = predict();
    command
        .current_dir(files.path())
        .args(["a.tsv", "b.txt", "--container", "same"]);
    command
        .args(ALL)
        .args(["--output", "out"])
        .assert()
        .success();
    let out = |name: &str| String::from_utf8(bytes(files.path().join("out").join(name)));
    assert_eq!(
        out("a.tsv").expect("text"),
        "comment\tBeranda\n\nrelated\tHarga\tnaik\n"
    );
    assert_eq!(out("b.txt").expect("text"), "x\r\n");
}

#[test]
fn an_object_has_the_text_that_text_output_has() {
    let text = "Beranda\n\n\nHarga \"naik\"\t\u{e9}.\nKontak\n".repeat(30);
    let plain = of(&text, &ALL);
    for windows in [&[][..], &["--max-page-bytes", "64"]] {
        let object = of(
            &text,
            &[&ALL[..], windows, &["--container", "jsonl"]].concat(),
        );
        let object: Value = serde_json::from_str(&object).expect("JSON");
        let expected = json!({"id": "stdin", "site": null, "text": plain});
        assert_eq!(object, expected);
        let row = json!({"id": "stdin", "text": text}).to_string();
        let arguments = [&ALL[..], &JSONL, windows, &["--container", "same"]].concat();
        let same: Value = serde_json::from_str(&of(&row, &arguments)).expect("JSON");
        assert_eq!(same, json!({"id": "stdin", "text": plain}));
    }
}

#[test]
fn annotations_find_the_lines_in_the_text_that_stays() {
    let text = "Beranda\n\n\nHarga é \u{1f600} naik.\nKontak\n".repeat(30);
    let row = json!({"text": text, "z": 1}).to_string();
    let labels = of(&text, &["--format", "jsonl"]);
    let labels: Value = serde_json::from_str(&labels).expect("JSON");
    let check = |object: &str| {
        let object: Value = serde_json::from_str(object).expect("JSON");
        assert_eq!(object["text"].as_str(), Some(&*text));
        let characters: Vec<char> = text.chars().collect();
        let lines = labels["lines"].as_array().expect("a list");
        let annotations = object["annotations"].as_array().expect("a list");
        assert_eq!(annotations.len(), lines.len());
        for (annotation, line) in annotations.iter().zip(lines) {
            let at =
                |unit: &str, index: usize| annotation[unit][index].as_u64().expect("one") as usize;
            assert_eq!(
                Some(&text[at("byte", 0)..at("byte", 1)]),
                line["text"].as_str()
            );
            let found: String = characters[at("char", 0)..at("char", 1)].iter().collect();
            assert_eq!(Some(&*found), line["text"].as_str());
        }
        annotations
            .iter()
            .map(|annotation| annotation["label"].clone())
            .collect::<Vec<_>>()
    };
    let expected: Vec<_> = labels["lines"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|line| line["label"].clone())
        .collect();
    let same = [&JSONL[..], &["--container", "same", "--annotate"]].concat();
    let object = of(&row, &same);
    assert!(
        object.starts_with(&row[..row.len() - 1]),
        "nothing else changes"
    );
    assert_eq!(check(&object), expected);
    let jsonl = ["--container", "jsonl", "--annotate"];
    assert_eq!(check(&of(&text, &jsonl)), expected);
    assert_eq!(check(&of(&row, &[&JSONL[..], &jsonl].concat())), expected);
    for threads in ["1", "3"] {
        let windows = ["--max-page-bytes", "64", "--threads", threads];
        check(&of(&text, &[&jsonl[..], &windows].concat()));
        check(&of(&row, &[&same[..], &windows].concat()));
    }
}

#[test]
fn annotations_find_the_lines_beside_one_that_is_too_long() {
    let long = "x".repeat((1 << 20) + 1);
    let text = format!("\n\nHarga naik.\n\n\n{long}\n\n\nKontak\nBeranda");
    let row = json!({"text": text}).to_string();
    let annotated = ["--skip-bad", "--annotate", "--container"];
    for (input, format, container) in [
        (&row, "jsonl", "same"),
        (&row, "jsonl", "jsonl"),
        (&text, "text", "jsonl"),
    ] {
        let arguments = [&annotated[..], &[container, "--input-format", format]].concat();
        let object: Value = serde_json::from_str(&of(input, &arguments)).expect("JSON");
        assert!(object["text"].as_str() == Some(&text), "the text stays");
        let annotations = object["annotations"].as_array().expect("a list");
        let found = annotations.iter().filter_map(|annotation| {
            let end = |index: usize| annotation["byte"][index].as_u64();
            text.get(end(0)? as usize..end(1)? as usize)
        });
        let found: Vec<_> = found.collect();
        assert_eq!(found, ["Harga naik.", "Kontak", "Beranda"], "{format}");
    }
}

#[test]
fn a_record_has_the_length_of_its_text_and_a_file_a_member_for_each() {
    let rows: String = (0..3)
        .map(|id| {
            json!({"id": id, "url": format!("https://a.example/{id}"), "text": "Harga é naik."})
                .to_string()
                + "\n"
        })
        .collect();
    let files = folder(&[("a.jsonl", rows)]);
    let run = |more: &[&str]| {
        let mut command = predict();
        command
            .current_dir(files.path())
            .args(["a.jsonl", "--container", "wet"]);
        printed(command.args(ALL).args(more))
    };
    let records = run(&[]);
    assert_eq!(
        records
            .matches("\r\nContent-Length: 15\r\n\r\nHarga é naik.\n\r\n\r\n")
            .count(),
        3
    );
    assert!(
        records.contains("\r\nWARC-Target-URI: https://a.example/2\r\n"),
        "{records}"
    );
    run(&["--output", "out"]);
    assert_eq!(
        names(&files.path().join("out")),
        [".saring-manifest.jsonl", "a.warc.wet.gz"]
    );
    let file = bytes(files.path().join("out/a.warc.wet.gz"));
    let mut gzip = std::process::Command::new("gzip");
    gzip.arg("-dc")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let mut gzip = gzip.spawn().expect("gzip runs");
    gzip.stdin
        .take()
        .expect("a pipe")
        .write_all(&file)
        .expect("it reads");
    let mut unzipped = String::new();
    gzip.stdout
        .take()
        .expect("a pipe")
        .read_to_string(&mut unzipped)
        .expect("text");
    assert!(gzip.wait().expect("it ends").success());
    assert_eq!(unzipped, records);
    let members = file
        .windows(3)
        .filter(|bytes| bytes == b"\x1f\x8b\x08")
        .count();
    assert_eq!(members, 3);
}

#[test]
fn a_page_of_which_too_little_is_left_is_dropped_kept_or_marked() {
    let text = "Beranda\r\n\n\nKontak";
    let row = json!({"id": "a", "text": text}).to_string() + "\n";
    let limited = |input: &str, on_empty: &str, more: &[&str]| {
        of(
            input,
            &[
                &NONE[..],
                &["--min-chars", "1", "--on-empty", on_empty],
                more,
            ]
            .concat(),
        )
    };
    for windows in [&[][..], &["--max-page-bytes", "4"]] {
        let with = |input: &str, on_empty: &str, more: &[&str]| {
            limited(input, on_empty, &[windows, more].concat())
        };
        let (same, object) = (["--container", "same"], ["--container", "jsonl"]);
        let same = [&JSONL[..], &same].concat();
        assert_eq!(with(text, "drop", &[]), "");
        assert_eq!(with(text, "keep", &[]), format!("{text}\n"));
        assert_eq!(with(text, "mark", &[]), "==> stdin <== empty\n");
        assert!(with(text, "mark", &["--format", "tsv"]).starts_with("# stdin\tempty\n"));
        let marked = "{\"id\":\"stdin\",\"site\":null,\"empty\":true,";
        assert!(with(text, "mark", &["--format", "jsonl"]).starts_with(marked));
        assert_eq!(
            with(text, "mark", &object),
            format!("{marked}\"text\":\"\"}}\n")
        );
        let kept: Value = serde_json::from_str(&with(text, "keep", &object)).expect("JSON");
        assert_eq!(kept["text"].as_str(), Some(text));
        assert_eq!(with(&row, "drop", &same), "");
        assert_eq!(with(&row, "keep", &same), row);
        assert_eq!(
            with(&row, "mark", &same),
            "{\"id\":\"a\",\"text\":\"\",\"empty\":true}\n"
        );
        let wet = with(text, "mark", &["--container", "wet"]);
        assert!(wet.contains("\r\nSaring-Empty: true\r\n"), "{wet}");
        assert!(wet.contains("\r\nContent-Length: 0\r\n"), "{wet}");
    }
}

#[test]
fn the_largest_share_that_may_be_removed_is_of_the_characters() {
    let with = |share: &str, threshold: [&str; 2]| {
        of(
            "Beranda",
            &[&threshold[..], &["--max-removed", share]].concat(),
        )
    };
    assert_eq!(with("0", ALL), "Beranda\n");
    assert_eq!(with("1", NONE), "");
    let arguments = ["--max-removed", "0.9", "--on-empty", "keep"];
    assert_eq!(
        of("Beranda", &[&NONE[..], &arguments].concat()),
        "Beranda\n"
    );
}

#[test]
fn a_summary_counts_pages_lines_and_characters_unless_it_is_turned_off() {
    let files = folder(&[("a.txt", "Beranda\nHarga é"), ("b.txt", "")]);
    let run = |more: &[&str]| {
        let mut command = saring();
        command
            .current_dir(files.path())
            .args(["predict", "a.txt", "b.txt"]);
        said(command.args(ALL).args(more))
    };
    let summary = run(&["--min-chars", "1"]);
    let expected = "2 pages (1 with too little left: dropped), 2 lines, 14 characters; 0.0 MB in ";
    assert!(summary.starts_with(expected), "{summary}");
    assert!(
        summary.contains("\ncontent                  2 lines             14 characters\n"),
        "{summary}"
    );
    assert_eq!(summary.lines().count(), 7, "{summary}");
    assert_eq!(run(&["--quiet"]), "");
}

#[test]
fn arguments_that_do_not_go_together_are_refused() {
    let files = folder(&[("a.txt", "Beranda"), ("b.jsonl", "")]);
    let refused = |arguments: &[&str]| {
        let mut command = predict();
        refusal(
            command
                .current_dir(files.path())
                .arg("a.txt")
                .args(arguments),
        )
    };
    for more in [["--format", "tsv"], ["--explain", "1"]] {
        let message = refused(&[&["--container", "jsonl"], &more[..]].concat());
        assert_eq!(
            message,
            "--container takes cleaned text: leave --format and --explain out"
        );
    }
    assert!(
        refused(&["--container", "wet", "--annotate"]).starts_with("--annotate adds a field: ")
    );
    assert!(refused(&["--container", "same", "--annotate"]).starts_with("a.txt has no fields: "));
    assert!(
        refused(&["--container", "same", "--output", "."]).starts_with("./a.txt is an input: ")
    );
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_table_needs_the_feature_parquet() {
    let message = refusal(predict().args(["--container", "parquet"]).write_stdin("x"));
    assert_eq!(
        message,
        "--container parquet: build saring with its feature parquet"
    );
}
