//! The README's first example is what the command really prints.
#![cfg(feature = "cli")]

mod common;

use common::saring;

#[test]
fn the_first_example_of_the_readme_prints_what_it_shows() {
    let readme = include_str!("../README.md");
    let (_, console) = readme
        .split_once("$ cat page.txt\n")
        .expect("the README shows a page");
    let (page, rest) = console
        .split_once("$ saring predict page.txt\n")
        .expect("the README cleans it");
    let (shown, _) = rest.split_once("```").expect("the example ends");
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("page.txt"), page).expect("the folder can be written");
    saring()
        .current_dir(folder.path())
        .args(["predict", "page.txt"])
        .assert()
        .success()
        .stdout(shown.to_owned());
}
