//! The **context** of a line is what stands around it: where on the page it is, what the lines of
//! a window before and after it are like, how far the nearest prose is, and whether it repeats.

use rustc_hash::FxHashMap;

use super::categorical::{Bin, Categorical};
use super::line::Line;
use super::topic::Topic;

/// Sizes of the windows on each side of a line, in lines.
const WINDOWS: [usize; 3] = [3, 8, 20];
/// A line's length counts up to here in a window's mean, so that one huge line does not rule it.
const LENGTH_CAP: usize = 250;

const PLACES: &[f32] = &[1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 35.0, 60.0, 100.0, 200.0];
const LENGTHS: &[f32] = &[8.0, 13.0, 18.0, 25.0, 35.0, 50.0, 75.0, 110.0, 160.0];
const STOPWORDS: &[f32] = &[0.01, 0.05, 0.1, 0.15, 0.2, 0.26];
const ENDS: &[f32] = &[0.01, 0.1, 0.25, 0.4, 0.6, 0.8, 0.99];
const OVERLAPS: &[f32] = &[0.0, 0.01, 0.15, 0.3, 0.45, 0.6, 0.75, 0.99];

/// The categoricals of a line's context.
pub const CONTEXT: [Categorical; 27] = [
    Categorical::edges("place", &[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
    Categorical::edges("lines_above", PLACES),
    Categorical::edges("lines_below", PLACES),
    Categorical::edges("page_lines", &[10.0, 20.0, 35.0, 60.0, 100.0, 160.0, 300.0]),
    Categorical::edges("above3_length", LENGTHS),
    Categorical::edges("above8_length", LENGTHS),
    Categorical::edges("above20_length", LENGTHS),
    Categorical::edges("below3_length", LENGTHS),
    Categorical::edges("below8_length", LENGTHS),
    Categorical::edges("below20_length", LENGTHS),
    Categorical::edges("above3_stopwords", STOPWORDS),
    Categorical::edges("above8_stopwords", STOPWORDS),
    Categorical::edges("above20_stopwords", STOPWORDS),
    Categorical::edges("below3_stopwords", STOPWORDS),
    Categorical::edges("below8_stopwords", STOPWORDS),
    Categorical::edges("below20_stopwords", STOPWORDS),
    Categorical::edges("above3_sentences", ENDS),
    Categorical::edges("above8_sentences", ENDS),
    Categorical::edges("above20_sentences", ENDS),
    Categorical::edges("below3_sentences", ENDS),
    Categorical::edges("below8_sentences", ENDS),
    Categorical::edges("below20_sentences", ENDS),
    Categorical::edges("prose_above", &[1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0, 25.0, 1e6]),
    Categorical::edges("prose_below", &[1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0, 25.0, 1e6]),
    Categorical::edges("repeats", &[2.0, 3.0, 5.0]),
    Categorical::edges("topic_overlap", OVERLAPS),
    Categorical::edges("topic_words", &[1.0, 2.0, 3.0, 5.0, 8.0, 13.0]),
];

/// The bins of every line's context, in the order of [`CONTEXT`].
pub fn contexts(lines: &[Line]) -> Vec<[Bin; CONTEXT.len()]> {
    let sums = Sums::new(lines);
    let above = prose_distances(lines.iter());
    let mut below = prose_distances(lines.iter().rev());
    below.reverse();
    let repeats = repeats(lines);
    let topic = Topic::new(lines);
    (0..lines.len())
        .map(|index| {
            let overlap = topic.overlap(index, &lines[index]);
            let mut values = Vec::with_capacity(CONTEXT.len());
            values.extend(places(index, lines.len()));
            values.extend(sums.windows(index));
            values.extend([above[index], below[index], repeats[index] as f32]);
            values.extend([overlap.share, overlap.words as f32]);
            std::array::from_fn(|at| CONTEXT[at].bin(values[at]))
        })
        .collect()
}

fn places(index: usize, lines: usize) -> [f32; 4] {
    [
        index as f32 / lines as f32,
        index as f32,
        (lines - 1 - index) as f32,
        lines as f32,
    ]
}

/// Running sums over the lines of a page, from which any window's means follow.
struct Sums {
    length: Vec<usize>,
    words: Vec<usize>,
    stopwords: Vec<usize>,
    sentences: Vec<usize>,
}

impl Sums {
    fn new(lines: &[Line]) -> Self {
        let running = |value: fn(&Line) -> usize| {
            let mut sum = 0;
            let mut sums = vec![0];
            sums.extend(lines.iter().map(|line| {
                sum += value(line);
                sum
            }));
            sums
        };
        Self {
            length: running(|line| line.measures.characters.min(LENGTH_CAP)),
            words: running(|line| line.measures.words),
            stopwords: running(|line| line.measures.stopwords),
            sentences: running(|line| usize::from(line.measures.sentence_ends > 0)),
        }
    }

    /// Mean length, share of stopwords and share of lines with a sentence's end, each for the
    /// windows above (3, 8, 20 lines) and below.
    fn windows(&self, index: usize) -> impl Iterator<Item = f32> + '_ {
        let count = self.length.len() - 1;
        let above = WINDOWS.map(|size| (index.saturating_sub(size), index));
        let below = WINDOWS.map(|size| (index + 1, (index + 1 + size).min(count)));
        let ranges = move || above.into_iter().chain(below);
        let mean = |sums: &[usize], (from, to): (usize, usize), whole: usize| {
            super::line::share(sums[to] - sums[from], whole)
        };
        let length = ranges().map(move |range| mean(&self.length, range, range.1 - range.0));
        let stopwords = ranges().map(move |range| {
            let words = self.words[range.1] - self.words[range.0];
            mean(&self.stopwords, range, words)
        });
        let sentences = ranges().map(move |range| mean(&self.sentences, range, range.1 - range.0));
        length.chain(stopwords).chain(sentences)
    }
}

/// For each line, how many lines back the nearest line of prose stands (from 1, the line itself
/// left out); 1e6 where there is none.
fn prose_distances<'a>(lines: impl Iterator<Item = &'a Line>) -> Vec<f32> {
    let mut distance = 1e6_f32;
    lines
        .map(|line| {
            let here = distance;
            distance = if line.measures.is_prose() { 1.0 } else { (distance + 1.0).min(1e6) };
            here
        })
        .collect()
}

/// How often each line's text stands on the page, itself counted.
fn repeats(lines: &[Line]) -> Vec<usize> {
    let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
    for line in lines {
        *counts.entry(&line.text).or_default() += 1;
    }
    lines.iter().map(|line| counts[line.text.as_str()]).collect()
}
