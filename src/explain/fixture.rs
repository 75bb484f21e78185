//! A small model and a page for tests.

use crate::calibration::Calibration;
use crate::features::Layout;
use crate::model::{Calibrations, Card, Model, Parts, Thresholds, TrainingHashes};
use crate::sequence::{LABELS, Sequence};
use crate::stem::Linguist;
use crate::vocabulary::Vocabulary;
use crate::{Label, Page};

/// Three terms, weights between -0.5 and 0.5, and a label sequence that prefers to stay.
pub(crate) fn model() -> Model {
    let vocabulary = Vocabulary::new(["baca", "harga", "reply"], &Linguist::default());
    let vocabulary = vocabulary.expect("sorted");
    let mut state = 1_u64;
    // Knuth's MMIX generator; the upper bits are the random ones.
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005);
        state = state.wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 24) as f32 - 0.5
    };
    let stay = |from, to| if from == to { -0.5 } else { -2.0 };
    let parts = Parts {
        labels: Label::ALL.to_vec(),
        weights: (0..Layout::columns(vocabulary.len()) * LABELS)
            .map(|_| random())
            .collect(),
        vocabulary,
        biases: (0..LABELS).map(|_| random()).collect(),
        sequence: Sequence {
            transitions: std::array::from_fn(|from| std::array::from_fn(|to| stay(from, to))),
            log_prior: [-1.8; LABELS],
            evidence_scale: 0.9,
            prior_scale: 0.5,
        },
        calibrations: Calibrations {
            smoothed: Calibration {
                slope: 0.8,
                offset: -0.1,
            },
            plain: Calibration {
                slope: 0.7,
                offset: 0.2,
            },
        },
        thresholds: Thresholds::default(),
        training: TrainingHashes::default(),
        card: Card::default(),
    };
    Model::new(parts).expect("in range")
}

/// A page of six lines.
pub(crate) fn page() -> Page {
    let text = "Beranda Berita Kontak\nPanen Garam Mundur\nPara petani garam menunda panen karena \
                hujan masih turun sampai akhir Juni.\n\nLeave a Reply\nBaca juga: Harga cabai naik\n\
                Senin, 3 Juni 2024";
    Page::from_text("p", None, text)
}
