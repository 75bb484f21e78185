//! What holds of **any** input: bytes as a page, parts as a model, bytes as a model file.
#![cfg(feature = "cli")]

mod common;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use proptest::prelude::*;
use saring::calibration::{Calibration, log_odds};
use saring::features::{Layout, extract};
use saring::model::{Calibrations, Card, Parts, Thresholds, TrainingHashes};
use saring::predict::{Decision, Predictor};
use saring::sequence::Sequence;
use saring::stem::Linguist;
use saring::train::{Strength, TrainerParams};
use saring::vocabulary::{Vocabulary, VocabularyIndex};
use saring::{Label, LabelledPage, Model, Page};

/// The bytes of a model that was trained.
fn trained() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| common::bytes(common::model()))
}

fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| Model::from_bytes(trained()).expect("it was just written"))
}

/// Lines as pages have them, and others.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let words = "(Beranda|Baca juga:|[A-Z][a-z]{1,8}|[0-9]{1,9}|»|\\(luc/luc\\)| |,|\\.){0,30}";
    prop_oneof![
        4 => words.prop_map(String::into_bytes),
        2 => ".{0,60}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..80),
    ]
}

fn page() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(line(), 0..40).prop_map(|lines| lines.join(&b'\n'))
}

/// What a model is made from: short enough to be printed where a property fails.
#[derive(Clone, Debug)]
struct Recipe {
    labels: Vec<Label>,
    terms: BTreeSet<String>,
    thresholds: Thresholds,
    name: String,
    /// Decides the weights and the label sequence.
    seed: u64,
}

fn recipe() -> impl Strategy<Value = Recipe> {
    let others = prop::sample::subsequence(&Label::ALL[1..], 1..=5);
    let terms = prop::collection::btree_set("\\PC{1,6}", 0..6);
    let thresholds = (0.0..=1.0, 0.0..=1.0);
    (others, terms, thresholds, "\\PC{0,9}", any::<u64>()).prop_map(
        |(others, terms, (smoothed, plain), name, seed)| Recipe {
            labels: [&[Label::Content], &others[..]].concat(),
            terms,
            thresholds: Thresholds { smoothed, plain },
            name,
            seed,
        },
    )
}

impl Recipe {
    fn model(self) -> Model {
        let mut random = random(self.seed);
        let mut numbers =
            |count| -> Vec<f32> { (0..count).map(|_| 1e6 * (random() as f32 - 0.5)).collect() };
        let parts = Parts {
            vocabulary: vocabulary(&self.terms),
            weights: numbers(Layout::columns(self.terms.len()) * self.labels.len()),
            biases: numbers(self.labels.len()),
            sequence: sequence(self.seed),
            calibrations: Calibrations {
                smoothed: calibration(self.seed),
                plain: calibration(!self.seed),
            },
            thresholds: self.thresholds,
            training: hashes(&self.name, self.seed),
            card: Card {
                saring: self.name,
                ..Card::default()
            },
            labels: self.labels,
        };
        Model::new(parts).expect("in range")
    }
}

/// Numbers from 0 to 1 (xorshift64, Marsaglia 2003).
fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn vocabulary(terms: &BTreeSet<String>) -> Vocabulary {
    let terms = terms.iter().map(String::as_str);
    Vocabulary::new(terms, &Linguist::default()).expect("sorted, each once")
}

/// The hashes of a page of up to four lines, on a site or none.
fn hashes(line: &str, seed: u64) -> TrainingHashes {
    let site = seed.is_multiple_of(2).then(|| seed.to_string());
    let mut page = LabelledPage::new("p", site);
    for number in 0..seed % 5 {
        page.push(Label::Content, format!("{number} {line}").as_bytes());
    }
    TrainingHashes::of(&[page])
}

/// Log-probabilities from -50 to 0, scales from 0 to 10.
fn sequence(seed: u64) -> Sequence {
    let mut random = random(!seed);
    Sequence {
        transitions: std::array::from_fn(|_| std::array::from_fn(|_| -50.0 * random())),
        log_prior: std::array::from_fn(|_| -50.0 * random()),
        evidence_scale: 10.0 * random(),
        prior_scale: 10.0 * random(),
    }
}

/// A slope from 0.01 to 100, an offset from -100 to 100.
fn calibration(seed: u64) -> Calibration {
    let mut random = random(seed.rotate_left(7));
    Calibration {
        slope: 100.0_f64.powf(2.0 * random() - 1.0),
        offset: 200.0 * random() - 100.0,
    }
}

/// Asserts that every line of `page` has probabilities that sum to 1, smoothed and plain.
fn assert_predicted(model: &Model, page: &Page) -> Result<(), TestCaseError> {
    for smoothing in [true, false] {
        let decision = Decision {
            smoothing,
            threshold: None,
        };
        let lines = Predictor::new(model).with_decision(decision).predict(page);
        prop_assert_eq!(lines.len(), page.len());
        for line in lines {
            let sum: f64 = line.probabilities.iter().sum();
            prop_assert!((sum - 1.0).abs() < 1e-9, "{:?}", line);
            let in_range = |p: &f64| (0.0..=1.0 + 1e-12).contains(p);
            prop_assert!(line.probabilities.iter().all(in_range), "{:?}", line);
        }
    }
    Ok(())
}

