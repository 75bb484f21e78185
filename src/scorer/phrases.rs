//! A **phrase** is a term of several tokens: the start or the end of a line, or a short line as a
//! whole. Phrases are found by walking from token to token along a tree that holds those of the
//! vocabulary.

use crate::features::{LINE_END, LINE_START};
use crate::vocabulary::Vocabulary;

use super::prefetch::prefetch;
use super::words::{NO_TERM, WordId, Words};

/// A place in the tree. The first ones are the words themselves: where a phrase of one word ends.
pub type Node = u32;

/// What follows a node by one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it leads.
    pub node: Node,
    /// The term that ends there, by its index or its place, or [`NO_TERM`].
    pub term: u32,
}

/// 16 bytes, of which none lie in two lines of the cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(16))]
struct Edge {
    from: Node,
    word: WordId,
    step: Step,
}

/// Stands for "no edge here".
const EMPTY: Node = u32::MAX;

/// The phrases of a vocabulary.
#[derive(Debug)]
pub struct Phrases {
    /// Open addressing, at most half full.
    edges: Vec<Edge>,
    /// A bit for each hash, set where there may be an edge: most words begin and end no phrase, and
    /// this is small enough to stay near the processor.
    filter: Box<[u64; 1 << (FILTER - 6)]>,
    start: WordId,
    end: WordId,
    words: u32,
}

/// Bits of the filter, as a power of two.
const FILTER: u32 = 18;

impl Phrases {
    /// The phrases of `vocabulary`, whose words all stand in `words`.
    pub fn new(vocabulary: &Vocabulary, words: &mut Words) -> Self {
        let count = (0..vocabulary.len() as u32)
            .filter(|&id| vocabulary.term(id).contains(' '))
            .count();
        let mut phrases = Self {
            edges: vec![NO_EDGE; (4 * count).next_power_of_two().max(16)],
            filter: Box::new([0; 1 << (FILTER - 6)]),
            start: words.intern(LINE_START),
            end: words.intern(LINE_END),
            words: words.known() as u32,
        };
        let mut nodes = words.known() as Node;
        for id in 0..vocabulary.len() as u32 {
            let term = vocabulary.term(id);
            if term.contains(' ') {
                phrases.insert(term, id, words, &mut nodes);
            }
        }
        phrases
    }

    /// Puts the place of each term, given by its index in the vocabulary, where its index stands.
    pub fn use_places(&mut self, places: &[u32]) {
        for edge in &mut self.edges {
            let term = &mut edge.step.term;
            *term = places.get(*term as usize).copied().unwrap_or(*term);
        }
    }

    fn insert(&mut self, term: &str, id: u32, words: &mut Words, nodes: &mut Node) {
        let mut parts = term.split(' ').map(|part| words.intern(part));
        let mut node = parts.next().expect("a split has a part");
        let mut last = None;
        for word in parts {
            let slot = self.slot(node, word);
            let edge = &mut self.edges[slot];
            if edge.from == EMPTY {
                let step = Step {
                    node: *nodes,
                    term: NO_TERM,
                };
                *edge = Edge {
                    from: node,
                    word,
                    step,
                };
                *nodes += 1;
                let bit = hash(node, word) >> (64 - FILTER);
                self.filter[(bit / 64) as usize] |= 1 << (bit % 64);
                self.grow(*nodes);
            }
            let slot = self.slot(node, word);
            node = self.edges[slot].step.node;
            last = Some(slot);
        }
        if let Some(slot) = last {
            self.edges[slot].step.term = id;
        }
    }

    /// Makes room, so that at most half of the table is taken.
    fn grow(&mut self, nodes: Node) {
        let edges = (nodes - self.words) as usize;
        if 2 * edges <= self.edges.len() {
            return;
        }
        let size = 2 * self.edges.len();
        let old = std::mem::replace(&mut self.edges, vec![NO_EDGE; size]);
        for edge in old.into_iter().filter(|edge| edge.from != EMPTY) {
            let slot = self.slot(edge.from, edge.word);
            self.edges[slot] = edge;
        }
    }

    /// Where the edge is looked for first.
    fn first(&self, from: Node, word: WordId) -> usize {
        hash(from, word) as usize & (self.edges.len() - 1)
    }

    /// Where the edge stands, or would stand.
    fn slot(&self, from: Node, word: WordId) -> usize {
        let mask = self.edges.len() - 1;
        let mut slot = self.first(from, word);
        loop {
            let edge = &self.edges[slot];
            if edge.from == EMPTY || (edge.from, edge.word) == (from, word) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The word that stands for the start of a line.
    pub fn start(&self) -> WordId {
        self.start
    }

    /// The word that stands for the end of a line.
    pub fn end(&self) -> WordId {
        self.end
    }

    /// Whether something may follow `from` by `word`.
    fn may_step(&self, from: Node, word: WordId) -> bool {
        let bit = (hash(from, word) >> (64 - FILTER)) as usize;
        self.filter[bit / 64] >> (bit % 64) & 1 != 0
    }

    /// Asks for what [`Phrases::step`] looks at.
    pub fn prefetch(&self, from: Node, word: WordId) {
        prefetch(&self.edges, self.first(from, word));
    }

    /// What follows `from` by `word`.
    pub fn step(&self, from: Node, word: WordId) -> Option<Step> {
        if !self.may_step(from, word) {
            return None;
        }
        let edge = &self.edges[self.slot(from, word)];
        (edge.from != EMPTY).then_some(edge.step)
    }
}

const NO_EDGE: Edge = Edge {
    from: EMPTY,
    word: 0,
    step: Step {
        node: 0,
        term: NO_TERM,
    },
};

fn hash(from: Node, word: WordId) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = (u64::from(from) << 32 | u64::from(word)).wrapping_mul(ODD);
    (mixed ^ mixed >> 32).wrapping_mul(ODD)
}
