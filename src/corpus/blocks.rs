//! A **block** is a run of whole rows of an input that are read at once and not yet looked into.
//!
//! Reading blocks is cheap, so one thread can read for several that parse.

use std::io::{self, Read};
use std::mem;

use memchr::{memchr, memchr_iter, memrchr};

use crate::window::{RowPart, WindowSize};

/// Bytes that are asked for at a time.
const READ: usize = 1 << 16;

/// Whole rows of an input, with their line feeds, the last row of the input may have none; or a part
/// of one row that is too long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The number of the first row, from 1.
    pub first_row: usize,
    /// The rows, one after the other.
    pub bytes: Vec<u8>,
    /// Which part of a row it is, where the row is too long.
    pub part: Option<RowPart>,
}

/// The blocks of an input, one after the other. Never more than one block and the start of the next
/// one are in memory.
///
/// ```
/// use saring::corpus::Blocks;
/// use saring::window::WindowSize;
///
/// let size = WindowSize { bytes: 4, rows: 100 };
/// let mut blocks = Blocks::new("a\nb\nc\nd".as_bytes());
/// let block = blocks.next_block(size)?.expect("four rows");
/// assert_eq!((block.first_row, &block.bytes[..]), (1, &b"a\nb\n"[..]));
/// let block = blocks.next_block(size)?.expect("two rows");
/// assert_eq!((block.first_row, &block.bytes[..]), (3, &b"c\nd"[..]));
/// assert_eq!(blocks.next_block(size)?, None);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Blocks<R> {
    reader: R,
    /// What is read and not given yet.
    rest: Vec<u8>,
    row: usize,
    ended: bool,
    failure: Option<io::Error>,
    longest_row: usize,
    in_long_row: bool,
}

impl<R: Read> Blocks<R> {
    /// Reads from `reader` in large pieces; it need not be buffered.
    pub fn new(reader: R) -> Self {
        Self {
            longest_row: usize::MAX,
            in_long_row: false,
            reader,
            rest: Vec::new(),
            row: 1,
            ended: false,
            failure: None,
        }
    }

    /// Gives a row of more than `bytes` bytes by itself and in parts, each of at most as many bytes
    /// and its line feed; without this a row is in memory as a whole.
    #[must_use]
    pub fn with_longest_row(mut self, bytes: usize) -> Self {
        self.longest_row = bytes;
        self
    }

    /// The next rows, as many as are a window of this size; `None` at the end of the input.
    ///
    /// # Errors
    /// What the reader failed with, after all rows that were whole by then.
    pub fn next_block(&mut self, size: WindowSize) -> io::Result<Option<Block>> {
        let mut bytes = mem::take(&mut self.rest);
        let rows = self.fill(&mut bytes, size);
        if bytes.is_empty() {
            return self.failure.take().map_or(Ok(None), Err);
        }
        let (end, part) = self.end(&bytes, size);
        self.rest = cut(&mut bytes, end);
        let first_row = self.row;
        self.row += rows - memchr_iter(b'\n', &self.rest).count();
        self.in_long_row = part.is_some_and(|part| !part.ends);
        Ok(Some(Block {
            first_row,
            bytes,
            part,
        }))
    }

    /// Where the next block of `bytes` ends, and which part of a row it is, if any.
    fn end(&self, bytes: &[u8], size: WindowSize) -> (usize, Option<RowPart>) {
        let rest_of_row = || memchr(b'\n', bytes).unwrap_or(bytes.len());
        if self.in_long_row || rest_of_row() > self.longest_row {
            let row = rest_of_row();
            let ends = row <= self.longest_row;
            let end = match ends {
                true => bytes.len().min(row + 1),
                false => character_end(bytes, self.longest_row),
            };
            let begins = !self.in_long_row;
            return (end, Some(RowPart { begins, ends }));
        }
        let end = size.end(bytes);
        (self.first_long_row(&bytes[..end]).unwrap_or(end), None)
    }

    /// Where the first row begins that is too long.
    fn first_long_row(&self, bytes: &[u8]) -> Option<usize> {
        if bytes.len() <= self.longest_row {
            return None;
        }
        let mut start = 0;
        for end in memchr_iter(b'\n', bytes).chain([bytes.len()]) {
            if end - start > self.longest_row {
                return Some(start);
            }
            start = end + 1;
        }
        None
    }

