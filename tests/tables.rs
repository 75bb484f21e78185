//! `saring predict` that writes Parquet: a new table of any pages, or the table that they came in.
#![cfg(all(feature = "cli", feature = "parquet"))]

mod common;

use std::path::Path;
use std::sync::Arc;

use assert_cmd::Command;
use bytes::Bytes;
use common::{bytes, folder, names, predict, printed, refusal, said};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, Int32Type,
    Int64Type, Int96, Int96Type,
};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::record::Field;
use parquet::schema::parser::parse_message_type;
use serde_json::{Value, json};

/// Keeps every line.
const ALL: [&str; 2] = ["--threshold", "0"];

/// Columns of many types, the text among them.
const SCHEMA: &str = "message crawl {
    required int64 number;
    optional group tags (LIST) { repeated group list { optional int32 element; } }
    optional binary text (UTF8);
    optional group about { optional binary author (UTF8); required int64 at (TIMESTAMP(MILLIS,true)); }
    optional double score;
    optional boolean seen;
    optional int96 old;
    required fixed_len_byte_array(2) price (DECIMAL(4,2));
    required binary id (UTF8);
    optional binary url (UTF8);
}";

/// The pages of the rows of [`table`].
fn texts() -> Vec<String> {
    let page = |number: usize| {
        let furniture = "Beranda\nKontak\n\n\n";
        let sentence = format!("Harga beras di pasar naik {number} persen é, kata pedagang.\n");
        format!(
            "{furniture}{}BACA JUGA: Cabai",
            sentence.repeat(1 + number % 3)
        )
    };
    (0..7).map(page).collect()
}

fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<Vec<u8>>,
    values: &[T::T],
    levels: [Option<&[i16]>; 2],
) {
    let mut column = group.next_column().expect("a column").expect("a column");
    let written = column
        .typed::<T>()
        .write_batch(values, levels[0], levels[1]);
    written.expect("memory takes all");
    column.close().expect("whole");
}

/// A table of these texts, null where there is none, in row groups of three rows.
fn table(texts: &[Option<String>]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(SCHEMA).expect("a schema"));
    let metadata = KeyValue::new("origin".to_owned(), "a crawl".to_owned());
    let properties = WriterProperties::builder().set_key_value_metadata(Some(vec![metadata]));
    let properties = Arc::new(properties.build());
    let mut file = SerializedFileWriter::new(Vec::new(), schema, properties).expect("a table");
    for (index, texts) in texts.chunks(3).enumerate() {
        write_group(&mut file, 3 * index as i64, texts);
    }
    file.into_inner().expect("memory takes all")
}

