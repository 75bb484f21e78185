//! The **topic** of a page are the words of its prose and of its title, which
//! [`crate::features::topic`] defines; here it is kept by the numbers of words.

use crate::features::topic::TITLE_WORDS;

use super::bins::STEP;
use super::known_lines::KnownLines;
use super::line::Reading;
use super::page_lines::PageLines;
use super::sums::Numbers;

/// What is known of a word on a page.
#[derive(Clone, Copy, Debug, Default)]
struct TopicWord {
    page: u32,
    /// The line of prose that has the word, [`NO_LINE`] or [`SEVERAL_LINES`], and whether the title has it.
    lines: u32,
}

const NO_LINE: u32 = SEVERAL_LINES - 1;
const SEVERAL_LINES: u32 = IN_TITLE - 1;
/// The bit that says that the title has a word.
const IN_TITLE: u32 = 1 << 31;

impl TopicWord {
    /// What is known of the lines of `page`. Here and below there is no branch, as none could be foreseen.
    fn lines(self, page: u32) -> u32 {
        match self.page == page {
            true => self.lines,
            false => NO_LINE,
        }
    }

    /// Says that the line `at` of `page` has the word.
    fn meet(&mut self, page: u32, at: u32, is_prose: bool, is_title: bool) {
        let known = self.lines(page);
        let line = known & !IN_TITLE;
        let is_first = (line == NO_LINE) | (line == at);
        let with_prose = if is_first { at } else { SEVERAL_LINES };
        let line = if is_prose { with_prose } else { line };
        let title = if is_title { IN_TITLE } else { known & IN_TITLE };
        self.page = page;
        self.lines = line | title;
    }
}

/// The topical words of a page.
#[derive(Debug, Default)]
pub struct Topic {
    page: u32,
    words: Vec<TopicWord>,
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
        let title = self.gather(lines, known, words);
        for numbers in &mut *counts {
            numbers.clear();
            numbers.resize(lines.ids.len().next_multiple_of(STEP), 0);
        }
        let [shared, terms, in_title] = counts;
        for (at, &line) in lines.ids.iter().enumerate() {
            let words = known.topical(line);
            terms[at] = words.len() as i32;
            for &word in words {
                let found = self.words[word as usize].lines(self.page);
                let line = found & !IN_TITLE;
                shared[at] += i32::from((line != NO_LINE) & (line != at as u32));
                in_title[at] += i32::from(found & IN_TITLE != 0);
            }
        }
        if let Some(title) = title {
            in_title[title] = -1;
        }
    }

    /// Gathers the words of the lines of prose and of the title, which it finds.
    fn gather(&mut self, lines: &PageLines, known: &KnownLines, words: usize) -> Option<usize> {
        self.words.resize(words, TopicWord::default());
        self.page = self.page.wrapping_add(1);
        if self.page == 0 {
            self.words.fill(TopicWord::default());
            self.page = 1;
        }
        let is_title = |line: &Reading| line.words as usize >= TITLE_WORDS;
        let title = lines.readings.iter().position(is_title);
        for (at, reading) in lines.readings.iter().enumerate() {
            let is_title = title == Some(at);
            if !is_title && !reading.is_prose {
                continue;
            }
            for &word in known.topical(lines.ids[at]) {
                self.words[word as usize].meet(self.page, at as u32, reading.is_prose, is_title);
            }
        }
        title
    }
}
