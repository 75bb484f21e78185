//! `saring predict` that writes Parquet: a new table of any pages, or the table that they came in.
#![cfg(all(feature = "cli", feature = "parquet"))]

mod common;
#[path = "tables/crawl.rs"]
mod crawl;

use std::path::Path;
use std::sync::Arc;

use assert_cmd::Command;
use bytes::Bytes;
use common::{bytes, folder, names, predict, printed, refusal, said};
use crawl::{cell, column, column_names, rows, table, text, texts, whole_table};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::metadata::FileMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::record::Field;
use parquet::schema::parser::parse_message_type;
use serde_json::{Value, json};

/// Keeps every line.
const ALL: [&str; 2] = ["--threshold", "0"];

/// What `predict` prints of a file of this name.
fn of(name: &str, file: &[u8], arguments: &[&str]) -> Vec<u8> {
    let path = format!("pages/{name}");
    let folder = folder(&[(&path, file)]);
    let mut command = in_folder(folder.path(), &[&[&*path], arguments].concat());
    let output = command.output().expect("it runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn in_folder(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = predict();
    command.current_dir(folder).args(arguments);
    command
}

/// The objects of `--container jsonl`.
fn objects(name: &str, file: &[u8], arguments: &[&str]) -> Vec<Value> {
    let printed = of(name, file, &[arguments, &["--container", "jsonl"]].concat());
    let rows = printed
        .split(|&byte| byte == b'\n')
        .filter(|row| !row.is_empty());
    rows.map(|row| serde_json::from_slice(row).expect("JSON"))
        .collect()
}

/// A row without its text.
fn others(row: &[(String, Field)]) -> Vec<(String, Field)> {
    let others = row.iter().filter(|(name, _)| name != "text");
    others.cloned().collect()
}

#[test]
fn the_same_table_has_other_texts_and_nothing_else_changes() {
    let input = whole_table();
    let before = rows(&input);
    for arguments in [&[][..], &ALL] {
        let same = [arguments, &["--container", "same"]].concat();
        let after = rows(&of("a.parquet", &input, &same));
        let objects = objects("a.parquet", &input, arguments);
        assert_eq!(after.len(), before.len());
        for ((before, after), object) in before.iter().zip(&after).zip(&objects) {
            assert_eq!(object["text"].as_str(), Some(&*text(after, "text")));
            assert_ne!(text(before, "text"), text(after, "text"));
            assert_eq!(others(before), others(after));
            assert_eq!(column_names(before), column_names(after));
        }
    }
}

fn about(table: Vec<u8>) -> FileMetaData {
    let table = SerializedFileReader::new(Bytes::from(table)).expect("a table");
    table.metadata().file_metadata().clone()
}

#[test]
fn the_schema_and_the_metadata_of_a_table_stay() {
    let input = whole_table();
    let same = ["--container", "same"];
    let (before, after) = (about(input.clone()), about(of("a.parquet", &input, &same)));
    assert_eq!(before.schema(), after.schema());
    assert_eq!(before.key_value_metadata(), after.key_value_metadata());
}

#[test]
fn what_arrow_says_of_the_columns_is_left_out_where_one_is_added() {
    let arguments = ["--container", "same", "--annotate"];
    let after = about(of("a.parquet", &whole_table(), &arguments));
    let metadata = after.key_value_metadata().expect("metadata");
    let keys: Vec<_> = metadata.iter().map(|entry| &*entry.key).collect();
    assert_eq!(keys, ["origin"]);
}

#[test]
fn a_text_can_stand_in_a_group_and_be_no_unicode() {
    let schema = "message crawl { optional group page { optional binary text; } }";
    let schema = Arc::new(parse_message_type(schema).expect("a schema"));
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).expect("a table");
    let mut group = file.next_row_group().expect("a row group");
    let texts = [b"Harga \xff\n\n\nnaik".to_vec(), b"Beranda".to_vec()].map(ByteArray::from);
    column::<ByteArrayType>(&mut group, &texts, [Some(&[2, 2]), None]);
    group.close().expect("whole");
    let input = file.into_inner().expect("memory takes all");
    let same = ["--text-column", "page.text", "--container", "same"];
    let cleaned = rows(&of("a.parquet", &input, &[&ALL[..], &same].concat()));
    let cells: Vec<_> = cleaned
        .iter()
        .map(|row| cell(row, "page").to_string())
        .collect();
    let expected = [&b"Harga \xff\n\nnaik\n"[..], b"Beranda\n"];
    let expected = expected.map(|text| format!("{{text: {}}}", Field::Bytes(text.to_vec().into())));
    assert_eq!(cells, expected);
}

