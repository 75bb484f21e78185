//! A **reading** of a line is all that can be said of it without its page: its bins, what the
//! context of other lines needs of it, and what it adds to its own scores and to those of the lines
//! near it.

use crate::features::LONGEST_WHOLE;
use crate::features::categorical::OF_LINE;
use crate::features::date::has_clock;
use crate::features::line::{First, Last, address_class, share};
use crate::features::listing::form;
use crate::stem::Language;
use crate::tokenize::TokenKind;

use super::bins::Binner;
use super::fixed::VIEWS;
use super::phrases::Node;
use super::scan::{Lexicon, Scan};
use super::words::{NO_TERM, Traits, WordId};
use super::{Compiled, Lanes};

/// What can be said of a line without its page.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// What it adds to its own scores, and to those of the lines that see it.
    pub views: [Lanes; VIEWS],
    /// The bins of its own categoricals.
    pub bins: [u8; OF_LINE],
    /// Whether it has the end of a sentence.
    pub has_sentence: bool,
    /// Whether it reads as prose.
    pub is_prose: bool,
    /// Its characters.
    pub characters: u32,
    /// Its words.
    pub words: u32,
    /// Those that are stopwords.
    pub stopwords: u32,
    /// Those that are cues.
    pub cues: u32,
    /// Whether it is a line of cues.
    pub is_cue_line: bool,
    /// Its tokens.
    pub tokens: u32,
    /// Its characters that stand in code.
    pub code_marks: u32,
    /// The hash of its form.
    pub form: u64,
}

impl Reading {
    /// The reading of nothing.
    pub const EMPTY: Self = Self {
        views: [Lanes::ZERO; VIEWS],
        bins: [0; OF_LINE],
        has_sentence: false,
        is_prose: false,
        characters: 0,
        words: 0,
        stopwords: 0,
        cues: 0,
        is_cue_line: false,
        tokens: 0,
        code_marks: 0,
        form: 0,
    };
}

/// Reads lines, one after the other.
pub struct Reader<'a> {
    pub compiled: &'a Compiled,
    pub scan: &'a mut Scan,
    pub lexicon: Lexicon<'a>,
    pub stamps: &'a mut Stamps,
    pub found: &'a mut Found,
}

/// What was found of a line, whose weights are added once all is: the processor then waits for many
/// of them at a time to come from memory.
#[derive(Debug, Default)]
pub struct Found {
    terms: Vec<u32>,
    /// Pairs of words that may be a phrase.
    pairs: Vec<(WordId, WordId)>,
    phrases: Vec<u32>,
}

impl Found {
    /// Drops the phrases that were found before.
    fn deduplicate(&mut self) {
        /// So many can be compared with each other.
        const FEW: usize = 32;
        if self.phrases.len() > FEW {
            self.phrases.sort_unstable();
            self.phrases.dedup();
            return;
        }
        let mut kept = 0;
        for at in 0..self.phrases.len() {
            let phrase = self.phrases[at];
            if !self.phrases[..kept].contains(&phrase) {
                self.phrases[kept] = phrase;
                kept += 1;
            }
        }
        self.phrases.truncate(kept);
    }
}

/// Which terms a line was seen to have: a feature holds once, however often its term stands there.
#[derive(Debug, Default)]
pub struct Stamps {
    present: u32,
    stamps: Vec<u32>,
}

impl Stamps {
    /// None of `terms` terms was seen.
    pub fn new(terms: usize) -> Self {
        Self {
            present: 0,
            stamps: vec![0; terms],
        }
    }

    fn next_line(&mut self) {
        self.present = self.present.wrapping_add(1);
        if self.present == 0 {
            self.stamps.fill(0);
            self.present = 1;
        }
    }

    /// Says whether the term was not seen on this line before.
    pub fn is_new(&mut self, term: u32) -> bool {
        let stamp = &mut self.stamps[term as usize];
        std::mem::replace(stamp, self.present) != self.present
    }
}

