//! A **listing** is a run of entries of one form: each has its date and its `Selengkapnya`. It is
//! told by lines that stand on the page several times but for their digits, and by its dates.

use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::categorical::DATED;
use super::distance::distances;
use super::line::{Line, share};
use crate::tokenize::ascii_length;

/// A form that stands so often on a page is one of a listing.
pub(crate) const FEWEST_REPEATS: usize = 3;
/// Lines on each side, the line itself between them, among which forms are counted.
pub(crate) const WINDOW: usize = 8;
/// The date of an entry stands in a line shorter than this, in characters.
pub(crate) const LONGEST_DATE: usize = 60;

/// How the lines of a page stand to its listings.
pub struct Listing {
    values: Vec<[f32; 7]>,
}

impl Listing {
    /// Looks for repeated forms and for dates; `dates` holds the class of date of each line.
    pub fn new(lines: &[Line], dates: &[f32]) -> Self {
        let repeats = form_repeats(lines);
        let is_form: Vec<bool> = repeats.iter().map(|&n| n >= FEWEST_REPEATS).collect();
        let is_date: Vec<bool> = lines
            .iter()
            .zip(dates)
            .map(|(line, &date)| line.measures.length < LONGEST_DATE && date >= DATED as f32)
            .collect();
        let forms = distances(&is_form);
        let nearest_dates = distances(&is_date);
        let page_dates = count(&is_date) as f32;
        let values = (0..lines.len()).map(|at| {
            let near = &is_form[at.saturating_sub(WINDOW)..(at + 1 + WINDOW).min(lines.len())];
            [
                repeats[at] as f32,
                forms[at].0,
                forms[at].1,
                share(count(near), near.len()),
                page_dates,
                nearest_dates[at].0,
                nearest_dates[at].1,
            ]
        });
        Self {
            values: values.collect(),
        }
    }

    /// The values of line `at`, in the order of the categoricals: how often its form stands on the
    /// page, the distances to the nearest repeated form above and below, the share of repeated forms
    /// around it, the number of dates on the page, the distances to the nearest one.
    pub fn values(&self, at: usize) -> [f32; 7] {
        self.values[at]
    }
}

fn count(which: &[bool]) -> usize {
    which.iter().filter(|&&holds| holds).count()
}

/// How often each line's form stands on the page.
fn form_repeats(lines: &[Line]) -> Vec<usize> {
    let mut folded = Vec::new();
    let forms = lines.iter().map(|line| form(&line.text, &mut folded));
    let forms: Vec<u64> = forms.collect();
    let mut counts: FxHashMap<u64, usize> = FxHashMap::default();
    for form in &forms {
        *counts.entry(*form).or_default() += 1;
    }
    forms.iter().map(|form| counts[form]).collect()
}

/// The hash of a line's form: its text in lower case and with every digit as 0. `folded` is room to
/// work in.
pub(crate) fn form(text: &str, folded: &mut Vec<u8>) -> u64 {
    folded.clear();
    let mut rest = text;
    loop {
        let (ascii, others) = rest.split_at(ascii_length(rest));
        folded.extend_from_slice(ascii.as_bytes());
        let mut others = others.chars();
        let Some(character) = others.next() else {
            break;
        };
        push_character(character, folded);
        rest = others.as_str();
    }
    // Zeros, which no line has, make whole steps of it.
    folded.resize(folded.len().next_multiple_of(STEP), 0);
    for step in folded.chunks_exact_mut(STEP) {
        step.make_ascii_lowercase();
        for byte in step {
            *byte = if byte.is_ascii_digit() { b'0' } else { *byte };
        }
    }
    FxBuildHasher.hash_one(&folded[..])
}

/// Bytes that are folded at once.
const STEP: usize = 32;

/// Adds a character that is not ASCII; what is ASCII of it is folded later.
fn push_character(character: char, folded: &mut Vec<u8>) {
    if character.is_numeric() {
        folded.push(b'0');
    } else {
        for lower in character.to_lowercase() {
            folded.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::distance::NOWHERE;
    use super::*;

    #[test]
    fn a_form_is_the_same_for_other_digits_and_capitals() {
        let form = |text: &str| form(text, &mut vec![1]);
        assert_eq!(form("Senin, 03/02/2025 | ½"), form("senin, 11/12/1999 | 7"));
        assert_eq!(form("Harga 12"), form("HARGA 34"));
        assert_ne!(form("Harga 12"), form("Harga 123"));
        assert_eq!(form("É É"), form("é é"));
    }
    use crate::stem::Linguist;

    #[test]
    fn entries_are_told_by_their_forms_and_dates() {
        let linguist = Linguist::default();
        let lines = [
            "Judul",
            "Dibaca 12 kali",
            "Lain",
            "Dibaca 34 kali",
            "3 Mei 2024",
            "dibaca 56 kali",
        ]
        .map(|text| Line::new(text.as_bytes(), &linguist));
        let listing = Listing::new(&lines, &[0.0, 0.0, 0.0, 0.0, 2.0, 0.0]);
        // Three of the six lines, all within the window, are of one form.
        assert_eq!(
            listing.values(0),
            [1.0, NOWHERE, 1.0, 0.5, 1.0, NOWHERE, 4.0]
        );
        assert_eq!(listing.values(3), [3.0, 2.0, 2.0, 0.5, 1.0, NOWHERE, 1.0]);
        assert_eq!(
            listing.values(5),
            [3.0, 2.0, NOWHERE, 0.5, 1.0, 1.0, NOWHERE]
        );
    }
}
