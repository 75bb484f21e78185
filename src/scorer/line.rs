//! A **reading** of a line is all that can be said of it without its page: its bins, what the
//! context of other lines needs of it, and what it adds to its own scores and to those of the lines
//! near it.

use crate::features::LONGEST_WHOLE;
use crate::features::categorical::{CUE_OF_LINE, DATE_OF_LINE, OF_LINE};
use crate::features::date::has_clock;
use crate::features::line::{First, Last, address_class, share};
use crate::features::listing::form;
use crate::stem::Language;

use super::Compiled;
use super::bins::Binner;
use super::columns::{KIND, SIZE};
use super::phrases::Step;
use super::scan::{Lexicon, Scan};
use super::views::Views;
use super::words::{NO_TERM, Traits, WordId};

/// What can be said of a line without its page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading {
    /// The bins of those of its own categoricals that its context is seen with: its length, its kind,
    /// that of its first cue, its date.
    pub size: u8,
    pub kind: u8,
    pub cue: u8,
    pub date: u8,
    /// Whether it reads as prose.
    pub is_prose: bool,
    /// Its characters.
    pub length: u32,
    /// Its words.
    pub words: u32,
    /// Those that are cues.
    pub cues: u32,
    /// Whether it is a line of cues.
    pub is_cue_line: bool,
    /// The hash of its form.
    pub form: u64,
}

/// Reads lines, one after the other.
pub struct Reader<'a> {
    pub compiled: &'a Compiled,
    pub scan: &'a mut Scan,
    pub lexicon: Lexicon<'a>,
    pub stamps: &'a mut Stamps,
    pub found: &'a mut Found,
}

/// Which terms were found of a line, whose weights are added once all are: the processor then waits for
/// many of them at a time to come from memory.
pub type Found = Vec<u32>;

/// The first places of a list, which has at least so many then.
fn with_room<T: Clone + Default>(list: &mut Vec<T>, length: usize) -> &mut [T] {
    if list.len() < length {
        list.resize(length, T::default());
    }
    &mut list[..length]
}

/// Which terms a line was seen to have: a feature holds once, however often its term stands there.
#[derive(Debug, Default)]
pub struct Stamps {
    present: u8,
    /// A byte a term: so many stay near the processor.
    stamps: Vec<u8>,
}

impl Stamps {
    /// None of `terms` terms was seen.
    pub fn new(terms: usize) -> Self {
        Self {
            present: 0,
            stamps: vec![0; terms + 1],
        }
    }

    fn next_line(&mut self) {
        self.present = self.present.wrapping_add(1);
        if self.present == 0 {
            self.stamps.fill(0);
            self.present = 1;
        }
        // What stands for no term is never new.
        if let Some(last) = self.stamps.last_mut() {
            *last = self.present;
        }
    }

    /// Says whether the term was not seen on this line before; no for [`NO_TERM`].
    fn is_new(&mut self, term: u32) -> bool {
        let last = self.stamps.len() - 1;
        let stamp = &mut self.stamps[last.min(term as usize)];
        std::mem::replace(stamp, self.present) != self.present
    }
}

impl Reader<'_> {
    /// Reads the excerpt `text[..end]` of a line of `length` characters, or the line itself, which zeros
    /// follow; adds what it adds to scores to `views`.
    pub fn read(
        &mut self,
        text: &str,
        end: usize,
        length: Option<usize>,
        views: &mut Views,
    ) -> Reading {
        let line = &text[..end];
        self.scan.line(text.as_bytes(), line, &mut self.lexicon);
        self.prefetch_phrases();
        let measures = &mut self.scan.measures;
        measures.length = length.unwrap_or(measures.characters);
        let measures = self.scan.measures;
        let bins = self.bins(line);
        self.compiled.fixed.find_own(&bins, self.found);
        let reading = Reading {
            size: bins[SIZE],
            kind: bins[KIND],
            cue: bins[CUE_OF_LINE],
            date: bins[DATE_OF_LINE],
            is_prose: measures.is_prose(),
            length: measures.length as u32,
            words: measures.words as u32,
            cues: measures.cues as u32,
            is_cue_line: measures.is_cue_line(),
            form: form(line, &mut self.scan.folded),
        };
        self.compiled.fixed.add_own(self.found, views);
        self.stamps.next_line();
        self.add_words(views);
        self.add_phrases(views);
        reading
    }

    fn add_words(&mut self, views: &mut Views) {
        let language = self.scan.language.unwrap_or(Language::Indonesian);
        let (compiled, linguist) = (self.compiled, self.lexicon.linguist);
        let words = &mut *self.lexicon.words;
        let tokens = &self.scan.words;
        let found = with_room(self.found, 2 * tokens.len());
        let mut count = 0;
        for &id in tokens {
            for term in words.terms(id, language, linguist) {
                // Kept or overwritten by the next one: whether it is new is hard to foresee.
                found[count] = term;
                count += usize::from(self.stamps.is_new(term));
            }
        }
        views.add(&compiled.terms, &found[..count]);
    }

    /// Asks for what [`Reader::add_phrases`] looks at first.
    fn prefetch_phrases(&self) {
        let phrases = &self.compiled.phrases;
        if let [first, ..] = self.scan.words[..] {
            phrases.prefetch(phrases.start(), first);
        }
        if let [.., left, right] = self.scan.words[..] {
            phrases.prefetch(left, right);
            phrases.prefetch(right, phrases.end());
        }
    }

    /// Adds the phrases that the start or the end of the line is part of.
    fn add_phrases(&self, views: &mut Views) {
        let (phrases, words) = (&self.compiled.phrases, &self.scan.words[..]);
        let known = self.lexicon.words.known() as u32;
        let mut add = |step: Option<Step>| {
            let term = step.map(|step| step.term).filter(|&term| term != NO_TERM);
            if let Some(term) = term {
                views.add(&self.compiled.phrase_weights, &[term]);
            }
        };
        let of_word = |word: WordId| (word < known).then_some(word);
        let last = words.last().copied().and_then(of_word);
        add(last.and_then(|last| phrases.step(last, phrases.end())));
        if let [.., left, right] = words {
            let pair = of_word(*left).and_then(|left| phrases.step(left, *right));
            add(pair.and_then(|pair| phrases.step(pair.node, phrases.end())));
        }
        let mut node = Some(phrases.start());
        for (count, &word) in words.iter().enumerate().take(LONGEST_WHOLE) {
            let next = node.and_then(|node| phrases.step(node, word));
            if count < 3 {
                add(next);
            }
            node = next.map(|step| step.node);
            if node.is_none() {
                return;
            }
        }
        if (2..=LONGEST_WHOLE).contains(&words.len()) {
            add(node.and_then(|node| phrases.step(node, phrases.end())));
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
            binners[0].count(m.length),
            binners[1].count(m.length),
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

    /// The traits of a token, none where there is none.
    fn traits(&self, at: usize) -> Traits {
        let word = self.scan.words.get(at);
        word.map(|&word| self.lexicon.words.word(word).traits)
            .unwrap_or_default()
    }

    /// Whether the term of a token begins with `#` and goes on.
    fn is_number(&self, at: usize) -> bool {
        let plain = self.lexicon.plain;
        self.scan.words.get(at).is_some_and(|word| {
            plain.numbers().contains(word) || plain.marks(b'#')[1..].contains(word)
        })
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
