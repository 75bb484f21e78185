//! A **matrix** is the feature matrix of a corpus in the form that a solver needs: it is multiplied
//! with weights, and its transpose with residuals.
//!
//! All values are one, so an entry is the number of its column. Columns get **places**, the most
//! frequent first; a solver works on places alone, and columns without entries have none.
//!
//! Columns that rows often have together are kept as one **unit**: a row is a list of units, a
//! product with weights adds the sums of the weights of its units, and a product with residuals
//! gives each column the sums of the units that it is in. [`Bundles`] say which units there are.
//! Units too are ordered by frequency. The first 2^14, the *head*, have nearly all entries: they are
//! kept by rows, two bytes an entry, and their weights stay in the processor's cache in both
//! products. The others, the *tail*, are kept by rows and by units, four bytes an entry in each form.
//!
//! Every number of a product is summed up in a fixed order: the bits do not depend on the number of
//! threads.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::bundles::{Bundles, by_frequency, inverse};
use super::lists::Lists;
use crate::features::SparseRows;

/// Units of the head.
const HEAD: usize = 1 << 14;
/// Rows that one task multiplies.
const ROWS_A_TASK: usize = 512;
/// Units of the tail whose sums one task makes.
const UNITS_A_TASK: usize = 256;
/// Most parts of the rows whose sums of the head are made by themselves, then added in order.
const MOST_PARTS: usize = 32;
/// Fewest rows of such a part.
const ROWS_A_PART: usize = 1 << 13;
/// Blocks of rows that are put in place at a time.
const BLOCKS_A_WAVE: usize = 1 << 10;
/// Most outputs of a classifier: one a label.
pub(super) const MOST_OUTPUTS: usize = crate::sequence::LABELS;

/// A sparse binary matrix.
#[derive(Clone, Debug)]
pub struct Matrix {
    columns: usize,
    /// The column at each place.
    column_at: Vec<u32>,
    /// For each unit, the places of its columns; `None` where each is the one at its own place.
    places_of: Option<Lists<u32>>,
    units: usize,
    /// For each row, its units in the head, ascending.
    head: Lists<u16>,
    /// For each row, its units in the tail.
    tail: Lists<u32>,
    /// For each unit of the tail, its rows, ascending.
    tail_rows: Lists<u32>,
}

impl Matrix {
    /// The matrix of these rows.
    ///
    /// # Panics
    /// When it has 2^32 rows or more.
    pub fn new(rows: &SparseRows) -> Self {
        let blocks = rows.len().div_ceil(ROWS_A_TASK);
        Self::of_blocks(rows.columns(), &Bundles::default(), blocks, |block| {
            let mut part = SparseRows::new(rows.columns());
            for row in block * ROWS_A_TASK..((block + 1) * ROWS_A_TASK).min(rows.len()) {
                part.push(&mut rows.row(row).to_vec());
            }
            part
        })
    }

    /// The matrix of the rows that `rows_of` gives for each block, one after the other; it is asked
    /// twice for each. Rows are over so many `numbers`, of which `bundles` says what they stand for;
    /// no column may be twice in a row.
    ///
    /// # Panics
    /// When there are 2^32 rows or more.
    pub fn of_blocks(
        numbers: usize,
        bundles: &Bundles,
        blocks: usize,
        rows_of: impl Fn(usize) -> SparseRows + Sync,
    ) -> Self {
        let counts = number_counts(numbers, blocks, &rows_of);
        let number_at = by_frequency(&counts);
        let unit_of = inverse(&number_at, numbers);
        let entries = |numbers: &[u32]| {
            let counts = numbers.iter().map(|&number| counts[number as usize]);
            counts.map(|count| count as usize).sum()
        };
        let (of_head, of_tail) = number_at.split_at(number_at.len().min(HEAD));
        let (mut head, mut tail) = (Lists::default(), Lists::default());
        head.values.reserve_exact(entries(of_head));
        tail.values.reserve_exact(entries(of_tail));
        for wave in (0..blocks).step_by(BLOCKS_A_WAVE) {
            let placed: Vec<_> = (wave..(wave + BLOCKS_A_WAVE).min(blocks))
                .into_par_iter()
                .map(|block| placed(&rows_of(block), &unit_of))
                .collect();
            for (of_head, of_tail) in &placed {
                head.append(of_head);
                tail.append(of_tail);
            }
        }
        let units = number_at.len();
        let columns = bundles.columns(numbers);
        let (column_at, places_of) = match bundles.is_empty() {
            true => (number_at, None),
            false => {
                let (column_at, places_of) = bundles.places(columns, &number_at, &counts);
                (column_at, Some(places_of))
            }
        };
        head.shrink();
        tail.shrink();
        Self {
            columns,
            column_at,
            places_of,
            units,
            tail_rows: transposed(&tail, units.saturating_sub(HEAD)),
            head,
            tail,
        }
    }

