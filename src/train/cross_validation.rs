//! **Cross-validation** predicts every line of a corpus with a model that has not seen its site.
//!
//! Everything that is learned is learned inside the fold: vocabulary, weights, transitions, label
//! distribution. Only what no label has touched is shared between folds: the features over all
//! terms.

use std::ops::Range;

use rayon::prelude::*;

use super::calibrate::{LEAST_RECALL, Sample};
use super::extracted::{Extracted, PageLines};
use super::folds::Folds;
use super::lbfgs::Stop;
use super::logistic::{Classifier, Targets};
use super::matrix::Matrix;
use super::sequence::Scales;
use super::{Progress, Trainer};
use crate::calibration::Calibration;
use crate::features::SparseRows;
use crate::model::{Calibrations, Model, Parts, Thresholds};
use crate::sequence::Distribution;
use crate::smoother::Smoother;
use crate::{Error, Label, Result};

/// A fold, made ready: what no strength changes.
pub struct Fold<'a> {
    held_out: Vec<(&'a PageLines, SparseRows)>,
    training: Training,
    warm: Option<Classifier>,
}

/// The training side of a fold, or a whole corpus.
pub struct Training {
    pub(super) matrix: Matrix,
    pub(super) targets: Targets,
    pub(super) labels: Vec<Label>,
    pub(super) parts: Parts,
    /// The rows of each page.
    pub(super) pages: Vec<Range<usize>>,
}

/// The predictions of a held-out page before its label sequence is smoothed.
#[derive(Clone, Debug)]
pub struct HeldOutPage {
    /// Its site, and its lines among those of the corpus.
    pub page: PageLines,
    /// `ln p(label | line)`.
    pub lines: Vec<Distribution>,
}

/// The out-of-fold predictions of one fold.
#[derive(Clone, Debug)]
pub struct HeldOut {
    /// Its pages.
    pub pages: Vec<HeldOutPage>,
    /// The label sequence that its training side taught.
    pub sequence: crate::sequence::Sequence,
}

impl Training {
    /// Readies the pages whose site `is_training` says to be of the training side.
    pub fn new(
        trainer: &Trainer,
        corpus: &Extracted,
        is_training: impl Fn(usize) -> bool + Sync,
    ) -> Result<(Self, super::extracted::Selection)> {
        let pages: Vec<&PageLines> = corpus
            .pages()
            .iter()
            .filter(|page| is_training(page.site))
            .collect();
        let selection = corpus.select(trainer.vocabulary, &is_training)?;
        let gold: Vec<Label> = pages
            .iter()
            .flat_map(|page| &corpus.gold()[page.lines.clone()])
            .copied()
            .collect();
        let labels: Vec<Label> = Label::ALL
            .into_iter()
            .filter(|label| gold.contains(label))
            .collect();
        let weights = trainer.line_weights(corpus, &pages);
        let sequence = trainer.sequence(corpus, &pages, &weights);
        let training = Self {
            pages: page_rows(&pages),
            matrix: trainer.matrix(corpus, &pages, &selection),
            targets: targets(&gold, &labels, weights),
            parts: Parts {
                labels: labels.clone(),
                vocabulary: selection.vocabulary.clone(),
                weights: Vec::new(),
                biases: Vec::new(),
                sequence,
                calibrations: Calibrations::default(),
                thresholds: Thresholds::default(),
                training: Default::default(),
                card: Default::default(),
            },
            labels,
        };
        Ok((training, selection))
    }

    /// The model that a classifier of this side makes.
    pub fn model(&self, classifier: &Classifier) -> Result<Model> {
        let (weights, biases) = classifier.to_f32();
        Model::new(Parts {
            weights,
            biases,
            ..self.parts.clone()
        })
    }
}

fn page_rows(pages: &[&PageLines]) -> Vec<Range<usize>> {
    let mut end = 0;
    let rows = pages.iter().map(|page| {
        let start = end;
        end += page.lines.len();
        start..end
    });
    rows.collect()
}

