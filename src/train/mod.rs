//! **Training** learns a [`Model`] from labelled pages.
//!
//! ```text
//! pages -> Extracted -> [folds: vocabulary, fit, predict] -> strength and scales
//!       -> vocabulary -> Matrix -> fit -> Model
//! ```
//!
//! Prediction knows nothing of this module; the two meet at [`Model`].

pub mod bundles;
mod calibrate;
mod card;
pub mod cross_validation;
mod dual;
pub mod extracted;
mod folds;
pub mod lbfgs;
mod line;
pub mod linfa;
mod lists;
pub mod logistic;
pub mod matrix;
mod memory;
mod metric;
mod nested;
pub mod objective;
mod params;
mod sequence;
mod terms;
mod thinned;

use crate::evaluate::{Evaluation, Meter, ScoredPage};
use crate::model::{Calibrations, Model, Thresholds, TrainingHashes};
use crate::predict::decide;
use crate::profile::SiteProfiles;
use crate::sequence::Sequence;
use crate::{Error, Label, LabelledPage, Result};
pub use card::corpus_sha256;
use cross_validation::{Fold, HeldOut, STOP, STOP_SEQUENCES, Training, smoothed};
pub use extracted::VocabularySettings;
use extracted::{Extracted, Extras, PageLines, Selection};
use folds::Folds;
use lbfgs::Convergence;
use logistic::{Classifier, Penalty};
use matrix::Matrix;
use objective::Chain;
pub use params::{PageWeight, SequenceTraining, Solver, Strength, Trainer, TrainerParams};
use params::{check_positive, check_strength};
pub use sequence::Scales;

/// The strengths that cross-validation tries, the strongest first: each fit starts from the one
/// before.
const STRENGTHS: [f64; 4] = [20.0, 10.0, 5.0, 2.5];

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
        let extras = Extras {
            profiles,
            thinned_copies: self.thinned_copies,
        };
        let extracted = Extracted::new(corpus, extras)?;
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
    fn choose(&self, corpus: &Extracted, progress: &mut dyn FnMut(Progress)) -> Result<Choice> {
        if self.folds == 0 {
            return Ok(Choice::without_folds(self.strengths()[0]));
        }
        let mut choices = Vec::new();
        for (&l2, held_out) in self
            .strengths()
            .iter()
            .zip(self.held_out(corpus, progress)?)
        {
            let fit = cross_validation::Fit::new(corpus, &held_out, self.scales());
            choices.push((l2, held_out, fit));
        }
        let tried = choices.iter().map(|(l2, _, fit)| (*l2, fit.loss)).collect();
        let best = choices
            .into_iter()
            .min_by(|a, b| a.2.loss.total_cmp(&b.2.loss));
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
            Solver::Lbfgs => {
                let chain = self.chain(training);
                let stop = match (&chain, warm) {
                    (Some(_), None) => STOP_SEQUENCES,
                    _ => STOP,
                };
                let tell = |state: &Convergence| progress(Progress::Iteration(*state));
                Classifier::fit(matrix, targets, penalty, chain, stop, warm, tell)
            }
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

    /// The rows of the given pages in the form that their solver is fast with.
    fn matrix(&self, corpus: &Extracted, pages: &[&PageLines], selection: &Selection) -> Matrix {
        match self.sequence {
            SequenceTraining::Counted => corpus.matrix(pages, selection),
            SequenceTraining::Joint => corpus.bundled_matrix(pages, selection),
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
        let originals = pages.iter().filter(|page| !page.is_thinned);
        let page_weights = self.page_weight.of(
            pages.iter().map(|page| page.lines.len()),
            originals.map(|page| page.lines.len()),
        );
        let lines = pages.iter().zip(page_weights);
        lines
            .flat_map(|(page, weight)| {
                let weight = weight * page.weight;
                page.lines.clone().map(move |line| (line, weight))
            })
            .map(|(line, weight)| weight * self.class_weight(corpus.gold()[line]))
            .collect()
    }
}

/// Scores out-of-fold predictions at the chosen thresholds.
fn evaluate(corpus: &Extracted, folds: &[HeldOut], choice: &Choice) -> Result<Evaluation> {
    let calibration = choice.calibrations.smoothed;
    let threshold = choice.thresholds.smoothed;
    let mut meter = Meter::new();
    for (page, lines) in smoothed(folds, choice.scales) {
        let mut probabilities = lines;
        calibration.apply_all(&mut probabilities);
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