    /// Whether nothing follows; a failure is something that does.
    pub fn is_finished(&mut self) -> bool {
        if self.rest.is_empty() {
            let mut rest = mem::take(&mut self.rest);
            self.read_into(&mut rest);
            self.rest = rest;
        }
        self.rest.is_empty() && self.failure.is_none()
    }

    /// Whether a row follows that is too long, as far as the last block made that known: then that
    /// block ended because of it.
    pub fn long_row_follows(&self) -> bool {
        let row = memchr(b'\n', &self.rest).unwrap_or(self.rest.len());
        row > self.longest_row
    }

    /// Reads on until `bytes` are more than one window, or all there is; says how many line feeds
    /// they hold.
    fn fill(&mut self, bytes: &mut Vec<u8>, size: WindowSize) -> usize {
        let mut rows = memchr_iter(b'\n', bytes).count();
        while (rows == 0 && bytes.len() <= self.longest_row)
            || (rows > 0 && bytes.len() <= size.bytes && rows <= size.rows)
        {
            let read = self.read_into(bytes);
            if read == 0 {
                break;
            }
            rows += memchr_iter(b'\n', &bytes[bytes.len() - read..]).count();
        }
        rows
    }

    /// Reads up to [`READ`] bytes and says how many; of a row that the reader fails in, none.
    fn read_into(&mut self, bytes: &mut Vec<u8>) -> usize {
        if self.ended {
            return 0;
        }
        let start = bytes.len();
        bytes.reserve(READ);
        let read = self.reader.by_ref().take(READ as u64).read_to_end(bytes);
        self.ended = bytes.len() < start + READ;
        if let Err(error) = read {
            self.ended = true;
            self.failure = Some(error);
            bytes.truncate(memrchr(b'\n', bytes).map_or(0, |feed| feed + 1));
        }
        bytes.len().saturating_sub(start)
    }
}

/// `end`, or up to three bytes before it where it stands in the middle of a character.
fn character_end(bytes: &[u8], end: usize) -> usize {
    let is_inside = |&at: &usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let at = (end.saturating_sub(3)..=end)
        .rev()
        .find(|at| !is_inside(at));
    at.filter(|&at| at > 0).unwrap_or(end)
}

