//! The **columns** of a page are the bins of its lines, one column a categorical: those of a line's
//! own shape from its [reading](super::line::Reading), and those of its context, which
//! [`crate::features::context`] defines. A column is filled for all lines at once.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::features::categorical::{CATEGORICALS, DATE_OF_LINE, DATED, OF_LINE};
use crate::features::context::{CODE_WINDOW, LENGTH_CAP, NOWHERE, WINDOWS};
use crate::features::furniture::Furniture;
use crate::features::line::share;
use crate::features::listing::{FEWEST_REPEATS, LONGEST_DATE, WINDOW};
use crate::features::topic::TITLE_WORDS;

use super::bins::Binner;
use super::line::Reading;
use super::page_lines::PageLines;

/// The place of a categorical of context, or of the first one of several that belong together.
mod at {
    pub const PLACE: usize = 21;
    pub const PAGE_LINES: usize = 26;
    pub const WINDOWS: usize = 29;
    pub const PROSE_DISTANCE: usize = 47;
    pub const PROSE: usize = 49;
    pub const REPEATS: usize = 53;
    pub const TOPIC: usize = 55;
    pub const TITLE: usize = 58;
    pub const RUN: usize = 59;
    pub const SAME: usize = 60;
    pub const RUN_PLACE: usize = 64;
    pub const CODE: usize = 65;
    pub const FORMS: usize = 67;
    pub const DATES: usize = 71;
    pub const FURNITURE: usize = 74;
}

/// Lines before and after a page that are not there, but may be looked at.
const MARGIN: usize = 2;

/// What is known of a word on the present page.
#[derive(Clone, Copy, Debug, Default)]
struct TopicWord {
    /// The page that the rest is of.
    page: u32,
    /// The first line of prose that has the word.
    first: u32,
    is_in_prose: bool,
    is_elsewhere: bool,
    is_in_title: bool,
}

/// The running sums over the lines of a page, up to each line and at last over all.
#[derive(Debug, Default)]
struct Sums {
    length: Vec<u32>,
    words: Vec<u32>,
    stopwords: Vec<u32>,
    sentences: Vec<u32>,
    prose: Vec<u32>,
    whole_length: usize,
    prose_length: usize,
}

/// The bins of the lines of a page. What one page needs is kept for the next.
#[derive(Debug, Default)]
pub struct Columns {
    lines: usize,
    bins: Vec<u8>,
    sums: Sums,
    values: Vec<f32>,
    kinds: Vec<u8>,
    page: u32,
    topic: Vec<TopicWord>,
}

impl Columns {
    /// A column as it is seen from each line: of the line itself, or of one near by.
    pub fn seen(&self, index: usize, offset: isize) -> &[u8] {
        let start = index * self.height() + MARGIN.wrapping_add_signed(offset);
        &self.bins[start..start + self.lines]
    }

    fn height(&self) -> usize {
        self.lines + 2 * MARGIN
    }

    /// A column's bins of the lines that are there.
    fn column(&mut self, index: usize) -> &mut [u8] {
        let start = index * self.height() + MARGIN;
        &mut self.bins[start..start + self.lines]
    }

    /// Finds the bins of all lines, of which there is one at least. There are `words` words; `shares` are those of the page in the
    /// profile of its site.
    pub fn fill(
        &mut self,
        lines: &PageLines,
        binners: &[Binner],
        words: usize,
        shares: Option<&[f32]>,
    ) {
        let readings = &lines.readings;
        self.lines = readings.len();
        self.fill_margins();
        self.fill_own(readings);
        self.sum(readings);
        self.fill_places(binners);
        self.fill_windows(binners);
        self.fill_prose(readings, binners);
        self.fill_repeats(lines, &binners[at::REPEATS]);
        self.fill_topic(lines, words, binners);
        self.fill_runs(binners);
        self.fill_code(readings, binners);
        self.fill_forms(readings, binners);
        self.fill_dates(readings, binners);
        self.fill_furniture(readings, shares, binners);
    }

    fn fill_margins(&mut self) {
        let height = self.height();
        self.bins.resize(height * CATEGORICALS.len(), 0);
        for (column, categorical) in self.bins.chunks_exact_mut(height).zip(&CATEGORICALS) {
            let missing = categorical.bin_count() as u8;
            column[..MARGIN].fill(missing);
            column[height - MARGIN..].fill(missing);
        }
    }

