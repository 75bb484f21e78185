//! The **columns** of a page are the bins of its lines, one column a categorical: those of a line's
//! own shape from its [reading](super::line::Reading), and those of its context, which
//! [`crate::features::context`] defines. A column is filled for all lines at once.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use wide::{CmpEq, f32x4, i32x4};

use crate::features::TEMPLATES;
use crate::features::categorical::{CATEGORICALS, CUE_OF_LINE, DATED, OF_LINE};
use crate::features::context::WINDOWS;
use crate::features::furniture::Furniture;
use crate::features::line::share;
use crate::features::listing::{FEWEST_REPEATS, LONGEST_DATE, WINDOW};

use super::bins::{Binner, NO_DISTANCE, STEP};
use super::fixed::is_shape;
use super::forms::Forms;
use super::known_lines::KnownLines;
use super::line::Reading;
use super::page_lines::PageLines;
use super::sums::{FRONT, Numbers, Sums, around, fill_sums, quads, quotients};
use super::topic::Topic;

/// The place of a categorical of context, or of the first one of several that belong together.
mod at {
    pub const PLACE: usize = 24;
    pub const PAGE_LINES: usize = 27;
    pub const WINDOWS: usize = 30;
    pub const PROSE_DISTANCE: usize = 48;
    pub const PROSE: usize = 50;
    pub const HEADING: usize = 54;
    pub const HEADING_DISTANCE: usize = 56;
    pub const REPEATS: usize = 58;
    pub const TOPIC: usize = 60;
    pub const TITLE: usize = 63;
    pub const FORMS: usize = 64;
    pub const DATES: usize = 68;
    pub const FURNITURE: usize = 71;
}

/// Lines before and after a page that are not there, but may be looked at.
const MARGIN: usize = 2;

/// The bins of the lines of a page. What one page needs is kept for the next.
#[derive(Debug, Default)]
pub struct Columns {
    lines: usize,
    height: usize,
    bins: Vec<u8>,
    /// The bins that all lines of the page have in common.
    constants: Constants,
    sums: Sums,
    numbers: [Numbers; 3],
    topic: Topic,
    forms: Forms,
}

#[derive(Debug)]
struct Constants([Option<u8>; CATEGORICALS.len()]);

impl Default for Constants {
    fn default() -> Self {
        Self([None; CATEGORICALS.len()])
    }
}

/// The categoricals that the context of other lines near by sees.
static SEEN_FROM_NEAR: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let context = TEMPLATES.iter().filter(|(_, parts)| !is_shape(parts));
    let parts = context.flat_map(|(_, parts)| parts);
    let near = parts.filter(|part| part.offset != 0);
    let indices: BTreeSet<usize> = near.map(|part| part.index).collect();
    indices.into_iter().collect()
});

/// The own categoricals of a line that its context is seen with.
pub const SIZE: usize = 1;
pub const KIND: usize = OF_LINE - 1;

/// Number of columns of windows.
const OF_WINDOWS: usize = at::PROSE_DISTANCE - at::WINDOWS;

/// Of a column of windows below: that of windows above, whose bins it shares, and how much further
/// down they stand.
fn window_of(index: usize) -> Option<(usize, usize)> {
    let place = index
        .checked_sub(at::WINDOWS)
        .filter(|place| *place < OF_WINDOWS)?;
    let sizes = WINDOWS.len();
    (place % (2 * sizes) >= sizes).then(|| (index - sizes, WINDOWS[place % sizes] + 1))
}

/// A column as it is seen from each line: of the line itself, or of one near by. Of a line's own
/// categoricals those that templates of the context name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub index: usize,
    is_own: bool,
    /// The column that has its bins, and how far down the first of them stands.
    column: usize,
    line: usize,
}

impl Seen {
    /// The column `index` of the line that stands so many lines further down.
    pub fn new(index: usize, offset: isize) -> Self {
        let (column, shift) = window_of(index).unwrap_or((index, 0));
        Self {
            index,
            is_own: offset == 0,
            column,
            line: MARGIN.wrapping_add_signed(offset) + shift,
        }
    }
}

