//! A **scan** goes once over the bytes of a normalised line and finds what the features ask for: the
//! words of its tokens, and the counts behind its shape. It sees what
//! [`Line::new`](crate::features::line::Line) sees, and builds no string.

use crate::features::line::Measures;
use crate::stem::{Language, Linguist};
use crate::tokenize::{LONGEST_MARK, LONGEST_NUMBER, Token, TokenKind, tokens};

use super::masks::Masks;
use super::slots::Probe;
use super::views::WordWeights;
use super::words::{Key, Traits, WordId, Words};

/// What was found of a line: by [`Scan::line`], then [`Scan::look`], then [`Scan::look_up`].
#[derive(Debug, Default)]
pub struct Scan {
    /// The word of each token, left to right.
    pub words: Vec<WordId>,
    /// The words among them that may tell a topic, as often as they stand there.
    pub topical: Vec<WordId>,
    /// What was counted.
    pub measures: Measures,
    /// The language that its stopwords tell.
    pub language: Option<Language>,
    /// What kinds of rarer things stand in it.
    pub signs: Signs,
    masks: Masks,
    spelled: Vec<Spelled>,
    /// The term of a token that is not of ASCII letters alone.
    term: String,
    /// Room to fold a line in.
    pub folded: Vec<u8>,
}

/// A word of ASCII letters that is yet to be looked up.
#[derive(Clone, Copy, Debug)]
struct Spelled {
    key: Key,
    probe: Probe,
    /// Which token it is.
    token: u32,
    length: u8,
    is_title: bool,
}

/// What is counted of words.
#[derive(Clone, Copy, Default)]
struct Counts {
    words: usize,
    stopwords: usize,
    english_stopwords: usize,
    cues: usize,
    title_words: usize,
    longest: usize,
    /// The traits of all of them.
    traits: Traits,
}

impl Counts {
    fn add(&mut self, traits: Traits, characters: usize, is_title: bool) {
        self.words += 1;
        self.stopwords += usize::from(traits.has(Traits::STOPWORD));
        self.english_stopwords += usize::from(traits.has(Traits::ENGLISH_STOPWORD));
        self.cues += usize::from(traits.has(Traits::CUE));
        self.title_words += usize::from(is_title);
        self.longest = self.longest.max(characters);
        self.traits = self.traits.with(traits);
    }
}

/// Whether a line has what some questions need not be asked without.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signs {
    /// A word that dates are told by.
    pub date_word: bool,
    /// A mark `/`.
    pub slash: bool,
    /// A mark `:`.
    pub colon: bool,
    /// `@`, `:/`, `www.`, or a dot before something that is neither a space nor a digit.
    pub address: bool,
    /// Three dots, as marks or as one character.
    pub ellipsis: bool,
}

/// What a byte is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Letter,
    Digit,
    Mark,
    /// A part of a character that is not ASCII.
    Other,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Mark; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b' ' => Class::Space,
            b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            0x80.. => Class::Other,
            _ => Class::Mark,
        };
        byte += 1;
    }
    classes
};

/// The words of the terms that need not be spelled: numbers by their digits, marks by their
/// character and how often it stands.
#[derive(Clone, Debug)]
pub struct PlainTerms {
    numbers: [WordId; LONGEST_NUMBER + 1],
    marks: Vec<[WordId; LONGEST_MARK]>,
}

impl PlainTerms {
    /// Gives the terms their numbers.
    pub fn new(words: &mut Words) -> Self {
        let numbers = std::array::from_fn(|digits| words.intern(&format!("#{digits}")));
        let marks = (0..0x80u8).map(|mark| {
            std::array::from_fn(|more| words.intern(&String::from(mark as char).repeat(more + 1)))
        });
        Self {
            numbers,
            marks: marks.collect(),
        }
    }

    /// The terms of numbers.
    pub fn numbers(&self) -> &[WordId] {
        &self.numbers
    }

    /// The terms of an ASCII mark that stands once, twice, and three times or more.
    pub fn marks(&self, mark: u8) -> &[WordId; LONGEST_MARK] {
        &self.marks[usize::from(mark)]
    }
}

/// What a scan looks things up in.
pub struct Lexicon<'a> {
    /// The words.
    pub words: &'a mut Words,
    /// Some of them.
    pub plain: &'a PlainTerms,
    /// The weights of words, which are asked for.
    pub weights: &'a WordWeights,
    /// The stopwords.
    pub linguist: &'a Linguist,
}

impl Scan {
    /// Finds the tokens of a line, and asks for where its words are looked for; `text` is its bytes and
    /// [`PADDING`](crate::normalize::PADDING).
    pub fn line(&mut self, text: &[u8], line: &str, lexicon: &mut Lexicon) {
        self.words.clear();
        self.topical.clear();
        self.spelled.clear();
        self.measures = Measures::default();
        self.signs = Signs::default();
        self.masks.fill(text, line, &mut self.measures);
        let mut at = 0;
        while at < line.len() {
            at = match CLASSES[usize::from(text[at])] {
                Class::Space => at + 1,
                Class::Letter => self.letters(text, line, at, lexicon),
                Class::Digit => self.digits(text, line, at, lexicon),
                Class::Mark => self.mark(text, at, lexicon),
                Class::Other => self.other(line, at, lexicon),
            };
        }
    }

    /// Looks there.
    pub fn look(&mut self, words: &Words) {
        for word in &mut self.spelled {
            words.look(&mut word.probe);
        }
    }

