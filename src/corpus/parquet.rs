//! A **Parquet** input is a table in which each row is a page.
//!
//! Columns are read value by value as the bytes that they are, without arrow: of a column no more
//! than one of its pages is in memory, and a text need not be UTF-8.

use bytes::Bytes;
use parquet::basic::Type;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArrayType, DataType, FixedLenByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::schema::types::SchemaDescriptor;

use super::{Limits, RawPage};
use crate::error::excerpt;
use crate::table::{TableFile, caught, one_line};
use crate::{Error, Result};

/// Which columns of a table are read, by name; a nested one by its path, parted by dots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParquetColumns {
    /// The lines of a page, parted by line feeds.
    pub text: String,
    /// Its URL; `url` if there is one and none is given.
    pub url: Option<String>,
    /// Its id, a string or a whole number; `id` if there is one and none is given.
    pub id: Option<String>,
}

impl Default for ParquetColumns {
    /// `text`, and `url` and `id` where there are such.
    fn default() -> Self {
        Self {
            text: "text".to_owned(),
            url: None,
            id: None,
        }
    }
}

/// The pages of a Parquet table, one at a time.
///
/// A page without an id is called after its row, `place:row`; rows count from 1. After a row that is
/// refused comes the next one; where the rest of a row group cannot be read, the next row group.
///
/// # Errors
/// An item is [`Error::Row`] where a row has no text, is longer than [`Limits`] let a record be, or
/// cannot be read.
pub struct ParquetReader {
    table: Box<dyn FileReader + Send>,
    place: String,
    limits: Limits,
    columns: Columns,
    /// The row group that comes next, and the number of its first row, from 0.
    group: usize,
    first_row: u64,
    present: Option<Group>,
}

/// Where the columns stand among all.
struct Columns {
    text: usize,
    url: Option<usize>,
    id: Option<usize>,
}

/// A row group that is being read.
struct Group {
    text: Cells,
    url: Option<Cells>,
    id: Option<Cells>,
    /// The number of the next row, from 0, and of that after the last one.
    row: u64,
    end: u64,
}

impl ParquetReader {
    /// Reads pages from `file`; `place` names it in errors.
    ///
    /// # Errors
    /// [`Error::Table`] where it is no Parquet table or has no such columns.
    pub fn new(file: TableFile, place: &str, columns: &ParquetColumns) -> Result<Self> {
        Self::over(file, place, columns)
    }

    /// Reads pages from the bytes of a file.
    ///
    /// # Errors
    /// As [`ParquetReader::new`].
    pub fn from_bytes(bytes: Vec<u8>, place: &str, columns: &ParquetColumns) -> Result<Self> {
        Self::over(Bytes::from(bytes), place, columns)
    }

    fn over(
        file: impl ChunkReader + 'static,
        place: &str,
        columns: &ParquetColumns,
    ) -> Result<Self> {
        let refused = |reason: String| Error::Table {
            place: place.to_owned(),
            reason,
        };
        let table = caught(|| SerializedFileReader::new(file));
        let table = table.map_err(|error| refused(one_line(&error)))?;
        let schema = table.metadata().file_metadata().schema_descr_ptr();
        let columns = Columns::find(&schema, columns).map_err(refused)?;
        Ok(Self {
            table: Box::new(table),
            place: place.to_owned(),
            limits: Limits::default(),
            columns,
            group: 0,
            first_row: 0,
            present: None,
        })
    }

    /// Refuses texts that are longer than this lets a record be.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Opens row groups until one has a row; says whether there is one.
    fn open(&mut self) -> Result<bool, ParquetError> {
        while self
            .present
            .as_ref()
            .is_none_or(|group| group.row >= group.end)
        {
            self.present = None;
            if self.group == self.table.num_row_groups() {
                return Ok(false);
            }
            let rows = self.table.metadata().row_group(self.group).num_rows();
            let row = self.first_row;
            self.first_row = row.saturating_add(u64::try_from(rows).unwrap_or(0));
            self.group += 1;
            let group = self.table.get_row_group(self.group - 1)?;
            let cells = |column: usize| Cells::new(group.get_column_reader(column)?);
            self.present = Some(Group {
                text: cells(self.columns.text)?,
                url: self.columns.url.map(cells).transpose()?,
                id: self.columns.id.map(cells).transpose()?,
                row,
                end: self.first_row,
            });
        }
        Ok(true)
    }

    /// The page of a row whose cells are read.
    fn page(&self, row: u64, cells: RowCells) -> Result<RawPage> {
        let number = row + 1;
        let error = |reason: String| Error::Row {
            place: self.place.clone(),
            row: usize::try_from(number).unwrap_or(usize::MAX),
            reason,
        };
        let text = cells
            .text
            .ok_or_else(|| error("no text: it is null".to_owned()))?;
        if text.len() > self.limits.record {
            return Err(error(self.limits.record_reason()));
        }
        let shown = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let named = || format!("{}:{number}", self.place);
        Ok(RawPage {
            id: cells.id.map_or_else(named, shown),
            url: cells.url.map(shown),
            text,
            position: number,
        })
    }
}

