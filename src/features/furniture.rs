//! The **furniture** of a page's site, as its [profile](crate::profile) tells: the lines that stand
//! on other pages of the site too, and how each line stands to them.

use super::distance::distances;

/// From this share of the other pages on a line is furniture.
const FURNITURE_SHARE: f32 = 0.25;
/// Lines on each side whose shares are averaged.
const WINDOW: usize = 3;
/// Stands for "no profile".
const UNKNOWN: f32 = -1.0;

/// What the profile of a page's site tells of its lines.
pub struct Furniture {
    /// For each line: its share, the mean share of the lines above and below, the distance to the
    /// nearest furniture above and below, the characters of the run of unique lines it stands in.
    values: Vec<[f32; 6]>,
}

impl Furniture {
    /// Compares lines of these lengths, in characters, with their shares; without a profile every value is -1.
    pub fn new(lengths: &[usize], shares: Option<&[f32]>) -> Self {
        let Some(shares) = shares else {
            return Self {
                values: vec![[UNKNOWN; 6]; lengths.len()],
            };
        };
        let is_furniture: Vec<bool> = shares.iter().map(|&s| s >= FURNITURE_SHARE).collect();
        let distances = distances(&is_furniture);
        let unique = unique_lengths(lengths, shares);
        let values = (0..lengths.len()).map(|at| {
            let over = &shares[at.saturating_sub(WINDOW)..at];
            let under = &shares[at + 1..(at + 1 + WINDOW).min(shares.len())];
            [
                shares[at],
                mean(over),
                mean(under),
                distances[at].0,
                distances[at].1,
                unique[at],
            ]
        });
        Self {
            values: values.collect(),
        }
    }

    /// The values of line `at`, in the order of the categoricals.
    pub fn values(&self, at: usize) -> [f32; 6] {
        self.values[at]
    }
}

fn mean(shares: &[f32]) -> f32 {
    match shares.len() {
        0 => 0.0,
        count => shares.iter().sum::<f32>() / count as f32,
    }
}

/// For each line, the characters of the run of lines without a repeat that it stands in; 0 for a
/// line that repeats.
fn unique_lengths(lengths: &[usize], shares: &[f32]) -> Vec<f32> {
    let mut unique = Vec::with_capacity(lengths.len());
    for run in shares.chunk_by(|a, b| (*a > 0.0) == (*b > 0.0)) {
        let start = unique.len();
        let length: usize = lengths[start..start + run.len()].iter().sum();
        let length = if run[0] > 0.0 { 0.0 } else { length as f32 };
        unique.extend(std::iter::repeat_n(length, run.len()));
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::super::distance::NOWHERE;
    use super::*;

    #[test]
    fn lines_are_told_how_they_stand_to_the_furniture() {
        let lines = ["menu", "judul", "isi", "kaki"].map(str::len);
        let furniture = Furniture::new(&lines, Some(&[1.0, 0.0, 0.0, 0.5]));
        assert_eq!(
            furniture.values(0),
            [1.0, 0.0, 0.5 / 3.0, NOWHERE, 3.0, 0.0]
        );
        // "judul" and "isi" are 8 characters without a repeat.
        assert_eq!(furniture.values(1), [0.0, 1.0, 0.25, 1.0, 2.0, 8.0]);
        assert_eq!(
            furniture.values(3),
            [0.5, 1.0 / 3.0, 0.0, 3.0, NOWHERE, 0.0]
        );
        assert_eq!(Furniture::new(&lines, None).values(2), [UNKNOWN; 6]);
    }
}
