//! An **evaluation** says how well predicted labels agree with gold ones.
//!
//! A [`Meter`] takes pages one by one, each as gold labels, predicted labels and probabilities,
//! and knows neither where they come from nor how they are shown: predicting is left to the
//! caller, formatting to [`crate::report`].
//!
//! ```
//! use saring::Label::{Content, Navigation};
//! use saring::evaluate::{Meter, ScoredPage};
//!
//! let mut meter = Meter::new();
//! meter.add(&ScoredPage {
//!     id: "berita/1",
//!     site: Some("kabar.example"),
//!     gold: &[Navigation, Content, Content],
//!     predicted: &[Content, Content, Content],
//!     probabilities: &[
//!         [0.5, 0.0, 0.5, 0.0, 0.0, 0.0],
//!         [0.9, 0.0, 0.1, 0.0, 0.0, 0.0],
//!         [0.8, 0.0, 0.2, 0.0, 0.0, 0.0],
//!     ],
//!     characters: &[4, 30, 66],
//!     seen: None,
//! })?;
//! let evaluation = meter.finish();
//! assert_eq!(evaluation.content.precision, Some(2.0 / 3.0));
//! assert_eq!(evaluation.content.char_precision, Some(0.96));
//! assert_eq!(evaluation.content.average_precision, Some(1.0));
//! # Ok::<(), saring::Error>(())
//! ```
//!
//! What would divide by zero is `None`, as precision is where nothing was predicted; means leave
//! it out and say of how many they did. F1 is 2 TP / (2 TP + FP + FN), hence 0 where every content
//! line was missed and `None` only where there was neither a gold nor a predicted one.

mod bootstrap;
mod calibration;
mod counts;
mod evaluation;
#[cfg(test)]
pub(crate) mod fixture;
mod meter;
mod per_label;
mod ranking;
pub(crate) mod rng;
mod scores;
mod summary;

pub use bootstrap::{Interval, Intervals};
pub use calibration::ReliabilityBin;
pub use evaluation::{Baseline, Evaluation, Leaks};
pub use meter::{Meter, ScoredPage};
pub use per_label::PerLabel;
pub use ranking::{CurvePoint, average_precision};
pub use scores::{ContentScores, LabelScores, SiteScores, UnseenScores};
pub use summary::{Statistic, Summary, WithoutContent, WorstSite};
