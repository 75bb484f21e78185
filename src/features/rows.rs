//! **Rows** are the feature matrix of a page or a corpus: for each line, the sorted indices of the
//! binary features that hold for it (compressed sparse rows whose values are all one).

/// A sparse binary matrix, one row a line, four bytes an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SparseRows {
    columns: usize,
    offsets: Vec<usize>,
    indices: Vec<u32>,
}

impl SparseRows {
    /// A matrix without rows over `columns` features.
    pub fn new(columns: usize) -> Self {
        Self {
            columns,
            offsets: vec![0],
            indices: Vec::new(),
        }
    }

    /// Appends a row; `features` is sorted, and what stands in it twice is kept once.
    ///
    /// # Panics
    /// When a feature is not below [`SparseRows::columns`].
    pub fn push(&mut self, features: &mut Vec<u32>) {
        features.sort_unstable();
        features.dedup();
        if let Some(&last) = features.last() {
            assert!(
                (last as usize) < self.columns,
                "feature {last} out of range"
            );
        }
        self.indices.extend_from_slice(features);
        self.offsets.push(self.indices.len());
    }

    /// Appends all rows of `other`.
    ///
    /// # Panics
    /// When the two differ in their number of columns.
    pub fn append(&mut self, other: &Self) {
        assert_eq!(self.columns, other.columns, "rows of different features");
        let base = self.indices.len();
        self.indices.extend_from_slice(&other.indices);
        self.offsets
            .extend(other.offsets[1..].iter().map(|offset| base + offset));
    }

    /// Number of features.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of entries, over all rows.
    pub fn entries(&self) -> usize {
        self.indices.len()
    }

    /// The features of row `index`, ascending, each once.
    ///
    /// # Panics
    /// When `index >= self.len()`.
    pub fn row(&self, index: usize) -> &[u32] {
        &self.indices[self.offsets[index]..self.offsets[index + 1]]
    }

    /// Every row, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        self.offsets
            .windows(2)
            .map(|ends| &self.indices[ends[0]..ends[1]])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_sets() {
        let mut rows = SparseRows::new(9);
        rows.push(&mut vec![5, 1, 5]);
        rows.push(&mut vec![]);
        let mut more = SparseRows::new(9);
        more.push(&mut vec![8]);
        rows.append(&more);
        let all: Vec<_> = rows.rows().collect();
        assert_eq!(all, [&[1, 5][..], &[], &[8]]);
        // 2 + 0 + 1 entries.
        assert_eq!((rows.len(), rows.entries(), rows.columns()), (3, 3, 9));
    }
}
