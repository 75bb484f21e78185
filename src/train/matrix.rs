//! A **matrix** is the feature matrix of a corpus in the two forms that a solver needs: by rows, to
//! multiply it with weights, and by columns, to multiply its transpose with residuals.
//!
//! All values are one, so an entry takes four bytes in each form. Every number of a product is
//! summed up by one thread in a fixed order: the bits do not depend on the number of threads.

use rayon::prelude::*;

use crate::features::SparseRows;

/// Rows that one task multiplies.
const ROWS_A_TASK: usize = 512;
/// Columns that one task multiplies.
const COLUMNS_A_TASK: usize = 256;
/// Most outputs of a classifier: one a label.
pub(super) const MOST_OUTPUTS: usize = crate::sequence::LABELS;

/// A sparse binary matrix by rows and by columns.
#[derive(Clone, Debug)]
pub struct Matrix {
    rows: SparseRows,
    offsets: Vec<usize>,
    row_of: Vec<u32>,
}

impl Matrix {
    /// Adds the form by columns to a matrix by rows.
    ///
    /// # Panics
    /// When it has 2^32 rows or more.
    pub fn new(rows: SparseRows) -> Self {
        let mut offsets = vec![0; rows.columns() + 1];
        for &column in rows.rows().flatten() {
            offsets[column as usize + 1] += 1;
        }
        for column in 1..offsets.len() {
            offsets[column] += offsets[column - 1];
        }
        let mut next = offsets.clone();
        let mut row_of = vec![0; rows.entries()];
        for (index, row) in rows.rows().enumerate() {
            let index = u32::try_from(index).expect("fewer than 2^32 rows");
            for &column in row {
                row_of[next[column as usize]] = index;
                next[column as usize] += 1;
            }
        }
        Self {
            rows,
            offsets,
            row_of,
        }
    }

    /// The matrix by rows.
    pub fn rows(&self) -> &SparseRows {
        &self.rows
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.rows.columns()
    }

    /// The rows that have an entry in `column`, ascending.
    fn column(&self, column: usize) -> &[u32] {
        &self.row_of[self.offsets[column]..self.offsets[column + 1]]
    }

    /// `out = X * weights + biases`: `weights` is columns x outputs, followed by one bias an output;
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
        let (weights, bias) = weights.split_at(self.columns());
        out.par_chunks_mut(ROWS_A_TASK * N)
            .enumerate()
            .for_each(|(task, out)| {
                let (out, _) = out.as_chunks_mut::<N>();
                for (index, out) in out.iter_mut().enumerate() {
                    *out = bias[0];
                    for &column in self.rows.row(task * ROWS_A_TASK + index) {
                        add(out, &weights[column as usize]);
                    }
                }
            });
    }

    /// `out = X^T * residuals`, with the sums of the residuals behind it: `residuals` is rows x
    /// outputs; `out` is columns x outputs, followed by one sum an output.
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
        let (columns, bias) = out.split_at_mut(self.columns() * N);
        columns
            .par_chunks_mut(COLUMNS_A_TASK * N)
            .enumerate()
            .for_each(|(task, out)| {
                let (out, _) = out.as_chunks_mut::<N>();
                for (index, out) in out.iter_mut().enumerate() {
                    let mut sum = [0.0; N];
                    for &row in self.column(task * COLUMNS_A_TASK + index) {
                        add(&mut sum, &residuals[row as usize]);
                    }
                    *out = sum;
                }
            });
        let mut sum = [0.0; N];
        residuals
            .iter()
            .for_each(|residual| add(&mut sum, residual));
        bias.copy_from_slice(&sum);
    }

    /// For each column, the sum of `weights` (one a row) over its entries.
    pub fn column_sums(&self, weights: &[f64]) -> Vec<f64> {
        (0..self.columns())
            .into_par_iter()
            .map(|column| {
                self.column(column)
                    .iter()
                    .map(|&row| weights[row as usize])
                    .sum()
            })
            .collect()
    }
}

fn add<const N: usize>(sum: &mut [f64; N], term: &[f64; N]) {
    for (sum, term) in sum.iter_mut().zip(term) {
        *sum += term;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows over three columns: `1 0 1 / 0 0 1`.
    fn matrix() -> Matrix {
        let mut rows = SparseRows::new(3);
        rows.push(&mut vec![0, 2]);
        rows.push(&mut vec![2]);
        Matrix::new(rows)
    }

    #[test]
    fn a_product_adds_the_weights_of_the_entries_and_the_biases() {
        let weights = [1.0, 2.0, 10.0, 20.0, 100.0, 200.0, 0.5, 0.25];
        let mut out = [0.0; 4];
        matrix().multiply(&weights, 2, &mut out);
        assert_eq!(out, [101.5, 202.25, 100.5, 200.25]);
    }

    #[test]
    fn a_transposed_product_adds_the_residuals_of_the_rows() {
        let mut out = [0.0; 8];
        matrix().multiply_transposed(&[1.0, 2.0, 3.0, 5.0], 2, &mut out);
        assert_eq!(out, [1.0, 2.0, 0.0, 0.0, 4.0, 7.0, 4.0, 7.0]);
    }

    #[test]
    fn column_sums_weigh_the_rows() {
        assert_eq!(matrix().column_sums(&[2.0, 3.0]), [2.0, 0.0, 5.0]);
    }
}
