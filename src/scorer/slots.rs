//! **Slots** lead from a hash to the number of what has it, without a look at that: most of what has
//! another hash is told by the slot alone.

use super::prefetch::prefetch;

/// Open addressing, at most three quarters full.
#[derive(Clone, Debug)]
pub struct Slots {
    /// 0 where nothing stands; else one more than a number in the bits that tell the slots apart, and
    /// above them what those of the hash are.
    slots: Vec<u32>,
    taken: usize,
}

/// A hash that is looked for, and what it leads to first.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    pub hash: u32,
    /// One more than a number; 0 for none, and until [`Slots::look`] was called.
    first: u32,
}

impl Probe {
    /// The number that the hash leads to first, which most often is the one.
    #[inline]
    pub fn number(self) -> Option<u32> {
        self.first.checked_sub(1)
    }

    /// The same, or the number 0: what is asked for, so that there is no branch, as none could be foreseen.
    #[inline]
    pub fn number_or_zero(self) -> u32 {
        self.first.saturating_sub(1)
    }
}

/// Where nothing stands yet.
#[derive(Clone, Copy, Debug)]
pub struct Free(usize);

const FEWEST: usize = 1 << 12;

impl Default for Slots {
    fn default() -> Self {
        Self {
            slots: vec![0; FEWEST],
            taken: 0,
        }
    }
}

impl Slots {
    /// Begins to look for a hash: asks for what [`Slots::look`] is going to look at.
    #[inline]
    pub fn probe(&self, hash: u32) -> Probe {
        prefetch(&self.slots, self.first(hash));
        Probe { hash, first: 0 }
    }

    /// Finds out what the hash leads to first.
    #[inline]
    pub fn look(&self, probe: &mut Probe) {
        probe.first = self.at(self.first(probe.hash), probe.hash);
    }

    /// Where a hash is looked for first.
    #[inline]
    fn first(&self, hash: u32) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    /// One more than the number that stands there, if it is one of this hash; else 0.
    #[inline]
    fn at(&self, at: usize, hash: u32) -> u32 {
        let low = self.slots.len() as u32 - 1;
        let slot = self.slots[at];
        // No branch: which it is is hard to foresee.
        let has_hash = (slot ^ hash) & !low == 0;
        if has_hash { slot & low } else { 0 }
    }

    /// The number that a hash leads to and of which `is_it` holds, or where it would stand.
    #[inline]
    pub fn find(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> Result<u32, Free> {
        let low = self.slots.len() - 1;
        let mut at = self.first(hash);
        while self.slots[at] != 0 {
            let number = self.at(at, hash).checked_sub(1);
            if let Some(number) = number.filter(|&number| is_it(number)) {
                return Ok(number);
            }
            at = (at + 1) & low;
        }
        Err(Free(at))
    }

    /// Puts the next number in; `hash_of` gives the hash of that and of those before it.
    pub fn insert(&mut self, free: Free, number: u32, hash_of: impl Fn(u32) -> u32) {
        self.put(free, number, hash_of(number));
        if 4 * self.taken > 3 * self.slots.len() {
            self.slots = vec![0; 2 * self.slots.len()];
            self.refill(number + 1, hash_of);
        }
    }

    /// Puts the numbers below `count` in, and takes out all else.
    pub fn refill(&mut self, count: u32, hash_of: impl Fn(u32) -> u32) {
        self.clear();
        for number in 0..count {
            let hash = hash_of(number);
            if let Err(free) = self.find(hash, |_| false) {
                self.put(free, number, hash);
            }
        }
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.slots.fill(0);
        self.taken = 0;
    }

    fn put(&mut self, free: Free, number: u32, hash: u32) {
        let low = self.slots.len() as u32 - 1;
        self.slots[free.0] = (hash & !low) | (number + 1);
        self.taken += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_their_hash_however_many_there_are() {
        // Few hashes, so that several numbers have the same.
        let hash_of = |number: u32| (number % 5000).wrapping_mul(0x9e37_79b1);
        let mut slots = Slots::default();
        for number in 0..20_000 {
            let found = slots.find(hash_of(number), |found| found == number);
            slots.insert(found.expect_err("a new number"), number, hash_of);
        }
        let mut found_first = 0;
        for number in 0..20_000 {
            let hash = hash_of(number);
            assert_eq!(slots.find(hash, |found| found == number).ok(), Some(number));
            assert!(slots.find(hash, |_| false).is_err());
            let mut probe = slots.probe(hash);
            assert_eq!(probe.number(), None);
            slots.look(&mut probe);
            assert!(probe.number().is_none_or(|first| hash_of(first) == hash));
            found_first += usize::from(probe.number() == Some(number));
        }
        // Of four numbers with a hash one is the first at most.
        assert!((1000..=5000).contains(&found_first), "{found_first}");
    }
}
