//! The **lines of a page** as a scorer keeps them: which lines they are, what was read of them, and how
//! often each stands there.

use super::known_lines::{KnownLines, LineId};
use super::line::Reading;

/// The lines of one page.
#[derive(Debug, Default)]
pub struct PageLines {
    pub ids: Vec<LineId>,
    pub readings: Vec<Reading>,
    /// For each line the first one that is the same, and for each first one how many there are.
    pub same: Vec<u32>,
    pub repeats: Vec<u32>,
    page: u32,
    /// For each known line the last page that had it, and where it stood there first.
    met: Vec<(u32, u32)>,
}

impl PageLines {
    /// Fills the rest in for the lines `ids`.
    pub fn fill(&mut self, known: &KnownLines) {
        self.page = self.page.wrapping_add(1);
        if self.page == 0 {
            self.met.clear();
            self.page = 1;
        }
        if self.met.len() < known.len() {
            self.met.resize(known.len(), (0, 0));
        }
        self.readings.clear();
        self.readings
            .extend(self.ids.iter().map(|&line| *known.reading(line)));
        self.repeats.clear();
        self.repeats.resize(self.ids.len(), 0);
        self.same.clear();
        for (at, &line) in self.ids.iter().enumerate() {
            let met = &mut self.met[known.normalized(line) as usize];
            if met.0 != self.page {
                *met = (self.page, at as u32);
            }
            self.same.push(met.1);
            self.repeats[met.1 as usize] += 1;
        }
    }
}
