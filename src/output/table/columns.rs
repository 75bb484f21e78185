//! The **columns** of a table that is written, and where their cells come from.

use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as PhysicalType};
use parquet::errors::ParquetError;
use parquet::file::metadata::{FileMetaData, KeyValue};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor, Type, TypePtr};

use super::AddedColumns;

/// Where Arrow describes the columns of a table.
const ARROW: &str = "ARROW:schema";

/// Columns, and what else is said of their table.
pub struct Columns {
    pub schema: TypePtr,
    /// Of each column that has values.
    pub cells: Vec<Cells>,
    pub metadata: Option<Vec<KeyValue>>,
}

/// Where the cells of a column come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cells {
    /// The same column of the table that the pages came in.
    Copied(usize),
    Id,
    Site,
    /// The text of the page.
    Text,
    /// The same where it need not be UTF-8.
    Bytes,
    Annotations,
    Marks,
}

impl Columns {
    /// Those of a new table.
    pub fn of_pages(added: AddedColumns) -> Self {
        let own = [
            (string("id", Repetition::REQUIRED), Cells::Id),
            (string("site", Repetition::OPTIONAL), Cells::Site),
            (string("text", Repetition::REQUIRED), Cells::Text),
        ];
        let (fields, cells) = own.into_iter().chain(fields(added)).unzip();
        Self {
            schema: message("page", fields).expect("fields that have names"),
            cells,
            metadata: None,
        }
    }

    /// Those of a table whose column number `text` has the pages.
    pub fn of_table(
        table: &FileMetaData,
        text: usize,
        added: AddedColumns,
    ) -> Result<Self, ParquetError> {
        let schema = table.schema_descr();
        let mut added_fields = fields(added);
        let (mut all, mut cells) = (Vec::new(), Vec::new());
        for (root, field) in schema.root_schema().get_fields().iter().enumerate() {
            let has_its_name = |(added, _): &(TypePtr, Cells)| added.name() == field.name();
            if let Some(index) = added_fields.iter().position(has_its_name) {
                let (field, its_cells) = added_fields.remove(index);
                all.push(field);
                cells.push(its_cells);
                continue;
            }
            all.push(Arc::clone(field));
            let leaves = 0..schema.num_columns();
            let leaves = leaves.filter(|&leaf| schema.get_column_root_idx(leaf) == root);
            cells.extend(leaves.map(|leaf| match leaf == text && !added.annotations {
                true => text_cells(&schema.column(leaf)),
                false => Cells::Copied(leaf),
            }));
        }
        let (more, its_cells): (Vec<_>, Vec<_>) = added_fields.into_iter().unzip();
        all.extend(more);
        cells.extend(its_cells);
        Ok(Self {
            schema: message(schema.name(), all)?,
            cells,
            metadata: metadata(table, added),
        })
    }
}

/// What the table says of itself. What Arrow says of its columns fits no others.
fn metadata(table: &FileMetaData, added: AddedColumns) -> Option<Vec<KeyValue>> {
    let mut metadata = table.key_value_metadata()?.clone();
    if added != AddedColumns::default() {
        metadata.retain(|entry| entry.key != ARROW);
    }
    Some(metadata)
}

/// The number of the column of this path.
pub fn leaf(schema: &SchemaDescriptor, path: &str) -> Option<usize> {
    (0..schema.num_columns()).find(|&leaf| schema.column(leaf).path().string() == path)
}

fn text_cells(column: &ColumnDescriptor) -> Cells {
    let is_plain = column.logical_type_ref().is_none();
    match is_plain && column.converted_type() == ConvertedType::NONE {
        true => Cells::Bytes,
        false => Cells::Text,
    }
}

fn fields(added: AddedColumns) -> Vec<(TypePtr, Cells)> {
    let annotations = || {
        (
            string("annotations", Repetition::REQUIRED),
            Cells::Annotations,
        )
    };
    let marks = || (mark("empty"), Cells::Marks);
    let annotations = added.annotations.then(annotations);
    annotations
        .into_iter()
        .chain(added.marks.then(marks))
        .collect()
}

fn message(name: &str, fields: Vec<TypePtr>) -> Result<TypePtr, ParquetError> {
    let message = Type::group_type_builder(name).with_fields(fields);
    Ok(Arc::new(message.build()?))
}

fn string(name: &str, repetition: Repetition) -> TypePtr {
    let column = Type::primitive_type_builder(name, PhysicalType::BYTE_ARRAY)
        .with_repetition(repetition)
        .with_logical_type(Some(LogicalType::String));
    Arc::new(column.build().expect("bytes can be strings"))
}

fn mark(name: &str) -> TypePtr {
    let column = Type::primitive_type_builder(name, PhysicalType::BOOLEAN)
        .with_repetition(Repetition::REQUIRED);
    Arc::new(column.build().expect("a name and a type are a column"))
}