fn write_group(file: &mut SerializedFileWriter<Vec<u8>>, first: i64, texts: &[Option<String>]) {
    let mut group = file.next_row_group().expect("a row group");
    let numbers: Vec<i64> = (first..).take(texts.len()).collect();
    column::<Int64Type>(&mut group, &numbers, [None, None]);
    // Of each number n: no list, an empty one, or [n, null].
    let (mut tags, mut defs, mut reps) = (Vec::new(), Vec::new(), Vec::new());
    for &number in &numbers {
        let levels: &[(i16, i16)] =
            [&[(0, 0)][..], &[(1, 0)], &[(3, 0), (2, 1)]][number as usize % 3];
        defs.extend(levels.iter().map(|level| level.0));
        reps.extend(levels.iter().map(|level| level.1));
        tags.extend((number % 3 == 2).then_some(number as i32));
    }
    column::<Int32Type>(&mut group, &tags, [Some(&defs), Some(&reps)]);
    let present: Vec<_> = texts.iter().map(|text| i16::from(text.is_some())).collect();
    let values: Vec<_> = texts
        .iter()
        .flatten()
        .map(|text| ByteArray::from(&**text))
        .collect();
    column::<ByteArrayType>(&mut group, &values, [Some(&present), None]);
    // Of each number: no group, one without an author, or one with both.
    let levels: Vec<_> = numbers.iter().map(|number| (number % 3) as i16).collect();
    let authors = numbers.iter().filter(|&number| number % 3 == 2);
    let authors: Vec<_> = authors
        .map(|number| ByteArray::from(&*format!("Penulis {number}")))
        .collect();
    column::<ByteArrayType>(&mut group, &authors, [Some(&levels), None]);
    let levels: Vec<_> = numbers
        .iter()
        .map(|number| i16::from(number % 3 > 0))
        .collect();
    let times: Vec<_> = numbers
        .iter()
        .copied()
        .filter(|number| number % 3 > 0)
        .collect();
    column::<Int64Type>(&mut group, &times, [Some(&levels), None]);
    let some: Vec<_> = numbers.iter().map(|number| (number % 2) as i16).collect();
    let odd: Vec<_> = numbers
        .iter()
        .copied()
        .filter(|number| number % 2 == 1)
        .collect();
    let scores: Vec<_> = odd.iter().map(|&number| number as f64 / 3.0).collect();
    column::<DoubleType>(&mut group, &scores, [Some(&some), None]);
    let seen: Vec<_> = odd.iter().map(|number| number % 4 == 1).collect();
    column::<BoolType>(&mut group, &seen, [Some(&some), None]);
    let old: Vec<_> = odd
        .iter()
        .map(|&number| Int96::from(vec![number as u32, 0, 2_440_588]))
        .collect();
    column::<Int96Type>(&mut group, &old, [Some(&some), None]);
    let price = |number: &i64| ByteArray::from(vec![1, *number as u8]).into();
    let prices: Vec<_> = numbers.iter().map(price).collect();
    column::<FixedLenByteArrayType>(&mut group, &prices, [None, None]);
    let ids: Vec<_> = numbers
        .iter()
        .map(|number| ByteArray::from(&*format!("id {number}")))
        .collect();
    column::<ByteArrayType>(&mut group, &ids, [None, None]);
    let url = |number: &i64| ByteArray::from(&*format!("https://www.warta.example/{number}"));
    let urls: Vec<_> = odd.iter().map(url).collect();
    column::<ByteArrayType>(&mut group, &urls, [Some(&some), None]);
    group.close().expect("whole");
}

fn whole_table() -> Vec<u8> {
    table(&texts().into_iter().map(Some).collect::<Vec<_>>())
}

/// The rows of a table: the names of their columns and the values.
fn rows(table: &[u8]) -> Vec<Vec<(String, Field)>> {
    let table = SerializedFileReader::new(Bytes::copy_from_slice(table)).expect("a table");
    let rows = table.get_row_iter(None).expect("rows");
    rows.map(|row| row.expect("a row").into_columns().into_iter().collect())
        .collect()
}

fn cell<'a>(row: &'a [(String, Field)], name: &str) -> &'a Field {
    let cell = row.iter().find(|(column, _)| column == name);
    &cell.unwrap_or_else(|| panic!("no column {name}")).1
}

fn text(row: &[(String, Field)], name: &str) -> String {
    match cell(row, name) {
        Field::Str(text) => text.clone(),
        other => panic!("{name} is {other}"),
    }
}

fn column_names(row: &[(String, Field)]) -> Vec<&str> {
    row.iter().map(|(name, _)| &**name).collect()
}

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

#[test]
fn the_schema_and_the_metadata_of_a_table_stay() {
    let input = whole_table();
    let cleaned = of("a.parquet", &input, &["--container", "same"]);
    let about = |table: Vec<u8>| {
        let table = SerializedFileReader::new(Bytes::from(table)).expect("a table");
        table.metadata().file_metadata().clone()
    };
    let (before, after) = (about(input), about(cleaned));
    assert_eq!(before.schema(), after.schema());
    assert_eq!(before.key_value_metadata(), after.key_value_metadata());
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
