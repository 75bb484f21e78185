//! A **feature** is a fact about one line of a page that either holds or does not. This module is
//! the one place where a page becomes numbers; training and prediction both call [`extract`].
//!
//! The features of a line, in the order of their indices ([`Layout`]):
//!
//! 1. its [shape](mod@line), its [context] and its [topic], and the shapes of the two lines above and
//!    below, each measure [binned](categorical), by itself and [crossed](template) with others;
//! 2. its terms: words, numbers and marks, the stems of its words, pairs of tokens that stand side
//!    by side, short lines as a whole; and the single terms of the line above and the line below.

pub mod categorical;
pub mod context;
pub mod line;
mod rows;
pub mod template;
pub mod topic;

pub use rows::SparseRows;

use std::sync::LazyLock;

use crate::Page;
use crate::stem::{Language, Linguist};
use crate::tokenize::TokenKind;
use categorical::{CATEGORICALS, OF_LINE};
use line::Line;
use template::Templates;

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

/// Templates of more than one categorical, and of the context of lines near by; the categoricals by
/// themselves come first.
const CROSSES: &[&str] = &[
    "size & last",
    "size & titled",
    "size & stopwords",
    "size & date",
    "size & first",
    "first & last",
    "size & place",
    "size & few_above",
    "size & few_below",
    "size & page_lines",
    "size & page_prose",
    "kind & page_prose_share",
    "prose_distance_above & prose_distance_below",
    "kind & prose_distance_above",
    "kind & prose_distance_below",
    "prose_above & prose_below",
    "size & some_prose_above & some_prose_below",
    "size & repeats",
    "repeats & seen_above",
    "topic_share & topic_terms",
    "size & topic_share",
    "size & topic_words",
    "size & title_words",
    "above.topic_share & above.topic_terms",
    "below.topic_share & below.topic_terms",
    "size & run",
    "size & same_at_2",
    "size & same_at_3",
    "size & same_at_4",
    "kind & above3_length",
    "kind & below3_length",
    "kind & above8_length",
    "kind & below8_length",
    "above.size & size & below.size",
    "above2.kind & above.kind & kind",
    "kind & below.kind & below2.kind",
    "above.kind & kind & below.kind",
];

/// The lines near by whose shape describes a line.
const NEAR: [&str; 4] = ["above.", "above2.", "below.", "below2."];

/// The templates of all features that need no vocabulary.
static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| {
    let single = CATEGORICALS.iter().map(|categorical| categorical.name.to_owned());
    let crosses = CROSSES.iter().map(|&cross| cross.to_owned());
    let near = NEAR.iter().flat_map(|line| {
        let shape = CATEGORICALS[..OF_LINE].iter();
        shape.map(move |categorical| format!("{line}{}", categorical.name))
    });
    let texts: Vec<String> = single.chain(crosses).chain(near).collect();
    Templates::new(texts.iter().map(String::as_str))
});

/// Lines of more tokens are no terms as a whole.
const LONGEST_WHOLE: usize = 6;

/// The boundary tokens of a line's pairs; no token of a line can be one of them.
const LINE_START: &str = "<s>";
const LINE_END: &str = "</s>";

/// What marks a term as a stem: a mark and a word are never one token.
pub(crate) const STEM_MARK: char = '~';

/// Which index belongs to which feature.
pub struct Layout;

impl Layout {
    /// Number of features with a vocabulary of `terms` terms.
    pub fn columns(terms: usize) -> usize {
        Self::fixed() + terms * TERM_SLOTS.len()
    }

    /// Number of features that are there without any vocabulary.
    pub fn fixed() -> usize {
        TEMPLATES.width()
    }

    /// The index of a term's feature.
    pub fn term(id: TermId, slot: TermSlot) -> u32 {
        Self::fixed() as u32 + id * TERM_SLOTS.len() as u32 + slot as u32
    }

    /// The term behind a feature, `None` where the feature is none of a term.
    pub fn term_of(feature: u32) -> Option<(TermId, TermSlot)> {
        let index = feature.checked_sub(Self::fixed() as u32)?;
        let slots = TERM_SLOTS.len() as u32;
        Some((index / slots, TERM_SLOTS[(index % slots) as usize]))
    }

    /// The name of a feature of shape or context, `None` where it is one of a term.
    pub fn fixed_name(feature: u32) -> Option<String> {
        TEMPLATES.feature_name(feature as usize)
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
    let bins = context::bins(&lines);
    let terms: Vec<Terms> = lines.iter().map(|line| Terms::of(line, index)).collect();
    let mut rows = SparseRows::new(columns);
    let mut features = Vec::new();
    for at in 0..lines.len() {
        features.clear();
        TEMPLATES.push(at, &bins, &mut features);
        push_terms(at, &terms, &mut features);
        rows.push(&mut features);
    }
    rows
}

/// The indices of the terms of one line.
struct Terms {
    /// Words, numbers, marks and stems.
    single: Vec<TermId>,
    /// Pairs of neighbouring tokens, the line's boundaries among them, and the whole line.
    joined: Vec<TermId>,
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
        let joined = joined(line, index);
        Self { single, joined }
    }
}

fn joined(line: &Line, index: &mut impl TermIndex) -> Vec<TermId> {
    let terms = || line.terms.iter().map(String::as_str);
    let mut joined = Vec::new();
    let mut text = String::new();
    let mut left = LINE_START;
    for right in terms().chain([LINE_END]) {
        text.clear();
        text.extend([left, " ", right]);
        joined.extend(index.term(&text));
        left = right;
    }
    if (2..=LONGEST_WHOLE).contains(&line.terms.len()) {
        text.clear();
        for term in [LINE_START].into_iter().chain(terms()) {
            text.extend([term, " "]);
        }
        text.push_str(LINE_END);
        joined.extend(index.term(&text));
    }
    joined
}

fn push_terms(at: usize, terms: &[Terms], features: &mut Vec<u32>) {
    let mut push = |ids: &[TermId], slot| {
        features.extend(ids.iter().map(|&id| Layout::term(id, slot)));
    };
    push(&terms[at].single, TermSlot::Own);
    push(&terms[at].joined, TermSlot::Own);
    if let Some(above) = at.checked_sub(1) {
        push(&terms[above].single, TermSlot::Above);
    }
    if let Some(below) = terms.get(at + 1) {
        push(&below.single, TermSlot::Below);
    }
}
