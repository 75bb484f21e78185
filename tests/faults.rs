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
    command.args(arguments).arg("--quiet");
    command.stderr(Stdio::piped());
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

/// What a run that fails says, in one line.
fn failure(command: &mut Command) -> String {
    let output = command.output().expect("runs");
    let message = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

/// What a whole run makes, and what of it is in `out` after another one: nothing else may be there.
fn assert_whole_files_only(folder: &Path) {
    let whole = predict(folder, &["--output", "whole"]).output();
    assert!(whole.expect("runs").status.success());
    let expected = files(&folder.join("whole"));
    for file in files(&folder.join("out")) {
        assert!(
            expected.contains(&file),
            "{} is not whole",
            file.0.display()
        );
    }
}

/// Takes the run into `out` up again and compares it to a whole one.
fn assert_resumed(folder: &Path) {
    let resumed = predict(folder, &["--output", "out", "--resume"]).output();
    assert!(resumed.expect("runs").status.success());
    assert_eq!(files(&folder.join("out")), files(&folder.join("whole")));
}

/// A small file system in memory, in the place of a folder until it is dropped.
#[cfg(unix)]
struct Tiny(PathBuf);

#[cfg(unix)]
impl Tiny {
    /// `None` where mounting is not allowed, which is said.
    fn mount(folder: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(folder).expect("writable");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]);
        let output = mount.arg(folder).output();
        if !output.is_ok_and(|output| output.status.success()) {
            println!("skipped: no tmpfs can be mounted here");
            return None;
        }
        Some(Self(folder.to_owned()))
    }

    fn grow(&self, size: &str) {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,size={size}")]);
        let status = mount.arg(&self.0).status();
        assert!(status.expect("mount runs").success());
    }
}

#[cfg(unix)]
impl Drop for Tiny {
    fn drop(&mut self) {
        // Nothing to be done where it fails; the folder around it stays then.
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_leaves_whole_files_and_the_run_is_taken_up_again() {
    let folder = pages();
    let Some(tiny) = Tiny::mount(&folder.path().join("out"), "32k") else {
        return;
    };
    let message = failure(&mut predict(folder.path(), &["--output", "out"]));
    assert!(message.contains("No space left"), "{message}");
    assert!(!files(&folder.path().join("out")).is_empty());
    assert_whole_files_only(folder.path());
    tiny.grow("16m");
    assert_resumed(folder.path());
}

/// The command as a user who may nothing; `None` where that cannot be, which is said.
#[cfg(unix)]
fn without_privileges(command: &Command) -> Option<Command> {
    let drop = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let mut check = Command::new("setpriv");
    let allowed = check.args(drop).arg("true").output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        println!("skipped: setpriv cannot drop privileges here");
        return None;
    }
    let mut dropped = Command::new("setpriv");
    dropped.args(drop).arg(command.get_program());
    dropped.args(command.get_args()).stderr(Stdio::piped());
    dropped.current_dir(command.get_current_dir().expect("a folder"));
    Some(dropped)
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_or_written_is_named_and_nothing_is_lost() {
    use std::os::unix::fs::PermissionsExt;
    let folder = pages();
    let chmod = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    chmod(folder.path(), 0o755);
    let program = folder.path().join("saring");
    fs::copy(env!("CARGO_BIN_EXE_saring"), &program).expect("writable");
    let as_nobody = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command
            .current_dir(folder.path())
            .args(["predict", "in", "--quiet"]);
        without_privileges(command.args(arguments))
    };
    let Some(mut refused) = as_nobody(&["--output", "out"]) else {
        return;
    };
    let message = failure(&mut refused);
    assert!(message.contains("Permission denied"), "{message}");
    // An output folder of theirs, and one input that they may not read.
    let out = folder.path().join("out");
    fs::create_dir(&out).expect("writable");
    chmod(&out, 0o777);
    chmod(&folder.path().join("in/3.jsonl"), 0o000);
    let message = failure(&mut as_nobody(&["--output", "out"]).expect("as before"));
    assert!(
        message.starts_with("saring: in/3.jsonl: Permission denied"),
        "{message}"
    );
    assert_whole_files_only(folder.path());
    chmod(&folder.path().join("in/3.jsonl"), 0o644);
    let mut resumed = as_nobody(&["--output", "out", "--resume"]).expect("as before");
    assert!(resumed.output().expect("runs").status.success());
    assert_eq!(files(&out), files(&folder.path().join("whole")));
}

#[cfg(unix)]
#[test]
fn neither_a_home_nor_a_writable_present_folder_is_needed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = pages();
    let program = folder.path().join("saring");
    fs::copy(env!("CARGO_BIN_EXE_saring"), &program).expect("writable");
    let read_only = fs::Permissions::from_mode(0o555);
    fs::set_permissions(folder.path(), read_only).expect("it is ours");
    let mut command = Command::new(&program);
    command.current_dir(folder.path());
    command.args(["predict", "in/0.jsonl", "--quiet"]);
    // Without the drop, root may write anywhere; that is no fault then.
    let mut command = without_privileges(&command).unwrap_or(command);
    let output = command.env_clear().env("PATH", "/usr/bin:/bin").output();
    let output = output.expect("runs");
    let writable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(folder.path(), writable).expect("it is ours");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!output.stdout.is_empty());
}

