//! A **vocabulary** is the sorted list of the terms a model knows, each with an index, and for
//! each word the index of its stem in either language.

use hashbrown::HashTable;
use rustc_hash::FxHashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use crate::features::{STEM_MARK, TermId, TermIndex};
use crate::stem::{Language, Linguist};
use crate::tokenize::{TokenKind, tokens};
use crate::{Error, Result};

/// Stands for "the stem is not in the vocabulary".
const NO_STEM: u32 = u32::MAX;

/// The terms of a model, in byte order.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    text: String,
    offsets: Vec<u32>,
    stems: Vec<[u32; 2]>,
    /// Made when a term is first looked up: a fast prediction has tables of its own.
    table: OnceLock<HashTable<TermId>>,
    /// Random, so that no one can make a model whose terms all meet in one place of the table.
    hasher: RandomState,
}

impl PartialEq for Vocabulary {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, &self.offsets, &self.stems) == (&other.text, &other.offsets, &other.stems)
    }
}

impl Vocabulary {
    /// Builds the vocabulary of `terms`, which are sorted by their bytes, each given once.
    ///
    /// # Errors
    /// [`Error::Model`] where they are not sorted, stand twice, or pass 4 GiB.
    pub fn new<'a>(terms: impl IntoIterator<Item = &'a str>, linguist: &Linguist) -> Result<Self> {
        let mut text = String::new();
        let mut offsets = vec![0];
        for term in terms {
            text.push_str(term);
            let end = u32::try_from(text.len())
                .map_err(|_| Error::Model("the vocabulary passes 4 GiB".to_owned()))?;
            offsets.push(end);
        }
        let mut vocabulary = Self::from_parts(text, offsets, Vec::new())?;
        vocabulary.stems = (0..vocabulary.len() as TermId)
            .map(|id| vocabulary.stems_of(id, linguist))
            .collect();
        Ok(vocabulary)
    }

    fn stems_of(&self, id: TermId, linguist: &Linguist) -> [u32; 2] {
        let term = self.term(id);
        if !is_word(term) {
            return [NO_STEM; 2];
        }
        [Language::Indonesian, Language::English].map(|language| {
            self.get(&stem_term(term, language, linguist))
                .unwrap_or(NO_STEM)
        })
    }

    /// Puts a vocabulary together from its stored parts.
    ///
    /// `offsets` holds the start of each term in `text` and the end of the last; `stems` the
    /// indices of the Indonesian and the English stem of each term, [`u32::MAX`] for none.
    ///
    /// # Errors
    /// [`Error::Model`] where an offset is out of order, out of range or inside a character, where
    /// terms are not sorted or stand twice, and where a stem is no term.
    pub fn from_parts(text: String, offsets: Vec<u32>, stems: Vec<[u32; 2]>) -> Result<Self> {
        let damaged = |what: &str| Err(Error::Model(format!("its vocabulary {what}")));
        let ends = (offsets.first(), offsets.last());
        let length = u32::try_from(text.len()).ok();
        if ends != (Some(&0), length.as_ref()) {
            return damaged("does not begin and end with its text");
        }
        let in_order = |pair: &[u32]| pair[0] < pair[1] && text.is_char_boundary(pair[1] as usize);
        if !offsets.windows(2).all(in_order) {
            return damaged("has offsets out of order");
        }
        let count = offsets.len() - 1;
        let vocabulary = Self {
            text,
            offsets,
            stems,
            table: OnceLock::new(),
            hasher: RandomState::new(),
        };
        if (1..count as TermId).any(|id| vocabulary.term(id - 1) >= vocabulary.term(id)) {
            return damaged("is not sorted");
        }
        let is_stem = |&stem: &u32| {
            let term = ((stem as usize) < count).then(|| vocabulary.term(stem));
            stem == NO_STEM || term.is_some_and(|term| term.starts_with(STEM_MARK))
        };
        if !vocabulary.stems.iter().flatten().all(is_stem) {
            return damaged("names a stem that it does not have");
        }
        Ok(vocabulary)
    }

    fn table(&self) -> HashTable<TermId> {
        let mut table = HashTable::with_capacity(self.len());
        for id in 0..self.len() as TermId {
            let hash = |id| self.hasher.hash_one(self.term(id));
            table.insert_unique(hash(id), id, |&other| hash(other));
        }
        table
    }

    /// Number of terms.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is no term.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The term with index `id`.
    ///
    /// # Panics
    /// When `id` is not below [`Vocabulary::len`].
    pub fn term(&self, id: TermId) -> &str {
        let id = id as usize;
        &self.text[self.offsets[id] as usize..self.offsets[id + 1] as usize]
    }

    /// The index of a term.
    pub fn get(&self, term: &str) -> Option<TermId> {
        let table = self.table.get_or_init(|| self.table());
        table
            .find(self.hasher.hash_one(term), |&id| self.term(id) == term)
            .copied()
    }

    /// The bytes of all terms, one after the other.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The start of each term in [`Vocabulary::text`], and the end of the last.
    pub fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    /// The stems of each term: Indonesian, English.
    pub fn stems(&self) -> &[[u32; 2]] {
        &self.stems
    }
}