fn targets(gold: &[Label], labels: &[Label], weight: Vec<f64>) -> Targets {
    let class = |label: &Label| {
        let place = labels.iter().position(|known| known == label);
        place.expect("every gold label is known") as u8
    };
    Targets {
        class: gold.iter().map(class).collect(),
        weight,
        classes: labels.len(),
    }
}

impl<'a> Fold<'a> {
    /// Readies fold `index`.
    pub fn new(
        trainer: &Trainer,
        corpus: &'a Extracted,
        folds: &Folds,
        index: usize,
    ) -> Result<Self> {
        let (training, selection) = Training::new(trainer, corpus, |site| folds.of(site) != index)?;
        super::check_labels(&training.labels)?;
        let held_out = corpus
            .pages()
            .iter()
            .filter(|page| folds.of(page.site) == index && page.is_predicted)
            .map(|page| (page, corpus.rows([page], &selection)))
            .collect();
        Ok(Self {
            held_out,
            training,
            warm: None,
        })
    }

    /// Fits the training side at one strength, from the fit before, and predicts the other side.
    pub fn predict(
        &mut self,
        trainer: &Trainer,
        l2: f64,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<HeldOut> {
        let classifier = trainer.classifier(&self.training, l2, self.warm.as_ref(), progress)?;
        let model = self.training.model(&classifier)?;
        self.warm = Some(classifier);
        let pages = self.held_out.iter().map(|(page, rows)| HeldOutPage {
            page: (*page).clone(),
            lines: rows
                .rows()
                .map(|row| model.log_probabilities(row))
                .collect(),
        });
        Ok(HeldOut {
            pages: pages.collect(),
            sequence: model.sequence().clone(),
        })
    }
}

/// The probabilities of single lines, from their logarithms.
fn probabilities(lines: &[Distribution]) -> Vec<Distribution> {
    lines.iter().map(|line| line.map(libm::exp)).collect()
}

/// Smooths every page of the held-out predictions at the given scales.
pub fn smoothed(
    folds: &[HeldOut],
    scales: Scales,
) -> impl Iterator<Item = (&HeldOutPage, Vec<Distribution>)> {
    folds.iter().flat_map(move |fold| {
        let mut smoother = Smoother::new(&scales.apply(&fold.sequence));
        fold.pages.iter().map(move |page| {
            let mut smoothed = Vec::new();
            smoother.smooth(&page.lines, &mut smoothed);
            (page, smoothed)
        })
    })
}

/// What the out-of-fold predictions at one strength teach.
#[derive(Clone, Debug, Default)]
pub struct Fit {
    /// The scales of the label sequence.
    pub scales: Scales,
    /// The calibrations, with and without it.
    pub calibrations: Calibrations,
    /// Mean loss of content with smoothing and calibration, in nats a line, every page weighing the
    /// same.
    pub loss: f64,
    smoothed: Sample,
    plain: Sample,
}

impl Fit {
    /// Chooses the scales whose smoothed and calibrated predictions have the smallest loss of
    /// content.
    pub fn new(corpus: &Extracted, folds: &[HeldOut], grid: Vec<Scales>) -> Self {
        let single = folds.iter().flat_map(|fold| &fold.pages);
        let single = sample(
            corpus,
            single.map(|page| (page, probabilities(&page.lines))),
        );
        let tried: Vec<Self> = grid
            .into_par_iter()
            .map(|scales| {
                let smoothed = sample(corpus, smoothed(folds, scales));
                let (calibration, loss) = smoothed.fit();
                Self {
                    scales,
                    calibrations: Calibrations {
                        smoothed: calibration,
                        plain: Calibration::default(),
                    },
                    loss,
                    smoothed,
                    plain: Sample::default(),
                }
            })
            .collect();
        let best = tried.into_iter().min_by(|a, b| a.loss.total_cmp(&b.loss));
        let mut best = best.expect("the grid is not empty");
        best.calibrations.plain = single.fit().0;
        best.plain = single;
        best
    }

