//! A **JSON Lines** input holds an object a row, and each object is a page, labelled or not.

use std::io::BufRead;
use std::ops::Range;

use memchr::memchr;
use serde_json::de::SliceRead;
use serde_json::{StreamDeserializer, Value};

use super::json_strings::{Lines, Text};
use super::{Limits, Record, Row, Rows};
use crate::error::excerpt;
use crate::normalize::{is_blank, lossy};
use crate::site::site_of;
use crate::{Error, Label, LabelledPage, Page};

const EXAMPLE: &str = r#"a row is one object, such as {"id": "1", "text": "..."}"#;

/// The pages of a JSON Lines input, one at a time; blank rows are skipped.
///
/// An object is `{"id", "site" or "url", "text" or "lines", "labels"}`:
/// - `id`: a string or a number; without one a page is called after its row, `place:row`.
/// - `site`, or else the host of `url`, lower case, without port and `www.`. Where neither gives
///   one, the site is unknown.
/// - `text`, its rows parted by line feeds, or `lines`, a list of strings.
/// - `labels`: none, or one for each of the `lines` or of the rows of `text`, blank ones included
///   (a final line feed adds no row); a blank line's may be `null`.
///
/// Other fields are ignored. Bytes that are not UTF-8, and halves of surrogate pairs, become U+FFFD.
/// A row that is longer than [`Limits`] let a record be is refused. After a row that is refused the
/// next ones can still be read; after a failure of the reader nothing follows.
///
/// ```
/// let rows = r#"{"id": 7, "url": "https://www.Warta.example:443/a", "lines": ["Beranda"]}"#;
/// let mut pages = saring::corpus::JsonlReader::new(rows.as_bytes(), "crawl.jsonl");
/// let page = pages.next().expect("one row")?.into_page();
/// assert_eq!(page.id, "7");
/// assert_eq!(page.site.as_deref(), Some("warta.example"));
/// assert_eq!(page.line(0), b"Beranda");
/// assert!(pages.next().is_none());
/// # Ok::<(), saring::Error>(())
/// ```
///
/// # Errors
/// An item is [`Error::Row`] where its row is no such object, [`Error::Io`] where the reader
/// fails.
pub struct JsonlReader<R> {
    rows: Rows<R>,
    ended: bool,
}

impl<R: BufRead> JsonlReader<R> {
    /// Reads pages from `reader`; `place` names the input in errors.
    pub fn new(reader: R, place: &str) -> Self {
        Self {
            rows: Rows::new(reader, place),
            ended: false,
        }
    }

    /// Refuses rows that are longer than this lets a record be.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.rows.limits = limits;
        self
    }

    /// Goes to the next row that is not blank; says whether there was one.
    fn advance(&mut self) -> crate::Result<bool> {
        while self.rows.advance()? {
            if !is_blank(self.rows.row().bytes) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Iterator for JsonlReader<R> {
    type Item = crate::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.advance() {
            Ok(true) => Some(record(&self.rows.row())),
            Ok(false) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = !error.is_of_record();
                Some(Err(error))
            }
        }
    }
}

/// The records of a block of rows, the first of which has the number `first_row`, as a
/// [`JsonlReader`] gives them.
///
/// ```
/// let block = "\n{\"text\": \"Beranda\"}\n";
/// let records = saring::corpus::jsonl_records(block.as_bytes(), "crawl.jsonl", 8);
/// let ids: Vec<_> = records.map(|record| Ok(record?.into_page().id)).collect();
/// assert_eq!(ids.into_iter().collect::<saring::Result<Vec<_>>>()?, ["crawl.jsonl:9"]);
/// # Ok::<(), saring::Error>(())
/// ```
///
/// # Errors
/// An item is [`Error::Row`] where its row is refused.
pub fn jsonl_records<'a>(
    block: &'a [u8],
    place: &'a str,
    first_row: usize,
) -> impl Iterator<Item = crate::Result<Record>> + 'a {
    jsonl_rows(block, place, first_row).map(|(_, record)| record)
}

