//! A **word** is here the term of any token, known by a number: those of the vocabulary from the
//! start, every other one from when it is first met. What a word is to the features (its weights,
//! its stems, whether it is a stopword) is found with one look-up, and worked out once.

use std::hash::BuildHasher;
use std::ops::Range;

use rustc_hash::FxBuildHasher;

use crate::cue::CueKinds;
use crate::features::date;
use crate::features::topic::SHORTEST;
use crate::features::{LINE_END, LINE_START, STEM_MARK};
use crate::stem::{Language, Linguist, is_stem};
use crate::tokenize::{TokenKind, kind_of};
use crate::vocabulary::{Vocabulary, push_stem_term};

use super::prefetch::prefetch;
use super::slots::{Free, Probe, Slots};

/// The number of a word.
pub type WordId = u32;

/// Stands for "not a term of the vocabulary".
pub const NO_TERM: u32 = u32::MAX;
/// Stands for "not yet worked out".
const UNKNOWN: u32 = u32::MAX - 1;

/// What is known of a word; 32 bytes that lie in one line of the cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub struct Word {
    key: Key,
    /// The term's index in the vocabulary, or its place among the weights, or [`NO_TERM`].
    term: u32,
    /// The same of the Indonesian and the English stem.
    stems: [u32; 2],
    /// What else it is.
    pub traits: Traits,
}

/// Facts about a word, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits(u32);

impl Traits {
    pub const STOPWORD: Self = Self(1);
    pub const ENGLISH_STOPWORD: Self = Self(2);
    pub const TOPICAL: Self = Self(4);
    pub const MONTH: Self = Self(8);
    pub const UNIT: Self = Self(16);
    pub const AGO: Self = Self(32);
    pub const AFTER_UNIT: Self = Self(64);
    /// One of those that dates are told by.
    pub const DATE: Self = Self(Self::MONTH.0 | Self::UNIT.0 | Self::AGO.0);
    /// Where the kinds begin that the word is a cue of.
    const CUES: u32 = 8;
    /// A cue, of whichever kind.
    pub const CUE: Self = Self(0xff << Self::CUES);

    /// The traits of a word.
    fn of(word: &str, linguist: &Linguist) -> Self {
        let is_stopword = linguist.is_indonesian_stopword(word);
        let cue = linguist.cue(word).map(CueKinds::of).unwrap_or_default();
        let mut traits = Self(u32::from(cue.bits()) << Self::CUES);
        traits.set(Self::STOPWORD, is_stopword);
        traits.set(Self::ENGLISH_STOPWORD, linguist.is_english_stopword(word));
        traits.set(Self::TOPICAL, !is_stopword && may_tell_topic(word.bytes()));
        traits.set(Self::MONTH, date::is_month(word));
        traits.set(Self::UNIT, date::is_unit(word));
        traits.set(Self::AGO, date::is_ago(word));
        traits.set(Self::AFTER_UNIT, date::is_after_unit(word));
        traits
    }

    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The traits of both.
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The kinds that the word is a cue of: one or none.
    pub fn cues(self) -> CueKinds {
        CueKinds::from_bits((self.0 >> Self::CUES) as u8)
    }

    fn set(&mut self, other: Self, holds: bool) {
        self.0 |= if holds { other.0 } else { 0 };
    }
}

/// The bytes of a term, zeros after them; of one that does not fit, its hash and where it stands in
/// [`Words::long`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key([u64; 2]);

/// The longest term that is its own key, in bytes.
const SHORT: usize = 16;
/// Marks the key of a long term: neither an ASCII byte nor a zero has this bit, one of which is the last
/// byte of a short term.
const LONG: u64 = 1 << 63;

/// Masks of the first bytes of 16, by their number.
const FIRST_BYTES: [[u64; 2]; SHORT + 1] = {
    let mut masks = [[u64::MAX; 2]; SHORT + 1];
    let mut count = 0;
    while count < SHORT {
        let mask = (1u128 << (8 * count)) - 1;
        masks[count] = [mask as u64, (mask >> 64) as u64];
        count += 1;
    }
    masks
};

impl Key {
    /// The key of a term of up to 16 bytes, none of them zero and the 16th ASCII.
    pub fn short(term: &[u8]) -> Self {
        let mut bytes = [0; SHORT];
        bytes[..term.len()].copy_from_slice(term);
        let (low, high) = bytes.split_at(8);
        let number = |half: &[u8]| u64::from_le_bytes(half.try_into().expect("half of 16 bytes"));
        Self([number(low), number(high)])
    }

