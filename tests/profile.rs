//! `saring profile`, and `--profile` of the other commands, through the binary.
#![cfg(feature = "cli")]

mod common;

use std::path::Path;

use common::{QUICK, bytes, corpus, empty_folder, folder, printed, project, refusal, said, saring};

/// A site of five pages: enough others for each of them.
const SITE: &str = "data/train/suaralubuktaring.example";

fn profile(output: &Path) -> assert_cmd::Command {
    let mut command = saring();
    command
        .arg("profile")
        .arg(project(SITE))
        .arg("--output")
        .arg(output);
    command
}

fn train(profile: &Path, output: &Path) -> assert_cmd::Command {
    let mut command = saring();
    command
        .arg("train")
        .args(corpus())
        .arg(project(SITE))
        .args(QUICK);
    command
        .arg("--profile")
        .arg(profile)
        .arg("--output")
        .arg(output);
    command
}

#[test]
fn the_same_pages_give_the_same_profile_and_its_size_is_told() {
    let folder = empty_folder();
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    for path in &paths {
        let message = said(&mut profile(path));
        assert!(message.starts_with("1 sites, 5 pages; wrote "), "{message}");
    }
    assert_eq!(bytes(&paths[0]), bytes(&paths[1]));
}

#[test]
fn a_model_that_was_trained_with_profiles_uses_them() {
    let folder = empty_folder();
    let [profiles, model] = ["p", "m"].map(|name| folder.path().join(name));
    profile(&profiles).assert().success();
    train(&profiles, &model).assert().success();
    let predict = |with_profile: bool| {
        let mut command = saring();
        command
            .arg("predict")
            .arg(project(SITE))
            .arg("--model")
            .arg(&model);
        command.args(["--format", "tsv"]);
        if with_profile {
            command.arg("--profile").arg(&profiles);
        }
        printed(&mut command)
    };
    assert_ne!(predict(true), predict(false));
    assert_eq!(predict(true), predict(true));
    let mut evaluate = saring();
    evaluate
        .arg("evaluate")
        .arg(project(SITE))
        .arg("--model")
        .arg(&model);
    evaluate.arg("--profile").arg(&profiles).arg("--baselines");
    assert!(printed(&mut evaluate).contains("repeats"));
}

#[test]
fn a_model_that_was_trained_without_profiles_refuses_them() {
    let folder = empty_folder();
    let profiles = folder.path().join("p");
    profile(&profiles).assert().success();
    let mut command = common::predict();
    command.arg(project(SITE)).arg("--profile").arg(&profiles);
    let message = refusal(&mut command);
    assert!(message.contains("trained without --profile"), "{message}");
}

#[test]
fn a_file_that_is_no_profile_is_refused_and_an_old_profile_stays() {
    let files = folder(&[("none", &b"no profile"[..]), ("page.txt", b"Beranda\n")]);
    let none = files.path().join("none");
    let message = refusal(&mut train(&none, &files.path().join("m")));
    assert!(message.contains("not a usable profile"), "{message}");
    assert!(!files.path().join("m").exists());
    let mut command = saring();
    command.arg("profile").arg(files.path().join("page.txt"));
    command.arg("--output").arg(&none);
    let message = refusal(&mut command);
    assert!(message.contains("no page has a site"), "{message}");
    assert_eq!(bytes(&none), b"no profile");
}
