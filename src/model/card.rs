//! The **card** of a model: what it was trained on, with which settings, and how well it did on
//! pages of sites that it had not seen. It is stored in the model file and names no machine.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a model comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The version of saring that trained it.
    pub saring: String,
    /// SHA-256 of the labelled pages, sorted by site and id, in lower-case hexadecimal.
    pub corpus_sha256: String,
    /// Number of training sites.
    pub sites: usize,
    /// Number of training pages.
    pub pages: usize,
    /// Number of training lines.
    pub lines: usize,
    /// Lines of each label.
    pub labels: LabelCount,
    /// The settings of the training.
    pub settings: Settings,
    /// Scores on out-of-fold predictions, `None` where there was no cross-validation.
    pub out_of_fold: Option<Scores>,
}

/// Number of lines of each label, by its name.
pub type LabelCount = BTreeMap<String, usize>;

/// What a training was told, and what it chose.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The solver: `lbfgs` or `linfa`.
    pub solver: String,
    /// Strength of the L2 penalty.
    pub l2: f64,
    /// What is added to it for each line that has the feature.
    pub frequency_penalty: f64,
    /// Number of thinned copies of each page that were learned from.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub thinned_copies: usize,
    /// How much each line of a page counted: `equal` or `sqrt`.
    pub page_weight: String,
    /// How the weights were fitted: to single lines (`counted`) or label sequences (`joint`).
    pub sequence: String,
    /// The precision that the thresholds were chosen for, `None` for the best F1.
    pub target_precision: Option<f64>,
    /// Whether site profiles were used.
    pub profile: bool,
    /// Whether cross-validation chose `l2`.
    pub l2_chosen: bool,
    /// Number of folds, disjoint by site; 0 where there was no cross-validation.
    pub folds: usize,
    /// On how many training sites a term must stand.
    pub min_sites: usize,
    /// Most terms that were kept, `None` for all.
    pub max_features: Option<usize>,
    /// Weights of labels other than 1.
    pub class_weights: BTreeMap<String, f64>,
}

/// A card of no copies is as cards were before there were any.
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// How well predictions meet the gold labels, content against the rest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// F1 of content, by line; `None` where it would divide by zero.
    pub f1: Option<f64>,
    /// F1 of content, each line weighed by its characters.
    pub char_f1: Option<f64>,
    /// Average precision of the probability of content.
    pub average_precision: Option<f64>,
}

impl fmt::Display for Scores {
    /// The three scores to three decimals, `-` for those that are not defined.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number =
            |score: Option<f64>| score.map_or("-".to_owned(), |score| format!("{score:.3}"));
        write!(
            f,
            "F1 {}, char F1 {}, average precision {}",
            number(self.f1),
            number(self.char_f1),
            number(self.average_precision)
        )
    }
}