    /// The key of a term that is its own key.
    fn of_term(term: &str) -> Option<Self> {
        let bytes = term.as_bytes();
        let fits = match bytes.get(SHORT - 1) {
            None => true,
            Some(last) => bytes.len() == SHORT && last.is_ascii(),
        };
        (fits && !bytes.contains(&0)).then(|| Self::short(bytes))
    }

    /// The same for a word of `length` ASCII letters at `start` of `text`, in lower case, 16 bytes or
    /// more before the end of `text`.
    pub fn of_letters(text: &[u8], start: usize, length: usize) -> Self {
        const CASE: u64 = 0x2020_2020_2020_2020;
        let bytes: &[u8; SHORT] = text[start..].first_chunk().expect("the text is padded");
        let halves: [u64; 2] = bytemuck::cast(*bytes);
        let [low, high] = FIRST_BYTES[length];
        Self([
            (u64::from_le(halves[0]) | CASE) & low,
            (u64::from_le(halves[1]) | CASE) & high,
        ])
    }

    fn hash(self) -> u32 {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let mixed = (self.0[0] ^ self.0[1].rotate_left(29).wrapping_mul(ODD)).wrapping_mul(ODD);
        (mixed >> 32) as u32
    }

    fn is_long(self) -> bool {
        self.0[1] & LONG != 0
    }

    /// The key of the stem's term of a word that is its own stem, if that is short.
    fn of_stem(self) -> Option<Self> {
        let [low, high] = self.0;
        // Neither too long for one more byte, nor ended by one that is not ASCII then, nor a long term.
        (high >> 55 == 0).then_some(Self([low << 8 | STEM_MARK as u64, high << 8 | low >> 56]))
    }

    /// The key of a long term with this hash, which is put at the end of `long`.
    fn long(hash: u64, term: &str, long: &mut String) -> Self {
        let place = (long.len() as u64) << 24 | term.len() as u64;
        long.push_str(term);
        Self([hash, LONG | place])
    }

    /// Where a long term stands.
    fn place(self) -> Range<usize> {
        let place = self.0[1] & !LONG;
        let (start, length) = ((place >> 24) as usize, (place & 0xff_ffff) as usize);
        start..start + length
    }

    /// The same key once the term, if it is a long one, is moved to the end of another text.
    fn moved(self, from: &str, to: &mut String) -> Self {
        match self.is_long() {
            true => Self::long(self.0[0], &from[self.place()], to),
            false => self,
        }
    }

    /// The hash that a term is looked for by: of a long one not where it stands.
    fn slot_hash(self) -> u32 {
        match self.is_long() {
            true => Self([self.0[0], 0]).hash(),
            false => self.hash(),
        }
    }
}

/// All words, by number and by key.
#[derive(Clone, Debug)]
pub struct Words {
    words: Vec<Word>,
    slots: Slots,
    /// The slots as they were at the start: stems are looked for among few words.
    known_slots: Slots,
    /// The long terms, one after the other.
    long: String,
    /// Number of words that were there from the start.
    known: usize,
    /// Room for the term of a stem.
    stem: String,
}

/// Most words that are kept from page to page.
const MOST: usize = 1 << 16;

impl Words {
    /// The terms of a vocabulary that are no phrases, the words of those that are, and all words that are
    /// more to the features than letters.
    pub fn new(vocabulary: &Vocabulary, linguist: &Linguist) -> Self {
        let mut words = Self {
            words: Vec::with_capacity(vocabulary.len()),
            slots: Slots::default(),
            known_slots: Slots::default(),
            long: String::new(),
            known: 0,
            stem: String::new(),
        };
        for id in 0..vocabulary.len() as u32 {
            let term = vocabulary.term(id);
            if term.contains(' ') {
                term.split(' ').for_each(|part| {
                    words.intern(part);
                });
            } else {
                let word = words.intern(term);
                let stems = vocabulary.stems().get(id as usize);
                let stems = stems.filter(|_| has_stem(term));
                words.words[word as usize].term = id;
                words.words[word as usize].stems = stems.copied().unwrap_or([NO_TERM; 2]);
            }
        }
        for mark in [LINE_START, LINE_END] {
            words.intern(mark);
        }
        for word in linguist.words().chain(date::words()) {
            let id = words.intern(word);
            words.words[id as usize].traits = Traits::of(word, linguist);
        }
        words.known = words.words.len();
        words.known_slots = words.slots.clone();
        words
    }

