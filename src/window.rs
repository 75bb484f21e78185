//! A **window** is a run of rows of a long page that is predicted by itself, so that the memory of
//! a prediction is bounded whatever the page's size.
//!
//! A row is what stands between two line feeds, blank or not. Windows are cut behind line feeds
//! only, each as long as its [`WindowSize`] lets it be; so where a page is cut does not depend on
//! how it was read.

use memchr::{memchr, memchr_iter, memrchr};

/// How long a window may be: as many whole rows as fit both, but at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSize {
    /// Most bytes, line feeds and blank rows included.
    pub bytes: usize,
    /// Most rows, blank ones included; what is kept of a short line may be longer than its text.
    pub rows: usize,
}

/// A part of a row that is too long to be given at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowPart {
    /// Whether the row begins here.
    pub begins: bool,
    /// Whether the row ends here.
    pub ends: bool,
}

impl Default for WindowSize {
    /// 4 MiB, 4,096 rows.
    fn default() -> Self {
        Self {
            bytes: 4 << 20,
            rows: 1 << 12,
        }
    }
}

impl WindowSize {
    /// Where the first window of `text` ends: behind a line feed, or at the end of the text.
    ///
    /// ```
    /// use saring::window::WindowSize;
    ///
    /// let size = WindowSize { bytes: 6, rows: 2 };
    /// assert_eq!(size.end(b"ab\ncd\nef\n"), 6);
    /// assert_eq!(size.end(b"a\nb\nc\n"), 4); // two rows
    /// assert_eq!(size.end(b"abcdefgh\nij"), 9); // one row is never cut
    /// assert_eq!(size.end(b"abc"), 3);
    /// ```
    pub fn end(&self, text: &[u8]) -> usize {
        let end = match text.get(..self.bytes) {
            Some(head) if head.len() < text.len() => last_row_end(head, text),
            _ => text.len(),
        };
        let feeds = memchr_iter(b'\n', &text[..end]);
        // Counting them is faster than finding them.
        if end <= self.rows || feeds.clone().count() < self.rows {
            return end;
        }
        let last = { feeds }.nth(self.rows.saturating_sub(1));
        last.map_or(end, |feed| feed + 1)
    }
}

/// Where the last whole row of `head` ends; the first row of `text`, which begins with it, if there
/// is none.
fn last_row_end(head: &[u8], text: &[u8]) -> usize {
    let last = memrchr(b'\n', head);
    let beyond = || memchr(b'\n', &text[head.len()..]).map(|feed| head.len() + feed);
    last.or_else(beyond).map_or(text.len(), |feed| feed + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_that_just_fits_is_one_window() {
        let size = WindowSize { bytes: 4, rows: 2 };
        assert_eq!(size.end(b"a\nb\n"), 4);
        assert_eq!(size.end(b"a\nb\nc"), 4);
        assert_eq!(size.end(b"abcd"), 4);
        assert_eq!(size.end(b""), 0);
    }

    proptest! {
        #[test]
        fn a_window_holds_as_many_rows_as_fit_and_at_least_one(
            text in "[ab\n]{1,30}", bytes in 0..12_usize, rows in 0..5_usize
        ) {
            let end = WindowSize { bytes, rows }.end(text.as_bytes());
            let all: Vec<&str> = text.split_inclusive('\n').collect();
            let mut expected = all[0].len();
            for (index, row) in all.iter().enumerate().skip(1) {
                if index >= rows || expected + row.len() > bytes {
                    break;
                }
                expected += row.len();
            }
            prop_assert_eq!(end, expected);
        }
    }
}
