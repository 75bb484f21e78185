//! An **output** is what is written of a page and the predictions of its lines: the kept lines as
//! they came (`text`), every line with its label (`tsv`), or an object (`jsonl`); and the same with
//! the [explanations](crate::explain) of the lines. What holds cleaned text can be the [row](JsonRow)
//! that the page came in, or a [record](WetRecord) of an archive.
//!
//! Everything goes to a [`Write`]; what it is, a file or a pipe, is left to the caller.

mod annotation;
mod explained;
mod page_writer;
mod passage;
mod row;
#[cfg(feature = "parquet")]
mod table;
mod table_row;
mod tally;
mod wet;

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

pub use annotation::Offset;
pub use explained::{write_explained, write_explained_jsonl};
pub use page_writer::{Frame, PageWriter, Pages};
pub use passage::{Joint, Passage};
pub use row::JsonRow;
#[cfg(feature = "parquet")]
pub use table::{AddedColumns, TableWriter};
pub use table_row::TableRow;
pub use tally::{Limits, Tally};
pub use wet::WetRecord;

use crate::explain::Explanation;
use crate::predict::LinePrediction;
use crate::{Label, Page};

/// The form in which pages are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// The original bytes of the kept lines: [`write_text`].
    #[default]
    Text,
    /// Label, probability of content and text of every line: [`write_tsv`].
    Tsv,
    /// An object a page: [`write_jsonl`].
    Jsonl,
    /// An object a page with its cleaned text, which is what [`Format::Text`] has of it:
    /// `{"id", "site", "text"}`.
    JsonText,
    /// An object a page with its kept lines: `{"id", "site", "lines"}`; where blank lines stood between
    /// two of them, there is an empty one.
    JsonLines,
    /// An object a page that says where the lines of its text are and what they are:
    /// [`Passage::annotated`].
    Annotations,
}

/// Writes the lines whose label is one of `keep`, each with its original bytes and a line feed.
///
/// Where one or more blank lines stood between two kept lines, one is written. A page without a
/// kept line writes nothing.
///
/// ```
/// use saring::output::write_text;
/// use saring::predict::LinePrediction;
/// use saring::{Label, Page};
///
/// let page = Page::from_text("1", None, "Harga beras naik.\nBACA JUGA: Cabai\n\n\nPanen mundur.");
/// let line = |label| LinePrediction { label, probabilities: [0.5, 0.1, 0.1, 0.1, 0.1, 0.1] };
/// let lines = [Label::Content, Label::Related, Label::Content].map(line);
/// let mut out = Vec::new();
/// write_text(&page, &lines, &[Label::Content], &mut out)?;
/// assert_eq!(out, b"Harga beras naik.\n\nPanen mundur.\n");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Whatever `out` fails with.
///
/// # Panics
/// When there is not one prediction a line.
pub fn write_text(
    page: &Page,
    predictions: &[LinePrediction],
    keep: &[Label],
    out: &mut impl Write,
) -> io::Result<()> {
    out.write_all(Passage::predicted(Format::Text, keep, page, predictions).bytes())
}

/// Writes a row a line: its label, its probability of content to 4 decimals and its text, parted
/// by tabs.
///
/// The text has its original bytes, but for a carriage return at its end, which is left out, and
/// for every other carriage return, line feed and tab, which is written as a space: a row always
/// has three columns. It is no labelled file, because of the probability.
///
/// ```
/// use saring::output::write_tsv;
/// use saring::predict::LinePrediction;
/// use saring::{Label, Page};
///
/// let page = Page::from_text("1", None, "Harga\tberas\r");
/// let mut out = Vec::new();
/// let probabilities = [2.0 / 3.0, 1.0 / 3.0, 0.0, 0.0, 0.0, 0.0];
/// let predictions = [LinePrediction { label: Label::Content, probabilities }];
/// write_tsv(&page, &predictions, &mut out)?;
/// assert_eq!(out, b"content\t0.6667\tHarga beras\n");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Whatever `out` fails with.
///
/// # Panics
/// When there is not one prediction a line.
pub fn write_tsv(
    page: &Page,
    predictions: &[LinePrediction],
    out: &mut impl Write,
) -> io::Result<()> {
    out.write_all(Passage::predicted(Format::Tsv, &[], page, predictions).bytes())
}

fn write_row(line: &[u8], prediction: &LinePrediction, out: &mut Vec<u8>) {
    let (label, content) = (prediction.label, prediction.content());
    write!(out, "{label}\t{content:.4}\t").expect("memory takes all");
    out.extend_from_slice(&one_column(line));
    out.push(b'\n');
}

