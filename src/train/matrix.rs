//! A **matrix** is the feature matrix of a corpus in the form that a solver needs: it is multiplied
//! with weights, and its transpose with residuals.
//!
//! All values are one, so an entry is the number of its column. Columns get **places**, the most
//! frequent first; a solver works on places alone, and columns without entries have none. The first
//! 2^14 places, the *head*, have nearly all entries: they are kept by rows, two bytes an entry, and
//! their weights stay in the processor's cache in both products. The others, the *tail*, are kept
//! by rows and by columns, four bytes an entry in each form.
//!
//! Every number of a product is summed up in a fixed order: the bits do not depend on the number of
//! threads.

use std::ops::Range;

use rayon::prelude::*;

use crate::features::SparseRows;

/// Places of the head.
const HEAD: usize = 1 << 14;
/// Rows that one task multiplies.
const ROWS_A_TASK: usize = 512;
/// Places of the tail whose sums one task makes.
const PLACES_A_TASK: usize = 256;
/// Most parts of the rows whose sums of the head are made by themselves, then added in order.
const MOST_PARTS: usize = 32;
/// Fewest rows of such a part.
const ROWS_A_PART: usize = 1 << 13;
/// Blocks of rows that are put in place at a time.
const BLOCKS_A_WAVE: usize = 1 << 10;
/// Most outputs of a classifier: one a label.
pub(super) const MOST_OUTPUTS: usize = crate::sequence::LABELS;

/// Rows of one kind of numbers, one after the other.
#[derive(Clone, Debug)]
struct Lists<T> {
    offsets: Vec<usize>,
    values: Vec<T>,
}

impl<T: Copy> Lists<T> {
    fn new() -> Self {
        Self {
            offsets: vec![0],
            values: Vec::new(),
        }
    }

    fn end(&mut self) {
        self.offsets.push(self.values.len());
    }

    fn append(&mut self, other: &Self) {
        let base = self.values.len();
        self.values.extend_from_slice(&other.values);
        let offsets = other.offsets[1..].iter();
        self.offsets.extend(offsets.map(|offset| base + offset));
    }

    fn get(&self, index: usize) -> &[T] {
        &self.values[self.offsets[index]..self.offsets[index + 1]]
    }

    fn shrink(&mut self) {
        self.offsets.shrink_to_fit();
        self.values.shrink_to_fit();
    }
}

/// A sparse binary matrix.
#[derive(Clone, Debug)]
pub struct Matrix {
    columns: usize,
    /// The column at each place.
    column_at: Vec<u32>,
    /// For each row, its places in the head, ascending.
    head: Lists<u16>,
    /// For each row, its places in the tail.
    tail: Lists<u32>,
    /// For each place of the tail, its rows, ascending.
    tail_rows: Lists<u32>,
}

impl Matrix {
    /// The matrix of these rows.
    ///
    /// # Panics
    /// When it has 2^32 rows or more.
    pub fn new(rows: &SparseRows) -> Self {
        let blocks = rows.len().div_ceil(ROWS_A_TASK);
        Self::of_blocks(rows.columns(), blocks, |block| {
            let mut part = SparseRows::new(rows.columns());
            for row in block * ROWS_A_TASK..((block + 1) * ROWS_A_TASK).min(rows.len()) {
                part.push(&mut rows.row(row).to_vec());
            }
            part
        })
    }

