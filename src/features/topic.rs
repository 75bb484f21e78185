//! The **topic** of a page is the set of words of its lines of prose, and its **title** the first
//! line that is long enough to be one. Lines of the page's own piece share words with both, teasers
//! of other stories few.

use rustc_hash::{FxHashMap, FxHashSet};

use super::line::{Line, share};
use crate::tokenize::TokenKind;

/// Words shorter than this say nothing about a topic, in characters.
pub(crate) const SHORTEST: usize = 4;
/// A title has at least so many words.
pub(crate) const TITLE_WORDS: usize = 4;

/// The words of a page's prose, with the lines they stand on.
pub struct Topic<'a> {
    /// For each word, the first line of prose that has it and whether another one has it too.
    words: FxHashMap<&'a str, (usize, bool)>,
}

/// How a line's words meet the topic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlap {
    /// Share of the line's topical words that stand in prose elsewhere on the page; below 0 where
    /// the line has none.
    pub share: f32,
    /// Number of those words.
    pub shared: usize,
    /// Number of the line's topical words.
    pub terms: usize,
}

impl<'a> Topic<'a> {
    /// Gathers the words of the lines of prose.
    pub fn new(lines: &'a [Line]) -> Self {
        let mut words: FxHashMap<&str, (usize, bool)> = FxHashMap::default();
        for (index, line) in lines.iter().enumerate() {
            if line.measures.is_prose() {
                for term in topical(line) {
                    let (first, elsewhere) = words.entry(term).or_insert((index, false));
                    *elsewhere |= *first != index;
                }
            }
        }
        Self { words }
    }

    /// Compares line `index` with the topic of the *other* lines.
    pub fn overlap(&self, index: usize, line: &Line) -> Overlap {
        let is_shared = |term: &&str| {
            self.words
                .get(term)
                .is_some_and(|&(first, elsewhere)| elsewhere || first != index)
        };
        let terms = topical(line).count();
        let shared = topical(line).filter(is_shared).count();
        let share = if terms == 0 {
            -1.0
        } else {
            share(shared, terms)
        };
        Overlap {
            share,
            shared,
            terms,
        }
    }
}

/// The words of the first line of a page that may be its title.
pub struct Title<'a> {
    line: Option<usize>,
    words: FxHashSet<&'a str>,
}

impl<'a> Title<'a> {
    /// Looks for the title.
    pub fn new(lines: &'a [Line]) -> Self {
        let is_title = |line: &Line| line.measures.words >= TITLE_WORDS;
        let line = lines.iter().position(is_title);
        let words = line.map(|at| topical(&lines[at]).collect());
        Self {
            line,
            words: words.unwrap_or_default(),
        }
    }

    /// Number of words of line `index` that stand in the title; -1 for the title itself.
    pub fn overlap(&self, index: usize, line: &Line) -> f32 {
        if self.line == Some(index) {
            return -1.0;
        }
        topical(line)
            .filter(|term| self.words.contains(term))
            .count() as f32
    }
}

/// The words of a line that may tell its topic.
fn topical(line: &Line) -> impl Iterator<Item = &str> {
    line.terms
        .iter()
        .zip(&line.kinds)
        .zip(&line.is_stopword)
        .filter(|((term, kind), stopword)| {
            **kind == TokenKind::Word && !**stopword && term.chars().count() >= SHORTEST
        })
        .map(|((term, _), _)| term.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stem::Linguist;

    #[test]
    fn a_line_is_compared_with_the_prose_of_the_other_lines() {
        let linguist = Linguist::default();
        let lines = [
            "Harga Beras Naik di Pasar Lama",
            "Di pasar itu pedagang mengatakan bahwa sejak pekan lalu banyak yang tahu harga beras naik.",
            "Jadwal kereta lebaran dibuka",
        ]
        .map(|text| Line::new(text.as_bytes(), &linguist));
        let topic = Topic::new(&lines);
        // harga, beras, naik, pasar and lama; all but the last stand in the prose.
        let title = topic.overlap(0, &lines[0]);
        assert_eq!((title.shared, title.terms, title.share), (4, 5, 0.8));
        assert_eq!(
            topic.overlap(1, &lines[1]).shared,
            0,
            "its own words do not count"
        );
        assert_eq!(topic.overlap(2, &lines[2]).shared, 0);
        let titles = Title::new(&lines);
        assert_eq!(titles.overlap(0, &lines[0]), -1.0);
        assert_eq!(titles.overlap(1, &lines[1]), 4.0);
        assert_eq!(titles.overlap(2, &lines[2]), 0.0);
    }
}
