//! A **prediction** says of each line of a page what it is and how likely it is content.
//!
//! ```text
//! Page -> features::extract -> Model::scores -> Sequence::smooth -> Calibration::apply -> label
//! ```

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::evaluate::{Evaluation, Leaks, Meter, ScoredPage};
use crate::features::{SparseRows, extract};
use crate::model::{Model, TrainingHashes, softmax};
use crate::normalize::characters;
use crate::profile::SiteProfiles;
use crate::scorer::{Compiled, Scorer};
use crate::sequence::{Distribution, LABELS};
use crate::smoother::Smoother;
use crate::stem::Linguist;
use crate::vocabulary::VocabularyIndex;
use crate::window::WindowSize;
use crate::{Label, LabelledPage, Page, Result};

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinePrediction {
    /// The label.
    pub label: Label,
    /// The probabilities of [`Label::ALL`], which sum to 1.
    pub probabilities: Distribution,
}

impl LinePrediction {
    /// The probability that the line is content, 0 to 1.
    pub fn content(&self) -> f64 {
        self.probabilities[Label::Content.index()]
    }
}

/// How predictions are made from a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// Whether the label sequence smooths the probabilities of single lines.
    pub smoothing: bool,
    /// From which probability of content on a line is content; `None` for the model's own.
    pub threshold: Option<f64>,
}

impl Default for Decision {
    fn default() -> Self {
        Self {
            smoothing: true,
            threshold: None,
        }
    }
}

/// Applies a model to pages.
pub struct Predictor<'a> {
    model: &'a Model,
    linguist: Linguist,
    decision: Decision,
    profiles: Option<&'a SiteProfiles>,
    /// `None` in there where the model cannot be laid out.
    compiled: OnceLock<Option<Compiled>>,
    /// How much text workers have met before that was made, in bytes.
    met: AtomicUsize,
}

/// From how much text on laying the model out takes less time than it saves, in bytes.
const WORTH_WARMING_UP: usize = 1 << 15;

impl<'a> Predictor<'a> {
    /// A predictor with the model's own threshold, smoothing by the label sequence.
    pub fn new(model: &'a Model) -> Self {
        Self {
            model,
            linguist: Linguist::default(),
            decision: Decision::default(),
            profiles: None,
            compiled: OnceLock::new(),
            met: AtomicUsize::new(0),
        }
    }

    /// Decides as told by `decision`.
    #[must_use]
    pub fn with_decision(mut self, decision: Decision) -> Self {
        self.decision = decision;
        self
    }

    /// Uses what the profiles tell of the pages' sites; a model that was trained without profiles
    /// learned nothing of them.
    #[must_use]
    pub fn with_profiles(mut self, profiles: Option<&'a SiteProfiles>) -> Self {
        self.profiles = profiles;
        self
    }

    /// Something that predicts page after page with this predictor, one a thread.
    pub fn worker(&self) -> Worker<'_, 'a> {
        Worker {
            predictor: self,
            scorer: None,
            smoother: Smoother::new(self.model.sequence()),
            probabilities: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Lays the model out for fast prediction now, which takes some milliseconds. Otherwise that is
    /// done once workers have met enough text for it to pay. What is predicted is the same.
    pub fn warm_up(&self) {
        self.compiled
            .get_or_init(|| Compiled::new(self.model, &self.linguist));
    }

    /// Says that pages of about so many bytes are going to be predicted: does what
    /// [`Predictor::warm_up`] does if they are enough for it to pay.
    pub fn expect_text(&self, bytes: usize) {
        if bytes >= WORTH_WARMING_UP {
            self.warm_up();
        }
    }

    /// Something that is fast at pages, unless too little text was met by now, with that of `page`.
    fn scorer(&self, page: &Page) -> Option<Scorer<'_>> {
        let length = page.text().len();
        if self.compiled.get().is_none()
            && self.met.fetch_add(length, Ordering::Relaxed) + length >= WORTH_WARMING_UP
        {
            self.warm_up();
        }
        let compiled = self.compiled.get()?.as_ref()?;
        Some(Scorer::new(compiled, &self.linguist))
    }

    /// Predicts every line of a page; none for a page without lines.
    ///
    /// For many pages a [`Worker`] is faster.
    pub fn predict(&self, page: &Page) -> Vec<LinePrediction> {
        let scores = self.scores(&self.rows(page));
        self.decided(&mut self.smoothed(&scores))
    }

    /// Predicts labelled pages and scores the predictions against their gold labels. What the pages
    /// share with the training corpus is counted as [`Leaks`], if the model has hashes of it.
    ///
    /// # Errors
    /// None for pages that were read by this library; [`Error`](crate::Error) where predictions and
    /// gold labels differ in number.
    pub fn evaluate(&self, pages: &[LabelledPage]) -> Result<Evaluation> {
        let mut meter = Meter::new();
        let leaks = self.measure(pages, &mut meter)?;
        Ok(Evaluation {
            leaks,
            ..meter.finish()
        })
    }

    /// Predicts labelled pages and adds the predictions to `meter`; counts what the pages share with
    /// the training corpus.
    ///
    /// # Errors
    /// As [`Predictor::evaluate`].
    pub fn measure<'p>(
        &self,
        pages: impl IntoIterator<Item = &'p LabelledPage>,
        meter: &mut Meter,
    ) -> Result<Option<Leaks>> {
        let training = Some(self.model.training()).filter(|training| !training.is_empty());
        let mut leaks = LeakCounter::default();
        let mut worker = self.worker();
        for page in pages {
            let seen = training.map(|training| training.seen(page.page()));
            let predictions = worker.predict(page.page());
            let predicted: Vec<_> = predictions.iter().map(|line| line.label).collect();
            let probabilities: Vec<_> = predictions.iter().map(|line| line.probabilities).collect();
            let characters: Vec<_> = characters(page.page().lines()).collect();
            meter.add(&ScoredPage {
                id: &page.page().id,
                site: page.page().site.as_deref(),
                gold: page.labels(),
                predicted: &predicted,
                probabilities: &probabilities,
                characters: &characters,
                seen: seen.as_deref(),
            })?;
            leaks.add(page.page(), seen.as_deref().unwrap_or_default());
        }
        Ok(training.map(|training| leaks.count(training)))
    }

