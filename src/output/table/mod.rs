//! A **table writer** writes a row a page: of a new table, or of the table that the pages came in,
//! whose other columns stay as they were.

mod columns;
mod origin;

use std::io::{self, Write};
use std::mem;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};

use self::columns::{Cells, Columns};
use self::origin::Origin;
use super::TableRow;
use crate::table::{TableFile, caught, one_line};
use crate::{Error, Result};

/// Most rows of a row group.
const ROWS: usize = 8192;

/// From how many bytes of pages on a row group is complete.
const BYTES: usize = 32 << 20;

/// What is said of each page beside its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AddedColumns {
    /// `annotations`: what its lines are, as a JSON list. The text of a row that came in a table
    /// then stays as it was.
    pub annotations: bool,
    /// `empty`: whether too little of it is left.
    pub marks: bool,
}

/// Writes pages into a Parquet table, compressed by zstd.
///
/// ```
/// use saring::corpus::{ParquetColumns, ParquetReader};
/// use saring::output::{AddedColumns, TableRow, TableWriter};
///
/// let mut writer = TableWriter::new(Vec::new(), "out", AddedColumns::default())?;
/// let row = TableRow { id: "1".into(), text: b"Harga naik.\n".to_vec(), ..TableRow::default() };
/// writer.write(row)?;
/// let table = writer.finish()?;
/// let mut pages = ParquetReader::from_bytes(table, "out", &ParquetColumns::default())?;
/// assert_eq!(pages.next().expect("a row")?.text, b"Harga naik.\n");
/// # Ok::<(), saring::Error>(())
/// ```
///
/// At most 8192 rows, or the rows that make 32 MiB, are in memory.
pub struct TableWriter<W: Write> {
    file: SerializedFileWriter<W>,
    place: String,
    columns: Vec<Cells>,
    origin: Option<Origin>,
    /// The rows of the present row group, and how many bytes they hold.
    rows: Vec<TableRow>,
    size: usize,
}

impl<W: Write + Send> TableWriter<W> {
    /// Writes a new table to `out`, which `place` names in errors: columns `id`, `site`, which may be
    /// null, `text`, and those that are `added`.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be written.
    pub fn new(out: W, place: &str, added: AddedColumns) -> Result<Self> {
        Self::over(out, place, Columns::of_pages(added), None)
    }

    /// Writes the rows of the table `origin` again, with other values in the column `text` and with
    /// the columns that are `added`, at the end or in the place of those that have their names. Each
    /// row is to say its [position](TableRow::position), in ascending order; what is not written is
    /// left out.
    ///
    /// The metadata of the table stay, but for the description of its columns by Arrow where columns
    /// are added.
    ///
    /// # Errors
    /// [`Error::Table`] where the origin, which `origin_place` names, is no table or has no such
    /// column; [`Error::Io`] where the new one cannot be written.
    pub fn same(
        out: W,
        place: &str,
        (origin, origin_place): (TableFile, &str),
        text: &str,
        added: AddedColumns,
    ) -> Result<Self> {
        let origin = Origin::open(origin, origin_place)?;
        let columns = origin.columns(text, added)?;
        Self::over(out, place, columns, Some(origin))
    }