    fn fill_own(&mut self, readings: &[Reading]) {
        for index in 0..OF_LINE {
            for (bin, reading) in self.column(index).iter_mut().zip(readings) {
                *bin = reading.bins[index];
            }
        }
        self.kinds.clear();
        let kinds = readings.iter().map(|reading| reading.bins[OF_LINE - 1]);
        self.kinds.extend(kinds);
    }

    fn sum(&mut self, readings: &[Reading]) {
        let running = |sums: &mut Vec<u32>, value: fn(&Reading) -> u32| {
            let mut sum = 0;
            sums.clear();
            sums.push(0);
            sums.extend(readings.iter().map(|reading| {
                sum += value(reading);
                sum
            }));
        };
        let sums = &mut self.sums;
        running(&mut sums.length, |line| {
            line.characters.min(LENGTH_CAP as u32)
        });
        running(&mut sums.words, |line| line.words);
        running(&mut sums.stopwords, |line| line.stopwords);
        running(&mut sums.sentences, |line| u32::from(line.has_sentence));
        running(&mut sums.prose, |line| u32::from(line.is_prose));
        let length = |line: &Reading| line.characters as usize;
        sums.whole_length = readings.iter().map(length).sum();
        let prose = readings.iter().filter(|line| line.is_prose);
        sums.prose_length = prose.map(length).sum();
    }

    fn fill_places(&mut self, binners: &[Binner]) {
        let lines = self.lines;
        for (at, bin) in self.column(at::PLACE).iter_mut().enumerate() {
            *bin = binners[at::PLACE].share(at as f32 / lines as f32);
        }
        for (more, is_above) in [(1, true), (2, false), (3, true), (4, false)] {
            let binner = &binners[at::PLACE + more];
            for (at, bin) in self.column(at::PLACE + more).iter_mut().enumerate() {
                *bin = binner.count(if is_above { at } else { lines - 1 - at });
            }
        }
        let prose = self.sums.prose[lines] as usize;
        let prose_share = share(self.sums.prose_length, self.sums.whole_length);
        let [page_lines, page_prose, page_share] = [0, 1, 2].map(|more| at::PAGE_LINES + more);
        self.column(page_lines)
            .fill(binners[page_lines].count(lines));
        self.column(page_prose)
            .fill(binners[page_prose].count(prose));
        self.column(page_share)
            .fill(binners[page_share].share(prose_share));
    }

    /// Mean length, share of stopwords and share of lines with a sentence's end, of the windows above
    /// and below each line.
    fn fill_windows(&mut self, binners: &[Binner]) {
        for (place, size) in WINDOWS.into_iter().enumerate() {
            for measure in 0..3 {
                self.fill_window(size, measure, at::WINDOWS + 6 * measure + place, binners);
            }
        }
    }

    /// One measure of the windows of one size: first for the windows that end before each line and
    /// before lines further down than the last, which are the windows below the lines above them.
    fn fill_window(&mut self, size: usize, measure: usize, index: usize, binners: &[Binner]) {
        let (lines, sums) = (self.lines, &self.sums);
        let value = |end: usize| {
            let (from, to) = (end.saturating_sub(size).min(lines), end.min(lines));
            let over = |sums: &[u32]| (sums[to] - sums[from]) as usize;
            match measure {
                0 => share(over(&sums.length), to - from),
                1 => share(over(&sums.stopwords), over(&sums.words)),
                _ => share(over(&sums.sentences), to - from),
            }
        };
        let values = &mut self.values;
        values.clear();
        values.extend((0..=lines + size).map(value));
        let mut values = std::mem::take(&mut self.values);
        binners[index].shares(&values[..lines], self.column(index));
        binners[index + 3].shares(&values[size + 1..], self.column(index + 3));
        values.clear();
        self.values = values;
    }

