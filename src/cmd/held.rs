//! A **held** page is written only once it is known as a whole: because too little may be left of it,
//! because its record says how long it is, or because both its text and its lines are written.
//!
//! A long one waits in a temporary file.

use std::io::{self, Read, Seek, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use saring::output::{Frame, Joint, PageWriter, Passage, TableRow, Tally, WetRecord};
use tempfile::SpooledTempFile;

use super::limits::OnEmpty;
use super::output::{Lines, Opening};

/// How many bytes of a page wait in memory.
const IN_MEMORY: usize = 4 << 20;

/// The most bytes of a page, or of what is said of its lines, that a row of a table holds.
const LONGEST_CELL: u64 = 512 << 20;

/// A page that waits for its end.
pub struct Held {
    opening: Opening,
    cleaned: Spool,
    whole: Spool,
    tally: Tally,
}

/// Passages that wait.
struct Spool {
    file: SpooledTempFile,
    joint: Joint,
}

impl Spool {
    fn new() -> Self {
        Self {
            file: SpooledTempFile::new(IN_MEMORY),
            joint: Joint::default(),
        }
    }

    fn add(&mut self, passage: &Passage) -> io::Result<()> {
        self.joint.write(passage, &mut self.file)
    }

    /// From its start, and how long it is.
    fn read(mut self) -> io::Result<(SpooledTempFile, u64)> {
        let length = self.file.stream_position()?;
        self.file.rewind()?;
        Ok((self.file, length))
    }

    /// All of it, as a cell of a table.
    fn cell(self, id: &str) -> io::Result<Vec<u8>> {
        let (mut file, length) = self.read()?;
        if length > LONGEST_CELL {
            return Err(io::Error::other(format!(
                "{id} is longer than {LONGEST_CELL} bytes: too long for a row of a table"
            )));
        }
        let mut cell = Vec::new();
        file.read_to_end(&mut cell)?;
        Ok(cell)
    }
}

impl Held {
    /// Begins a page.
    pub fn new(opening: Opening) -> Self {
        Self {
            opening,
            cleaned: Spool::new(),
            whole: Spool::new(),
            tally: Tally::default(),
        }
    }

    /// Adds lines.
    pub fn add(&mut self, lines: &Lines) -> io::Result<()> {
        self.tally += *lines.cleaned.tally();
        self.cleaned.add(&lines.cleaned)?;
        match &lines.whole {
            Some(whole) => self.whole.add(whole),
            None => Ok(()),
        }
    }

    /// Its lines so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The row of a table that the page becomes, as `verdict` says where too little is left of it;
    /// `None` if it becomes none.
    ///
    /// # Panics
    /// When its opening has no row.
    pub fn row(self, verdict: Option<OnEmpty>) -> io::Result<Option<TableRow>> {
        let row = self.opening.row.expect("a page of a table is a row");
        if verdict == Some(OnEmpty::Drop) {
            return Ok(None);
        }
        let cleaned = self.cleaned.cell(&row.id)?;
        let whole = self.whole.cell(&row.id)?;
        let (text, annotations) = match row.annotations {
            Some(_) => (whole, Some([b"[", &cleaned[..], b"]"].concat())),
            None if verdict == Some(OnEmpty::Keep) => (whole, None),
            None => (cleaned, None),
        };
        Ok(Some(TableRow {
            text,
            annotations,
            is_marked: verdict == Some(OnEmpty::Mark),
            ..row
        }))
    }

    /// Writes the page, as `verdict` says where too little is left of it; a record is `compressed` or
    /// not.
    pub fn write<W: Write>(
        mut self,
        verdict: Option<OnEmpty>,
        compressed: bool,
        out: &mut PageWriter<W>,
    ) -> io::Result<()> {
        let as_it_came = verdict == Some(OnEmpty::Keep);
        let is_marked = verdict == Some(OnEmpty::Mark);
        if verdict == Some(OnEmpty::Drop) {
            return Ok(());
        }
        if as_it_came && let Some(frame) = self.opening.instead.take() {
            out.begin_framed(frame)?;
            return out.end();
        }
        let frame = self.opening.marked.take().filter(|_| is_marked);
        let frame = frame.unwrap_or(self.opening.frame);
        let (cleaned, length) = self.cleaned.read()?;
        let (whole, whole_length) = self.whole.read()?;
        let chosen = match as_it_came && whole_length > 0 {
            true => (whole, whole_length),
            false => match self.opening.between {
                None => (cleaned, length),
                Some(between) => return write_both(frame, [whole, cleaned], between, out),
            },
        };
        match self.opening.wet {
            Some(wet) => write_record(&wet.marked(is_marked), chosen, compressed, out.out()),
            None => write_framed(frame, chosen.0, out),
        }
    }
}

fn write_framed<W: Write>(
    frame: Frame,
    mut page: SpooledTempFile,
    out: &mut PageWriter<W>,
) -> io::Result<()> {
    out.begin_framed(frame)?;
    io::copy(&mut page, out.out())?;
    out.end()
}

fn write_both<W: Write>(
    frame: Frame,
    [mut whole, mut cleaned]: [SpooledTempFile; 2],
    between: &str,
    out: &mut PageWriter<W>,
) -> io::Result<()> {
    out.begin_framed(frame)?;
    io::copy(&mut whole, out.out())?;
    out.out().write_all(between.as_bytes())?;
    io::copy(&mut cleaned, out.out())?;
    out.end()
}

fn write_record(
    record: &WetRecord,
    (text, length): (SpooledTempFile, u64),
    compressed: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut head = Vec::new();
    record.write_head(length, &mut head)?;
    let mut bytes = head.as_slice().chain(text).chain(WetRecord::END);
    if !compressed {
        return io::copy(&mut bytes, out).map(drop);
    }
    let mut member = GzEncoder::new(out, Compression::default());
    io::copy(&mut bytes, &mut member)?;
    member.finish().map(drop)
}
