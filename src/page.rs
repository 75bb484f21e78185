//! A **page** is an ordered list of lines with an id and, where it is known, a site.
//!
//! The bytes of every line are kept as they came; blank lines are no lines of a page, only the
//! fact that one stood there is kept. What a line *means* is left to [`crate::features`].

use std::ops::Range;

use crate::Label;
use crate::normalize::is_blank;

/// The lines of one web page, top to bottom, none of them blank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Names the page in outputs: a file's relative name, or the `id` of a JSON object.
    pub id: String,
    /// Grouping key of pages that share their furniture, usually the host; `None` if unknown.
    pub site: Option<String>,
    bytes: Vec<u8>,
    lines: Vec<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    range: Range<usize>,
    follows_blank: bool,
}

impl Page {
    /// A page without lines, to be filled with [`Page::push`].
    pub fn new(id: impl Into<String>, site: Option<String>) -> Self {
        Self {
            id: id.into(),
            site,
            bytes: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Splits `text` at line feeds; every other byte stays in its line, a carriage return too.
    ///
    /// ```
    /// let page = saring::Page::from_text("1", None, "Beranda\r\n\n\nHarga beras naik.\n");
    /// assert_eq!(page.line(0), b"Beranda\r");
    /// assert_eq!(page.line(1), "Harga beras naik.".as_bytes());
    /// assert_eq!(page.len(), 2);
    /// assert!(page.follows_blank(1));
    /// ```
    pub fn from_text(id: impl Into<String>, site: Option<String>, text: impl AsRef<[u8]>) -> Self {
        let mut page = Self::new(id, site);
        let mut follows_blank = false;
        for line in text.as_ref().split(|&byte| byte == b'\n') {
            follows_blank = !page.push_after(line, follows_blank);
        }
        page
    }

    /// Appends one line; a blank one is dropped. Says whether the line was kept.
    pub fn push(&mut self, line: &[u8]) -> bool {
        self.push_after(line, false)
    }

    /// The same for a line of which it is known whether blank ones stood right before it.
    pub(crate) fn push_after(&mut self, line: &[u8], follows_blank: bool) -> bool {
        if is_blank(line) {
            return false;
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(line);
        self.lines.push(Span {
            range: start..self.bytes.len(),
            follows_blank,
        });
        true
    }

    /// Number of lines; blank ones do not count.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether the page has no line that is not blank.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The original bytes of line `index`, without its line feed.
    ///
    /// # Panics
    /// When `index >= self.len()`.
    pub fn line(&self, index: usize) -> &[u8] {
        &self.bytes[self.lines[index].range.clone()]
    }

    /// The original bytes of every line, top to bottom.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.lines
            .iter()
            .map(|span| &self.bytes[span.range.clone()])
    }

    /// Whether one or more blank lines stood right before line `index`.
    ///
    /// # Panics
    /// When `index >= self.len()`.
    pub fn follows_blank(&self, index: usize) -> bool {
        self.lines[index].follows_blank
    }
}

/// A page whose every line has a gold label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelledPage {
    page: Page,
    labels: Vec<Label>,
}

impl LabelledPage {
    /// A page without lines, to be filled with [`LabelledPage::push`].
    pub fn new(id: impl Into<String>, site: Option<String>) -> Self {
        Self {
            page: Page::new(id, site),
            labels: Vec::new(),
        }
    }

    /// Appends one labelled line; a blank one is dropped together with its label.
    pub fn push(&mut self, label: Label, line: &[u8]) {
        self.push_after(label, line, false);
    }

    /// The same for a line of which it is known whether blank ones stood right before it; says
    /// whether the line was kept.
    pub(crate) fn push_after(&mut self, label: Label, line: &[u8], follows_blank: bool) -> bool {
        let kept = self.page.push_after(line, follows_blank);
        if kept {
            self.labels.push(label);
        }
        kept
    }

    /// The page itself.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// The page itself, its labels dropped.
    pub fn into_page(self) -> Page {
        self.page
    }

    /// The gold labels, one a line.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_leave_only_the_fact_that_they_stood_there() {
        let page = Page::from_text("p", None, "\u{feff}\n a\n\u{200b}\n\t\nb\nc");
        let lines: Vec<_> = page.lines().collect();
        assert_eq!(lines, [&b" a"[..], b"b", b"c"]);
        let after: Vec<_> = (0..3).map(|index| page.follows_blank(index)).collect();
        assert_eq!(after, [true, true, false]);
    }

    #[test]
    fn a_blank_line_takes_its_label_along() {
        let mut page = LabelledPage::new("p", None);
        page.push(Label::Content, b"a");
        page.push(Label::Related, b"  ");
        page.push(Label::Comment, b"b");
        assert_eq!(page.labels(), [Label::Content, Label::Comment]);
        assert_eq!(page.page().len(), 2);
    }

    #[test]
    fn an_empty_text_is_an_empty_page() {
        assert!(Page::from_text("p", None, "").is_empty());
        assert!(Page::from_text("p", None, "\n \n").is_empty());
    }
}
