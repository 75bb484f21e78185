//! **Limits** are how long a line and a record may be, so that the memory that reading takes is
//! bounded whatever the input.

use std::fmt::Display;

use crate::error::excerpt;
use crate::{Error, Page, Result};

/// How long a line and a record may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a line.
    pub line: usize,
    /// Most bytes of a record: a row of JSON Lines, the text of an archive's record, a value of a
    /// table, or a page that can only be read as a whole.
    pub record: usize,
}

impl Default for Limits {
    /// 1 MiB a line, 32 MiB a record.
    fn default() -> Self {
        Self {
            line: 1 << 20,
            record: 32 << 20,
        }
    }
}

impl Limits {
    /// What is wrong with a line that is too long.
    pub fn line_reason(&self) -> String {
        format!("a line of more than {} bytes", self.line)
    }

    /// What is wrong with a record that is too long.
    pub fn record_reason(&self) -> String {
        format!("a record of more than {} bytes", self.record)
    }

    /// Where the first line of `page` stands that is too long.
    ///
    /// ```
    /// use saring::Page;
    /// use saring::corpus::Limits;
    ///
    /// let limits = Limits { line: 8, ..Limits::default() };
    /// let page = Page::from_text("1", None, "Beranda\nHarga beras");
    /// assert_eq!(limits.long_line(&page), Some(1));
    /// ```
    pub fn long_line(&self, page: &Page) -> Option<usize> {
        if page.text().len() <= self.line {
            return None;
        }
        page.lines().position(|line| line.len() > self.line)
    }

    /// Refuses a page that has a line that is too long; `place` is the input it comes from.
    ///
    /// # Errors
    /// [`Error::LongLine`].
    pub fn check(&self, page: &Page, place: impl Display) -> Result<()> {
        self.long_line(page).map_or(Ok(()), |line| {
            Err(Error::LongLine {
                place: format!("{place}: page {:?}", excerpt(&page.id)),
                line: line + 1,
                limit: self.line,
            })
        })
    }
}
