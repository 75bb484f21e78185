//! The **visits** of dual coordinate ascent: which rows are due in an epoch, and in which order.

use crate::evaluate::rng::SplitMix64;

/// Most epochs for which a row is not visited.
const LONGEST_PAUSE: u8 = 31;
/// A change below this share of the mean change is left out, until more has come together.
const NEGLIGIBLE: f32 = 0.1;
/// The mean change that the first epoch goes by.
const FIRST_MEAN: f32 = 1e-3;

/// Which rows are to be visited.
pub struct Visits {
    /// For each row, the epochs until its next visit, and those of its last pause.
    rest: Vec<u8>,
    pause: Vec<u8>,
    /// The rows of this epoch.
    due: Vec<u32>,
    /// The mean change of the last epoch's visits.
    mean: f32,
    rng: SplitMix64,
}

impl Visits {
    /// Visits to so many rows, all of which are due.
    pub fn new(rows: usize) -> Self {
        Self {
            rest: vec![0; rows],
            pause: vec![0; rows],
            due: Vec::new(),
            mean: FIRST_MEAN,
            rng: SplitMix64::new(0),
        }
    }

    /// The rows of the next epoch, in the order in which they are visited.
    pub fn next(&mut self) -> Vec<u32> {
        let mut due = std::mem::take(&mut self.due);
        due.clear();
        for (row, rest) in self.rest.iter_mut().enumerate() {
            match *rest {
                0 => due.push(row as u32),
                _ => *rest -= 1,
            }
        }
        for at in (1..due.len()).rev() {
            due.swap(at, self.rng.below(at + 1));
        }
        due
    }

    /// Doubles the pause of a row that changes less than the mean, ends that of one that changes more.
    pub fn put_off(&mut self, row: usize, change: f32) {
        self.pause[row] = match change < self.mean {
            true => (2 * self.pause[row] + 1).min(LONGEST_PAUSE),
            false => 0,
        };
        self.rest[row] = self.pause[row];
    }

    /// Ends an epoch, whose changes sum up to `all`; says how many rows it had.
    pub fn end(&mut self, due: Vec<u32>, all: f32) -> usize {
        let rows = due.len();
        self.due = due;
        if rows > 0 {
            self.mean = all / rows as f32;
        }
        rows
    }

    /// Whether a change is to wait until more has come together.
    pub fn is_negligible(&self, change: f32) -> bool {
        change < NEGLIGIBLE * self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_do_not_change_are_visited_seldom() {
        let mut visits = Visits::new(2);
        let mut seen = [0; 2];
        for _ in 0..64 {
            let due = visits.next();
            for &row in &due {
                seen[row as usize] += 1;
                visits.put_off(row as usize, [1.0, 0.0][row as usize]);
            }
            visits.end(due, 1.0);
        }
        // After pauses of 1, 3, 7, 15 and 31 epochs: in epochs 0, 2, 6, 14, 30 and 62.
        assert_eq!(seen, [64, 6]);
    }
}
