//! The **rows** of a text are what stands between its line feeds.

use std::ops::Range;

use wide::{CmpEq, i8x16};

/// Bytes that are looked at at once.
const STEP: usize = 16;

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
        let bytes: i8x16 = bytemuck::cast(*bytes);
        let mut feeds = bytes.cmp_eq(i8x16::splat(b'\n' as i8)).move_mask();
        // Bytes of characters that are not ASCII are below 0 here.
        let mut others = bytes.move_mask();
        while feeds != 0 {
            let feed = feeds.trailing_zeros();
            let end = STEP * step + feed as usize;
            let above = (1 << feed) - 1;
            give(start..end, is_ascii && others & above == 0);
            (start, is_ascii) = (end + 1, true);
            others &= !above;
            feeds &= feeds - 1;
        }
        is_ascii &= others == 0;
    }
    give(start..text.len(), is_ascii);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_are_what_stands_between_line_feeds(text in "[a\n\u{e9}]{0,60}") {
            let mut rows = Vec::new();
            for_each_row(text.as_bytes(), |range, is_ascii| {
                rows.push((text[range].to_owned(), is_ascii));
            });
            let expected = text.split('\n').map(|row| (row.to_owned(), row.is_ascii()));
            prop_assert_eq!(rows, expected.collect::<Vec<_>>());
        }
    }
}
