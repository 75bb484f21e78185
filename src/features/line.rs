//! The **shape** of a line is what can be seen of it without knowing its words: its length, its
//! capitals and digits, how it begins and ends. It is measured here, once a line, together with
//! the line's tokens.

use super::categorical::OF_LINE;
use super::date::date_class;
use super::excerpt::push_excerpt;
use crate::cue::CueKinds;
use crate::normalize::normalize;
use crate::stem::{Language, Linguist};
use crate::tokenize::{TokenKind, tokens};

/// A line of cues has no more words.
const LONGEST_CUE_LINE: usize = 6;

/// One line as the extractor sees it.
#[derive(Clone, Debug)]
pub struct Line {
    /// The normalised text; of a long line its first and last words.
    pub text: String,
    /// The term of each token, left to right.
    pub terms: Vec<String>,
    /// The kind of each token.
    pub kinds: Vec<TokenKind>,
    /// Whether each token is an Indonesian stopword.
    pub is_stopword: Vec<bool>,
    /// The language that its stopwords tell.
    pub language: Language,
    /// The numbers behind the shape.
    pub measures: Measures,
}

/// What is counted of a line; all but its length of what is read of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measures {
    /// Characters of the whole normalised line.
    pub length: usize,
    /// Characters that are read.
    pub characters: usize,
    /// Tokens that are words.
    pub words: usize,
    /// Words that are Indonesian stopwords.
    pub stopwords: usize,
    /// Words that are English stopwords.
    pub english_stopwords: usize,
    /// Words that are cues.
    pub cues: usize,
    /// Which kinds of cues they are.
    pub(crate) cue_kinds: CueKinds,
    /// Words whose first letter is a capital.
    pub title_words: usize,
    /// `.`, `?` or `!` before a space or the end of the line.
    pub sentence_ends: usize,
    /// Commas.
    pub commas: usize,
    /// Characters that are letters.
    pub letters: usize,
    /// Letters that are capitals.
    pub capitals: usize,
    /// Characters that are ASCII digits.
    pub digits: usize,
    /// Characters of tokens that are marks.
    pub marks: usize,
    /// Capitals right after a small letter.
    pub glued: usize,
    /// Characters of the longest word.
    pub longest_word: usize,
}

impl Measures {
    /// Share of the words that are Indonesian stopwords, 0 for a line without words.
    pub fn stopword_share(&self) -> f32 {
        share(self.stopwords, self.words)
    }

    /// Share of the words that are cues, 0 for a line without words.
    pub fn cue_share(&self) -> f32 {
        share(self.cues, self.words)
    }

    /// Whether the line is short, and half of its words or more are cues.
    pub fn is_cue_line(&self) -> bool {
        (1..=LONGEST_CUE_LINE).contains(&self.words) && 2 * self.cues >= self.words
    }

    /// Whether the line reads as prose: long, and with the end of a sentence.
    pub fn is_prose(&self) -> bool {
        self.length >= 80 && self.sentence_ends > 0 && self.stopword_share() >= 0.1
    }
}

impl Line {
    /// Looks at one line, given by its original bytes.
    pub fn new(raw: &[u8], linguist: &Linguist) -> Self {
        let (mut whole, mut excerpt) = (String::new(), Vec::new());
        normalize(raw, &mut whole);
        push_excerpt(whole.as_bytes(), &mut excerpt);
        let mut line = Self {
            text: String::from_utf8(excerpt).expect("whole characters"),
            terms: Vec::new(),
            kinds: Vec::new(),
            is_stopword: Vec::new(),
            language: Language::Indonesian,
            measures: Measures {
                length: whole.chars().count(),
                ..Measures::default()
            },
        };
        line.measure(linguist);
        line.language = Language::of(line.measures.stopwords, line.measures.english_stopwords);
        line
    }

    fn measure(&mut self, linguist: &Linguist) {
        let measures = &mut self.measures;
        for token in tokens(&self.text) {
            let mut term = String::with_capacity(token.text.len());
            token.push_term(&mut term);
            let is_word = token.kind == TokenKind::Word;
            let is_stopword = is_word && linguist.is_indonesian_stopword(&term);
            match token.kind {
                TokenKind::Word => {
                    measures.words += 1;
                    measures.stopwords += usize::from(is_stopword);
                    measures.english_stopwords += usize::from(linguist.is_english_stopword(&term));
                    if let Some(cue) = linguist.cue(&term) {
                        measures.cues += 1;
                        measures.cue_kinds = measures.cue_kinds.with(CueKinds::of(cue));
                    }
                    let capital = token.text.chars().next().is_some_and(char::is_uppercase);
                    measures.title_words += usize::from(capital);
                    let length = token.text.chars().count();
                    measures.longest_word = measures.longest_word.max(length);
                }
                TokenKind::Number => {}
                TokenKind::Mark => measures.marks += token.text.chars().count(),
            }
            self.terms.push(term);
            self.kinds.push(token.kind);
            self.is_stopword.push(is_stopword);
        }
        measures.count_characters(&self.text);
    }

