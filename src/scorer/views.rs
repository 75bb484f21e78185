//! The **views** of a line are the scores that it adds to its own line and to those that see it near by.

use wide::i32x4;

use super::Lanes;
use crate::sequence::LABELS;

/// Number of views.
pub const VIEWS: usize = 5;
/// Where a line stands from the lines that see it, in the order of the views.
pub const OFFSETS: [isize; VIEWS] = [0, -1, 1, -2, 2];
/// The views of the line itself, and of the lines for which it is the one above, below, two above, two below.
pub const OWN: usize = 0;
pub const ABOVE: usize = 1;
pub const BELOW: usize = 2;
pub const ABOVE2: usize = 3;
pub const BELOW2: usize = 4;
/// The words of a line are features of so many of them, the first ones.
pub const OF_WORDS: usize = 3;

/// Numbers that stand side by side in a vector.
const WIDTH: usize = 4;

/// The scores of the labels of each view, one view after the other; what is behind the last one is zero.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Views([i32x4; VECTORS]);

/// Every view can be read as [`Lanes`].
const VECTORS: usize = ((VIEWS - 1) * LABELS + 8) / WIDTH;

/// The same of the first [`OF_WORDS`] views alone.
#[derive(Clone, Copy, Debug)]
pub struct WordViews([i32x4; (OF_WORDS * LABELS).div_ceil(WIDTH)]);

impl Views {
    /// Nothing.
    pub const ZERO: Self = Self([i32x4::ZERO; VECTORS]);

    /// Puts views side by side, given in the order of [`OFFSETS`].
    pub fn new(views: &[Lanes; VIEWS]) -> Self {
        Self(packed(views))
    }

    /// One of the views; behind the labels stands something else.
    pub fn get(&self, view: usize) -> Lanes {
        let numbers: &[i32; VECTORS * WIDTH] = bytemuck::cast_ref(&self.0);
        let lanes: &[i32; 8] = numbers[LABELS * view..].first_chunk().expect("a view");
        Lanes::new(*lanes)
    }

    pub fn add(&mut self, other: &Self) {
        add(&mut self.0, &other.0);
    }

    pub fn add_word(&mut self, word: &WordViews) {
        add(&mut self.0, &word.0);
    }

    /// Adds to the line's own scores; behind the labels stand zeros.
    pub fn add_own(&mut self, own: Lanes) {
        let halves: [i32x4; 2] = bytemuck::cast(own);
        add(&mut self.0, &halves);
    }
}

impl WordViews {
    /// Puts the views of a word side by side.
    pub fn new(views: &[Lanes; OF_WORDS]) -> Self {
        Self(packed(views))
    }
}

fn add(sums: &mut [i32x4], more: &[i32x4]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += *more;
    }
}

fn packed<const N: usize>(views: &[Lanes]) -> [i32x4; N] {
    let mut packed = [[0; WIDTH]; N];
    let numbers = views
        .iter()
        .flat_map(|view| view.to_array().into_iter().take(LABELS));
    for (place, number) in packed.as_flattened_mut().iter_mut().zip(numbers) {
        *place = number;
    }
    packed.map(i32x4::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_added_each_to_its_own() {
        let lanes = |first: i32| {
            Lanes::new(std::array::from_fn(|lane| match lane < LABELS {
                true => first + lane as i32,
                false => 0,
            }))
        };
        let mut sum = Views::new(&std::array::from_fn(|view| lanes(10 * view as i32)));
        sum.add(&sum.clone());
        sum.add_word(&WordViews::new(&[lanes(100), lanes(200), lanes(300)]));
        sum.add_own(lanes(1000));
        for (view, first) in [1100, 220, 340, 60, 80].into_iter().enumerate() {
            let times = [4, 3, 3, 2, 2][view];
            let expected: [i32; LABELS] = std::array::from_fn(|lane| first + times * lane as i32);
            assert_eq!(sum.get(view).to_array()[..LABELS], expected, "{view}");
        }
    }
}
