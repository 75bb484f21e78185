//! **Elementary functions** of eight numbers at once, in single precision: as many digits as a
//! probability is worth, at a fraction of what one call a number costs.

use wide::{CmpGt, f32x8, i32x8};

/// Below this the exponential counts as 0, and from its negative on it does not grow.
const MOST: f32 = 80.0;

/// `exp(x)`, to 3e-7 of its value between -80 and 80; 0 below, and the same as of 80 above.
///
/// `x` is parted into whole powers of two and a rest of at most `ln(2) / 2`, of whose exponential the
/// first seven terms of the series are taken.
pub fn exp(x: f32x8) -> f32x8 {
    // Adding 1.5 * 2^23 leaves the whole part in the lowest bits.
    const TO_WHOLE: f32 = 12_582_912.0;
    // ln(2) in two parts, the first of so few bits that its multiples are exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let splat = f32x8::splat;
    let is_above = x.cmp_gt(splat(-MOST));
    let x = x.fast_max(splat(-MOST)).fast_min(splat(MOST));
    let shifted = x * splat(std::f32::consts::LOG2_E) + splat(TO_WHOLE);
    let whole = shifted - splat(TO_WHOLE);
    let rest = x - whole * splat(LN_2[0]) - whole * splat(LN_2[1]);
    let series = [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let power = series
        .iter()
        .fold(splat(1.0 / 720.0), |sum, &term| sum * rest + splat(term));
    let exponent: i32x8 = bytemuck::cast::<_, i32x8>(shifted) << 23;
    let bits = bytemuck::cast::<_, i32x8>(power) + exponent;
    bytemuck::cast::<_, f32x8>(bits) & is_above
}

/// `ln(x)` of numbers that are neither 0 nor below, nor infinite.
pub fn ln(x: f32x8) -> f32x8 {
    x.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_close_to_those_of_the_standard_library() {
        for step in -799..800 {
            let x = step as f32 / 10.0;
            let expected = f64::from(x).exp();
            let [found, ..] = exp(f32x8::splat(x)).to_array();
            assert!((f64::from(found) / expected - 1.0).abs() < 3e-7, "{x}");
            let [back, ..] = ln(f32x8::splat(expected as f32)).to_array();
            assert!((back - x).abs() <= 2e-7 * x.abs().max(1.0), "{x} {back}");
        }
    }

    #[test]
    fn what_is_beyond_the_range_is_0_or_as_large_as_it_gets() {
        let beyond = [
            f32::NEG_INFINITY,
            -1e30,
            -81.0,
            81.0,
            1e30,
            f32::INFINITY,
            0.0,
            80.0,
        ];
        let found = exp(f32x8::new(beyond)).to_array();
        assert_eq!(found[..3], [0.0; 3]);
        assert_eq!(found[3..6], [found[7]; 3]);
        assert_eq!(found[6], 1.0);
    }
}
