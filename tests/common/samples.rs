//! **Samples**: the same pages in all formats that the commands read.
#![allow(dead_code, reason = "each test program uses a part")]

use std::io::Write;
#[cfg(feature = "parquet")]
use std::sync::Arc;

use flate2::write::GzEncoder;
#[cfg(feature = "parquet")]
use parquet::{
    data_type::{ByteArray, ByteArrayType, Int64Type},
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use serde_json::json;

use crate::common::{self, bytes};

/// A page as all formats hold it: its name, its URL and its lines.
pub struct Sample {
    pub id: String,
    pub host: String,
    pub text: String,
}

/// Pages made of the corpus's lines, with blank lines, carriage returns and one without a line.
pub fn samples() -> Vec<Sample> {
    let site = common::heldout();
    let names = common::names(&site);
    let mut samples: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let rows = String::from_utf8(bytes(site.join(name))).expect("text");
            let line = |row: &str| row.split_once('\t').map_or("", |(_, line)| line).to_owned();
            let lines: Vec<_> = rows.lines().map(line).collect();
            Sample {
                id: format!("<urn:uuid:0000-{index}>"),
                host: format!("site{index}.example"),
                text: lines.join(if index % 2 == 0 { "\n" } else { "\r\n\n" }),
            }
        })
        .collect();
    samples.push(Sample {
        id: "<urn:uuid:empty>".into(),
        host: "empty.example".into(),
        text: String::new(),
    });
    samples
}

impl Sample {
    pub fn url(&self) -> String {
        format!("https://www.{}:443/berita?id=1", self.host)
    }

    pub fn json(&self) -> String {
        json!({"id": self.id, "url": self.url(), "text": self.text}).to_string()
    }

    /// A conversion record, as Common Crawl writes it.
    pub fn conversion(&self) -> String {
        format!(
            "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: {}\r\n\
             WARC-Date: 2024-02-20T21:12:34Z\r\nWARC-Record-ID: {}\r\n\
             WARC-Refers-To: <urn:uuid:1>\r\nWARC-Block-Digest: sha1:X\r\n\
             WARC-Identified-Content-Language: ind\r\nContent-Type: text/plain\r\n\
             Content-Length: {}\r\n\r\n{}\r\n\r\n",
            self.url(),
            self.id,
            self.text.len(),
            self.text
        )
    }
}

pub fn jsonl(samples: &[Sample]) -> String {
    samples.iter().map(|page| page.json() + "\n").collect()
}

pub fn warcinfo() -> String {
    let content =
        "Software-Info: ia-web-commons\r\nExtracted-Date: Sat, 02 Mar 2024 21:12:34 GMT\r\n";
    format!(
        "WARC/1.0\r\nWARC-Type: warcinfo\r\nWARC-Date: 2024-03-02T21:12:34Z\r\n\
         WARC-Filename: CC-MAIN-x.warc.wet.gz\r\nWARC-Record-ID: <urn:uuid:0>\r\n\
         Content-Type: application/warc-fields\r\nContent-Length: {}\r\n\r\n{content}\r\n\r\n",
        content.len()
    )
}

pub fn wet(samples: &[Sample]) -> String {
    warcinfo() + &samples.iter().map(Sample::conversion).collect::<String>()
}

/// A member a record, as Common Crawl compresses them.
pub fn wet_gz(samples: &[Sample]) -> Vec<u8> {
    let conversions = samples.iter().map(Sample::conversion);
    let records = std::iter::once(warcinfo()).chain(conversions);
    records.flat_map(|record| gzip(record.as_bytes())).collect()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

pub fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).expect("memory takes all")
}

#[cfg(feature = "parquet")]
/// A table in row groups of two pages.
pub fn table_of(samples: &[Sample]) -> Vec<u8> {
    let text = |page: &Sample| Some(page.text.clone().into_bytes());
    table(samples, "id", text)
}

#[cfg(feature = "parquet")]
/// The same with these texts, some of which may be null, and ids in this column.
pub fn table(samples: &[Sample], id: &str, text: impl Fn(&Sample) -> Option<Vec<u8>>) -> Vec<u8> {
    let schema = format!(
        "message page {{ required int64 number; optional binary {id} (UTF8);
         optional binary text (UTF8); required binary url (UTF8); }}"
    );
    let schema = Arc::new(parse_message_type(&schema).expect("a schema"));
    let properties = Arc::new(WriterProperties::builder().build());
    let mut file = SerializedFileWriter::new(Vec::new(), schema, properties).expect("a table");
    for pages in samples.chunks(2) {
        let mut group = file.next_row_group().expect("a row group");
        let mut column = group.next_column().expect("a column").expect("a number");
        let numbers: Vec<i64> = (0..).take(pages.len()).collect();
        let writer = column.typed::<Int64Type>();
        writer
            .write_batch(&numbers, None, None)
            .expect("memory takes all");
        column.close().expect("whole");
        let columns: [Vec<Option<Vec<u8>>>; 3] = [
            pages
                .iter()
                .map(|page| Some(page.id.clone().into_bytes()))
                .collect(),
            pages.iter().map(&text).collect(),
            pages
                .iter()
                .map(|page| Some(page.url().into_bytes()))
                .collect(),
        ];
        for (index, cells) in columns.into_iter().enumerate() {
            let mut column = group.next_column().expect("a column").expect("a column");
            let levels: Vec<_> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
            let values: Vec<_> = cells.into_iter().flatten().map(ByteArray::from).collect();
            let levels = (index < 2).then_some(&levels[..]);
            let writer = column.typed::<ByteArrayType>();
            writer
                .write_batch(&values, levels, None)
                .expect("memory takes all");
            column.close().expect("whole");
        }
        group.close().expect("whole");
    }
    file.into_inner().expect("memory takes all")
}
