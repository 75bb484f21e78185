//! The **settings** of a training: built step by step, then checked. Only checked ones can train.

use super::extracted::VocabularySettings;
use crate::sequence::LABELS;
use crate::{Error, Label, Result};

/// Most thinned copies of a page.
const MOST_COPIES: usize = 100;

/// Which solver fits the weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Solver {
    /// saring's own, on the sparse matrix.
    #[default]
    Lbfgs,
    /// linfa-logistic, on the dense matrix.
    Linfa,
}

/// How strong the L2 penalty is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Strength {
    /// Chosen by cross-validation.
    #[default]
    Auto,
    /// Given.
    Fixed(f64),
}

/// How much each line of a page counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageWeight {
    /// All lines count the same.
    Equal,
    /// A line counts `1 / sqrt(lines of its page)`, scaled to a mean of 1: long pages, mostly
    /// listings, do not outweigh the others as much.
    Sqrt,
    /// A line counts `1 / lines of its page`, scaled to a mean of 1: all pages count the same.
    #[default]
    Inverse,
}

impl PageWeight {
    /// The weight of a line of each page, given the pages' numbers of lines, scaled to a mean of 1
    /// over the lines of pages with the numbers `scaled_by`.
    pub(super) fn of(
        self,
        lines: impl Iterator<Item = usize>,
        scaled_by: impl Iterator<Item = usize> + Clone,
    ) -> Vec<f64> {
        let weight = |lines: usize| {
            // A page without lines has no weight to give.
            let lines = lines.max(1) as f64;
            match self {
                Self::Equal => 1.0,
                Self::Sqrt => 1.0 / lines.sqrt(),
                Self::Inverse => 1.0 / lines,
            }
        };
        let all: usize = scaled_by.clone().sum();
        let sum: f64 = scaled_by.map(|lines| lines as f64 * weight(lines)).sum();
        lines
            .map(|lines| weight(lines) * all as f64 / sum)
            .collect()
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Sqrt => "sqrt",
            Self::Inverse => "inverse",
        }
    }
}

/// How the weights and the label sequence of a model come together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SequenceTraining {
    /// The weights are fitted to single lines; how much the label sequence counts is chosen on
    /// out-of-fold predictions.
    Counted,
    /// The weights are fitted to the label sequences of whole pages.
    #[default]
    Joint,
}

impl SequenceTraining {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Joint => "joint",
        }
    }
}

/// Settings of a training, not yet checked.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainerParams {
    trainer: Trainer,
}

/// Checked settings of a training: see [`TrainerParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct Trainer {
    pub(super) solver: Solver,
    pub(super) strength: Strength,
    pub(super) folds: usize,
    pub(super) vocabulary: VocabularySettings,
    pub(super) frequency_penalty: f64,
    pub(super) thinned_copies: usize,
    pub(super) page_weight: PageWeight,
    pub(super) sequence: SequenceTraining,
    pub(super) target_precision: Option<f64>,
    pub(super) class_weights: [f64; Label::ALL.len()],
    pub(super) memory_limit: u64,
}

impl Default for TrainerParams {
    /// saring's solver, a strength chosen by five folds, a frequency penalty of 0.05, pages weighed
    /// by 1 / sqrt(lines), no thinned copies, weights fitted to label sequences, terms of at least two sites, no class
    /// weights, 1 GiB for a dense matrix.
    fn default() -> Self {
        Self {
            trainer: Trainer {
                solver: Solver::Lbfgs,
                strength: Strength::Auto,
                folds: 5,
                vocabulary: VocabularySettings {
                    min_sites: 2,
                    max_terms: None,
                },
                frequency_penalty: 0.05,
                thinned_copies: 0,
                page_weight: PageWeight::Inverse,
                sequence: SequenceTraining::Joint,
                target_precision: None,
                class_weights: [1.0; Label::ALL.len()],
                memory_limit: 1 << 30,
            },
        }
    }
}

impl TrainerParams {
    /// Which solver fits the weights.
    #[must_use]
    pub fn solver(mut self, solver: Solver) -> Self {
        self.trainer.solver = solver;
        self
    }

    /// How strong the penalty is: above 0, in units of the summed loss (linfa's `alpha`).
    #[must_use]
    pub fn strength(mut self, strength: Strength) -> Self {
        self.trainer.strength = strength;
        self
    }

    /// What is added to the penalty of a feature for each training line that has it, 0 or more.
    #[must_use]
    pub fn frequency_penalty(mut self, frequency_penalty: f64) -> Self {
        self.trainer.frequency_penalty = frequency_penalty;
        self
    }

    /// Number of copies, up to 100, of each page that lack 30% of its lines, drawn at random: each
    /// counts as much as the page itself, all together as much as one page. Three of them make a
    /// training about three times as long; prediction stays as it is. Not with linfa.
    #[must_use]
    pub fn thinned_copies(mut self, thinned_copies: usize) -> Self {
        self.trainer.thinned_copies = thinned_copies;
        self
    }

    /// Number of folds, disjoint by site: 2 or more, or 0 for no cross-validation, which needs a
    /// fixed strength.
    #[must_use]
    pub fn folds(mut self, folds: usize) -> Self {
        self.trainer.folds = folds;
        self
    }

    /// On pages of how many training sites a term must stand, 1 or more.
    #[must_use]
    pub fn min_sites(mut self, min_sites: usize) -> Self {
        self.trainer.vocabulary.min_sites = min_sites;
        self
    }

