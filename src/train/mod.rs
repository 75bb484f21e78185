//! **Training** learns a [`Model`] from labelled pages.
//!
//! ```text
//! pages -> Extracted -> [folds: vocabulary, fit, predict] -> strength and scales
//!       -> vocabulary -> Matrix -> fit -> Model
//! ```
//!
//! Prediction knows nothing of this module; the two meet at [`Model`].

mod calibrate;
pub mod cross_validation;
pub mod extracted;
mod folds;
pub mod lbfgs;
pub mod linfa;
pub mod logistic;
pub mod matrix;
pub mod objective;
mod sequence;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::evaluate::{Evaluation, Meter, ScoredPage};
use crate::model::{Calibrations, Card, Model, Scores, Settings, Thresholds, TrainingHashes};
use crate::predict::decide;
use crate::profile::SiteProfiles;
use crate::sequence::{Distribution, LABELS, Sequence};
use crate::{Error, Label, LabelledPage, Result};
use cross_validation::{Fold, HeldOut, STOP, Training, smoothed};
pub use extracted::VocabularySettings;
use extracted::{Extracted, PageLines};
use folds::Folds;
use lbfgs::Convergence;
use logistic::{Classifier, Penalty};
use objective::Chain;
pub use sequence::Scales;

/// The strengths that cross-validation tries, the strongest first: each fit starts from the one
/// before.
const STRENGTHS: [f64; 4] = [20.0, 10.0, 5.0, 2.5];

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
    /// listings, do not outweigh the others.
    #[default]
    Sqrt,
}

impl PageWeight {
    /// The weight of a line of each page, given the pages' numbers of lines.
    fn of(self, lines: impl Iterator<Item = usize> + Clone) -> Vec<f64> {
        let weight = |lines: usize| match self {
            Self::Equal => 1.0,
            Self::Sqrt => 1.0 / (lines as f64).sqrt(),
        };
        let all: usize = lines.clone().sum();
        let sum: f64 = lines
            .clone()
            .map(|lines| lines as f64 * weight(lines))
            .sum();
        lines
            .map(|lines| weight(lines) * all as f64 / sum)
            .collect()
    }

    fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Sqrt => "sqrt",
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
    fn name(self) -> &'static str {
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
    solver: Solver,
    strength: Strength,
    folds: usize,
    pub(crate) vocabulary: VocabularySettings,
    frequency_penalty: f64,
    page_weight: PageWeight,
    sequence: SequenceTraining,
    target_precision: Option<f64>,
    class_weights: [f64; Label::ALL.len()],
    memory_limit: u64,
}

impl Default for TrainerParams {
    /// saring's solver, a strength chosen by five folds, terms of at least two sites, no class
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
                page_weight: PageWeight::Sqrt,
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

    /// The precision of content that the stored thresholds are to reach on out-of-fold predictions,
    /// 0 to 1; `None` for the thresholds with the best F1.
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

fn check_strength(l2: f64) -> Result<()> {
    check_positive("l2", l2)
}

fn check_positive(setting: &'static str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::Setting {
        setting,
        value: value.to_string(),
        expected: "give a number above 0",
    })
}

fn check_labels(labels: &[Label]) -> Result<()> {
    if labels.len() >= 2 && labels[0] == Label::Content {
        return Ok(());
    }
    let found: Vec<_> = labels.iter().map(|label| label.as_str()).collect();
    Err(Error::Corpus(format!(
        "the training side has only the labels [{}]: give pages with content and with at least \
         one other label, on several sites",
        found.join(", ")
    )))
}

/// What a training tells while it goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Progress {
    /// The pages are described; this many lines, and so many fits will follow.
    Extracted {
        /// Number of lines.
        lines: usize,
        /// Number of fits.
        fits: usize,
    },
    /// A fit goes on.
    Iteration(Convergence),
    /// A fit is done.
    Fitted(Convergence),
}

/// A fitted model, and how it came about.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The model.
    pub model: Model,
    /// How its fit ended.
    pub convergence: Convergence,
    /// For each strength that was tried, the mean out-of-fold loss of content, in nats a line.
    pub tried: Vec<(f64, f64)>,
    /// The out-of-fold predictions at the chosen strength; `None` without cross-validation.
    pub out_of_fold: Option<Evaluation>,
}