/// Writes a row with one object: `{"id", "site", "lines": [{"text", "label", "content"}]}`.
///
/// `site` is `null` where it is unknown; `content` is the probability to 6 decimals. Bytes of a
/// line that are not UTF-8 become U+FFFD.
///
/// ```
/// use saring::output::write_jsonl;
/// use saring::predict::LinePrediction;
/// use saring::{Label, Page};
///
/// let page = Page::from_text("1", None, "Beranda");
/// let mut out = Vec::new();
/// let probabilities = [0.25, 0.0, 0.75, 0.0, 0.0, 0.0];
/// let predictions = [LinePrediction { label: Label::Navigation, probabilities }];
/// write_jsonl(&page, &predictions, &mut out)?;
/// let object = r#"{"id":"1","site":null,"lines":[
///     {"text":"Beranda","label":"navigation","content":0.25}]}"#;
/// assert_eq!(String::from_utf8_lossy(&out), object.replace("\n    ", "") + "\n");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Whatever `out` fails with.
///
/// # Panics
/// When there is not one prediction a line.
pub fn write_jsonl(
    page: &Page,
    predictions: &[LinePrediction],
    out: &mut impl Write,
) -> io::Result<()> {
    PageWriter::new(out, Format::Jsonl, &[]).write(page, predictions, Pages::One)
}

#[derive(Serialize)]
struct LineObject<'a> {
    text: Cow<'a, str>,
    label: Label,
    content: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<&'a Explanation>,
}

impl<'a> LineObject<'a> {
    fn new(line: &'a [u8], prediction: &LinePrediction) -> Self {
        Self {
            text: String::from_utf8_lossy(line),
            label: prediction.label,
            content: six_decimals(prediction.content()),
            explanation: None,
        }
    }

    fn explained(line: &'a [u8], explanation: &'a Explanation) -> Self {
        Self {
            explanation: Some(explanation),
            ..Self::new(line, &explanation.prediction)
        }
    }
}

fn six_decimals(probability: f64) -> f64 {
    (probability * 1e6).round() / 1e6
}

fn one_prediction_a_line<'a>(
    page: &'a Page,
    predictions: &'a [LinePrediction],
) -> impl Iterator<Item = (&'a [u8], &'a LinePrediction)> {
    assert_eq!(page.len(), predictions.len(), "one prediction a line");
    page.lines().zip(predictions)
}