    /// Most terms; those on most sites are kept.
    #[must_use]
    pub fn max_features(mut self, max_features: Option<usize>) -> Self {
        self.trainer.vocabulary.max_terms = max_features;
        self
    }

    /// How much each line of a page counts.
    #[must_use]
    pub fn page_weight(mut self, page_weight: PageWeight) -> Self {
        self.trainer.page_weight = page_weight;
        self
    }

    /// How the weights and the label sequence come together.
    #[must_use]
    pub fn sequence(mut self, sequence: SequenceTraining) -> Self {
        self.trainer.sequence = sequence;
        self
    }

    /// The precision of content that the stored thresholds are to reach on out-of-fold predictions
    /// in which every page weighs the same, 0 to 1; `None` for the thresholds with the best F1.
    #[must_use]
    pub fn target_precision(mut self, precision: Option<f64>) -> Self {
        self.trainer.target_precision = precision;
        self
    }

    /// How much a line of `label` counts, above 0. Weights other than 1 need a
    /// [counted](SequenceTraining::Counted) sequence: the lines of a page are fitted as one.
    #[must_use]
    pub fn class_weight(mut self, label: Label, weight: f64) -> Self {
        self.trainer.class_weights[label.index()] = weight;
        self
    }

    /// Most memory of a dense matrix, in bytes.
    #[must_use]
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.trainer.memory_limit = bytes;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the first one that is out of its range.
    pub fn check(self) -> Result<Trainer> {
        let trainer = self.trainer;
        if let Strength::Fixed(l2) = trainer.strength {
            check_strength(l2)?;
        }
        let setting = |setting, value: String, expected| Error::Setting {
            setting,
            value,
            expected,
        };
        let folds = trainer.folds;
        if folds == 1 || (folds == 0 && trainer.strength == Strength::Auto) {
            let expected = "give 2 or more, or 0 together with a fixed l2";
            return Err(setting("folds", folds.to_string(), expected));
        }
        if trainer.vocabulary.min_sites == 0 {
            return Err(setting("min-sites", "0".to_owned(), "give 1 or more"));
        }
        let frequency = trainer.frequency_penalty;
        if !(frequency >= 0.0 && frequency.is_finite()) {
            let expected = "give 0 or a number above it";
            return Err(setting(
                "frequency-penalty",
                frequency.to_string(),
                expected,
            ));
        }
        let copies = trainer.thinned_copies;
        if copies > MOST_COPIES || (copies > 0 && trainer.solver == Solver::Linfa) {
            let expected = "give 0 to 100, and 0 with --solver linfa";
            return Err(setting("thinned-copies", copies.to_string(), expected));
        }
        let is_joint = trainer.sequence == SequenceTraining::Joint;
        if is_joint && (trainer.solver == Solver::Linfa || trainer.class_weights != [1.0; LABELS]) {
            let expected = "--solver linfa and class weights need a counted sequence";
            return Err(setting("sequence", "joint".to_owned(), expected));
        }
        if let Some(precision) = trainer.target_precision {
            let expected = "give a number from 0 to 1, and 2 folds or more";
            if !(0.0..=1.0).contains(&precision) || folds == 0 {
                return Err(setting("target-precision", precision.to_string(), expected));
            }
        }
        for weight in trainer.class_weights {
            check_positive("class-weight", weight)?;
        }
        Ok(trainer)
    }
}

pub(super) fn check_strength(l2: f64) -> Result<()> {
    check_positive("l2", l2)
}

pub(super) fn check_positive(setting: &'static str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::Setting {
        setting,
        value: value.to_string(),
        expected: "give a number above 0",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinned_copies_are_few_and_none_with_linfa() {
        let params = |copies| TrainerParams::default().thinned_copies(copies);
        assert!(params(100).check().is_ok());
        assert!(params(101).check().is_err());
        let linfa = |copies| {
            let params = params(copies).solver(Solver::Linfa);
            params.sequence(SequenceTraining::Counted).check()
        };
        assert!(linfa(0).is_ok() && linfa(1).is_err());
    }

    /// Weights of 1 / sqrt(4) and 1 / sqrt(16), of which the 20 lines have 2 + 4 = 6: scaled by
    /// 20 / 6. A copy of 9 lines does not change that.
    #[test]
    fn copies_do_not_change_the_weights_of_the_pages() {
        let weights = PageWeight::Sqrt.of([4, 9, 16].into_iter(), [4, 16].into_iter());
        let expected = [1.0 / 2.0, 1.0 / 3.0, 1.0 / 4.0].map(|weight| weight * 20.0 / 6.0);
        for (weight, expected) in weights.iter().zip(expected) {
            assert!((weight - expected).abs() < 1e-12, "{weights:?}");
        }
    }

    /// Three pages weigh 1 each, 20 lines in all; a page without lines changes nothing.
    #[test]
    fn inverse_weights_make_all_pages_count_the_same() {
        let lines = [4, 0, 15, 1];
        let weights = PageWeight::Inverse.of(lines.into_iter(), lines.into_iter());
        for (weight, lines) in weights.iter().zip(lines).filter(|&(_, lines)| lines > 0) {
            assert!(
                (weight * lines as f64 - 20.0 / 3.0).abs() < 1e-12,
                "{weights:?}"
            );
        }
    }
}
