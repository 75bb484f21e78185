//! **Explained** lines: each with the entries that lead to its probability of content.

use std::io::{self, Write};

use super::{Format, PageWriter, Pages, Passage, one_column, write_row};
use crate::Page;
use crate::explain::Explanation;

/// Writes a row a line as [`write_tsv`](super::write_tsv) does, and below it, indented, a row an
/// entry of its [`Explanation`], in nats.
///
/// Rows with a sign are entries; a row with `=` is the sum of all entries above it: first the score
/// of content against the strongest other label, then the log-odds of content.
///
/// ```
/// use saring::output::write_explained;
/// use saring::predict::Predictor;
/// use saring::{Model, Page};
///
/// let model = Model::built_in()?;
/// let page = Page::from_text("1", None, "Leave a Reply");
/// let mut out = Vec::new();
/// write_explained(&page, &Predictor::new(&model).explain(&page, 1), &mut out)?;
/// let out = String::from_utf8_lossy(&out);
/// let names: Vec<_> = out.lines().map(|row| row.split("  ").last().unwrap_or(row)).collect();
/// assert!(names[0].starts_with("navigation\t"));
/// assert_eq!(names[1], "bias");
/// assert_eq!(names[5..], ["content against navigation", "other labels", "label sequence",
///     "calibration", "log-odds of content"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Whatever `out` fails with.
///
/// # Panics
/// When there is not one explanation a line.
pub fn write_explained(
    page: &Page,
    explanations: &[Explanation],
    out: &mut impl Write,
) -> io::Result<()> {
    out.write_all(Passage::explained(Format::Tsv, page, explanations).bytes())
}

/// Appends the row of each line, and below it those of its entries.
pub(super) fn explained_rows<'a>(
    lines: impl Iterator<Item = (&'a [u8], &'a Explanation)>,
    out: &mut Vec<u8>,
) {
    for (line, explanation) in lines {
        write_row(line, &explanation.prediction, out);
        push_entries(&explanation.score_entries(), out);
        let name = format!("content against {}", explanation.other);
        push_sum(&name, explanation.score, out);
        push_entries(&explanation.step_entries(), out);
        push_sum("log-odds of content", explanation.log_odds, out);
    }
}

fn push_entries(entries: &[(String, f64)], out: &mut Vec<u8>) {
    for (name, value) in entries {
        out.extend(format!("    {:>9}  ", format!("{value:+.3}")).bytes());
        out.extend_from_slice(&one_column(name.as_bytes()));
        out.push(b'\n');
    }
}

fn push_sum(name: &str, value: f64, out: &mut Vec<u8>) {
    out.extend(format!("    {:>9}  {name}\n", format!("={value:.3}")).bytes());
}

/// Writes a row with one object as [`write_jsonl`](super::write_jsonl) does; each of its `lines` has
/// an `explanation`, the [`Explanation`] with its field names.
///
/// # Errors
/// Whatever `out` fails with.
///
/// # Panics
/// When there is not one explanation a line.
pub fn write_explained_jsonl(
    page: &Page,
    explanations: &[Explanation],
    out: &mut impl Write,
) -> io::Result<()> {
    PageWriter::new(out, Format::Jsonl, &[]).write_explained(page, explanations, Pages::One)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Label;
    use crate::explain::{Contribution, Remaining};
    use crate::predict::LinePrediction;
    use serde_json::json;

    /// 0.5 + 2 - 1 + 0.25 = 1.75; 1.75 - 0.5 + 0.25 - 0.5 = 1.
    fn explanation(feature: &str) -> Explanation {
        let named = |feature: &str, contribution| Contribution {
            feature: feature.to_owned(),
            contribution,
        };
        Explanation {
            prediction: LinePrediction {
                label: Label::Content,
                probabilities: [0.75, 0.0, 0.25, 0.0, 0.0, 0.0],
            },
            other: Label::Navigation,
            bias: 0.5,
            speaking_for: vec![named(feature, 2.0)],
            speaking_against: vec![named("harga", -1.0)],
            remaining: Remaining {
                features: 7,
                contribution: 0.25,
            },
            score: 1.75,
            other_labels: -0.5,
            label_sequence: 0.25,
            calibration: -0.5,
            log_odds: 1.0,
        }
    }

    #[test]
    fn below_each_row_stand_its_entries_and_their_sums() {
        let page = Page::from_text("p", None, "Harga\tnaik");
        let mut out = Vec::new();
        write_explained(&page, &[explanation("a\nb")], &mut out).expect("memory takes all");
        let expected = "content\t0.7500\tHarga naik
       +0.500  bias
       +2.000  a b
       -1.000  harga
       +0.250  7 other features
       =1.750  content against navigation
       -0.500  other labels
       +0.250  label sequence
       -0.500  calibration
       =1.000  log-odds of content
";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn an_object_has_the_explanation_of_each_line() {
        let page = Page::from_text("p", None, "Harga naik");
        let mut out = Vec::new();
        write_explained_jsonl(&page, &[explanation("a")], &mut out).expect("memory takes all");
        let object: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        let explanation = json!({
            "other": "navigation",
            "bias": 0.5,
            "for": [{"feature": "a", "contribution": 2.0}],
            "against": [{"feature": "harga", "contribution": -1.0}],
            "remaining": {"features": 7, "contribution": 0.25},
            "score": 1.75,
            "other_labels": -0.5,
            "label_sequence": 0.25,
            "calibration": -0.5,
            "log_odds": 1.0,
        });
        let line = json!({"text": "Harga naik", "label": "content", "content": 0.75,
            "explanation": explanation});
        assert_eq!(object["lines"], json!([line]));
    }

    #[test]
    #[should_panic(expected = "one explanation a line")]
    fn explanations_of_another_page_are_refused() {
        let page = Page::from_text("p", None, "a\nb");
        write_explained(&page, &[explanation("a")], &mut Vec::new()).expect("memory takes all");
    }
}
