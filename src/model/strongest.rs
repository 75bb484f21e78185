//! The **strongest features** of a model: those that speak most for a label.

use serde::Serialize;

use super::Model;
use crate::Label;

/// The strongest features of one label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabelFeatures {
    /// The label.
    pub label: Label,
    /// Its features, the strongest first.
    pub features: Vec<WeightedFeature>,
}

/// A feature and what it adds to the score of a label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightedFeature {
    /// The feature's name: see [`Model::feature_name`].
    pub name: String,
    /// Its weight, in nats.
    pub weight: f32,
}

impl Model {
    /// For each label of the model, the `top` features with the largest weights.
    pub fn strongest_features(&self, top: usize) -> Vec<LabelFeatures> {
        let strongest = |(class, &label): (usize, &Label)| {
            let weight = |feature: u32| self.weights(feature)[class];
            let mut order: Vec<u32> = (0..self.columns() as u32).collect();
            order.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)).then(a.cmp(&b)));
            let features = order.into_iter().take(top).map(|feature| WeightedFeature {
                name: self.feature_name(feature),
                weight: weight(feature),
            });
            LabelFeatures {
                label,
                features: features.collect(),
            }
        };
        self.labels.iter().enumerate().map(strongest).collect()
    }
}
