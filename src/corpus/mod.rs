//! A **corpus** is a run of pages, with gold labels or without; a **record** is one of its pages
//! as an input holds it.
//!
//! One file a format: [`read_tsv`] (a labelled page), [`read_text`] (an unlabelled page),
//! [`JsonlReader`] (an object a page, of both kinds), [`WetReader`] (a record of a web archive a
//! page) and, with the feature `parquet`, [`ParquetReader`] (a row of a table a page). All of them
//! may be [`Decompressed`] before, and keep [`Limits`]. They read from [`BufRead`] and name what
//! they read as they are told to; which file is of which format, what its page is called and
//! which folder gives the site is left to the caller. [`Blocks`] cut an input that is too long to
//! be read at once.

use std::io::{BufRead, Read};

use crate::{Error, LabelledPage, Page, Result};

mod blocks;
mod compression;
mod json_strings;
mod jsonl;
mod limits;
#[cfg(feature = "parquet")]
mod parquet;
mod raw_page;
mod text;
mod tsv;
mod wet;

#[cfg(feature = "parquet")]
pub use crate::table::TableFile;
pub use blocks::{Block, Blocks};
pub use compression::{Compression, Decompressed, Peeked, peek};
pub use jsonl::{JsonlReader, jsonl_records, jsonl_rows};
pub use limits::Limits;
#[cfg(feature = "parquet")]
pub use parquet::{ParquetColumns, ParquetReader};
pub use raw_page::RawPage;
pub use text::read_text;
pub use tsv::read_tsv;
pub use wet::WetReader;

/// A page as an input holds it: with the gold label of every line, or with none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A page without labels.
    Unlabelled(Page),
    /// A page with a label for every line.
    Labelled(LabelledPage),
}

impl Record {
    /// The page, labelled or not.
    pub fn page(&self) -> &Page {
        match self {
            Self::Unlabelled(page) => page,
            Self::Labelled(page) => page.page(),
        }
    }

    /// The page, its labels dropped if it has any.
    pub fn into_page(self) -> Page {
        match self {
            Self::Unlabelled(page) => page,
            Self::Labelled(page) => page.into_page(),
        }
    }

    /// The page with its labels, `None` if it has none.
    pub fn into_labelled(self) -> Option<LabelledPage> {
        match self {
            Self::Unlabelled(_) => None,
            Self::Labelled(page) => Some(page),
        }
    }
}

/// One row of an input, without its line feed; a carriage return stays.
#[derive(Clone, Copy)]
struct Row<'a> {
    place: &'a str,
    number: usize,
    bytes: &'a [u8],
}

impl<'a> Row<'a> {
    /// Its bytes, without the byte order mark that an input may begin with.
    fn unmarked(&self) -> &'a [u8] {
        match self.bytes.strip_prefix("\u{feff}".as_bytes()) {
            Some(bytes) if self.number == 1 => bytes,
            _ => self.bytes,
        }
    }

    /// Its name: where it was read, and its number.
    fn name(&self) -> String {
        format!("{}:{}", self.place, self.number)
    }

    /// What is wrong with it, and what it should be.
    fn error(&self, reason: String) -> Error {
        Error::Row {
            place: self.place.to_owned(),
            row: self.number,
            reason,
        }
    }
}

/// Walks over the rows of an input, which are numbered from 1.
struct Rows<R> {
    reader: R,
    place: String,
    number: usize,
    bytes: Vec<u8>,
    limits: Limits,
}

impl<R: BufRead> Rows<R> {
    fn new(reader: R, place: &str) -> Self {
        Self {
            reader,
            limits: Limits::default(),
            place: place.to_owned(),
            number: 0,
            bytes: Vec::new(),
        }
    }

    /// Goes to the next row; says whether there was one. A row that is longer than a record may be
    /// is refused, and passed over.
    fn advance(&mut self) -> Result<bool> {
        self.bytes.clear();
        let most = self.limits.record as u64 + 1;
        let mut row = self.reader.by_ref().take(most);
        let length = row
            .read_until(b'\n', &mut self.bytes)
            .map_err(Error::io(&self.place))?;
        self.number += usize::from(length > 0);
        if self.bytes.last() == Some(&b'\n') {
            self.bytes.pop();
        } else if length > self.limits.record {
            self.bytes = Vec::new();
            self.reader
                .skip_until(b'\n')
                .map_err(Error::io(&self.place))?;
            return Err(self.row().error(self.limits.record_reason()));
        }
        Ok(length > 0)
    }

    /// The present row.
    fn row(&self) -> Row<'_> {
        Row {
            place: &self.place,
            number: self.number,
            bytes: &self.bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Label;
    use proptest::prelude::*;

    fn rows_of(input: &[u8]) -> Vec<Vec<u8>> {
        let mut rows = Rows::new(input, "in");
        let mut found = Vec::new();
        while rows.advance().expect("memory can be read") {
            found.push(rows.row().unmarked().to_vec());
        }
        assert_eq!(rows.number, found.len());
        found
    }

    #[test]
    fn a_final_line_feed_adds_no_row() {
        assert_eq!(rows_of(b"a\n\nb\r\n"), [&b"a"[..], b"", b"b\r"]);
        assert_eq!(rows_of(b"a\n\nb\r"), [&b"a"[..], b"", b"b\r"]);
        assert!(rows_of(b"").is_empty());
    }

    #[test]
    fn a_byte_order_mark_is_dropped_at_the_start_of_the_input_only() {
        let input = "\u{feff}a\n\u{feff}b";
        assert_eq!(
            rows_of(input.as_bytes()),
            [b"a", "\u{feff}b".as_bytes()].map(<[u8]>::to_vec)
        );
    }

    #[test]
    fn a_record_gives_its_page_with_labels_or_without() {
        let mut labelled = LabelledPage::new("p", None);
        labelled.push(Label::Comment, b"Mantap!");
        let page = labelled.clone().into_page();

        let record = Record::Labelled(labelled.clone());
        assert_eq!(record.page(), &page);
        assert_eq!(record.clone().into_page(), page);
        assert_eq!(record.into_labelled(), Some(labelled));

        let record = Record::Unlabelled(page.clone());
        assert_eq!(record.page(), &page);
        assert_eq!(record.clone().into_page(), page);
        assert_eq!(record.into_labelled(), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>()) {
            let _ = read_tsv(&bytes[..], "in", "p", None);
            let page = read_text(&bytes[..], "in", "p", None).expect("any bytes are a text");
            prop_assert_eq!(page, Page::from_text("p", None, &bytes));
            let _ = JsonlReader::new(&bytes[..], "in").count();
        }

        #[test]
        fn rows_joined_by_line_feeds_are_the_input(bytes in "[a\n\r]{0,20}") {
            let joined = rows_of(bytes.as_bytes()).join(&b'\n');
            prop_assert_eq!(joined, bytes.strip_suffix('\n').unwrap_or(&bytes).as_bytes());
        }
    }
}