    /// A row's units in the head and in the tail.
    pub(super) fn units(&self, row: usize) -> (&[u16], &[u32]) {
        (self.head.get(row), self.tail.get(row))
    }

    /// Whether some units have several columns.
    pub(super) fn is_bundled(&self) -> bool {
        self.places_of.is_some()
    }

    /// Calls `each` with the places of a row's columns, in no order.
    fn for_each_place(&self, row: usize, mut each: impl FnMut(usize)) {
        let (head, tail) = self.units(row);
        let head = head.iter().map(|&unit| usize::from(unit));
        for unit in head.chain(tail.iter().map(|&unit| unit as usize)) {
            match &self.places_of {
                Some(places_of) => {
                    let places = places_of.get(unit).iter();
                    places.for_each(|&place| each(place as usize));
                }
                None => each(unit),
            }
        }
    }

    /// The columns of a row that have an entry.
    pub fn row(&self, row: usize) -> Vec<u32> {
        let mut columns = Vec::new();
        self.for_each_place(row, |place| columns.push(self.column_at[place]));
        columns
    }

    /// The places of a row that come before `end`, ascending.
    pub(super) fn first_places(&self, row: usize, end: usize) -> Vec<usize> {
        let mut places = Vec::new();
        self.for_each_place(row, |place| {
            if place < end {
                places.push(place);
            }
        });
        places.sort_unstable();
        places
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.head.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of columns that have an entry.
    pub fn places(&self) -> usize {
        self.column_at.len()
    }

    /// Number of units over all rows.
    pub fn entries(&self) -> usize {
        self.head.values.len() + self.tail.values.len()
    }

    /// Numbers by column, `outputs` a column, in the order of the places; what comes after the
    /// columns (biases) comes after the places.
    pub fn to_places(&self, by_column: &[f64], outputs: usize) -> Vec<f64> {
        let (columns, rest) = by_column.split_at(self.columns * outputs);
        let of_column = |&column: &u32| &columns[column as usize * outputs..][..outputs];
        let places = self.column_at.iter().flat_map(of_column);
        places.chain(rest).copied().collect()
    }

    /// The other way round; columns without entries get 0.
    pub fn to_columns(&self, by_place: &[f64], outputs: usize) -> Vec<f64> {
        let (places, rest) = by_place.split_at(self.places() * outputs);
        let mut columns = vec![0.0; self.columns * outputs];
        for (values, &column) in places.chunks(outputs).zip(&self.column_at) {
            columns[column as usize * outputs..][..outputs].copy_from_slice(values);
        }
        columns.extend_from_slice(rest);
        columns
    }

    /// `out = X * weights + biases`: `weights` is places x outputs, followed by one bias an output;
    /// `out` is rows x outputs.
    pub fn multiply(&self, weights: &[f64], outputs: usize, out: &mut [f64]) {
        match outputs {
            1 => self.multiply_to::<1>(weights, out),
            2 => self.multiply_to::<2>(weights, out),
            3 => self.multiply_to::<3>(weights, out),
            4 => self.multiply_to::<4>(weights, out),
            5 => self.multiply_to::<5>(weights, out),
            _ => self.multiply_to::<MOST_OUTPUTS>(weights, out),
        }
    }

    fn multiply_to<const N: usize>(&self, weights: &[f64], out: &mut [f64]) {
        let (weights, _) = weights.as_chunks::<N>();
        let (weights, bias) = weights.split_at(self.places());
        let weights = self.unit_weights(weights);
        let head = &weights[..self.head_units()];
        out.par_chunks_mut(ROWS_A_TASK * N)
            .enumerate()
            .for_each(|(task, out)| {
                let (out, _) = out.as_chunks_mut::<N>();
                for (index, out) in out.iter_mut().enumerate() {
                    let row = task * ROWS_A_TASK + index;
                    *out = bias[0];
                    add(out, &head_sum(head, self.head.get(row)));
                    for &unit in self.tail.get(row) {
                        add(out, &weights[unit as usize]);
                    }
                }
            });
    }

    /// The sum of the weights of each unit's columns.
    fn unit_weights<'a, const N: usize>(&self, weights: &'a [[f64; N]]) -> Cow<'a, [[f64; N]]> {
        let Some(places_of) = &self.places_of else {
            return Cow::Borrowed(weights);
        };
        let sum = |unit: usize| {
            let mut sum = [0.0; N];
            for &place in places_of.get(unit) {
                add(&mut sum, &weights[place as usize]);
            }
            sum
        };
        Cow::Owned((0..self.units).into_par_iter().map(sum).collect())
    }

    /// `out = X^T * residuals`, with the sums of the residuals behind it: `residuals` is rows x
    /// outputs; `out` is places x outputs, followed by one sum an output.
    pub fn multiply_transposed(&self, residuals: &[f64], outputs: usize, out: &mut [f64]) {
        match outputs {
            1 => self.multiply_transposed_to::<1>(residuals, out),
            2 => self.multiply_transposed_to::<2>(residuals, out),
            3 => self.multiply_transposed_to::<3>(residuals, out),
            4 => self.multiply_transposed_to::<4>(residuals, out),
            5 => self.multiply_transposed_to::<5>(residuals, out),
            _ => self.multiply_transposed_to::<MOST_OUTPUTS>(residuals, out),
        }
    }

    fn multiply_transposed_to<const N: usize>(&self, residuals: &[f64], out: &mut [f64]) {
        let (residuals, _) = residuals.as_chunks::<N>();
        let (out, _) = out.as_chunks_mut::<N>();
        let (places, bias) = out.split_at_mut(self.places());
        let Some(places_of) = &self.places_of else {
            bias[0] = self.unit_sums(residuals, places);
            return;
        };
        let mut sums = vec![[0.0; N]; self.units];
        bias[0] = self.unit_sums(residuals, &mut sums);
        places.fill([0.0; N]);
        for (unit, sum) in sums.iter().enumerate() {
            for &place in places_of.get(unit) {
                add(&mut places[place as usize], sum);
            }
        }
    }

    /// Sums up the residuals of the rows of each unit; the sum over all rows is returned.
    fn unit_sums<const N: usize>(&self, residuals: &[[f64; N]], sums: &mut [[f64; N]]) -> [f64; N] {
        let (head, tail) = sums.split_at_mut(self.head_units());
        let parts: Vec<(Vec<[f64; N]>, [f64; N])> = self
            .parts()
            .into_par_iter()
            .map(|rows| self.head_sums(rows, residuals))
            .collect();
        head.fill([0.0; N]);
        let mut all = [0.0; N];
        for (sums, sum) in &parts {
            add(&mut all, sum);
            head.iter_mut()
                .zip(sums)
                .for_each(|(out, sum)| add(out, sum));
        }
        tail.par_chunks_mut(UNITS_A_TASK)
            .enumerate()
            .for_each(|(task, out)| {
                for (index, out) in out.iter_mut().enumerate() {
                    *out = [0.0; N];
                    for &row in self.tail_rows.get(task * UNITS_A_TASK + index) {
                        add(out, &residuals[row as usize]);
                    }
                }
            });
        all
    }

    /// For each place, the sum of `weights` (one a row) over its entries.
    pub fn column_sums(&self, weights: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.places() + 1];
        self.multiply_transposed(weights, 1, &mut sums);
        sums.truncate(self.places());
        sums
    }

    fn head_units(&self) -> usize {
        self.units.min(HEAD)
    }

    /// The parts of the rows; they depend on the number of rows alone.
    fn parts(&self) -> Vec<Range<usize>> {
        let size = self.len().div_ceil(MOST_PARTS).max(ROWS_A_PART);
        let starts = (0..self.len()).step_by(size);
        starts
            .map(|start| start..(start + size).min(self.len()))
            .collect()
    }

    /// The sums of the residuals of some rows over the units of the head, and over all rows.
    fn head_sums<const N: usize>(
        &self,
        rows: Range<usize>,
        residuals: &[[f64; N]],
    ) -> (Vec<[f64; N]>, [f64; N]) {
        let mut sums = vec![[0.0; N]; self.head_units()];
        let mut all = [0.0; N];
        for row in rows {
            let residual = &residuals[row];
            add(&mut all, residual);
            for &unit in self.head.get(row) {
                add(&mut sums[usize::from(unit)], residual);
            }
        }
        (sums, all)
    }
}

