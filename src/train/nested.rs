//! **Nested cross-validation** measures a training: each part of the sites is predicted by a model
//! that was trained, its own cross-validation included, on the other parts.
//!
//! Vocabulary, strength, transitions, calibration and thresholds of a model have seen no line of the
//! sites that it predicts.

use std::collections::{BTreeMap, BTreeSet};

use super::folds::Folds;
use super::{Progress, Trainer};
use crate::evaluate::{Evaluation, Meter};
use crate::predict::Predictor;
use crate::profile::SiteProfiles;
use crate::{LabelledPage, Result};

impl Trainer {
    /// Measures the training by `folds` parts of the sites, 2 or more.
    ///
    /// # Errors
    /// [`Error::Corpus`](crate::Error::Corpus) where there are fewer sites than parts, and as [`Trainer::fit`].
    pub fn cross_validate(
        &self,
        corpus: &[LabelledPage],
        profiles: Option<&SiteProfiles>,
        folds: usize,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Evaluation> {
        let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
        for page in corpus {
            *lines.entry(site_of(page)).or_default() += page.page().len();
        }
        let sizes: Vec<usize> = lines.values().copied().collect();
        let folds = Folds::of_sizes(&sizes, folds)?;
        let mut meter = Meter::new();
        for fold in 0..folds.len() {
            let sites = lines.keys().enumerate();
            let held_out: BTreeSet<&str> = sites
                .filter(|&(site, _)| folds.of(site) == fold)
                .map(|(_, name)| *name)
                .collect();
            let (test, training): (Vec<&LabelledPage>, Vec<&LabelledPage>) = corpus
                .iter()
                .partition(|page| held_out.contains(site_of(page)));
            let training: Vec<LabelledPage> = training.into_iter().cloned().collect();
            let trained = self.fit_with_profiles(&training, profiles, progress)?;
            let predictor = Predictor::new(&trained.model).with_profiles(profiles);
            predictor.measure(test, &mut meter)?;
        }
        Ok(meter.finish())
    }
}

fn site_of(page: &LabelledPage) -> &str {
    page.page().site.as_deref().unwrap_or_default()
}
