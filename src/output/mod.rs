//! An **output** is what is written of a page and the predictions of its lines: the kept lines as
//! they came (`text`), every line with its label (`tsv`), or an object (`jsonl`); and the same with
//! the [explanations](crate::explain) of the lines.
//!
//! Everything goes to a [`Write`]; what it is, a file or a pipe, is left to the caller.

mod explained;

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

pub use explained::{write_explained, write_explained_jsonl};

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
    let mut first = true;
    let mut follows_blank = false;
    for (index, (line, prediction)) in paired(page, predictions).enumerate() {
        follows_blank |= page.follows_blank(index);
        if keep.contains(&prediction.label) {
            if follows_blank && !first {
                out.write_all(b"\n")?;
            }
            out.write_all(line)?;
            out.write_all(b"\n")?;
            first = false;
            follows_blank = false;
        }
    }
    Ok(())
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
    for (line, prediction) in paired(page, predictions) {
        write_row(line, prediction, out)?;
    }
    Ok(())
}

fn write_row(line: &[u8], prediction: &LinePrediction, out: &mut impl Write) -> io::Result<()> {
    write!(out, "{}\t{:.4}\t", prediction.label, prediction.content())?;
    out.write_all(&one_column(line))?;
    out.write_all(b"\n")
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
    let lines =
        paired(page, predictions).map(|(line, prediction)| LineObject::new(line, prediction));
    write_object(page, lines.collect(), out)
}

fn write_object(page: &Page, lines: Vec<LineObject>, out: &mut impl Write) -> io::Result<()> {
    let object = PageObject {
        id: &page.id,
        site: page.site.as_deref(),
        lines,
    };
    serde_json::to_writer(&mut *out, &object)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct PageObject<'a> {
    id: &'a str,
    site: Option<&'a str>,
    lines: Vec<LineObject<'a>>,
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
            content: (prediction.content() * 1e6).round() / 1e6,
            explanation: None,
        }
    }
}

fn paired<'a>(
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

/// Writes page after page to one output, and names each of them where there are several.
///
/// A `text` output has a line `==> id <==` before each of several pages and a blank line between
/// them; a `tsv` output has a comment `# id` before each. The only page of an output, and any
/// page of a `jsonl` output, is written as it is. The first page is held back until the second
/// one comes or the output ends.
///
/// ```
/// use saring::output::{Format, PageWriter};
/// use saring::predict::LinePrediction;
/// use saring::{Label, Page};
///
/// let probabilities = [0.9, 0.02, 0.02, 0.02, 0.02, 0.02];
/// let content = [LinePrediction { label: Label::Content, probabilities }];
/// let mut writer = PageWriter::new(Vec::new(), Format::Text, &[Label::Content]);
/// writer.write(&Page::from_text("a", None, "Harga naik."), &content)?;
/// writer.write(&Page::from_text("b", None, "Panen mundur."), &content)?;
/// assert_eq!(writer.finish()?, b"==> a <==\nHarga naik.\n\n==> b <==\nPanen mundur.\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct PageWriter<W> {
    out: W,
    format: Format,
    keep: Vec<Label>,
    pages: usize,
    first: FirstPage,
}