fn number_counts(
    numbers: usize,
    blocks: usize,
    rows_of: &(impl Fn(usize) -> SparseRows + Sync),
) -> Vec<u32> {
    let count = |mut counts: Vec<u32>, block| {
        for &number in rows_of(block).rows().flatten() {
            counts[number as usize] += 1;
        }
        counts
    };
    // Whole numbers: their sums do not depend on the order.
    let sum = |mut counts: Vec<u32>, more: Vec<u32>| {
        counts
            .iter_mut()
            .zip(more)
            .for_each(|(sum, more)| *sum += more);
        counts
    };
    let tasks: Vec<Range<usize>> = (0..blocks)
        .step_by(BLOCKS_A_WAVE)
        .map(|start| start..(start + BLOCKS_A_WAVE).min(blocks))
        .collect();
    tasks
        .into_par_iter()
        .map(|blocks| blocks.fold(vec![0; numbers], count))
        .reduce(|| vec![0; numbers], sum)
}

/// The units of some rows in the head and in the tail.
fn placed(rows: &SparseRows, unit_of: &[u32]) -> (Lists<u16>, Lists<u32>) {
    let (mut head, mut tail) = (Lists::default(), Lists::default());
    for row in rows.rows() {
        let start = head.values.len();
        for &number in row {
            let unit = unit_of[number as usize];
            match u16::try_from(unit) {
                Ok(near) if (near as usize) < HEAD => head.values.push(near),
                _ => tail.values.push(unit),
            }
        }
        head.values[start..].sort_unstable();
        head.end();
        tail.end();
    }
    (head, tail)
}

