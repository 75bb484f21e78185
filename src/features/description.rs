//! A **description** is what is known of lines before their features have numbers of a vocabulary:
//! the bins of their categoricals and the indices of their terms.
//!
//! All features of a line follow from its own description and those of the lines near it, so a
//! corpus is kept as this: a sixth of the memory of its rows, and any vocabulary's rows can be made
//! from it.

use std::ops::Range;

use super::line::Line;
use super::template::Bins;
use super::{Layout, SparseRows, TABLES, TEMPLATES, TermId, TermIndex, TermSlot, context, joined};
use crate::tokenize::TokenKind;

/// The described lines of a page, or of pages one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Description {
    bins: Vec<Bins>,
    terms: Vec<TermId>,
    ends: Vec<Ends>,
}

/// Where the terms of a line end among those of all lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ends {
    /// Words, numbers, marks and stems.
    single: usize,
    /// After these, its starts, its ends, and the whole line.
    joined: usize,
}

impl Description {
    /// Describes every line of a page; `shares` as in [`extract`](super::extract).
    pub fn of(lines: &[Line], shares: Option<&[f32]>, index: &mut impl TermIndex) -> Self {
        let mut description = Self {
            bins: context::bins(lines, shares),
            ..Self::default()
        };
        lines
            .iter()
            .for_each(|line| description.push_terms(line, index));
        description
    }

    fn push_terms(&mut self, line: &Line, index: &mut impl TermIndex) {
        for (term, kind) in line.terms.iter().zip(&line.kinds) {
            let id = index.term(term);
            self.terms.extend(id);
            if *kind == TokenKind::Word {
                self.terms.extend(index.stem(term, id, line.language));
            }
        }
        let single = self.terms.len();
        joined(line, |term| self.terms.extend(index.term(term)));
        let joined = self.terms.len();
        self.ends.push(Ends { single, joined });
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Appends the lines of `other`, whose terms have other indices here.
    pub fn append(&mut self, other: &Self, term: impl Fn(TermId) -> TermId) {
        let base = self.terms.len();
        self.bins.extend_from_slice(&other.bins);
        self.terms.extend(other.terms.iter().map(|&id| term(id)));
        self.ends.extend(other.ends.iter().map(|ends| Ends {
            single: base + ends.single,
            joined: base + ends.joined,
        }));
    }

    /// The indices of all terms of a line, those that stand on it more than once too.
    pub fn terms(&self, line: usize) -> &[TermId] {
        &self.terms[self.start(line)..self.ends[line].joined]
    }

    fn start(&self, line: usize) -> usize {
        line.checked_sub(1)
            .map_or(0, |above| self.ends[above].joined)
    }

    fn single(&self, line: usize) -> &[TermId] {
        &self.terms[self.start(line)..self.ends[line].single]
    }

    /// Appends to `rows` the features of the lines of one page, which stand at `page`: `term` gives
    /// the index of a term in the vocabulary, `None` where it is not in there.
    pub fn push_rows(
        &self,
        page: Range<usize>,
        term: impl Fn(TermId) -> Option<TermId>,
        rows: &mut SparseRows,
    ) {
        let fixed = |at, bins: &[Bins], row: &mut Vec<u32>| TEMPLATES.push(at, bins, row);
        self.push(
            page,
            fixed,
            |id, slot| Some(Layout::term(term(id)?, slot)),
            rows,
        );
    }

    /// The same with cells in place of the features that need no vocabulary: the numbers in rows are
    /// those of [`Layout::cells`], then those of the terms.
    pub fn push_cells(
        &self,
        page: Range<usize>,
        term: impl Fn(TermId) -> Option<TermId>,
        rows: &mut SparseRows,
    ) {
        let fixed = |at, bins: &[Bins], row: &mut Vec<u32>| TABLES.push(at, bins, row);
        let after = (Layout::cell_count() - Layout::fixed()) as u32;
        let term = |id, slot| Some(Layout::term(term(id)?, slot) + after);
        self.push(page, fixed, term, rows);
    }

    fn push(
        &self,
        page: Range<usize>,
        fixed: impl Fn(usize, &[Bins], &mut Vec<u32>),
        term: impl Fn(TermId, TermSlot) -> Option<u32>,
        rows: &mut SparseRows,
    ) {
        let bins = &self.bins[page.clone()];
        let mut row = Vec::new();
        for line in page.clone() {
            row.clear();
            fixed(line - page.start, bins, &mut row);
            let terms_start = row.len();
            let mut push = |terms: &[TermId], slot| {
                row.extend(terms.iter().filter_map(|&id| term(id, slot)));
            };
            push(self.terms(line), TermSlot::Own);
            if line > page.start {
                push(self.single(line - 1), TermSlot::Above);
            }
            if line + 1 < page.end {
                push(self.single(line + 1), TermSlot::Below);
            }
            // What is fixed is in order and comes before all terms.
            row[terms_start..].sort_unstable();
            rows.push(&mut row);
        }
    }
}