    /// The matrix of the rows that `rows_of` gives for each block, one after the other; it is asked
    /// twice for each.
    ///
    /// # Panics
    /// When there are 2^32 rows or more.
    pub fn of_blocks(
        columns: usize,
        blocks: usize,
        rows_of: impl Fn(usize) -> SparseRows + Sync,
    ) -> Self {
        let counts = column_counts(columns, blocks, &rows_of);
        let mut column_at: Vec<u32> = (0..columns as u32)
            .filter(|&column| counts[column as usize] > 0)
            .collect();
        column_at.sort_by_key(|&column| std::cmp::Reverse(counts[column as usize]));
        let mut place_of = vec![u32::MAX; columns];
        for (place, &column) in (0..).zip(&column_at) {
            place_of[column as usize] = place;
        }
        let (mut head, mut tail) = (Lists::new(), Lists::new());
        let all: usize = counts.iter().map(|&count| count as usize).sum();
        let of_head = column_at.iter().take(HEAD);
        let in_head = of_head
            .map(|&column| counts[column as usize] as usize)
            .sum();
        head.values.reserve_exact(in_head);
        tail.values.reserve_exact(all - in_head);
        for wave in (0..blocks).step_by(BLOCKS_A_WAVE) {
            let placed: Vec<_> = (wave..(wave + BLOCKS_A_WAVE).min(blocks))
                .into_par_iter()
                .map(|block| placed(&rows_of(block), &place_of))
                .collect();
            for (of_head, of_tail) in &placed {
                head.append(of_head);
                tail.append(of_tail);
            }
        }
        Self::from_lists(columns, column_at, head, tail)
    }

    fn from_lists(
        columns: usize,
        column_at: Vec<u32>,
        mut head: Lists<u16>,
        mut tail: Lists<u32>,
    ) -> Self {
        head.shrink();
        tail.shrink();
        let tail_rows = transposed(&tail, column_at.len().saturating_sub(HEAD));
        Self {
            columns,
            column_at,
            head,
            tail,
            tail_rows,
        }
    }

    /// The matrix of some of the rows, its columns at the same places.
    pub fn subset(&self, rows: impl Iterator<Item = usize>) -> Self {
        let (mut head, mut tail) = (Lists::new(), Lists::new());
        for row in rows {
            head.values.extend_from_slice(self.head.get(row));
            head.end();
            tail.values.extend_from_slice(self.tail.get(row));
            tail.end();
        }
        Self::from_lists(self.columns, self.column_at.clone(), head, tail)
    }

    /// The columns of a row that have an entry.
    pub fn row(&self, row: usize) -> impl Iterator<Item = u32> {
        let head = self.head.get(row).iter().map(|&place| usize::from(place));
        let tail = self.tail.get(row).iter().map(|&place| place as usize);
        head.chain(tail).map(|place| self.column_at[place])
    }

    /// The places of a row that come before `end`, which is of the head, ascending.
    pub(super) fn first_places(&self, row: usize, end: usize) -> &[u16] {
        let places = self.head.get(row);
        &places[..places.partition_point(|&place| usize::from(place) < end)]
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.head.offsets.len() - 1
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

    /// Number of entries.
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
        let head = &weights[..self.head_places()];
        out.par_chunks_mut(ROWS_A_TASK * N)
            .enumerate()
            .for_each(|(task, out)| {
                let (out, _) = out.as_chunks_mut::<N>();
                for (index, out) in out.iter_mut().enumerate() {
                    let row = task * ROWS_A_TASK + index;
                    *out = bias[0];
                    add(out, &head_sum(head, self.head.get(row)));
                    for &place in self.tail.get(row) {
                        add(out, &weights[place as usize]);
                    }
                }
            });
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
        let (head, rest) = out.split_at_mut(self.head_places());
        let (tail, bias) = rest.split_at_mut(self.places() - head.len());
        let parts: Vec<(Vec<[f64; N]>, [f64; N])> = self
            .parts()
            .into_par_iter()
            .map(|rows| self.head_sums(rows, residuals))
            .collect();
        head.fill([0.0; N]);
        bias.fill([0.0; N]);
        for (sums, sum) in &parts {
            add(&mut bias[0], sum);
            head.iter_mut()
                .zip(sums)
                .for_each(|(out, sum)| add(out, sum));
        }
        tail.par_chunks_mut(PLACES_A_TASK)
            .enumerate()
            .for_each(|(task, out)| {
                for (index, out) in out.iter_mut().enumerate() {
                    *out = [0.0; N];
                    for &row in self.tail_rows.get(task * PLACES_A_TASK + index) {
                        add(out, &residuals[row as usize]);
                    }
                }
            });
    }

