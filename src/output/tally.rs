//! A **tally** is how many lines and characters of each label a page has, or several pages have;
//! **limits** tell by it whether too little of a page is left once it is cleaned.

use std::ops::AddAssign;

use crate::{Label, Page};

/// Lines and characters by predicted label.
///
/// ```
/// use saring::Label;
/// use saring::output::{Limits, Tally};
///
/// let mut tally = Tally::default();
/// tally.add(Label::Content, "Padi é".as_bytes());
/// tally.add(Label::Navigation, b"Beranda Kontak");
/// assert_eq!(tally.characters(Label::Content), 6);
/// assert_eq!(tally.all_characters(), 20);
/// let limits = |max_removed| Limits { max_removed: Some(max_removed), min_chars: 0 };
/// assert!(!limits(0.7).are_broken_by(&tally, &[Label::Content])); // 14 of 20 are removed
/// assert!(limits(0.69).are_broken_by(&tally, &[Label::Content]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    lines: [u64; Label::ALL.len()],
    characters: [u64; Label::ALL.len()],
}

impl Tally {
    /// Counts one line.
    pub fn add(&mut self, label: Label, line: &[u8]) {
        self.add_characters(label, characters(line));
    }

    /// Counts a line of so many characters.
    fn add_characters(&mut self, label: Label, characters: u64) {
        self.lines[label.index()] += 1;
        self.characters[label.index()] += characters;
    }

    /// Counts the lines of a page, given what each of them is.
    pub(super) fn add_page(&mut self, page: &Page, labels: impl Iterator<Item = Label>) {
        for (index, (line, label)) in page.lines().zip(labels).enumerate() {
            let characters = match page.is_ascii(index) {
                true => line.len() as u64,
                false => characters(line),
            };
            self.add_characters(label, characters);
        }
    }

    /// The lines of this label.
    pub fn lines(&self, label: Label) -> u64 {
        self.lines[label.index()]
    }

    /// The characters of the lines of this label, as they came; no line feeds.
    pub fn characters(&self, label: Label) -> u64 {
        self.characters[label.index()]
    }

    /// The lines of all labels.
    pub fn all_lines(&self) -> u64 {
        self.lines.iter().sum()
    }

    /// The characters of all labels.
    pub fn all_characters(&self) -> u64 {
        self.characters.iter().sum()
    }

    /// The characters of these labels.
    fn kept_characters(&self, keep: &[Label]) -> u64 {
        let kept = Label::ALL.iter().filter(|label| keep.contains(label));
        kept.map(|&label| self.characters(label)).sum()
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        for index in 0..Label::ALL.len() {
            self.lines[index] += other.lines[index];
            self.characters[index] += other.characters[index];
        }
    }
}

/// The characters of a text, each byte that is no continuation of one counting as one.
fn characters(text: &[u8]) -> u64 {
    // So few that they can be counted in a byte, many of them at once.
    let parts = text.chunks(usize::from(u8::MAX));
    let continuations = parts.map(|part| -> u8 {
        let continues = |byte: &u8| u8::from(byte.cast_signed() < -0x40);
        part.iter().map(continues).sum()
    });
    text.len() as u64 - continuations.map(u64::from).sum::<u64>()
}

/// How much of a page must be left.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// The largest share of a page's characters that may be removed, 0 to 1; `None` for any.
    pub max_removed: Option<f64>,
    /// The fewest characters that must be kept.
    pub min_chars: u64,
}

impl Limits {
    /// Whether there is a limit.
    pub fn any(&self) -> bool {
        *self != Self::default()
    }

    /// Whether too little is left of a page of this tally, when the lines of the labels `keep` are
    /// kept. No share is removed of a page without characters.
    pub fn are_broken_by(&self, tally: &Tally, keep: &[Label]) -> bool {
        let (all, kept) = (tally.all_characters(), tally.kept_characters(keep));
        let removed = (all - kept) as f64;
        kept < self.min_chars
            || self
                .max_removed
                .is_some_and(|max| removed > max * all as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(content: &str, comment: &str) -> Tally {
        let mut tally = Tally::default();
        tally.add(Label::Content, content.as_bytes());
        tally.add(Label::Comment, comment.as_bytes());
        tally
    }

    #[test]
    fn a_page_without_characters_breaks_the_least_number_only() {
        let none = Tally::default();
        let limits = |max_removed, min_chars| Limits {
            max_removed,
            min_chars,
        };
        assert!(!limits(Some(0.0), 0).are_broken_by(&none, &[Label::Content]));
        assert!(limits(None, 1).are_broken_by(&none, &[Label::Content]));
        assert!(!limits(None, 0).any());
    }

    #[test]
    fn a_limit_itself_is_not_broken() {
        let limits = Limits {
            max_removed: Some(0.5),
            min_chars: 3,
        };
        let breaks = |content, comment| {
            limits.are_broken_by(&tally(content, comment), &[Label::Content, Label::Content])
        };
        assert!(!breaks("abc", "abc"));
        assert!(breaks("abc", "abcd"), "4 of 7 are removed");
        assert!(breaks("ab", ""), "2 are kept");
    }

    #[test]
    fn tallies_are_added_label_by_label() {
        let mut sum = tally("a", "bc");
        sum += tally("é\u{fffd}", "");
        assert_eq!(sum, {
            let mut both = tally("a", "bc");
            both.add(Label::Content, "é\u{fffd}".as_bytes());
            both.add(Label::Comment, b"");
            both
        });
        assert_eq!((sum.all_lines(), sum.all_characters()), (4, 5));
    }
}
