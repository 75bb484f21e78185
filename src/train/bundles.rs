//! **Bundles** are columns that rows have together: a row names the bundle instead of its columns.

use super::lists::Lists;

/// What the numbers in rows stand for: the first ones for bundles, several columns each, the others
/// for one column each, in order.
#[derive(Clone, Debug, Default)]
pub struct Bundles {
    bundled: usize,
    columns_of: Lists<u32>,
}

impl Bundles {
    /// Bundles out of the first `bundled` columns, which stand in no row by themselves: the columns
    /// of each bundle.
    ///
    /// # Panics
    /// When a bundle has another column.
    pub fn new<C>(bundled: usize, bundles: impl IntoIterator<Item = C>) -> Self
    where
        C: IntoIterator<Item = u32>,
    {
        let mut columns_of = Lists::default();
        for bundle in bundles {
            columns_of.values.extend(bundle);
            columns_of.end();
        }
        let mut columns = columns_of.values.iter();
        assert!(
            columns.all(|&column| (column as usize) < bundled),
            "a bundle has a column that is not among the first {bundled}"
        );
        Self {
            bundled,
            columns_of,
        }
    }

    /// Number of bundles.
    pub fn len(&self) -> usize {
        self.columns_of.len()
    }

    /// Whether every number is a column.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls `column` with each column that a number stands for.
    pub(super) fn for_each(&self, number: u32, mut column: impl FnMut(u32)) {
        match (number as usize).checked_sub(self.len()) {
            None => {
                let columns = self.columns_of.get(number as usize);
                columns.iter().copied().for_each(column);
            }
            Some(at) => column((self.bundled + at) as u32),
        }
    }

    /// Number of columns behind rows over so many numbers.
    pub(super) fn columns(&self, numbers: usize) -> usize {
        self.bundled + numbers - self.len()
    }

    /// The columns in the order of their places, and for each of the units, which stand for these
    /// numbers, the places of its columns.
    pub(super) fn places(
        &self,
        columns: usize,
        number_at: &[u32],
        counts: &[u32],
    ) -> (Vec<u32>, Lists<u32>) {
        let mut column_counts = vec![0; columns];
        for &number in number_at {
            let count = counts[number as usize];
            self.for_each(number, |column| column_counts[column as usize] += count);
        }
        let column_at = by_frequency(&column_counts);
        let place_of = inverse(&column_at, columns);
        let mut places_of = Lists::default();
        for &number in number_at {
            let places = &mut places_of.values;
            self.for_each(number, |column| places.push(place_of[column as usize]));
            places_of.end();
        }
        (column_at, places_of)
    }
}

/// What has any count, the highest count first.
pub(super) fn by_frequency(counts: &[u32]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..counts.len() as u32)
        .filter(|&at| counts[at as usize] > 0)
        .collect();
    order.sort_by_key(|&at| std::cmp::Reverse(counts[at as usize]));
    order
}

/// For each of `len` numbers, its place in `order`; `u32::MAX` where it has none.
pub(super) fn inverse(order: &[u32], len: usize) -> Vec<u32> {
    let mut inverse = vec![u32::MAX; len];
    for (place, &at) in (0..).zip(order) {
        inverse[at as usize] = place;
    }
    inverse
}
