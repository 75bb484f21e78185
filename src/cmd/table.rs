//! A **table** as an output: rows of Parquet. Without the cargo feature `parquet` there are none.

#[cfg(not(feature = "parquet"))]
pub use absent::{TableFile, TableOutput};
#[cfg(feature = "parquet")]
pub use present::TableOutput;
#[cfg(feature = "parquet")]
pub use saring::corpus::TableFile;

/// What is said of each page beside its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// What its lines are.
    pub annotations: bool,
    /// Whether too little of it is left.
    pub marks: bool,
}

#[cfg(feature = "parquet")]
mod present {
    use std::io::Write;

    use saring::Result;
    use saring::output::{AddedColumns, TableRow, TableWriter};

    use super::{Added, TableFile};
    use crate::cmd::input::Source;
    use crate::cmd::message::quietly;

    /// A table that is written.
    pub struct TableOutput<W: Write>(TableWriter<W>);

    impl<W: Write + Send> TableOutput<W> {
        /// Begins a table of pages; `place` names it.
        pub fn new(out: W, place: &str, added: Added) -> Result<Self> {
            TableWriter::new(out, place, columns(added)).map(Self)
        }

        /// Begins a table that has the other columns of `source`, which is this file.
        pub fn same(
            out: W,
            place: &str,
            (source, file): (&Source, TableFile),
            added: Added,
        ) -> Result<Self> {
            let text = &source.options().columns.text;
            let origin = (file, &*source.to_string());
            let writer = quietly(|| TableWriter::same(out, place, origin, text, columns(added)));
            writer.map(Self)
        }

        /// Writes the next row.
        pub fn write(&mut self, row: TableRow) -> Result<()> {
            quietly(|| self.0.write(row))
        }

        /// Completes the table and gives the output back.
        pub fn finish(self) -> Result<W> {
            quietly(|| self.0.finish())
        }
    }

    fn columns(added: Added) -> AddedColumns {
        AddedColumns {
            annotations: added.annotations,
            marks: added.marks,
        }
    }
}

#[cfg(not(feature = "parquet"))]
mod absent {
    use std::convert::Infallible;
    use std::marker::PhantomData;

    use saring::output::TableRow;
    use saring::{Error, Result};

    use super::Added;
    use crate::cmd::input::Source;

    /// The file of a table.
    #[derive(Clone, Debug)]
    pub struct TableFile;

    /// A table that is written.
    pub struct TableOutput<W>(Infallible, PhantomData<W>);

    impl<W> TableOutput<W> {
        /// Refuses to begin a table.
        pub fn new(_: W, place: &str, _: Added) -> Result<Self> {
            Err(Error::Table {
                place: place.to_owned(),
                reason: "build saring with its feature parquet".to_owned(),
            })
        }

        /// Refuses to begin a table.
        pub fn same(out: W, place: &str, _: (&Source, TableFile), added: Added) -> Result<Self> {
            Self::new(out, place, added)
        }

        /// Writes the next row.
        pub fn write(&mut self, _: TableRow) -> Result<()> {
            match self.0 {}
        }

        /// Completes the table.
        pub fn finish(self) -> Result<W> {
            match self.0 {}
        }
    }
}