impl Iterator for ParquetReader {
    type Item = Result<RawPage>;

    fn next(&mut self) -> Option<Self::Item> {
        let opened = caught(|| self.open());
        let read = match (opened, &mut self.present) {
            (Ok(true), Some(group)) => {
                let row = group.row;
                group.row += 1;
                caught(|| group.next()).map(|cells| (row, cells))
            }
            (Ok(_), _) => return None,
            (Err(error), _) => Err(error),
        };
        Some(match read {
            Ok((row, cells)) => self.page(row, cells),
            Err(error) => {
                let row = self
                    .present
                    .take()
                    .map_or(self.first_row, |group| group.row);
                Err(Error::Row {
                    place: self.place.clone(),
                    row: usize::try_from(row).unwrap_or(usize::MAX),
                    reason: format!(
                        "the rest of row group {} cannot be read: {}",
                        self.group,
                        one_line(&error)
                    ),
                })
            }
        })
    }
}

impl Columns {
    fn find(schema: &SchemaDescriptor, names: &ParquetColumns) -> Result<Self, String> {
        let of = |name: &str| {
            let is_it = |index: &usize| schema.column(*index).path().string() == name;
            (0..schema.num_columns()).find(is_it)
        };
        let given = |name: &str| {
            of(name).ok_or_else(|| {
                let all = schema.columns().iter().map(|column| column.path().string());
                let all = excerpt(&all.collect::<Vec<_>>().join(", "));
                format!("no column {name:?}: use one of {all}")
            })
        };
        let optional = |name: &Option<String>, usual: &str, types: &[Type]| match name {
            Some(name) => given(name)
                .and_then(|index| typed(schema, index, types))
                .map(Some),
            None => Ok(of(usual).and_then(|index| typed(schema, index, types).ok())),
        };
        let ids = [
            Type::BYTE_ARRAY,
            Type::FIXED_LEN_BYTE_ARRAY,
            Type::INT32,
            Type::INT64,
        ];
        Ok(Self {
            text: typed(schema, given(&names.text)?, &ids[..1])?,
            url: optional(&names.url, "url", &ids[..1])?,
            id: optional(&names.id, "id", &ids)?,
        })
    }
}

/// The column, where it has one value a row, of one of these types.
fn typed(schema: &SchemaDescriptor, index: usize, types: &[Type]) -> Result<usize, String> {
    let column = schema.column(index);
    if column.max_rep_level() > 0 {
        return Err(format!("column {:?} is a list", column.path().string()));
    }
    match types.contains(&column.physical_type()) {
        true => Ok(index),
        false => Err(format!(
            "column {:?} has values of type {}, not strings",
            column.path().string(),
            column.physical_type()
        )),
    }
}

/// The cells of a row; `None` is null.
struct RowCells {
    text: Option<Vec<u8>>,
    url: Option<Vec<u8>>,
    id: Option<Vec<u8>>,
}

impl Group {
    fn next(&mut self) -> Result<RowCells, ParquetError> {
        let cell = |cells: &mut Option<Cells>| cells.as_mut().map_or(Ok(None), Cells::next);
        Ok(RowCells {
            text: self.text.next()?,
            url: cell(&mut self.url)?,
            id: cell(&mut self.id)?,
        })
    }
}

/// The cells of a column in one row group.
enum Cells {
    Texts(ColumnReaderImpl<ByteArrayType>),
    Fixed(ColumnReaderImpl<FixedLenByteArrayType>),
    Int32(ColumnReaderImpl<Int32Type>),
    Int64(ColumnReaderImpl<Int64Type>),
}

impl Cells {
    fn new(reader: ColumnReader) -> Result<Self, ParquetError> {
        Ok(match reader {
            ColumnReader::ByteArrayColumnReader(reader) => Self::Texts(reader),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => Self::Fixed(reader),
            ColumnReader::Int32ColumnReader(reader) => Self::Int32(reader),
            ColumnReader::Int64ColumnReader(reader) => Self::Int64(reader),
            _ => return Err(ParquetError::General("another type than before".to_owned())),
        })
    }

    /// The next cell as bytes, a number as its digits.
    fn next(&mut self) -> Result<Option<Vec<u8>>, ParquetError> {
        Ok(match self {
            Self::Texts(reader) => value(reader)?.map(|value| value.data().to_vec()),
            Self::Fixed(reader) => value(reader)?.map(|value| value.data().to_vec()),
            Self::Int32(reader) => value(reader)?.map(|value| value.to_string().into_bytes()),
            Self::Int64(reader) => value(reader)?.map(|value| value.to_string().into_bytes()),
        })
    }
}

/// The next value of a column, `None` for null.
fn value<T: DataType>(reader: &mut ColumnReaderImpl<T>) -> Result<Option<T::T>, ParquetError> {
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let (records, _, _) = reader.read_records(1, Some(&mut levels), None, &mut values)?;
    match records {
        0 => Err(ParquetError::EOF("fewer values than rows".to_owned())),
        _ => Ok(values.pop()),
    }
}
