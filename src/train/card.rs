//! Filling in of the [card](Card) of a model: where it comes from, in numbers.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Choice;
use super::extracted::Extracted;
use super::params::{Solver, Strength, Trainer};
use crate::evaluate::Evaluation;
use crate::model::{Card, Scores, Settings};
use crate::{Label, LabelledPage};

impl Trainer {
    /// The card of a model that was trained on `corpus` with what `choice` says.
    pub(super) fn card(
        &self,
        corpus: &[LabelledPage],
        extracted: &Extracted,
        choice: &Choice,
        out_of_fold: Option<&Evaluation>,
    ) -> Card {
        let count = |label| {
            let lines = extracted.original_lines();
            lines
                .filter(|&line| extracted.gold()[line] == label)
                .count()
        };
        Card {
            saring: env!("CARGO_PKG_VERSION").to_owned(),
            corpus_sha256: corpus_sha256(corpus),
            sites: extracted.sites().len(),
            pages: extracted
                .pages()
                .iter()
                .filter(|page| page.is_predicted)
                .count(),
            lines: extracted.original_lines().count(),
            labels: Label::ALL
                .map(|label| (label.to_string(), count(label)))
                .into(),
            settings: Settings {
                profile: extracted.has_profiles(),
                ..self.settings(choice.l2)
            },
            out_of_fold: out_of_fold.map(|evaluation| Scores {
                f1: evaluation.content.f1,
                char_f1: evaluation.content.char_f1,
                average_precision: evaluation.content.average_precision,
            }),
        }
    }

    fn settings(&self, l2: f64) -> Settings {
        let class_weights: BTreeMap<String, f64> = Label::ALL
            .iter()
            .map(|label| (label.to_string(), self.class_weight(*label)))
            .filter(|&(_, weight)| weight != 1.0)
            .collect();
        Settings {
            solver: match self.solver {
                Solver::Lbfgs => "lbfgs".to_owned(),
                Solver::Linfa => "linfa".to_owned(),
            },
            l2,
            frequency_penalty: self.frequency_penalty,
            thinned_copies: self.thinned_copies,
            page_weight: self.page_weight.name().to_owned(),
            sequence: self.sequence.name().to_owned(),
            target_precision: self.target_precision,
            profile: false,
            l2_chosen: self.strength == Strength::Auto,
            folds: self.folds,
            min_sites: self.vocabulary.min_sites,
            max_features: self.vocabulary.max_terms,
            class_weights,
        }
    }
}

/// SHA-256 of labelled pages, whatever their order, in lower-case hexadecimal.
pub fn corpus_sha256(corpus: &[LabelledPage]) -> String {
    let mut pages: Vec<&LabelledPage> = corpus.iter().collect();
    pages.sort_by_key(|page| (&page.page().site, &page.page().id));
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    for page in pages {
        part(page.page().site.as_deref().unwrap_or_default().as_bytes());
        part(page.page().id.as_bytes());
        for (label, line) in page.labels().iter().zip(page.page().lines()) {
            part(label.as_str().as_bytes());
            part(line);
        }
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
