//! A **WET** input is a web archive (WARC) whose `conversion` records hold the texts of pages, as
//! Common Crawl gives them.

use std::io::{self, Read};

use memchr::{memchr, memmem};

use super::{Limits, RawPage};
use crate::{Error, Result};

/// Bytes that are asked for at a time.
const READ: usize = 1 << 16;
/// Most bytes that are kept for later records.
const KEPT: usize = 1 << 20;
/// Most bytes of a record's header.
const HEADER: usize = 1 << 16;
/// What every record begins with.
const VERSION: &[u8] = b"WARC/1.";
/// What stands after the content of every record.
const END: &[u8] = b"\r\n\r\n";

/// The pages of a WET input, one at a time: its `conversion` records; others are passed over.
///
/// A page's id is its `WARC-Record-ID`, or else its place and the byte where its record begins; its
/// site is the host of `WARC-Target-URI`. A record that is damaged or longer than [`Limits`] let it
/// be is refused; after it comes the next one whose beginning can be found. An archive that holds
/// responses and no conversions is refused at its end, for there is no text in it.
///
/// ```
/// use saring::corpus::WetReader;
///
/// let archive = "WARC/1.0\r\nWARC-Type: conversion\r\n\
///     WARC-Target-URI: https://www.warta.example/a\r\nWARC-Record-ID: <urn:uuid:1>\r\n\
///     Content-Length: 8\r\n\r\nBeranda\n\r\n\r\n";
/// let mut pages = WetReader::new(archive.as_bytes(), "crawl.warc.wet");
/// let page = pages.next().expect("one record")?.into_page();
/// assert_eq!((&*page.id, page.site.as_deref()), ("<urn:uuid:1>", Some("warta.example")));
/// assert_eq!(page.line(0), b"Beranda");
/// assert!(pages.next().is_none());
/// # Ok::<(), saring::Error>(())
/// ```
///
/// # Errors
/// An item is [`Error::Record`] where a record is refused, [`Error::Io`] where the reader fails;
/// after that nothing follows.
pub struct WetReader<R> {
    input: Lookahead<R>,
    place: String,
    limits: Limits,
    damaged: bool,
    ended: bool,
    conversions: bool,
    /// The first record that is a response, and where it begins.
    response: Option<u64>,
}

impl<R: Read> WetReader<R> {
    /// Reads pages from `reader`, which need not be buffered; `place` names the input in errors.
    pub fn new(reader: R, place: &str) -> Self {
        Self {
            input: Lookahead::new(reader),
            place: place.to_owned(),
            limits: Limits::default(),
            damaged: false,
            ended: false,
            conversions: false,
            response: None,
        }
    }

    /// Refuses texts that are longer than this lets a record be.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The next conversion.
    fn advance(&mut self) -> Result<Option<RawPage>, Failure> {
        if std::mem::take(&mut self.damaged) && !self.input.skip_to_record()? {
            return Ok(None);
        }
        while self.input.has_record()? {
            let position = self.input.offset;
            if let Some(page) = self.record(position)? {
                self.conversions = true;
                return Ok(Some(page));
            }
        }
        Ok(None)
    }

    /// The page of the record that begins here, `None` if it is of another type.
    fn record(&mut self, position: u64) -> Result<Option<RawPage>, Failure> {
        let header = self.header()?;
        self.input.consume(header.bytes);
        if header.kind.as_deref() != Some(b"conversion") {
            let is_response = header.kind.as_deref() == Some(b"response");
            self.response = self.response.or(is_response.then_some(position));
            self.input.skip(header.content)?;
            self.input.check_end(0)?;
            self.input.consume(END.len());
            return Ok(None);
        }
        let length = usize::try_from(header.content).unwrap_or(usize::MAX);
        if length > self.limits.record {
            return Err(Failure::Damage(self.limits.record_reason()));
        }
        if !self.input.has(length)? {
            return Err(cut_off());
        }
        // Looked at before the text is taken: where its end is wrong, so is its length.
        self.input.check_end(length)?;
        let text = self.input.bytes()[..length].to_vec();
        self.input.consume(length + END.len());
        let named = || format!("{}:{position}", self.place);
        Ok(Some(RawPage {
            id: header.id.unwrap_or_else(named),
            url: header.url,
            text,
            position,
        }))
    }