    /// The thresholds with the best F1 of content, or with the target precision.
    ///
    /// # Errors
    /// [`Error::Corpus`] where the target precision is out of reach.
    pub fn thresholds(&self, target_precision: Option<f64>) -> Result<Thresholds> {
        Ok(Thresholds {
            smoothed: threshold(&self.smoothed, self.calibrations.smoothed, target_precision)?,
            plain: threshold(&self.plain, self.calibrations.plain, target_precision)?,
        })
    }
}

fn threshold(sample: &Sample, calibration: Calibration, target: Option<f64>) -> Result<f64> {
    let Some(precision) = target else {
        return Ok(sample.best_threshold(calibration));
    };
    sample
        .threshold_of(calibration, precision)
        .map_err(|reachable| {
            Error::Corpus(format!(
                "a precision of {precision} is out of reach: out-of-fold predictions reach \
             {reachable:.3} at a recall of {LEAST_RECALL}; give a lower --target-precision, or \
             more pages"
            ))
        })
}

fn sample<'a>(
    corpus: &Extracted,
    pages: impl Iterator<Item = (&'a HeldOutPage, Vec<Distribution>)>,
) -> Sample {
    let mut sample = Sample::default();
    for (page, predicted) in pages {
        sample.add(&predicted, &corpus.gold()[page.page.lines.clone()]);
    }
    sample
}

/// When a fit is good enough.
pub const STOP: Stop = Stop {
    max_iterations: 300,
    tolerance: 1e-3,
};
/// The same for a fit to label sequences from weights of 0: going on changes no out-of-fold figure
/// (row 71 of `docs/experiments.md`), and takes up to twice as long. A fit that starts from the
/// weights of another strength has a small gradient from the start, so it goes on to [`STOP`].
pub const STOP_SEQUENCES: Stop = Stop {
    tolerance: 3e-3,
    ..STOP
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LabelledPage;
    use crate::train::TrainerParams;
    use crate::train::extracted::Extras;

    /// Two pages of each of four sites.
    fn corpus() -> Vec<LabelledPage> {
        let page = |number: usize| {
            let site = format!("site{}", number / 2);
            let mut page = LabelledPage::new(number.to_string(), Some(site));
            page.push(Label::Navigation, b"Beranda Kontak");
            let text = format!(
                "Warga desa {number} membaca buku ke-{} di pasar.",
                number % 3
            );
            page.push(Label::Content, text.as_bytes());
            page.push(Label::Related, b"Baca juga: Harga beras naik");
            page
        };
        (0..8).map(page).collect()
    }

    /// Terms and counts are shared between folds; what is learned is what the training pages alone
    /// teach, to the last bit.
    #[test]
    fn a_fold_is_what_fitting_its_training_pages_from_scratch_gives() {
        let trainer = TrainerParams::default().check().expect("the defaults");
        let extras = Extras {
            thinned_copies: 2,
            ..Extras::default()
        };
        let corpus = corpus();
        let all = Extracted::new(&corpus, extras).expect("sites are given");
        let folds = Folds::new(&all, 2).expect("four sites");
        for index in 0..2 {
            let fold = Fold::new(&trainer, &all, &folds, index).expect("three labels");
            let is_training = |page: &&LabelledPage| {
                let site = page.page().site.as_ref();
                let place = all.sites().iter().position(|known| Some(known) == site);
                place.is_some_and(|site| folds.of(site) != index)
            };
            let pages: Vec<LabelledPage> = corpus.iter().filter(is_training).cloned().collect();
            let alone = Extracted::new(&pages, extras).expect("sites are given");
            let (scratch, _) = Training::new(&trainer, &alone, |_| true).expect("three labels");
            let fit = |training| trainer.classifier(training, 5.0, None, &mut |_| {});
            assert_eq!(fold.training.parts.vocabulary, scratch.parts.vocabulary);
            assert_eq!(fold.training.parts.sequence, scratch.parts.sequence);
            assert_eq!(fold.training.targets.weight, scratch.targets.weight);
            let (shared, own) = (fit(&fold.training), fit(&scratch));
            assert_eq!(shared.expect("solvable"), own.expect("solvable"));
        }
    }
}
