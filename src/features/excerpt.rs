//! The **excerpt** of a line is what is read of it: all of a short line, the first and the last words
//! of a long one. What a long line is shows at its ends, where it is dated, signed, begun or cut off;
//! the words between tell one paragraph from another, not a paragraph from a teaser.

use memchr::{memchr, memrchr};

/// Bytes from which the first words are taken, and the last ones.
const HEAD: usize = 40;
const TAIL: usize = 40;

/// A line of at most so many bytes is read as a whole.
pub(crate) const WHOLE: usize = HEAD + TAIL;

/// Adds the excerpt of a normalised line to `out`; says whether words were left out. Of a long line
/// that are those between its first and its last ones; there is a space in their place.
pub(crate) fn push_excerpt(line: &[u8], out: &mut Vec<u8>) -> bool {
    let ends = ends(line);
    match ends {
        None => out.extend_from_slice(line),
        Some((head, tail)) => {
            out.extend_from_slice(head);
            out.push(b' ');
            out.extend_from_slice(tail);
        }
    }
    ends.is_some()
}

/// The first and the last words of a long line. A word that fills an end alone is cut.
fn ends(line: &[u8]) -> Option<(&[u8], &[u8])> {
    if line.len() <= WHOLE {
        return None;
    }
    let begins_character = |&at: &usize| line[at] & 0xc0 != 0x80;
    let head = (0..=HEAD).rev().find(begins_character)?;
    let tail = (line.len() - TAIL..line.len()).find(begins_character)?;
    let (head, tail) = (&line[..head], &line[tail..]);
    let head = memrchr(b' ', head).map_or(head, |space| &head[..space]);
    let tail = memchr(b' ', tail).map_or(tail, |space| &tail[space + 1..]);
    Some((head, tail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn excerpt(line: &str) -> String {
        let mut excerpt = Vec::new();
        let is_long = line.len() > WHOLE;
        assert_eq!(push_excerpt(line.as_bytes(), &mut excerpt), is_long);
        String::from_utf8(excerpt).expect("whole characters")
    }

    #[test]
    fn a_short_line_is_its_own_excerpt() {
        let line = "beras ".repeat(WHOLE / 6);
        assert!(line.len() > WHOLE - 6);
        assert_eq!(excerpt(&line), line);
    }

    #[test]
    fn whole_words_are_left_of_both_ends_of_a_long_line() {
        let words: Vec<String> = (100..200).map(|number| format!("kata{number}")).collect();
        // Five words and their spaces take 40 bytes.
        let expected = [&words[..5], &words[95..]].concat().join(" ");
        assert_eq!(excerpt(&words.join(" ")), expected);
        let expected = [&words[..4], &words[96..]].concat().join(" ");
        let moved = format!("ab {}.", words.join(" "));
        assert_eq!(excerpt(&moved), format!("ab {expected}."));
    }

    #[test]
    fn a_word_that_fills_an_end_is_cut_between_characters() {
        let long = "é".repeat(WHOLE);
        let expected = format!("{} {}", &long[..HEAD], &long[..TAIL]);
        assert_eq!(excerpt(&long), expected);
        let expected = format!("a{} {}", &long[..HEAD - 2], &long[..TAIL]);
        assert_eq!(excerpt(&format!("a{long}")), expected);
    }

    proptest! {
        #[test]
        fn an_excerpt_is_short_and_of_the_lines_ends(line in "(\\PC| ){0,300}") {
            let excerpt = excerpt(&line);
            prop_assert!(excerpt.len() <= line.len().min(WHOLE + 1));
            prop_assert_eq!(excerpt.chars().next(), line.chars().next());
            prop_assert_eq!(excerpt.chars().next_back(), line.chars().next_back());
        }
    }
}
