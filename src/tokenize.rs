//! A **token** is a word, a number or a punctuation mark of a normalised line.
//!
//! Nothing that can be seen is thrown away: `(rtn/dw)`, `|` and `BACA JUGA:` tell boilerplate by
//! their marks. A token's **term** is its folded form, under which the vocabulary knows it: words
//! in lower case, numbers as `#` and their digit count, marks as they are.

use std::fmt::Write;

/// What kind of characters a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A run of letters and of marks that combine with them.
    Word,
    /// A run of digits.
    Number,
    /// A run of one and the same other character.
    Mark,
}

/// A piece of a normalised line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// Its kind.
    pub kind: TokenKind,
    /// Its characters as they stand in the line.
    pub text: &'a str,
}

/// The longest run of one mark that is told from longer ones: `...` and `.....` are one term.
pub(crate) const LONGEST_MARK: usize = 3;
/// The longest number told from longer ones, in digits.
pub(crate) const LONGEST_NUMBER: usize = 9;

impl Token<'_> {
    /// Appends the token's term to `out`.
    ///
    /// ```
    /// use saring::tokenize::tokens;
    /// let mut terms = Vec::new();
    /// for token in tokens("BACA JUGA: 2.500 Warga...") {
    ///     let mut term = String::new();
    ///     token.push_term(&mut term);
    ///     terms.push(term);
    /// }
    /// assert_eq!(terms, ["baca", "juga", ":", "#1", ".", "#3", "warga", "..."]);
    /// ```
    pub fn push_term(&self, out: &mut String) {
        match self.kind {
            TokenKind::Word => self
                .text
                .chars()
                .flat_map(char::to_lowercase)
                .for_each(|letter| out.push(letter)),
            TokenKind::Number => {
                let digits = self.text.chars().count().min(LONGEST_NUMBER);
                write!(out, "#{digits}").expect("writing to a String cannot fail");
            }
            TokenKind::Mark => out.extend(self.text.chars().take(LONGEST_MARK)),
        }
    }
}

/// The tokens of a normalised line, left to right; spaces part tokens and are none.
pub fn tokens(line: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = line;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let kind = kind_of(first);
        let end = rest
            .char_indices()
            .skip(1)
            .find(|&(_, next)| !continues(kind, first, next))
            .map_or(rest.len(), |(position, _)| position);
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Token { kind, text })
    })
}

/// The kind of the tokens that begin with this character, which is no space.
pub(crate) fn kind_of(character: char) -> TokenKind {
    if is_general_punctuation(character) {
        TokenKind::Mark
    } else if character.is_numeric() {
        TokenKind::Number
    } else if character.is_alphabetic() {
        TokenKind::Word
    } else {
        TokenKind::Mark
    }
}

fn continues(kind: TokenKind, first: char, next: char) -> bool {
    match kind {
        TokenKind::Mark => next == first,
        TokenKind::Number => next.is_numeric(),
        TokenKind::Word => (next.is_alphabetic() && !next.is_numeric()) || is_combining(next),
    }
}

/// Whether a character is one of Unicode's block of dashes, curly quotes, bullets and dots, none of
/// which is a letter or a digit: told faster than by asking for that.
pub(crate) fn is_general_punctuation(character: char) -> bool {
    matches!(character, '\u{2000}'..='\u{206f}')
}

/// How many bytes of a text stand before its first character that is not ASCII.
pub(crate) fn ascii_length(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let other = text.bytes().position(|byte| !byte.is_ascii());
    other.unwrap_or(text.len())
}

/// Marks that combine with the letter before them, of the scripts that Indonesian pages carry.
fn is_combining(character: char) -> bool {
    matches!(
        character,
        '\u{300}'..='\u{36f}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}'
            | '\u{6d6}'..='\u{6ed}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(line: &str) -> Vec<String> {
        tokens(line)
            .map(|token| {
                let mut term = String::new();
                token.push_term(&mut term);
                term
            })
            .collect()
    }

    #[test]
    fn marks_are_tokens_of_their_own() {
        assert_eq!(terms("(rtn/dw)"), ["(", "rtn", "/", "dw", ")"]);
        assert_eq!(terms("Home » News |"), ["home", "»", "news", "|"]);
        assert_eq!(terms("?!!......"), ["?", "!!", "..."]);
    }

    #[test]
    fn letters_and_digits_part() {
        assert_eq!(terms("Rp25rb 12345678901"), ["rp", "#2", "rb", "#9"]);
    }

    #[test]
    fn words_of_other_scripts_and_combining_marks_stay_whole() {
        assert_eq!(terms("BE\u{301}BE"), ["be\u{301}be"]);
        assert_eq!(terms("بِسْمِ اللهِ"), ["بِسْمِ", "اللهِ"]);
    }

    #[test]
    fn general_punctuation_has_neither_letters_nor_digits() {
        let block = ('\0'..=char::MAX).filter(|&character| is_general_punctuation(character));
        let is_other = |character: char| !character.is_alphanumeric();
        assert_eq!(block.filter(|&character| is_other(character)).count(), 0x70);
    }

    #[test]
    fn a_line_without_anything_has_no_tokens() {
        assert_eq!(terms(" "), Vec::<String>::new());
    }
}
