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
    if parts.is_empty() {
        return String::new();
    }
    format!("{} left out", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::fixture;

    #[test]
    fn a_summary_says_what_it_leaves_out() {
        // Of three pages one has nothing predicted, two have no content, one has neither.
        let summary = fixture::labelled().finish().page_summary;
        assert_eq!(
            left_out(&summary),
            "precision of 1, recall of 2, f1 of 1 left out"
        );
        let whole = fixture::ranked().finish().page_summary;
        assert_eq!(left_out(&whole), "");
    }

    #[test]
    fn numbers_have_three_decimals_and_undefined_ones_a_dash() {
        assert_eq!(
            (number(Some(2.0 / 3.0)), number(None)),
            ("0.667".into(), "-".into())
        );
    }
}
