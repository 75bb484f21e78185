//! A C program is compiled against both libraries, and run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use saring::output::write_text;
use saring::predict::Predictor;
use saring::{Label, Model, Page};

const TEXT: &str = "Beranda Berita Desa Kontak\n\
    Para petani garam menunda panen karena hujan masih turun sampai akhir Juni.\n\n\
    Mereka berharap panen raya segera tiba, kata para pedagang di pasar.\n\
    Leave a Reply\n";

/// Where cargo laid the libraries: beside this test's program.
fn libraries() -> PathBuf {
    let program = env::current_exe().expect("a program");
    let folder = program.parent().expect("a program is in a folder");
    folder.to_owned()
}

/// Compiles `tests/clean.c` with a compiler that tolerates nothing.
fn compiled(name: &str, library: &[&str]) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut cc = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
    cc.args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I"]);
    cc.arg(here.join("include")).arg(here.join("tests/clean.c"));
    cc.args(library).arg("-o").arg(&program);
    let status = cc.status().expect("there is a C compiler");
    assert!(status.success(), "{cc:?}");
    program
}

fn run(program: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).env("LD_LIBRARY_PATH", libraries());
    command.output().expect("it runs")
}

/// What the library makes of the page.
fn cleaned() -> String {
    let model = Model::built_in().expect("whole");
    let page = Page::from_text("p", None, TEXT);
    let lines = Predictor::new(&model).predict(&page);
    let mut cleaned = Vec::new();
    write_text(&page, &lines, &[Label::Content], &mut cleaned).expect("memory takes all");
    assert!((1..TEXT.len()).contains(&cleaned.len()), "a part is kept");
    String::from_utf8(cleaned).expect("lines of a text")
}

fn check(program: &Path) {
    let page = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page.txt");
    fs::write(&page, TEXT).expect("the folder can be written");
    let page = page.to_str().expect("UTF-8");
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/id.safetensors");
    for arguments in [&[page][..], &[page, model]] {
        let output = run(program, arguments);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), cleaned());
    }
    let refusals = [
        ("none", 2, "none: No such file"),
        (page, 3, "not a usable model"),
    ];
    for (model, status, message) in refusals {
        let output = run(program, &[page, model]);
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(message), "{said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_c_program_cleans_a_page_with_the_shared_library() {
    let folder = libraries();
    check(&compiled(
        "shared",
        &["-L", folder.to_str().expect("UTF-8"), "-lsaring_c"],
    ));
}

#[test]
fn a_c_program_cleans_a_page_with_the_static_library() {
    let library = libraries().join("libsaring_c.a");
    let library = library.to_str().expect("UTF-8");
    check(&compiled("static", &[library, "-lpthread", "-ldl", "-lm"]));
}