    fn over(out: W, place: &str, columns: Columns, origin: Option<Origin>) -> Result<Self> {
        let properties = WriterProperties::builder()
            .set_created_by(concat!("saring ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::ZSTD(Default::default()))
            .set_key_value_metadata(columns.metadata)
            .build();
        let file = caught(|| SerializedFileWriter::new(out, columns.schema, Arc::new(properties)));
        Ok(Self {
            file: file.map_err(failure(place))?,
            place: place.to_owned(),
            columns: columns.cells,
            origin,
            rows: Vec::new(),
            size: 0,
        })
    }

    /// Writes the next row.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be written; [`Error::Table`] where the table that it came in
    /// cannot be read.
    pub fn write(&mut self, row: TableRow) -> Result<()> {
        let is_full = self.rows.len() == ROWS || self.size >= BYTES;
        let is_behind = |origin: &Origin| origin.is_behind(&row);
        if is_full || self.origin.as_ref().is_some_and(is_behind) {
            self.write_group()?;
        }
        if let Some(origin) = &mut self.origin {
            origin.go_to(&row);
        }
        self.size += row.size();
        self.rows.push(row);
        Ok(())
    }

    /// Completes the table and gives the output back.
    ///
    /// # Errors
    /// As [`TableWriter::write`].
    pub fn finish(mut self) -> Result<W> {
        self.write_group()?;
        let failure = failure(&self.place);
        caught(|| self.file.into_inner()).map_err(failure)
    }

    /// Writes the rows so far as a row group.
    fn write_group(&mut self) -> Result<()> {
        self.size = 0;
        let mut rows = mem::take(&mut self.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let positions: Vec<u64> = rows.iter().map(|row| row.position).collect();
        let failure = || failure(&self.place);
        let mut group = self.file.next_row_group().map_err(failure())?;
        for cells in &self.columns {
            let column = group.next_column().map_err(failure())?;
            let mut column = column.expect("the schema has these columns");
            match (cells, &mut self.origin) {
                (Cells::Copied(leaf), Some(origin)) => {
                    origin.copy(*leaf, &positions, &mut column, &self.place)?;
                }
                _ => caught(|| write_cells(*cells, &mut rows, &mut column)).map_err(failure())?,
            }
            column.close().map_err(failure())?;
        }
        group.close().map_err(failure())?;
        Ok(())
    }
}

/// Writes what the rows have of a column, and takes it from them.
fn write_cells(
    cells: Cells,
    rows: &mut [TableRow],
    column: &mut SerializedColumnWriter,
) -> Result<(), ParquetError> {
    let mut write = |take: &dyn Fn(&mut TableRow) -> Option<Vec<u8>>| {
        write_texts(rows.iter_mut().map(take), column)
    };
    match cells {
        Cells::Id => write(&|row| Some(mem::take(&mut row.id).into_bytes())),
        Cells::Site => write(&|row| row.site.take().map(String::into_bytes)),
        Cells::Bytes => write(&|row| Some(mem::take(&mut row.text))),
        Cells::Text => write(&|row| Some(unicode(mem::take(&mut row.text)))),
        Cells::Annotations => write(&|row| Some(row.annotations.take().unwrap_or_default())),
        Cells::Marks => {
            let marks: Vec<bool> = rows.iter().map(|row| row.is_marked).collect();
            column.typed::<BoolType>().write_batch(&marks, None, None)?;
            Ok(())
        }
        Cells::Copied(_) => unreachable!("only a table that has an origin copies"),
    }
}

fn write_texts(
    cells: impl Iterator<Item = Option<Vec<u8>>>,
    column: &mut SerializedColumnWriter,
) -> Result<(), ParquetError> {
    let writer = column.typed::<ByteArrayType>();
    let present = writer.get_descriptor().max_def_level();
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    for cell in cells {
        levels.push(if cell.is_some() { present } else { 0 });
        values.extend(cell.map(ByteArray::from));
    }
    writer.write_batch(&values, (present > 0).then_some(&levels), None)?;
    Ok(())
}

/// A text with U+FFFD for what is not UTF-8.
fn unicode(text: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8(text);
    text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
        .into_bytes()
}

/// The error of an output.
fn failure(place: &str) -> impl FnOnce(ParquetError) -> Error {
    let place = place.to_owned();
    move |error| {
        let source = match error {
            ParquetError::External(error) => match error.downcast::<io::Error>() {
                Ok(error) => *error,
                Err(error) => io::Error::other(error),
            },
            error => io::Error::other(one_line(&error)),
        };
        Error::Io { place, source }
    }
}
