//! A **distance** is how many lines up or down the nearest other line stands of which something holds.

/// Stands for "no such line".
pub(crate) const NOWHERE: f32 = 1e6;

/// For each line, the distances up and down to the nearest other line of which something holds, from
/// 1; [`NOWHERE`] where there is none.
pub fn distances(holds: &[bool]) -> Vec<(f32, f32)> {
    let above = one_way(holds.iter());
    let below = one_way(holds.iter().rev());
    above.into_iter().zip(below.into_iter().rev()).collect()
}

fn one_way<'a>(holds: impl Iterator<Item = &'a bool>) -> Vec<f32> {
    let mut distance = NOWHERE;
    holds
        .map(|&holds| {
            let here = distance;
            distance = match holds {
                true => 1.0,
                false => (distance + 1.0).min(NOWHERE),
            };
            here
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_other_line_counts() {
        let found = distances(&[true, false, false, true]);
        assert_eq!(
            found,
            [(NOWHERE, 3.0), (1.0, 2.0), (2.0, 1.0), (3.0, NOWHERE)]
        );
        assert_eq!(distances(&[false]), [(NOWHERE, NOWHERE)]);
        assert!(distances(&[]).is_empty());
    }
}
