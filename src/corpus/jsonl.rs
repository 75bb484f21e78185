//! A **JSON Lines** input holds an object a row, and each object is a page, labelled or not.

use std::borrow::Cow;
use std::fmt;
use std::io::BufRead;

use serde::de::{self, Deserialize, Deserializer};
use url::Url;

use super::{Record, Rows};
use crate::normalize::is_blank;
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
/// Other fields are ignored. Bytes that are not UTF-8, and halves of surrogate pairs, become
/// U+FFFD. After a row that is refused the next ones can still be read; after a failure of the
/// reader nothing follows.
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

    /// Goes to the next row that is not blank; says whether there was one.
    fn advance(&mut self) -> crate::Result<bool> {
        while self.rows.advance()? {
            if !is_blank(self.rows.row()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn record(&self) -> crate::Result<Record> {
        let row = String::from_utf8_lossy(self.rows.unmarked_row());
        Object::parse(&row)
            .and_then(|object| object.record(|| self.rows.name()))
            .map_err(|reason| self.rows.error(reason))
    }
}

impl<R: BufRead> Iterator for JsonlReader<R> {
    type Item = crate::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.advance() {
            Ok(true) => Some(self.record()),
            Ok(false) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }
}

#[derive(serde::Deserialize)]
struct Object<'a> {
    id: Option<Id>,
    #[serde(borrow)]
    site: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    lines: Option<Vec<Text<'a>>>,
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

    fn record(&self, name: impl FnOnce() -> String) -> Result<Record, String> {
        let id = self.id.as_ref().map_or_else(name, Id::to_string);
        let rows = self.rows()?;
        Ok(match &self.labels {
            None => Record::Unlabelled(unlabelled(Page::new(id, self.site()), &rows)),
            Some(labels) => {
                let page = LabelledPage::new(id, self.site());
                Record::Labelled(labelled(page, &rows, labels)?)
            }
        })
    }

    fn site(&self) -> Option<String> {
        let site = self.site.as_ref().map(|site| site.0.to_string());
        site.filter(|site| !site.is_empty())
            .or_else(|| host(&self.url.as_ref()?.0))
    }

    /// The lines of the page, blank ones included.
    fn rows(&self) -> Result<Vec<&str>, String> {
        match (&self.text, &self.lines) {
            (Some(text), None) => Ok(rows_of_text(&text.0)),
            (None, Some(lines)) => Ok(lines.iter().map(|line| &*line.0).collect()),
            (Some(_), Some(_)) => Err("both \"text\" and \"lines\": leave one of them out".into()),
            (None, None) => Err(format!("neither \"text\" nor \"lines\": {EXAMPLE}")),
        }
    }
}

fn rows_of_text(text: &str) -> Vec<&str> {
    match text.strip_suffix('\n').unwrap_or(text) {
        "" if text.is_empty() => Vec::new(),
        rows => rows.split('\n').collect(),
    }
}

fn unlabelled(mut page: Page, rows: &[&str]) -> Page {
    let mut follows_blank = false;
    for row in rows {
        follows_blank = !page.push_after(row.as_bytes(), follows_blank);
    }
    page
}

fn labelled(
    mut page: LabelledPage,
    rows: &[&str],
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
            None if is_blank(row.as_bytes()) => true,
            _ => {
                let label = parse_label(label.as_deref(), index)?;
                !page.push_after(label, row.as_bytes(), follows_blank)
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

/// The host of `url` as a site: lower case, without port and `www.`; `None` if it has none.
fn host(url: &str) -> Option<String> {
    let host = Url::parse(url).ok()?.host_str()?.to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    (!host.is_empty()).then(|| host.to_owned())
}

/// What the parser found, without the row's number, which to the parser is always 1.
fn refusal(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message
        .rsplit_once(" at line ")
        .map_or(&*message, |(message, _)| message);
    let column = error.column();
    format!("cannot be read at column {column}: {message}; {EXAMPLE}")
}

#[derive(serde::Deserialize)]
#[serde(untagged, expecting = "\"id\" is neither a string nor a number")]
enum Id {
    Text(String),
    Number(serde_json::Number),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => text.fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// A string of a JSON text, which may hold halves of surrogate pairs: they become U+FFFD.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Asked for a string, serde_json refuses half a surrogate pair; asked for bytes, it gives
        // the three that would encode it.
        deserializer.deserialize_bytes(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> de::Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(without_surrogates(bytes).into_owned())))
    }

    fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(Text(without_surrogates(bytes)))
    }
}

/// `bytes` as text; the only ones that are not UTF-8 are encoded halves of surrogate pairs.
fn without_surrogates(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        // Of the three bytes of such a half, each a chunk's invalid end, this one is the first.
        if chunk.invalid() == b"\xed" {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Cow::Owned(text)
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
        assert!(message(r#"{"id": [1], "text": ""}"#).contains("neither a string nor a number"));
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
    fn the_rows_after_a_refused_one_are_read() {
        let records = read("{\"text\": \"a\"}\nnull\n{\"text\": \"b\"}");
        let refused: Vec<_> = records.iter().map(Result::is_err).collect();
        assert_eq!(refused, [false, true, false]);
        let message = records[1].as_ref().expect_err("refused").to_string();
        assert!(message.starts_with("in.jsonl:2: "), "{message}");
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