/// The rows of each unit of the tail.
fn transposed(tail: &Lists<u32>, units: usize) -> Lists<u32> {
    let mut offsets = vec![0; units + 1];
    for &unit in &tail.values {
        offsets[unit as usize - HEAD + 1] += 1;
    }
    for unit in 1..offsets.len() {
        offsets[unit] += offsets[unit - 1];
    }
    let mut next = offsets.clone();
    let mut values = vec![0; tail.values.len()];
    for row in 0..tail.len() {
        let number = u32::try_from(row).expect("fewer than 2^32 rows");
        for &unit in tail.get(row) {
            let next = &mut next[unit as usize - HEAD];
            values[*next] = number;
            *next += 1;
        }
    }
    Lists { offsets, values }
}

/// The sum of the weights of some units, in four sums at a time that do not wait for each other.
fn head_sum<const N: usize>(weights: &[[f64; N]], units: &[u16]) -> [f64; N] {
    let mut sums = [[0.0; N]; 4];
    let (fours, rest) = units.as_chunks::<4>();
    for four in fours {
        for (sum, &unit) in sums.iter_mut().zip(four) {
            add(sum, &weights[usize::from(unit)]);
        }
    }
    for (sum, &unit) in sums.iter_mut().zip(rest) {
        add(sum, &weights[usize::from(unit)]);
    }
    let [mut a, b, mut c, d] = sums;
    add(&mut a, &b);
    add(&mut c, &d);
    add(&mut a, &c);
    a
}