    /// What two lines have in common that count as the same.
    pub(crate) fn identity(&self) -> (&str, usize) {
        (&self.text, self.measures.length)
    }

    /// The values of the line's own categoricals, the first of
    /// [`CATEGORICALS`](super::categorical::CATEGORICALS).
    pub fn values(&self) -> [f32; OF_LINE] {
        let m = &self.measures;
        let title_share = share(m.title_words, m.words);
        let last = Last::of(&self.text);
        [
            m.length as f32,
            m.length as f32,
            m.words as f32,
            share(m.capitals, m.letters),
            title_share,
            title_share,
            share(m.digits, m.characters),
            share(m.marks, m.characters),
            m.stopword_share(),
            m.stopwords as f32,
            m.sentence_ends as f32,
            m.commas as f32,
            First::of(&self.text) as usize as f32,
            last as usize as f32,
            f32::from(self.text.contains("...") || self.text.contains('…')),
            address_class(&self.text) as f32,
            m.language_class(self.language) as f32,
            date_class(&self.text, &self.terms) as f32,
            m.glued as f32,
            m.longest_word as f32,
            m.cues as f32,
            m.cue_share(),
            m.cue_kinds.first() as f32,
            m.kind_class(last) as f32,
        ]
    }
}

impl Measures {
    /// The place in [`KIND`](super::categorical::KIND) of a line that ends with a character of this
    /// class.
    pub(crate) fn kind_class(&self, last: Last) -> usize {
        let size = [26, 71, 141]
            .iter()
            .filter(|&&edge| self.length >= edge)
            .count();
        let ends = matches!(
            last,
            Last::Period | Last::Question | Last::Exclamation | Last::Quote
        );
        2 * size + usize::from(ends)
    }

    /// The place in [`LANGUAGE`](super::categorical::LANGUAGE) of a line whose stopwords tell this
    /// language.
    pub(crate) fn language_class(&self, language: Language) -> usize {
        match (self.stopwords + self.english_stopwords, language) {
            (0, _) => 0,
            (_, Language::Indonesian) => 1,
            (_, Language::English) => 2,
        }
    }

    fn count_characters(&mut self, text: &str) {
        let mut characters = text.chars().peekable();
        let mut previous_is_lower = false;
        while let Some(character) = characters.next() {
            self.characters += 1;
            self.commas += usize::from(character == ',');
            self.letters += usize::from(character.is_alphabetic());
            self.capitals += usize::from(character.is_uppercase());
            self.digits += usize::from(character.is_ascii_digit());
            self.glued += usize::from(previous_is_lower && character.is_uppercase());
            previous_is_lower = character.is_lowercase();
            let ends = characters
                .peek()
                .is_none_or(|&next| next == ' ' || is_quote(next));
            self.sentence_ends += usize::from(matches!(character, '.' | '?' | '!') && ends);
        }
    }
}

pub(crate) fn share(part: usize, whole: usize) -> f32 {
    if whole == 0 {
        0.0
    } else {
        part as f32 / whole as f32
    }
}

pub(crate) fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\'' | '“' | '”' | '‘' | '’' | '«' | '»')
}

/// What the first character of a line is, in the order of [`FIRST`](super::categorical::FIRST).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum First {
    Upper,
    Lower,
    Digit,
    Quote,
    Bracket,
    Bullet,
    Mark,
}

impl First {
    pub fn of(text: &str) -> Self {
        match text.chars().next() {
            Some(c) if c.is_uppercase() => Self::Upper,
            Some(c) if c.is_alphabetic() => Self::Lower,
            Some(c) if c.is_numeric() => Self::Digit,
            Some(c) if is_quote(c) => Self::Quote,
            Some('(' | '[' | '{' | '<') => Self::Bracket,
            Some('-' | '–' | '—' | '*' | '•' | '·' | '●' | '▪' | '➢' | '✓' | '#' | '>') => {
                Self::Bullet
            }
            _ => Self::Mark,
        }
    }
}

/// What the last character of a line is, in the order of [`LAST`](super::categorical::LAST).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    Letter,
    Digit,
    Period,
    Question,
    Exclamation,
    Colon,
    Comma,
    Quote,
    Bracket,
    Ellipsis,
    Mark,
}

