//! The **views** of a line are the scores that it adds to its own line and to those that see it near by.
//!
//! Weights are kept in two bytes, so that more of them stay near the processor, and few enough are added
//! up in two bytes for the sum to fit; sums of those take four bytes.

use std::borrow::Borrow;

use wide::i16x8;

use super::Lanes;
use super::prefetch::prefetch;
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
const WIDTH: usize = 8;

/// The scores of the labels of each view, one view after the other; what is behind the last one is zero.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
pub struct Views([Lanes; vectors(VIEWS)]);

/// How many vectors so many views take side by side.
const fn vectors(views: usize) -> usize {
    (views * LABELS).div_ceil(WIDTH)
}

// Every view can be read as eight numbers.
const _: () = assert!((VIEWS - 1) * LABELS + WIDTH <= WIDTH * vectors(VIEWS));

/// The weights of the labels for the first few views, side by side as in [`Views`].
pub type Weights<const VECTORS: usize> = [i16x8; VECTORS];

/// The same in one line of the cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Aligned<const VECTORS: usize>(Weights<VECTORS>);

impl<const VECTORS: usize> From<Weights<VECTORS>> for Aligned<VECTORS> {
    fn from(weights: Weights<VECTORS>) -> Self {
        Self(weights)
    }
}

impl<const VECTORS: usize> Borrow<Weights<VECTORS>> for Aligned<VECTORS> {
    fn borrow(&self) -> &Weights<VECTORS> {
        &self.0
    }
}

/// A list of weights, and how many of them can be added up in two bytes.
#[derive(Debug)]
pub struct WeightList<const VECTORS: usize, Item = Weights<VECTORS>> {
    weights: Vec<Item>,
    together: usize,
}

/// Weights for the line itself alone.
pub type OwnWeights = WeightList<{ vectors(1) }>;
/// Weights of words.
pub type WordWeights = WeightList<{ vectors(OF_WORDS) }, Aligned<{ vectors(OF_WORDS) }>>;
/// Weights of what a line looks like.
pub type ShapeWeights = WeightList<{ vectors(VIEWS) }, Aligned<{ vectors(VIEWS) }>>;

impl Views {
    /// Nothing.
    pub const ZERO: Self = Self([Lanes::ZERO; vectors(VIEWS)]);

    /// One of the views; behind the labels stands something else.
    pub fn get(&self, view: usize) -> Lanes {
        let numbers: &[i32; WIDTH * vectors(VIEWS)] = bytemuck::cast_ref(&self.0);
        let lanes = numbers[LABELS * view..].first_chunk().expect("a view");
        Lanes::new(*lanes)
    }

    /// Asks for all of them.
    #[inline]
    pub fn prefetch(&self) {
        // They lie in two lines of the cache.
        for vector in [0, self.0.len() / 2] {
            prefetch(&self.0, vector);
        }
    }

    /// Adds what `places` lead to.
    pub fn add<const VECTORS: usize, Item: Borrow<Weights<VECTORS>>>(
        &mut self,
        list: &WeightList<VECTORS, Item>,
        places: &[u32],
    ) {
        for places in places.chunks(list.together()) {
            let mut sum = [i16x8::ZERO; VECTORS];
            for &place in places {
                for (sum, more) in sum.iter_mut().zip(list.weights[place as usize].borrow()) {
                    *sum += *more;
                }
            }
            for (sum, more) in self.0.iter_mut().zip(sum) {
                *sum += Lanes::from_i16x8(more);
            }
        }
    }
}

impl<const VECTORS: usize, Item> WeightList<VECTORS, Item> {
    /// No weights.
    pub fn new() -> Self {
        Self {
            weights: Vec::new(),
            together: i16::MAX as usize,
        }
    }

    /// Takes weights in, given in the order of [`OFFSETS`], and says where they stand; `None` where one
    /// of them does not fit into two bytes.
    pub fn push(&mut self, views: &[Lanes]) -> Option<u32>
    where
        Item: From<Weights<VECTORS>>,
    {
        let mut weights = [[0; WIDTH]; VECTORS];
        let mut largest = 1;
        let numbers = views
            .iter()
            .flat_map(|view| view.to_array().into_iter().take(LABELS));
        for (place, number) in weights.as_flattened_mut().iter_mut().zip(numbers) {
            *place = i16::try_from(number)
                .ok()
                .filter(|number| *number != i16::MIN)?;
            largest = largest.max(place.unsigned_abs());
        }
        self.weights.push(weights.map(i16x8::new).into());
        self.together = self.together.min(i16::MAX as usize / usize::from(largest));
        Some(self.weights.len() as u32 - 1)
    }

    /// Asks for the weights at `place`.
    pub fn prefetch(&self, place: u32) {
        prefetch(&self.weights, place as usize);
    }

    /// Number of weights.
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// How many of them can be added up in two bytes: one at least.
    pub fn together(&self) -> usize {
        self.together
    }
}

impl<const VECTORS: usize> WeightList<VECTORS> {
    /// The weights, and zeros after them; not more than `LENGTH`.
    pub fn into_array<const LENGTH: usize>(mut self) -> Box<[Weights<VECTORS>; LENGTH]> {
        assert!(self.weights.len() <= LENGTH);
        self.weights.resize(LENGTH, [i16x8::ZERO; VECTORS]);
        let weights = self.weights.into_boxed_slice().try_into();
        weights.expect("as many as there is room for")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(first: i32) -> Lanes {
        Lanes::new(std::array::from_fn(|lane| match lane < LABELS {
            true => first + lane as i32,
            false => 0,
        }))
    }

    #[test]
    fn views_are_added_each_to_its_own() {
        let mut shapes = ShapeWeights::new();
        let mut words = WordWeights::new();
        let mut own = OwnWeights::new();
        let shape: [Lanes; VIEWS] = std::array::from_fn(|view| lanes(10 * view as i32));
        assert_eq!(shapes.push(&shape), Some(0));
        assert_eq!(words.push(&[100, 200, 300].map(lanes)), Some(0));
        assert_eq!(own.push(&[lanes(1000)]), Some(0));
        let mut sum = Views::ZERO;
        sum.add(&shapes, &[0, 0]);
        sum.add(&words, &[0]);
        sum.add(&own, &[0]);
        for (view, first) in [1100, 220, 340, 60, 80].into_iter().enumerate() {
            let times = [4, 3, 3, 2, 2][view];
            let expected: [i32; LABELS] = std::array::from_fn(|lane| first + times * lane as i32);
            assert_eq!(sum.get(view).to_array()[..LABELS], expected, "{view}");
        }
    }

    #[test]
    fn sums_do_not_leave_their_range_however_many_weights_are_added() {
        let mut list = OwnWeights::new();
        list.push(&[lanes(10_000)]);
        assert_eq!(list.together(), 3);
        list.push(&[lanes(-32_767)]);
        assert_eq!(list.together(), 1);
        let mut sum = Views::ZERO;
        sum.add(&list, &[0, 0, 0, 0, 1, 1]);
        assert_eq!(sum.get(OWN).to_array()[..2], [-25_534, -25_528]);
    }

    #[test]
    fn weights_that_do_not_fit_into_two_bytes_are_not_taken_in() {
        let mut list = OwnWeights::new();
        assert_eq!(list.push(&[Lanes::splat(32_768)]), None);
        assert_eq!(list.push(&[Lanes::splat(-32_768)]), None);
        assert_eq!(list.len(), 0);
        assert_eq!(list.push(&[Lanes::splat(32_767)]), Some(0));
    }
}
