//! Model files of **every released version** of the format load, and predict what they did then:
//! `tests/formats/VERSION.safetensors` on `page.txt` gives `VERSION.tsv`. See `docs/format.md`.

use std::fs;
use std::path::{Path, PathBuf};

use saring::model::FORMAT_VERSION;
use saring::predict::Predictor;
use saring::{Model, Page};

fn formats() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats")
}

fn read(name: &str) -> Vec<u8> {
    let path = formats().join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn model(version: u32) -> (Vec<u8>, Model) {
    let bytes = read(&format!("{version}.safetensors"));
    let model = Model::from_bytes(&bytes).unwrap_or_else(|error| panic!("{version}: {error}"));
    (bytes, model)
}

/// The probabilities of the files have four decimals.
#[test]
fn a_model_of_every_version_predicts_what_it_did() {
    for version in 1..=FORMAT_VERSION {
        let (bytes, model) = model(version);
        assert!(
            bytes.len() <= 64 << 10,
            "version {version} has {} bytes",
            bytes.len()
        );
        let page = Page::from_bytes("page", None, read("page.txt"));
        let predictor = Predictor::new(&model);
        let plain = predictor.predict(&page);
        predictor.warm_up();
        assert_eq!(
            predictor.worker().predict(&page),
            plain,
            "version {version}"
        );
        let expected = String::from_utf8(read(&format!("{version}.tsv"))).expect("text");
        let expected: Vec<&str> = expected.lines().collect();
        assert_eq!(expected.len(), plain.len(), "version {version}");
        for (line, (found, expected)) in plain.iter().zip(expected).enumerate() {
            let mut columns = expected.split('\t');
            let mut column = || columns.next().expect("three columns");
            let (label, content): (_, f64) = (column(), column().parse().expect("a number"));
            assert_eq!(
                found.label.as_str(),
                label,
                "version {version}, line {line}"
            );
            let difference = (found.content() - content).abs();
            assert!(difference < 0.5e-4 + 1e-9, "version {version}, line {line}");
            assert_eq!(column().as_bytes(), page.line(line));
        }
    }
}

#[test]
fn a_model_of_this_version_is_written_as_it_was_read() {
    let (bytes, model) = model(FORMAT_VERSION);
    assert!(model.to_bytes().expect("it fits") == bytes, "other bytes");
}

#[test]
fn the_files_of_no_other_version_are_there() {
    let version = |path: PathBuf| -> Option<u32> {
        let is_model = path.extension().is_some_and(|end| end == "safetensors");
        let name = path.file_stem().filter(|_| is_model)?.to_str()?.to_owned();
        Some(name.parse().expect("a model is called after its version"))
    };
    let entries = fs::read_dir(formats()).expect("a folder");
    let mut versions: Vec<_> = entries
        .filter_map(|entry| version(entry.expect("readable").path()))
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, (1..=FORMAT_VERSION).collect::<Vec<_>>());
}