/// The same, each with its row.
///
/// # Errors
/// As [`jsonl_records`].
pub fn jsonl_rows<'a>(
    block: &'a [u8],
    place: &'a str,
    first_row: usize,
) -> impl Iterator<Item = (&'a [u8], crate::Result<Record>)> + 'a {
    let mut objects = Objects::new(block);
    let mut start = 0;
    let rows = std::iter::from_fn(move || {
        let rest = block.get(start..).filter(|rest| !rest.is_empty())?;
        let row = start..start + memchr(b'\n', rest).unwrap_or(rest.len());
        start = row.end + 1;
        Some(row)
    });
    let rows = rows.enumerate();
    let rows = rows.filter(|(_, range)| !is_blank(&block[range.clone()]));
    rows.map(move |(index, range)| {
        let row = Row {
            place,
            number: first_row + index,
            bytes: &block[range.clone()],
        };
        let read = objects.parse(range);
        let read = read.and_then(|object| object.utf8_record(|| row.name()));
        let record = read.map_or_else(|| record(&row), Ok);
        (row.bytes, record)
    })
}

/// The objects of a block of rows. One parser reads them all, so that its memory is not given out anew for
/// each of them; what it cannot read is left to [`Object::parse`].
struct Objects<'a> {
    block: &'a [u8],
    /// The parser, and where it began.
    parser: Option<(usize, StreamDeserializer<'a, SliceRead<'a>, Object<'a>>)>,
}

impl<'a> Objects<'a> {
    fn new(block: &'a [u8]) -> Self {
        Self {
            block,
            parser: None,
        }
    }

    /// The object that is the row at `row`, if nothing is wrong with it but perhaps bytes that are not
    /// UTF-8. Rows are to be asked for in their order, but those that are blank.
    fn parse(&mut self, row: Range<usize>) -> Option<Object<'a>> {
        if !self.block[row.clone()].starts_with(b"{") {
            return None;
        }
        let (start, mut parser) = self.parser.take().unwrap_or_else(|| {
            let rest = serde_json::Deserializer::from_slice(&self.block[row.start..]);
            (row.start, rest.into_iter())
        });
        let object = parser.next()?.ok()?;
        let mut rest = self
            .block
            .get(start + parser.byte_offset()..row.end)?
            .iter();
        let is_whole = rest.all(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
        is_whole.then(|| {
            self.parser = Some((start, parser));
            object
        })
    }
}

fn record(row: &Row) -> crate::Result<Record> {
    let text = lossy(row.unmarked());
    let object = Object::parse(&text).map(Object::without_surrogates);
    let record = object.and_then(|object| object.record(|| row.name()));
    record.map_err(|reason| row.error(reason))
}

#[derive(serde::Deserialize)]
struct Object<'a> {
    id: Option<Value>,
    #[serde(borrow)]
    site: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    lines: Option<Lines>,
    labels: Option<Vec<Option<String>>>,
}

impl<'a> Object<'a> {
    fn parse(row: &'a str) -> Result<Self, String> {
        // An array would be read as the fields in their order.
        if !row.trim_start().starts_with('{') {
            return Err(format!("not a JSON object: {EXAMPLE}"));
        }
        serde_json::from_str(row).map_err(|error| refusal(&error))
    }

    /// The same with U+FFFD in place of halves of surrogate pairs, in a row that is UTF-8.
    fn without_surrogates(mut self) -> Self {
        let texts = [&mut self.site, &mut self.url, &mut self.text];
        for text in texts.into_iter().flatten() {
            text.replace_surrogates();
        }
        if let Some(lines) = &mut self.lines {
            lines.replace_surrogates();
        }
        self
    }

    /// The record that this is, if its strings are UTF-8 and nothing else is wrong with it.
    fn utf8_record(self, name: impl FnOnce() -> String) -> Option<Record> {
        let names = [&self.site, &self.url].into_iter().flatten();
        if names.into_iter().any(|name| !name.is_utf8()) {
            return None;
        }
        // Which rows are ASCII is known once the page is made, and most are.
        let record = self.record(name).ok()?;
        record.page().is_utf8().then_some(record)
    }

