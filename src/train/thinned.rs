//! A **thinned copy** of a page lacks some of its lines, drawn at random. A model that learns from
//! copies sees each article and each menu in surroundings that its site never had, so it leans less
//! on how the few sites of a corpus happen to be laid out.
//!
//! What is drawn follows from the page itself and the number of the copy alone, not from the other
//! pages of a corpus.

use crate::LabelledPage;
use crate::evaluate::rng::SplitMix64;
use crate::hash::hash;

/// How many lines of a hundred are left out.
const LEFT_OUT: usize = 30;

/// A copy of a page, and where its lines stand in the page.
pub struct Thinned {
    /// The copy.
    pub page: LabelledPage,
    /// The index of each of its lines in the page, ascending.
    pub lines: Vec<usize>,
}

impl Thinned {
    /// Copy `number` of a page; it has no line where chance left out all.
    pub fn new(original: &LabelledPage, number: usize) -> Self {
        let page = original.page();
        let mut rng = SplitMix64::new(seed(original, number));
        let lines: Vec<usize> = (0..page.len())
            .filter(|_| rng.below(100) >= LEFT_OUT)
            .collect();
        let mut copy = LabelledPage::new(page.id.clone(), page.site.clone());
        for &line in &lines {
            let label = original.labels()[line];
            copy.push_after(label, page.line(line), page.follows_blank(line));
        }
        Self { page: copy, lines }
    }

    /// What a profile tells of the lines of the copy, from what it tells of those of the page.
    pub fn shares(&self, shares: &[f32]) -> Vec<f32> {
        self.lines.iter().map(|&line| shares[line]).collect()
    }
}

fn seed(original: &LabelledPage, number: usize) -> u64 {
    let page = original.page();
    let site = page.site.as_deref().unwrap_or_default();
    hash(format!("{site}\n{}\n{number}", page.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Label;

    fn page() -> LabelledPage {
        let mut page = LabelledPage::new("1", Some("a.example".to_owned()));
        for line in 0..1000 {
            let label = [Label::Content, Label::Navigation][line % 2];
            page.push_after(label, format!("baris {line}").as_bytes(), line % 3 == 0);
        }
        page
    }

    #[test]
    fn a_copy_has_some_of_the_lines_with_their_labels() {
        let (page, copy) = (page(), Thinned::new(&page(), 0));
        // 700 expected, standard deviation sqrt(1000 * .3 * .7) = 14.5.
        assert!((640..760).contains(&copy.lines.len()));
        assert_eq!(copy.page.page().len(), copy.lines.len());
        for (at, &line) in copy.lines.iter().enumerate() {
            assert_eq!(copy.page.page().line(at), page.page().line(line));
            assert_eq!(copy.page.labels()[at], page.labels()[line]);
            let is_after_blank = copy.page.page().follows_blank(at);
            assert_eq!(is_after_blank, page.page().follows_blank(line));
        }
    }

    #[test]
    fn copies_differ_from_each_other_and_each_is_always_the_same() {
        let copy = |number| Thinned::new(&page(), number).lines;
        assert_eq!(copy(0), copy(0));
        assert_ne!(copy(0), copy(1));
    }

    #[test]
    fn the_shares_of_a_copy_are_those_of_its_lines() {
        let shares: Vec<f32> = (0..1000).map(|line| line as f32 / 1000.0).collect();
        let copy = Thinned::new(&page(), 2);
        let expected: Vec<f32> = copy.lines.iter().map(|&line| shares[line]).collect();
        assert_eq!(copy.shares(&shares), expected);
    }

    #[test]
    fn a_page_without_lines_has_copies_without_lines() {
        let copy = Thinned::new(&LabelledPage::new("1", None), 0);
        assert!(copy.page.page().is_empty() && copy.shares(&[]).is_empty());
    }
}
