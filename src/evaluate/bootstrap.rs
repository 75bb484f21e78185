//! A **bootstrap over sites**: how much the scores would differ had other sites of the same kind
//! been evaluated.
//!
//! The lines of a site resemble each other, so sites are drawn, not lines: each resample draws as
//! many sites as there are, with replacement, and takes all lines of each site drawn (Efron and
//! Tibshirani, *An Introduction to the Bootstrap*, 1993, chapters 8 and 13: percentile intervals).

use serde::Serialize;

use super::counts::Counts;
use super::meter::Line;
use super::rng::SplitMix64;
use crate::Label;

const RESAMPLES: usize = 1000;
const SEED: u64 = 1;
const LOWER_PERCENT: f64 = 2.5;
const UPPER_PERCENT: f64 = 97.5;

/// 95% intervals of content's scores from a bootstrap over sites.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Intervals {
    /// How many times the sites were drawn.
    pub resamples: usize,
    /// Interval of content's F1.
    pub f1: Option<Interval>,
    /// Interval of content's F1 with each line weighted by its characters.
    pub char_f1: Option<Interval>,
    /// Interval of content's average precision.
    pub average_precision: Option<Interval>,
}

/// Where the middle 95% of the resamples lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The 2.5th percentile.
    pub lower: f64,
    /// The 97.5th percentile.
    pub upper: f64,
    /// Number of resamples in which the score is undefined, and which are left out.
    pub undefined: usize,
}

impl Intervals {
    /// Draws sites, each given as the lines of its pages; `None` for fewer than two of them.
    pub(super) fn new(sites: &[(&str, Vec<&[Line]>)]) -> Option<Self> {
        if sites.len() < 2 {
            return None;
        }
        let lines = count_each(sites, |lines| Counts::lines(lines, Label::Content));
        let characters = count_each(sites, |lines| Counts::characters(lines, Label::Content));
        let ranked = Ranked::new(sites);
        let mut rng = SplitMix64::new(SEED);
        let mut draws = Draws::default();
        for _ in 0..RESAMPLES {
            let times = draw(sites.len(), &mut rng);
            draws.f1.push(resampled(&lines, &times).f1());
            draws.char_f1.push(resampled(&characters, &times).f1());
            draws
                .average_precision
                .push(ranked.average_precision(&times));
        }
        Some(Self {
            resamples: RESAMPLES,
            f1: Interval::new(&draws.f1),
            char_f1: Interval::new(&draws.char_f1),
            average_precision: Interval::new(&draws.average_precision),
        })
    }
}

/// The scores of every resample.
#[derive(Default)]
struct Draws {
    f1: Vec<Option<f64>>,
    char_f1: Vec<Option<f64>>,
    average_precision: Vec<Option<f64>>,
}

/// How many times each site is drawn.
fn draw(sites: usize, rng: &mut SplitMix64) -> Vec<u64> {
    let mut times = vec![0; sites];
    for _ in 0..sites {
        times[rng.below(sites)] += 1;
    }
    times
}

