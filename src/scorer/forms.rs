//! The **forms** of the lines of a page are counted here; [`crate::features::listing`] defines them.

use rustc_hash::FxHashMap;

use super::sums::Numbers;

/// Counts the forms of a page.
#[derive(Debug, Default)]
pub struct Forms {
    places: FxHashMap<u64, i32>,
    counts: Vec<i32>,
}

impl Forms {
    /// Puts in `repeats` how often the form of each line stands on the page.
    pub fn count(&mut self, forms: impl Iterator<Item = u64>, repeats: &mut Numbers) {
        self.places.clear();
        self.counts.clear();
        repeats.clear();
        repeats.extend(forms.map(|form| {
            let next = self.counts.len() as i32;
            let place = *self.places.entry(form).or_insert(next);
            if place == next {
                self.counts.push(0);
            }
            self.counts[place as usize] += 1;
            place
        }));
        for repeats in repeats {
            *repeats = self.counts[*repeats as usize];
        }
    }
}