impl Columns {
    /// The place of a column on this page.
    pub fn place(&self, seen: Seen) -> usize {
        seen.column * self.height + seen.line
    }

    /// The bins of the lines of a step in the column at this place, anything after the last line.
    pub fn step(&self, place: usize, step: usize) -> &[u8; STEP] {
        let bins = self.bins[place + STEP * step..].first_chunk();
        bins.expect("columns go on")
    }

    /// The bin that all lines have in a column, if it is such a column. One of lines near by never is: the
    /// first line has none above.
    pub fn constant(&self, seen: Seen) -> Option<u8> {
        self.constants.0[seen.index].filter(|_| seen.is_own)
    }

    /// A column's bins of the lines that are there.
    fn column(&mut self, index: usize) -> &mut [u8] {
        let lines = self.lines;
        &mut self.steps(index)[..lines]
    }

    /// The same and what is more in whole steps.
    fn steps(&mut self, index: usize) -> &mut [u8] {
        let start = index * self.height + MARGIN;
        &mut self.bins[start..start + self.lines.next_multiple_of(STEP)]
    }

    /// Finds the bins of all lines, of which there is one at least. There are `words` words; `shares`
    /// are those of the page in the profile of its site.
    pub fn fill(
        &mut self,
        lines: &PageLines,
        known: &KnownLines,
        binners: &[Binner],
        words: usize,
        shares: Option<&[f32]>,
    ) {
        let readings = &lines.readings;
        self.lines = readings.len();
        self.height = (self.lines + FRONT + 1).next_multiple_of(STEP) + 2 * MARGIN;
        let bins = self.height * CATEGORICALS.len();
        self.bins.resize(bins.max(self.bins.len()), 0);
        self.sums.fill(readings);
        self.fill_own(readings);
        self.fill_places(binners);
        self.fill_page(binners);
        self.fill_windows(binners);
        self.fill_prose(readings, binners);
        self.fill_headings(readings, binners);
        self.fill_repeats(lines, &binners[at::REPEATS]);
        self.fill_topic(lines, known, words, binners);
        self.fill_forms(readings, binners);
        self.fill_dates(readings, binners);
        self.fill_furniture(readings, shares, binners);
        self.fill_margins();
    }

    /// Says of the lines before the first and after the last that they are not there, where that is seen.
    fn fill_margins(&mut self) {
        let (height, lines) = (self.height, self.lines);
        for &index in &*SEEN_FROM_NEAR {
            let missing = CATEGORICALS[index].bin_count() as u8;
            let column = &mut self.bins[index * height..][..height];
            column[..MARGIN].fill(missing);
            column[MARGIN + lines..][..MARGIN].fill(missing);
        }
    }

    fn fill_own(&mut self, readings: &[Reading]) {
        let mut fill = |index: usize, bin: fn(&Reading) -> u8| {
            for (place, reading) in self.column(index).iter_mut().zip(readings) {
                *place = bin(reading);
            }
        };
        fill(SIZE, |line| line.size);
        fill(CUE_OF_LINE, |line| line.cue);
        fill(KIND, |line| line.kind);
    }

    fn fill_places(&mut self, binners: &[Binner]) {
        let lines = f32x4::splat(self.lines as f32);
        let [_, above, below] = [0, 1, 2].map(|more| at::PLACE + more);
        binners[at::PLACE].fill(self.steps(at::PLACE), |line| {
            std::array::from_fn(|quad| {
                let place = |more: usize| (line + 4 * quad + more) as f32;
                f32x4::new(std::array::from_fn(place)) / lines
            })
        });
        binners[above].fill_counts(self.column(above));
        binners[below].fill_counts(self.column(below));
        self.column(below).reverse();
    }

    fn fill_page(&mut self, binners: &[Binner]) {
        let [lines, prose, prose_share] = [0, 1, 2].map(|more| at::PAGE_LINES + more);
        let sums = &self.sums;
        let share = share(sums.prose_length, sums.whole_length);
        self.constants.0[lines] = Some(binners[lines].count(self.lines));
        let prose_lines = sums.prose[FRONT + self.lines] as usize;
        self.constants.0[prose] = Some(binners[prose].count(prose_lines));
        self.constants.0[prose_share] = Some(binners[prose_share].share(share));
    }

