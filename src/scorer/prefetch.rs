//! A **prefetch** asks for memory that is going to be read, and does not wait for it. It changes no
//! result.

/// Asks for the line of the cache in which `list[at]` begins; for that of the last one where there is no
/// such place, so that there is no branch that could not be foreseen.
#[inline(always)]
pub fn prefetch<T>(list: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(item) = list.get(at.min(list.len().wrapping_sub(1))) {
        safe_arch::prefetch_t0(item);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (list, at);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_may_be_asked_for() {
        for list in [&[][..], &[7], &[7; 99]] {
            for at in [0, 1, 98, 99, usize::MAX] {
                prefetch(list, at);
            }
        }
    }
}
