//! `saring predict` as a pipeline: the same bytes with any number of threads, long pages in windows,
//! and bounded memory.
#![cfg(feature = "cli")]
#![allow(clippy::print_stdout, reason = "tests say what they skip")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;

use common::{bytes, corpus, folder, model, names, predict, printed, saring};
use saring::window::WindowSize;
use serde_json::{Value, json};

/// Lines of pages that the model knows.
fn lines() -> Vec<String> {
    let text = |file: &Path| String::from_utf8(bytes(file)).expect("text");
    let files = corpus().into_iter().flat_map(|site| {
        let files: Vec<_> = names(&site).iter().map(|name| site.join(name)).collect();
        files
    });
    files
        .flat_map(|file| {
            let rows = text(&file);
            let line = |row: &str| row.split_once('\t').map_or("", |(_, text)| text).to_owned();
            rows.lines().map(line).collect::<Vec<_>>()
        })
        .collect()
}

/// JSON Lines of `count` small pages, padded so that they make several batches.
fn many(count: usize) -> Vec<String> {
    let lines = lines();
    let padding = "-".repeat(20_000);
    let page = |index: usize| {
        let length = 1 + index % 5;
        let start = index * 7 % (lines.len() - length);
        let text = lines[start..start + length].join("\n\n");
        json!({"id": index, "text": text, "padding": padding}).to_string()
    };
    (0..count).map(page).collect()
}

/// Standard output, standard error and whether it succeeded.
fn outcome(input: &str, arguments: &[&str]) -> (String, String, bool) {
    let mut command = predict();
    let output = command.args(arguments).write_stdin(input).output();
    let output = output.expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let success = output.status.success();
    (text(output.stdout), text(output.stderr), success)
}

const JSONL: [&str; 2] = ["--input-format", "jsonl"];

#[test]
fn many_pages_are_the_same_bytes_with_any_number_of_threads() {
    let input = many(200).join("\n");
    for arguments in [
        &["--format", "text"][..],
        &["--format", "tsv"],
        &["--format", "jsonl"],
        &["--format", "tsv", "--explain", "1"],
    ] {
        let with = |threads| {
            let all = [&JSONL[..], arguments, &["--threads", threads]].concat();
            outcome(&input, &all)
        };
        let one = with("1");
        assert!(one.2 && one.0.len() > 1000, "{}", one.1);
        assert_eq!(one, with("2"), "{arguments:?}");
        assert_eq!(one, with("5"), "{arguments:?}");
    }
}

