//! The **lines of a page** as a scorer keeps them: their normalised texts, which of them are the same,
//! and their readings.

use std::hash::BuildHasher;

use rustc_hash::FxBuildHasher;

use crate::normalize::{PADDING, is_normalized, normalize};

use super::line::Reading;
use super::words::WordId;

/// The lines of one page.
#[derive(Debug, Default)]
pub struct PageLines {
    pub readings: Vec<Reading>,
    /// The topical words of all lines, and where those of each line end.
    topical: Vec<WordId>,
    topical_ends: Vec<u32>,
    /// The normalised texts, each followed by zeros, and where they stand.
    pub text: String,
    pub spans: Vec<(u32, u32)>,
    /// For each line the hash of its text and the first line that has the same text; for each
    /// first one how many lines have its text.
    pub hashes: Vec<u64>,
    pub same: Vec<u32>,
    pub repeats: Vec<u32>,
    /// Open addressing by hash: one more than a first line, or 0.
    table: Vec<u32>,
}

impl PageLines {
    pub fn clear(&mut self, lines: usize) {
        self.readings.clear();
        self.topical.clear();
        self.topical_ends.clear();
        self.text.clear();
        self.spans.clear();
        self.hashes.clear();
        self.same.clear();
        self.repeats.clear();
        self.table.clear();
        self.table.resize((2 * lines).next_power_of_two(), 0);
    }

    /// The topical words of a line.
    pub fn topical(&self, at: usize) -> &[WordId] {
        let start = at
            .checked_sub(1)
            .map_or(0, |above| self.topical_ends[above]);
        &self.topical[start as usize..self.topical_ends[at] as usize]
    }

    pub fn line(&self, at: usize) -> &[u8] {
        let (start, length) = self.spans[at];
        &self.text.as_bytes()[start as usize..(start + length) as usize]
    }

    /// Takes in the next line; says which line above has the same text, if one has.
    pub fn push_text(&mut self, raw: &[u8], normalized: &mut String) -> Option<usize> {
        let start = self.text.len();
        let length = self.push_normalized(raw, normalized);
        let hash = FxBuildHasher.hash_one(&self.text.as_bytes()[start..start + length]);
        self.spans.push((start as u32, length as u32));
        let at = self.hashes.len();
        self.hashes.push(hash);
        self.repeats.push(0);
        let mask = self.table.len() - 1;
        let mut slot = (hash >> 32) as usize & mask;
        let first = loop {
            match self.table[slot].checked_sub(1) {
                None => {
                    self.table[slot] = at as u32 + 1;
                    break at;
                }
                Some(first) => {
                    let first = first as usize;
                    if self.hashes[first] == hash && self.line(first) == self.line(at) {
                        break first;
                    }
                    slot = (slot + 1) & mask;
                }
            }
        };
        self.same.push(first as u32);
        self.repeats[first] += 1;
        (first != at).then_some(first)
    }

    /// Appends a normalised line and zeros; says how long it is without them.
    fn push_normalized(&mut self, raw: &[u8], normalized: &mut String) -> usize {
        const ZEROS: &str = match std::str::from_utf8(&[0; PADDING]) {
            Ok(zeros) => zeros,
            Err(_) => unreachable!(),
        };
        let start = self.text.len();
        if let Ok(trimmed) = std::str::from_utf8(raw.trim_ascii()) {
            self.text.push_str(trimmed);
            self.text.push_str(ZEROS);
            if is_normalized(&self.text[start..], trimmed.len()) {
                return trimmed.len();
            }
            self.text.truncate(start);
        }
        normalize(raw, normalized);
        self.text.push_str(normalized);
        self.text.push_str(ZEROS);
        normalized.len()
    }

    /// Repeats what is known of line `first`.
    pub fn push_again(&mut self, first: usize) {
        self.readings.push(self.readings[first]);
        let end = self.topical_ends[first] as usize;
        let start = end - self.topical(first).len();
        self.topical.extend_from_within(start..end);
        self.topical_ends.push(self.topical.len() as u32);
    }

    pub fn push(&mut self, reading: Reading, topical: &[WordId]) {
        self.readings.push(reading);
        self.topical.extend_from_slice(topical);
        self.topical_ends.push(self.topical.len() as u32);
    }
}
