//! A small **random number generator**, so that an evaluation is the same every time.

/// `SplitMix64` of Steele, Lea and Flood (2014), with the constants of Vigna's `splitmix64.c`.
#[derive(Clone, Debug)]
pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    /// A generator whose whole sequence follows from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `bound`, 0 where `bound` is 0; its bias is at most `bound` / 2^64.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next_u64()) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_sequence_of_the_reference_implementation() {
        // The first three outputs of Vigna's splitmix64.c for the seed 1234567.
        let mut rng = SplitMix64::new(1_234_567);
        let first: [u64; 3] = std::array::from_fn(|_| rng.next_u64());
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn every_number_below_the_bound_is_drawn() {
        let mut rng = SplitMix64::new(0);
        let mut drawn = [0; 3];
        for _ in 0..3000 {
            drawn[rng.below(3)] += 1;
        }
        // 1000 expected of each, standard deviation sqrt(3000 * 1/3 * 2/3) = 26.
        assert!(
            drawn.iter().all(|&count| (870..1130).contains(&count)),
            "{drawn:?}"
        );
    }
}