/// What cross-validation chose.
struct Choice {
    l2: f64,
    scales: Scales,
    calibrations: Calibrations,
    thresholds: Thresholds,
    tried: Vec<(f64, f64)>,
    held_out: Vec<HeldOut>,
}

impl Choice {
    /// Nothing is chosen: the given strength, no scaling, no calibration.
    fn without_folds(l2: f64) -> Self {
        Self {
            l2,
            scales: Scales::default(),
            calibrations: Calibrations::default(),
            thresholds: Thresholds::default(),
            tried: Vec::new(),
            held_out: Vec::new(),
        }
    }
}

impl Trainer {
    /// Learns a model from labelled pages, each of which has a site.
    ///
    /// # Errors
    /// [`Error::Corpus`] where the pages cannot be learned from, [`Error::DenseTooLarge`] and
    /// [`Error::Solver`] from the solver.
    pub fn fit(
        &self,
        corpus: &[LabelledPage],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Trained> {
        self.fit_with_profiles(corpus, None, progress)
    }

    /// Learns a model from labelled pages and the profiles of their sites: each page that has one
    /// is learned with it and without it.
    ///
    /// # Errors
    /// As [`Trainer::fit`].
    pub fn fit_with_profiles(
        &self,
        corpus: &[LabelledPage],
        profiles: Option<&SiteProfiles>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Trained> {
        let extracted = Extracted::new(corpus, profiles)?;
        let lines = extracted.original_lines().count();
        let fits = self.strengths().len() * self.folds + 1;
        progress(Progress::Extracted { lines, fits });
        let choice = self.choose(&extracted, progress)?;
        let (mut training, _) = Training::new(self, &extracted, |_| true)?;
        check_labels(&training.labels)?;
        let classifier = self.classifier(&training, choice.l2, None, progress)?;
        let out_of_fold = match choice.held_out.as_slice() {
            [] => None,
            held_out => Some(evaluate(&extracted, held_out, &choice)?),
        };
        training.parts.calibrations = choice.calibrations;
        training.parts.thresholds = choice.thresholds;
        training.parts.sequence = choice.scales.apply(&training.parts.sequence);
        training.parts.training = TrainingHashes::of(corpus);
        training.parts.card = self.card(corpus, &extracted, &choice, out_of_fold.as_ref());
        Ok(Trained {
            model: training.model(&classifier)?,
            convergence: classifier.convergence,
            tried: choice.tried,
            out_of_fold,
        })
    }

    fn strengths(&self) -> &[f64] {
        match &self.strength {
            Strength::Auto => &STRENGTHS,
            Strength::Fixed(l2) => std::slice::from_ref(l2),
        }
    }

    /// Chooses the strength and the scales with the smallest out-of-fold loss of content.
    fn choose(
        &self,
        corpus: &Extracted,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Choice> {
        if self.folds == 0 {
            return Ok(Choice::without_folds(self.strengths()[0]));
        }
        let mut choices = Vec::new();
        for (&l2, held_out) in self.strengths().iter().zip(self.held_out(corpus, progress)?) {
            let fit = cross_validation::Fit::new(corpus, &held_out, self.scales());
            choices.push((l2, held_out, fit));
        }
        let tried = choices.iter().map(|(l2, _, fit)| (*l2, fit.loss)).collect();
        let best = choices.into_iter().min_by(|a, b| a.2.loss.total_cmp(&b.2.loss));
        let (l2, held_out, fit) = best.expect("there is at least one strength");
        Ok(Choice {
            l2,
            scales: fit.scales,
            calibrations: fit.calibrations,
            thresholds: fit.thresholds(self.target_precision)?,
            tried,
            held_out,
        })
    }

    /// The out-of-fold predictions at each strength.
    fn held_out(
        &self,
        corpus: &Extracted,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<Vec<HeldOut>>> {
        let strengths = self.strengths();
        let mut held_out: Vec<Vec<HeldOut>> = strengths.iter().map(|_| Vec::new()).collect();
        let folds = Folds::new(corpus, self.folds)?;
        for index in 0..folds.len() {
            let mut fold = Fold::new(self, corpus, &folds, index)?;
            for (&l2, held_out) in strengths.iter().zip(&mut held_out) {
                held_out.push(fold.predict(self, l2, progress)?);
            }
        }
        Ok(held_out)
    }

    fn classifier(
        &self,
        training: &Training,
        l2: f64,
        warm: Option<&Classifier>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Classifier> {
        let Training {
            matrix, targets, ..
        } = training;
        let penalty = Penalty {
            l2,
            frequency: self.frequency_penalty,
        };
        let classifier = match self.solver {
            Solver::Linfa => linfa::fit_dense(matrix, targets, penalty, self.memory_limit)?,
            Solver::Lbfgs => Classifier::fit(
                matrix,
                targets,
                penalty,
                self.chain(training),
                STOP,
                warm,
                |state| {
                    progress(Progress::Iteration(*state));
                },
            ),
        };
        progress(Progress::Fitted(classifier.convergence));
        Ok(classifier)
    }

    fn class_weight(&self, label: Label) -> f64 {
        self.class_weights[label.index()]
    }

    /// The label sequence of the given pages, whose lines have these weights.
    fn sequence(&self, corpus: &Extracted, pages: &[&PageLines], weights: &[f64]) -> Sequence {
        let counted = sequence::count(corpus, pages.iter().copied(), weights);
        match self.sequence {
            SequenceTraining::Counted => counted,
            SequenceTraining::Joint => Scales::JOINT.apply(&counted),
        }
    }

    /// The scales that are tried.
    fn scales(&self) -> Vec<Scales> {
        match self.sequence {
            SequenceTraining::Counted => Scales::grid(),
            SequenceTraining::Joint => Scales::joint_grid(),
        }
    }

    /// The label sequences that a classifier is fitted to.
    fn chain<'a>(&self, training: &'a Training) -> Option<Chain<'a>> {
        (self.sequence == SequenceTraining::Joint).then_some(Chain {
            sequence: &training.parts.sequence,
            labels: &training.labels,
            pages: &training.pages,
        })
    }

    /// The weight of every line of the given pages.
    fn line_weights(&self, corpus: &Extracted, pages: &[&PageLines]) -> Vec<f64> {
        let page_weights = self
            .page_weight
            .of(pages.iter().map(|page| page.lines.len()));
        let lines = pages.iter().zip(page_weights);
        lines
            .flat_map(|(page, weight)| {
                let weight = weight * page.weight;
                page.lines.clone().map(move |line| (line, weight))
            })
            .map(|(line, weight)| weight * self.class_weight(corpus.gold()[line]))
            .collect()
    }

    fn card(
        &self,
        corpus: &[LabelledPage],
        extracted: &Extracted,
        choice: &Choice,
        out_of_fold: Option<&Evaluation>,
    ) -> Card {
        let count = |label| {
            let lines = extracted.original_lines();
            lines.filter(|&line| extracted.gold()[line] == label).count()
        };
        Card {
            saring: env!("CARGO_PKG_VERSION").to_owned(),
            corpus_sha256: corpus_sha256(corpus),
            sites: extracted.sites().len(),
            pages: extracted.pages().iter().filter(|page| page.is_predicted).count(),
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

/// Scores out-of-fold predictions at the chosen thresholds.
fn evaluate(corpus: &Extracted, folds: &[HeldOut], choice: &Choice) -> Result<Evaluation> {
    let calibration = choice.calibrations.smoothed;
    let threshold = choice.thresholds.smoothed;
    let mut meter = Meter::new();
    for (page, lines) in smoothed(folds, choice.scales) {
        let probabilities: Vec<Distribution> = lines
            .into_iter()
            .map(|line| calibration.apply(line))
            .collect();
        let lines = page.page.lines.clone();
        let predicted: Vec<Label> = probabilities
            .iter()
            .map(|&probabilities| decide(probabilities, threshold).label)
            .collect();
        meter.add(&ScoredPage {
            id: "",
            site: Some(&corpus.sites()[page.page.site]),
            gold: &corpus.gold()[lines.clone()],
            predicted: &predicted,
            probabilities: &probabilities,
            characters: &corpus.characters()[lines],
            seen: None,
        })?;
    }
    Ok(meter.finish())
}
