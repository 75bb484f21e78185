//! A **normalised line** is what features see of a line: valid Unicode, without invisible
//! characters, its white space folded to single spaces and trimmed.
//!
//! The original bytes stay with the [`Page`](crate::Page); nothing here changes an output.

use std::borrow::Cow;

use wide::{CmpEq, CmpLt, i8x16};

/// Writes the normalised form of `raw` to `out`, which is cleared first.
///
/// Bytes that are not UTF-8 become U+FFFD; control and zero-width characters (byte order mark,
/// soft hyphen, joiners, direction marks) are dropped; every run of white space, no-break spaces
/// too, becomes one space.
///
/// ```
/// let mut line = String::new();
/// saring::normalize::normalize(b"\xef\xbb\xbf Harga\xc2\xa0 beras\0\r", &mut line);
/// assert_eq!(line, "Harga beras");
/// ```
pub fn normalize(raw: &[u8], out: &mut String) {
    out.clear();
    let mut space = false;
    for chunk in raw.utf8_chunks() {
        push_visible(chunk.valid(), &mut space, out);
        if !chunk.invalid().is_empty() {
            push_str("\u{fffd}", &mut space, out);
        }
    }
}

/// A text that is UTF-8.
pub(crate) fn utf8(text: &[u8]) -> Option<&str> {
    #[cfg(feature = "simd")]
    let text = simdutf8::basic::from_utf8(text);
    #[cfg(not(feature = "simd"))]
    let text = str::from_utf8(text);
    text.ok()
}

/// A text in which each run of bytes that is not UTF-8 is a U+FFFD.
pub(crate) fn lossy(text: &[u8]) -> Cow<'_, str> {
    // Checked as a whole, which is much faster than looking for what is wrong.
    match utf8(text) {
        Some(text) => Cow::Borrowed(text),
        None => String::from_utf8_lossy(text),
    }
}

/// Bytes that follow a line so that it can be looked at 16 bytes at a time.
pub(crate) const PADDING: usize = 17;

/// Writes the normalised form of `raw` and [`PADDING`] zeros to `out`, which is cleared first; says how
/// long it is without them.
pub(crate) fn normalize_padded(raw: &[u8], out: &mut String) -> usize {
    if let Some(trimmed) = utf8(raw.trim_ascii()) {
        pad(trimmed, out);
        if is_normalized(out, trimmed.len()) {
            return trimmed.len();
        }
    }
    normalize(raw, out);
    let length = out.len();
    out.push_str(ZEROS);
    length
}

/// Writes `line` and [`PADDING`] zeros to `out`, which is cleared first.
fn pad(line: &str, out: &mut String) {
    out.clear();
    out.push_str(line);
    out.push_str(ZEROS);
}

const ZEROS: &str = match std::str::from_utf8(&[0; PADDING]) {
    Ok(zeros) => zeros,
    Err(_) => unreachable!(),
};

/// Bytes that are looked at at once.
const STEP: usize = 16;

/// Whether normalisation changes nothing in the line `text[..length]`, which neither begins nor ends
/// with a space and is followed by [`PADDING`] zeros.
fn is_normalized(text: &str, length: usize) -> bool {
    let all = i8x16::splat;
    for start in (0..length).step_by(STEP) {
        let lanes = |from: usize| {
            let bytes: &[u8; STEP] = text.as_bytes()[from..].first_chunk().expect("padded");
            bytemuck::cast::<_, i8x16>(*bytes)
        };
        let (bytes, next) = (lanes(start), lanes(start + 1));
        // Bytes of characters that are not ASCII are below 0 here.
        let low = bytes.cmp_lt(all(b' ' as i8)).move_mask();
        let space = all(b' ' as i8);
        let double = bytes.cmp_eq(space) & next.cmp_eq(space) | bytes.cmp_eq(all(0x7f));
        let mut others = bytes.move_mask();
        let inside = u32::MAX >> (32 - STEP.min(length - start));
        if double.move_mask() != 0 || (low & !others) as u32 & inside != 0 {
            return false;
        }
        while others != 0 {
            if !is_visible(text, start + others.trailing_zeros() as usize) {
                return false;
            }
            others &= others - 1;
        }
    }
    true
}

/// Whether a line is ASCII alone, and normalisation changes nothing in it; of a line of up to
/// [`STEP`] bytes the answer is no.
pub(crate) fn is_plain(line: &[u8]) -> bool {
    let (Some(first), Some(last)) = (line.first(), line.last_chunk()) else {
        return false;
    };
    let steps = line.windows(STEP + 1).step_by(STEP);
    let steps = steps.filter_map(|step| step.first_chunk());
    let doubts = steps.fold(doubts(last), |sum, step| sum | doubts(step));
    let [.., end] = last;
    first.is_ascii_graphic() && end.is_ascii_graphic() && doubts.move_mask() == 0
}

/// Marks those of the first [`STEP`] bytes that are not ASCII, no graphic characters, or one of two spaces.
fn doubts(step: &[u8; STEP + 1]) -> i8x16 {
    let lanes = |bytes: Option<&[u8; STEP]>| {
        let bytes = bytes.expect("a step and one byte");
        bytemuck::cast::<_, i8x16>(*bytes)
    };
    let (bytes, next) = (lanes(step.first_chunk()), lanes(step.last_chunk()));
    let space = i8x16::splat(b' ' as i8);
    // Bytes that are not ASCII are below 0 here.
    bytes.cmp_lt(space)
        | bytes.cmp_eq(i8x16::splat(0x7f))
        | bytes.cmp_eq(space) & next.cmp_eq(space)
}

