//! **Known lines** are short lines that were read before: menus and furniture come again on every
//! page of a site, and many of them on other sites.

use super::line::Reading;
use super::words::WordId;

/// Lines up to this length are remembered, in bytes, and with so many topical words.
const LENGTH: usize = 64;
const TOPICAL: usize = 8;
/// Lines that are remembered: at first, and at most.
const FEWEST: usize = 1 << 8;
const MOST: usize = 1 << 14;

#[derive(Clone, Copy, Debug)]
struct KnownLine {
    hash: u64,
    length: u8,
    topical_count: u8,
    text: [u8; LENGTH],
    topical: [WordId; TOPICAL],
    reading: Reading,
}

const NO_LINE: KnownLine = KnownLine {
    hash: 0,
    length: 0,
    topical_count: 0,
    text: [0; LENGTH],
    topical: [0; TOPICAL],
    reading: Reading::EMPTY,
};

/// Some of the short lines that were read, each in the place that its hash falls on.
#[derive(Debug, Default)]
pub struct KnownLines {
    lines: Vec<KnownLine>,
    /// A part of the hash of each of them. They stay near the processor, the lines do not.
    tags: Vec<u32>,
    read: usize,
}

impl KnownLines {
    /// The reading and the topical words of a line, if it is known.
    pub fn get(&self, hash: u64, text: &[u8]) -> Option<(&Reading, &[WordId])> {
        let slot = self.slot(hash);
        if text.len() > LENGTH || self.tags.get(slot) != Some(&(hash as u32)) {
            return None;
        }
        let known = &self.lines[slot];
        let is_same = known.hash == hash
            && usize::from(known.length) == text.len()
            && &known.text[..text.len()] == text;
        is_same.then(|| (&known.reading, &known.topical[..known.topical_count.into()]))
    }

    /// Remembers a line, if it is short, in the place of another one.
    pub fn insert(&mut self, hash: u64, text: &[u8], reading: &Reading, topical: &[WordId]) {
        if text.len() > LENGTH || topical.len() > TOPICAL {
            return;
        }
        self.read += 1;
        if self.lines.len() < MOST && self.read > self.lines.len() {
            self.lines = vec![NO_LINE; (2 * self.lines.len()).max(FEWEST)];
            self.tags = vec![0; self.lines.len()];
        }
        let slot = self.slot(hash);
        self.tags[slot] = hash as u32;
        let known = &mut self.lines[slot];
        known.hash = hash;
        known.length = text.len() as u8;
        known.text[..text.len()].copy_from_slice(text);
        known.topical_count = topical.len() as u8;
        known.topical[..topical.len()].copy_from_slice(topical);
        known.reading = *reading;
    }

    fn slot(&self, hash: u64) -> usize {
        (hash >> 32) as usize & self.lines.len().wrapping_sub(1)
    }
}
