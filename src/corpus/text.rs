//! A **text** is one unlabelled page, a row a line.

use std::io::BufRead;

use crate::{Error, Page, Result};

/// Reads one page from `reader` to its end; `place` names the input in errors.
///
/// Every byte but the line feeds stays in its line; an input without a line is an empty page.
///
/// ```
/// let rows = "Beranda\n\nHarga beras naik.\n";
/// let page = saring::corpus::read_text(rows.as_bytes(), "1.txt", "1", None)?;
/// assert_eq!(page, saring::Page::from_text("1", None, rows));
/// # Ok::<(), saring::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) where `reader` fails.
pub fn read_text(
    mut reader: impl BufRead,
    place: &str,
    id: &str,
    site: Option<String>,
) -> Result<Page> {
    let mut text = Vec::new();
    reader.read_to_end(&mut text).map_err(Error::io(place))?;
    Ok(Page::from_bytes(id, site, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;
    use std::io::{self, BufReader, Read};

    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("no such sector"))
        }
    }

    #[test]
    fn the_bytes_of_a_line_stay_as_they_are() {
        let rows = b"\xef\xbb\xbfBeranda\r\n\r\n\0Harga\xff\n";
        let page = read_text(&rows[..], "1.txt", "1", Some("warta".into())).expect("readable");
        let lines: Vec<_> = page.lines().collect();
        assert_eq!(lines, [&b"\xef\xbb\xbfBeranda\r"[..], b"\0Harga\xff"]);
        assert!(page.follows_blank(1));
        assert_eq!(page.id, "1");
        assert_eq!(page.site.as_deref(), Some("warta"));
    }

    #[test]
    fn a_very_long_row_is_one_line() {
        let row = "harga beras ".repeat(1 << 18);
        let page = read_text(row.as_bytes(), "1.txt", "1", None).expect("readable");
        assert_eq!(page.len(), 1);
        assert_eq!(page.line(0).len(), 12 << 18);
    }

    #[test]
    fn a_reader_that_fails_is_named() {
        let error = read_text(BufReader::new(Broken), "1.txt", "1", None).expect_err("broken");
        assert_eq!(error.to_string(), "1.txt");
        let reason = error.source().expect("the reader's reason").to_string();
        assert_eq!(reason, "no such sector");
    }
}
