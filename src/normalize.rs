//! A **normalised line** is what features see of a line: valid Unicode, without invisible
//! characters, its white space folded to single spaces and trimmed.
//!
//! The original bytes stay with the [`Page`](crate::Page); nothing here changes an output.

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
pub fn is_blank(mut raw: &[u8]) -> bool {
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
}
