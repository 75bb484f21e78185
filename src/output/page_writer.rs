//! A **page writer** writes page after page to one output, and names each of them where there are
//! several.

use std::io::{self, Write};

use super::{Format, Joint, Passage};
use crate::explain::Explanation;
use crate::predict::LinePrediction;
use crate::{Label, Page};

use serde_json::Value;

/// How many pages an output is to have, which decides whether they are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    /// A single one: it is written as it is.
    One,
    /// More than one: each of them is named.
    Several,
}

/// What stands around the lines of one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// What stands before them.
    pub before: Vec<u8>,
    /// What stands behind them.
    pub after: Vec<u8>,
    /// Whether a blank line parts the page from one above it.
    pub parted: bool,
}

impl Format {
    /// What stands around the lines of a page; `pages` says of how many, `marked` that too little is
    /// left of it. A marked page is always named: in text by `==> id <== empty`, in TSV by `# id`, a
    /// tab and `empty`; an object has `"empty":true`.
    ///
    /// ```
    /// use saring::output::{Format, Pages};
    ///
    /// let frame = Format::JsonText.frame("1", None, Pages::One, true);
    /// assert_eq!(frame.before, br#"{"id":"1","site":null,"empty":true,"text":""#);
    /// assert_eq!(frame.after, b"\"}\n");
    /// let frame = Format::Text.frame("1", None, Pages::One, true);
    /// assert_eq!(frame.before, b"==> 1 <== empty\n");
    /// ```
    pub fn frame(self, id: &str, site: Option<&str>, pages: Pages, marked: bool) -> Frame {
        let named = marked || pages == Pages::Several;
        let (before, after) = match self {
            Self::Text | Self::Tsv if !named => (String::new(), ""),
            Self::Text => (heading(id, ["==> ", " <==", " empty"], marked), ""),
            Self::Tsv => (heading(id, ["# ", "", "\tempty"], marked), ""),
            Self::Jsonl => (object(id, site, marked, "\"lines\":["), "]}\n"),
            Self::JsonText => (object(id, site, marked, "\"text\":\""), "\"}\n"),
            Self::JsonLines => (object(id, site, marked, "\"lines\":["), "]}\n"),
            Self::Annotations => (object(id, site, marked, "\"annotations\":["), "]}\n"),
        };
        Frame {
            before: before.into_bytes(),
            after: after.as_bytes().to_vec(),
            parted: self == Self::Text && named,
        }
    }
}

fn heading(id: &str, [begin, end, mark]: [&str; 3], marked: bool) -> String {
    let mark = if marked { mark } else { "" };
    format!("{begin}{}{end}{mark}\n", id.replace(char::is_control, " "))
}

fn object(id: &str, site: Option<&str>, marked: bool, field: &str) -> String {
    let mark = if marked { "\"empty\":true," } else { "" };
    let site = site.map_or(Value::Null, Value::from);
    format!("{{\"id\":{},\"site\":{site},{mark}{field}", Value::from(id))
}

/// Writes page after page to one output.
///
/// A `text` output has a line `==> id <==` before each of several pages and a blank line between
/// them; a `tsv` output has a comment `# id` before each. The only page of an output, and any page
/// of a `jsonl` output, is written as it is. Whoever writes says which it is: nothing is held back.
///
/// ```
/// use saring::output::{Format, PageWriter, Pages};
/// use saring::predict::LinePrediction;
/// use saring::{Label, Page};
///
/// let probabilities = [0.9, 0.02, 0.02, 0.02, 0.02, 0.02];
/// let content = [LinePrediction { label: Label::Content, probabilities }];
/// let mut writer = PageWriter::new(Vec::new(), Format::Text, &[Label::Content]);
/// let page = Page::from_text("a", None, "Harga naik.");
/// writer.write(&page, &content, Pages::Several)?;
/// let page = Page::from_text("b", None, "Panen mundur.");
/// writer.write(&page, &content, Pages::Several)?;
/// assert_eq!(writer.finish()?, b"==> a <==\nHarga naik.\n\n==> b <==\nPanen mundur.\n");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// A page that is predicted in windows is begun, written passage by passage, and ended.
pub struct PageWriter<W> {
    out: W,
    format: Format,
    keep: Vec<Label>,
    pages: usize,
    joint: Joint,
    after: Vec<u8>,
}

impl<W: Write> PageWriter<W> {
    /// Writes to `out`; `keep` selects the lines of [`Format::Text`], the others have all lines.
    pub fn new(out: W, format: Format, keep: &[Label]) -> Self {
        Self {
            out,
            format,
            keep: keep.to_vec(),
            pages: 0,
            joint: Joint::default(),
            after: Vec::new(),
        }
    }

    /// Writes one page; `pages` says of how many.
    ///
    /// # Errors
    /// Whatever the output fails with.
    ///
    /// # Panics
    /// When there is not one prediction a line.
    pub fn write(
        &mut self,
        page: &Page,
        predictions: &[LinePrediction],
        pages: Pages,
    ) -> io::Result<()> {
        let passage = Passage::predicted(self.format, &self.keep, page, predictions);
        self.write_whole(page, &passage, pages)
    }

