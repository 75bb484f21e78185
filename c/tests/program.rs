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
    \"Tanah tambak harus kering dulu, baru air laut kami alirkan ke petak,\" kata Salma.\n\
    Tahun lalu panen pertama jatuh pada minggu kedua bulan Juni, dan hasilnya empat ton.\n\
    Leave a Reply\n";

/// Where cargo laid the libraries: beside this test's program.
fn libraries() -> PathBuf {
    let program = env::current_exe().expect("a program");
    let folder = program.parent().expect("a program is in a folder");
    folder.to_owned()
}

/// `tests/clean.c`, compiled.
fn clean_c(name: &str, library: &[&str]) -> PathBuf {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clean.c");
    compiled(name, Path::new(source), library)
}

/// Compiles a program with a compiler that tolerates nothing.
fn compiled(name: &str, source: &Path, library: &[&str]) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut cc = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
    cc.args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I"]);
    cc.arg(here.join("include")).arg(source);
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
    check(&clean_c(
        "shared",
        &["-L", folder.to_str().expect("UTF-8"), "-lsaring_c"],
    ));
}

#[test]
fn a_c_program_cleans_a_page_with_the_static_library() {
    let library = libraries().join("libsaring_c.a");
    let library = library.to_str().expect("UTF-8");
    check(&clean_c("static", &[library, "-lpthread", "-ldl", "-lm"]));
}

#[test]
fn the_lines_of_the_readme_clean_a_page() {
    let readme = include_str!("../../README.md");
    let (_, shown) = readme.split_once("```c\n").expect("the README shows C");
    let (shown, _) = shown.split_once("```").expect("the example ends");
    let program = format!(
        "#include <stdio.h>\n#include \"saring.h\"\nint main(void) {{\nstatic char page[4096];\n\
         size_t length = fread(page, 1, sizeof page, stdin);\nsaring_model *model;\n\
         saring_text cleaned;\n{shown}return 0;\n}}\n"
    );
    let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme.c");
    fs::write(&source, program).expect("the folder can be written");
    let folder = libraries();
    let library = ["-L", folder.to_str().expect("UTF-8"), "-lsaring_c"];
    let program = compiled("readme", &source, &library);
    let page = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme.txt");
    fs::write(&page, TEXT).expect("the folder can be written");
    let mut command = Command::new(program);
    command
        .env("LD_LIBRARY_PATH", &folder)
        .stdin(fs::File::open(page).expect("written"));
    let output = command.output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), cleaned());
}