fn is_word(term: &str) -> bool {
    let mut tokens = tokens(term);
    let first = tokens.next();
    first.is_some_and(|token| token.kind == TokenKind::Word && token.text == term)
}

/// The term under which the stem of `word` is known.
pub(crate) fn stem_term(word: &str, language: Language, linguist: &Linguist) -> String {
    let mut term = String::new();
    push_stem_term(word, language, linguist, &mut term);
    term
}

/// Adds that term to `out`.
pub(crate) fn push_stem_term(
    word: &str,
    language: Language,
    linguist: &Linguist,
    out: &mut String,
) {
    out.push(STEM_MARK);
    out.push_str(&linguist.stem(word, language));
}

/// Most words whose stems are kept at a time.
const CACHE: usize = 1 << 16;

/// Looks terms up in a vocabulary; stems of words outside it are worked out once and kept.
pub struct VocabularyIndex<'a> {
    vocabulary: &'a Vocabulary,
    linguist: &'a Linguist,
    unknown: FxHashMap<(String, Language), Option<TermId>>,
}

impl<'a> VocabularyIndex<'a> {
    /// An index of `vocabulary`.
    pub fn new(vocabulary: &'a Vocabulary, linguist: &'a Linguist) -> Self {
        Self {
            vocabulary,
            linguist,
            unknown: FxHashMap::default(),
        }
    }
}

impl TermIndex for VocabularyIndex<'_> {
    fn term(&mut self, term: &str) -> Option<TermId> {
        self.vocabulary.get(term)
    }

    fn stem(&mut self, word: &str, id: Option<TermId>, language: Language) -> Option<TermId> {
        if let Some(id) = id {
            let stem = self.vocabulary.stems[id as usize][language as usize];
            return (stem != NO_STEM).then_some(stem);
        }
        if self.unknown.len() >= CACHE {
            self.unknown.clear();
        }
        *self
            .unknown
            .entry((word.to_owned(), language))
            .or_insert_with(|| {
                self.vocabulary
                    .get(&stem_term(word, language, self.linguist))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        let terms = [":", "<s> baca", "dibaca", "juga", "~baca", "~comment"];
        Vocabulary::new(terms, &Linguist::default()).expect("sorted")
    }

    #[test]
    fn terms_are_found_by_name_and_by_index() {
        let vocabulary = vocabulary();
        assert_eq!(vocabulary.len(), 6);
        for id in 0..6 {
            assert_eq!(vocabulary.get(vocabulary.term(id)), Some(id));
        }
        assert_eq!(vocabulary.get("baca"), None);
    }

    #[test]
    fn stems_of_known_words_are_stored_and_of_unknown_ones_worked_out() {
        let (vocabulary, linguist) = (vocabulary(), Linguist::default());
        assert_eq!(vocabulary.stems()[2], [4, NO_STEM]);
        let mut index = VocabularyIndex::new(&vocabulary, &linguist);
        assert_eq!(index.stem("dibaca", Some(2), Language::Indonesian), Some(4));
        assert_eq!(index.stem("dibacakan", None, Language::Indonesian), Some(4));
        assert_eq!(index.stem("comments", None, Language::English), Some(5));
        assert_eq!(index.stem("comments", None, Language::Indonesian), None);
    }

    #[test]
    fn damaged_parts_are_refused() {
        let parts = |text: &str, offsets: &[u32], stems: &[[u32; 2]]| {
            Vocabulary::from_parts(text.to_owned(), offsets.to_vec(), stems.to_vec())
        };
        let none = [NO_STEM; 2];
        assert!(parts("a~a", &[0, 1, 3], &[[1, NO_STEM], none]).is_ok());
        assert!(
            parts("ab", &[0, 1, 2], &[none, [1, NO_STEM]]).is_err(),
            "no stem but a word"
        );
        assert!(parts("ba", &[0, 1, 2], &[]).is_err(), "unsorted");
        assert!(parts("aa", &[0, 1, 2], &[]).is_err(), "twice");
        assert!(parts("ab", &[0, 1], &[]).is_err(), "short");
        assert!(parts("ab", &[0, 2, 1, 2], &[]).is_err(), "out of order");
        assert!(parts("é", &[0, 1, 2], &[]).is_err(), "inside a character");
        assert!(parts("ab", &[0, 1, 2], &[none, [2, 0]]).is_err(), "no stem");
        assert!(parts("", &[], &[]).is_err(), "no offset");
    }
}
