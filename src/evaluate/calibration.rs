//! **Calibration**: whether lines that get a P(content) of .8 are content in 80 of 100 cases.

use serde::Serialize;

use super::counts::ratio;
use super::meter::Line;
use crate::Label;

const BINS: usize = 15;

/// The lines whose P(content) lies above `lower` and is at most `upper`; the first bin has 0 too.
///
/// The bins together are a reliability diagram, and are those of scikit-learn's
/// `calibration_curve(strategy="uniform")`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Where the bin begins.
    pub lower: f64,
    /// Where the bin ends.
    pub upper: f64,
    /// Number of lines in the bin.
    pub lines: u64,
    /// Mean P(content) of the bin's lines.
    pub mean_probability: Option<f64>,
    /// Share of the bin's lines that are content.
    pub content_share: Option<f64>,
}

impl ReliabilityBin {
    /// Sorts the lines into 15 bins of equal width.
    pub(super) fn all(lines: &[Line]) -> Vec<Self> {
        let mut sums = [(0, 0, 0.0); BINS];
        for line in lines {
            let (count, content, probability) = &mut sums[bin(p_content(line))];
            *count += 1;
            *content += u64::from(line.gold == Label::Content);
            *probability += p_content(line);
        }
        let edge = |index: usize| index as f64 / BINS as f64;
        let bins = sums.into_iter().enumerate();
        bins.map(|(index, (lines, content, probability))| Self {
            lower: edge(index),
            upper: edge(index + 1),
            lines,
            mean_probability: (lines > 0).then(|| probability / lines as f64),
            content_share: ratio(content, lines),
        })
        .collect()
    }
}

fn p_content(line: &Line) -> f64 {
    line.probabilities[Label::Content.index()]
}

fn bin(probability: f64) -> usize {
    let upper = |index: usize| (index + 1) as f64 / BINS as f64;
    (0..BINS - 1)
        .find(|&index| probability <= upper(index))
        .unwrap_or(BINS - 1)
}

/// Mean squared difference of P(content) and 1 for content, 0 for the rest (Brier 1950); `None`
/// without lines.
pub(super) fn brier_score(lines: &[Line]) -> Option<f64> {
    let squared = |line: &Line| {
        let gold = f64::from(u8::from(line.gold == Label::Content));
        (p_content(line) - gold) * (p_content(line) - gold)
    };
    let sum: f64 = lines.iter().map(squared).sum();
    (!lines.is_empty()).then(|| sum / lines.len() as f64)
}

/// Mean over the lines of |mean P(content) - share of content| of their bin (Naeini, Cooper and
/// Hauskrecht 2015); `None` without lines.
pub(super) fn expected_calibration_error(bins: &[ReliabilityBin]) -> Option<f64> {
    let lines: u64 = bins.iter().map(|bin| bin.lines).sum();
    let gap = |bin: &ReliabilityBin| {
        Some(bin.lines as f64 * (bin.mean_probability? - bin.content_share?).abs())
    };
    let sum: f64 = bins.iter().filter_map(gap).sum();
    (lines > 0).then(|| sum / lines as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::fixture;

    #[test]
    fn brier_score_is_that_of_scikit_learn() {
        // scikit-learn 1.9.1: brier_score_loss(y, score) on the fixture
        let score = brier_score(fixture::ranked().lines()).expect("lines");
        assert!((score - 0.284_583_333_333_333_35).abs() < 1e-15, "{score}");
    }

    #[test]
    fn bins_are_those_of_scikit_learn() {
        // scikit-learn 1.9.1: calibration_curve(y, score, n_bins=15) on the fixture gives
        // prob_true .5 0 .5 .5 .5 .5 1 and prob_pred .2 .3 .575 .7 .8 .9 .95
        let bins = ReliabilityBin::all(fixture::ranked().lines());
        let of = |value: fn(&ReliabilityBin) -> Option<f64>| -> Vec<f64> {
            bins.iter().filter_map(value).collect()
        };
        assert_eq!(
            of(|bin| bin.content_share),
            [0.5, 0.0, 0.5, 0.5, 0.5, 0.5, 1.0]
        );
        let expected = [0.2, 0.3, 0.575, 0.7, 0.8, 0.9, 0.95];
        for (mean, expected) in of(|bin| bin.mean_probability).into_iter().zip(expected) {
            assert!((mean - expected).abs() < 1e-15, "{mean}");
        }
    }

    #[test]
    fn calibration_error_weighs_each_bin_by_its_lines() {
        // (2 * .3 + .3 + 2 * .075 + 2 * .2 + 2 * .3 + 2 * .4 + .05) / 12 = 2.9 / 12
        let bins = ReliabilityBin::all(fixture::ranked().lines());
        let error = expected_calibration_error(&bins).expect("lines");
        assert!((error - 2.9 / 12.0).abs() < 1e-15, "{error}");
    }

    #[test]
    fn the_ends_of_the_scale_are_in_the_first_and_the_last_bin() {
        assert_eq!((bin(0.0), bin(1.0)), (0, BINS - 1));
        assert_eq!((bin(0.2), bin(0.200_001)), (2, 3)); // the third bin ends at 3/15
    }

    #[test]
    fn without_lines_nothing_is_defined() {
        assert_eq!(brier_score(&[]), None);
        assert_eq!(expected_calibration_error(&ReliabilityBin::all(&[])), None);
    }
}
