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
use super::keys::excerpt_of;
use super::known_lines::{KnownLines, LineId};
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

/// A line that is being read.
#[derive(Debug, Default)]
pub struct Draft {
    /// Its number.
    pub line: LineId,
    /// What is read of it, and zeros.
    text: String,
    /// How long it is without them.
    end: usize,
    /// The characters of the whole line if that is not all.
    length: Option<usize>,
    scan: Scan,
    /// The cells of its shape, then its terms: what is added up once all are found.
    found: Vec<u32>,
    reading: Reading,
    views: Views,
}

impl Draft {
    /// Begins to read the line with this key.
    pub fn begin(&mut self, line: LineId, key: &[u8]) {
        self.line = line;
        (self.end, self.length) = excerpt_of(key, &mut self.text);
    }

    fn line(&self) -> &str {
        &self.text[..self.end]
    }

    /// Hands over what was read.
    pub fn end(&self, known: &mut KnownLines) {
        known.learn(self.line, self.reading, &self.views, &self.scan.topical);
    }
}

/// Reads lines, some of them at once, step by step: what a step asks for of memory is there by the next one,
/// and its own instructions stay near the processor.
pub struct Reader<'a> {
    pub compiled: &'a Compiled,
    pub lexicon: Lexicon<'a>,
    pub stamps: &'a mut Stamps,
}

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
    /// Reads lines that were begun.
    pub fn read(&mut self, drafts: &mut [Draft]) {
        for draft in &mut *drafts {
            let (text, line) = (draft.text.as_bytes(), &draft.text[..draft.end]);
            draft.scan.line(text, line, &mut self.lexicon);
        }
        for draft in &mut *drafts {
            draft.scan.look(self.lexicon.words);
        }
        for draft in &mut *drafts {
            draft.scan.look_up(&mut self.lexicon);
        }
        for draft in &mut *drafts {
            self.describe(draft);
        }
        for draft in &mut *drafts {
            self.add(draft);
        }
    }

    /// Finds the bins of a line and what follows from them, and asks for what [`Reader::add`] looks at.
    fn describe(&self, draft: &mut Draft) {
        self.prefetch_phrases(&draft.scan);
        let measures = &mut draft.scan.measures;
        measures.length = draft.length.unwrap_or(measures.characters);
        let bins = self.bins(&draft.scan, draft.line());
        self.compiled.fixed.find_own(&bins, &mut draft.found);
        let measures = &draft.scan.measures;
        draft.reading = Reading {
            size: bins[SIZE],
            kind: bins[KIND],
            cue: bins[CUE_OF_LINE],
            date: bins[DATE_OF_LINE],
            is_prose: measures.is_prose(),
            length: measures.length as u32,
            words: measures.words as u32,
            cues: measures.cues as u32,
            is_cue_line: measures.is_cue_line(),
            form: form(&draft.text[..draft.end], &mut draft.scan.folded),
        };
    }

    /// Adds up what a line adds to scores.
    fn add(&mut self, draft: &mut Draft) {
        draft.views = Views::ZERO;
        self.compiled.fixed.add_own(&draft.found, &mut draft.views);
        self.stamps.next_line();
        self.add_words(&draft.scan, &mut draft.found, &mut draft.views);
        self.add_phrases(&draft.scan, &mut draft.views);
    }

    fn add_words(&mut self, scan: &Scan, found: &mut Vec<u32>, views: &mut Views) {
        let language = scan.language.unwrap_or(Language::Indonesian);
        let (compiled, linguist) = (self.compiled, self.lexicon.linguist);
        let words = &mut *self.lexicon.words;
        let tokens = &scan.words;
        let found = with_room(found, 2 * tokens.len());
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
    fn prefetch_phrases(&self, scan: &Scan) {
        let phrases = &self.compiled.phrases;
        if let [first, ..] = scan.words[..] {
            phrases.prefetch(phrases.start(), first);
        }
        if let [.., left, right] = scan.words[..] {
            phrases.prefetch(left, right);
            phrases.prefetch(right, phrases.end());
        }
    }

    /// Adds the phrases that the start or the end of the line is part of.
    fn add_phrases(&self, scan: &Scan, views: &mut Views) {
        let (phrases, words) = (&self.compiled.phrases, &scan.words[..]);
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

    fn bins(&self, scan: &Scan, line: &str) -> [u8; OF_LINE] {
        let m = &scan.measures;
        let binners: &[Binner; OF_LINE] = self
            .compiled
            .binners
            .first_chunk()
            .expect("the line's own come first");
        let last = Last::of(line);
        let title_share = share(m.title_words, m.words);
        let language = scan.language.unwrap_or(Language::Indonesian);
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
            u8::from(scan.signs.ellipsis),
            match scan.signs.address {
                true => address_class(line) as u8,
                false => 0,
            },
            m.language_class(language) as u8,
            self.date_class(scan, line),
            binners[18].count(m.glued),
            binners[19].count(m.longest_word),
            binners[20].count(m.cues),
            binners[21].share(m.cue_share()),
            m.cue_kinds.first() as u8,
            m.kind_class(last) as u8,
        ]
    }

    /// The place in [`DATE`](crate::features::categorical::DATE) of the line.
    fn date_class(&self, scan: &Scan, line: &str) -> u8 {
        let signs = scan.signs;
        if signs.date_word && self.has_month(scan) {
            2
        } else if signs.slash && self.has_slashes(scan) {
            3
        } else if signs.date_word && self.has_ago(scan) {
            4
        } else {
            u8::from(signs.colon && has_clock(line))
        }
    }

    /// The traits of a token, none where there is none.
    fn traits(&self, scan: &Scan, at: usize) -> Traits {
        let word = scan.words.get(at);
        word.map(|&word| self.lexicon.words.word(word).traits)
            .unwrap_or_default()
    }

    /// Whether the term of a token begins with `#` and goes on.
    fn is_number(&self, scan: &Scan, at: usize) -> bool {
        let plain = self.lexicon.plain;
        scan.words.get(at).is_some_and(|word| {
            plain.numbers().contains(word) || plain.marks(b'#')[1..].contains(word)
        })
    }

    fn is_by_number(&self, scan: &Scan, at: usize) -> bool {
        at.checked_sub(1)
            .is_some_and(|before| self.is_number(scan, before))
            || self.is_number(scan, at + 1)
    }

    fn has_month(&self, scan: &Scan) -> bool {
        (0..scan.words.len())
            .any(|at| self.traits(scan, at).has(Traits::MONTH) && self.is_by_number(scan, at))
    }

    fn has_slashes(&self, scan: &Scan) -> bool {
        let slash = self.lexicon.plain.marks(b'/')[0];
        let hash = self.lexicon.plain.marks(b'#')[0];
        let words = scan.words.windows(5).enumerate();
        words
            .filter(|(_, window)| window[1] == slash && window[3] == slash)
            .any(|(at, window)| self.is_number(scan, at) || window[0] == hash)
    }

    fn has_ago(&self, scan: &Scan) -> bool {
        (0..scan.words.len()).any(|at| {
            let traits = self.traits(scan, at);
            traits.has(Traits::AGO)
                || traits.has(Traits::UNIT)
                    && self.traits(scan, at + 1).has(Traits::AFTER_UNIT)
                    && self.is_by_number(scan, at)
        })
    }
}