#[test]
fn what_stands_before_a_bad_row_is_written_with_any_number_of_threads() {
    let mut rows = many(160);
    rows[100] = "{\"text\": 1}".into();
    let arguments = [&JSONL[..], &["--format", "tsv", "--threads"]].concat();
    let with = |rows: &[String], threads| {
        outcome(&rows.join("\n"), &[&arguments[..], &[threads]].concat())
    };
    let before = with(&rows[..100], "1");
    assert!(before.2);
    for threads in ["1", "2", "5"] {
        let (printed, said, success) = with(&rows, threads);
        assert!(!success);
        assert_eq!(printed, before.0, "{threads}");
        assert!(
            said.starts_with("saring: stdin:101: cannot be read"),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn files_before_a_bad_one_are_whole_and_it_has_none() {
    let page = "{\"text\": \"Beranda\"}\n";
    let files = folder(&[
        ("in/1.jsonl", page.to_owned()),
        ("in/2.jsonl", page.repeat(3)),
        ("in/3.jsonl", format!("{page}bad\n")),
        ("in/4.jsonl", page.to_owned()),
    ]);
    for threads in ["1", "2", "5"] {
        let mut command = predict();
        command.current_dir(files.path());
        command.args([
            "in",
            "--output",
            threads,
            "--threads",
            threads,
            "--threshold",
            "0",
        ]);
        let message = common::refusal(&mut command);
        assert!(message.starts_with("in/3.jsonl:2: "), "{message}");
        let out = files.path().join(threads);
        assert_eq!(names(&out), [".saring-manifest.jsonl", "1.txt", "2.txt"]);
        assert_eq!(bytes(out.join("1.txt")), b"Beranda\n");
    }
}

/// The windows of a text, and what is printed when each of them is a page.
fn windows_by_themselves(text: &str, size: WindowSize, arguments: &[&str]) -> Vec<String> {
    let mut rest = text;
    let mut printed = Vec::new();
    while !rest.is_empty() {
        let (window, after) = rest.split_at(size.end(rest.as_bytes()));
        printed.push(outcome(window, arguments).0);
        rest = after;
    }
    printed
}

#[test]
fn a_long_page_is_predicted_as_its_windows_are() {
    let text = lines()[..120].join("\n");
    let size = WindowSize {
        bytes: 1000,
        ..WindowSize::default()
    };
    let window = ["--max-page-bytes", "1000"];
    let by_themselves = windows_by_themselves(&text, size, &["--format", "tsv"]);
    assert!(by_themselves.len() > 3, "{}", by_themselves.len());
    let whole = outcome(&text, &["--format", "tsv"]).0;
    assert_ne!(by_themselves.concat(), whole, "a line depends on its page");
    let row = json!({"id": "stdin", "text": text}).to_string();
    let list: Vec<_> = text.split('\n').collect();
    let list = json!({"id": "stdin", "lines": list}).to_string();
    for threads in ["1", "2"] {
        let arguments = [&window[..], &["--format", "tsv", "--threads", threads]].concat();
        let expected = (
            by_themselves.concat(),
            "stdin is longer than --max-page-bytes or 4096 rows: predicted in windows\n".into(),
            true,
        );
        assert_eq!(outcome(&text, &arguments), expected);
        let arguments = [&arguments[..], &JSONL].concat();
        assert_eq!(outcome(&row, &arguments), expected);
        assert_eq!(outcome(&list, &arguments), expected);
    }
}

#[test]
fn blank_lines_between_kept_ones_stay_across_windows() {
    let text = "Beranda\nKontak\n\n\n\nHarga beras naik.\n\n\n\nTentang\n\n";
    let whole = outcome(text, &["--threshold", "0"]).0;
    for bytes in 1..60 {
        let bytes = bytes.to_string();
        let (printed, _, _) = outcome(text, &["--threshold", "0", "--max-page-bytes", &bytes]);
        assert_eq!(printed, whole, "{bytes}");
    }
}

#[test]
fn a_page_in_windows_is_one_object() {
    let text = lines()[..60].join("\n");
    let page = |id: u32| json!({"id": id, "site": "warta", "text": text}).to_string();
    let rows = [page(1), page(2)].join("\n");
    let arguments = [
        &JSONL[..],
        &["--format", "jsonl", "--max-page-bytes", "1KB"],
    ]
    .concat();
    let (printed, said, _) = outcome(&rows, &arguments);
    let objects: Vec<Value> = printed
        .lines()
        .map(|row| serde_json::from_str(row).expect("JSON"))
        .collect();
    assert_eq!(objects.len(), 2);
    assert_eq!(
        (&objects[1]["id"], &objects[1]["site"]),
        (&json!("2"), &json!("warta"))
    );
    let texts = objects[1]["lines"].as_array().expect("a list").iter();
    let texts: Vec<_> = texts
        .map(|line| line["text"].as_str().expect("text"))
        .collect();
    let expected: Vec<_> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    assert_eq!(texts, expected);
    assert_eq!(objects[0]["lines"], objects[1]["lines"]);
    assert_eq!(said.lines().count(), 2, "once a page: {said}");
}

#[test]
fn only_one_page_of_several_inputs_has_no_name() {
    let page = "{\"id\": 1, \"text\": \"Beranda\"}\n";
    let files = folder(&[
        ("a.jsonl", ""),
        ("b.jsonl", page),
        ("c.jsonl", "\n"),
        ("d.txt", ""),
    ]);
    let printed_of = |inputs: &[&str]| {
        let mut command = predict();
        command.current_dir(files.path()).args(inputs);
        printed(command.args(["--threshold", "0"]))
    };
    assert_eq!(printed_of(&["a.jsonl", "b.jsonl", "c.jsonl"]), "Beranda\n");
    let named = "==> 1 <==\nBeranda\n\n==> d <==\n";
    assert_eq!(
        printed_of(&["a.jsonl", "b.jsonl", "c.jsonl", "d.txt"]),
        named
    );
}

#[test]
fn a_pipe_that_is_closed_in_the_middle_is_success_with_any_number_of_threads() {
    let input = many(200).join("\n");
    for threads in ["1", "2", "5"] {
        let arguments = ["--threads", threads, "--format", "jsonl"];
        let mut child = started(&[&JSONL[..], &arguments].concat());
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = input.clone();
        // It may end before it has read everything.
        let writing = thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let mut reader = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut row = String::new();
        reader.read_line(&mut row).expect("a page");
        drop(reader);
        let output = child.wait_with_output().expect("it ends");
        writing.join().expect("no panic");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert!(output.status.success());
    }
}

fn started(arguments: &[&str]) -> Child {
    let mut command = std::process::Command::new(saring().get_program());
    command.arg("predict").arg("--model").arg(model());
    command.arg("--quiet").args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.stderr(Stdio::piped()).spawn().expect("it runs")
}

/// The peak of the memory that a process used, in MiB; `None` where the system does not tell.
fn peak_memory(process: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let row = status.lines().find_map(|row| row.strip_prefix("VmHWM:"))?;
    let kib: usize = row.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib.div_ceil(1024))
}

/// The same while a single page of `count` lines is predicted, up to its last line.
fn peak_memory_of_a_page(count: usize, arguments: &[&str]) -> Option<usize> {
    let mut child = started(arguments);
    let mut stdout = child.stdout.take().expect("a pipe");
    let reading = thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while stdout.read(&mut buffer).expect("readable") > 0 {}
    });
    let mut stdin = child.stdin.take().expect("a pipe");
    let lines = lines().join("\n") + "\n";
    let mut rest = count;
    while rest > 0 {
        let rows = rest.min(lines.lines().count());
        let text: String = lines.split_inclusive('\n').take(rows).collect();
        stdin.write_all(text.as_bytes()).expect("it reads");
        rest -= rows;
    }
    let peak = peak_memory(child.id());
    drop(stdin);
    reading.join().expect("no panic");
    assert!(child.wait().expect("it ends").success());
    peak
}

#[test]
fn memory_does_not_grow_with_the_length_of_a_page() {
    let arguments = ["--max-page-bytes", "16KiB", "--threads", "2"];
    let Some(short) = peak_memory_of_a_page(40_000, &arguments) else {
        println!("skipped: no /proc tells the memory of a process");
        return;
    };
    let long = peak_memory_of_a_page(160_000, &arguments).expect("as before");
    // How much waits for its turn differs from run to run; four times the page would be seen.
    assert!(long <= short + 24, "{short} MiB, then {long} MiB");
    assert!(long <= 64, "{long} MiB");
}

/// `cargo test --release --test pipeline -- --ignored`
#[test]
#[ignore = "takes minutes"]
fn a_page_of_ten_million_lines_takes_less_than_128_mebibytes() {
    let Some(peak) = peak_memory_of_a_page(10_000_000, &[]) else {
        println!("skipped: no /proc tells the memory of a process");
        return;
    };
    assert!(peak <= 128, "{peak} MiB");
}
