//! A **page** is an ordered list of lines with an id and, where it is known, a site.
//!
//! The bytes of every line are kept as they came; blank lines are no lines of a page, only the
//! fact that one stood there is told. What a line *means* is left to [`crate::features`].

use std::ops::Range;

use memchr::memchr_iter;

use crate::Label;
use crate::normalize::{is_blank, utf8};
use crate::rows::for_each_row;
use crate::window::WindowSize;

/// The lines of one web page, top to bottom, none of them blank.
///
/// Two pages are equal when their ids, sites and lines are, and blank lines stood before the same
/// ones.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Names the page in outputs: a file's relative name, or the `id` of a JSON object.
    pub id: String,
    /// Grouping key of pages that share their furniture, usually the host; `None` if unknown.
    pub site: Option<String>,
    /// Every row with its line feed, blank ones too.
    bytes: Vec<u8>,
    /// How many line feeds they hold.
    feeds: usize,
    lines: Vec<Span>,
}

/// Where a line stands among the bytes of its page.
#[derive(Clone, Debug)]
struct Span {
    range: Range<usize>,
    follows_blank: bool,
    is_ascii: bool,
}

/// Few pages have shorter lines on average, in bytes.
const SHORT_LINE: usize = 32;

impl Page {
    /// A page without lines, to be filled with [`Page::push`].
    pub fn new(id: impl Into<String>, site: Option<String>) -> Self {
        Self {
            id: id.into(),
            site,
            bytes: Vec::new(),
            feeds: 0,
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
        Self::from_bytes(id, site, text.as_ref().to_vec())
    }

    /// The same for a text that the page takes over without copying it.
    pub fn from_bytes(id: impl Into<String>, site: Option<String>, text: Vec<u8>) -> Self {
        let mut lines = Vec::with_capacity(text.len() / SHORT_LINE + 1);
        let (mut follows_blank, mut rows) = (false, 0);
        for_each_row(&text, |range, is_ascii| {
            rows += 1;
            let blank = is_blank(&text[range.clone()]);
            if !blank {
                lines.push(Span {
                    range,
                    follows_blank,
                    is_ascii,
                });
            }
            follows_blank = blank;
        });
        Self {
            id: id.into(),
            site,
            bytes: text,
            feeds: rows - 1,
            lines,
        }
    }

    /// Says whether a blank line stood before the text, which is then right before its first line.
    #[must_use]
    pub fn after_blank(mut self, blank: bool) -> Self {
        if let Some(first) = self.lines.first_mut() {
            first.follows_blank |= blank;
        }
        self
    }

    /// Appends one line; a blank one is dropped. Says whether the line was kept.
    pub fn push(&mut self, line: &[u8]) -> bool {
        self.push_after(line, false)
    }

    /// The same for a line of which it is known whether blank ones stood right before it.
    pub(crate) fn push_after(&mut self, line: &[u8], follows_blank: bool) -> bool {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(line);
        self.bytes.push(b'\n');
        self.feeds += 1 + memchr_iter(b'\n', line).count();
        if is_blank(line) {
            return false;
        }
        self.lines.push(Span {
            range: start..start + line.len(),
            follows_blank,
            is_ascii: line.is_ascii(),
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

    /// Where line `index` stands in [`Page::text`], without its line feed.
    ///
    /// # Panics
    /// When `index >= self.len()`.
    pub fn range(&self, index: usize) -> Range<usize> {
        self.lines[index].range.clone()
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

    /// Whether line `index` is ASCII alone.
    pub(crate) fn is_ascii(&self, index: usize) -> bool {
        self.lines[index].is_ascii
    }

    /// Whether every line is UTF-8.
    pub(crate) fn is_utf8(&self) -> bool {
        let mut others = self.lines.iter().filter(|line| !line.is_ascii);
        others.all(|line| utf8(&self.bytes[line.range.clone()]).is_some())
    }

    /// Every row of the page as it came, blank ones too, parted by line feeds.
    pub fn text(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the page is a single window of this size.
    pub fn fits(&self, size: WindowSize) -> bool {
        let is_short = self.bytes.len() <= size.bytes && self.feeds < size.rows;
        is_short || size.end(&self.bytes) == self.bytes.len()
    }

    /// The windows of the page, top to bottom: pages of its id and site that together have its
    /// lines. Only one of them is copied at a time.
    ///
    /// ```
    /// use saring::window::WindowSize;
    ///
    /// let page = saring::Page::from_text("1", None, "Beranda\nKontak\n\nHarga beras naik.\n");
    /// let size = WindowSize { bytes: 16, rows: 100 };
    /// let windows: Vec<_> = page.windows(size).collect();
    /// assert_eq!(windows.len(), 2);
    /// assert_eq!(windows[0].line(1), b"Kontak");
    /// assert!(windows[1].follows_blank(0));
    /// ```
    pub fn windows(&self, size: WindowSize) -> impl Iterator<Item = Page> {
        let (mut start, mut lines) = (0, 0);
        std::iter::from_fn(move || {
            (start < self.bytes.len()).then(|| {
                let end = self.window_end(start, size);
                let above = lines;
                lines = self.lines.partition_point(|line| line.range.end <= end);
                let window = self.part(start..end, above..lines);
                start = end;
                window
            })
        })
    }

    /// The page cut at the lines of more than `longest` bytes, top to bottom.
    ///
    /// ```
    /// use saring::page::Segment;
    ///
    /// let page = saring::Page::from_text("1", None, "Beranda\n\nHarga beras naik.\nKontak");
    /// let mut segments = page.segments(10);
    /// assert!(matches!(segments.next(), Some(Segment::Lines(lines)) if lines.len() == 1));
    /// let long = Segment::Long { line: b"Harga beras naik.", follows_blank: true };
    /// assert_eq!(segments.next(), Some(long));
    /// assert!(matches!(segments.next(), Some(Segment::Lines(lines)) if lines.len() == 1));
    /// assert_eq!(segments.next(), None);
    /// ```
    pub fn segments(&self, longest: usize) -> impl Iterator<Item = Segment<'_>> {
        let is_long = move |line: &Span| line.range.len() > longest;
        let mut start = 0;
        std::iter::from_fn(move || {
            let rest = self.lines.get(start..)?;
            let first = rest.first()?;
            if is_long(first) {
                start += 1;
                return Some(Segment::Long {
                    line: &self.bytes[first.range.clone()],
                    follows_blank: first.follows_blank,
                });
            }
            let lines = rest.iter().take_while(|line| !is_long(line)).count();
            let above = start;
            start += lines;
            let end = self.lines[start - 1].range.end + 1;
            let bytes = first.range.start..end.min(self.bytes.len());
            Some(Segment::Lines(self.part(bytes, above..start)))
        })
    }

    /// Where the window ends that begins at `start`. A line that holds line feeds is not cut.
    fn window_end(&self, start: usize, size: WindowSize) -> usize {
        let end = start + size.end(&self.bytes[start..]);
        if end == self.bytes.len() {
            return end;
        }
        let next = self.lines.partition_point(|line| line.range.end < end);
        match self.lines.get(next) {
            Some(Span { range, .. }) if (start + 1..end).contains(&range.start) => range.start,
            Some(Span { range, .. }) if range.start < end => range.end + 1,
            _ => end,
        }
    }

    /// A page of some of the bytes and of the lines that stand among them.
    fn part(&self, bytes: Range<usize>, lines: Range<usize>) -> Page {
        let moved = |line: &Span| Span {
            range: line.range.start - bytes.start..line.range.end - bytes.start,
            ..*line
        };
        Page {
            id: self.id.clone(),
            site: self.site.clone(),
            lines: self.lines[lines].iter().map(moved).collect(),
            feeds: memchr_iter(b'\n', &self.bytes[bytes.clone()]).count(),
            bytes: self.bytes[bytes].to_vec(),
        }
    }
}

impl PartialEq for Page {
    fn eq(&self, other: &Self) -> bool {
        let blanks = |page: &Page| -> Vec<bool> {
            page.lines.iter().map(|line| line.follows_blank).collect()
        };
        (&self.id, &self.site) == (&other.id, &other.site)
            && self.lines().eq(other.lines())
            && blanks(self) == blanks(other)
    }
}

impl Eq for Page {}

/// A part of a page of which some lines are too long to be classified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    /// Lines that are not too long.
    Lines(Page),
    /// A line that is.
    Long {
        /// Its bytes.
        line: &'a [u8],
        /// Whether one or more blank lines stood right before it.
        follows_blank: bool,
    },
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
    use proptest::prelude::*;

    /// Each line, after whether blank ones stood before it.
    fn lines<'a>(pages: impl IntoIterator<Item = &'a Page>) -> Vec<(bool, &'a [u8])> {
        let of = |page: &'a Page| (0..page.len()).map(|i| (page.follows_blank(i), page.line(i)));
        pages.into_iter().flat_map(of).collect()
    }

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

    #[test]
    fn a_line_that_holds_line_feeds_is_not_cut() {
        let mut page = Page::new("p", None);
        for line in ["a\nb\nc", "d", "e\nf"] {
            page.push(line.as_bytes());
        }
        for bytes in 0..6 {
            let size = WindowSize { bytes, rows: 1 };
            let windows: Vec<_> = page.windows(size).collect();
            assert!(windows.iter().all(|window| window.len() == 1), "{bytes}");
            assert_eq!(lines(&windows), lines([&page]), "{bytes}");
        }
        assert_eq!(page.windows(WindowSize::default()).count(), 1);
    }

    proptest! {
        #[test]
        fn the_windows_of_a_page_are_the_pages_of_its_cut_text(
            text in "[ab \n]{0,40}", bytes in 1..12_usize, rows in 1..5_usize
        ) {
            let size = WindowSize { bytes, rows };
            let page = Page::from_text("p", Some("s".into()), &text);
            let windows: Vec<_> = page.windows(size).collect();
            prop_assert_eq!(lines(&windows), lines([&page]));
            prop_assert_eq!(page.fits(size), windows.len() < 2);
            let (mut rest, mut blank) = (&text[..], false);
            for window in &windows {
                let (cut, after) = rest.split_at(size.end(rest.as_bytes()));
                let cut_page = Page::from_text("p", Some("s".into()), cut).after_blank(blank);
                prop_assert_eq!(window, &cut_page);
                blank = cut.lines().next_back().is_none_or(|row| is_blank(row.as_bytes()));
                rest = after;
            }
            prop_assert_eq!(rest, "");
        }

        #[test]
        fn lines_that_are_pushed_are_in_the_windows_whatever_they_hold(
            pushed in prop::collection::vec("[ab \n]{0,6}", 0..8), bytes in 1..12_usize
        ) {
            let mut page = Page::new("p", None);
            pushed.iter().for_each(|line| { page.push(line.as_bytes()); });
            let windows: Vec<_> = page.windows(WindowSize { bytes, rows: 3 }).collect();
            prop_assert_eq!(lines(&windows), lines([&page]));
        }
    }
}
