//! `saring inspect` through the program: the model card, the strongest features, and the files that
//! are no usable models.
#![cfg(feature = "cli")]

mod common;

use std::fs;

use common::{
    bytes, empty_folder, folder, model, printed, refusal, saring, split, with_header, wrong_usage,
};
use predicates::prelude::*;
use saring::Model;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A model file in which the first number of `tensor` has these bytes.
fn with_first_number(tensor: &str, number: &[u8]) -> Vec<u8> {
    let mut model = bytes(model());
    let (header, tensors) = split(&model);
    let header: Value = serde_json::from_str(header).expect("JSON");
    let start = header[tensor]["data_offsets"][0]
        .as_u64()
        .expect("an offset") as usize;
    let start = model.len() - tensors.len() + start;
    model[start..start + number.len()].copy_from_slice(number);
    model
}

/// What `saring inspect` says of a file with these bytes, without its name, which comes first.
fn refused(model: &[u8]) -> String {
    let folder = folder(&[("model", model)]);
    let mut command = saring();
    let message = refusal(
        command
            .current_dir(folder.path())
            .args(["inspect", "model"]),
    );
    message
        .strip_prefix("model: not a usable model: ")
        .expect(&message)
        .to_owned()
}

/// The SHA-256 of a file, in lower-case hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_model_of_another_hash_than_the_one_demanded_is_refused() {
    let hash = sha256(&bytes(model()));
    let model = model().display().to_string();
    let corpus = common::heldout().display().to_string();
    for arguments in [
        &["inspect", &model][..],
        &["predict", &corpus, "--model", &model],
        &["evaluate", &corpus, "--model", &model],
    ] {
        let demand = |hash: &str| {
            let mut command = saring();
            command.args(arguments).args(["--model-sha256", hash]);
            command
        };
        printed(&mut demand(&hash.to_uppercase()));
        let other = "0".repeat(64);
        let message = refusal(&mut demand(&other));
        let expected = format!("{model}: its SHA-256 is {hash}, not {other}: it is another model");
        assert_eq!(message, expected);
        assert!(wrong_usage(&mut demand("abc")).contains("64 hexadecimal digits"));
    }
}

