//! One value **per label**.

use std::ops::Index;

use serde::ser::{Serialize, Serializer};

use crate::Label;

/// One value for each of [`Label::ALL`], written as a map from the label's name, in that order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerLabel<T>([T; Label::ALL.len()]);

impl<T> PerLabel<T> {
    /// Makes the value of every label.
    pub fn from_fn(value: impl FnMut(Label) -> T) -> Self {
        Self(Label::ALL.map(value))
    }

    /// The labels with their values, in the order of [`Label::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Label, &T)> {
        Label::ALL.into_iter().zip(&self.0)
    }
}

impl<T> Index<Label> for PerLabel<T> {
    type Output = T;

    fn index(&self, label: Label) -> &T {
        &self.0[label.index()]
    }
}

impl<T: Serialize> Serialize for PerLabel<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_a_map_in_the_order_of_reports() {
        let lengths = PerLabel::from_fn(|label| label.as_str().len());
        assert_eq!(lengths[Label::Comment], 7);
        assert_eq!(
            serde_json::to_string(&lengths).expect("numbers can be written"),
            r#"{"content":7,"metadata":8,"navigation":10,"advertisement":13,"related":7,"comment":7}"#
        );
    }
}
