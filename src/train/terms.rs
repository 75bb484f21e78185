//! **Terms in the making**: every term that a corpus has, each once, numbered in the order in which
//! they were met, with the sites that it stands on.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::features::{TermId, TermIndex};
use crate::stem::{Language, Linguist};
use crate::vocabulary::stem_term;

/// Texts, each once, by their numbers.
#[derive(Default)]
pub struct Terms {
    text: String,
    ends: Vec<usize>,
    table: HashTable<TermId>,
}

impl Terms {
    /// Number of terms.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// A term by its number.
    pub fn get(&self, id: TermId) -> &str {
        text_of(&self.text, &self.ends, id)
    }

    /// All terms in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as TermId).map(|id| self.get(id))
    }

    /// The number of a term, a new one where it is met for the first time.
    pub fn id(&mut self, term: &str) -> TermId {
        let Self { text, ends, table } = self;
        let entry = table.entry(
            FxBuildHasher.hash_one(term),
            |&other| text_of(text, ends, other) == term,
            |&other| FxBuildHasher.hash_one(text_of(text, ends, other)),
        );
        if let hashbrown::hash_table::Entry::Occupied(found) = entry {
            return *found.get();
        }
        let id = ends.len() as TermId;
        entry.insert(id);
        text.push_str(term);
        ends.push(text.len());
        id
    }
}

fn text_of<'a>(text: &'a str, ends: &[usize], id: TermId) -> &'a str {
    let at = id as usize;
    let start = at.checked_sub(1).map_or(0, |before| ends[before]);
    &text[start..ends[at]]
}

/// Takes every term of some pages; a word is stemmed once.
pub struct Interner<'a> {
    /// The terms so far.
    pub terms: Terms,
    stems: FxHashMap<(TermId, Language), TermId>,
    linguist: &'a Linguist,
}

impl<'a> Interner<'a> {
    /// An interner without terms.
    pub fn new(linguist: &'a Linguist) -> Self {
        Self {
            terms: Terms::default(),
            stems: FxHashMap::default(),
            linguist,
        }
    }

    /// What stems its words.
    pub fn linguist(&self) -> &'a Linguist {
        self.linguist
    }
}

impl TermIndex for Interner<'_> {
    fn term(&mut self, term: &str) -> Option<TermId> {
        Some(self.terms.id(term))
    }

    fn stem(&mut self, word: &str, id: Option<TermId>, language: Language) -> Option<TermId> {
        let key = (id?, language);
        if let Some(&stem) = self.stems.get(&key) {
            return Some(stem);
        }
        let stem = self.terms.id(&stem_term(word, language, self.linguist));
        self.stems.insert(key, stem);
        Some(stem)
    }
}

/// The sites that terms are met on, which come in order.
#[derive(Default)]
pub struct Sightings {
    /// A term and a site where it was met, each pair once, in the order of the sites.
    pairs: Vec<(TermId, u32)>,
    /// One more than the last site that each term was met on; 0 for none.
    last: Vec<u32>,
}

impl Sightings {
    /// Notes that a term stands on a site, which is the last one so far or comes after it.
    pub fn push(&mut self, term: TermId, site: u32) {
        let at = term as usize;
        if self.last.len() <= at {
            self.last.resize(at + 1, 0);
        }
        if self.last[at] != site + 1 {
            self.last[at] = site + 1;
            self.pairs.push((term, site));
        }
    }

    /// Each term and each of its sites.
    pub fn pairs(&self) -> &[(TermId, u32)] {
        &self.pairs
    }

    /// The sites of each of `terms` terms.
    pub fn sites(self, terms: usize) -> SitesOfTerms {
        let mut offsets = vec![0; terms + 1];
        for &(term, _) in &self.pairs {
            offsets[term as usize + 1] += 1;
        }
        for term in 1..offsets.len() {
            offsets[term] += offsets[term - 1];
        }
        let mut next = offsets.clone();
        let mut sites = vec![0; self.pairs.len()];
        for (term, site) in self.pairs {
            sites[next[term as usize]] = site;
            next[term as usize] += 1;
        }
        SitesOfTerms { offsets, sites }
    }
}

/// The sites of each term, ascending.
#[derive(Default)]
pub struct SitesOfTerms {
    offsets: Vec<usize>,
    sites: Vec<u32>,
}

impl SitesOfTerms {
    /// The sites that a term stands on.
    pub fn of(&self, term: TermId) -> &[u32] {
        &self.sites[self.offsets[term as usize]..self.offsets[term as usize + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_has_one_number_and_each_of_its_sites_once() {
        let mut terms = Terms::default();
        let ids = ["a", "b", "a", "", "b"].map(|term| terms.id(term));
        assert_eq!(ids, [0, 1, 0, 2, 1]);
        assert_eq!(terms.iter().collect::<Vec<_>>(), ["a", "b", ""]);
        let mut sightings = Sightings::default();
        for (term, site) in [(1, 0), (0, 0), (1, 0), (1, 3)] {
            sightings.push(term, site);
        }
        let sites = sightings.sites(terms.len());
        assert_eq!(
            [sites.of(0), sites.of(1), sites.of(2)],
            [&[0][..], &[0, 3], &[]]
        );
    }
}
