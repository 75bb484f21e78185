//! A table of a crawl, with columns of many types, and how the rows of a table are looked at.

use std::sync::Arc;

use bytes::Bytes;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, Int32Type,
    Int64Type, Int96, Int96Type,
};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::record::Field;
use parquet::schema::parser::parse_message_type;

/// Columns of many types, the text among them.
const SCHEMA: &str = "message crawl {
    required int64 number;
    optional group tags (LIST) { repeated group list { optional int32 element; } }
    optional binary text (UTF8);
    optional group about { optional binary author (UTF8); required int64 at (TIMESTAMP(MILLIS,true)); }
    optional double score;
    optional boolean seen;
    optional int96 old;
    required fixed_len_byte_array(2) price (DECIMAL(4,2));
    required binary id (UTF8);
    optional binary url (UTF8);
}";

/// The pages of the rows of [`table`].
pub fn texts() -> Vec<String> {
    let page = |number: usize| {
        let furniture = "Beranda\nKontak\n\n\n";
        let sentence = format!("Harga beras di pasar naik {number} persen é, kata pedagang.\n");
        format!(
            "{furniture}{}BACA JUGA: Cabai",
            sentence.repeat(1 + number % 3)
        )
    };
    (0..7).map(page).collect()
}

pub fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<Vec<u8>>,
    values: &[T::T],
    levels: [Option<&[i16]>; 2],
) {
    let mut column = group.next_column().expect("a column").expect("a column");
    let written = column
        .typed::<T>()
        .write_batch(values, levels[0], levels[1]);
    written.expect("memory takes all");
    column.close().expect("whole");
}

/// A table of these texts, null where there is none, in row groups of three rows.
pub fn table(texts: &[Option<String>]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(SCHEMA).expect("a schema"));
    let metadata = [("origin", "a crawl"), ("ARROW:schema", "of these columns")];
    let metadata = metadata.map(|(key, value)| KeyValue::new(key.to_owned(), value.to_owned()));
    let properties = WriterProperties::builder().set_key_value_metadata(Some(metadata.to_vec()));
    let properties = Arc::new(properties.build());
    let mut file = SerializedFileWriter::new(Vec::new(), schema, properties).expect("a table");
    for (index, texts) in texts.chunks(3).enumerate() {
        write_group(&mut file, 3 * index as i64, texts);
    }
    file.into_inner().expect("memory takes all")
}

fn write_group(file: &mut SerializedFileWriter<Vec<u8>>, first: i64, texts: &[Option<String>]) {
    let mut group = file.next_row_group().expect("a row group");
    let numbers: Vec<i64> = (first..).take(texts.len()).collect();
    column::<Int64Type>(&mut group, &numbers, [None, None]);
    // Of each number n: no list, an empty one, or [n, null].
    let (mut tags, mut defs, mut reps) = (Vec::new(), Vec::new(), Vec::new());
    for &number in &numbers {
        let levels: &[(i16, i16)] =
            [&[(0, 0)][..], &[(1, 0)], &[(3, 0), (2, 1)]][number as usize % 3];
        defs.extend(levels.iter().map(|level| level.0));
        reps.extend(levels.iter().map(|level| level.1));
        tags.extend((number % 3 == 2).then_some(number as i32));
    }
    column::<Int32Type>(&mut group, &tags, [Some(&defs), Some(&reps)]);
    let present: Vec<_> = texts.iter().map(|text| i16::from(text.is_some())).collect();
    let values: Vec<_> = texts
        .iter()
        .flatten()
        .map(|text| ByteArray::from(&**text))
        .collect();
    column::<ByteArrayType>(&mut group, &values, [Some(&present), None]);
    // Of each number: no group, one without an author, or one with both.
    let levels: Vec<_> = numbers.iter().map(|number| (number % 3) as i16).collect();
    let authors = numbers.iter().filter(|&number| number % 3 == 2);
    let authors: Vec<_> = authors
        .map(|number| ByteArray::from(&*format!("Penulis {number}")))
        .collect();
    column::<ByteArrayType>(&mut group, &authors, [Some(&levels), None]);
    let levels: Vec<_> = numbers
        .iter()
        .map(|number| i16::from(number % 3 > 0))
        .collect();
    let times: Vec<_> = numbers
        .iter()
        .copied()
        .filter(|number| number % 3 > 0)
        .collect();
    column::<Int64Type>(&mut group, &times, [Some(&levels), None]);
    let some: Vec<_> = numbers.iter().map(|number| (number % 2) as i16).collect();
    let odd: Vec<_> = numbers
        .iter()
        .copied()
        .filter(|number| number % 2 == 1)
        .collect();
    let scores: Vec<_> = odd.iter().map(|&number| number as f64 / 3.0).collect();
    column::<DoubleType>(&mut group, &scores, [Some(&some), None]);
    let seen: Vec<_> = odd.iter().map(|number| number % 4 == 1).collect();
    column::<BoolType>(&mut group, &seen, [Some(&some), None]);
    let old: Vec<_> = odd
        .iter()
        .map(|&number| Int96::from(vec![number as u32, 0, 2_440_588]))
        .collect();
    column::<Int96Type>(&mut group, &old, [Some(&some), None]);
    let price = |number: &i64| ByteArray::from(vec![1, *number as u8]).into();
    let prices: Vec<_> = numbers.iter().map(price).collect();
    column::<FixedLenByteArrayType>(&mut group, &prices, [None, None]);
    let ids: Vec<_> = numbers
        .iter()
        .map(|number| ByteArray::from(&*format!("id {number}")))
        .collect();
    column::<ByteArrayType>(&mut group, &ids, [None, None]);
    let url = |number: &i64| ByteArray::from(&*format!("https://www.warta.example/{number}"));
    let urls: Vec<_> = odd.iter().map(url).collect();
    column::<ByteArrayType>(&mut group, &urls, [Some(&some), None]);
    group.close().expect("whole");
}

pub fn whole_table() -> Vec<u8> {
    table(&texts().into_iter().map(Some).collect::<Vec<_>>())
}

/// The rows of a table: the names of their columns and the values.
pub fn rows(table: &[u8]) -> Vec<Vec<(String, Field)>> {
    let table = SerializedFileReader::new(Bytes::copy_from_slice(table)).expect("a table");
    let rows = table.get_row_iter(None).expect("rows");
    rows.map(|row| row.expect("a row").into_columns().into_iter().collect())
        .collect()
}

pub fn cell<'a>(row: &'a [(String, Field)], name: &str) -> &'a Field {
    let cell = row.iter().find(|(column, _)| column == name);
    &cell.unwrap_or_else(|| panic!("no column {name}")).1
}

pub fn text(row: &[(String, Field)], name: &str) -> String {
    match cell(row, name) {
        Field::Str(text) => text.clone(),
        other => panic!("{name} is {other}"),
    }
}

pub fn column_names(row: &[(String, Field)]) -> Vec<&str> {
    row.iter().map(|(name, _)| &**name).collect()
}
