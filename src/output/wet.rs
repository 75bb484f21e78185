//! A **WET record** is a cleaned page as a conversion record of a WARC archive (ISO 28500:2009,
//! WARC/1.0), in the form that Common Crawl has for its extracted texts.

use std::io::{self, Write};

use sha2::{Digest, Sha256};
use url::Url;

/// What is said of a page in its record.
///
/// ```
/// use saring::output::WetRecord;
///
/// let record = WetRecord::new("a b", Some("warta.example"), None);
/// let mut out = Vec::new();
/// record.write_head(12, &mut out)?;
/// out.extend(b"Harga naik.\n");
/// out.extend(WetRecord::END);
/// let text = String::from_utf8_lossy(&out);
/// assert!(text.starts_with("WARC/1.0\r\nWARC-Type: conversion\r\n"));
/// assert!(text.contains("\r\nWARC-Target-URI: http://warta.example/a%20b\r\n"));
/// assert!(text.ends_with("\r\nContent-Length: 12\r\n\r\nHarga naik.\n\r\n\r\n"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WetRecord {
    uri: String,
    id: String,
    marked: bool,
}

impl WetRecord {
    /// What stands behind the text of every record.
    pub const END: &[u8] = b"\r\n\r\n";

    /// The record of a page: its target is `url`, or else made of the site and the id; without a
    /// site it is a `file:` URI. An id that is a URN stays, any other gives a UUID of its own, made
    /// from the hash of id and target.
    pub fn new(id: &str, site: Option<&str>, url: Option<&str>) -> Self {
        let given = url.and_then(|url| Url::parse(url).ok());
        let uri = given.unwrap_or_else(|| made_uri(id, site)).to_string();
        let bare = id.trim_start_matches('<').trim_end_matches('>');
        let id = match Url::parse(bare) {
            Ok(urn) if urn.scheme() == "urn" => urn.to_string(),
            _ => uuid(id, &uri),
        };
        Self {
            uri,
            id,
            marked: false,
        }
    }

    /// Says whether too little was left of the page: a field `Saring-Empty: true`.
    #[must_use]
    pub fn marked(self, marked: bool) -> Self {
        Self { marked, ..self }
    }

    /// Writes what stands before a text of so many bytes. The date, which a record must have, is
    /// that of 1970: the same pages give the same bytes.
    ///
    /// # Errors
    /// Whatever `out` fails with.
    pub fn write_head(&self, length: u64, out: &mut impl Write) -> io::Result<()> {
        write!(
            out,
            "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: {}\r\n\
             WARC-Date: 1970-01-01T00:00:00Z\r\nWARC-Record-ID: <{}>\r\n{}\
             Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n",
            self.uri,
            self.id,
            if self.marked {
                "Saring-Empty: true\r\n"
            } else {
                ""
            },
        )
    }
}

fn made_uri(id: &str, site: Option<&str>) -> Url {
    let host = site.and_then(|site| Url::parse(&format!("http://{site}/")).ok());
    let mut uri = host.unwrap_or_else(|| Url::parse("file:///").expect("it is one"));
    uri.set_path(id);
    uri
}

/// A UUID of version 8 (RFC 9562): 122 bits of a hash.
fn uuid(id: &str, uri: &str) -> String {
    let hash = Sha256::digest([id.as_bytes(), b"\0", uri.as_bytes()].concat());
    let hex: String = hash[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let variant = 8 + hash[8] % 4;
    format!(
        "urn:uuid:{}-{}-8{}-{variant:x}{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(record: &WetRecord) -> String {
        let mut out = Vec::new();
        record.write_head(0, &mut out).expect("memory takes all");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn the_url_is_the_target_and_a_urn_the_id() {
        let id = "<urn:uuid:10e50ab4-9d52-4c67-8b14-2a4b5d3a1c11>";
        let head = head(&WetRecord::new(
            id,
            Some("b.example"),
            Some("https://a.example/x?y"),
        ));
        assert!(head.contains("\r\nWARC-Target-URI: https://a.example/x?y\r\n"));
        assert!(
            head.contains(&format!("\r\nWARC-Record-ID: {id}\r\n")),
            "{head}"
        );
    }

    #[test]
    fn a_page_without_a_site_is_a_file_and_no_id_breaks_a_header() {
        let head = head(&WetRecord::new("a\r\nb: c", None, Some("no url")).marked(true));
        assert_eq!(head.matches("\r\n").count(), 9, "{head}");
        assert!(head.contains("\r\nWARC-Target-URI: file:///a"), "{head}");
        assert!(head.contains("\r\nSaring-Empty: true\r\n"), "{head}");
    }

    #[test]
    fn ids_differ_with_the_page_and_have_the_form_of_a_uuid() {
        let id = |id, site| WetRecord::new(id, site, None).id;
        let (one, other) = (id("a", Some("x.example")), id("a", Some("y.example")));
        assert_ne!(one, other);
        assert_eq!(one, id("a", Some("x.example")));
        let parts: Vec<_> = one["urn:uuid:".len()..].split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
    }
}
