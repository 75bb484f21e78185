//! What the commands read: the same pages from text, JSON Lines, WET and Parquet, compressed or not;
//! inputs that are damaged, cut off or too long.
#![cfg(feature = "cli")]
#![allow(clippy::print_stdout, reason = "tests say what they skip")]

mod common;
#[path = "common/samples.rs"]
mod samples;

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use common::{bytes, empty_folder, folder, model, predict, printed, refusal, said, saring};
use samples::{Sample, gzip, jsonl, samples, warcinfo, wet, wet_gz, zst};
use serde_json::{Value, json};

/// What is printed of a file of this name.
fn cleaned(name: &str, file: impl AsRef<[u8]>, arguments: &[&str]) -> String {
    let folder = folder(&[(name, file)]);
    printed(predict().arg(folder.path().join(name)).args(arguments))
}

fn objects(output: &str) -> Vec<Value> {
    let object = |row| serde_json::from_str(row).expect("JSON");
    output.lines().map(object).collect()
}

#[test]
fn a_wet_file_in_common_crawls_form_gives_each_page_its_site_and_id() {
    let samples = samples();
    let output = cleaned("x.warc.wet.gz", wet_gz(&samples), &["--format", "jsonl"]);
    let objects = objects(&output);
    assert_eq!(objects.len(), samples.len());
    for (object, page) in objects.iter().zip(&samples) {
        assert_eq!(object["id"], page.id);
        assert_eq!(object["site"], page.host);
    }
}

#[test]
fn the_same_pages_are_cleaned_the_same_in_every_format_and_compression() {
    let samples = samples();
    let rows = jsonl(&samples);
    for arguments in [&[][..], &["--format", "tsv"], &["--format", "jsonl"]] {
        let expected = cleaned("a.jsonl", &rows, arguments);
        assert!(expected.len() > 1000);
        for (name, file) in [
            ("a.jsonl.gz", gzip(rows.as_bytes())),
            ("a.JSONL.ZST", zst(rows.as_bytes())),
            ("a.jsonl", zst(rows.as_bytes())),
            ("a.wet", wet(&samples).into_bytes()),
            ("a.warc.wet.gz", wet_gz(&samples)),
            ("a.txt", wet_gz(&samples)),
            ("a", zst(wet(&samples).as_bytes())),
            #[cfg(feature = "parquet")]
            ("a.parquet", samples::table_of(&samples)),
            #[cfg(feature = "parquet")]
            ("a", samples::table_of(&samples)),
            #[cfg(feature = "parquet")]
            ("a.parquet.gz", gzip(&samples::table_of(&samples))),
        ] {
            assert_eq!(cleaned(name, &file, arguments), expected, "{name}");
            if !name.to_lowercase().contains("json") {
                let mut command = predict();
                let output = printed(command.args(arguments).write_stdin(file));
                assert_eq!(output, expected, "{name} on the standard input");
            }
        }
    }
    let texts: String = samples
        .iter()
        .map(|page| cleaned("a.txt", &page.text, &[]))
        .collect();
    let apart: String = samples
        .iter()
        .map(|page| cleaned("a.jsonl", page.json(), &[]))
        .collect();
    assert_eq!(texts, apart);
    for page in &samples {
        let expected = cleaned("a.txt", &page.text, &[]);
        assert_eq!(
            cleaned("a.txt.zst", zst(page.text.as_bytes()), &[]),
            expected
        );
        let mut command = predict();
        assert_eq!(
            printed(command.write_stdin(gzip(page.text.as_bytes()))),
            expected
        );
    }
}

#[test]
fn the_input_format_overrules_what_the_first_bytes_tell() {
    let archive = wet(&samples()[..1]);
    let all = ["--threshold", "0", "--input-format"];
    let text = cleaned("a.wet", &archive, &[&all[..], &["text"]].concat());
    assert!(text.starts_with("WARC/1.0\r\n"), "{text}");
    let folder = folder(&[("a.txt", "Beranda"), ("b.wet", "Beranda")]);
    let mut command = predict();
    command
        .current_dir(folder.path())
        .args(["a.txt", "--input-format", "wet"]);
    let message = "a.txt: record at byte 0: a record begins with \"WARC/1.0\" or \"WARC/1.1\"";
    assert_eq!(refusal(&mut command), message);
    let mut command = predict();
    command.current_dir(folder.path()).arg("b.wet");
    assert_eq!(refusal(&mut command), message.replace("a.txt", "b.wet"));
}

