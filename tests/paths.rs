//! The two **paths** of prediction, the fast one of a [`Worker`](saring::predict::Worker) and the plain
//! one, which reads features off the definition: both predict the same of all real pages of
//! `../shared/corpus`. Where it is absent the test passes and says so.
#![cfg(feature = "cli")]

mod common;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::Path;

use saring::corpus::read_tsv;
use saring::predict::{Decision, Predictor};
use saring::{Model, Page};
use walkdir::WalkDir;

use common::project;

/// The parts of the corpus that are pages, one a file.
const PARTS: [&str; 3] = ["train", "dev", "crawl"];

/// The page of a file of the corpus: labelled rows in `.tsv`, text in `.txt`.
fn page(path: &Path) -> Option<Page> {
    let place = path.display().to_string();
    match path.extension().and_then(OsStr::to_str)? {
        "tsv" => {
            let rows = BufReader::new(File::open(path).expect("readable"));
            let page = read_tsv(rows, &place, &place, None).expect("labelled rows");
            Some(page.into_page())
        }
        "txt" => {
            let text = fs::read(path).expect("readable");
            Some(Page::from_bytes(&place, None, text))
        }
        _ => None,
    }
}

/// The pages of the corpus, in order; none, and a note, where it is absent.
fn pages() -> Vec<Page> {
    let corpus = project("../shared/corpus");
    if !corpus.is_dir() {
        // Past the capture of the test harness, so that it is seen.
        writeln!(io::stderr(), "skipped: ../shared is absent").expect("it can be written");
        return Vec::new();
    }
    let files = |part: &str| WalkDir::new(corpus.join(part)).sort_by_file_name();
    let pages: Vec<_> = PARTS
        .iter()
        .flat_map(|part| files(part))
        .filter_map(|file| page(file.expect("readable").path()))
        .collect();
    assert!(!pages.is_empty(), "no pages in {}", corpus.display());
    pages
}

#[test]
fn both_paths_predict_the_same_of_all_real_pages() {
    let pages = pages();
    let model = Model::built_in().expect("it was compiled in");
    for smoothing in [true, false] {
        let decision = Decision {
            smoothing,
            threshold: None,
        };
        let predictor = Predictor::new(&model).with_decision(decision);
        predictor.warm_up();
        let mut worker = predictor.worker();
        for page in &pages {
            assert!(
                worker.predict(page) == predictor.predict(page),
                "{}, smoothing: {smoothing}",
                page.id
            );
        }
    }
    let lines: usize = pages.iter().map(Page::len).sum();
    writeln!(io::stderr(), "{} pages, {lines} lines", pages.len()).expect("it can be written");
}