#[test]
fn a_table_can_be_made_of_pages_of_any_form() {
    let texts = texts();
    let jsonl: String = (texts.iter().enumerate())
        .map(|(index, text)| {
            json!({"id": index.to_string(), "site": "warta", "text": text}).to_string() + "\n"
        })
        .collect();
    let inputs = [
        ("a.parquet", whole_table()),
        ("a.jsonl", jsonl.into_bytes()),
        ("a.txt", texts[0].clone().into_bytes()),
        ("a.tsv", b"comment\tBeranda\ncontent\tHarga naik".to_vec()),
        ("a.wet", b"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: http://a.example/x\r\nContent-Length: 5\r\n\r\nHarga\r\n\r\n".to_vec()),
    ];
    for (name, input) in inputs {
        for arguments in [&[][..], &ALL, &["--max-page-bytes", "64"]] {
            let table = of(
                name,
                &input,
                &[arguments, &["--container", "parquet"]].concat(),
            );
            let (rows, objects) = (rows(&table), objects(name, &input, arguments));
            assert_eq!(rows.len(), objects.len());
            for (row, object) in rows.iter().zip(&objects) {
                assert_eq!(column_names(row), ["id", "site", "text"]);
                let site = object["site"]
                    .as_str()
                    .map_or(Field::Null, |site| Field::Str(site.to_owned()));
                assert_eq!(cell(row, "site"), &site);
                for field in ["id", "text"] {
                    assert_eq!(object[field].as_str(), Some(&*text(row, field)), "{name}");
                }
            }
        }
    }
}

#[test]
fn annotations_are_those_of_json_lines_and_the_text_stays() {
    let input = whole_table();
    let annotated = [&ALL[..], &["--annotate"]].concat();
    let objects = objects("a.parquet", &input, &annotated);
    let before = rows(&input);
    for container in ["same", "parquet"] {
        let windows = [&[][..], &["--max-page-bytes", "64"]];
        let table = windows.map(|windows| {
            let arguments = [&annotated[..], &["--container", container], windows].concat();
            rows(&of("a.parquet", &input, &arguments))
        });
        assert_eq!(table[1].len(), before.len());
        for ((row, object), before) in table[0].iter().zip(&objects).zip(&before) {
            assert_eq!(text(row, "text"), text(before, "text"));
            let annotations: Value = serde_json::from_str(&text(row, "annotations")).expect("JSON");
            assert_eq!(annotations, object["annotations"]);
            assert_eq!(row.last().expect("a column").0, "annotations");
        }
        for (row, before) in table[1].iter().zip(&before) {
            assert_eq!(text(row, "text"), text(before, "text"));
        }
    }
    let twice = [&annotated[..], &["--container", "same"]].concat();
    let once = of("a.parquet", &input, &twice);
    assert_eq!(
        of("a.parquet", &once, &twice),
        once,
        "the column is replaced"
    );
}

#[test]
fn the_same_bytes_come_of_any_number_of_threads_and_of_any_way() {
    let input = whole_table();
    for container in ["same", "parquet"] {
        let of_threads = |threads| {
            of(
                "a.parquet",
                &input,
                &["--container", container, "--threads", threads],
            )
        };
        let expected = of_threads("1");
        assert_eq!(of_threads("2"), expected);
        assert_eq!(of_threads("5"), expected);
        let files = folder(&[("a.parquet", &input)]);
        let arguments = ["a.parquet", "--container", container, "--output", "out"];
        in_folder(files.path(), &arguments).assert().success();
        assert_eq!(bytes(files.path().join("out/a.parquet")), expected);
        if container == "same" {
            let mut piped = predict();
            piped
                .args(["--container", container])
                .write_stdin(input.clone());
            assert_eq!(piped.output().expect("it runs").stdout, expected);
        }
    }
}

