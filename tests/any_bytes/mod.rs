//! What must hold of **any bytes**, whichever part of the library they are given to: checks that
//! panic where it does not. The fuzz targets (`fuzz/`) and the mutations (`tests/mutations.rs`) share
//! them.
#![allow(dead_code, reason = "each fuzz target uses one")]

use std::io::{BufReader, Read};
use std::sync::LazyLock;

use saring::corpus::{
    Blocks, JsonlReader, RawPage, Record, WetReader, jsonl_records, read_text, read_tsv,
};
use saring::normalize::{is_blank, normalize};
use saring::predict::Predictor;
use saring::profile::SiteProfiles;
use saring::tokenize::tokens;
use saring::window::WindowSize;
use saring::{LabelledPage, Model, Page};

/// A small model, of which every version of the library has one.
pub const MODEL: &[u8] = include_bytes!("../formats/1.safetensors");

/// A check of any bytes; says whether they were taken.
pub type Check = fn(&[u8]) -> bool;

/// The bytes are refused as a model in one short line, or are one that is written as it was read
/// and predicts.
pub fn model(bytes: &[u8]) -> bool {
    let model = match Model::from_bytes(bytes) {
        Ok(model) => model,
        Err(error) => {
            assert_message(&error.to_string());
            return false;
        }
    };
    // Weights are rounded once; from then on the bytes are the same.
    let written = model.to_bytes().expect("it fits");
    let read = Model::from_bytes(&written).expect("it was just written");
    assert!(read == model && read.to_bytes().expect("it fits") == written);
    let page = Page::from_text(
        "p",
        None,
        "Beranda\nHarga beras naik, kata warga.\n\nKontak",
    );
    assert_predicted(&Predictor::new(&model), &[page]);
    true
}

/// The bytes are refused as a profile in one short line, or are one that is written as it was read
/// and gives shares.
pub fn profile(bytes: &[u8]) -> bool {
    let profile = match SiteProfiles::read(bytes) {
        Ok(profile) => profile,
        Err(error) => {
            assert_message(&error.to_string());
            return false;
        }
    };
    let mut written = Vec::new();
    profile.write(&mut written).expect("memory takes all");
    assert!(SiteProfiles::read(&written[..]).expect("it was just written") == profile);
    for site in ["a.example", ""] {
        let page = Page::from_text("p", Some(site.to_owned()), "Beranda\nKontak");
        let shares = profile.shares(&page).unwrap_or_default();
        assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
    }
    true
}

/// Rows are refused by their place, or are a labelled page that is read again from its lines.
pub fn tsv(bytes: &[u8]) -> bool {
    let read = |bytes: &[u8]| read_tsv(bytes, "in", "p", None);
    let page = match read(bytes) {
        Ok(page) => page,
        Err(error) => {
            assert_message(&error.to_string());
            return false;
        }
    };
    let again = read(&rows(&page)).expect("labelled lines");
    assert_eq!(again.labels(), page.labels());
    assert!(again.page().lines().eq(page.page().lines()));
    true
}

fn rows(page: &LabelledPage) -> Vec<u8> {
    let mut rows = Vec::new();
    for (line, label) in page.page().lines().zip(page.labels()) {
        rows.extend([label.as_str().as_bytes(), b"\t", line, b"\n"].concat());
    }
    rows
}

/// Any bytes are a text, the same page however they are read, and however they are cut in blocks
/// and windows.
pub fn text(bytes: &[u8]) -> bool {
    let page = Page::from_text("p", None, bytes);
    let slow = BufReader::with_capacity(3, bytes);
    assert_eq!(
        read_text(slow, "in", "p", None).expect("memory can be read"),
        page
    );
    let size = WindowSize {
        bytes: 1 + bytes.len() / 3,
        rows: 1 + bytes.len() % 7,
    };
    let mut blocks = Blocks::new(bytes);
    let mut joined = Vec::new();
    while let Some(block) = blocks.next_block(size).expect("memory can be read") {
        joined.extend(block.bytes);
    }
    assert_eq!(joined, bytes);
    let windows: Vec<Page> = page.windows(size).collect();
    assert!(windows.iter().flat_map(Page::lines).eq(page.lines()));
    !page.is_empty()
}