/// Asserts that the entries of every line of `page` add up to its score and its log-odds, within
/// 1e-9 of the largest of them or of 1.
fn assert_explained(model: &Model, page: &Page, top: usize) -> Result<(), TestCaseError> {
    for smoothing in [true, false] {
        let decision = Decision {
            smoothing,
            threshold: None,
        };
        let predictor = Predictor::new(model).with_decision(decision);
        let predictions = predictor.predict(page);
        let lines = predictor.explain(page, top);
        prop_assert_eq!(lines.len(), page.len());
        for (line, prediction) in lines.iter().zip(predictions) {
            prop_assert_eq!(line.prediction, prediction);
            let entries: Vec<f64> = line.entries().iter().map(|(_, value)| *value).collect();
            let scale = entries
                .iter()
                .fold(1.0, |most: f64, value| most.max(value.abs()));
            let (score, steps) = entries.split_at(entries.len() - 3);
            let score: f64 = score.iter().sum();
            prop_assert!((score - line.score).abs() <= 1e-9 * scale, "{:?}", line);
            let steps: f64 = steps.iter().sum();
            prop_assert!(
                (score + steps - line.log_odds).abs() <= 1e-9 * scale,
                "{:?}",
                line
            );
            prop_assert_eq!(line.log_odds, log_odds(prediction.content()));
            prop_assert!(line.speaking_for.len().max(line.speaking_against.len()) <= top);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_a_page_with_one_prediction_a_line(bytes in page()) {
        assert_predicted(model(), &Page::from_text("p", None, bytes))?;
    }

    #[test]
    fn any_model_gives_probabilities(recipe in recipe(), bytes in page()) {
        assert_predicted(&recipe.model(), &Page::from_text("p", None, bytes))?;
    }

    #[test]
    fn a_calibrated_line_still_sums_to_one(
        scores in prop::array::uniform6(-40.0..40.0_f64),
        seed in any::<u64>(),
    ) {
        let sum: f64 = scores.iter().map(|score| score.exp()).sum();
        let line = calibration(seed).apply(scores.map(|score| score.exp() / sum));
        prop_assert!((line.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{:?}", line);
    }

    #[test]
    fn the_features_of_a_line_are_sorted_and_in_range(bytes in page()) {
        let page = Page::from_text("p", None, bytes);
        let linguist = Linguist::default();
        let mut index = VocabularyIndex::new(model().vocabulary(), &linguist);
        let rows = extract(&page, None, &linguist, &mut index, model().columns());
        prop_assert_eq!((rows.len(), rows.columns()), (page.len(), model().columns()));
        for row in rows.rows() {
            prop_assert!(row.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", row);
            prop_assert!(row.iter().all(|&feature| (feature as usize) < rows.columns()));
        }
    }

    #[test]
    fn a_model_that_is_written_is_read_back(recipe in recipe()) {
        let model = recipe.model();
        let mut bytes = Vec::new();
        model.write(&mut bytes).expect("memory takes all");
        let read = Model::read(&bytes[..]).expect("it was just written");
        prop_assert_eq!(read.sequence(), model.sequence());
        prop_assert_eq!(read.thresholds(), model.thresholds());
        prop_assert_eq!(read.training(), model.training());
        prop_assert_eq!(read.card(), model.card());
        prop_assert!(read == model, "its weights or terms are others");
        prop_assert!(read.to_bytes().expect("it fits") == bytes, "it has other bytes");
    }

    #[test]
    fn a_changed_model_file_is_refused_or_usable(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        in_header in any::<bool>(),
        end in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = trained().to_vec();
        // The header, with its length before it, is a small part of the file.
        let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
        let range = if in_header { 8 + length } else { bytes.len() };
        for (index, byte) in changes {
            bytes[index.index(range)] = byte;
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len()));
        }
        if let Ok(model) = Model::from_bytes(&bytes) {
            let page = "Beranda\nHarga beras naik, kata kepala desa.\nLeave a Reply\n";
            assert_predicted(&model, &Page::from_text("p", None, page))?;
        }
    }

    #[test]
    fn any_bytes_are_refused_as_a_model(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Model::from_bytes(&bytes).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_line_is_explained_by_entries_that_add_up(bytes in page(), top in 0..40_usize) {
        assert_explained(model(), &Page::from_text("p", None, bytes), top)?;
    }

    #[test]
    fn any_model_is_explained_by_entries_that_add_up(
        recipe in recipe(), bytes in page(), top in 0..40_usize
    ) {
        assert_explained(&recipe.model(), &Page::from_text("p", None, bytes), top)?;
    }

    #[test]
    fn any_labelled_pages_are_learned_or_refused(
        pages in prop::collection::vec(
            (0..4_u8, prop::collection::vec((0..6_usize, line()), 0..8)), 0..6),
        folds in prop::sample::select(vec![0, 2]),
        min_sites in 1..3_usize,
    ) {
        let corpus: Vec<LabelledPage> = pages.into_iter().enumerate().map(|(id, (site, lines))| {
            let mut page = LabelledPage::new(id.to_string(), Some(site.to_string()));
            for (label, line) in lines {
                page.push(Label::ALL[label], &line);
            }
            page
        }).collect();
        let params = TrainerParams::default().strength(Strength::Fixed(1.0));
        let trainer = params.folds(folds).min_sites(min_sites).check().expect("in range");
        if let Ok(trained) = trainer.fit(&corpus, &mut |_| {}) {
            for page in &corpus {
                assert_predicted(&trained.model, page.page())?;
            }
            let bytes = trained.model.to_bytes().expect("it fits");
            let read = Model::from_bytes(&bytes).expect("it was just written");
            prop_assert_eq!(read.card(), trained.model.card());
            prop_assert!(read == trained.model, "its weights or terms are others");
        }
    }
}
