//! **Known lines** are the lines that were read before, each with a number: menus and furniture come
//! again on every page of a site, and much else on other sites.

use std::hash::BuildHasher;
use std::ops::Range;

use rustc_hash::FxBuildHasher;

use super::Lanes;
use super::line::Reading;
use super::prefetch::prefetch;
use super::slots::{Free, Probe, Slots};
use super::views::Views;
use super::words::WordId;

/// The number of a line as it is written.
pub type LineId = u32;

/// What is remembered; of more, those lines are forgotten that were not met again.
pub const MOST: Size = Size {
    lines: 40 << 10,
    text: 1 << 22,
};
/// What a page has at most, for which there is room too; of most pages, not of a window of a long one.
const OF_PAGE: Size = Size {
    lines: 1 << 12,
    text: 1 << 18,
};

/// So many lines, and bytes of their texts.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    lines: usize,
    text: usize,
}

impl Size {
    fn exceeds(self, most: Self) -> bool {
        self.lines > most.lines || self.text > most.text
    }
}

/// What is known of a line beside its views.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// Where it stands in the text of all, and how long it is.
    text: usize,
    length: u32,
    /// That of its text.
    hash: u32,
    /// The line that has its text when both are normalised, which may be itself.
    normalized: LineId,
    /// Where its topical words stand among those of all lines, and how many there are.
    topical: (u32, u32),
    /// Whether it was met again since lines were forgotten.
    is_met_again: bool,
    reading: Reading,
}

impl Known {
    fn text(&self) -> Range<usize> {
        self.text..self.text + self.length as usize
    }

    fn topical(&self) -> Range<usize> {
        let (start, count) = self.topical;
        start as usize..(start + count) as usize
    }
}

/// Where a line would stand that is not known.
#[derive(Clone, Copy, Debug)]
pub struct Missing {
    hash: u32,
    free: Free,
}

fn hash(text: &[u8]) -> u32 {
    (FxBuildHasher.hash_one(text) >> 32) as u32
}

/// The lines that were read, by number and by text.
#[derive(Debug)]
pub struct KnownLines {
    lines: Vec<Known>,
    views: Vec<Views>,
    topical: Vec<WordId>,
    text: Vec<u8>,
    slots: Slots,
}

impl Default for KnownLines {
    fn default() -> Self {
        // Memory that is not written to yet costs nothing, moving it later does.
        let lines = MOST.lines + OF_PAGE.lines;
        Self {
            lines: Vec::with_capacity(lines),
            views: Vec::with_capacity(lines),
            topical: Vec::with_capacity(8 * lines),
            text: Vec::with_capacity(MOST.text + OF_PAGE.text),
            slots: Slots::default(),
        }
    }
}

impl KnownLines {
    /// Number of lines.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// What was read of a line.
    pub fn reading(&self, line: LineId) -> &Reading {
        &self.lines[line as usize].reading
    }

    /// What a line adds to its own scores, or to those of a line that sees it; behind the labels stands
    /// something else.
    pub fn view(&self, line: LineId, view: usize) -> Lanes {
        self.views[line as usize].get(view)
    }

    /// The topical words of a line.
    pub fn topical(&self, line: LineId) -> &[WordId] {
        &self.topical[self.lines[line as usize].topical()]
    }

    /// The line that has the same text when both are normalised; the same for all that do.
    pub fn normalized(&self, line: LineId) -> LineId {
        self.lines[line as usize].normalized
    }

    /// Begins to look for a text: asks for where it is looked for first.
    #[inline]
    pub fn probe(&self, text: &[u8]) -> Probe {
        self.slots.probe(hash(text))
    }

    /// Looks there, and asks for what is known of the line that it leads to.
    #[inline]
    pub fn look(&self, probe: &mut Probe) {
        self.slots.look(probe);
        let line = probe.number_or_zero() as usize;
        prefetch(&self.lines, line);
        if let Some(views) = self.views.get(line) {
            views.prefetch();
        }
    }

    /// Asks for the text of that line.
    #[inline]
    pub fn prefetch_text(&self, probe: Probe) {
        if let Some(known) = self.lines.get(probe.number_or_zero() as usize) {
            prefetch(&self.text, known.text);
        }
    }

    /// The line that the probe has met, if it is the one of this text: most often it is, or none is known.
    #[inline]
    pub fn find_probed(&mut self, text: &[u8], probe: Probe) -> Option<LineId> {
        let line = probe.number().filter(|&line| self.is_text(line, text))?;
        self.lines[line as usize].is_met_again = true;
        Some(line)
    }

    /// The line of this text.
    pub fn find(&mut self, text: &[u8]) -> Result<LineId, Missing> {
        self.find_hashed(text, hash(text))
    }

    /// The same for a text of which the hash is known.
    pub fn find_hashed(&mut self, text: &[u8], hash: u32) -> Result<LineId, Missing> {
        match self.slots.find(hash, |line| self.is_text(line, text)) {
            Ok(line) => {
                self.lines[line as usize].is_met_again = true;
                Ok(line)
            }
            Err(free) => Err(Missing { hash, free }),
        }
    }