fn count_each<'a>(
    sites: &[(&str, Vec<&'a [Line]>)],
    count: impl Fn(&mut dyn Iterator<Item = &'a Line>) -> Counts,
) -> Vec<Counts> {
    sites
        .iter()
        .map(|(_, pages)| count(&mut pages.iter().copied().flatten()))
        .collect()
}

fn resampled(sites: &[Counts], times: &[u64]) -> Counts {
    let mut sum = Counts::default();
    for (site, times) in sites.iter().zip(times) {
        sum.true_positives += times * site.true_positives;
        sum.false_positives += times * site.false_positives;
        sum.false_negatives += times * site.false_negatives;
    }
    sum
}

/// All lines, sorted once by P(content), so that a resample only has to walk over them.
struct Ranked(Vec<RankedLine>);

#[derive(Clone, Copy)]
struct RankedLine {
    score: f64,
    site: usize,
    positive: bool,
    /// Whether the next line has a lower score.
    last_of_score: bool,
}

impl Ranked {
    fn new(sites: &[(&str, Vec<&[Line]>)]) -> Self {
        let mut lines = Vec::new();
        for (site, (_, pages)) in sites.iter().enumerate() {
            lines.extend(pages.iter().copied().flatten().map(|line| RankedLine {
                score: line.probabilities[Label::Content.index()],
                site,
                positive: line.gold == Label::Content,
                last_of_score: true,
            }));
        }
        lines.sort_by(|a, b| b.score.total_cmp(&a.score));
        for index in 1..lines.len() {
            lines[index - 1].last_of_score = lines[index - 1].score != lines[index].score;
        }
        Self(lines)
    }

    /// Average precision where each site's lines count `times` over; see
    /// [`average_precision`](super::average_precision).
    fn average_precision(&self, times: &[u64]) -> Option<f64> {
        let (mut predicted, mut positives, mut before, mut sum) = (0, 0, 0, 0.0);
        for line in &self.0 {
            predicted += times[line.site];
            positives += times[line.site] * u64::from(line.positive);
            if line.last_of_score && positives > before {
                sum += (positives - before) as f64 * positives as f64 / predicted as f64;
                before = positives;
            }
        }
        (positives > 0).then(|| sum / positives as f64)
    }
}

impl Interval {
    fn new(draws: &[Option<f64>]) -> Option<Self> {
        let mut defined: Vec<f64> = draws.iter().copied().flatten().collect();
        defined.sort_unstable_by(f64::total_cmp);
        Some(Self {
            lower: percentile(&defined, LOWER_PERCENT)?,
            upper: percentile(&defined, UPPER_PERCENT)?,
            undefined: draws.len() - defined.len(),
        })
    }
}

/// The percentile of `sorted`, between two values in proportion; `None` where there are none.
fn percentile(sorted: &[f64], percent: f64) -> Option<f64> {
    let place = percent / 100.0 * sorted.len().checked_sub(1)? as f64;
    let below = place.floor() as usize;
    let above = place.ceil() as usize;
    Some(sorted[below] + (sorted[above] - sorted[below]) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::fixture;

    #[test]
    fn percentiles_are_those_of_numpy() {
        // numpy 2.4.6: percentile([.1, .4, .2, .9, .6], [2.5, 50, 97.5]) = .11, .4, .87
        let sorted = [0.1, 0.2, 0.4, 0.6, 0.9];
        for (percent, expected) in [(2.5, 0.11), (50.0, 0.4), (97.5, 0.87)] {
            let value = percentile(&sorted, percent).expect("five values");
            assert!((value - expected).abs() < 1e-12, "{value}");
        }
        assert_eq!(percentile(&[], 50.0), None);
    }

    #[test]
    fn one_site_has_no_interval() {
        let meter = fixture::ranked_on(&["a"]);
        assert_eq!(Intervals::new(&meter.sites()), None);
    }

    #[test]
    fn intervals_are_those_of_the_same_draws_scored_by_scikit_learn() {
        // scikit-learn 1.9.1 and numpy 2.4.6: 1000 draws of four sites of three lines by the same
        // generator, f1_score and average_precision_score with the draws as sample_weight (times
        // characters), percentile(scores, [2.5, 97.5])
        let meter = fixture::ranked_on(&["a", "b", "c", "d"]);
        let intervals = Intervals::new(&meter.sites()).expect("four sites");
        let expected = [
            (intervals.f1, 0.4, 0.8),
            (intervals.char_f1, 0.260_869_565_217_391_3, 0.8),
            (
                intervals.average_precision,
                0.333_333_333_333_333_3,
                0.797_619_047_619_047_7,
            ),
        ];
        for (interval, lower, upper) in expected {
            let interval = interval.expect("content on every site");
            assert!((interval.lower - lower).abs() < 1e-12, "{interval:?}");
            assert!((interval.upper - upper).abs() < 1e-12, "{interval:?}");
            assert_eq!(interval.undefined, 0);
        }
    }

    #[test]
    fn drawing_every_site_once_is_the_plain_average_precision() {
        let meter = fixture::ranked_on(&["a", "b", "c", "d"]);
        let plain = meter.finish().content.average_precision;
        let ranked = Ranked::new(&meter.sites()).average_precision(&[1; 4]);
        let difference = plain.expect("positives") - ranked.expect("positives");
        assert!(difference.abs() < 1e-15);
    }

    #[test]
    fn resamples_without_content_are_left_out_and_counted() {
        let draws = [Some(0.5), None, Some(0.5)];
        let interval = Interval::new(&draws).expect("two values");
        assert_eq!(
            (interval.lower, interval.upper, interval.undefined),
            (0.5, 0.5, 1)
        );
        assert_eq!(Interval::new(&[None]), None);
    }
}
