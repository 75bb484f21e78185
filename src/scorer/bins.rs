//! A **binner** is a categorical that finds the bin of a value quickly.

use wide::{CmpGe, CmpGt, f32x4, f32x8, i8x16, i16x8, i32x4, u8x16};

use crate::features::categorical::{Bins, Categorical};
use crate::features::distance::NOWHERE;

/// Counts below this are looked up.
const COUNTED: usize = 255;
/// Stands for the distance to [`NOWHERE`].
pub const NO_DISTANCE: u8 = 255;
/// No categorical has more edges.
const MOST_EDGES: usize = 16;

/// Values that are binned at once.
pub const STEP: usize = 16;
/// So many of them.
pub type Values = [f32x4; STEP / 4];
/// The same of whole numbers.
pub type Wholes = [i32x4; STEP / 4];

/// The bins of one categorical.
#[derive(Clone, Debug)]
pub struct Binner {
    /// The bin of each small count, and behind them that of [`NOWHERE`].
    counts: [u8; COUNTED + 1],
    edges: [f32; MOST_EDGES],
    edge_count: usize,
    /// The largest whole number that is less than each edge, or what fits into a byte.
    below: [i8; MOST_EDGES],
}

impl Binner {
    /// The bins of `categorical`.
    pub fn new(categorical: &Categorical) -> Self {
        let known = match categorical.bins {
            Bins::Edges(edges) => edges,
            Bins::Names(_) => &[],
        };
        let mut edges = [f32::INFINITY; MOST_EDGES];
        edges[..known.len()].copy_from_slice(known);
        Self {
            counts: std::array::from_fn(|count| match count < COUNTED {
                true => categorical.bin(count as f32),
                false => categorical.bin(NOWHERE),
            }),
            edges,
            edge_count: known.len(),
            below: edges.map(|edge| (edge.ceil() - 1.0) as i8),
        }
    }

    fn edges(&self) -> &[f32] {
        &self.edges[..self.edge_count]
    }

    /// The bin of a count.
    pub fn count(&self, count: usize) -> u8 {
        match self.counts[..COUNTED].get(count) {
            Some(&bin) => bin,
            None => self.share(count as f32),
        }
    }

    /// The bin of a distance, or of [`NO_DISTANCE`].
    pub fn distance(&self, distance: u8) -> u8 {
        self.counts[usize::from(distance)]
    }

    /// Fills a column with the bins of 0, 1, 2 and so on.
    pub fn fill_counts(&self, column: &mut [u8]) {
        let small = column.len().min(COUNTED);
        let (low, high) = column.split_at_mut(small);
        low.copy_from_slice(&self.counts[..small]);
        for (more, bin) in high.iter_mut().enumerate() {
            *bin = self.count(COUNTED + more);
        }
    }

    /// The bin of a value.
    pub fn share(&self, value: f32) -> u8 {
        // All that there is room for, so that there is no branch; behind the last edge stands infinity.
        let [low, high]: [f32x8; 2] = bytemuck::cast(self.edges);
        let value = f32x8::splat(value);
        let passed = value.cmp_ge(low).move_mask() | value.cmp_ge(high).move_mask() << 8;
        passed.trailing_ones() as u8
    }

    /// Fills a column, whose length is a multiple of [`STEP`], with the bins of the values that
    /// `values` gives from each place on.
    pub fn fill(&self, column: &mut [u8], values: impl Fn(usize) -> Values) {
        for (step, bins) in column.chunks_exact_mut(STEP).enumerate() {
            bins.copy_from_slice(self.bins(values(STEP * step)).as_array_ref());
        }
    }

    /// The same of whole numbers, for a categorical without edges above 127.
    pub fn fill_wholes(&self, column: &mut [u8], values: impl Fn(usize) -> Wholes) {
        debug_assert!(self.edges().iter().all(|&edge| edge <= 127.0));
        for (step, bins) in column.chunks_exact_mut(STEP).enumerate() {
            let bytes = i8x16::from_i16x16_saturate(bytemuck::cast(halves(values(STEP * step))));
            let mut passed = i8x16::ZERO;
            for &below in &self.below[..self.edge_count] {
                passed -= bytes.cmp_gt(i8x16::splat(below));
            }
            bins.copy_from_slice(bytemuck::bytes_of(&passed));
        }
    }

    fn bins(&self, values: Values) -> u8x16 {
        let mut passed = [i32x4::ZERO; STEP / 4];
        for &edge in self.edges() {
            let edge = f32x4::splat(edge);
            for (passed, value) in passed.iter_mut().zip(values) {
                // Where it holds, all bits are set: -1.
                *passed -= bytemuck::cast::<_, i32x4>(value.cmp_ge(edge));
            }
        }
        let [low, high] = halves(passed);
        u8x16::narrow_i16x8(low, high)
    }
}

/// The numbers in two bytes each, or what is nearest to them there.
fn halves([a, b, c, d]: Wholes) -> [i16x8; 2] {
    [[a, b], [c, d]].map(|pair| i16x8::from_i32x8_saturate(bytemuck::cast(pair)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_has_the_bin_of_its_categorical() {
        for categorical in &crate::features::categorical::CATEGORICALS {
            let binner = Binner::new(categorical);
            let Bins::Edges(edges) = categorical.bins else {
                continue;
            };
            for value in edges.iter().flat_map(|&edge| [edge.next_down(), edge]) {
                assert_eq!(binner.share(value), categorical.bin(value), "{value}");
            }
            assert_eq!(binner.share(-1.0), categorical.bin(-1.0));
        }
    }

    #[test]
    fn whole_numbers_are_binned_as_others_are() {
        const NUMBERS: Categorical = Categorical::edges("numbers", &[0.0, 0.5, 1.0, 5.0, 127.0]);
        let binner = Binner::new(&NUMBERS);
        for first in [-200, -5, 0, 120, 32_760, i32::MAX - 15] {
            let numbers: [i32; STEP] = std::array::from_fn(|more| first + more as i32);
            let mut bins = [0; STEP];
            binner.fill_wholes(&mut bins, |_| bytemuck::cast(numbers));
            let expected = numbers.map(|number| NUMBERS.bin(number as f32));
            assert_eq!(bins, expected, "from {first} on");
        }
    }
}