    #[inline]
    fn is_text(&self, line: LineId, text: &[u8]) -> bool {
        &self.text[self.lines[line as usize].text()] == text
    }

    /// Takes in a line with this text, which was looked for and not found; [`KnownLines::learn`] takes in
    /// later what was read of it.
    pub fn push(&mut self, missing: Missing, text: &[u8]) -> LineId {
        self.insert(missing, text, self.lines.len() as LineId)
    }

    /// Takes in what was read of a line.
    pub fn learn(&mut self, line: LineId, reading: Reading, views: &Views, topical: &[WordId]) {
        let known = &mut self.lines[line as usize];
        known.reading = reading;
        known.topical = (self.topical.len() as u32, topical.len() as u32);
        self.topical.extend_from_slice(topical);
        self.views[line as usize] = *views;
    }

    /// Takes in a line with this text, which was looked for and not found; once it is normalised, it is
    /// the line `normalized`. [`KnownLines::learn_same`] takes in later that this one was read.
    pub fn push_same(&mut self, missing: Missing, text: &[u8], normalized: LineId) -> LineId {
        self.insert(missing, text, normalized)
    }

    /// Takes in that the line was read that this one is once it is normalised.
    pub fn learn_same(&mut self, line: LineId) {
        let normalized = self.normalized(line) as usize;
        let Known {
            topical, reading, ..
        } = self.lines[normalized];
        let known = &mut self.lines[line as usize];
        (known.topical, known.reading) = (topical, reading);
        self.views[line as usize] = self.views[normalized];
    }

    fn insert(&mut self, missing: Missing, text: &[u8], normalized: LineId) -> LineId {
        self.lines.push(Known {
            text: self.text.len(),
            length: text.len() as u32,
            hash: missing.hash,
            normalized,
            topical: (0, 0),
            is_met_again: false,
            reading: Reading::default(),
        });
        self.views.push(Views::ZERO);
        self.text.extend_from_slice(text);
        let line = self.lines.len() as LineId - 1;
        let lines = &self.lines;
        let hash_of = |line: LineId| lines[line as usize].hash;
        self.slots.insert(missing.free, line, hash_of);
        line
    }

    /// Forgets all lines.
    pub fn clear(&mut self) {
        self.lines.clear();
        self.views.clear();
        self.topical.clear();
        self.text.clear();
        self.slots.clear();
    }

    /// Whether there is more than `most`.
    pub fn exceed(&self, most: Size) -> bool {
        let all = Size {
            lines: self.lines.len(),
            text: self.text.len(),
        };
        all.exceeds(most)
    }

    /// The topical words of all lines.
    pub fn topical_words(&self) -> &[WordId] {
        &self.topical
    }

    /// Gives the words of the lines other numbers: `numbers` has one for each old one.
    pub fn renumber_words(&mut self, numbers: &[WordId]) {
        for word in &mut self.topical {
            *word = numbers[*word as usize];
        }
    }

    /// Forgets the lines that were met only once; all, if the others exceed three quarters of `most`.
    /// Those that are kept get new numbers.
    pub fn forget_lines(&mut self, most: Size) {
        // What a line is once it is normalised is needed as long as the line is.
        for line in 0..self.lines.len() {
            let is_met_again = self.lines[line].is_met_again;
            let normalized = self.normalized(line as LineId);
            self.lines[normalized as usize].is_met_again |= is_met_again;
        }
        let kept = self.lines.iter().filter(|known| known.is_met_again);
        let kept = kept.fold(Size { lines: 0, text: 0 }, |sum, known| Size {
            lines: sum.lines + 1,
            text: sum.text + known.text().len(),
        });
        let three_quarters = Size {
            lines: most.lines / 4 * 3,
            text: most.text / 4 * 3,
        };
        match kept.exceeds(three_quarters) {
            true => self.clear(),
            false => {
                self.keep_lines();
                let lines = &self.lines;
                let hash_of = |line: LineId| lines[line as usize].hash;
                self.slots.refill(lines.len() as u32, hash_of);
            }
        }
    }

    /// Keeps the lines that were met again, in their order.
    fn keep_lines(&mut self) {
        let mut numbers = vec![0; self.lines.len()];
        let (mut kept, mut text_end, mut topical_end) = (0, 0, 0);
        for line in 0..self.lines.len() {
            let known = self.lines[line];
            if !known.is_met_again {
                continue;
            }
            let (text, topical) = (known.text(), known.topical());
            numbers[line] = kept as LineId;
            let normalized = numbers[known.normalized as usize];
            self.text.copy_within(text.clone(), text_end);
            let topical = match normalized == kept as LineId {
                true => {
                    self.topical.copy_within(topical.clone(), topical_end);
                    topical_end += topical.len();
                    ((topical_end - topical.len()) as u32, known.topical.1)
                }
                // Its words are those of the line that it is once normalised.
                false => self.lines[normalized as usize].topical,
            };
            self.lines[kept] = Known {
                text: text_end,
                normalized,
                topical,
                is_met_again: false,
                ..known
            };
            self.views[kept] = self.views[line];
            kept += 1;
            text_end += text.len();
        }
        self.lines.truncate(kept);
        self.views.truncate(kept);
        self.text.truncate(text_end);
        self.topical.truncate(topical_end);
    }
}

