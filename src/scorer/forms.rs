//! The **forms** of the lines of a page are counted here; [`crate::features::listing`] defines them.

use super::sums::Numbers;

/// Counts the forms of a page.
#[derive(Debug, Default)]
pub struct Forms {
    /// Open addressing by the lowest bits of a form, at most half full; of former pages is what has their
    /// number.
    table: Vec<Entry>,
    page: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    form: u64,
    page: u32,
    count: i32,
}

impl Forms {
    /// Puts in `repeats` how often the form of each line stands on the page.
    pub fn count(&mut self, forms: impl ExactSizeIterator<Item = u64>, repeats: &mut Numbers) {
        let size = (2 * forms.len()).next_power_of_two();
        if self.table.len() < size {
            self.table.resize(size, Entry::default());
        }
        self.page = self.page.wrapping_add(1);
        if self.page == 0 {
            self.table.fill(Entry::default());
            self.page = 1;
        }
        let table = &mut self.table[..size];
        repeats.clear();
        repeats.extend(forms.map(|form| meet(form, self.page, table) as i32));
        for repeats in repeats {
            *repeats = table[*repeats as usize].count;
        }
    }
}

/// Counts a form; says where it stands.
fn meet(form: u64, page: u32, table: &mut [Entry]) -> usize {
    let mask = table.len() - 1;
    let mut slot = form as usize & mask;
    loop {
        let entry = &mut table[slot];
        if entry.page != page {
            *entry = Entry {
                form,
                page,
                count: 1,
            };
            return slot;
        }
        if entry.form == form {
            entry.count += 1;
            return slot;
        }
        slot = (slot + 1) & mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_each_page_are_counted_anew() {
        let (mut forms, mut repeats) = (Forms::default(), Numbers::new());
        let mut count = |page: &[u64]| {
            forms.count(page.iter().copied(), &mut repeats);
            repeats.clone()
        };
        // 1, 9 and 17 are looked for at the same place.
        assert_eq!(count(&[1, 9, 1, 17, 9, 1]), [3, 2, 3, 1, 2, 3]);
        assert_eq!(count(&[17, 1]), [1, 1]);
        assert_eq!(count(&[9; 100]), [100; 100]);
        assert!(count(&[]).is_empty());
    }
}