#[test]
fn folders_give_their_compressed_files_and_archives_and_each_has_its_own_output() {
    let samples = samples();
    let files = folder(&[
        ("in/a.txt.gz", gzip(b"Beranda\n")),
        ("in/b.jsonl.zst", zst(jsonl(&samples).as_bytes())),
        ("in/c.x.warc.wet.gz", wet_gz(&samples)),
        ("in/d.tsv.zst", zst(b"content\tBeranda\n")),
        ("in/e.html.gz", gzip(b"<p>")),
    ]);
    let mut command = predict();
    command.current_dir(files.path());
    command.args(["in", "--output", "out", "--threshold", "0"]);
    assert_eq!(said(&mut command), "");
    let out = files.path().join("out");
    assert_eq!(
        common::names(&out),
        [
            ".saring-manifest.jsonl",
            "a.txt",
            "b.txt",
            "c.x.txt",
            "d.txt"
        ]
    );
    assert_eq!(bytes(out.join("a.txt")), b"Beranda\n");
    assert_eq!(bytes(out.join("b.txt")), bytes(out.join("c.x.txt")));
    assert_eq!(bytes(out.join("d.txt")), b"Beranda\n");
}

#[test]
fn profiles_and_evaluations_read_the_same_sources() {
    let samples = samples();
    let page =
        "{\"id\": 1, \"site\": \"a\", \"lines\": [\"Beranda\"], \"labels\": [\"navigation\"]}\n";
    let files = folder(&[
        ("a.jsonl", jsonl(&samples).into_bytes()),
        ("a.warc.wet.gz", wet_gz(&samples)),
        ("gold.jsonl", page.repeat(2).into_bytes()),
        ("gold.jsonl.gz", gzip(page.repeat(2).as_bytes())),
        (
            "bad.jsonl.gz",
            gzip(format!("{page}bad\n{page}").as_bytes()),
        ),
    ]);
    let run = |arguments: &[&str]| {
        let mut command = saring();
        command.current_dir(files.path()).args(arguments);
        command
    };
    for name in ["a.jsonl", "a.warc.wet.gz"] {
        said(&mut run(&[
            "profile",
            name,
            "--output",
            &format!("{name}.profile"),
        ]));
    }
    let profile = |name: &str| bytes(files.path().join(name));
    assert_eq!(profile("a.jsonl.profile"), profile("a.warc.wet.gz.profile"));
    let evaluate = |name: &str, more: &[&str]| {
        let mut command = run(&["evaluate", name, "--format", "json", "--model"]);
        command.arg(model()).args(more);
        command
    };
    let scores = printed(&mut evaluate("gold.jsonl", &[]));
    assert_eq!(printed(&mut evaluate("gold.jsonl.gz", &[])), scores);
    let message = refusal(&mut evaluate("bad.jsonl.gz", &[]));
    assert!(
        message.starts_with("bad.jsonl.gz:2: not a JSON object"),
        "{message}"
    );
    let mut skipping = evaluate("bad.jsonl.gz", &["--skip-bad"]);
    assert_eq!(printed(&mut skipping), scores);
    assert!(said(&mut skipping).starts_with("skipped: bad.jsonl.gz:2: not a JSON object"));
}

/// What is printed and said of a file that has a damaged record, with `--skip-bad`.
fn skipping(name: &str, file: impl AsRef<[u8]>, threads: &str) -> (String, String) {
    let folder = folder(&[(name, file)]);
    let mut command = predict();
    command.current_dir(folder.path());
    command.args([
        name,
        "--skip-bad",
        "--format",
        "jsonl",
        "--threads",
        threads,
    ]);
    let output = command.assert().success().get_output().clone();
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr))
}