    /// For each place, the sum of `weights` (one a row) over its entries.
    pub fn column_sums(&self, weights: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.places() + 1];
        self.multiply_transposed(weights, 1, &mut sums);
        sums.truncate(self.places());
        sums
    }

    fn head_places(&self) -> usize {
        self.places().min(HEAD)
    }

    /// The parts of the rows; they depend on the number of rows alone.
    fn parts(&self) -> Vec<Range<usize>> {
        let size = self.len().div_ceil(MOST_PARTS).max(ROWS_A_PART);
        let starts = (0..self.len()).step_by(size);
        starts
            .map(|start| start..(start + size).min(self.len()))
            .collect()
    }

    /// The sums of the residuals of some rows over the places of the head, and over all rows.
    fn head_sums<const N: usize>(
        &self,
        rows: Range<usize>,
        residuals: &[[f64; N]],
    ) -> (Vec<[f64; N]>, [f64; N]) {
        let mut sums = vec![[0.0; N]; self.head_places()];
        let mut all = [0.0; N];
        for row in rows {
            let residual = &residuals[row];
            add(&mut all, residual);
            for &place in self.head.get(row) {
                add(&mut sums[usize::from(place)], residual);
            }
        }
        (sums, all)
    }
}

fn column_counts(
    columns: usize,
    blocks: usize,
    rows_of: &(impl Fn(usize) -> SparseRows + Sync),
) -> Vec<u32> {
    let count = |mut counts: Vec<u32>, block| {
        for &column in rows_of(block).rows().flatten() {
            counts[column as usize] += 1;
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
        .map(|blocks| blocks.fold(vec![0; columns], count))
        .reduce(|| vec![0; columns], sum)
}

/// The places of some rows in the head and in the tail.
fn placed(rows: &SparseRows, place_of: &[u32]) -> (Lists<u16>, Lists<u32>) {
    let (mut head, mut tail) = (Lists::new(), Lists::new());
    for row in rows.rows() {
        let start = head.values.len();
        for &column in row {
            let place = place_of[column as usize];
            match u16::try_from(place) {
                Ok(near) if (near as usize) < HEAD => head.values.push(near),
                _ => tail.values.push(place),
            }
        }
        head.values[start..].sort_unstable();
        head.end();
        tail.end();
    }
    (head, tail)
}

/// The rows of each place of the tail.
fn transposed(tail: &Lists<u32>, places: usize) -> Lists<u32> {
    let mut offsets = vec![0; places + 1];
    for &place in &tail.values {
        offsets[place as usize - HEAD + 1] += 1;
    }
    for place in 1..offsets.len() {
        offsets[place] += offsets[place - 1];
    }
    let mut next = offsets.clone();
    let mut values = vec![0; tail.values.len()];
    for row in 0..tail.offsets.len() - 1 {
        let number = u32::try_from(row).expect("fewer than 2^32 rows");
        for &place in tail.get(row) {
            let next = &mut next[place as usize - HEAD];
            values[*next] = number;
            *next += 1;
        }
    }
    Lists { offsets, values }
}

/// The sum of the weights at some places, in four sums at a time that do not wait for each other.
fn head_sum<const N: usize>(weights: &[[f64; N]], places: &[u16]) -> [f64; N] {
    let mut sums = [[0.0; N]; 4];
    let (fours, rest) = places.as_chunks::<4>();
    for four in fours {
        for (sum, &place) in sums.iter_mut().zip(four) {
            add(sum, &weights[usize::from(place)]);
        }
    }
    for (sum, &place) in sums.iter_mut().zip(rest) {
        add(sum, &weights[usize::from(place)]);
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
}
