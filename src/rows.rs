//! The **rows** of a text are what stands between its line feeds.

use std::ops::Range;

use wide::{CmpEq, i8x16};

/// Bytes whose masks stand in one number.
const STEP: usize = 64;

/// Gives the range of each row of `text` without its line feed, and whether the row is ASCII alone. What
/// follows the last line feed is a row too, and may be empty.
///
/// Scraped rows are so short that searching for one line feed after the other takes longer:
/// docs/performance.md has the figures.
pub fn for_each_row(text: &[u8], mut give: impl FnMut(Range<usize>, bool)) {
    let (steps, rest) = text.as_chunks();
    let mut last = [0; STEP];
    last[..rest.len()].copy_from_slice(rest);
    let (mut start, mut is_ascii) = (0, true);
    for (step, bytes) in steps.iter().chain([&last]).enumerate() {
        let [mut feeds, mut others] = masks(bytes);
        while feeds != 0 {
            let feed = feeds.trailing_zeros();
            let end = STEP * step + feed as usize;
            let above = (1u64 << feed) - 1;
            give(start..end, is_ascii && others & above == 0);
            (start, is_ascii) = (end + 1, true);
            others &= !above;
            feeds &= feeds - 1;
        }
        is_ascii &= others == 0;
    }
    give(start..text.len(), is_ascii);
}

/// A bit for each byte: whether it is a line feed, and whether it is not ASCII.
fn masks(bytes: &[u8; STEP]) -> [u64; 2] {
    let parts: [i8x16; 4] = bytemuck::cast(*bytes);
    let mut masks = [0; 2];
    for (part, bytes) in parts.into_iter().enumerate() {
        // Bytes of characters that are not ASCII are below 0 here.
        let found = [bytes.cmp_eq(i8x16::splat(b'\n' as i8)), bytes];
        for (mask, found) in masks.iter_mut().zip(found) {
            *mask |= (found.move_mask() as u64) << (16 * part);
        }
    }
    masks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_are_what_stands_between_line_feeds(text in "[a\n\u{e9}]{0,200}") {
            let mut rows = Vec::new();
            for_each_row(text.as_bytes(), |range, is_ascii| {
                rows.push((text[range].to_owned(), is_ascii));
            });
            let expected = text.split('\n').map(|row| (row.to_owned(), row.is_ascii()));
            prop_assert_eq!(rows, expected.collect::<Vec<_>>());
        }
    }
}