#[test]
fn a_damaged_record_is_told_and_passed_over_with_skip_bad() {
    let samples = samples();
    let expected = cleaned("a.jsonl", jsonl(&samples), &["--format", "jsonl"]);
    let rows = format!("{{\n{}[1]\n", jsonl(&samples));
    let broken = samples[0]
        .conversion()
        .replace("Content-Length: ", "Content-Length: 9");
    let archive = format!(
        "{}{broken}{}",
        warcinfo(),
        &wet(&samples)[warcinfo().len()..]
    );
    for threads in ["1", "2"] {
        let (output, said) = skipping("a.jsonl.gz", gzip(rows.as_bytes()), threads);
        assert_eq!(output, expected);
        let said: Vec<_> = said.lines().collect();
        assert_eq!(said.len(), 2);
        assert!(
            said[0].starts_with("skipped: a.jsonl.gz:1: cannot be read at column "),
            "{said:?}"
        );
        let last = format!(
            "skipped: a.jsonl.gz:{}: not a JSON object",
            samples.len() + 2
        );
        assert!(said[1].starts_with(&last), "{said:?}");

        let (output, said) = skipping("a.wet", &archive, threads);
        assert_eq!(output, expected);
        let place = format!("skipped: a.wet: record at byte {}: ", warcinfo().len());
        assert!(
            said.starts_with(&place) && said.lines().count() == 1,
            "{said}"
        );
    }
    let folder = folder(&[("a.wet", &archive)]);
    let mut command = predict();
    let message = refusal(command.current_dir(folder.path()).arg("a.wet"));
    assert!(message.starts_with("a.wet: record at byte "), "{message}");
}