    fn fill_prose(&mut self, readings: &[Reading], binners: &[Binner]) {
        self.fill_distances(at::PROSE_DISTANCE, |at| readings[at].is_prose, binners);
        let prose = std::mem::take(&mut self.sums.prose);
        for (more, is_above) in [(0, true), (1, false), (2, true), (3, false)] {
            let binner = &binners[at::PROSE + more];
            for (at, bin) in self.column(at::PROSE + more).iter_mut().enumerate() {
                let count = match is_above {
                    true => prose[at],
                    false => prose[prose.len() - 1] - prose[at + 1],
                };
                *bin = binner.count(count as usize);
            }
        }
        self.sums.prose = prose;
    }

    fn fill_repeats(&mut self, lines: &PageLines, binner: &Binner) {
        for (bin, &first) in self.column(at::REPEATS).iter_mut().zip(&lines.same) {
            *bin = binner.count(lines.repeats[first as usize] as usize);
        }
        let seen = self.column(at::REPEATS + 1).iter_mut();
        for (at, (bin, &first)) in seen.zip(&lines.same).enumerate() {
            *bin = u8::from(first as usize != at);
        }
    }

    fn fill_topic(&mut self, lines: &PageLines, words: usize, binners: &[Binner]) {
        let title = self.gather_topic(lines, words);
        let page = self.page;
        let topic = std::mem::take(&mut self.topic);
        let [topic_share, topic_words, topic_terms] = [0, 1, 2].map(|more| at::TOPIC + more);
        for at in 0..self.lines {
            let words = lines.topical(at);
            let (mut shared, mut in_title) = (0, 0);
            for &word in words {
                let known = &topic[word as usize];
                let is_other = known.is_elsewhere | (known.first != at as u32);
                let is_here = known.page == page;
                shared += usize::from(is_here & known.is_in_prose & is_other);
                in_title += usize::from(is_here & known.is_in_title);
            }
            let overlap = match words.len() {
                0 => -1.0,
                terms => share(shared, terms),
            };
            self.column(topic_share)[at] = binners[topic_share].share(overlap);
            self.column(topic_words)[at] = binners[topic_words].count(shared);
            self.column(topic_terms)[at] = binners[topic_terms].count(words.len());
            self.column(at::TITLE)[at] = match title == Some(at) {
                true => binners[at::TITLE].share(-1.0),
                false => binners[at::TITLE].count(in_title),
            };
        }
        self.topic = topic;
    }

    /// Gathers the words of the lines of prose and of the title, which it finds.
    fn gather_topic(&mut self, lines: &PageLines, words: usize) -> Option<usize> {
        self.topic.resize(words, TopicWord::default());
        self.page = self.page.wrapping_add(1);
        if self.page == 0 {
            self.topic.fill(TopicWord::default());
            self.page = 1;
        }
        let fresh = TopicWord {
            page: self.page,
            ..TopicWord::default()
        };
        let is_title = |line: &Reading| line.words as usize >= TITLE_WORDS;
        let title = lines.readings.iter().position(is_title);
        for (at, reading) in lines.readings.iter().enumerate() {
            let is_title = title == Some(at);
            if !is_title && !reading.is_prose {
                continue;
            }
            for &word in lines.topical(at) {
                let known = &mut self.topic[word as usize];
                if known.page != self.page {
                    *known = fresh;
                }
                known.is_in_title |= is_title;
                if reading.is_prose {
                    match known.is_in_prose {
                        true => known.is_elsewhere |= known.first != at as u32,
                        false => known.first = at as u32,
                    }
                    known.is_in_prose = true;
                }
            }
        }
        title
    }

    fn fill_runs(&mut self, binners: &[Binner]) {
        let kinds = std::mem::take(&mut self.kinds);
        let mut start = 0;
        for run in kinds.chunk_by(|a, b| a == b) {
            let end = start + run.len();
            self.column(at::RUN)[start..end].fill(binners[at::RUN].count(run.len()));
            for (place, bin) in self.column(at::RUN_PLACE)[start..end]
                .iter_mut()
                .enumerate()
            {
                *bin = binners[at::RUN_PLACE].count(place + 1);
            }
            start = end;
        }
        for distance in 1..=4 {
            let same = self.column(at::SAME + distance - 1);
            same.fill(0);
            let pairs = kinds.iter().zip(kinds.iter().skip(distance)).enumerate();
            for (at, (above, below)) in pairs {
                let is_same = u8::from(above == below);
                same[at] += 2 * is_same;
                same[at + distance] += is_same;
            }
        }
        self.kinds = kinds;
    }

