//! The **origin** of a table that is written: the table that its pages came in, whose other columns
//! are copied value by value, whatever their types.

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::column::writer::{ColumnWriter, ColumnWriterImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedColumnWriter;

use super::columns::{Columns, leaf};
use super::{AddedColumns, TableRow, failure};
use crate::table::{TableFile, caught, one_line};
use crate::{Error, Result};

/// About how many bytes of a column are copied at once.
const BYTES: u64 = 1 << 20;

/// Most rows of a column that are copied at once.
const ROWS: u64 = 1024;

/// A table that is copied.
pub struct Origin {
    table: SerializedFileReader<TableFile>,
    place: String,
    /// The row group of the present rows, and the numbers of its rows, from 1.
    group: usize,
    first: u64,
    end: u64,
    /// How far each of its columns is copied.
    cursors: Vec<Option<Cursor>>,
}

/// A column of a row group.
struct Cursor {
    reader: ColumnReader,
    /// The number of the next row.
    row: u64,
    /// How many rows are copied at once.
    step: u64,
}

impl Origin {
    /// Opens a table.
    pub fn open(file: TableFile, place: &str) -> Result<Self> {
        let table = caught(|| SerializedFileReader::new(file));
        let table = table.map_err(|error| refused(place, &error))?;
        let place = place.to_owned();
        let mut origin = Self {
            table,
            place,
            group: 0,
            first: 1,
            end: 1,
            cursors: Vec::new(),
        };
        origin.start_group(0, 1);
        Ok(origin)
    }

    /// The columns of a table that is to have other texts.
    pub fn columns(&self, text: &str, added: AddedColumns) -> Result<Columns> {
        let table = self.table.metadata().file_metadata();
        let missing = || ParquetError::General(format!("no column {text:?}"));
        let columns = leaf(table.schema_descr(), text)
            .ok_or_else(missing)
            .and_then(|text| Columns::of_table(table, text, added));
        columns.map_err(|error| refused(&self.place, &error))
    }

    /// Says whether `row` is in a later row group than the rows before it.
    pub fn is_behind(&self, row: &TableRow) -> bool {
        row.position >= self.end
    }

    /// Goes to the row group of `row`.
    pub fn go_to(&mut self, row: &TableRow) {
        while self.is_behind(row) && self.group + 1 < self.table.num_row_groups() {
            self.start_group(self.group + 1, self.end);
        }
    }

    fn start_group(&mut self, group: usize, first: u64) {
        let groups = self.table.metadata().row_groups();
        let rows = groups.get(group).map_or(0, |group| group.num_rows());
        self.group = group;
        self.first = first;
        self.end = first.saturating_add(u64::try_from(rows).unwrap_or(0));
        let schema = self.table.metadata().file_metadata().schema_descr();
        self.cursors = (0..schema.num_columns()).map(|_| None).collect();
    }

    /// Copies the cells that these rows of the present row group have in the column `leaf` to `out`,
    /// which `place` names in errors.
    pub fn copy(
        &mut self,
        leaf: usize,
        rows: &[u64],
        out: &mut SerializedColumnWriter,
        place: &str,
    ) -> Result<()> {
        let opened = caught(|| self.cursor(leaf));
        let mut cursor = opened.map_err(|error| refused(&self.place, &error))?;
        for run in rows.chunk_by(|row, next| row + 1 == *next) {
            let copied = caught(|| Ok(cursor.copy(run, out.untyped())));
            copied
                .unwrap_or_else(|error| Err(Failure::Origin(error)))
                .map_err(|error| match error {
                    Failure::Origin(error) => refused(&self.place, &error),
                    Failure::Output(error) => failure(place)(error),
                })?;
        }
        self.cursors[leaf] = Some(cursor);
        Ok(())
    }

    /// Where a column is to be read on.
    fn cursor(&mut self, leaf: usize) -> Result<Cursor, ParquetError> {
        if let Some(cursor) = self.cursors[leaf].take() {
            return Ok(cursor);
        }
        let group = self.table.get_row_group(self.group)?;
        let size = u64::try_from(group.metadata().column(leaf).uncompressed_size());
        let of_row = size.unwrap_or(0) / (self.end - self.first).max(1);
        Ok(Cursor {
            reader: group.get_column_reader(leaf)?,
            row: self.first,
            step: (BYTES / of_row.max(1)).clamp(1, ROWS),
        })
    }
}

/// Which of the two tables made a copy fail.
enum Failure {
    Origin(ParquetError),
    Output(ParquetError),
}

impl Cursor {
    /// Copies rows that follow each other.
    fn copy(&mut self, rows: &[u64], out: &mut ColumnWriter) -> Result<(), Failure> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Ok(());
        };
        let (skipped, count) = (first - self.row, last - first + 1);
        self.row = last + 1;
        let rows = (skipped, count, self.step);
        match (&mut self.reader, out) {
            (ColumnReader::BoolColumnReader(reader), ColumnWriter::BoolColumnWriter(out)) => {
                copy(reader, rows, out)
            }
            (ColumnReader::Int32ColumnReader(reader), ColumnWriter::Int32ColumnWriter(out)) => {
                copy(reader, rows, out)
            }
            (ColumnReader::Int64ColumnReader(reader), ColumnWriter::Int64ColumnWriter(out)) => {
                copy(reader, rows, out)
            }
            (ColumnReader::Int96ColumnReader(reader), ColumnWriter::Int96ColumnWriter(out)) => {
                copy(reader, rows, out)
            }
            (ColumnReader::FloatColumnReader(reader), ColumnWriter::FloatColumnWriter(out)) => {
                copy(reader, rows, out)
            }
            (ColumnReader::DoubleColumnReader(reader), ColumnWriter::DoubleColumnWriter(out)) => {
                copy(reader, rows, out)
            }
            (
                ColumnReader::ByteArrayColumnReader(reader),
                ColumnWriter::ByteArrayColumnWriter(out),
            ) => copy(reader, rows, out),
            (
                ColumnReader::FixedLenByteArrayColumnReader(reader),
                ColumnWriter::FixedLenByteArrayColumnWriter(out),
            ) => copy(reader, rows, out),
            _ => Err(Failure::Origin(ParquetError::General(
                "another type than before".to_owned(),
            ))),
        }
    }
}

