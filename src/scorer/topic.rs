//! The **topic** of a page are the words of its prose and of its title, which
//! [`crate::features::topic`] defines; here it is kept by the numbers of words.

use crate::features::topic::TITLE_WORDS;

use super::bins::STEP;
use super::known_lines::KnownLines;
use super::line::Reading;
use super::page_lines::PageLines;
use super::sums::Numbers;
use super::words::WordId;

/// The topical words of a page.
#[derive(Debug, Default)]
pub struct Topic {
    /// Of each word what the last page that had it knew: less than `start` if that was an earlier page,
    /// else [`Place`] and `start`.
    words: Vec<u32>,
    start: u32,
    /// Behind all places of the page.
    end: u32,
    /// Number of lines.
    lines: u32,
}

/// Where a page has a word: twice the line of prose that has it, or what stands for none or for several,
/// and 1 if the title has it.
#[derive(Clone, Copy)]
struct Place(u32);

impl Place {
    fn new(line: u32, is_in_title: bool) -> Self {
        Self(2 * line + u32::from(is_in_title))
    }

    fn line(self) -> u32 {
        self.0 / 2
    }

    fn is_in_title(self) -> bool {
        self.0 % 2 == 1
    }
}

impl Topic {
    /// Counts the topical words of each line: those that stand in prose elsewhere, all, and those
    /// that stand in the title, -1 for the title itself. There are `words` words.
    pub fn count(
        &mut self,
        lines: &PageLines,
        known: &KnownLines,
        words: usize,
        counts: &mut [Numbers; 3],
    ) {
        self.begin(words, lines.ids.len() as u32);
        let title = self.gather(lines, known);
        for numbers in &mut *counts {
            numbers.clear();
            numbers.resize(lines.ids.len().next_multiple_of(STEP), 0);
        }
        let [shared, terms, in_title] = counts;
        for (at, &line) in lines.ids.iter().enumerate() {
            let words = known.topical(line);
            terms[at] = words.len() as i32;
            for &word in words {
                let place = self.place(word);
                let line = place.line();
                shared[at] += i32::from((line != self.no_line()) & (line != at as u32));
                in_title[at] += i32::from(place.is_in_title());
            }
        }
        if let Some(title) = title {
            in_title[title] = -1;
        }
    }

    /// Begins a page of so many lines.
    fn begin(&mut self, words: usize, lines: u32) {
        self.words.resize(words, 0);
        self.lines = lines;
        self.start = self.end.max(1);
        let places = 2 * (lines + 2);
        self.end = self.start.checked_add(places).unwrap_or_else(|| {
            self.words.fill(0);
            self.start = 1;
            self.start + places
        });
    }

    /// Stands for no line of prose.
    fn no_line(&self) -> u32 {
        self.lines
    }

    fn several_lines(&self) -> u32 {
        self.lines + 1
    }

    /// Gathers the words of the lines of prose and of the title, which it finds.
    fn gather(&mut self, lines: &PageLines, known: &KnownLines) -> Option<usize> {
        let is_title = |line: &Reading| line.words as usize >= TITLE_WORDS;
        let title = lines.readings.iter().position(is_title);
        for (at, reading) in lines.readings.iter().enumerate() {
            let is_title = title == Some(at);
            if !is_title && !reading.is_prose {
                continue;
            }
            for &word in known.topical(lines.ids[at]) {
                self.meet(word, at as u32, reading.is_prose, is_title);
            }
        }
        title
    }

    /// Where the page has a word. Here and below there is no branch, as none could be foreseen.
    fn place(&self, word: WordId) -> Place {
        let known = self.words[word as usize];
        match known >= self.start {
            true => Place(known - self.start),
            false => Place::new(self.no_line(), false),
        }
    }

    /// Says that the line `at` has the word.
    fn meet(&mut self, word: WordId, at: u32, is_prose: bool, is_title: bool) {
        let known = self.place(word);
        let is_first = (known.line() == self.no_line()) | (known.line() == at);
        let with_prose = if is_first { at } else { self.several_lines() };
        let line = if is_prose { with_prose } else { known.line() };
        let place = Place::new(line, is_title | known.is_in_title());
        self.words[word as usize] = self.start + place.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_nothing_of_those_before_it() {
        let mut topic = Topic::default();
        // The third page finds no more numbers.
        for end in [0, 50, u32::MAX - 9, 30] {
            topic.end = end;
            topic.begin(2, 5);
            assert_eq!(topic.place(0).line(), topic.no_line());
            topic.meet(0, 3, true, false);
            assert_eq!(topic.place(0).line(), 3);
            topic.meet(0, 3, true, false);
            topic.meet(0, 4, false, true);
            assert_eq!(topic.place(0).line(), 3);
            assert!(topic.place(0).is_in_title());
            topic.meet(0, 1, true, false);
            assert_eq!(topic.place(0).line(), topic.several_lines());
            assert_eq!(topic.place(1).line(), topic.no_line());
        }
    }
}