/// Whether the character that begins at a byte that is not ASCII, if one does, is neither white
/// space nor invisible.
fn is_visible(text: &str, at: usize) -> bool {
    // The first bytes of those that may be white space or invisible.
    let is_doubtful = matches!(text.as_bytes()[at], 0xc2 | 0xcd | 0xd8 | 0xe1..=0xe3 | 0xef);
    let character = || text[at..].chars().next().expect("a first byte");
    !is_doubtful || !(character().is_whitespace() || is_invisible(character()))
}

fn push_visible(mut text: &str, space: &mut bool, out: &mut String) {
    while let Some(character) = text.chars().next() {
        let graphic = text.bytes().take_while(u8::is_ascii_graphic).count();
        let length = if graphic > 0 {
            push_str(&text[..graphic], space, out);
            graphic
        } else {
            if character.is_whitespace() {
                *space = true;
            } else if !is_invisible(character) {
                push_str(&text[..character.len_utf8()], space, out);
            }
            character.len_utf8()
        };
        text = &text[length..];
    }
}

fn push_str(visible: &str, space: &mut bool, out: &mut String) {
    if *space && !out.is_empty() {
        out.push(' ');
    }
    *space = false;
    out.push_str(visible);
}

/// Whether nothing of `raw` is left once it is normalised. Looks no further than the first visible
/// character.
#[inline]
pub fn is_blank(raw: &[u8]) -> bool {
    // True of most lines.
    let is_visible = raw.first().is_some_and(u8::is_ascii_graphic);
    !is_visible && is_all_blank(raw)
}

fn is_all_blank(mut raw: &[u8]) -> bool {
    while let Some(byte) = raw.first() {
        if byte.is_ascii_graphic() {
            return false;
        }
        match first_char(raw) {
            Some(character) if character.is_whitespace() || is_invisible(character) => {
                raw = &raw[character.len_utf8()..];
            }
            _ => return false,
        }
    }
    true
}

/// The character that `raw` begins with; `None` where it begins with none or is empty.
fn first_char(raw: &[u8]) -> Option<char> {
    let head = &raw[..raw.len().min(4)];
    head.utf8_chunks().next()?.valid().chars().next()
}

/// The number of characters of each line once it is normalised.
pub fn characters<'a>(lines: impl Iterator<Item = &'a [u8]>) -> impl Iterator<Item = usize> {
    let mut text = String::new();
    lines.map(move |line| {
        normalize(line, &mut text);
        text.chars().count()
    })
}

/// Control characters, and format characters that take no room.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normalized(raw: &[u8]) -> String {
        let mut out = String::from("left over");
        normalize(raw, &mut out);
        out
    }

    #[test]
    fn white_space_of_every_kind_is_one_space() {
        assert_eq!(normalized("  a\t\u{a0}\u{3000}b\r".as_bytes()), "a b");
    }

    #[test]
    fn invisible_characters_are_dropped_inside_words_too() {
        assert_eq!(
            normalized("ba\u{200b}ca\u{ad} ju\u{200d}ga\0".as_bytes()),
            "baca juga"
        );
    }

    #[test]
    fn bytes_that_are_not_utf8_become_replacement_characters() {
        assert_eq!(normalized(b"a\xff b\xe2\x82"), "a\u{fffd} b\u{fffd}");
        assert!(!is_blank(b"\xff"));
    }

    #[test]
    fn blank_means_that_the_normalised_line_is_empty() {
        for raw in ["", " \t", "\u{feff}", "\0\r", "\u{200b}\u{a0}"] {
            assert!(is_blank(raw.as_bytes()), "{raw:?}");
            assert_eq!(normalized(raw.as_bytes()), "", "{raw:?}");
        }
        assert!(!is_blank(b" . "));
        assert!(!is_blank(b"\xe2\x80"), "shown as U+FFFD");
        assert!(!is_blank("\u{200b}é".as_bytes()));
    }

    proptest! {
        #[test]
        fn a_blank_line_is_one_of_which_nothing_is_left(
            text in "[ \u{200b}\u{a0}\t\u{feff}é\0]{0,6}", tail in any::<Vec<u8>>()
        ) {
            let raw = [text.as_bytes(), &tail].concat();
            prop_assert_eq!(is_blank(&raw), normalized(&raw).is_empty());
            prop_assert_eq!(is_blank(text.as_bytes()), normalized(text.as_bytes()).is_empty());
        }
    }

    proptest! {
        #[test]
        fn a_plain_line_is_ascii_that_stays_as_it_is(
            start in "[a-z ]{0,40}", odd in "( | {2}|[\u{0}-\u{ff}]|)", end in "[a-z ]{0,40}"
        ) {
            let line = [start, odd, end].concat();
            let is_same = line.is_ascii() && normalized(line.as_bytes()) == line;
            prop_assert_eq!(is_plain(line.as_bytes()), is_same && line.len() > STEP, "{:?}", line);
        }
    }

    #[test]
    fn what_may_be_invisible_is_told_by_its_first_byte() {
        for character in (0x80..=0x10_ffff).filter_map(char::from_u32) {
            let text = format!("a{character}b{}", "\0".repeat(PADDING));
            let mut out = String::new();
            normalize(&text.as_bytes()[..text.len() - PADDING], &mut out);
            let is_same = out == text[..text.len() - PADDING];
            assert_eq!(
                is_normalized(&text, text.len() - PADDING),
                is_same,
                "{character:?}"
            );
        }
    }

    #[test]
    fn ascii_that_normalisation_changes_is_told() {
        let long = "Harga beras naik di pasar lama";
        for end in ["", "\t", "  x", "\0x", "\x7f", "\rx"] {
            let text = format!("{long}{end}{}", "\0".repeat(PADDING));
            let length = long.len() + end.len();
            assert_eq!(is_normalized(&text, length), end.is_empty(), "{end:?}");
        }
    }
}