#[test]
fn what_is_whole_before_a_cut_is_written_and_the_cut_is_one_line() {
    let samples = samples();
    let expected = cleaned("a.jsonl", jsonl(&samples), &["--format", "jsonl"]);
    for (name, file) in [
        ("a.jsonl.gz", gzip(jsonl(&samples).as_bytes())),
        ("a.jsonl.zst", zst(jsonl(&samples).as_bytes())),
        ("a.warc.wet.gz", wet_gz(&samples)),
        ("a.wet", wet(&samples).into_bytes()),
        #[cfg(feature = "parquet")]
        ("a.parquet", samples::table_of(&samples)),
    ] {
        let folder = empty_folder();
        let step = file.len() / 7;
        for end in (step..file.len()).step_by(step) {
            std::fs::write(folder.path().join(name), &file[..end]).expect("writable");
            let mut command = predict();
            command.current_dir(folder.path());
            command.args([name, "--format", "jsonl"]);
            let output = command.assert().code(1).get_output().clone();
            let printed = String::from_utf8(output.stdout).expect("text");
            assert!(expected.starts_with(&printed), "{name} {end}");
            let said = String::from_utf8(output.stderr).expect("text");
            assert!(said.starts_with(&format!("saring: {name}: ")), "{said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
    }
}

#[test]
fn a_gzip_that_is_cut_off_tells_its_byte_and_gives_the_members_before() {
    let samples = samples();
    let members = wet_gz(&samples[..1]);
    let more = gzip(samples[1].conversion().as_bytes());
    let end = members.len() + more.len() / 2;
    let folder = folder(&[("a.wet.gz", &[members, more].concat()[..end])]);
    let mut command = predict();
    command.current_dir(folder.path());
    let output = command
        .args(["a.wet.gz", "--format", "jsonl"])
        .assert()
        .code(1)
        .get_output()
        .clone();
    let printed = String::from_utf8(output.stdout).expect("text");
    assert_eq!(objects(&printed)[0]["id"], samples[0].id);
    let said = String::from_utf8(output.stderr).expect("text");
    let expected = format!("saring: a.wet.gz: gzip data cut off at byte {end}\n");
    assert_eq!(said, expected);
}

#[test]
fn a_line_beyond_one_mebibyte_is_an_error_or_kept_without_a_label() {
    let long = "é".repeat(3 << 19);
    let text = format!("Beranda\n\n{long}\nKontak\n");
    let files = folder(&[
        ("a.txt", text.clone()),
        ("a.jsonl", json!({"id": "a", "text": text}).to_string()),
        ("fits.txt", format!("{}\n", "x".repeat(1 << 20))),
    ]);
    let run = |arguments: &[&str]| {
        let mut command = predict();
        command.current_dir(files.path()).args(arguments);
        command.args(["--threshold", "0"]);
        command
    };
    printed(&mut run(&["fits.txt"]));
    let message = |name: &str| {
        let output = run(&[name]).assert().code(1).get_output().clone();
        String::from_utf8(output.stderr).expect("text")
    };
    let hint = "is longer than 1048576 bytes: cut it, or pass it through with --skip-bad\n";
    assert_eq!(message("a.txt"), format!("saring: a.txt: line 3 {hint}"));
    assert_eq!(
        message("a.jsonl"),
        format!("saring: a.jsonl: page \"a\": line 2 {hint}")
    );
    for name in ["a.txt", "a.jsonl"] {
        let of = |format: &str| run(&[name, "--skip-bad", "--format", format]);
        assert!(printed(&mut of("text")) == text, "{name}");
        assert!(said(&mut of("text")).contains("kept without a label: "));
        let object: Value = serde_json::from_str(&printed(&mut of("jsonl"))).expect("JSON");
        assert_eq!(object["lines"].as_array().map(Vec::len), Some(3));
        assert!(object["lines"][1] == json!({"text": long, "label": null, "content": null}));
        let rows = printed(&mut of("tsv"));
        let rows: Vec<_> = rows.lines().collect();
        assert_eq!(rows.len(), 3);
        assert!(rows[1] == format!("unclassified\t\t{long}"), "{name}");
        assert!(rows[2].ends_with("\tKontak"));
    }
}

#[test]
fn a_record_longer_than_it_may_be_is_refused_and_the_limit_can_be_raised() {
    let samples = &samples()[..1];
    let long = json!({"id": "long", "text": "Harga beras.\n".repeat(3000)}).to_string();
    let archive = wet(samples)
        + &Sample {
            id: "long".into(),
            host: "a".into(),
            text: "Harga beras.\n".repeat(3000),
        }
        .conversion();
    for (name, file) in [("a.jsonl", jsonl(samples) + &long), ("a.wet", archive)] {
        let folder = folder(&[(name, file)]);
        let run = |limit: &str| {
            let mut command = predict();
            command.current_dir(folder.path());
            command.args([name, "--format", "jsonl", "--max-record-bytes", limit]);
            command
        };
        assert_eq!(objects(&printed(&mut run("1MiB"))).len(), 2);
        let output = run("32KiB").assert().code(1).get_output().clone();
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(said.contains("a record of more than 32768 bytes"), "{said}");
        assert_eq!(objects(&printed(run("32KiB").arg("--skip-bad"))).len(), 1);
    }
}

/// The peak of the memory of `saring predict` while it reads `file`, in MiB; `None` where the system
/// does not tell.
fn peak_memory(file: &Path, arguments: &[&str]) -> Option<usize> {
    let mut command = Command::new(saring().get_program());
    command.arg("predict").arg("--model").arg(model()).arg(file);
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().expect("it runs");
    let mut stdout = child.stdout.take().expect("a pipe");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    let mut buffer = vec![0; 1 << 16];
    // The last look is taken before the output ends.
    loop {
        let row = std::fs::read_to_string(&status).unwrap_or_default();
        let row = row
            .lines()
            .find_map(|row| row.strip_prefix("VmHWM:").map(str::to_owned));
        let kib = row.and_then(|row| row.trim().trim_end_matches(" kB").parse::<usize>().ok());
        peak = peak.max(kib.map(|kib| kib.div_ceil(1024)));
        if stdout.read(&mut buffer).expect("readable") == 0 {
            break;
        }
    }
    child.wait().expect("it ends");
    peak
}

/// A `.jsonl.zst` of this many bytes when decompressed.
fn write_crawl(path: &Path, size: usize) {
    let file = File::create(path).expect("writable");
    let mut encoder = zstd::Encoder::new(file, 1).expect("memory");
    let rows: Vec<_> = samples().iter().map(|page| page.json() + "\n").collect();
    let mut written = 0;
    for row in rows.iter().cycle() {
        if written >= size {
            break;
        }
        encoder.write_all(row.as_bytes()).expect("writable");
        written += row.len();
    }
    encoder.finish().expect("writable");
}

#[test]
fn memory_does_not_grow_with_a_compressed_file() {
    let folder = empty_folder();
    let peak = |size| {
        let file = folder.path().join("crawl.jsonl.zst");
        write_crawl(&file, size);
        peak_memory(&file, &["--threads", "2", "--format", "tsv"])
    };
    let Some(small) = peak(4 << 20) else {
        println!("skipped: no /proc tells the memory of a process");
        return;
    };
    let large = peak(24 << 20).expect("as before");
    assert!(large <= small + 12, "{small} MiB, then {large} MiB");
    assert!(large <= 96, "{large} MiB");
}

#[test]
fn a_gzip_bomb_is_read_in_bounded_memory() {
    let folder = empty_folder();
    for (name, arguments) in [
        ("bomb.txt.gz", &["--skip-bad"][..]),
        (
            "bomb.jsonl.gz",
            &["--max-record-bytes", "1MiB", "--skip-bad"],
        ),
        ("bomb.txt.zst", &["--skip-bad"]),
    ] {
        let path = folder.path().join(name);
        let mut input = std::io::repeat(b'a').take(256 << 20);
        let file = File::create(&path).expect("writable");
        if name.ends_with("gz") {
            let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            std::io::copy(&mut input, &mut encoder).expect("writable");
            encoder.finish().expect("writable");
        } else {
            zstd::stream::copy_encode(input, file, 1).expect("writable");
        }
        let Some(peak) = peak_memory(&path, arguments) else {
            println!("skipped: no /proc tells the memory of a process");
            return;
        };
        assert!(peak <= 96, "{name}: {peak} MiB");
    }
}

/// `cargo test --release --test inputs -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes"]
fn one_gigabyte_of_compressed_json_lines_takes_less_than_128_mebibytes() {
    let folder = empty_folder();
    let file = folder.path().join("crawl.jsonl.zst");
    write_crawl(&file, 1 << 30);
    let start = std::time::Instant::now();
    let Some(peak) = peak_memory(&file, &["--format", "jsonl"]) else {
        println!("skipped: no /proc tells the memory of a process");
        return;
    };
    println!("{peak} MiB, {:.1} s", start.elapsed().as_secs_f64());
    assert!(peak <= 128, "{peak} MiB");
}

#[test]
fn a_pipe_is_read_as_it_comes() {
    // A page is printed while the input is still open.
    let mut command = Command::new(saring().get_program());
    command.arg("predict").arg("--model").arg(model());
    command.args(["--threads", "1", "--format", "jsonl"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = child.stdout.take().expect("a pipe");
    let reading = thread::spawn(move || {
        let mut first = [0; 1];
        stdout.read_exact(&mut first).expect("a page");
        let mut rest = Vec::new();
        stdout.read_to_end(&mut rest).expect("readable");
        rest.len()
    });
    let archive = wet(&samples());
    for _ in 0..40 {
        stdin.write_all(archive.as_bytes()).expect("it reads");
    }
    drop(stdin);
    assert!(reading.join().expect("no panic") > 1000);
    assert!(child.wait().expect("it ends").success());
}

#[cfg(feature = "parquet")]
mod tables {
    use super::samples::{table, table_of};
    use super::*;

    #[test]
    fn columns_can_be_chosen_and_those_that_are_not_there_are_told() {
        let samples = samples();
        let rows = jsonl(&samples);
        let expected = objects(&cleaned("a.jsonl", &rows, &["--format", "jsonl"]));
        let table = table(&samples, "name", |page| {
            Some(page.text.clone().into_bytes())
        });
        let arguments = [
            "--format",
            "jsonl",
            "--text-column",
            "text",
            "--url-column",
            "url",
        ];
        let found = objects(&cleaned("a.parquet", &table, &arguments));
        for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found["lines"], expected["lines"]);
            assert_eq!(found["site"], expected["site"]);
            let id = found["id"].as_str().expect("a string");
            assert!(id.ends_with(&format!("a.parquet:{}", index + 1)), "{id}");
        }
        let folder = folder(&[("a.parquet", table)]);
        let message = |column: &str| {
            let mut command = predict();
            command
                .current_dir(folder.path())
                .args(["a.parquet", "--text-column", column]);
            refusal(&mut command)
        };
        assert_eq!(
            message("body"),
            "a.parquet: not a usable table: no column \"body\": use one of number, name, text, url"
        );
        assert_eq!(
            message("number"),
            "a.parquet: not a usable table: column \"number\" has values of type INT64, not strings"
        );
    }

    #[test]
    fn a_row_without_a_text_is_refused_or_passed_over_and_bytes_need_be_no_unicode() {
        let samples = samples();
        let first = samples[0].id.clone();
        let file = table(&samples, "id", |page| match page.id == first {
            true => None,
            false => Some(b"Harga \xff beras".to_vec()),
        });
        let (output, said) = skipping("a.parquet", &file, "2");
        assert_eq!(said, "skipped: a.parquet:1: no text: it is null\n");
        let objects = objects(&output);
        assert_eq!(objects.len(), samples.len() - 1);
        assert_eq!(objects[0]["lines"][0]["text"], "Harga \u{fffd} beras");
        let folder = folder(&[("a.parquet", file)]);
        let mut command = predict();
        let message = refusal(command.current_dir(folder.path()).arg("a.parquet"));
        assert_eq!(message, "a.parquet:1: no text: it is null");
    }

    #[test]
    fn a_table_that_is_cut_off_or_damaged_anywhere_is_read_or_refused_in_one_line() {
        use saring::corpus::{ParquetColumns, ParquetReader};
        let table = table_of(&samples()[..3]);
        let read = |bytes: &[u8]| -> Vec<_> {
            match ParquetReader::from_bytes(bytes.to_vec(), "a", &ParquetColumns::default()) {
                Ok(pages) => pages.collect(),
                Err(error) => vec![Err(error)],
            }
        };
        // The crate panics over some of them, which is caught.
        let (print, here) = (std::panic::take_hook(), thread::current().id());
        std::panic::set_hook(Box::new(move |info| {
            if thread::current().id() != here {
                print(info);
            }
        }));
        let whole = read(&table);
        assert!(whole.iter().all(Result::is_ok));
        let one_line = |pages: &[saring::Result<_>]| {
            let errors = pages.iter().filter_map(|page| page.as_ref().err());
            let messages: Vec<_> = errors.map(ToString::to_string).collect();
            messages.iter().all(|message| !message.contains('\n'))
        };
        for end in 0..table.len() {
            let cut = read(&table[..end]);
            assert!(cut.iter().any(Result::is_err), "{end}");
            assert!(one_line(&cut));
        }
        for at in 0..table.len() {
            for byte in [0, 0x7f, 0xff, table[at] ^ 1] {
                let mut damaged = table.clone();
                damaged[at] = byte;
                let pages = read(&damaged);
                assert!(one_line(&pages) && pages.len() < 99);
            }
        }
        drop(std::panic::take_hook());
    }

    #[test]
    fn a_damaged_table_is_one_line() {
        let table = table_of(&samples()[..3]);
        let folder = empty_folder();
        for at in (4..table.len()).step_by(table.len() / 16) {
            let mut damaged = table.clone();
            damaged[at..(at + 8).min(table.len())].fill(0xff);
            std::fs::write(folder.path().join("a.parquet"), damaged).expect("writable");
            let mut command = predict();
            let command = command.current_dir(folder.path()).arg("a.parquet");
            let output = command.output().expect("it runs");
            let said = String::from_utf8(output.stderr).expect("text");
            assert_eq!(
                said.lines().count(),
                usize::from(!output.status.success()),
                "{said}"
            );
        }
    }
}
