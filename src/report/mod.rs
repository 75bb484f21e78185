//! A **report** shows an [`Evaluation`](crate::evaluate::Evaluation) to a reader: a person or a
//! program. It measures nothing.

use crate::evaluate::Summary;

#[cfg(feature = "html")]
pub mod html;
mod json;
mod text;

#[cfg(feature = "html")]
pub use html::html;
pub use json::json;
pub use text::text;

/// Three decimals, or `-` for what is undefined.
fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}

/// Which scores of a summary leave values out, and how many; empty where none does.
fn left_out(summary: &Summary) -> String {
    let undefined = [
        ("precision", summary.precision.undefined),
        ("recall", summary.recall.undefined),
        ("f1", summary.f1.undefined),
    ];
    let parts: Vec<_> = undefined
        .into_iter()
        .filter(|&(_, count)| count > 0)
        .map(|(score, count)| format!("{score} of {count}"))
        .collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!("{} left out", parts.join(", ")),
    }
}