/// Cuts `bytes` at `end` and gives what follows there.
fn cut(bytes: &mut Vec<u8>, end: usize) -> Vec<u8> {
    if end == bytes.len() {
        bytes.shrink_to_fit();
        return Vec::new();
    }
    // More follows, so the next block is likely to be as long.
    let mut rest = Vec::with_capacity(bytes.capacity());
    rest.extend_from_slice(&bytes[end..]);
    bytes.truncate(end);
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: WindowSize = WindowSize {
        bytes: usize::MAX,
        rows: usize::MAX,
    };

    /// Gives at most `step` bytes at a time, is interrupted in between, and fails after the last.
    struct Slow<'a> {
        bytes: &'a [u8],
        step: usize,
        interrupted: bool,
        broken: bool,
    }

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.interrupted = !self.interrupted;
            if self.interrupted {
                return Err(io::ErrorKind::Interrupted.into());
            }
            if self.bytes.is_empty() && self.broken {
                return Err(io::Error::other("no such sector"));
            }
            let step = self.step.min(out.len());
            self.bytes.read(&mut out[..step])
        }
    }

    fn slow(bytes: &[u8], broken: bool) -> Blocks<Slow<'_>> {
        Blocks::new(Slow {
            bytes,
            step: 3,
            interrupted: false,
            broken,
        })
    }

    fn texts(mut blocks: Blocks<impl Read>, size: WindowSize) -> Vec<(usize, String)> {
        let next = || blocks.next_block(size).expect("readable");
        let text = |block: Block| String::from_utf8(block.bytes).expect("text");
        std::iter::from_fn(next)
            .map(|block| (block.first_row, text(block)))
            .collect()
    }

    #[test]
    fn a_row_longer_than_a_block_is_one_block() {
        let long = "harga ".repeat(1 << 16);
        let input = format!("a\n{long}\nb\n");
        let size = WindowSize { bytes: 16, rows: 9 };
        let expected = [(1, "a\n".into()), (2, long + "\n"), (3, "b\n".into())];
        assert_eq!(texts(Blocks::new(input.as_bytes()), size), expected);
    }

    #[test]
    fn rows_before_a_failure_are_given_and_the_one_in_which_it_falls_is_not() {
        let mut blocks = slow(b"a\nb\nhalf", true);
        assert!(!blocks.is_finished());
        let block = blocks.next_block(ALL).expect("two rows").expect("two rows");
        assert_eq!(block.bytes, b"a\nb\n");
        assert!(!blocks.is_finished());
        let error = blocks.next_block(ALL).expect_err("broken");
        assert_eq!(error.to_string(), "no such sector");
        assert!(blocks.is_finished());
        assert_eq!(blocks.next_block(ALL).expect("nothing"), None);
    }

    #[test]
    fn an_input_is_finished_when_no_byte_follows() {
        let size = WindowSize { bytes: 2, rows: 9 };
        let mut blocks = slow(b"a\nb\n", false);
        let mut finished = Vec::new();
        while blocks.next_block(size).expect("readable").is_some() {
            finished.push(blocks.is_finished());
        }
        assert_eq!(finished, [false, true]);
        assert!(slow(b"", false).is_finished());
    }

    #[test]
    fn a_row_that_is_too_long_comes_by_itself_and_in_parts() {
        let input = "a\nab\u{e9}d\u{e9}fgh\nb\nabcde";
        let size = WindowSize { bytes: 99, rows: 9 };
        let blocks = |mut blocks: Blocks<Slow>| {
            let next = || blocks.next_block(size).expect("readable");
            let blocks = std::iter::from_fn(next).map(|block| {
                let part = block.part.map(|part| (part.begins, part.ends));
                let text = String::from_utf8(block.bytes).expect("no character is cut");
                (block.first_row, text, part)
            });
            blocks.collect::<Vec<_>>()
        };
        let expected = [
            (1, "a\n", None),
            (2, "ab\u{e9}", Some((true, false))),
            (2, "d\u{e9}f", Some((false, false))),
            (2, "gh\n", Some((false, true))),
            (3, "b\n", None),
            (4, "abcd", Some((true, false))),
            (4, "e", Some((false, true))),
        ];
        let expected = expected.map(|(row, text, part)| (row, text.to_owned(), part));
        assert_eq!(
            blocks(slow(input.as_bytes(), false).with_longest_row(4)),
            expected
        );
        let whole = blocks(slow(b"abcd\nabcd", false).with_longest_row(4));
        assert_eq!(whole, [(1, "abcd\nabcd".to_owned(), None)]);
    }

    proptest! {
        #[test]
        fn parts_and_rows_are_the_input_however_it_is_read(
            input in "[ab\n]{0,40}", bytes in 0..12_usize, longest in 1..6_usize
        ) {
            let size = WindowSize { bytes, rows: 3 };
            let all = |mut blocks: Blocks<_>| {
                let next = || blocks.next_block(size).expect("readable");
                std::iter::from_fn(next).collect::<Vec<_>>()
            };
            let blocks = all(slow(input.as_bytes(), false).with_longest_row(longest));
            let bytes: Vec<u8> = blocks.iter().flat_map(|block| block.bytes.clone()).collect();
            prop_assert_eq!(bytes, input.as_bytes());
            for block in &blocks {
                let mut rows = block.bytes.split(|&byte| byte == b'\n');
                prop_assert!(rows.all(|row| row.len() <= longest), "{:?}", blocks);
            }
        }

        #[test]
        fn blocks_are_the_windows_of_the_input_however_it_is_read(
            input in "[ab\n]{0,30}", bytes in 0..12_usize, rows in 1..5_usize
        ) {
            let size = WindowSize { bytes, rows };
            let (mut rest, mut row, mut expected) = (&input[..], 1, Vec::new());
            while !rest.is_empty() {
                let (window, after) = rest.split_at(size.end(rest.as_bytes()));
                expected.push((row, window.to_owned()));
                row += window.matches('\n').count();
                rest = after;
            }
            prop_assert_eq!(&texts(slow(input.as_bytes(), false), size), &expected);
            prop_assert_eq!(&texts(Blocks::new(input.as_bytes()), size), &expected);
        }
    }
}