    /// Mean length, shares of cues and of lines of cues, of the windows above and below each line: a window that ends before a line further down is one below a line above.
    fn fill_windows(&mut self, binners: &[Binner]) {
        let sums = &self.sums;
        let measures = [
            (&sums.length, &sums.lines),
            (&sums.cues, &sums.words),
            (&sums.cue_lines, &sums.lines),
        ];
        for (measure, (parts, wholes)) in measures.into_iter().enumerate() {
            for (place, size) in WINDOWS.into_iter().enumerate() {
                let index = at::WINDOWS + 2 * WINDOWS.len() * measure + place;
                let ends = (self.lines + size + 1).next_multiple_of(STEP);
                let start = index * self.height + MARGIN;
                let column = &mut self.bins[start..start + ends];
                let over = |sums: &Numbers, end: usize| {
                    let (to, from) = (quads(sums, FRONT + end), quads(sums, FRONT + end - size));
                    std::array::from_fn(|quad| to[quad] - from[quad])
                };
                binners[index].fill(column, |end| quotients(over(parts, end), over(wholes, end)));
            }
        }
    }

    fn fill_prose(&mut self, readings: &[Reading], binners: &[Binner]) {
        self.fill_distances(at::PROSE_DISTANCE, |at| readings[at].is_prose, binners);
        let prose = std::mem::take(&mut self.sums.prose);
        let all = i32x4::splat(prose[FRONT + self.lines]);
        for (more, is_above) in [(0, true), (1, false), (2, true), (3, false)] {
            let index = at::PROSE + more;
            binners[index].fill_wholes(self.steps(index), |line| match is_above {
                true => quads(&prose, FRONT + line),
                false => quads(&prose, FRONT + 1 + line).map(|over| all - over),
            });
        }
        self.sums.prose = prose;
    }