/// What is known of the lines of a page.
#[derive(Clone, Copy)]
enum Lines<'a> {
    Predicted(&'a [LinePrediction]),
    Explained(&'a [Explanation]),
}

/// The first page, as it is written, with its id.
#[derive(Default)]
struct FirstPage {
    id: String,
    body: Vec<u8>,
}

impl<W: Write> PageWriter<W> {
    /// Writes to `out`; `keep` selects the lines of [`Format::Text`], the others have all lines.
    pub fn new(out: W, format: Format, keep: &[Label]) -> Self {
        Self {
            out,
            format,
            keep: keep.to_vec(),
            pages: 0,
            first: FirstPage::default(),
        }
    }

    /// Writes one page.
    ///
    /// # Errors
    /// Whatever the output fails with.
    ///
    /// # Panics
    /// When there is not one prediction a line.
    pub fn write(&mut self, page: &Page, predictions: &[LinePrediction]) -> io::Result<()> {
        self.write_lines(page, Lines::Predicted(predictions))
    }

    /// Writes one page with explanations: as [`write_explained`] in [`Format::Text`] and
    /// [`Format::Tsv`], whichever lines are to be kept, as [`write_explained_jsonl`] in
    /// [`Format::Jsonl`].
    ///
    /// # Errors
    /// Whatever the output fails with.
    ///
    /// # Panics
    /// When there is not one explanation a line.
    pub fn write_explained(&mut self, page: &Page, explanations: &[Explanation]) -> io::Result<()> {
        self.write_lines(page, Lines::Explained(explanations))
    }

    fn write_lines(&mut self, page: &Page, lines: Lines) -> io::Result<()> {
        self.pages += 1;
        if self.pages == 1 && self.format != Format::Jsonl {
            self.first.id.clone_from(&page.id);
            return write_page(self.format, &self.keep, page, lines, &mut self.first.body);
        }
        if self.pages == 2 {
            self.write_first()?;
        }
        write_heading(self.format, &page.id, self.pages > 1, &mut self.out)?;
        write_page(self.format, &self.keep, page, lines, &mut self.out)
    }

    /// Writes what is held back, flushes the output and gives it back.
    ///
    /// # Errors
    /// Whatever the output fails with.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&self.first.body)?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Writes the first page of several.
    fn write_first(&mut self) -> io::Result<()> {
        let first = std::mem::take(&mut self.first);
        write_heading(self.format, &first.id, false, &mut self.out)?;
        self.out.write_all(&first.body)
    }
}

fn write_page(
    format: Format,
    keep: &[Label],
    page: &Page,
    lines: Lines,
    out: &mut impl Write,
) -> io::Result<()> {
    match (lines, format) {
        (Lines::Predicted(lines), Format::Text) => write_text(page, lines, keep, out),
        (Lines::Predicted(lines), Format::Tsv) => write_tsv(page, lines, out),
        (Lines::Predicted(lines), Format::Jsonl) => write_jsonl(page, lines, out),
        (Lines::Explained(lines), Format::Jsonl) => write_explained_jsonl(page, lines, out),
        (Lines::Explained(lines), Format::Text | Format::Tsv) => write_explained(page, lines, out),
    }
}

/// Names one of several pages; `follows` says whether another one stands before it.
fn write_heading(format: Format, id: &str, follows: bool, out: &mut impl Write) -> io::Result<()> {
    let id = id.replace(char::is_control, " ");
    match format {
        Format::Text if follows => writeln!(out, "\n==> {id} <=="),
        Format::Text => writeln!(out, "==> {id} <=="),
        Format::Tsv => writeln!(out, "# {id}"),
        Format::Jsonl => Ok(()),
    }
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

    fn written(format: Format, pages: &[(&str, &str)]) -> String {
        let mut writer = PageWriter::new(Vec::new(), format, &[Label::Content]);
        for (id, text) in pages {
            let page = Page::from_text(*id, Some("warta".into()), text);
            let lines = predictions(&vec![Label::Content; page.len()]);
            writer.write(&page, &lines).expect("memory takes all");
        }
        String::from_utf8(writer.finish().expect("memory takes all")).expect("text")
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
    fn only_several_pages_are_named() {
        let one = [("a", "x\n\ny")];
        assert_eq!(written(Format::Text, &one), "x\n\ny\n");
        assert_eq!(written(Format::Tsv, &[("a", "x")]), "content\t0.1250\tx\n");
        let three = [("a", "x"), ("b\n", ""), ("c", "z")];
        assert_eq!(
            written(Format::Text, &three),
            "==> a <==\nx\n\n==> b  <==\n\n==> c <==\nz\n"
        );
        assert_eq!(
            written(Format::Tsv, &three),
            "# a\ncontent\t0.1250\tx\n# b \n# c\ncontent\t0.1250\tz\n"
        );
    }

    #[test]
    fn an_output_without_pages_is_empty() {
        for format in [Format::Text, Format::Tsv, Format::Jsonl] {
            assert_eq!(written(format, &[]), "");
        }
        assert_eq!(
            written(Format::Jsonl, &[("a", ""), ("b", "")]),
            "{\"id\":\"a\",\"site\":\"warta\",\"lines\":[]}\n\
             {\"id\":\"b\",\"site\":\"warta\",\"lines\":[]}\n"
        );
    }

    #[test]
    #[should_panic(expected = "one prediction a line")]
    fn predictions_of_another_page_are_refused() {
        text("a\nb", &[Label::Content], &[Label::Content]);
    }

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_told_by_its_kind_in_every_format() {
        let page = Page::from_text("a", None, "x");
        for format in [Format::Text, Format::Tsv, Format::Jsonl] {
            let mut writer = PageWriter::new(Full, format, &[Label::Content]);
            let result = writer.write(&page, &predictions(&[Label::Content]));
            let error = result.and_then(|()| writer.finish().map(|_| ()));
            let kind = error.expect_err("nothing can be written").kind();
            assert_eq!(kind, io::ErrorKind::StorageFull, "{format:?}");
        }
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