    fn letters(&mut self, text: &[u8], line: &str, start: usize, lexicon: &mut Lexicon) -> usize {
        let length = self.masks.letters(start);
        let end = start + length;
        if text[end] >= 0x80 || length > 16 {
            return self.other(line, start, lexicon);
        }
        let key = Key::of_letters(text, start, length);
        self.spelled.push(Spelled {
            key,
            probe: lexicon.words.probe(key),
            token: self.words.len() as u32,
            length: length as u8,
            is_title: text[start].is_ascii_uppercase(),
        });
        self.measures.letters += length;
        self.words.push(0);
        // Most words are followed by a space, which is no token.
        end + usize::from(text[end] == b' ')
    }

    /// Looks up the words of ASCII letters, and asks for their weights.
    pub fn look_up(&mut self, lexicon: &mut Lexicon) {
        for word in &self.spelled {
            let id = lexicon.words.intern_probed(word.key, word.probe);
            self.words[word.token as usize] = id;
        }
        let mut counts = Counts::default();
        let mut topical = self.topical.len();
        self.topical.resize(topical + self.spelled.len(), 0);
        for word in &self.spelled {
            let id = self.words[word.token as usize];
            let traits = lexicon.words.word(id).traits;
            for term in lexicon.words.likely_terms(id) {
                lexicon.weights.prefetch(term);
            }
            counts.add(traits, word.length.into(), word.is_title);
            // Kept or overwritten by the next one: whether it may tell a topic is hard to foresee.
            self.topical[topical] = id;
            topical += usize::from(traits.has(Traits::TOPICAL));
        }
        self.topical.truncate(topical);
        self.count(&counts);
        let Measures {
            stopwords,
            english_stopwords,
            ..
        } = self.measures;
        self.language = Some(Language::of(stopwords, english_stopwords));
    }

    /// A word that is looked up already.
    fn count_word(
        &mut self,
        word: WordId,
        characters: usize,
        is_title: bool,
        lexicon: &mut Lexicon,
    ) {
        let traits = lexicon.words.word(word).traits;
        let mut counts = Counts::default();
        counts.add(traits, characters, is_title);
        self.count(&counts);
        if traits.has(Traits::TOPICAL) {
            self.topical.push(word);
        }
    }

    fn count(&mut self, counts: &Counts) {
        let measures = &mut self.measures;
        measures.words += counts.words;
        measures.stopwords += counts.stopwords;
        measures.english_stopwords += counts.english_stopwords;
        measures.cues += counts.cues;
        measures.cue_kinds = measures.cue_kinds.with(counts.traits.cues());
        measures.title_words += counts.title_words;
        measures.longest_word = measures.longest_word.max(counts.longest);
        self.signs.date_word |= counts.traits.has(Traits::DATE);
    }

    fn digits(&mut self, text: &[u8], line: &str, start: usize, lexicon: &mut Lexicon) -> usize {
        let digits = text[start..].iter();
        let length = digits.take_while(|byte| byte.is_ascii_digit()).count();
        let end = start + length;
        if text[end] >= 0x80 {
            return self.other(line, start, lexicon);
        }
        self.measures.digits += length;
        let word = lexicon.plain.numbers[length.min(LONGEST_NUMBER)];
        self.words.push(word);
        end
    }

    fn mark(&mut self, text: &[u8], start: usize, lexicon: &mut Lexicon) -> usize {
        let mark = text[start];
        let run = text[start..].iter().take_while(|&&byte| byte == mark);
        let length = run.count();
        let next = text[start + length];
        let is_inside = next != b' ' && next != 0;
        let ends = !is_inside || matches!(next, b'"' | b'\'');
        let (signs, measures) = (&mut self.signs, &mut self.measures);
        match mark {
            b'.' => {
                measures.sentence_ends += usize::from(ends);
                signs.address |= is_inside && !next.is_ascii_digit();
                signs.address |= text[..start].ends_with(b"www");
                signs.ellipsis |= length >= 3;
            }
            b':' => {
                signs.colon = true;
                signs.address |= next == b'/';
            }
            b'?' | b'!' => measures.sentence_ends += usize::from(ends),
            b',' => measures.commas += length,
            b'/' => signs.slash = true,
            b'@' => signs.address = true,
            _ => {}
        }
        measures.marks += length;
        let terms = lexicon.plain.marks(mark);
        self.words.push(terms[length.min(LONGEST_MARK) - 1]);
        start + length
    }

    /// A token that is not of ASCII alone, or a long word.
    fn other(&mut self, line: &str, start: usize, lexicon: &mut Lexicon) -> usize {
        let token = tokens(&line[start..]).next();
        let token: Token = token.expect("the line goes on");
        self.term.clear();
        token.push_term(&mut self.term);
        let word = lexicon.words.intern(&self.term);
        let count = |is: fn(&u8) -> bool| token.text.bytes().filter(is).count();
        self.measures.letters += count(u8::is_ascii_alphabetic);
        self.measures.digits += count(u8::is_ascii_digit);
        match token.kind {
            TokenKind::Word => {
                let is_title = token.text.chars().next().is_some_and(char::is_uppercase);
                self.count_word(word, token.text.chars().count(), is_title, lexicon);
            }
            TokenKind::Number => {}
            TokenKind::Mark => {
                self.measures.marks += token.text.chars().count();
                self.signs.ellipsis |= token.text.starts_with('…');
            }
        }
        self.words.push(word);
        start + token.text.len()
    }
}