    /// The kinds of the nearest lines of cues above and below, and the distances to them.
    fn fill_headings(&mut self, readings: &[Reading], binners: &[Binner]) {
        let is_heading = |at: usize| readings[at].is_cue_line;
        self.fill_distances(at::HEADING_DISTANCE, is_heading, binners);
        fill_nearest(self.column(at::HEADING).iter_mut().zip(readings));
        fill_nearest(self.column(at::HEADING + 1).iter_mut().zip(readings).rev());
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

    fn fill_topic(
        &mut self,
        lines: &PageLines,
        known: &KnownLines,
        words: usize,
        binners: &[Binner],
    ) {
        self.topic.count(lines, known, words, &mut self.numbers);
        let [topic_share, topic_words, topic_terms] = [0, 1, 2].map(|more| at::TOPIC + more);
        let numbers = std::mem::take(&mut self.numbers);
        let [shared, terms, in_title] = &numbers;
        binners[topic_share].fill(self.steps(topic_share), |line| {
            let share = quotients(quads(shared, line), quads(terms, line));
            // -1 for a line without terms.
            let none = quads(terms, line).map(|terms| terms.cmp_eq(i32x4::ZERO));
            std::array::from_fn(|quad| share[quad] + f32x4::from_i32x4(none[quad]))
        });
        for (index, numbers) in [
            (topic_words, shared),
            (topic_terms, terms),
            (at::TITLE, in_title),
        ] {
            binners[index].fill_wholes(self.steps(index), |line| quads(numbers, line));
        }
        self.numbers = numbers;
    }

    fn fill_forms(&mut self, readings: &[Reading], binners: &[Binner]) {
        let [_, repeats, forms] = &mut self.numbers;
        self.forms
            .count(readings.iter().map(|line| line.form), repeats);
        let is_form = |repeats: i32| repeats >= FEWEST_REPEATS as i32;
        fill_sums(
            forms,
            repeats.iter().map(|&repeats| u32::from(is_form(repeats))),
        );
        let [repeats, forms] = [1, 2].map(|at| std::mem::take(&mut self.numbers[at]));
        for (bin, &repeats) in self.column(at::FORMS).iter_mut().zip(&repeats) {
            *bin = binners[at::FORMS].count(repeats as usize);
        }
        self.fill_distances(at::FORMS + 1, |at| is_form(repeats[at]), binners);
        let lines = std::mem::take(&mut self.sums.lines);
        binners[at::FORMS + 3].fill(self.steps(at::FORMS + 3), |line| {
            quotients(around(&forms, line, WINDOW), around(&lines, line, WINDOW))
        });
        self.sums.lines = lines;
        [self.numbers[1], self.numbers[2]] = [repeats, forms];
    }

    fn fill_dates(&mut self, readings: &[Reading], binners: &[Binner]) {
        let is_date = |at: usize| {
            let reading = &readings[at];
            let is_short = (reading.length as usize) < LONGEST_DATE;
            is_short & (usize::from(reading.date) >= DATED)
        };
        let dates = (0..self.lines).filter(|&at| is_date(at)).count();
        self.constants.0[at::DATES] = Some(binners[at::DATES].count(dates));
        self.fill_distances(at::DATES + 1, is_date, binners);
    }

    /// The distances to the nearest line above and below of which something holds, in the column
    /// `above` and the one after it.
    fn fill_distances(&mut self, above: usize, holds: impl Fn(usize) -> bool, binners: &[Binner]) {
        let (lines, height) = (self.lines, self.height);
        let columns = &mut self.bins[above * height + MARGIN..][..height + lines];
        let (above_bins, below_bins) = columns.split_at_mut(height);
        let [mut down, mut up] = [NO_DISTANCE; 2];
        // Both at once: each has to wait for its own distance before.
        for (at, end) in (0..lines).zip((0..lines).rev()) {
            above_bins[at] = binners[above].distance(down);
            down = next_distance(down, holds(at));
            below_bins[end] = binners[above + 1].distance(up);
            up = next_distance(up, holds(end));
        }
    }

    fn fill_furniture(&mut self, readings: &[Reading], shares: Option<&[f32]>, binners: &[Binner]) {
        let of_furniture = at::FURNITURE..CATEGORICALS.len();
        if shares.is_none() {
            for index in of_furniture {
                let unknown = binners[index].share(-1.0);
                self.constants.0[index] = Some(unknown);
                self.column(index).fill(unknown);
            }
            return;
        }
        let lengths = readings.iter().map(|line| line.length as usize);
        let lengths: Vec<usize> = lengths.collect();
        let furniture = Furniture::new(&lengths, shares);
        for index in of_furniture {
            self.constants.0[index] = None;
            for at in 0..self.lines {
                let value = furniture.values(at)[index - at::FURNITURE];
                self.column(index)[at] = binners[index].share(value);
            }
        }
    }
}

/// The kind of the line of cues nearest before each line, 0 where there is none.
fn fill_nearest<'a>(lines: impl Iterator<Item = (&'a mut u8, &'a Reading)>) {
    let mut nearest = 0;
    for (kind, line) in lines {
        *kind = nearest;
        if line.is_cue_line {
            nearest = line.cue;
        }
    }
}

/// The distance from the next line, if that from a line to the one before it of which something holds is
/// `distance`, and it holds of the line or not.
fn next_distance(distance: u8, holds: bool) -> u8 {
    match holds {
        true => 1,
        // Large distances are alike.
        false => distance + u8::from(distance < NO_DISTANCE - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::categorical::Bins;
    use crate::features::distance::NOWHERE;

    #[test]
    fn large_distances_are_alike() {
        for index in [
            at::PROSE_DISTANCE,
            at::HEADING_DISTANCE,
            at::FORMS + 1,
            at::DATES + 1,
        ] {
            for categorical in &CATEGORICALS[index..index + 2] {
                let Bins::Edges(edges) = categorical.bins else {
                    panic!("{} has no edges", categorical.name);
                };
                let far = f32::from(NO_DISTANCE - 1);
                assert!(edges.iter().all(|&edge| edge <= far || edge == NOWHERE));
            }
        }
    }
}