    /// Puts the place of each term, given by its index in the vocabulary, where its index stands.
    pub fn use_places(&mut self, places: &[u32]) {
        for word in &mut self.words {
            for term in word.stems.iter_mut().chain([&mut word.term]) {
                *term = places.get(*term as usize).copied().unwrap_or(*term);
            }
        }
    }

    /// Number of words that were there from the start; theirs are the lowest numbers.
    pub fn known(&self) -> usize {
        self.known
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are so many that some should be forgotten.
    pub fn are_too_many(&self) -> bool {
        self.words.len() > self.known + MOST
    }

    /// The same for half as many.
    pub fn are_many(&self) -> bool {
        self.words.len() > self.known + MOST / 2
    }

    /// Forgets all words but the `first` ones and those that are `used`. The others get new numbers, which
    /// stand in place of the old ones in what is returned.
    pub fn keep(&mut self, first: usize, used: &[WordId]) -> Vec<WordId> {
        let mut is_kept = vec![false; self.words.len()];
        is_kept[..first].fill(true);
        for &id in used {
            is_kept[id as usize] = true;
        }
        let long = std::mem::take(&mut self.long);
        let words = std::mem::take(&mut self.words);
        let numbers = words.into_iter().zip(is_kept).map(|(mut word, is_kept)| {
            let number = self.words.len() as WordId;
            if is_kept {
                word.key = word.key.moved(&long, &mut self.long);
                self.words.push(word);
            }
            number
        });
        let numbers = numbers.collect();
        let words = &self.words;
        let hash_of = |id: WordId| words[id as usize].key.slot_hash();
        self.slots.refill(words.len() as u32, hash_of);
        numbers
    }

    /// The number of a term, which is a new one if it was not met before.
    pub fn intern(&mut self, term: &str) -> WordId {
        if let Some(key) = Key::of_term(term) {
            return self.intern_key(key);
        }
        let hash = FxBuildHasher.hash_one(term);
        let slot = self.slot_of_long(&self.slots, term, hash);
        slot.unwrap_or_else(|free| {
            let key = Key::long(hash, term, &mut self.long);
            self.insert(free, key, may_tell_topic(term.bytes()))
        })
    }

    /// The number of a term, if it was there from the start.
    fn find_known(&self, term: &str) -> Option<WordId> {
        let found = match Key::of_term(term) {
            Some(key) => self.slot_of_key(&self.known_slots, key),
            None => {
                let hash = FxBuildHasher.hash_one(term);
                self.slot_of_long(&self.known_slots, term, hash)
            }
        };
        found.ok()
    }

    /// Begins to look for a short term: asks for where it is looked for first.
    #[inline]
    pub fn probe(&self, key: Key) -> Probe {
        self.slots.probe(key.hash())
    }

    /// Looks there, and asks for what is known of the word that it leads to.
    #[inline]
    pub fn look(&self, probe: &mut Probe) {
        self.slots.look(probe);
        prefetch(&self.words, probe.number_or_zero() as usize);
    }

    /// The number of a short term by its key, which is most often the one that the probe leads to.
    #[inline]
    pub fn intern_probed(&mut self, key: Key, probe: Probe) -> WordId {
        match probe.number() {
            Some(id) if self.words[id as usize].key == key => id,
            _ => self.intern_key(key),
        }
    }

    /// The number of a short term by its key.
    pub fn intern_key(&mut self, key: Key) -> WordId {
        match self.slot_of_key(&self.slots, key) {
            Ok(id) => id,
            Err(free) => {
                let bytes = key.0.map(u64::to_le_bytes);
                let bytes = bytes.as_flattened().iter();
                self.insert(free, key, may_tell_topic(bytes.copied()))
            }
        }
    }

    /// The number of a short term, or where it would stand.
    #[inline]
    fn slot_of_key(&self, slots: &Slots, key: Key) -> Result<WordId, Free> {
        slots.find(key.hash(), |id| self.words[id as usize].key == key)
    }

    /// The same of a long term with this hash.
    fn slot_of_long(&self, slots: &Slots, term: &str, hash: u64) -> Result<WordId, Free> {
        slots.find(Key([hash, 0]).hash(), |id| {
            let key = self.words[id as usize].key;
            key.is_long() && key.0[0] == hash && self.long_term(key) == term
        })
    }

    /// Takes in a term of which nothing is known but whether it is long enough to tell a topic.
    #[cold]
    fn insert(&mut self, free: Free, key: Key, is_topical: bool) -> WordId {
        let mut traits = Traits::default();
        traits.set(Traits::TOPICAL, is_topical);
        let id = self.words.len() as WordId;
        self.words.push(Word {
            key,
            term: NO_TERM,
            stems: [UNKNOWN; 2],
            traits,
        });
        let words = &self.words;
        let hash_of = |id: WordId| words[id as usize].key.slot_hash();
        self.slots.insert(free, id, hash_of);
        id
    }

    fn long_term(&self, key: Key) -> &str {
        &self.long[key.place()]
    }

    /// What [`Words::terms`] most often gives, nothing worked out for it.
    pub fn likely_terms(&self, id: WordId) -> [u32; 2] {
        let word = &self.words[id as usize];
        [word.term, word.stems[Language::Indonesian as usize]]
    }

    /// What is known of a word.
    pub fn word(&self, id: WordId) -> &Word {
        &self.words[id as usize]
    }

    /// The places of a word and of its stem, or [`NO_TERM`].
    #[inline]
    pub fn terms(&mut self, id: WordId, language: Language, linguist: &Linguist) -> [u32; 2] {
        let word = &self.words[id as usize];
        match word.stems[language as usize] {
            UNKNOWN => [word.term, self.find_stem(id, language, linguist)],
            stem => [word.term, stem],
        }
    }

    #[cold]
    fn find_stem(&mut self, id: WordId, language: Language, linguist: &Linguist) -> u32 {
        let mut stem = std::mem::take(&mut self.stem);
        let term = self.term(id);
        let term = term.as_str();
        let found = match self.words[id as usize].key.of_stem() {
            _ if !has_stem(term) => None,
            Some(key) if is_stem(term, language) => {
                let slot = self.slot_of_key(&self.known_slots, key);
                slot.ok()
            }
            _ => {
                stem.clear();
                push_stem_term(term, language, linguist, &mut stem);
                self.find_known(&stem)
            }
        };
        let found = found.map_or(NO_TERM, |word| self.word(word).term);
        self.stem = stem;
        self.words[id as usize].stems[language as usize] = found;
        found
    }

    fn term(&self, id: WordId) -> Spelling<'_> {
        let key = self.words[id as usize].key;
        match key.is_long() {
            true => Spelling::Long(self.long_term(key)),
            false => Spelling::Short(key.0.map(u64::to_le)),
        }
    }
}