#[cfg(test)]
mod tests {
    use super::super::views::{ShapeWeights, VIEWS};
    use super::*;
    use crate::sequence::LABELS;

    fn reading(words: u32) -> Reading {
        Reading {
            words,
            ..Reading::default()
        }
    }

    fn lines(lines: usize) -> Size {
        Size { lines, ..MOST }
    }

    fn push(known: &mut KnownLines, text: &str, words: u32) -> LineId {
        let missing = known.find(text.as_bytes()).expect_err("a new line");
        let mut weights = ShapeWeights::new();
        let view = |view: usize| Lanes::splat(view as i32 + words as i32);
        let place = weights.push(&(0..VIEWS).map(view).collect::<Vec<_>>());
        let mut views = Views::ZERO;
        views.add(&weights, &[place.expect("small weights")]);
        let line = known.push(missing, text.as_bytes());
        known.learn(line, reading(words), &views, &[words, 7]);
        line
    }

    fn push_same(known: &mut KnownLines, text: &str, normalized: LineId) {
        let missing = known.find(text.as_bytes()).expect_err("a new text");
        let line = known.push_same(missing, text.as_bytes(), normalized);
        known.learn_same(line);
    }

    fn assert_known(known: &mut KnownLines, text: &str, words: u32) {
        let line = known.find(text.as_bytes()).expect("a known line");
        assert_eq!(known.reading(line).words, words, "{text}");
        for view in 0..VIEWS {
            let lanes = known.view(line, view).to_array();
            assert_eq!(
                lanes[..LABELS],
                [(view as i32) + words as i32; LABELS],
                "{text}"
            );
        }
        assert_eq!(known.topical(line), [words, 7], "{text}");
    }

    #[test]
    fn lines_that_are_met_again_are_kept() {
        let mut known = KnownLines::default();
        for number in 0..100 {
            push(&mut known, &format!("Harga {number}"), number);
        }
        let spaced = "Harga  40";
        let plain = known.find(b"Harga 40").expect("a known line");
        push_same(&mut known, spaced, plain);
        for number in [3, 98] {
            assert_known(&mut known, &format!("Harga {number}"), number);
        }
        assert!(known.exceed(lines(100)) && !known.exceed(lines(101)));
        known.forget_lines(lines(100));
        assert_eq!(known.len(), 3);
        for number in [3, 40, 98] {
            assert_known(&mut known, &format!("Harga {number}"), number);
        }
        assert!(known.find(b"Harga 4").is_err());
        assert!(known.find(spaced.as_bytes()).is_err());
        push(&mut known, "Harga 4", 4);
        assert_known(&mut known, "Harga 4", 4);
    }

    #[test]
    fn a_line_is_kept_with_what_it_is_once_normalised() {
        let mut known = KnownLines::default();
        for name in ["Beranda", "Kontak", "Panen"] {
            push(&mut known, name, 1);
        }
        let plain = push(&mut known, "Harga naik", 2);
        let spaced = b"Harga  naik";
        push_same(&mut known, "Harga  naik", plain);
        known.find(spaced).expect("a known line");
        known.forget_lines(lines(4));
        assert_eq!(known.len(), 2);
        assert_known(&mut known, "Harga  naik", 2);
        let plain = known.find(b"Harga naik").expect("a known line");
        let spaced = known.find(spaced).expect("a known line");
        assert_eq!(known.normalized(spaced), plain);
        assert_eq!(known.normalized(plain), plain);
    }

    #[test]
    fn all_are_forgotten_where_too_many_would_be_kept() {
        let mut known = KnownLines::default();
        for number in 0..5 {
            push(&mut known, &format!("Harga {number}"), number);
            assert_known(&mut known, &format!("Harga {number}"), number);
        }
        known.forget_lines(lines(4));
        assert_eq!(known.len(), 0);
        assert!(known.find(b"Harga 0").is_err());
    }

    #[test]
    fn long_texts_are_forgotten_although_they_are_few() {
        let mut known = KnownLines::default();
        for number in 0..4 {
            push(&mut known, &number.to_string().repeat(100), number);
        }
        assert_known(&mut known, &"2".repeat(100), 2);
        let most = |text| Size { text, ..MOST };
        assert!(known.exceed(most(399)) && !known.exceed(most(400)));
        known.forget_lines(most(399));
        assert_eq!(known.len(), 1);
        assert_known(&mut known, &"2".repeat(100), 2);
        known.forget_lines(most(99));
        assert_eq!(known.len(), 0);
    }
}
