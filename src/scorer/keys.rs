//! The **key** of a line is what it is known by: all that its features can depend on. That of a short
//! line is its text, that of a long one its excerpt and its length, which is less to hash and to keep.

use std::ops::Range;

use crate::Page;
use crate::features::excerpt::{WHOLE, push_excerpt};
use crate::normalize::{PADDING, is_plain, normalize_padded};

/// Between an excerpt and a length; stands in no line.
const SEPARATOR: u8 = b'\n';

/// What a line is looked for by.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// A key.
    Normalized(&'a [u8]),
    /// The text of a short line as it came, which most often is its key.
    Raw(&'a [u8]),
}

impl<'a> Key<'a> {
    pub fn bytes(self) -> &'a [u8] {
        match self {
            Self::Normalized(bytes) | Self::Raw(bytes) => bytes,
        }
    }
}

/// What the lines of a page are looked for by.
#[derive(Debug, Default)]
pub struct Keys {
    /// The keys of the long lines, one after the other.
    text: Vec<u8>,
    places: Vec<Place>,
    normalized: String,
}

/// Where the key of a line stands.
#[derive(Clone, Debug)]
enum Place {
    /// Among the keys of the long lines.
    Normalized(Range<usize>),
    /// In the page.
    Raw(Range<usize>),
}

impl Keys {
    /// Finds the keys of the lines of a page, and gives each to `take`.
    pub fn fill(&mut self, page: &Page, mut take: impl FnMut(&[u8])) {
        self.text.clear();
        self.places.clear();
        for (at, raw) in page.lines().enumerate() {
            let place = match raw.len() > WHOLE {
                true => {
                    let start = self.text.len();
                    push_key(raw, &mut self.normalized, &mut self.text);
                    take(&self.text[start..]);
                    Place::Normalized(start..self.text.len())
                }
                false => {
                    let line = raw.trim_ascii_start();
                    let trimmed = line.trim_ascii_end();
                    take(trimmed);
                    let start = page.range(at).start + raw.len() - line.len();
                    Place::Raw(start..start + trimmed.len())
                }
            };
            self.places.push(place);
        }
    }

    /// The keys of the lines of the page that they were found of.
    pub fn of<'a>(&'a self, page: &'a Page) -> impl Iterator<Item = Key<'a>> {
        (0..self.places.len()).map(|at| self.key(page, at))
    }

    /// The key of the line `at`.
    pub fn key<'a>(&'a self, page: &'a Page, at: usize) -> Key<'a> {
        match &self.places[at] {
            Place::Normalized(range) => Key::Normalized(&self.text[range.clone()]),
            Place::Raw(range) => Key::Raw(&page.text()[range.clone()]),
        }
    }
}

/// Adds the key of a line to `key`; `normalized` is room to work in.
pub fn push_key(raw: &[u8], normalized: &mut String, key: &mut Vec<u8>) {
    let line = raw.trim_ascii();
    if is_plain(line) {
        push_key_of(line, || line.len(), key);
    } else {
        let length = normalize_padded(line, normalized);
        let line = &normalized[..length];
        push_key_of(line.as_bytes(), || line.chars().count(), key);
    }
}

fn push_key_of(line: &[u8], characters: impl Fn() -> usize, key: &mut Vec<u8>) {
    if push_excerpt(line, key) {
        key.push(SEPARATOR);
        key.extend_from_slice(itoa::Buffer::new().format(characters()).as_bytes());
    }
}

/// Puts in `text` what is read of the line with this key, followed by [`PADDING`] zeros or more. Says how long
/// it is without them, and the characters of the whole line if that is not all.
pub fn excerpt_of(key: &[u8], text: &mut String) -> (usize, Option<usize>) {
    let digits = key.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let (excerpt, digits) = key.split_at(key.len() - digits.count());
    let (line, characters) = match excerpt.strip_suffix(&[SEPARATOR]) {
        None => (key, None),
        Some(line) => (line, Some(number(digits))),
    };
    let mut bytes = std::mem::take(text).into_bytes();
    bytes.clear();
    bytes.extend_from_slice(line);
    // Whole words of the processor are faster to check than single bytes.
    bytes.resize((line.len() + PADDING).next_multiple_of(16), 0);
    *text = String::from_utf8(bytes).expect("a normalised line");
    (line.len(), characters)
}

fn number(digits: &[u8]) -> usize {
    let add = |number, digit: &u8| 10 * number + usize::from(digit - b'0');
    digits.iter().fold(0, add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_known_by_their_ends_and_their_length() {
        let beras = "beras ".repeat(15);
        let line = |middle: &str| format!("Harga {beras} {middle} {beras}naik.");
        let page = [&line("di"), "Beranda", &line("ke"), &line("dari"), "\t"].join("\n");
        let page = Page::from_text("p", None, &page);
        let mut keys = Keys::default();
        let mut taken = Vec::new();
        keys.fill(&page, |key| taken.push(key.to_vec()));
        let found: Vec<_> = keys.of(&page).collect();
        assert!(found.iter().map(|key| key.bytes()).eq(&taken));
        let [
            Key::Normalized(first),
            Key::Raw(b"Beranda"),
            Key::Normalized(second),
            Key::Normalized(third),
        ] = found[..]
        else {
            panic!("{found:?}");
        };
        assert_eq!(first, second);
        assert_ne!(first, third);
        let mut text = String::new();
        let (end, length) = excerpt_of(first, &mut text);
        assert!(text.starts_with("Harga beras ") && text[..end].ends_with(" naik."));
        assert!(text.len() >= end + PADDING && text[end..].bytes().all(|byte| byte == 0));
        // The two spaces after "beras" are one.
        assert_eq!(length, Some(line("di").len() - 1));
    }

    #[test]
    fn a_line_that_is_short_once_it_is_normalised_is_its_own_key() {
        let (mut key, mut text) = (Vec::new(), String::new());
        let raw = format!("Harga{}beras", " ".repeat(WHOLE));
        push_key(raw.as_bytes(), &mut String::new(), &mut key);
        assert_eq!(key, b"Harga beras");
        let (end, length) = excerpt_of(&key, &mut text);
        assert_eq!((&text[..end], length), ("Harga beras", None));
    }
}