/// Whether a word of these bytes, and perhaps zeros, is long enough to tell a topic.
fn may_tell_topic(bytes: impl Iterator<Item = u8>) -> bool {
    let begins_character = |byte: &u8| *byte != 0 && byte & 0xc0 != 0x80;
    bytes.filter(begins_character).nth(SHORTEST - 1).is_some()
}

/// Whether a term is made of letters.
fn has_stem(term: &str) -> bool {
    let first = term.chars().next();
    first.is_some_and(|first| kind_of(first) == TokenKind::Word)
}

/// The term of a word: one that stands elsewhere, or the bytes of a short one and zeros.
enum Spelling<'a> {
    Long(&'a str),
    Short([u64; 2]),
}

impl Spelling<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Long(term) => term,
            Self::Short(halves) => {
                let bytes: &[u8] = bytemuck::cast_slice(halves);
                let length = bytes.iter().position(|&byte| byte == 0).unwrap_or(SHORT);
                // With the zeros: whole words of the processor are faster to check than single bytes.
                let text = std::str::from_utf8(bytes).expect("the bytes of a term");
                &text[..length]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_stem_is_that_of_its_term() {
        for word in ["", "beras", "b\u{e9}ras", "perkebunan", "pertanggungjawab"] {
            for length in (0..=word.len()).filter(|&length| word.is_char_boundary(length)) {
                let word = &word[..length];
                let key = Key::of_term(word).expect("a short term");
                assert_eq!(key.of_stem(), Key::of_term(&format!("~{word}")), "{word}");
            }
        }
        // The 16th byte of the stem's term would not be ASCII.
        let word = format!("{}\u{e9}", "e".repeat(13));
        let key = Key::of_term(&word).expect("a short term");
        assert_eq!(key.of_stem(), None);
        assert_eq!(Key::long(7, "beras", &mut String::new()).of_stem(), None);
    }
}