    /// Writes one page with explanations: as [`write_explained`](super::write_explained) in
    /// [`Format::Text`] and [`Format::Tsv`], whichever lines are to be kept, as
    /// [`write_explained_jsonl`](super::write_explained_jsonl) in [`Format::Jsonl`].
    ///
    /// # Errors
    /// Whatever the output fails with.
    ///
    /// # Panics
    /// When there is not one explanation a line.
    pub fn write_explained(
        &mut self,
        page: &Page,
        explanations: &[Explanation],
        pages: Pages,
    ) -> io::Result<()> {
        let passage = Passage::explained(self.format, page, explanations);
        self.write_whole(page, &passage, pages)
    }

    fn write_whole(&mut self, page: &Page, passage: &Passage, pages: Pages) -> io::Result<()> {
        self.begin(&page.id, page.site.as_deref(), pages)?;
        self.passage(passage)?;
        self.end()
    }

    /// Begins a page; `pages` says of how many.
    ///
    /// # Errors
    /// Whatever the output fails with.
    pub fn begin(&mut self, id: &str, site: Option<&str>, pages: Pages) -> io::Result<()> {
        self.begin_framed(self.format.frame(id, site, pages, false))
    }

    /// The same with what is to stand around its lines.
    ///
    /// # Errors
    /// Whatever the output fails with.
    pub fn begin_framed(&mut self, frame: Frame) -> io::Result<()> {
        self.joint = Joint::default();
        self.pages += 1;
        if frame.parted && self.pages > 1 {
            self.out.write_all(b"\n")?;
        }
        self.after = frame.after;
        self.out.write_all(&frame.before)
    }

    /// Writes the next lines of the page that is begun; a blank line that stood between two kept
    /// ones is written as if all passages were one.
    ///
    /// # Errors
    /// Whatever the output fails with.
    pub fn passage(&mut self, passage: &Passage) -> io::Result<()> {
        self.joint.write(passage, &mut self.out)
    }

    /// Where the lines of the page that is begun can be written by other means.
    pub fn out(&mut self) -> &mut W {
        &mut self.out
    }

    /// Ends the page that is begun.
    ///
    /// # Errors
    /// Whatever the output fails with.
    pub fn end(&mut self) -> io::Result<()> {
        self.out.write_all(&self.after)
    }

    /// Flushes the output and gives it back.
    ///
    /// # Errors
    /// Whatever the output fails with.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::WindowSize;
    use proptest::prelude::*;

    fn predictions(labels: &[Label]) -> Vec<LinePrediction> {
        let probabilities = [0.125, 0.875, 0.0, 0.0, 0.0, 0.0];
        let predict = |&label| LinePrediction {
            label,
            probabilities,
        };
        labels.iter().map(predict).collect()
    }

    fn written(format: Format, pages: &[(&str, &str)]) -> String {
        let mut writer = PageWriter::new(Vec::new(), format, &[Label::Content]);
        let number = match pages {
            [_] => Pages::One,
            _ => Pages::Several,
        };
        for (id, text) in pages {
            let page = Page::from_text(*id, Some("warta".into()), text);
            let lines = predictions(&vec![Label::Content; page.len()]);
            writer
                .write(&page, &lines, number)
                .expect("memory takes all");
        }
        String::from_utf8(writer.finish().expect("memory takes all")).expect("text")
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
            let result = writer.write(&page, &predictions(&[Label::Content]), Pages::One);
            let kind = result.expect_err("nothing can be written").kind();
            assert_eq!(kind, io::ErrorKind::StorageFull, "{format:?}");
        }
    }

    proptest! {
        #[test]
        fn a_page_in_windows_is_written_as_the_whole_page(
            text in "[ab \n]{0,40}", labels in prop::collection::vec(0..3_usize, 40),
            bytes in 1..12_usize, rows in 1..5_usize
        ) {
            let page = Page::from_text("p", None, &text);
            let labels: Vec<_> = labels.iter().map(|&index| Label::ALL[index]).collect();
            let lines = predictions(&labels[..page.len()]);
            let others = [Format::JsonText, Format::JsonLines];
            for format in [Format::Text, Format::Tsv, Format::Jsonl].into_iter().chain(others) {
                let keep = [Label::Content];
                let mut whole = PageWriter::new(Vec::new(), format, &keep);
                whole.write(&page, &lines, Pages::One).expect("memory takes all");
                let mut cut = PageWriter::new(Vec::new(), format, &keep);
                cut.begin("p", None, Pages::One).expect("memory takes all");
                let mut rest = &lines[..];
                for window in page.windows(WindowSize { bytes, rows }) {
                    let (of_window, after) = rest.split_at(window.len());
                    let passage = Passage::predicted(format, &keep, &window, of_window);
                    cut.passage(&passage).expect("memory takes all");
                    rest = after;
                }
                cut.end().expect("memory takes all");
                let whole = whole.finish().expect("memory takes all");
                prop_assert_eq!(cut.finish().expect("memory takes all"), whole);
            }
        }
    }
}