impl Last {
    pub fn of(text: &str) -> Self {
        match text.chars().next_back() {
            _ if text.ends_with("...") => Self::Ellipsis,
            Some('…') => Self::Ellipsis,
            Some('.') => Self::Period,
            Some('?') => Self::Question,
            Some('!') => Self::Exclamation,
            Some(':') => Self::Colon,
            Some(',' | ';') => Self::Comma,
            Some(')' | ']' | '}' | '>') => Self::Bracket,
            Some(c) if is_quote(c) => Self::Quote,
            Some(c) if c.is_numeric() => Self::Digit,
            Some(c) if c.is_alphabetic() => Self::Letter,
            _ => Self::Mark,
        }
    }
}

pub(crate) fn address_class(text: &str) -> usize {
    if text.contains("://") || text.contains("www.") {
        2
    } else if text.match_indices('@').any(|(at, _)| is_mail(text, at)) {
        3
    } else {
        usize::from(text.match_indices('.').any(|(dot, _)| is_host(text, dot)))
    }
}

/// Whether the word around an `@` has a dot too.
fn is_mail(text: &str, at: usize) -> bool {
    let mut halves = text[..at].rsplit(' ').take(1);
    let mut rest = text[at..].split(' ').take(1);
    halves.any(|before| before.contains('.')) || rest.any(|after| after.contains('.'))
}

/// Whether a dot and what follows it in its word are the end of a host's name.
fn is_host(text: &str, dot: usize) -> bool {
    let follows_word = !matches!(text.as_bytes()[..dot].last(), None | Some(b' '));
    let after = &text.as_bytes()[dot + 1..];
    follows_word
        && ["com", "id", "org", "net"].iter().any(|end| {
            let parts = after.split_at_checked(end.len());
            parts.is_some_and(|(name, rest)| {
                name.eq_ignore_ascii_case(end.as_bytes())
                    && matches!(rest.first(), None | Some(b' '))
            })
        })
}

#[cfg(test)]
mod tests {
    use super::super::categorical::{ADDRESS, CUE, KIND, LANGUAGE};
    use super::*;

    fn line(text: &str) -> Line {
        Line::new(text.as_bytes(), &Linguist::default())
    }

    #[test]
    fn addresses_are_told_by_their_form() {
        let address = |text| ADDRESS[address_class(text)];
        assert_eq!(address("https://a.example/berita"), "url");
        assert_eq!(address("redaksi@kabar.example"), "mail");
        assert_eq!(address("Lihat kabar.co.id sekarang"), "host");
        assert_eq!(address("Harga beras naik."), "none");
    }

    #[test]
    fn a_line_of_cues_is_short_and_half_of_it_are_cues() {
        let measures = |text| line(text).measures;
        let reply = measures("Leave a Reply");
        assert_eq!((reply.cues, reply.words), (2, 3));
        assert_eq!(CUE[reply.cue_kinds.first()], "comment");
        assert!(reply.is_cue_line());
        assert!(
            !measures("Harga beras naik lagi").is_cue_line(),
            "one of four"
        );
        assert!(!measures("Bagikan ke Facebook Twitter WhatsApp Telegram LINE").is_cue_line());
        assert!(!measures("***").is_cue_line(), "no words");
    }

    /// Of the 8 words ia, dan, saya, di and ada are stopwords; Ia, Di and Rina begin with a capital.
    #[test]
    fn a_line_is_measured_by_its_words_and_marks() {
        let line = line("Ia dan saya pergi. Di pasar, ada Rina.");
        let measures = &line.measures;
        assert_eq!((measures.words, measures.stopwords), (8, 5));
        assert_eq!((measures.sentence_ends, measures.commas), (2, 1));
        assert_eq!((measures.length, measures.characters), (38, 38));
        assert_eq!(measures.title_words, 3);
        let values = line.values();
        assert_eq!(LANGUAGE[values[16] as usize], "indonesian");
        assert_eq!(KIND[values[OF_LINE - 1] as usize], "short_sentence");
    }

    #[test]
    fn a_long_line_is_read_at_its_ends_but_for_its_length() {
        let line = line(&format!("Harga {}naik.", "beras dan gabah, ".repeat(20)));
        assert_eq!(line.measures.length, 351);
        assert_eq!(line.measures.characters, line.text.len());
        assert_eq!(line.terms.first().map(String::as_str), Some("harga"));
        assert_eq!(line.terms.last().map(String::as_str), Some("."));
        // Two in the first 40 bytes, and two in the last 40.
        assert_eq!(line.measures.commas, 4);
    }
}