impl Reader<'_> {
    /// Reads the line `text[..length]`, which is followed by zeros.
    pub fn read(&mut self, text: &str, length: usize) -> Reading {
        let line = &text[..length];
        self.scan.line(text.as_bytes(), line, &mut self.lexicon);
        let measures = self.scan.measures;
        let mut reading = Reading {
            bins: self.bins(line),
            has_sentence: measures.sentence_ends > 0,
            is_prose: measures.is_prose(),
            characters: measures.characters as u32,
            words: measures.words as u32,
            stopwords: measures.stopwords as u32,
            cues: measures.cues as u32,
            is_cue_line: measures.is_cue_line(),
            tokens: self.scan.words.len() as u32,
            code_marks: measures.code_marks as u32,
            form: form(line, &mut self.scan.folded),
            ..Reading::EMPTY
        };
        let fixed = &self.compiled.fixed;
        fixed.add_own(&reading.bins, &mut reading.views);
        self.stamps.next_line();
        self.add_words(&mut reading.views);
        self.add_phrases(&mut reading.views[0]);
        reading
    }

    fn add_words(&mut self, views: &mut [Lanes; VIEWS]) {
        let language = self.scan.language.unwrap_or(Language::Indonesian);
        let (compiled, linguist) = (self.compiled, self.lexicon.linguist);
        let found = &mut self.found.terms;
        found.clear();
        let mut find = |term: u32| {
            if term != NO_TERM && self.stamps.is_new(term) {
                found.push(term);
            }
        };
        let words = &mut *self.lexicon.words;
        for (&id, &kind) in self.scan.words.iter().zip(&self.scan.kinds) {
            find(words.word(id).term);
            if kind == TokenKind::Word {
                find(words.stem(id, language, linguist));
            }
        }
        // The line is the one above for the line below it.
        let [mut own, mut above, _, mut below, _] = *views;
        for &term in &*found {
            let weights = &compiled.terms[term as usize];
            own += weights[0];
            above += weights[1];
            below += weights[2];
        }
        [views[0], views[1], views[3]] = [own, above, below];
    }

    fn add_phrases(&mut self, sum: &mut Lanes) {
        if self.scan.words.is_empty() {
            return;
        }
        self.find_pairs();
        self.find_edges();
        let weights = &self.compiled.phrase_weights;
        for &phrase in &self.found.phrases {
            *sum += weights[phrase as usize];
        }
    }

    /// Finds the phrases of two tokens of the line.
    fn find_pairs(&mut self) {
        let (phrases, words, found) = (&self.compiled.phrases, &self.scan.words, &mut *self.found);
        let known = self.lexicon.words.known() as u32;
        found.pairs.clear();
        found.pairs.resize(words.len(), (0, 0));
        let mut count = 0;
        for (&left, &right) in words.iter().zip(&words[1..]) {
            // Kept or overwritten by the next one: whether it is a phrase is hard to foresee.
            found.pairs[count] = (left, right);
            count += usize::from((left < known) & phrases.may_step(left, right));
        }
        let pairs = found.pairs[..count].iter();
        let steps = pairs.filter_map(|&(left, right)| phrases.step(left, right));
        let terms = steps.map(|step| step.term).filter(|&term| term != NO_TERM);
        found.phrases.clear();
        found.phrases.extend(terms);
        found.deduplicate();
    }

    /// Finds the phrases that the start or the end of the line is part of.
    fn find_edges(&mut self) {
        let (phrases, words) = (&self.compiled.phrases, &self.scan.words[..]);
        let known = self.lexicon.words.known() as u32;
        let found = &mut self.found.phrases;
        let mut add = |step: Option<super::phrases::Step>| {
            found.extend(step.map(|step| step.term).filter(|&term| term != NO_TERM));
        };
        let step = |from: Node, word: WordId| match phrases.may_step(from, word) {
            true => phrases.step(from, word),
            false => None,
        };
        let of_word = |word: WordId| (word < known).then_some(word);
        let last = words.last().copied().and_then(of_word);
        add(last.and_then(|last| step(last, phrases.end())));
        if let [.., left, right] = words {
            let pair = of_word(*left).and_then(|left| step(left, *right));
            add(pair.and_then(|pair| step(pair.node, phrases.end())));
        }
        let mut node = Some(phrases.start());
        for (count, &word) in words.iter().enumerate().take(LONGEST_WHOLE) {
            let next = node.and_then(|node| step(node, word));
            if count < 3 {
                add(next);
            }
            node = next.map(|step| step.node);
            if node.is_none() {
                return;
            }
        }
        if (2..=LONGEST_WHOLE).contains(&words.len()) {
            add(node.and_then(|node| step(node, phrases.end())));
        }
    }

    fn bins(&self, line: &str) -> [u8; OF_LINE] {
        let m = &self.scan.measures;
        let binners: &[Binner; OF_LINE] = self
            .compiled
            .binners
            .first_chunk()
            .expect("the line's own come first");
        let last = Last::of(line);
        let title_share = share(m.title_words, m.words);
        let language = self.scan.language.unwrap_or(Language::Indonesian);
        [
            binners[0].count(m.characters),
            binners[1].count(m.characters),
            binners[2].count(m.words),
            binners[3].share(share(m.capitals, m.letters)),
            binners[4].share(title_share),
            binners[5].share(title_share),
            binners[6].share(share(m.digits, m.characters)),
            binners[7].share(share(m.marks, m.characters)),
            binners[8].share(m.stopword_share()),
            binners[9].count(m.stopwords),
            binners[10].count(m.sentence_ends),
            binners[11].count(m.commas),
            First::of(line) as u8,
            last as u8,
            u8::from(self.scan.signs.ellipsis),
            match self.scan.signs.address {
                true => address_class(line) as u8,
                false => 0,
            },
            m.language_class(language) as u8,
            self.date_class(line),
            binners[18].count(m.glued),
            binners[19].count(m.longest_word),
            binners[20].count(m.cues),
            binners[21].share(m.cue_share()),
            m.cue_kinds.first() as u8,
            m.kind_class(last) as u8,
        ]
    }

    /// The place in [`DATE`](crate::features::categorical::DATE) of the line.
    fn date_class(&self, line: &str) -> u8 {
        let signs = self.scan.signs;
        if signs.date_word && self.has_month() {
            2
        } else if signs.slash && self.has_slashes() {
            3
        } else if signs.date_word && self.has_ago() {
            4
        } else {
            u8::from(signs.colon && has_clock(line))
        }
    }

    fn traits(&self, at: usize) -> Traits {
        match self.scan.kinds.get(at) {
            Some(TokenKind::Word) => self.lexicon.words.word(self.scan.words[at]).traits,
            _ => Traits::default(),
        }
    }

    /// Whether the term of a token begins with `#` and goes on.
    fn is_number(&self, at: usize) -> bool {
        match self.scan.kinds.get(at) {
            Some(TokenKind::Number) => true,
            Some(TokenKind::Mark) => {
                let marks = self.lexicon.plain.marks(b'#');
                marks[1..].contains(&self.scan.words[at])
            }
            _ => false,
        }
    }

    fn is_by_number(&self, at: usize) -> bool {
        at.checked_sub(1)
            .is_some_and(|before| self.is_number(before))
            || self.is_number(at + 1)
    }

    fn has_month(&self) -> bool {
        (0..self.scan.words.len())
            .any(|at| self.traits(at).has(Traits::MONTH) && self.is_by_number(at))
    }

    fn has_slashes(&self) -> bool {
        let slash = self.lexicon.plain.marks(b'/')[0];
        let hash = self.lexicon.plain.marks(b'#')[0];
        let words = self.scan.words.windows(5).enumerate();
        words
            .filter(|(_, window)| window[1] == slash && window[3] == slash)
            .any(|(at, window)| self.is_number(at) || window[0] == hash)
    }

    fn has_ago(&self) -> bool {
        (0..self.scan.words.len()).any(|at| {
            let traits = self.traits(at);
            traits.has(Traits::AGO)
                || traits.has(Traits::UNIT)
                    && self.traits(at + 1).has(Traits::AFTER_UNIT)
                    && self.is_by_number(at)
        })
    }
}