    /// The model that is applied.
    pub(crate) fn model(&self) -> &Model {
        self.model
    }

    /// The features of every line of a page.
    pub(crate) fn rows(&self, page: &Page) -> SparseRows {
        let mut index = VocabularyIndex::new(self.model.vocabulary(), &self.linguist);
        let shares = self.profiles.and_then(|profiles| profiles.shares(page));
        extract(
            page,
            shares.as_deref(),
            &self.linguist,
            &mut index,
            self.model.columns(),
        )
    }

    /// The scores of lines with these features, each by itself.
    pub(crate) fn scores(&self, rows: &SparseRows) -> Vec<Distribution> {
        let rows = rows.rows();
        rows.map(|features| self.model.scores(features)).collect()
    }

    /// The probabilities of the lines of a page with these scores, not yet calibrated.
    pub(crate) fn smoothed(&self, scores: &[Distribution]) -> Vec<Distribution> {
        if !self.decision.smoothing {
            return scores.iter().map(|&line| softmax(line)).collect();
        }
        let mut probabilities = Vec::new();
        Smoother::new(self.model.sequence()).smooth(scores, &mut probabilities);
        probabilities
    }

    /// What lines with these probabilities are, once they are calibrated.
    pub(crate) fn decided(&self, probabilities: &mut [Distribution]) -> Vec<LinePrediction> {
        let mut lines = Vec::new();
        self.decide_all(probabilities, &mut lines);
        lines
    }

    /// The same into a list that is at hand.
    fn decide_all(&self, probabilities: &mut [Distribution], decided: &mut Vec<LinePrediction>) {
        let calibrations = self.model.calibrations();
        let calibration = match self.decision.smoothing {
            true => calibrations.smoothed,
            false => calibrations.plain,
        };
        calibration.apply_all(probabilities);
        let threshold = self.threshold();
        let lines = probabilities.iter();
        decided.clear();
        decided.extend(lines.map(|&line| decide(line, threshold)));
    }

    /// Whether the label sequence smooths the probabilities of single lines.
    pub(crate) fn is_smoothing(&self) -> bool {
        self.decision.smoothing
    }

    fn threshold(&self) -> f64 {
        let own = self.model.thresholds();
        self.decision
            .threshold
            .unwrap_or(match self.decision.smoothing {
                true => own.smoothed,
                false => own.plain,
            })
    }
}

/// Predicts page after page, and keeps from one page to the next what need not be worked out again.
/// What it predicts of a page is what [`Predictor::predict`] does, whatever came before.
pub struct Worker<'p, 'm> {
    predictor: &'p Predictor<'m>,
    scorer: Option<Scorer<'p>>,
    smoother: Smoother,
    probabilities: Vec<Distribution>,
    lines: Vec<LinePrediction>,
}

impl Worker<'_, '_> {
    /// Predicts every line of a page; none for a page without lines.
    pub fn predict(&mut self, page: &Page) -> Vec<LinePrediction> {
        self.predict_in_place(page).to_vec()
    }

