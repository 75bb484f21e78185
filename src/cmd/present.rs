//! The **present** output: the standard output, or the file of one source on its way.

use std::io::{self, BufWriter, Stdout, Write};

use saring::output::{Format, PageWriter, Passage};
use saring::{Error, Result};

use super::container::{Form, Writing};
use super::held::Held;
use super::input::Source;
use super::limits::OnEmpty;
use super::output::Opening;
use super::replacement::Replacement;
use super::table::{TableFile, TableOutput};

/// What pages are written to.
pub struct Present {
    place: String,
    /// The place of its source in the input.
    pub source: usize,
    writer: Writer,
}

/// How pages are written to it.
enum Writer {
    Pages(PageWriter<BufWriter<Sink>>),
    Table(Box<TableOutput<Sink>>),
}

/// Where bytes go.
pub enum Sink {
    Stdout(Stdout),
    File(Replacement),
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::File(file) => file.flush(),
        }
    }
}

impl Present {
    /// Writes to `sink`, which `place` names.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be written.
    pub fn new(place: String, source: usize, sink: Sink, writing: &Writing) -> Result<Self> {
        let writer = match writing.form {
            Form::Table { .. } => Writer::table(TableOutput::new(sink, &place, writing.added())?),
            _ => {
                let out = BufWriter::with_capacity(1 << 16, sink);
                Writer::Pages(PageWriter::new(out, Format::Text, &[]))
            }
        };
        Ok(Self {
            place,
            source,
            writer,
        })
    }

    /// Writes the rows of a table as the rows of this one. Nothing is written to it yet.
    ///
    /// # Errors
    /// As [`Present::finish`]; [`Error::Table`] where the table cannot be read.
    pub fn into_table(self, source: &Source, file: TableFile, writing: &Writing) -> Result<Self> {
        let (place, number) = (self.place.clone(), self.source);
        let table = TableOutput::same(self.finish()?, &place, (source, file), writing.added())?;
        Ok(Self {
            place,
            source: number,
            writer: Writer::table(table),
        })
    }

    /// Begins a page that is not held.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be written.
    pub fn begin(&mut self, opening: Opening) -> Result<()> {
        self.write(|writer| writer.begin_framed(opening.frame))
    }

    /// Writes lines of the page that is begun.
    ///
    /// # Errors
    /// [`Error::Io`] where they cannot be written.
    pub fn passage(&mut self, passage: &Passage) -> Result<()> {
        self.write(|writer| writer.passage(passage))
    }

    /// Ends the page that is begun.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be written.
    pub fn end(&mut self) -> Result<()> {
        self.write(PageWriter::end)
    }

    /// Writes a page that was held.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be written, [`Error::Table`] where the table that it came in
    /// cannot be read.
    pub fn held(&mut self, held: Held, verdict: Option<OnEmpty>) -> Result<()> {
        match &mut self.writer {
            Writer::Pages(writer) => {
                let compressed = matches!(writer.out().get_ref(), Sink::File(_));
                let written = held.write(verdict, compressed, writer);
                written.map_err(failure(&self.place))
            }
            Writer::Table(table) => match held.row(verdict).map_err(failure(&self.place))? {
                Some(row) => table.write(row),
                None => Ok(()),
            },
        }
    }

    /// Completes what is written.
    ///
    /// # Errors
    /// As [`Present::held`].
    pub fn finish(self) -> Result<Sink> {
        match self.writer {
            Writer::Table(table) => table.finish(),
            Writer::Pages(writer) => {
                let written = writer.finish().and_then(|out| Ok(out.into_inner()?));
                written.map_err(failure(&self.place))
            }
        }
    }

    fn write(
        &mut self,
        write: impl FnOnce(&mut PageWriter<BufWriter<Sink>>) -> io::Result<()>,
    ) -> Result<()> {
        match &mut self.writer {
            Writer::Pages(writer) => write(writer).map_err(failure(&self.place)),
            Writer::Table(_) => unreachable!("every row of a table is held"),
        }
    }
}

impl Writer {
    fn table(table: TableOutput<Sink>) -> Self {
        Self::Table(Box::new(table))
    }
}

/// The error of an output.
pub fn failure(place: &str) -> impl FnOnce(io::Error) -> Error {
    let place = place.to_owned();
    move |source| Error::Io { place, source }
}
