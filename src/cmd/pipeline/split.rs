//! A **split** cuts one source into what can be worked on apart: windows of a text, rows of JSON
//! Lines, pages of archives and tables, a whole labelled page. One kind of source, one way to split
//! it.

use std::mem;

use saring::corpus::{Block, Blocks, Limits, RawPage, WetReader};
use saring::normalize::is_blank;
use saring::output::Offset;
use saring::window::{RowPart, WindowSize};
use saring::{Error, Result};

use super::feed::BATCH;
use crate::cmd::input::{Input, Opened, Source, TablePages, read_whole};
use crate::cmd::table::TableFile;

/// The rows of JSON Lines that are read at once.
const ROWS: WindowSize = WindowSize {
    bytes: BATCH,
    rows: usize::MAX,
};

/// A part of a source.
pub enum Content {
    /// The start of the source.
    Start,
    /// Rows of a text, which are a window of its page.
    Window(Window),
    /// A whole labelled page.
    Tsv(Vec<u8>),
    /// Rows of JSON Lines, each a page, but for the blank ones.
    Rows(Block),
    /// The table whose rows come next.
    Table(TableFile),
    /// A page of an archive.
    Page(RawPage),
    /// A page of a table.
    TableRow(RawPage),
    /// A record that is damaged, and passed over.
    Skipped(Error),
    /// The source cannot be read on; nothing follows.
    Failure(Error),
}

impl Content {
    /// How many bytes of input it holds.
    pub fn len(&self) -> usize {
        match self {
            Self::Start | Self::Table(_) | Self::Skipped(_) | Self::Failure(_) => 0,
            Self::Window(window) => window.bytes.len(),
            Self::Tsv(bytes) => bytes.len(),
            Self::Rows(block) => block.bytes.len(),
            Self::Page(page) | Self::TableRow(page) => page.text.len(),
        }
    }
}

/// A window of a text.
pub struct Window {
    /// Its rows.
    pub bytes: Vec<u8>,
    /// The number of its first row, from 1.
    pub first_row: usize,
    /// Which part of a row it is, if it is one that is too long.
    pub part: Option<RowPart>,
    /// Whether it is the first one of its page.
    pub begins: bool,
    /// Whether it is the last one of its page.
    pub ends: bool,
    /// Whether it ends because more does not fit.
    pub is_full: bool,
    /// Whether the row above it is blank.
    pub after_blank: bool,
    /// Where it stands in its page.
    pub offset: Offset,
}

/// A source that is being split.
pub struct Split {
    place: String,
    limits: Limits,
    kind: Kind,
    ahead: Option<Result<Option<Content>>>,
}

enum Kind {
    Text(TextWindows),
    /// `None` once it is read.
    Tsv(Option<Input>),
    Jsonl(Blocks<Input>),
    Wet(WetReader<Input>),
    Table(TablePages, TableFile),
}

impl Split {
    /// Opens and splits `source`, a text into windows of this size.
    pub fn new(source: &Source, window: WindowSize) -> Result<Self> {
        let limits = source.options().limits;
        let kind = match source.open()? {
            Opened::Text(input) => Kind::Text(TextWindows::new(input, window, &limits)),
            Opened::Tsv(input) => Kind::Tsv(Some(input)),
            Opened::Jsonl(input) => Kind::Jsonl(Blocks::new(input).with_longest_row(limits.record)),
            Opened::Wet(pages) => Kind::Wet(pages),
            Opened::Parquet(pages, file) => Kind::Table(pages, file),
        };
        Ok(Self {
            place: source.to_string(),
            limits,
            kind,
            ahead: None,
        })
    }

    /// The table that it is, if it is one.
    pub fn table(&self) -> Option<TableFile> {
        match &self.kind {
            Kind::Table(_, file) => Some(file.clone()),
            _ => None,
        }
    }

    /// What comes next, without taking it.
    pub fn peek(&mut self) -> &Result<Option<Content>> {
        let next = self.next();
        self.ahead.insert(next)
    }

    /// Whether another page follows, well formed or not.
    pub fn has_page(&mut self) -> bool {
        // The windows of a text are one page.
        !matches!(self.kind, Kind::Text(_) | Kind::Tsv(_)) && self.has_first_page()
    }

    /// The same before anything was taken.
    pub fn has_first_page(&mut self) -> bool {
        match self.peek() {
            Ok(content) => content.is_some(),
            Err(error) => error.is_of_record(),
        }
    }

    /// The next part; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Content>> {
        if let Some(next) = self.ahead.take() {
            return next;
        }
        let failure = |source| Error::Io {
            place: self.place.clone(),
            source,
        };
        match &mut self.kind {
            Kind::Text(windows) => Ok(windows.next().map_err(failure)?.map(Content::Window)),
            Kind::Wet(pages) => Ok(pages.next().transpose()?.map(Content::Page)),
            Kind::Table(pages, _) => Ok(pages.next().transpose()?.map(Content::TableRow)),
            Kind::Tsv(input) => {
                let whole = |input| read_whole(input, &self.place, &self.limits);
                Ok(input.take().map(whole).transpose()?.map(Content::Tsv))
            }
            Kind::Jsonl(blocks) => loop {
                let Some(block) = blocks.next_block(ROWS).map_err(failure)? else {
                    return Ok(None);
                };
                match block.part {
                    Some(RowPart { begins: true, .. }) => {
                        return Err(Error::Row {
                            place: self.place.clone(),
                            row: block.first_row,
                            reason: self.limits.record_reason(),
                        });
                    }
                    // A line feed is white space too.
                    None if !is_blank(&block.bytes) => return Ok(Some(Content::Rows(block))),
                    _ => {}
                }
            },
        }
    }
}

/// The rows of JSON Lines that are pages, well formed or not.
pub fn pages(block: &Block) -> impl Iterator<Item = &[u8]> {
    let rows = block.bytes.split(|&byte| byte == b'\n');
    rows.filter(|row| !is_blank(row))
}

/// The windows of a text, at least one.
pub struct TextWindows {
    blocks: Blocks<Input>,
    size: WindowSize,
    begins: bool,
    ended: bool,
    after_blank: bool,
    offset: Offset,
}

impl TextWindows {
    fn new(input: Input, size: WindowSize, limits: &Limits) -> Self {
        Self {
            blocks: Blocks::new(input).with_longest_row(limits.line),
            size,
            begins: true,
            ended: false,
            after_blank: false,
            offset: Offset::default(),
        }
    }

    fn next(&mut self) -> std::io::Result<Option<Window>> {
        if self.ended {
            return Ok(None);
        }
        let block = self.blocks.next_block(self.size)?.unwrap_or_default();
        self.ended = self.blocks.is_finished();
        let after_blank = mem::replace(&mut self.after_blank, ends_blank(&block.bytes));
        let next = self.offset.after(&block.bytes);
        Ok(Some(Window {
            offset: mem::replace(&mut self.offset, next),
            bytes: block.bytes,
            first_row: block.first_row,
            part: block.part,
            begins: mem::replace(&mut self.begins, false),
            ends: self.ended,
            is_full: !self.ended && block.part.is_none() && !self.blocks.long_row_follows(),
            after_blank,
        }))
    }
}

/// Whether the last row is blank.
fn ends_blank(rows: &[u8]) -> bool {
    let rows = rows.strip_suffix(b"\n").unwrap_or(rows);
    let last = rows.rsplit(|&byte| byte == b'\n').next();
    last.is_some_and(is_blank)
}