    /// The header of the record that begins here; it stays where it is.
    fn header(&mut self) -> Result<Header, Failure> {
        self.input.record = self.input.offset;
        self.input.has(VERSION.len())?;
        let first = self.input.bytes();
        if !VERSION.starts_with(&first[..first.len().min(VERSION.len())]) {
            let reason = "a record begins with \"WARC/1.0\" or \"WARC/1.1\"";
            return Err(Failure::Damage(reason.to_owned()));
        }
        let mut header = Header::default();
        let mut content = None;
        loop {
            let Some(row) = self.input.row(header.bytes)? else {
                return Err(match self.input.has(HEADER)? {
                    true => Failure::Damage(format!("a header of more than {HEADER} bytes")),
                    false => cut_off(),
                });
            };
            let is_first = header.bytes == 0;
            header.bytes += row.len();
            let row = row.trim_ascii_end();
            if row.is_empty() {
                break;
            }
            // The version, and rows that go on with the one above, are no fields.
            if !is_first && !row[0].is_ascii_whitespace() {
                let (name, value) = field(row)?;
                match &*name.to_ascii_lowercase() {
                    b"warc-type" => header.kind = Some(value.to_ascii_lowercase()),
                    b"warc-record-id" => header.id = Some(text(value)),
                    b"warc-target-uri" => header.url = Some(text(unbracketed(value))),
                    b"content-length" => content = Some(length(value)?),
                    _ => {}
                }
            }
        }
        header.content = content.ok_or_else(|| Failure::Damage("no Content-Length".to_owned()))?;
        Ok(header)
    }

    /// What is wrong with an archive that ends here.
    fn end(&mut self) -> Option<Error> {
        let response = self.response.take().filter(|_| !self.conversions)?;
        let reason = "a response, and no conversion in the archive: give its .wet file";
        Some(self.error(response, reason.to_owned()))
    }

    fn error(&self, offset: u64, reason: String) -> Error {
        Error::Record {
            place: self.place.clone(),
            offset,
            reason,
        }
    }
}

impl<R: Read> Iterator for WetReader<R> {
    type Item = Result<RawPage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let failure = match self.advance() {
            Ok(Some(page)) => return Some(Ok(page)),
            Ok(None) => {
                self.ended = true;
                return self.end().map(Err);
            }
            Err(failure) => failure,
        };
        Some(Err(match failure {
            Failure::Damage(reason) => {
                self.damaged = true;
                self.error(self.input.record, reason)
            }
            Failure::Io(error) => {
                self.ended = true;
                Error::io(&self.place)(error)
            }
        }))
    }
}