/// Every row is refused by its place or is a page; as a block they are the same.
pub fn jsonl(bytes: &[u8]) -> bool {
    let shown = |record: saring::Result<Record>| match record {
        Ok(record) => {
            if let Record::Labelled(page) = &record {
                assert_eq!(page.labels().len(), page.page().len());
            }
            Ok(record)
        }
        Err(error) => {
            let message = error.to_string();
            assert_message(&message);
            Err(message)
        }
    };
    let records: Vec<_> = JsonlReader::new(bytes, "in").map(shown).collect();
    let of_block: Vec<_> = jsonl_records(bytes, "in", 1).map(shown).collect();
    assert_eq!(records, of_block);
    records.iter().any(Result::is_ok)
}

/// Every record of an archive is refused by its place or is a page, however the bytes come in.
pub fn wet(bytes: &[u8]) -> bool {
    let pages = |reader: &mut dyn Read| -> Vec<Result<Page, String>> {
        let shown = |page: saring::Result<RawPage>| {
            page.map(RawPage::into_page).map_err(|error| {
                let message = error.to_string();
                assert_message(&message);
                message
            })
        };
        // A record takes some bytes: more items than bytes would be a reader that never ends.
        let records = WetReader::new(reader, "in").take(bytes.len() + 2);
        records.map(shown).collect()
    };
    let whole = pages(&mut &bytes[..]);
    assert!(whole.len() < bytes.len() + 2);
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    assert_eq!(pages(&mut head.chain(tail)), whole);
    whole.iter().any(Result::is_ok)
}

/// The scorer gives the same predictions as the features of the lines, page after page.
pub fn scorer(bytes: &[u8]) -> bool {
    static MODEL_READ: LazyLock<Model> =
        LazyLock::new(|| Model::from_bytes(MODEL).expect("a sound model"));
    static PREDICTOR: LazyLock<Predictor> = LazyLock::new(|| Predictor::new(&MODEL_READ));
    let (first, text) = bytes.split_first().unwrap_or((&0, &[]));
    let pages = 1 + usize::from(first % 4);
    let page = |text: &[u8]| Page::from_text("p", None, text);
    let pages: Vec<Page> = text.chunks(text.len() / pages + 1).map(page).collect();
    assert_predicted(&PREDICTOR, &pages);
    !pages.is_empty()
}

/// Asserts that a worker predicts these pages as they are predicted alone, by probabilities.
fn assert_predicted(predictor: &Predictor, pages: &[Page]) {
    predictor.warm_up();
    let mut worker = predictor.worker();
    for page in pages {
        let lines = worker.predict(page);
        assert_eq!(lines, predictor.predict(page));
        assert_eq!(lines.len(), page.len());
        for line in lines {
            let sum: f64 = line.probabilities.iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{line:?}");
            let in_range = |p: &f64| (0.0..=1.0 + 1e-12).contains(p);
            assert!(line.probabilities.iter().all(in_range), "{line:?}");
        }
    }
}

/// A line is blank just if nothing is left of it once it is normalised; its tokens are pieces of it
/// from left to right.
pub fn page(bytes: &[u8]) -> bool {
    let page = Page::from_text("p", None, bytes);
    let mut text = String::new();
    let mut term = String::new();
    for row in bytes.split(|&byte| byte == b'\n') {
        normalize(row, &mut text);
        assert_eq!(text.is_empty(), is_blank(row));
        assert_eq!(text.trim(), text);
        let mut rest = &text[..];
        for token in tokens(&text) {
            assert!(!token.text.is_empty());
            let at = rest.find(token.text).expect("it stands in the line");
            assert!(rest[..at].trim().is_empty());
            rest = &rest[at + token.text.len()..];
            token.push_term(&mut term);
        }
        assert!(rest.trim().is_empty());
        term.clear();
    }
    assert!(page.lines().all(|line| !is_blank(line)));
    !page.is_empty()
}

/// A message is one short line that commands no terminal.
fn assert_message(message: &str) {
    assert!(message.len() < 1200, "{message}");
    assert!(!message.contains(char::is_control), "{message:?}");
}
