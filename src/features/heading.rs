//! A **heading** is here a line of cues, such as `Baca juga:` or `Leave a Reply`: what stands next to it
//! is likely furniture of its kind.

use super::distance::distances;
use super::line::Line;

/// How the lines of a page stand to its headings.
pub struct Headings {
    values: Vec<[f32; 4]>,
}

impl Headings {
    /// Looks for the headings.
    pub fn new(lines: &[Line]) -> Self {
        let is_heading: Vec<bool> = lines.iter().map(|l| l.measures.is_cue_line()).collect();
        let above = nearest_kinds(lines.iter());
        let below = nearest_kinds(lines.iter().rev());
        let kinds = above.into_iter().zip(below.into_iter().rev());
        let values = kinds
            .zip(distances(&is_heading))
            .map(|((above, below), distances)| {
                [above as f32, below as f32, distances.0, distances.1]
            });
        Self {
            values: values.collect(),
        }
    }

    /// The values of line `at`, in the order of the categoricals: the kinds of the nearest headings
    /// above and below, 0 without, and the distances to them.
    pub fn values(&self, at: usize) -> [f32; 4] {
        self.values[at]
    }
}

/// For each line, the kind of the nearest heading before it, 0 where there is none.
fn nearest_kinds<'a>(lines: impl Iterator<Item = &'a Line>) -> Vec<usize> {
    let mut nearest = 0;
    lines
        .map(|line| {
            let here = nearest;
            if line.measures.is_cue_line() {
                nearest = line.measures.cue_kinds.first();
            }
            here
        })
        .collect()
}