    fn record(self, name: impl FnOnce() -> String) -> Result<Record, String> {
        let id = match &self.id {
            None => name(),
            Some(Value::String(id)) => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            Some(_) => {
                return Err(format!(
                    "\"id\" is neither a string nor a number: {EXAMPLE}"
                ));
            }
        };
        let site = self.site();
        let rows = match (self.text, self.lines) {
            (Some(text), None) => PageRows::Text(text.into_bytes()),
            (None, Some(lines)) => PageRows::Lines(lines),
            (Some(_), Some(_)) => {
                return Err("both \"text\" and \"lines\": leave one of them out".into());
            }
            (None, None) => return Err(format!("neither \"text\" nor \"lines\": {EXAMPLE}")),
        };
        Ok(match &self.labels {
            None => Record::Unlabelled(rows.into_page(id, site)),
            Some(labels) => {
                let page = LabelledPage::new(id, site);
                Record::Labelled(labelled(page, &rows.rows(), labels)?)
            }
        })
    }

    fn site(&self) -> Option<String> {
        let site = self.site.as_ref().map(|site| site.lossy().into_owned());
        site.filter(|site| !site.is_empty())
            .or_else(|| site_of(&self.url.as_ref()?.lossy()))
    }
}

/// The rows of a page, blank ones included.
enum PageRows {
    Text(Vec<u8>),
    Lines(Lines),
}

impl PageRows {
    fn into_page(self, id: String, site: Option<String>) -> Page {
        match self {
            Self::Text(text) => Page::from_bytes(id, site, text),
            Self::Lines(lines) => {
                let mut page = Page::new(id, site);
                let mut follows_blank = false;
                for line in lines.iter() {
                    follows_blank = !page.push_after(line, follows_blank);
                }
                page
            }
        }
    }

    fn rows(&self) -> Vec<&[u8]> {
        match self {
            Self::Text(text) => rows_of_text(text),
            Self::Lines(lines) => lines.iter().collect(),
        }
    }
}

fn rows_of_text(text: &[u8]) -> Vec<&[u8]> {
    match text.strip_suffix(b"\n").unwrap_or(text) {
        b"" if text.is_empty() => Vec::new(),
        rows => rows.split(|&byte| byte == b'\n').collect(),
    }
}

fn labelled(
    mut page: LabelledPage,
    rows: &[&[u8]],
    labels: &[Option<String>],
) -> Result<LabelledPage, String> {
    if rows.len() != labels.len() {
        return Err(format!(
            "{} labels for {} lines: give one a line, blank ones included",
            labels.len(),
            rows.len()
        ));
    }
    let mut follows_blank = false;
    for (index, (row, label)) in rows.iter().zip(labels).enumerate() {
        follows_blank = match label {
            None if is_blank(row) => true,
            _ => {
                let label = parse_label(label.as_deref(), index)?;
                !page.push_after(label, row, follows_blank)
            }
        };
    }
    Ok(page)
}

fn parse_label(label: Option<&str>, index: usize) -> Result<Label, String> {
    match label {
        Some(label) => label
            .parse()
            .map_err(|error: Error| format!("labels[{index}]: {error}")),
        None => Err(format!(
            "labels[{index}] is null and its line is not blank: use one of {}",
            Label::names()
        )),
    }
}