/// Why there is no page.
enum Failure {
    /// The record is damaged.
    Damage(String),
    /// The reader failed.
    Io(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn cut_off() -> Failure {
    Failure::Damage("it is cut off".to_owned())
}

/// What a record says of its content.
#[derive(Default)]
struct Header {
    kind: Option<Vec<u8>>,
    id: Option<String>,
    url: Option<String>,
    /// Bytes of the header, with the blank row below it.
    bytes: usize,
    /// Bytes of the content.
    content: u64,
}

/// The name and the value of a header's field.
fn field(row: &[u8]) -> Result<(&[u8], &[u8]), Failure> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match memchr(b':', row) {
        Some(colon) if row[..colon].iter().all(is_name) => {
            Ok((&row[..colon], row[colon + 1..].trim_ascii()))
        }
        // The beginning of another record is no field either.
        _ => Err(Failure::Damage(
            "a header with a row that is no field".to_owned(),
        )),
    }
}

fn length(value: &[u8]) -> Result<u64, Failure> {
    let number = str::from_utf8(value)
        .ok()
        .and_then(|text| text.parse().ok());
    number.ok_or_else(|| Failure::Damage("a Content-Length that is no number".to_owned()))
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

/// A URL without the brackets that some writers put around it.
fn unbracketed(url: &[u8]) -> &[u8] {
    let inner = url
        .strip_prefix(b"<")
        .and_then(|url| url.strip_suffix(b">"));
    inner.unwrap_or(url)
}

/// An input of which as much is in memory as has to be looked at; each of its bytes is read and
/// passed over once.
struct Lookahead<R> {
    reader: R,
    buffer: Vec<u8>,
    /// Where the bytes begin that are not passed over.
    start: usize,
    /// How many bytes of the input were passed over, and the last of them.
    offset: u64,
    last: u8,
    /// Where the present record begins.
    record: u64,
    ended: bool,
}

impl<R: Read> Lookahead<R> {
    fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            start: 0,
            offset: 0,
            last: b'\n',
            record: 0,
            ended: false,
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    fn consume(&mut self, count: usize) {
        if let Some(last) = count.checked_sub(1) {
            self.last = self.bytes()[last];
        }
        self.start += count;
        self.offset += count as u64;
    }

    /// Whether there are so many bytes; then they can be looked at.
    fn has(&mut self, count: usize) -> io::Result<bool> {
        while self.bytes().len() < count && !self.ended {
            self.read()?;
        }
        Ok(self.bytes().len() >= count)
    }

    /// Passes over blank rows; says whether anything follows.
    fn has_record(&mut self) -> io::Result<bool> {
        while self.has(1)? {
            if !matches!(self.bytes()[0], b'\r' | b'\n') {
                return Ok(true);
            }
            self.consume(1);
        }
        Ok(false)
    }

    fn read(&mut self) -> io::Result<()> {
        if self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
            // What a long record took is given back.
            if self.buffer.capacity() > KEPT.max(4 * self.buffer.len()) {
                self.buffer.shrink_to(KEPT);
            }
        }
        let before = self.buffer.len();
        self.buffer.resize(before + READ, 0);
        let read = loop {
            match self.reader.read(&mut self.buffer[before..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer
            .truncate(before + read.as_ref().map_or(0, |&read| read));
        self.ended = matches!(read, Ok(0) | Err(_));
        read.map(drop)
    }

    /// The row that begins `from` bytes further on, with its line feed; `None` where there is none
    /// that ends within a header.
    fn row(&mut self, from: usize) -> io::Result<Option<&[u8]>> {
        let mut searched = from;
        loop {
            let found = memchr(b'\n', self.bytes().get(searched..).unwrap_or_default());
            if let Some(feed) = found {
                let row = from..searched + feed + 1;
                return Ok((row.end <= HEADER).then(|| &self.bytes()[row]));
            }
            searched = self.bytes().len().max(from);
            if searched >= HEADER || !self.has(searched + 1)? {
                return Ok(None);
            }
        }
    }

    /// Passes over the content of a record.
    fn skip(&mut self, mut count: u64) -> Result<(), Failure> {
        while count > 0 {
            if !self.has(1)? {
                return Err(cut_off());
            }
            let here = self
                .bytes()
                .len()
                .min(usize::try_from(count).unwrap_or(usize::MAX));
            self.consume(here);
            count -= here as u64;
        }
        Ok(())
    }

    /// Checks that a record's content ends in `from` bytes.
    fn check_end(&mut self, from: usize) -> Result<(), Failure> {
        if !self.has(from + END.len())? {
            return Err(cut_off());
        }
        if !self.bytes()[from..].starts_with(END) {
            let reason = "its Content-Length is not that of its content";
            return Err(Failure::Damage(reason.to_owned()));
        }
        Ok(())
    }

    /// Goes to where the next record seems to begin; says whether there is one.
    fn skip_to_record(&mut self) -> io::Result<bool> {
        if self.offset == self.record {
            // The record that is damaged begins here.
            let first = usize::from(self.has(1)?);
            self.consume(first);
        }
        let finder = memmem::Finder::new(VERSION);
        loop {
            let found = finder.find(self.bytes());
            if let Some(at) = found {
                let above = at.checked_sub(1).map_or(self.last, |at| self.bytes()[at]);
                let is_row = above == b'\n';
                self.consume(if is_row { at } else { at + 1 });
                if is_row {
                    return Ok(true);
                }
                continue;
            }
            // The line feed above and the beginning of a version may be there already.
            let seen = self.bytes().len().saturating_sub(VERSION.len());
            self.consume(seen);
            if !self.has(VERSION.len() + 1)? {
                self.consume(self.bytes().len());
                return Ok(false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(kind: &str, fields: &str, content: &str) -> String {
        let length = content.len();
        format!(
            "WARC/1.0\r\nWARC-Type: {kind}\r\n{fields}Content-Length: {length}\r\n\r\n{content}\r\n\r\n"
        )
    }

    fn archive() -> String {
        let pages = [
            "Beranda\nKontak\n",
            "",
            "Harga naik.\r\n\r\nWARC/1.0 begins no record here.",
        ];
        let conversion = |(index, text): (usize, &&str)| {
            let fields = format!(
                "WARC-Target-URI: https://www.w{index}.example/a\r\nWARC-Record-ID: <urn:uuid:{index}>\r\n"
            );
            record("conversion", &fields, text)
        };
        let info = record("warcinfo", "WARC-Filename: x\r\n", "Software-Info: x\r\n");
        info + &pages.iter().enumerate().map(conversion).collect::<String>()
    }

    /// Ids of pages and messages of errors.
    fn read(archive: impl AsRef<[u8]>) -> Vec<std::result::Result<RawPage, String>> {
        let pages = WetReader::new(archive.as_ref(), "a.wet");
        pages
            .map(|page| page.map_err(|error| error.to_string()))
            .collect()
    }

    fn ids(archive: impl AsRef<[u8]>) -> Vec<String> {
        let pages = read(archive).into_iter();
        pages
            .map(|page| page.map_or_else(|message| message, |page| page.id))
            .collect()
    }

    #[test]
    fn conversions_are_pages_and_other_records_are_not() {
        let pages: Vec<_> = read(archive())
            .into_iter()
            .map(|page| page.expect("well formed"))
            .collect();
        assert_eq!(pages.len(), 3);
        assert_eq!(pages[0].text, b"Beranda\nKontak\n");
        assert_eq!(pages[1].text, b"");
        assert!(pages[2].text.ends_with(b"WARC/1.0 begins no record here."));
        let position = archive()
            .find("WARC/1.0\r\nWARC-Type: conversion")
            .expect("a page");
        assert_eq!(pages[0].position, position as u64);
        let page = pages[1].clone().into_page();
        assert_eq!(
            (&*page.id, page.site.as_deref()),
            ("<urn:uuid:1>", Some("w1.example"))
        );
    }

    #[test]
    fn fields_have_any_case_brackets_and_further_rows() {
        let archive = "WARC/1.1\nwarc-TYPE:Conversion\r\n  more\r\nWARC-Target-URI: <http://A.example:80/>\r\n\
                       content-length:1\r\n\r\nx\r\n\r\n";
        let page = read(archive).remove(0).expect("well formed").into_page();
        assert_eq!(
            (&*page.id, page.site.as_deref()),
            ("a.wet:0", Some("a.example"))
        );
    }

    #[test]
    fn a_damaged_record_is_refused_by_its_offset_and_the_next_one_is_read() {
        let at = |offset: usize, reason: &str| format!("a.wet: record at byte {offset}: {reason}");
        let (first, last) = (
            record("conversion", "WARC-Record-ID: 1\r\n", "a"),
            record("conversion", "WARC-Record-ID: 2\r\n", "b"),
        );
        for (damaged, reason) in [
            (
                first.replace("Length: 1", "Length: 0"),
                "its Content-Length is not that of its content",
            ),
            (
                first.replace("Length: 1", "Length: 40"),
                "its Content-Length is not that of its content",
            ),
            (first.replace("Length: 1", "Length: 99999"), "it is cut off"),
            (
                first.replace("Length: 1", "Length: 99999999999"),
                "a record of more than 33554432 bytes",
            ),
            (
                first.replace("Length: 1", "Length: -1"),
                "a Content-Length that is no number",
            ),
            (
                first.replace("Content-Length: 1\r\n", ""),
                "no Content-Length",
            ),
            (
                first.replace("WARC-Type:", "WARC Type:"),
                "a header with a row that is no field",
            ),
            (
                first.replace("WARC/1.0", "HTTP/1.0"),
                "a record begins with \"WARC/1.0\" or \"WARC/1.1\"",
            ),
            (
                first
                    .replace("ID: 1", &"x".repeat(HEADER))
                    .replace("WARC-Record-", "a:"),
                "a header of more than 65536 bytes",
            ),
        ] {
            let archive = [&first, &damaged, &*last].concat();
            assert_eq!(
                ids(archive),
                ["1".to_owned(), at(first.len(), reason), "2".to_owned()]
            );
        }
    }

    #[test]
    fn an_archive_of_responses_is_refused_at_its_end() {
        let info = record("warcinfo", "", "");
        let response = record("response", "", "HTTP/1.1 200 OK\r\n\r\n<p>");
        let message = format!(
            "a.wet: record at byte {}: a response, and no conversion in the archive: give its .wet file",
            info.len()
        );
        assert_eq!(ids([&info, &response, &*response].concat()), [message]);
        assert_eq!(
            ids([&info, &response, &*record("conversion", "", "")].concat()).len(),
            1
        );
        assert!(ids(info).is_empty());
        assert!(ids("").is_empty());
    }

    #[test]
    fn what_is_cut_off_anywhere_is_an_error_or_fewer_pages() {
        let archive = archive();
        let whole = read(&archive);
        for end in 0..archive.len() {
            let cut = read(&archive[..end]);
            let pages: Vec<_> = cut.iter().take_while(|page| page.is_ok()).collect();
            assert!(pages.len() < whole.len(), "{end}");
            assert!(
                pages
                    .into_iter()
                    .eq(&whole[..cut.iter().filter(|page| page.is_ok()).count()])
            );
            assert!(
                cut.iter().filter(|page| page.is_err()).count() <= 2,
                "{end}: {cut:?}"
            );
        }
    }

    #[test]
    fn lengths_that_lie_take_no_time() {
        let lie = "WARC/1.0\nWARC-Type: conversion\nContent-Length: 30000000\n\n";
        let records = read(lie.repeat(20_000));
        assert!(records.iter().all(std::result::Result::is_err));
        assert_eq!(records.len(), 20_000);
        let versions = "WARC/1.0\n".repeat(100_000);
        assert_eq!(read(versions).len(), 100_000);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(
            at in any::<prop::sample::Index>(), bytes in any::<Vec<u8>>()
        ) {
            let mut archive = archive().into_bytes();
            let at = at.index(archive.len());
            archive.splice(at..(at + 3).min(archive.len()), bytes.clone());
            let _ = read(archive);
            let _ = read(bytes);
        }
    }
}