#[test]
fn an_input_that_is_cut_short_or_gone_leaves_the_files_before_it() {
    let folder = pages();
    let input = folder.path().join("in/5.jsonl");
    let whole = fs::read(&input).expect("readable");
    fs::write(&input, &whole[..whole.len() - 20]).expect("writable");
    let message = failure(&mut predict(folder.path(), &["--output", "out"]));
    assert!(message.starts_with("saring: in/5.jsonl:"), "{message}");
    fs::write(&input, &whole).expect("writable");
    assert_whole_files_only(folder.path());
    assert_resumed(folder.path());
}

#[cfg(unix)]
#[test]
fn a_reader_that_fails_leaves_the_files_before_it() {
    let folder = pages();
    // A file that can be opened and not be read: a process's own memory from its first byte on.
    let bad = folder.path().join("in/5.txt");
    if fs::read("/proc/self/mem").is_ok() || !Path::new("/proc/self/mem").exists() {
        println!("skipped: no file that fails to be read");
        return;
    }
    fs::remove_file(folder.path().join("in/5.jsonl")).expect("it is there");
    std::os::unix::fs::symlink("/proc/self/mem", &bad).expect("writable");
    let message = failure(&mut predict(folder.path(), &["--output", "out"]));
    assert!(message.starts_with("saring: in/5.txt: "), "{message}");
    fs::remove_file(&bad).expect("it is there");
    assert_whole_files_only(folder.path());
    assert_resumed(folder.path());
}

#[cfg(unix)]
#[test]
fn an_output_folder_that_is_lost_is_an_error_and_the_run_can_be_done_again() {
    let folder = pages();
    let (fifo, out) = (folder.path().join("in/z.txt"), folder.path().join("out"));
    let made = Command::new("mkfifo").arg(&fifo).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: no mkfifo");
        return;
    }
    let arguments = ["in/z.txt", "--output", "out", "--threads", "1"];
    let child = predict(folder.path(), &arguments).spawn().expect("runs");
    let mut writer = fs::OpenOptions::new()
        .write(true)
        .open(&fifo)
        .expect("it is read");
    fs::rename(&out, folder.path().join("elsewhere")).expect("writable");
    std::io::Write::write_all(&mut writer, b"Beranda\n").expect("it is read");
    drop(writer);
    let output = child.wait_with_output().expect("it ends");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    fs::remove_file(&fifo).expect("it is there");
    assert_whole_files_only(folder.path());
    assert_resumed(folder.path());
}