/// `line` without the bytes that would end its column or its row.
fn one_column(line: &[u8]) -> Cow<'_, [u8]> {
    let ends = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r');
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if !line.iter().any(ends) {
        return Cow::Borrowed(line);
    }
    let spaced = line
        .iter()
        .map(|byte| if ends(byte) { b' ' } else { *byte });
    Cow::Owned(spaced.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalize::is_blank;
    use proptest::prelude::*;

    fn prediction(label: Label, content: f64) -> LinePrediction {
        let rest = (1.0 - content) / 5.0;
        LinePrediction {
            label,
            probabilities: [content, rest, rest, rest, rest, rest],
        }
    }

    fn predictions(labels: &[Label]) -> Vec<LinePrediction> {
        let predict = |&label| prediction(label, 0.125);
        labels.iter().map(predict).collect()
    }

    fn text(page: &str, labels: &[Label], keep: &[Label]) -> String {
        let page = Page::from_text("p", None, page);
        let mut out = Vec::new();
        write_text(&page, &predictions(labels), keep, &mut out).expect("memory takes all");
        String::from_utf8(out).expect("the page was text")
    }

    #[test]
    fn blank_lines_stay_as_one_and_only_between_kept_lines() {
        use Label::{Content, Metadata, Related};
        let page = "\n\na\n\nb\nc\n\n\nd\ne\n\nf\n";
        let labels = [Content, Related, Content, Content, Content, Related];
        // A blank line stands before b, which is dropped, and before d: both come between kept lines.
        assert_eq!(text(page, &labels, &[Content]), "a\n\nc\n\nd\ne\n");
        assert_eq!(text(page, &labels, &[Related]), "b\n\nf\n");
        assert_eq!(text(page, &labels, &[Metadata]), "");
        assert_eq!(
            text(page, &labels, &[Content, Related]),
            "a\n\nb\nc\n\nd\ne\n\nf\n"
        );
    }

    #[test]
    fn kept_lines_have_their_original_bytes() {
        let raw = b"\xef\xbb\xbfa\r\n\0b\xff\xc2\xa0";
        let page = Page::from_text("p", None, raw);
        let mut out = Vec::new();
        let lines = predictions(&[Label::Content; 2]);
        write_text(&page, &lines, &[Label::Content], &mut out).expect("memory takes all");
        assert_eq!(out, [&raw[..], b"\n"].concat());
    }

    #[test]
    fn a_row_of_tsv_always_has_three_columns() {
        let mut page = Page::new("p", None);
        page.push(b"a\tb\r\nc\r\r");
        page.push(b"\xff");
        let lines = predictions(&[Label::Comment, Label::Content]);
        let mut out = Vec::new();
        write_tsv(&page, &lines, &mut out).expect("memory takes all");
        assert_eq!(out, b"comment\t0.1250\ta b  c \ncontent\t0.1250\t\xff\n");
    }

    #[test]
    fn an_object_has_probabilities_to_six_decimals_and_unicode_text() {
        let page = Page::from_text("p\"1", Some("warta".into()), b"a\xff\tb");
        let lines = [prediction(Label::Advertisement, 2.0 / 3.0)];
        let mut out = Vec::new();
        write_jsonl(&page, &lines, &mut out).expect("memory takes all");
        let object = String::from_utf8(out).expect("JSON is text");
        assert_eq!(
            object,
            "{\"id\":\"p\\\"1\",\"site\":\"warta\",\"lines\":[{\"text\":\"a\u{fffd}\\tb\",\
             \"label\":\"advertisement\",\"content\":0.666667}]}\n"
        );
    }

    #[test]
    #[should_panic(expected = "one prediction a line")]
    fn predictions_of_another_page_are_refused() {
        text("a\nb", &[Label::Content], &[Label::Content]);
    }

    /// The rows of `text`, the first ones and the last ones not blank, runs of blank ones as one.
    fn folded(text: &[u8]) -> Vec<u8> {
        let rows: Vec<_> = text.split(|&byte| byte == b'\n').collect();
        let mut out = Vec::new();
        for run in rows.chunk_by(|a, b| is_blank(a) == is_blank(b)) {
            match is_blank(run[0]) {
                true => out.push(b'\n'),
                false => run
                    .iter()
                    .for_each(|row| out.extend([row, &b"\n"[..]].concat())),
            }
        }
        let start = usize::from(is_blank(rows[0]) && !out.is_empty());
        let end = usize::from(is_blank(rows[rows.len() - 1]) && out.len() > start);
        out[start..out.len() - end].to_vec()
    }

    proptest! {
        #[test]
        fn keeping_all_lines_gives_the_text_with_its_blank_runs_folded(
            rows in prop::collection::vec("[a\\PC \u{200b}\r]{0,4}", 0..12),
            tail in any::<Vec<u8>>()
        ) {
            let mut raw = rows.join("\n").into_bytes();
            raw.extend(tail);
            let page = Page::from_text("p", None, &raw);
            let lines = predictions(&vec![Label::Content; page.len()]);
            let mut out = Vec::new();
            write_text(&page, &lines, &[Label::Content], &mut out).expect("memory takes all");
            prop_assert_eq!(out, folded(&raw));
        }

        #[test]
        fn any_line_is_one_row_and_any_page_one_object(
            lines in prop::collection::vec(any::<Vec<u8>>(), 0..6), content in 0.0..=1.0
        ) {
            let mut page = Page::new("p", None);
            lines.iter().for_each(|line| { page.push(line); });
            let all = vec![prediction(Label::Comment, content); page.len()];
            let mut tsv = Vec::new();
            write_tsv(&page, &all, &mut tsv).expect("memory takes all");
            let rows = tsv.split_inclusive(|&byte| byte == b'\n');
            prop_assert_eq!(rows.clone().count(), page.len());
            for row in rows {
                prop_assert_eq!(row.iter().filter(|&&byte| byte == b'\t').count(), 2);
            }
            let mut jsonl = Vec::new();
            write_jsonl(&page, &all, &mut jsonl).expect("memory takes all");
            let object: serde_json::Value = serde_json::from_slice(&jsonl).expect("JSON");
            prop_assert_eq!(object["lines"].as_array().map(Vec::len), Some(page.len()));
            for (line, object) in page.lines().zip(object["lines"].as_array().expect("a list")) {
                prop_assert_eq!(object["text"].as_str(), Some(&*String::from_utf8_lossy(line)));
                let written = object["content"].as_f64().expect("a number");
                prop_assert!((written - content).abs() <= 5.1e-7);
            }
        }
    }
}