    fn fill_code(&mut self, readings: &[Reading], binners: &[Binner]) {
        for (at, reading) in readings.iter().enumerate() {
            let near = &readings[window(at, CODE_WINDOW, readings.len())];
            let sum = |value: fn(&Reading) -> u32| -> usize {
                near.iter().map(|line| value(line) as usize).sum()
            };
            let own = share(reading.code_marks as usize, reading.characters as usize);
            let near = share(sum(|line| line.code_marks), sum(|line| line.characters));
            self.column(at::CODE)[at] = binners[at::CODE].share(own);
            self.column(at::CODE + 1)[at] = binners[at::CODE + 1].share(near);
        }
    }

    fn fill_forms(&mut self, readings: &[Reading], binners: &[Binner]) {
        let mut counts: FxHashMap<u64, u32> = FxHashMap::default();
        for reading in readings {
            *counts.entry(reading.form).or_default() += 1;
        }
        let repeats: Vec<usize> = readings
            .iter()
            .map(|reading| counts[&reading.form] as usize)
            .collect();
        let is_form = |at: usize| repeats[at] >= FEWEST_REPEATS;
        for (bin, &repeats) in self.column(at::FORMS).iter_mut().zip(&repeats) {
            *bin = binners[at::FORMS].count(repeats);
        }
        self.fill_distances(at::FORMS + 1, is_form, binners);
        let forms_near = &binners[at::FORMS + 3];
        for at in 0..self.lines {
            let near = window(at, WINDOW, self.lines);
            let lines = near.len();
            let forms = near.filter(|&at| is_form(at)).count();
            self.column(at::FORMS + 3)[at] = forms_near.share(share(forms, lines));
        }
    }

    fn fill_dates(&mut self, readings: &[Reading], binners: &[Binner]) {
        let is_date = |at: usize| {
            let reading = &readings[at];
            (reading.characters as usize) < LONGEST_DATE
                && usize::from(reading.bins[DATE_OF_LINE]) >= DATED
        };
        let dates = (0..self.lines).filter(|&at| is_date(at)).count();
        self.column(at::DATES).fill(binners[at::DATES].count(dates));
        self.fill_distances(at::DATES + 1, is_date, binners);
    }

    /// The distances to the nearest line above and below of which something holds, in the column
    /// `above` and the one after it.
    fn fill_distances(&mut self, above: usize, holds: impl Fn(usize) -> bool, binners: &[Binner]) {
        let below = above + 1;
        let lines = self.column(above).iter_mut().enumerate();
        fill_distances(lines, &holds, &binners[above]);
        let lines = self.column(below).iter_mut().enumerate().rev();
        fill_distances(lines, &holds, &binners[below]);
    }

    fn fill_furniture(&mut self, readings: &[Reading], shares: Option<&[f32]>, binners: &[Binner]) {
        let of_furniture = at::FURNITURE..CATEGORICALS.len();
        if shares.is_none() {
            for index in of_furniture {
                self.column(index).fill(binners[index].share(-1.0));
            }
            return;
        }
        let characters: Vec<usize> = readings
            .iter()
            .map(|line| line.characters as usize)
            .collect();
        let furniture = Furniture::new(&characters, shares);
        for index in of_furniture {
            for at in 0..self.lines {
                let value = furniture.values(at)[index - at::FURNITURE];
                self.column(index)[at] = binners[index].share(value);
            }
        }
    }
}

/// A line and so many lines on either side.
fn window(at: usize, size: usize, lines: usize) -> Range<usize> {
    at.saturating_sub(size)..(at + 1 + size).min(lines)
}

/// The bins of the distances from each line to the one before it of which something holds.
fn fill_distances<'a>(
    lines: impl Iterator<Item = (usize, &'a mut u8)>,
    holds: impl Fn(usize) -> bool,
    binner: &Binner,
) {
    let mut distance = NOWHERE as usize;
    for (at, bin) in lines {
        *bin = binner.count(distance);
        distance = match holds(at) {
            true => 1,
            false => (distance + 1).min(NOWHERE as usize),
        };
    }
}