/// What the parser found, without the row's number, which to the parser is always 1.
fn refusal(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message
        .rsplit_once(" at line ")
        .map_or(&*message, |(message, _)| message);
    let (message, column) = (excerpt(message), error.column());
    format!("cannot be read at column {column}: {message}; {EXAMPLE}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use std::io::{self, BufReader, Read};

    fn read(rows: impl AsRef<[u8]>) -> Vec<crate::Result<Record>> {
        JsonlReader::new(rows.as_ref(), "in.jsonl").collect()
    }

    fn page(row: impl AsRef<[u8]>) -> Page {
        let mut records = read(row);
        assert_eq!(records.len(), 1);
        records.remove(0).expect("well formed").into_page()
    }

    fn message(row: &str) -> String {
        let mut records = read(row);
        assert_eq!(records.len(), 1);
        records.remove(0).expect_err("refused").to_string()
    }

    fn site(fields: &str) -> Option<String> {
        page(format!("{{{fields}, \"text\": \"\"}}")).site
    }

    #[test]
    fn a_text_and_its_lines_are_the_same_page() {
        let text = page(r#"{"id": "a", "text": "Beranda\r\n\n \nHarga naik.\n"}"#);
        let lines = page(r#"{"id": "a", "lines": ["Beranda\r", "", " ", "Harga naik."]}"#);
        assert_eq!(text, lines);
        assert_eq!(text, Page::from_text("a", None, "Beranda\r\n\nHarga naik."));
        assert!(lines.follows_blank(1));
    }

    #[test]
    fn an_id_is_a_string_or_a_number_or_else_the_row() {
        let rows = "\u{feff}{\"id\": \"a\", \"text\": \"\"}\r\n \n{\"id\": 12, \"text\": \"\"}\n\
                    {\"id\": null, \"text\": \"\"}";
        let ids: Vec<_> = read(rows)
            .into_iter()
            .map(|record| record.expect("well formed").into_page().id)
            .collect();
        assert_eq!(ids, ["a", "12", "in.jsonl:4"]);
        let message = message(r#"{"id": [1], "text": ""}"#);
        let expected = format!("\"id\" is neither a string nor a number: {EXAMPLE}");
        assert!(message.ends_with(&expected), "{message}");
    }

    #[test]
    fn the_site_is_the_one_given_or_the_host_of_the_url() {
        let of_url = |url: &str| site(&format!("\"url\": {}", json!(url)));
        assert_eq!(
            of_url("HTTPS://WWW.Warta.Example:8443/a?b#c"),
            Some("warta.example".into())
        );
        assert_eq!(
            of_url("http://user@blog.warta.example"),
            Some("blog.warta.example".into())
        );
        assert_eq!(of_url("http://www./"), None);
        assert_eq!(of_url("warta.example/a"), None);
        assert_eq!(of_url("mailto:a@warta.example"), None);
        assert_eq!(
            site(r#""site": "W", "url": "http://b.example""#),
            Some("W".into())
        );
        assert_eq!(
            site(r#""site": "", "url": "http://b.example""#),
            Some("b.example".into())
        );
        assert_eq!(site(r#""site": null"#), None);
    }

    #[test]
    fn labels_count_the_rows_of_a_text_with_the_blank_ones() {
        let row = r#"{"text": "a\n\n\nb\n", "labels": ["content", null, "related", "comment"]}"#;
        let record = read(row).remove(0).expect("well formed");
        let page = record.into_labelled().expect("labelled");
        assert_eq!(page.labels(), [Label::Content, Label::Comment]);
        let after: Vec<_> = (0..2).map(|line| page.page().follows_blank(line)).collect();
        assert_eq!(after, [false, true]);
        let row = r#"{"text": "", "labels": []}"#;
        assert!(
            read(row)
                .remove(0)
                .expect("well formed")
                .into_labelled()
                .is_some()
        );
        let row = r#"{"text": "\n", "labels": [null]}"#;
        assert!(read(row).remove(0).is_ok());
    }

    #[test]
    fn a_page_without_labels_is_unlabelled() {
        let row = r#"{"lines": ["a"], "labels": null, "lang": {"id": [1, {"x": null}]}}"#;
        let record = read(row).remove(0).expect("well formed");
        assert_eq!(record.into_labelled(), None);
    }

    #[test]
    fn a_row_that_is_no_page_is_refused_by_place_and_number() {
        let example = r#"a row is one object, such as {"id": "1", "text": "..."}"#;
        let cases = [
            ("[\"a\"]", format!("not a JSON object: {example}")),
            ("{}", format!("neither \"text\" nor \"lines\": {example}")),
            (
                r#"{"text": "", "lines": []}"#,
                "both \"text\" and \"lines\": leave one of them out".into(),
            ),
            (
                r#"{"text": "a"#,
                format!("cannot be read at column 11: EOF while parsing a string; {example}"),
            ),
            (
                r#"{"text": 1}"#,
                format!(
                    "cannot be read at column 10: invalid type: integer `1`, expected a string; \
                     {example}"
                ),
            ),
            (
                r#"{"lines": ["a", ""], "labels": ["content"]}"#,
                "1 labels for 2 lines: give one a line, blank ones included".into(),
            ),
            (
                r#"{"lines": ["a"], "labels": ["menu"]}"#,
                format!(
                    "labels[0]: unknown label \"menu\": use one of {}",
                    Label::names()
                ),
            ),
            (
                r#"{"lines": ["a"], "labels": [null]}"#,
                format!(
                    "labels[0] is null and its line is not blank: use one of {}",
                    Label::names()
                ),
            ),
        ];
        for (row, reason) in cases {
            assert_eq!(message(row), format!("in.jsonl:1: {reason}"), "{row}");
        }
    }

    #[test]
    fn long_and_deep_rows_are_refused_in_one_short_line() {
        let deep = "[".repeat(1 << 20);
        let long = "x".repeat(1 << 20);
        let rows = [
            format!(r#"{{"text": {deep}"#),
            format!(r#"{{"other": {deep}"#),
            format!(r#"{{"labels": "{long}"}}"#),
            format!(r#"{{"lines": ["a"], "labels": ["{long}"]}}"#),
            format!(r#"{{"id": "{long}"#),
        ];
        for row in rows {
            let message = message(&row);
            assert!(message.len() < 500, "{message}");
            assert_eq!(message.lines().count(), 1, "{message}");
        }
    }

    #[test]
    fn a_million_different_labels_are_refused_at_the_first() {
        let labels: Vec<String> = (0..1_000_000).map(|at| format!("\"l{at}\"")).collect();
        let lines = vec!["\"a\""; labels.len()];
        let (lines, labels) = (lines.join(","), labels.join(","));
        let message = message(&format!(r#"{{"lines": [{lines}], "labels": [{labels}]}}"#));
        assert!(
            message.starts_with("in.jsonl:1: labels[0]: unknown label \"l0\""),
            "{message}"
        );
    }

    #[test]
    fn the_rows_after_a_refused_one_are_read() {
        let records = read("{\"text\": \"a\"}\nnull\n{\"text\": \"b\"}");
        let refused: Vec<_> = records.iter().map(Result::is_err).collect();
        assert_eq!(refused, [false, true, false]);
        let message = records[1].as_ref().expect_err("refused").to_string();
        assert!(message.starts_with("in.jsonl:2: "), "{message}");
    }

    #[test]
    fn a_block_is_read_as_the_input_that_begins_with_it() {
        let input = "\u{feff}{\"text\": \"a\"}\n\n{\"text\": 1}\n \n{\"text\": \"b\"}";
        let shown = |records: Vec<crate::Result<Record>>| -> Vec<_> {
            let shown = |record: crate::Result<Record>| record.map_err(|error| error.to_string());
            records.into_iter().map(shown).collect()
        };
        let block = jsonl_records(input.as_bytes(), "in.jsonl", 1).collect();
        assert_eq!(shown(block), shown(read(input)));
        let later: Vec<_> = jsonl_records(input.as_bytes(), "in.jsonl", 7).collect();
        assert!(later[0].is_err(), "a mark in the middle is none");
        assert_eq!(later[2].as_ref().expect("a page").page().id, "in.jsonl:11");
    }

    #[test]
    fn one_parser_of_a_block_reads_what_one_a_row_does() {
        let rows = [
            "{\"text\": \"a\\nb \\u00e9\", \"id\": 1}\r",
            "{\"text\": \"a\"} {\"text\": \"b\"}",
            "{\"text\":",
            "\"a\"}",
            "\u{a0}",
            " {\"text\": \"c\"}\t ",
            "{\"lines\": [\"d\", \"e\"]}\u{c}",
            "{\"text\": \"\\ud800\", \"url\": \"https://a.example/\"}",
        ];
        let shown = |record: crate::Result<Record>| match record {
            Ok(record) => format!("{:?}", record.into_page()),
            Err(error) => error.to_string(),
        };
        // Of what is not UTF-8, each run becomes one U+FFFD, which half a surrogate pair is not.
        let no_utf8: &[&[u8]] = &[
            b"{\"text\": \"a\\n\xff\\nb\"}",
            b"{\"text\": \"\xe2\x82\\ud800 \xed\xa0\x80\"}",
            b"{\"lines\": [\"a\", \"\xff\", \"\\udfff\"]}",
            b"{\"text\": \"a\", \"url\": \"https://a\xff.example/\"}",
            b"{\"text\": \"a\", \"site\": \"a\xed\xa0\x80\"}",
            b"{\"text\": \"a\", \"site\": \"\\ud800\", \"other\": \"\xff\"}",
            b"{\"text\": \"a\", \"id\": \"\xff\"}",
            b"{\"text\": \"a\", \"\xff\": 1}",
            b"{\"text\": \"a\", \"labels\": [\"\xff\"]}",
        ];
        let block = rows.join("\n");
        let [text, bytes] = [block.as_bytes(), &no_utf8.join(&b'\n')];
        for block in [text, &[text, bytes].join(&b'\n')] {
            let (given, found): (Vec<_>, Vec<_>) = jsonl_rows(block, "in.jsonl", 1)
                .map(|(row, record)| (row, shown(record)))
                .unzip();
            let expected: Vec<_> = read(block).into_iter().map(shown).collect();
            assert_eq!(found, expected);
            assert_eq!(given.len(), found.len());
            assert_eq!(given[0], rows[0].as_bytes());
        }
    }

    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("no such sector"))
        }
    }

    #[test]
    fn nothing_follows_a_reader_that_fails() {
        let mut pages = JsonlReader::new(BufReader::new(Broken), "in.jsonl");
        let error = pages.next().expect("a failure").expect_err("broken");
        assert_eq!(error.to_string(), "in.jsonl");
        assert!(pages.next().is_none());
    }

    #[test]
    fn what_is_no_unicode_becomes_a_replacement_character() {
        let bytes = page(b"{\"id\": \"\xff\", \"text\": \"a\xe2\x82 b\"}");
        assert_eq!(bytes.id, "\u{fffd}");
        assert_eq!(bytes.line(0), "a\u{fffd} b".as_bytes());
        let halves =
            page(r#"{"lines": ["\ud83d\ude00 \ud83d!", "\ude00\ud83d\u0041", "é\u0000"]}"#);
        assert_eq!(halves.line(0), "\u{1f600} \u{fffd}!".as_bytes());
        assert_eq!(halves.line(1), "\u{fffd}\u{fffd}A".as_bytes());
        assert_eq!(halves.line(2), "é\0".as_bytes());
    }

    proptest! {
        #[test]
        fn any_lines_are_read_back(
            lines in prop::collection::vec(any::<String>(), 0..6), id in any::<String>()
        ) {
            let row = json!({"id": id, "lines": lines}).to_string();
            let page = page(row);
            let kept: Vec<_> = lines.iter().filter(|line| !is_blank(line.as_bytes())).collect();
            prop_assert_eq!(&page.id, &id);
            prop_assert!(page.lines().eq(kept.iter().map(|line| line.as_bytes())));
        }

        #[test]
        fn a_text_is_read_as_a_text_file(text in "[a \n\r]{0,20}") {
            let row = json!({"id": "1", "text": text}).to_string();
            prop_assert_eq!(page(row), Page::from_text("1", None, &text));
        }

        #[test]
        fn any_object_is_read_or_refused(
            fields in "\"(id|site|url|text|lines|labels)\": (1|null|\"a\"|\\[(\"a\"|null)?\\])",
            tail in any::<String>()
        ) {
            let _ = read(format!("{{{fields}}}"));
            let _ = read(format!("{{{fields}, {tail}"));
        }
    }
}
