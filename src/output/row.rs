//! A **row** of JSON Lines that is written again: every field stays as it came, but for the one that
//! is replaced or added.

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Format, Frame};

/// An object of JSON Lines, and where its page stands in it.
///
/// ```
/// use saring::output::{Format, JsonRow};
///
/// let row = JsonRow::parse(br#"{"n": 1e0, "text": "Beranda\nHarga naik.", "z": [ ]}"#)?;
/// assert_eq!(row.format(), Format::JsonText);
/// let frame = row.frame(Format::JsonText, false);
/// assert_eq!(frame.before, br#"{"n": 1e0, "text": ""#);
/// assert_eq!(frame.after, b"\", \"z\": [ ]}\n");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug)]
pub struct JsonRow<'a> {
    row: Cow<'a, str>,
    page: Range<usize>,
    format: Format,
    annotations: Option<Range<usize>>,
    empty: Option<Range<usize>>,
    url: Option<String>,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    lines: Option<&'a RawValue>,
    #[serde(borrow)]
    annotations: Option<&'a RawValue>,
    #[serde(borrow)]
    empty: Option<&'a RawValue>,
    #[serde(borrow)]
    url: Option<&'a RawValue>,
}

impl<'a> JsonRow<'a> {
    /// Finds the page of a row, which need not be UTF-8: what is not becomes U+FFFD.
    ///
    /// # Errors
    /// Where it is no object with a page: [`jsonl_records`](crate::corpus::jsonl_records) refuses it.
    pub fn parse(row: &'a [u8]) -> serde_json::Result<Self> {
        let row = String::from_utf8_lossy(row.strip_prefix("\u{feff}".as_bytes()).unwrap_or(row));
        let fields: Fields = serde_json::from_str(&row)?;
        let place = |value: &RawValue| {
            let start = value.get().as_ptr().addr() - row.as_ptr().addr();
            start..start + value.get().len()
        };
        let (page, format) = match (fields.text, fields.lines) {
            (Some(text), _) => (place(text), Format::JsonText),
            (None, Some(lines)) => (place(lines), Format::JsonLines),
            (None, None) => return Err(serde::de::Error::missing_field("text")),
        };
        Ok(Self {
            page,
            format,
            annotations: fields.annotations.map(place),
            empty: fields.empty.map(place),
            url: fields
                .url
                .and_then(|url| serde_json::from_str(url.get()).ok()),
            row,
        })
    }

    /// Whether the page is a text or a list of lines.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Where the page was found, if the object tells.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// The row as it came, with a line feed.
    pub fn as_it_came(&self) -> Vec<u8> {
        [self.row.as_bytes(), b"\n"].concat()
    }

    /// What stands around the passages of its page: of [`Format::Annotations`] as a field
    /// `annotations`, else in the place of its text or lines. A `marked` one has `"empty": true`.
    /// A field that is there already is replaced, any other is added at the end.
    pub fn frame(&self, format: Format, marked: bool) -> Frame {
        let mut edits = vec![match format {
            Format::Annotations => self.field("annotations", self.annotations.as_ref(), ("[", "]")),
            Format::JsonLines => Edit::new(self.page.clone(), "[", "]"),
            _ => Edit::new(self.page.clone(), "\"", "\""),
        }];
        if marked {
            edits.push(Edit {
                is_page: false,
                ..self.field("empty", self.empty.as_ref(), ("true", ""))
            });
        }
        edits.sort_by_key(|edit| edit.range.start);
        self.edited(&edits)
    }

    /// Sets a field to what begins and ends so.
    fn field(&self, name: &str, there: Option<&Range<usize>>, value: (&str, &str)) -> Edit {
        match there {
            Some(range) => Edit::new(range.clone(), value.0, value.1),
            None => {
                let end = self.row.trim_end().len() - 1;
                Edit::new(end..end, format!(",\"{name}\":{}", value.0), value.1)
            }
        }
    }

    fn edited(&self, edits: &[Edit]) -> Frame {
        let mut frame = Frame::default();
        let (mut at, mut part) = (0, &mut frame.before);
        for edit in edits {
            part.extend(self.row[at..edit.range.start].bytes());
            part.extend(edit.begin.bytes());
            if edit.is_page {
                part = &mut frame.after;
            }
            part.extend(edit.end.bytes());
            at = edit.range.end;
        }
        part.extend(self.row[at..].bytes());
        part.push(b'\n');
        frame
    }
}

/// A part of a row that is replaced.
struct Edit {
    range: Range<usize>,
    begin: String,
    end: String,
    /// Whether the passages of the page stand between its beginning and its end.
    is_page: bool,
}

impl Edit {
    fn new(range: Range<usize>, begin: impl Into<String>, end: impl Into<String>) -> Self {
        Self {
            range,
            begin: begin.into(),
            end: end.into(),
            is_page: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn framed(row: &str, format: Format, marked: bool, passage: &str) -> String {
        let row = JsonRow::parse(row.as_bytes()).expect("a page");
        let frame = row.frame(format, marked);
        let bytes = [&frame.before, passage.as_bytes(), &frame.after].concat();
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn every_other_byte_stays() {
        let row = "{ \"b\" : 1.50, \"text\":\"x\\u0041\", \"a\": \"\\ud800\" }\r";
        assert_eq!(
            framed(row, Format::JsonText, false, "y"),
            "{ \"b\" : 1.50, \"text\":\"y\", \"a\": \"\\ud800\" }\r\n"
        );
        assert_eq!(
            framed(r#"{"lines": ["x", ""]}"#, Format::JsonLines, false, "\"y\""),
            "{\"lines\": [\"y\"]}\n"
        );
    }

    #[test]
    fn a_field_is_added_at_the_end_or_replaced_where_it_stands() {
        let of = |row, marked| framed(row, Format::Annotations, marked, "1");
        assert_eq!(
            of(r#"{"text":"x"}"#, false),
            "{\"text\":\"x\",\"annotations\":[1]}\n"
        );
        assert_eq!(
            of(r#"{"text":"x"}"#, true),
            "{\"text\":\"x\",\"annotations\":[1],\"empty\":true}\n"
        );
        assert_eq!(
            of(r#"{"empty":0,"annotations":[2,3],"text":"x"}"#, true),
            "{\"empty\":true,\"annotations\":[1],\"text\":\"x\"}\n"
        );
    }

    #[test]
    fn what_has_no_page_is_refused() {
        assert!(JsonRow::parse(b"{}").is_err());
        assert!(JsonRow::parse(b"{\"text\": \"a").is_err());
        let nulls = JsonRow::parse(br#"{"text": null, "lines": [], "url": "http://a.example"}"#);
        let nulls = nulls.expect("a page");
        assert_eq!(
            (nulls.format(), nulls.url()),
            (Format::JsonLines, Some("http://a.example"))
        );
    }

    proptest! {
        #[test]
        fn only_the_text_changes(fields in prop::collection::hash_map("[a-z]{1,6}", any::<String>(), 0..6)) {
            let mut object = json!(fields);
            object["text"] = json!("a\nb");
            let row = object.to_string();
            let written = framed(&row, Format::JsonText, false, "b");
            object["text"] = json!("b");
            let written: Value = serde_json::from_str(&written).expect("JSON");
            prop_assert_eq!(written, object);
        }
    }
}
