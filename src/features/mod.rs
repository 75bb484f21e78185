//! A **feature** is a fact about one line of a page that either holds or does not. This module is
//! the one place where a page becomes numbers; training and prediction both call [`extract`].
//!
//! The features of a line, in the order of their indices ([`Layout`]):
//!
//! 1. its [shape](line) and the shapes of the two lines above and below, each a feature of its own;
//! 2. its [context](context): place, windows, distance to prose, repeats, [topic];
//! 3. its terms: words, numbers and marks, the stems of its words, pairs of tokens that stand side
//!    by side; and the single terms of the line above and of the line below.

pub mod categorical;
pub mod context;
pub mod line;
mod rows;
pub mod topic;

pub use rows::SparseRows;

use crate::Page;
use crate::stem::{Language, Linguist};
use crate::tokenize::TokenKind;
use context::{CONTEXT, contexts};
use line::{Line, SHAPE};

/// The index of a term in a vocabulary.
pub type TermId = u32;

/// Gives terms their indices: a fitted vocabulary knows some of them, a vocabulary in the making
/// takes all.
pub trait TermIndex {
    /// The index of a term, `None` if it is not in the vocabulary.
    fn term(&mut self, term: &str) -> Option<TermId>;

    /// The index of the stem of `word`, whose own index is `id`; `None` if the stem is not in the
    /// vocabulary.
    fn stem(&mut self, word: &str, id: Option<TermId>, language: Language) -> Option<TermId>;
}

/// Where the terms of a line stand, seen from the line that is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermSlot {
    /// On the line itself.
    Own,
    /// On the line above it.
    Above,
    /// On the line below it.
    Below,
}

const TERM_SLOTS: [TermSlot; 3] = [TermSlot::Own, TermSlot::Above, TermSlot::Below];

/// The lines whose shape describes a line, as offsets from it.
const SHAPE_SLOTS: [(isize, &str); 5] = [
    (0, ""),
    (-1, "above."),
    (-2, "above2."),
    (1, "below."),
    (2, "below2."),
];

const SHAPE_WIDTH: usize = categorical::width(&SHAPE) + 1;
const SHAPE_OFFSETS: [u32; SHAPE.len()] = categorical::offsets(&SHAPE);
const CONTEXT_OFFSETS: [u32; CONTEXT.len()] = categorical::offsets(&CONTEXT);
const CONTEXT_START: usize = SHAPE_SLOTS.len() * SHAPE_WIDTH;
const TERM_START: usize = CONTEXT_START + categorical::width(&CONTEXT);

/// The boundary tokens of a line's pairs; no token of a line can be one of them.
const LINE_START: &str = "<s>";
const LINE_END: &str = "</s>";

/// What marks a term as a stem: a mark and a word are never one token.
pub(crate) const STEM_MARK: char = '~';

/// Which index belongs to which feature.
pub struct Layout;

impl Layout {
    /// Number of features with a vocabulary of `terms` terms.
    pub const fn columns(terms: usize) -> usize {
        TERM_START + terms * TERM_SLOTS.len()
    }

    /// Number of features that are there without any vocabulary.
    pub const fn fixed() -> usize {
        TERM_START
    }

    /// The index of a term's feature.
    pub fn term(id: TermId, slot: TermSlot) -> u32 {
        TERM_START as u32 + id * TERM_SLOTS.len() as u32 + slot as u32
    }

    /// The term behind a feature, `None` where the feature is none of a term.
    pub fn term_of(feature: u32) -> Option<(TermId, TermSlot)> {
        let index = feature.checked_sub(TERM_START as u32)?;
        let slots = TERM_SLOTS.len() as u32;
        Some((index / slots, TERM_SLOTS[(index % slots) as usize]))
    }

    /// The name of a feature of shape or context, `None` where it is one of a term.
    pub fn fixed_name(feature: u32) -> Option<String> {
        let index = feature as usize;
        if index >= CONTEXT_START {
            return categorical::feature_name(&CONTEXT, index - CONTEXT_START)
                .filter(|_| index < TERM_START);
        }
        let (_, slot) = SHAPE_SLOTS[index / SHAPE_WIDTH];
        let name = categorical::feature_name(&SHAPE, index % SHAPE_WIDTH);
        Some(format!("{slot}{}", name.as_deref().unwrap_or("none")))
    }
}

/// Describes every line of a page by the features that hold for it, one row a line, over
/// [`Layout::columns`]`(terms)` columns.
pub fn extract(
    page: &Page,
    linguist: &Linguist,
    index: &mut impl TermIndex,
    columns: usize,
) -> SparseRows {
    let lines: Vec<Line> = page.lines().map(|raw| Line::new(raw, linguist)).collect();
    let contexts = contexts(&lines);
    let terms: Vec<Terms> = lines.iter().map(|line| Terms::of(line, index)).collect();
    let mut rows = SparseRows::new(columns);
    let mut features = Vec::new();
    for at in 0..lines.len() {
        features.clear();
        push_shapes(at, &lines, &mut features);
        push_bins(CONTEXT_START, &CONTEXT_OFFSETS, &contexts[at], &mut features);
        push_terms(at, &terms, &mut features);
        rows.push(&mut features);
    }
    rows
}

fn push_shapes(at: usize, lines: &[Line], features: &mut Vec<u32>) {
    for (slot, (offset, _)) in SHAPE_SLOTS.into_iter().enumerate() {
        let start = slot * SHAPE_WIDTH;
        match at.checked_add_signed(offset).and_then(|at| lines.get(at)) {
            Some(line) => push_bins(start, &SHAPE_OFFSETS, &line.shape, features),
            None => features.push((start + SHAPE_WIDTH - 1) as u32),
        }
    }
}

fn push_bins(start: usize, offsets: &[u32], bins: &[u8], features: &mut Vec<u32>) {
    let feature = |(offset, &bin): (&u32, &u8)| start as u32 + offset + u32::from(bin);
    features.extend(offsets.iter().zip(bins).map(feature));
}

/// The indices of the terms of one line.
struct Terms {
    /// Words, numbers, marks and stems.
    single: Vec<TermId>,
    /// Pairs of neighbouring tokens, the line's boundaries among them.
    pairs: Vec<TermId>,
}

impl Terms {
    fn of(line: &Line, index: &mut impl TermIndex) -> Self {
        let mut single = Vec::new();
        for (term, kind) in line.terms.iter().zip(&line.kinds) {
            let id = index.term(term);
            single.extend(id);
            if *kind == TokenKind::Word {
                single.extend(index.stem(term, id, line.language));
            }
        }
        let mut pairs = Vec::new();
        let mut pair = String::new();
        let mut left = LINE_START;
        for right in line.terms.iter().map(String::as_str).chain([LINE_END]) {
            pair.clear();
            pair.extend([left, " ", right]);
            pairs.extend(index.term(&pair));
            left = right;
        }
        Self { single, pairs }
    }
}

fn push_terms(at: usize, terms: &[Terms], features: &mut Vec<u32>) {
    let mut push = |ids: &[TermId], slot| {
        features.extend(ids.iter().map(|&id| Layout::term(id, slot)));
    };
    push(&terms[at].single, TermSlot::Own);
    push(&terms[at].pairs, TermSlot::Own);
    if let Some(above) = at.checked_sub(1) {
        push(&terms[above].single, TermSlot::Above);
    }
    if let Some(below) = terms.get(at + 1) {
        push(&below.single, TermSlot::Below);
    }
}
