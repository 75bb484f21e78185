//! **Counts** of hits and misses of one label, and the ratios that follow from them.

use super::meter::Line;
use crate::Label;

/// True positives, false positives and false negatives, in lines or in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub true_positives: u64,
    pub false_positives: u64,
    pub false_negatives: u64,
}

impl Counts {
    /// Counts lines.
    pub fn lines<'a>(lines: impl IntoIterator<Item = &'a Line>, label: Label) -> Self {
        Self::weighted(lines, label, |_| 1)
    }

    /// Counts the characters of the lines.
    pub fn characters<'a>(lines: impl IntoIterator<Item = &'a Line>, label: Label) -> Self {
        Self::weighted(lines, label, |line| line.characters)
    }

    fn weighted<'a>(
        lines: impl IntoIterator<Item = &'a Line>,
        label: Label,
        weight: impl Fn(&Line) -> u64,
    ) -> Self {
        let mut counts = Self::default();
        for line in lines {
            match (line.gold == label, line.predicted == label) {
                (true, true) => counts.true_positives += weight(line),
                (false, true) => counts.false_positives += weight(line),
                (true, false) => counts.false_negatives += weight(line),
                (false, false) => {}
            }
        }
        counts
    }

    /// TP / (TP + FP); `None` where nothing was predicted.
    pub fn precision(self) -> Option<f64> {
        ratio(
            self.true_positives,
            self.true_positives + self.false_positives,
        )
    }

    /// TP / (TP + FN); `None` where there is nothing to find.
    pub fn recall(self) -> Option<f64> {
        ratio(self.true_positives, self.support())
    }

    /// 2 TP / (2 TP + FP + FN); `None` where there is neither a gold nor a predicted one.
    pub fn f1(self) -> Option<f64> {
        let hits = 2 * self.true_positives;
        ratio(hits, hits + self.false_positives + self.false_negatives)
    }

    /// TP + FN: how much there is to find.
    pub fn support(self) -> u64 {
        self.true_positives + self.false_negatives
    }
}

/// `part / whole`, or `None` where `whole` is 0.
pub(super) fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_those_of_the_textbook() {
        let counts = Counts {
            true_positives: 3,
            false_positives: 1,
            false_negatives: 2,
        };
        assert_eq!(counts.precision(), Some(0.75)); // 3 / (3 + 1)
        assert_eq!(counts.recall(), Some(0.6)); // 3 / (3 + 2)
        assert_eq!(counts.f1(), Some(6.0 / 9.0)); // 2 * 3 / (2 * 3 + 1 + 2)
        assert_eq!(counts.support(), 5);
    }

    #[test]
    fn what_would_divide_by_zero_is_none() {
        let none = Counts::default();
        assert_eq!(
            (none.precision(), none.recall(), none.f1()),
            (None, None, None)
        );
        let missed = Counts {
            false_negatives: 2,
            ..none
        };
        assert_eq!(missed.precision(), None);
        assert_eq!((missed.recall(), missed.f1()), (Some(0.0), Some(0.0)));
    }
}