fn add<const N: usize>(sum: &mut [f64; N], term: &[f64; N]) {
    for (sum, term) in sum.iter_mut().zip(term) {
        *sum += term;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows over four columns, one of them empty: `1 0 0 1 / 0 0 1 1`. The places are columns
    /// 3, 0 and 2.
    fn matrix() -> Matrix {
        let mut rows = SparseRows::new(4);
        rows.push(&mut vec![0, 3]);
        rows.push(&mut vec![2, 3]);
        Matrix::new(&rows)
    }

    #[test]
    fn columns_have_places_by_their_number_of_entries() {
        let matrix = matrix();
        let by_column = [1.0, 2.0, 3.0, 4.0, 5.0];
        let by_place = matrix.to_places(&by_column, 1);
        assert_eq!(by_place, [4.0, 1.0, 3.0, 5.0]);
        assert_eq!(matrix.to_columns(&by_place, 1), [1.0, 0.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    fn a_product_adds_the_weights_of_the_entries_and_the_biases() {
        let weights = [1.0, 2.0, 10.0, 20.0, 100.0, 200.0, 0.5, 0.25];
        let mut out = [0.0; 4];
        matrix().multiply(&weights, 2, &mut out);
        assert_eq!(out, [11.5, 22.25, 101.5, 202.25]);
    }

    #[test]
    fn a_transposed_product_adds_the_residuals_of_the_rows() {
        let mut out = [0.0; 8];
        matrix().multiply_transposed(&[1.0, 2.0, 3.0, 5.0], 2, &mut out);
        assert_eq!(out, [4.0, 7.0, 1.0, 2.0, 3.0, 5.0, 4.0, 7.0]);
        assert_eq!(matrix().column_sums(&[2.0, 3.0]), [5.0, 2.0, 3.0]);
    }

    /// A matrix whose rows have columns of the tail too: every product is what plain sums give.
    #[test]
    fn the_tail_counts_like_the_head() {
        let columns = HEAD as u32 + 500;
        let mut rows = SparseRows::new(columns as usize);
        for row in 0..3000_u32 {
            let step = |factor: u32| row.wrapping_mul(factor) >> 7;
            rows.push(&mut (1..40).map(|at| step(at * 7919 + 1) % columns).collect());
        }
        let matrix = Matrix::new(&rows);
        assert!(!matrix.tail.values.is_empty());
        let weights: Vec<f64> = (0..=matrix.places()).map(|at| at as f64).collect();
        let by_column = matrix.to_columns(&weights, 1);
        let mut margins = vec![0.0; rows.len()];
        matrix.multiply(&weights, 1, &mut margins);
        let mut sums = vec![0.0; columns as usize];
        for (row, margin) in rows.rows().zip(margins) {
            let sum: f64 = row.iter().map(|&column| by_column[column as usize]).sum();
            assert_eq!(margin, sum + matrix.places() as f64);
            row.iter().for_each(|&column| sums[column as usize] += 2.0);
        }
        let found = matrix.column_sums(&vec![2.0; rows.len()]);
        let found = matrix.to_columns(&found, 1);
        assert_eq!(found, sums);
    }

    /// Rows over two bundles of columns 0 to 2, and columns 3 and 4; column 1 is in both bundles.
    fn bundled() -> (Matrix, Matrix) {
        let bundles = Bundles::new(3, [vec![0, 1], vec![1, 2]]);
        let lists = [vec![0, 3], vec![1], vec![], vec![0, 2, 3], vec![1, 3]];
        let of_rows = |lists: &[Vec<u32>], columns| {
            let mut rows = SparseRows::new(columns);
            lists.iter().for_each(|list| rows.push(&mut list.clone()));
            rows
        };
        let bundled = Matrix::of_blocks(4, &bundles, 5, |row| of_rows(&lists[row..=row], 4));
        let columns = |list: &Vec<u32>| {
            let mut columns = Vec::new();
            let numbers = list.iter();
            numbers.for_each(|&number| bundles.for_each(number, |column| columns.push(column)));
            columns
        };
        let plain: Vec<_> = lists.iter().map(columns).collect();
        (bundled, Matrix::new(&of_rows(&plain, 5)))
    }

    #[test]
    fn a_matrix_of_bundles_is_that_of_their_columns() {
        let (bundled, plain) = bundled();
        assert_eq!((bundled.columns(), bundled.places()), (5, 5));
        assert_eq!((bundled.entries(), plain.entries()), (8, 12));
        for row in 0..bundled.len() {
            let sorted = |mut columns: Vec<u32>| {
                columns.sort_unstable();
                columns
            };
            assert_eq!(sorted(bundled.row(row)), sorted(plain.row(row)), "{row}");
        }
        let by_column = [1.0, 10.0, 100.0, 1_000.0, 10_000.0, 0.5];
        let product = |matrix: &Matrix, by_column: &[f64]| {
            let mut out = vec![0.0; matrix.len()];
            matrix.multiply(&matrix.to_places(by_column, 1), 1, &mut out);
            out
        };
        let expected = product(&plain, &by_column);
        assert_eq!(product(&bundled, &by_column), expected);
        let transposed = |matrix: &Matrix, residuals: &[f64]| {
            let mut sums = vec![0.0; matrix.places() + 1];
            matrix.multiply_transposed(residuals, 1, &mut sums);
            matrix.to_columns(&sums, 1)
        };
        let residuals = [1.0, 2.0, 4.0, 8.0, 16.0];
        let expected = transposed(&plain, &residuals);
        assert_eq!(transposed(&bundled, &residuals), expected);
        assert_eq!(expected, [9.0, 27.0, 18.0, 8.0, 25.0, 31.0]);
    }
}
