//! The **sums** over the lines of a page, from which the means of any window follow by one difference;
//! they are taken and divided for several lines at once.

use wide::{f32x4, i32x4};

use crate::features::context::LENGTH_CAP;

use super::bins::{STEP, Values};
use super::line::Reading;

/// Numbers of the lines of a page that stand side by side, and others before and after them.
pub type Numbers = Vec<i32>;

/// Places before a page from which running sums are taken too: the most lines of a window.
pub const FRONT: usize = 20;
/// Places after it: these, and what is more than the lines in a step.
pub const BACK: usize = FRONT + 1 + STEP;

/// The running sums over the lines of a page: at [`FRONT`] that of none, then that up to each line.
/// They may wrap around, the differences of a few lines do not.
#[derive(Debug, Default)]
pub struct Sums {
    pub lines: Numbers,
    pub length: Numbers,
    pub words: Numbers,
    pub cues: Numbers,
    pub cue_lines: Numbers,
    pub prose: Numbers,
    pub whole_length: usize,
    pub prose_length: usize,
}

impl Sums {
    /// Adds the lines of a page up.
    pub fn fill(&mut self, readings: &[Reading]) {
        let running = |sums: &mut Numbers, value: fn(&Reading) -> u32| {
            fill_sums(sums, readings.iter().map(value));
        };
        running(&mut self.lines, |_| 1);
        running(&mut self.length, |line| line.length.min(LENGTH_CAP as u32));
        running(&mut self.words, |line| line.words);
        running(&mut self.cues, |line| line.cues);
        running(&mut self.cue_lines, |line| u32::from(line.is_cue_line));
        running(&mut self.prose, |line| u32::from(line.is_prose));
        let length = |line: &Reading| line.length as usize;
        self.whole_length = readings.iter().map(length).sum();
        let prose = readings.iter().filter(|line| line.is_prose);
        self.prose_length = prose.map(length).sum();
    }
}

/// Adds the values of the lines up.
pub fn fill_sums(sums: &mut Numbers, values: impl Iterator<Item = u32>) {
    let mut sum = 0i32;
    sums.clear();
    sums.resize(FRONT + 1, 0);
    sums.extend(values.map(|value| {
        sum = sum.wrapping_add(value as i32);
        sum
    }));
    sums.resize(sums.len() + BACK, sum);
}

/// The sums over each line and so many lines on either side.
pub fn around(sums: &Numbers, line: usize, size: usize) -> [i32x4; STEP / 4] {
    let to = quads(sums, FRONT + line + 1 + size);
    let from = quads(sums, FRONT + line - size);
    std::array::from_fn(|quad| to[quad] - from[quad])
}

/// The numbers of a step from `start` on.
pub fn quads(numbers: &Numbers, start: usize) -> [i32x4; STEP / 4] {
    let step: &[i32; STEP] = numbers[start..].first_chunk().expect("numbers go on");
    bytemuck::cast(*step)
}

/// `part / whole`, 0 of nothing, as [`share`](crate::features::line::share) says.
pub fn quotients(parts: [i32x4; STEP / 4], wholes: [i32x4; STEP / 4]) -> Values {
    std::array::from_fn(|quad| {
        let whole = f32x4::from_i32x4(wholes[quad]).fast_max(f32x4::ONE);
        f32x4::from_i32x4(parts[quad]) / whole
    })
}
