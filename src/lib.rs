//! saring tells, for each line of a scraped Indonesian web page, whether it is article content or
//! boilerplate.

pub mod corpus;
pub mod error;
pub mod evaluate;
pub mod features;
pub mod label;
pub mod normalize;
pub mod vocabulary;
pub mod sequence;
pub mod predict;
pub mod model;
pub mod output;
pub mod page;
pub mod report;
pub mod stem;
pub mod tokenize;
#[cfg(feature = "train")]
pub mod train;

pub use error::{Error, Result};
pub use label::Label;
pub use model::Model;
pub use page::{LabelledPage, Page};