    /// The same, in a list that the next page is predicted in.
    pub fn predict_in_place(&mut self, page: &Page) -> &[LinePrediction] {
        let predictor = self.predictor;
        if self.scorer.is_none() {
            self.scorer = predictor.scorer(page);
        }
        let Some(scorer) = &mut self.scorer else {
            self.lines = predictor.predict(page);
            return &self.lines;
        };
        let profiles = predictor.profiles;
        let shares = profiles.and_then(|profiles| profiles.shares(page));
        scorer.read(page, shares.as_deref());
        let probabilities = &mut self.probabilities;
        if predictor.decision.smoothing {
            let lines = scorer.single_precision();
            self.smoother.smooth_scores(lines, probabilities);
        } else {
            probabilities.clear();
            probabilities.extend(scorer.scores().map(softmax));
        }
        predictor.decide_all(probabilities, &mut self.lines);
        &self.lines
    }

    /// Predicts every line of a page, window by window where it is longer than one of this size:
    /// what `saring predict` does.
    pub fn predict_in_windows(&mut self, page: &Page, size: WindowSize) -> Vec<LinePrediction> {
        if page.fits(size) {
            return self.predict(page);
        }
        let windows = page.windows(size);
        windows.flat_map(|window| self.predict(&window)).collect()
    }
}

/// What labelled pages share with the training corpus.
#[derive(Default)]
struct LeakCounter<'a> {
    sites: BTreeSet<&'a str>,
    lines: usize,
}

impl<'a> LeakCounter<'a> {
    /// Takes in a page, of each of whose lines it is known whether it stood in training.
    fn add(&mut self, page: &'a Page, seen: &[bool]) {
        self.sites.extend(page.site.as_deref());
        self.lines += seen.iter().filter(|&&seen| seen).count();
    }

    fn count(&self, training: &TrainingHashes) -> Leaks {
        let known = |site: &&&str| training.has_site(site);
        Leaks {
            sites: self.sites.iter().filter(known).count(),
            lines: self.lines,
        }
    }
}

/// `content` from the threshold on, else the likeliest other label.
pub fn decide(probabilities: Distribution, threshold: f64) -> LinePrediction {
    let is_content = probabilities[Label::Content.index()] >= threshold;
    let label = match is_content {
        true => Label::Content,
        false => Label::ALL[likeliest_other(&probabilities)],
    };
    LinePrediction {
        label,
        probabilities,
    }
}

/// The place of the largest probability but the first, which is that of content.
fn likeliest_other(probabilities: &Distribution) -> usize {
    let first = Label::Content.index() + 1;
    (first + 1..LABELS).fold(first, |best, label| {
        match probabilities[label] > probabilities[best] {
            true => label,
            false => best,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_at_the_threshold_is_content() {
        let probabilities = [0.3, 0.1, 0.4, 0.0, 0.2, 0.0];
        assert_eq!(decide(probabilities, 0.3).label, Label::Content);
        assert_eq!(decide(probabilities, 0.31).label, Label::Navigation);
    }

    #[test]
    fn of_equally_likely_labels_the_first_is_taken() {
        let probabilities = [0.0, 0.0, 0.5, 0.0, 0.5, 0.0];
        assert_eq!(decide(probabilities, 0.5).label, Label::Navigation);
    }

    #[test]
    fn a_model_is_laid_out_once_enough_text_was_met() {
        let model = Model::built_in().expect("whole");
        let predictor = Predictor::new(&model);
        let page = Page::from_text("p", None, "Harga beras naik.\n".repeat(200));
        let alone = predictor.predict(&page);
        let pages = WORTH_WARMING_UP.div_ceil(page.text().len());
        for number in 1..=pages {
            assert!(predictor.compiled.get().is_none(), "before page {number}");
            assert_eq!(predictor.worker().predict(&page), alone);
        }
        assert!(predictor.compiled.get().is_some());
        assert_eq!(predictor.worker().predict(&page), alone);
    }

    #[test]
    fn a_model_is_laid_out_at_once_where_enough_text_is_expected() {
        let model = Model::built_in().expect("whole");
        let predictor = Predictor::new(&model);
        predictor.expect_text(WORTH_WARMING_UP - 1);
        assert!(predictor.compiled.get().is_none());
        predictor.expect_text(WORTH_WARMING_UP);
        assert!(predictor.compiled.get().is_some());
    }

    #[test]
    fn a_long_page_is_predicted_window_by_window() {
        let page = |text: &str| Page::from_text("p", None, text);
        let (first, second) = ("Beranda\nHarga beras naik.\n", "Panen mundur.\nKontak\n");
        let whole = page(&[first, second].concat());
        let model = Model::built_in().expect("whole");
        let predictor = Predictor::new(&model);
        predictor.warm_up();
        let mut worker = predictor.worker();
        let size = |rows| WindowSize { bytes: 100, rows };
        let windows = [first, second].map(|text| predictor.predict(&page(text)));
        assert_eq!(worker.predict_in_windows(&whole, size(2)), windows.concat());
        assert_eq!(
            worker.predict_in_windows(&whole, size(5)),
            predictor.predict(&whole)
        );
        assert_ne!(windows.concat(), predictor.predict(&whole));
    }
}
