//! **Lists** of numbers of different lengths, in two vectors in all.

/// Lists of one kind of numbers, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Lists<T> {
    /// Where each list begins, and the end of the last.
    pub offsets: Vec<usize>,
    /// The numbers of all lists.
    pub values: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self {
            offsets: vec![0],
            values: Vec::new(),
        }
    }
}

impl<T: Copy> Lists<T> {
    /// Number of lists.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Ends a list: what was appended to the values since the last end.
    pub fn end(&mut self) {
        self.offsets.push(self.values.len());
    }

    /// Appends all lists of `other`.
    pub fn append(&mut self, other: &Self) {
        let base = self.values.len();
        self.values.extend_from_slice(&other.values);
        let offsets = other.offsets[1..].iter();
        self.offsets.extend(offsets.map(|offset| base + offset));
    }

    /// The list at `index`.
    pub fn get(&self, index: usize) -> &[T] {
        &self.values[self.offsets[index]..self.offsets[index + 1]]
    }

    /// Gives back the memory that is not needed.
    pub fn shrink(&mut self) {
        self.offsets.shrink_to_fit();
        self.values.shrink_to_fit();
    }
}