/// Passes over some rows and copies those behind them, at most `step` at once.
fn copy<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    (skipped, count, step): (u64, u64, u64),
    out: &mut ColumnWriterImpl<T>,
) -> Result<(), Failure> {
    skip(reader, skipped)?;
    let mut rest = count;
    while rest > 0 {
        let rows = rest.min(step);
        copy_rows(reader, as_size(rows), out)?;
        rest -= rows;
    }
    Ok(())
}

fn skip<T: DataType>(reader: &mut ColumnReaderImpl<T>, rows: u64) -> Result<(), Failure> {
    let skipped = reader.skip_records(as_size(rows));
    expect_rows(skipped.map_err(Failure::Origin)?, as_size(rows))
}

fn copy_rows<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    out: &mut ColumnWriterImpl<T>,
) -> Result<(), Failure> {
    let column = out.get_descriptor();
    let (most_def, most_rep) = (column.max_def_level(), column.max_rep_level());
    let (mut defs, mut reps, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let read = reader.read_records(rows, Some(&mut defs), Some(&mut reps), &mut values);
    expect_rows(read.map_err(Failure::Origin)?.0, rows)?;
    let defs = (most_def > 0).then_some(&defs[..]);
    let reps = (most_rep > 0).then_some(&reps[..]);
    let written = out.write_batch(&values, defs, reps);
    written.map(drop).map_err(Failure::Output)
}

fn expect_rows(found: usize, expected: usize) -> Result<(), Failure> {
    match found == expected {
        true => Ok(()),
        false => Err(Failure::Origin(ParquetError::EOF(
            "fewer values than rows".to_owned(),
        ))),
    }
}

fn as_size(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

fn refused(place: &str, error: &ParquetError) -> Error {
    Error::Table {
        place: place.to_owned(),
        reason: one_line(error),
    }
}
