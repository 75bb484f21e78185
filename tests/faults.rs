//! What faults leave behind: killed runs, interrupts, two runs at once.

#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How often a run is killed; the environment may ask for more.
fn kills() -> usize {
    let chosen = std::env::var("SARING_TEST_KILLS").ok();
    chosen.map_or(8, |kills| {
        kills.parse().expect("SARING_TEST_KILLS is a number")
    })
}

/// Times to wait, spread over `longest` without a pattern (Weyl's sequence, golden ratio).
fn delays(count: usize, longest: Duration) -> impl Iterator<Item = Duration> {
    (1..=count).map(move |at| longest.mul_f64((at as f64 * 0.618_033_988_749_895).fract()))
}

/// A folder with `in`, which has many pages of the project in files of JSON Lines.
fn pages() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("in")).expect("writable");
    let text = page_of_the_project();
    let row = serde_json::json!({"id": "1", "text": text}).to_string() + "\n";
    for name in 0..40 {
        let file = folder.path().join(format!("in/{name}.jsonl"));
        fs::write(file, row.repeat(1 + name % 7)).expect("writable");
    }
    folder
}

/// The text of a page of the project.
fn page_of_the_project() -> String {
    let site = common::heldout();
    let name = &common::names(&site)[0];
    let rows = fs::read_to_string(site.join(name)).expect("readable");
    let texts = rows.lines().filter_map(|row| row.split_once('\t'));
    texts.map(|(_, text)| format!("{text}\n")).collect()
}

fn predict(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_saring"));
    command.current_dir(folder).args(["predict", "in"]);
    command.args(arguments).stderr(Stdio::piped());
    command
}

/// The finished files of a folder, with their bytes; none where there is no folder yet.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.expect("readable").path());
    let is_hidden = |path: &PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy();
        name.starts_with('.')
    };
    let mut files: Vec<_> = paths
        .filter(|path| !is_hidden(path))
        .map(|path| {
            let name = path.file_name().expect("a name").into();
            (name, fs::read(&path).expect("readable"))
        })
        .collect();
    files.sort();
    files
}

fn kill_after(mut child: Child, delay: Duration) {
    sleep(delay);
    // It may have ended by itself.
    let _ = child.kill();
    child.wait().expect("it ends");
}

#[test]
fn killed_predictions_leave_whole_files_and_are_taken_up_again() {
    let folder = pages();
    let started = Instant::now();
    let whole = predict(folder.path(), &["--output", "whole"]).output();
    assert!(whole.expect("runs").status.success());
    let expected = files(&folder.path().join("whole"));
    for delay in delays(kills(), started.elapsed()) {
        let child = predict(folder.path(), &["--output", "out", "--resume"]).spawn();
        kill_after(child.expect("runs"), delay);
        for file in files(&folder.path().join("out")) {
            assert!(
                expected.contains(&file),
                "{} is not whole",
                file.0.display()
            );
        }
    }
    let last = predict(folder.path(), &["--output", "out", "--resume"]).output();
    assert!(last.expect("runs").status.success());
    assert_eq!(files(&folder.path().join("out")), expected);
}

#[test]
fn killed_trainings_leave_the_earlier_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = folder.path().join("m.safetensors");
    let started = Instant::now();
    common::train(&model).assert().success();
    let earlier = fs::read(&model).expect("readable");
    for delay in delays(kills(), started.elapsed()) {
        let mut training = Command::new(env!("CARGO_BIN_EXE_saring"));
        // Of another corpus, so that it would be another model.
        training.arg("train").args(&common::corpus()[1..]);
        training.args(common::QUICK).arg("--output").arg(&model);
        let child = training.stderr(Stdio::null()).spawn();
        kill_after(child.expect("runs"), delay);
        let present = fs::read(&model).expect("readable");
        let whole = present == earlier || saring::Model::from_bytes(&present).is_ok();
        assert!(whole, "a damaged model after {delay:?}");
    }
    common::train(&model).assert().success();
    assert_eq!(fs::read(&model).expect("readable"), earlier);
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_what_is_complete() {
    let folder = pages();
    let whole = predict(folder.path(), &["--output", "whole"]).output();
    assert!(whole.expect("runs").status.success());
    let expected = files(&folder.path().join("whole"));
    // The last input never ends, so the run is still there when it is interrupted.
    let status = Command::new("mkfifo")
        .arg(folder.path().join("in/z.txt"))
        .status();
    if !status.is_ok_and(|status| status.success()) {
        println!("skipped: no mkfifo");
        return;
    }
    let fifo = folder.path().join("in/z.txt");
    let writer = std::thread::spawn(move || fs::OpenOptions::new().write(true).open(fifo));
    let child = predict(
        folder.path(),
        &["in/z.txt", "--output", "out", "--threads", "1"],
    )
    .spawn();
    let child = child.expect("runs");
    // Some of the files before the one that never comes; the last ones are one batch with it.
    let patience = Instant::now() + Duration::from_secs(120);
    while files(&folder.path().join("out")).is_empty() {
        assert!(Instant::now() < patience, "it writes no file");
        sleep(Duration::from_millis(20));
    }
    let interrupt = || {
        Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
    };
    interrupt().expect("kill runs");
    sleep(Duration::from_millis(100));
    interrupt().expect("kill runs");
    let output = child.wait_with_output().expect("it ends");
    drop(writer);
    assert_eq!(output.status.code(), Some(130));
    for file in files(&folder.path().join("out")) {
        assert!(
            expected.contains(&file),
            "{} is not whole",
            file.0.display()
        );
    }
}

#[test]
fn what_is_complete_is_not_done_again_unless_its_input_has_changed() {
    let folder = pages();
    let run = || predict(folder.path(), &["--output", "out", "--resume"]).output();
    assert!(run().expect("runs").status.success());
    let out = folder.path().join("out");
    // Not what the program would write, so it would be seen if it were written again.
    fs::write(out.join("0.txt"), "mark").expect("writable");
    fs::write(out.join("1.txt"), "mark").expect("writable");
    let input = folder.path().join("in/1.jsonl");
    let text = fs::read_to_string(&input).expect("readable");
    fs::write(&input, text.repeat(2)).expect("writable");
    assert!(run().expect("runs").status.success());
    assert_eq!(fs::read(out.join("0.txt")).expect("readable"), b"mark");
    assert_ne!(fs::read(out.join("1.txt")).expect("readable"), b"mark");
}

#[test]
fn other_settings_are_no_resumption() {
    let folder = pages();
    let run = |more: &[&str]| {
        let arguments = [&["--output", "out", "--resume"], more].concat();
        predict(folder.path(), &arguments).output().expect("runs")
    };
    assert!(run(&[]).status.success());
    let refused = run(&["--threshold", "0.9"]);
    assert_eq!(refused.status.code(), Some(1));
    let message = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains("other settings"), "{message}");
}