#[test]
fn a_model_cannot_command_the_terminal() {
    let hostile = with_header(|header| header.replace(r#"\"lbfgs\""#, r#"\"\\u001b[2Jlbfgs\""#));
    let folder = folder(&[("model", hostile)]);
    let mut command = saring();
    let text = printed(
        command
            .current_dir(folder.path())
            .args(["inspect", "model"]),
    );
    assert!(
        text.contains("\u{fffd}[2Jlbfgs") && !text.contains('\u{1b}'),
        "{text}"
    );
}

#[test]
fn the_text_has_the_card_and_the_strongest_features_of_each_label() {
    let text = printed(saring().arg("inspect").arg(model()).args(["--top", "3"]));
    let line = |start: &str, end: &str| {
        let found = text
            .lines()
            .any(|line| line.starts_with(start) && line.ends_with(end));
        assert!(found, "no line {start} ... {end} in {text}");
    };
    line("sha256          ", &sha256(&bytes(model())));
    line("trained by      saring ", env!("CARGO_PKG_VERSION"));
    line("corpus sha256   ", "");
    line("corpus          4 sites, 12 pages, ", " lines");
    line("  metadata ", " lines");
    line("solver          lbfgs", "");
    line("l2              1 (given; 0 folds)", "");
    line(
        "vocabulary      500 terms on at least 2 sites; ",
        " features",
    );
    let sections: Vec<&str> = text.split("\n\n").skip(1).collect();
    assert_eq!(sections.len(), 6, "{text}");
    for section in sections {
        assert_eq!(section.trim_end().lines().count(), 1 + 3, "{section}");
    }
}

#[test]
fn the_json_has_the_same_in_the_order_of_the_labels() {
    let json = printed(
        saring()
            .arg("inspect")
            .arg(model())
            .args(["--top=2", "--format=json"]),
    );
    let value: Value = serde_json::from_str(&json).expect("JSON");
    let read = Model::from_bytes(&bytes(model())).expect("a model");
    assert_eq!(
        value["card"],
        serde_json::to_value(read.card()).expect("JSON")
    );
    assert_eq!(value["sha256"], sha256(&bytes(model())));
    assert_eq!(value["terms"], 500);
    assert_eq!(value["features"], read.columns());
    assert_eq!(value["thresholds"]["smoothed"], read.thresholds().smoothed);
    let labels: Vec<_> = value["strongest"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    let names: Vec<_> = labels.iter().map(|label| label["label"].as_str()).collect();
    let expected = [
        "content",
        "metadata",
        "navigation",
        "advertisement",
        "related",
        "comment",
    ];
    assert_eq!(names, expected.map(Some));
    for label in labels {
        let features = label["features"].as_array().expect("a list");
        let weights: Vec<_> = features.iter().map(|f| f["weight"].as_f64()).collect();
        assert_eq!(weights.len(), 2);
        assert!(weights[0] >= weights[1], "{label}");
        assert!(
            features.iter().all(|feature| feature["name"].is_string()),
            "{label}"
        );
    }
}

#[test]
fn every_weight_is_listed_as_the_model_has_it() {
    let weights = |format| {
        printed(
            saring()
                .arg("inspect")
                .arg(model())
                .args(["--weights", format]),
        )
    };
    let read = Model::from_bytes(&bytes(model())).expect("a model");
    let tsv = weights("tsv");
    let rows: Vec<Vec<&str>> = tsv.lines().map(|row| row.split('\t').collect()).collect();
    assert_eq!(rows.len(), 2 + read.columns());
    assert_eq!(rows[0][..3], ["feature", "content", "metadata"]);
    let numbers = |row: &[&str]| -> Vec<f32> {
        let cells = row[1..].iter();
        cells.map(|cell| cell.parse().expect("a number")).collect()
    };
    assert_eq!(rows[1][0], "(bias)");
    assert_eq!(numbers(&rows[1]), read.biases());
    let json: Value = serde_json::from_str(&weights("json")).expect("JSON");
    assert_eq!(json["labels"][1], "metadata");
    assert_eq!(json["biases"][0], serde_json::json!(read.biases()[0]));
    for (feature, row) in (0..).zip(&rows[2..]) {
        assert_eq!(row[0], read.feature_name(feature));
        assert_eq!(numbers(row), read.weights(feature));
        let object = &json["features"][feature as usize];
        assert_eq!(object["name"], row[0]);
        assert_eq!(object["weights"], serde_json::json!(read.weights(feature)));
    }
}

#[test]
fn a_path_of_no_model_is_named() {
    let folder = empty_folder();
    let refused = |name: &str| {
        let mut command = saring();
        refusal(command.current_dir(folder.path()).args(["inspect", name]))
    };
    assert!(refused("absent").starts_with("cannot open the model absent: "));
    fs::create_dir(folder.path().join("folder")).expect("writable");
    let message = refused("folder");
    assert!(
        message.starts_with("folder: cannot read the model: "),
        "{message}"
    );
    assert_eq!(message.matches("os error").count(), 1, "{message}");
}

#[test]
fn a_model_of_a_later_version_is_refused_by_its_version() {
    let version = |number: u32| format!(r#"\"format_version\":{number}"#);
    let current = saring::model::FORMAT_VERSION;
    let later = with_header(|header| header.replace(&version(current), &version(current + 1)));
    let message = refused(&later);
    let expected = format!(
        "it has format version {}, this saring reads version {current}: ",
        current + 1
    );
    assert!(message.starts_with(&expected), "{message}");
    assert!(message.contains("train the model again"), "{message}");
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    let model = bytes(model());
    for length in [0, 7, 8, 9, 100, model.len() / 2, model.len() - 1] {
        refused(&model[..length]);
    }
    refused(&[&model[..], &[0]].concat());
}

#[test]
fn a_tensor_that_stands_twice_is_refused() {
    let twice = with_header(|header| header.replace("\"biases\":", "\"weights\":"));
    let message = refused(&twice);
    assert!(
        message.contains("\"weights\" stands in it twice"),
        "{message}"
    );
}

#[test]
fn a_number_that_no_model_has_is_refused() {
    for tensor in ["weights", "biases"] {
        for number in [f32::NAN, f32::INFINITY] {
            let message = refused(&with_first_number(tensor, &number.to_le_bytes()));
            assert_eq!(message, "a weight is not a number, or above 1e6");
        }
    }
    for tensor in ["transitions", "log_prior"] {
        let message = refused(&with_first_number(tensor, &f64::NAN.to_le_bytes()));
        assert_eq!(message, "its label sequence is out of range");
    }
    for tensor in ["training.lines", "training.sites"] {
        let message = refused(&with_first_number(tensor, &u64::MAX.to_le_bytes()));
        assert_eq!(message, "the hashes of its training corpus are not sorted");
    }
    let message = refused(&with_first_number("vocabulary.offsets", &[1]));
    assert!(message.starts_with("its vocabulary "), "{message}");
}

#[test]
fn tensors_of_another_name_type_or_size_are_refused() {
    let renamed = with_header(|header| header.replace("\"biases\":", "\"biasse\":"));
    assert_eq!(refused(&renamed), "it has no tensor \"biases\"");
    let biases = r#""biases":{"dtype":"F32","shape":[6]"#;
    let retyped = with_header(|header| header.replace(biases, &biases.replace("F32", "I32")));
    assert_eq!(refused(&retyped), "its tensor \"biases\" has another type");
    let unnamed = with_header(|header| header.replace("training.lines", "training.line_"));
    assert_eq!(refused(&unnamed), "it has no tensor \"training.lines\"");
    let retyped = with_header(|header| header.replace("\"U64\"", "\"I64\""));
    let message = refused(&retyped);
    assert_eq!(message, "its tensor \"training.lines\" has another type");
    let labels = r#"\"labels\":[\"content\",\"metadata\","#;
    let fewer = with_header(|header| header.replace(labels, r#"\"labels\":[\"content\","#));
    assert_eq!(refused(&fewer), "its tensor \"weights\" has another shape");
    let flat = r#""shape":[7,7]"#;
    let flat = with_header(|header| header.replace(flat, r#""shape":[49]"#));
    assert_eq!(
        refused(&flat),
        "its tensor \"transitions\" has another shape"
    );
    let named = r#"{"more":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"#;
    let unknown = with_header(|header| header.replacen('{', named, 1));
    assert_eq!(refused(&unknown), "it has an unknown tensor \"more\"");
}

#[test]
fn files_of_other_programs_are_refused() {
    let header = r#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let length = (header.len() as u64).to_le_bytes();
    let foreign = [&length[..], header.as_bytes(), &[0; 4]].concat();
    assert_eq!(
        refused(&foreign),
        "it is a safetensors file without saring's header"
    );
    assert_eq!(refused(b"Harga beras naik.\n"), "it is no safetensors file");
    assert_eq!(refused(b""), "it is no safetensors file");
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_a_failure_and_a_closed_pipe_is_none() {
    for format in ["text", "json"] {
        let mut command = saring();
        command
            .arg("inspect")
            .arg(model())
            .args(["--format", format]);
        common::minds_its_standard_output(&command);
    }
}

#[test]
fn wrong_arguments_have_a_status_of_their_own() {
    assert!(wrong_usage(saring().args(["inspect", "--top", "many"])).contains("--top"));
    assert!(wrong_usage(saring().args(["inspect", "--format", "xml"])).contains("text, json"));
}

#[test]
fn the_help_says_what_every_option_does() {
    let help = printed(saring().env("COLUMNS", "100").args(["inspect", "--help"]));
    let expected = include_str!("snapshots/inspect-help.txt");
    assert!(predicate::str::diff(expected).eval(&help), "{help}");
}