#[test]
fn a_page_of_which_too_little_is_left_is_no_row_or_kept_or_marked() {
    let mut texts = texts();
    texts[1] = "Beranda\r\n\n\n \nKontak".to_owned();
    texts[3] = String::new();
    let input = table(&texts.into_iter().map(Some).collect::<Vec<_>>());
    let before = rows(&input);
    for container in ["same", "parquet"] {
        let with = |how: &[&str]| {
            let limits = ["--min-chars", "40", "--container", container];
            let arguments = [&ALL[..], &limits, how].concat();
            rows(&of("a.parquet", &input, &arguments))
        };
        let ids = |rows: &[Vec<(String, Field)>]| {
            rows.iter().map(|row| text(row, "id")).collect::<Vec<_>>()
        };
        let all: Vec<String> = (0..7).map(|number| format!("id {number}")).collect();
        let dropped = with(&["--on-empty", "drop"]);
        assert_eq!(ids(&dropped), ["id 0", "id 2", "id 4", "id 5", "id 6"]);
        let kept = with(&["--on-empty", "keep"]);
        assert_eq!(ids(&kept), all);
        for index in [1, 3] {
            assert_eq!(text(&kept[index], "text"), text(&before[index], "text"));
        }
        let marked = with(&["--on-empty", "mark"]);
        assert_eq!(ids(&marked), all);
        for (index, row) in marked.iter().enumerate() {
            assert_eq!(cell(row, "empty"), &Field::Bool(matches!(index, 1 | 3)));
        }
        if container == "same" {
            let price = |row: &[(String, Field)]| cell(row, "price").clone();
            assert_eq!(price(&dropped[4]), price(&before[6]));
            assert_eq!(cell(&dropped[2], "tags"), cell(&before[4], "tags"));
        }
    }
}

#[test]
fn a_row_that_is_skipped_is_left_out_and_a_long_line_kept() {
    let long = format!("Harga naik.\n\n\n{}\nKontak", "x".repeat((1 << 20) + 1));
    let input = table(&[
        None,
        Some(long.clone()),
        None,
        Some("Harga naik.".to_owned()),
    ]);
    let files = folder(&[("a.parquet", &input), ("b.txt", &long.clone().into_bytes())]);
    let with = |arguments: &[&str]| {
        let out = tempfile::tempdir().expect("a folder");
        let mut command = in_folder(files.path(), &[arguments, &ALL, &["--skip-bad"]].concat());
        said(command.arg("--output").arg(out.path()));
        let name = names(out.path())
            .into_iter()
            .find(|name| name.ends_with("parquet"));
        rows(&bytes(out.path().join(name.expect("a table"))))
    };
    for container in ["same", "parquet"] {
        let cleaned = with(&["a.parquet", "--container", container]);
        assert_eq!(cleaned.len(), 2);
        assert_eq!(text(&cleaned[0], "id"), "id 1");
        assert_eq!(
            text(&cleaned[0], "text"),
            long.replace("\n\n\n", "\n\n") + "\n"
        );
        let annotated = with(&["a.parquet", "--container", container, "--annotate"]);
        assert_eq!(text(&annotated[0], "text"), long);
    }
    let annotated = with(&["b.txt", "--container", "parquet", "--annotate"]);
    assert_eq!(text(&annotated[0], "text"), long);
}

#[test]
fn a_table_without_rows_is_a_table() {
    let names_of = |table: &[u8]| -> Vec<String> {
        let table = SerializedFileReader::new(Bytes::copy_from_slice(table)).expect("a table");
        assert_eq!(table.metadata().file_metadata().num_rows(), 0);
        let schema = table.metadata().file_metadata().schema().clone();
        schema
            .get_fields()
            .iter()
            .map(|field| field.name().to_owned())
            .collect()
    };
    let same = of(
        "a.parquet",
        &table(&[]),
        &["--container", "same", "--annotate"],
    );
    assert_eq!(names_of(&same).last().expect("a column"), "annotations");
    let marked = ["--container", "parquet", "--on-empty", "mark"];
    assert_eq!(
        names_of(&of("a.jsonl", b"", &marked)),
        ["id", "site", "text", "empty"]
    );
}

