//! What a **row** of dual coordinate ascent needs: sums over its units in eight lanes, one a class, and
//! the distribution that is best for it.

use wide::f32x8;

use crate::elementary::{exp, ln};
use crate::train::matrix::MOST_OUTPUTS;

/// The lane of a unit's weights that has the inverse of its penalty.
pub const INVERSE: usize = MOST_OUTPUTS;

/// The logarithms of the distribution `q` of a row that is best while all others stay, where it has
/// been `old` and the row's margins `margins`; `k` is the row's weight times the sum of the inverse
/// penalties of its units. The margins follow the distribution, so that what is sought solves
///
/// ```text
/// ln q = a - k q - v,   a = margins + k old,   v such that q sums up to 1
/// ```
///
/// by Newton's method in `ln q` and `v`.
pub fn best(old: f32x8, margins: f32x8, k: f32, is_class: f32x8) -> f32x8 {
    /// Logarithm of the least probability to begin with.
    const LEAST: f32x8 = f32x8::new([-15.0; 8]);
    const NOTHING: f32x8 = f32x8::new([f32::NEG_INFINITY; 8]);
    /// Most steps, and the change of `q` that is none.
    const STEPS: usize = 12;
    const NO_CHANGE: f32 = 1e-6;
    let (one, k) = (f32x8::ONE, f32x8::splat(k));
    let a = margins + k * exp(old);
    let mut log = is_class.blend(old.fast_max(LEAST), NOTHING);
    let mut q = exp(log);
    for _ in 0..STEPS {
        let damped = one / (one + k * q);
        let share = q * damped;
        let missing = is_class & (a - log - k * q);
        let v = ((share * missing).reduce_add() + q.reduce_add() - 1.0) / share.reduce_add();
        let step = (missing - f32x8::splat(v)) * damped;
        log = is_class.blend((log + step).fast_min(f32x8::ZERO), NOTHING);
        let before = std::mem::replace(&mut q, exp(log));
        if largest(q - before) < NO_CHANGE {
            break;
        }
    }
    log - ln(f32x8::splat(q.reduce_add()))
}

/// Puts numbers into the first lanes.
pub fn put(lanes: &mut f32x8, numbers: impl IntoIterator<Item = f64>) {
    let lanes = lanes.as_array_mut().iter_mut();
    lanes
        .zip(numbers)
        .for_each(|(lane, number)| *lane = number as f32);
}

/// Puts sums, divided by the unit's penalty, into the first lanes.
pub fn put_divided(lanes: &mut f32x8, sums: &[f64]) {
    let inverse = f64::from(lanes.as_array_ref()[INVERSE]);
    put(lanes, sums.iter().map(|sum| inverse * sum));
}

/// The sum of the lanes of some units, in four sums that do not wait for each other.
pub fn sum(lanes: &[f32x8], head: &[u16], tail: &[u32]) -> f32x8 {
    let mut sums = [f32x8::ZERO; 4];
    let (fours, rest) = head.as_chunks::<4>();
    for four in fours {
        for (sum, &unit) in sums.iter_mut().zip(four) {
            *sum += lanes[usize::from(unit)];
        }
    }
    for &unit in rest {
        sums[0] += lanes[usize::from(unit)];
    }
    for &unit in tail {
        sums[1] += lanes[unit as usize];
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

/// Adds a step, divided by the unit's penalty; the lane of the penalty has a step of 0.
pub fn add(lanes: &mut f32x8, step: f32x8) {
    let inverse = lanes.as_array_ref()[INVERSE];
    *lanes += step * f32x8::splat(inverse);
}

/// The largest absolute number.
pub fn largest(lanes: f32x8) -> f32 {
    lanes.abs().to_array().into_iter().fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use wide::CmpGt;

    use super::*;
    use crate::evaluate::rng::SplitMix64;

    /// `q = softmax(margins + k (old - q))` is what the best distribution has to solve.
    #[test]
    fn the_best_distribution_fits_the_margins_that_it_makes() {
        let mut rng = SplitMix64::new(5);
        let mut number = |scale: f32| scale * (rng.below(2001) as f32 / 1000.0 - 1.0);
        for classes in 2..=6 {
            let is_class = f32x8::new(std::array::from_fn(|at| f32::from(u8::from(at < classes))));
            let is_class = is_class.cmp_gt(f32x8::ZERO);
            for k in [0.0, 0.1, 3.0, 300.0, 3000.0] {
                let margins = f32x8::new(std::array::from_fn(|_| number(9.0)));
                let mut old = [0.0; 8];
                old[classes - 1] = 1.0;
                let old = f32x8::new(old.map(f32::ln));
                let q = exp(best(old, margins, k, is_class));
                let follow = margins + f32x8::splat(k) * (exp(old) - q);
                let follow = exp(is_class.blend(follow, f32x8::splat(f32::NEG_INFINITY)));
                let follow = follow / f32x8::splat(follow.reduce_add());
                // A margin is rounded to k / 2^24.
                let tolerance = 1e-5 + k * 1e-6;
                assert!(
                    largest(q - follow) < tolerance,
                    "{classes} {k}: {q} {follow}"
                );
            }
        }
    }
}
