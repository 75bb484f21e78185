//! A **split** cuts one source into what can be worked on apart: windows of a text, rows of JSON
//! Lines, a whole labelled page. One kind of source, one way to split it.

use std::io::{self, Read};
use std::mem;

use saring::Error;
use saring::corpus::{Block, Blocks};
use saring::normalize::is_blank;
use saring::window::WindowSize;

use super::feed::BATCH;
use crate::cmd::input::{Format, Input};

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
    /// The source cannot be read on; nothing follows.
    Failure(Error),
}

impl Content {
    /// How many bytes of input it holds.
    pub fn len(&self) -> usize {
        match self {
            Self::Start | Self::Failure(_) => 0,
            Self::Window(window) => window.bytes.len(),
            Self::Tsv(bytes) => bytes.len(),
            Self::Rows(block) => block.bytes.len(),
        }
    }
}

/// A window of a text.
pub struct Window {
    /// Its rows.
    pub bytes: Vec<u8>,
    /// Whether it is the first one of its page.
    pub begins: bool,
    /// Whether it is the last one of its page.
    pub ends: bool,
    /// Whether the row above it is blank.
    pub after_blank: bool,
}

/// A source that is being split.
pub enum Split {
    /// A text.
    Text(TextWindows),
    /// A labelled page; `None` once it is read.
    Tsv(Option<Input>),
    /// JSON Lines.
    Jsonl(JsonlBlocks),
}

impl Split {
    /// Splits `input`, a text into windows of this size.
    pub fn new(format: Format, input: Input, window: WindowSize) -> Self {
        match format {
            Format::Text => Self::Text(TextWindows::new(input, window)),
            Format::Tsv => Self::Tsv(Some(input)),
            Format::Jsonl => Self::Jsonl(JsonlBlocks::new(input)),
        }
    }

    /// The next part; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Content>> {
        match self {
            Self::Text(windows) => Ok(windows.next()?.map(Content::Window)),
            Self::Jsonl(blocks) => Ok(blocks.next()?.map(Content::Rows)),
            Self::Tsv(input) => input.take().map(whole).transpose(),
        }
    }
}

fn whole(mut input: Input) -> io::Result<Content> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    Ok(Content::Tsv(bytes))
}

/// The windows of a text, at least one.
pub struct TextWindows {
    blocks: Blocks<Input>,
    size: WindowSize,
    begins: bool,
    ended: bool,
    after_blank: bool,
}

impl TextWindows {
    fn new(input: Input, size: WindowSize) -> Self {
        Self {
            blocks: Blocks::new(input),
            size,
            begins: true,
            ended: false,
            after_blank: false,
        }
    }

    fn next(&mut self) -> io::Result<Option<Window>> {
        if self.ended {
            return Ok(None);
        }
        let bytes = self.blocks.next_block(self.size)?.unwrap_or_default().bytes;
        self.ended = self.blocks.is_finished();
        let after_blank = mem::replace(&mut self.after_blank, ends_blank(&bytes));
        Ok(Some(Window {
            bytes,
            begins: mem::replace(&mut self.begins, false),
            ends: self.ended,
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

/// The blocks of JSON Lines that hold at least one page.
pub struct JsonlBlocks {
    blocks: Blocks<Input>,
    ahead: Option<io::Result<Option<Block>>>,
}

impl JsonlBlocks {
    /// Splits `input`.
    pub fn new(input: Input) -> Self {
        Self {
            blocks: Blocks::new(input),
            ahead: None,
        }
    }

    /// What comes next, without taking it.
    pub fn peek(&mut self) -> &io::Result<Option<Block>> {
        let next = self.next();
        self.ahead.insert(next)
    }

    /// The rows that are pages, well formed or not.
    pub fn pages(block: &Block) -> impl Iterator<Item = &[u8]> {
        let rows = block.bytes.split(|&byte| byte == b'\n');
        rows.filter(|row| !is_blank(row))
    }

    fn next(&mut self) -> io::Result<Option<Block>> {
        if let Some(next) = self.ahead.take() {
            return next;
        }
        loop {
            let block = self.blocks.next_block(ROWS)?;
            match &block {
                // A line feed is white space too.
                Some(rows) if is_blank(&rows.bytes) => {}
                _ => return Ok(block),
            }
        }
    }
}