#[test]
fn rows_are_cut_into_groups_that_are_bounded() {
    let rows: String = (0..10_000)
        .map(|number| format!("{{\"text\":\"{number}\"}}\n"))
        .collect();
    let table = of("a.jsonl", rows.as_bytes(), &["--container", "parquet"]);
    let table = SerializedFileReader::new(Bytes::from(table)).expect("a table");
    let groups = table.metadata().row_groups();
    let counts: Vec<_> = groups.iter().map(|group| group.num_rows()).collect();
    assert_eq!(counts, [8192, 1808]);
}

#[test]
fn a_run_that_fails_leaves_the_earlier_table_and_is_taken_up_again() {
    let good = whole_table();
    let bad = table(&[Some("Harga naik.".to_owned()), None]);
    let files = folder(&[
        ("in/a.parquet", &good),
        ("in/b.parquet", &bad),
        ("out/b.parquet", &b"earlier".to_vec()),
    ]);
    let run = |arguments: &[&str]| {
        let arguments = [&["in", "--container", "same", "--output", "out"], arguments].concat();
        in_folder(files.path(), &arguments)
    };
    let message = refusal(&mut run(&[]));
    assert!(
        message.ends_with("b.parquet:2: no text: it is null"),
        "{message}"
    );
    let out = |name: &str| bytes(files.path().join("out").join(name));
    assert_eq!(out("b.parquet"), b"earlier");
    assert_eq!(rows(&out("a.parquet")).len(), 7);
    std::fs::write(files.path().join("in/b.parquet"), &good).expect("writable");
    std::fs::write(files.path().join("out/a.parquet"), "complete").expect("writable");
    run(&["--resume"]).assert().success();
    assert_eq!(out("a.parquet"), b"complete", "it is not done again");
    assert_eq!(rows(&out("b.parquet")).len(), 7);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let good = whole_table();
    let files = folder(&[("a.parquet", &good), ("b.parquet", &good)]);
    let refused = |arguments: &[&str]| refusal(&mut in_folder(files.path(), arguments));
    assert_eq!(
        refused(&["a.parquet", "b.parquet", "--container", "same"]),
        "a.parquet: not a usable table: it stays a table by itself: use --output, or --container parquet"
    );
    assert!(
        refused(&["a.parquet", "--container", "parquet", "--format", "tsv"])
            .starts_with("--container takes")
    );
    assert!(
        refused(&["a.parquet", "--container", "same", "--output", "."])
            .ends_with("a.parquet is an input: give --output another folder")
    );
}

#[cfg(unix)]
#[test]
fn a_closed_or_full_standard_output_is_minded() {
    let files = folder(&[("a.parquet", &whole_table())]);
    for container in ["same", "parquet"] {
        let arguments = ["a.parquet", "--container", container];
        common::minds_its_standard_output(&in_folder(files.path(), &arguments));
    }
}

#[test]
fn a_damaged_table_is_one_line() {
    let input = whole_table();
    let files = folder(&[("a.parquet", &input)]);
    for at in (4..input.len()).step_by(input.len() / 24) {
        let mut damaged = input.clone();
        damaged[at..(at + 8).min(input.len())].fill(0xff);
        std::fs::write(files.path().join("a.parquet"), damaged).expect("writable");
        let mut command = in_folder(files.path(), &["a.parquet", "--container", "same"]);
        let output = command.output().expect("it runs");
        let said = String::from_utf8(output.stderr).expect("text");
        let expected = usize::from(!output.status.success());
        assert_eq!(said.lines().count(), expected, "{said}");
    }
}

#[test]
fn wet_archives_stay_archives() {
    let record = "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: http://a.example/x\r\nContent-Length: 5\r\n\r\nHarga\r\n\r\n";
    let mut command = predict();
    let same = printed(
        command
            .args(ALL)
            .args(["--container", "same"])
            .write_stdin(record),
    );
    assert!(same.starts_with("WARC/1.0\r\n"), "{same}");
}
