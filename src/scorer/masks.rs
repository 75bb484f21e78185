//! The **masks** of a line hold one bit a byte: whether it is an ASCII letter. Runs of letters are found
//! in them, and capitals are counted, 16 bytes at a time.

use wide::{CmpGt, i8x16};

use crate::features::line::{Measures, is_quote};
use crate::tokenize::{ascii_length, is_general_punctuation};

/// Bytes that are looked at at once; what follows a line must be as long.
const STEP: usize = 16;

/// Which bytes of a line are letters, 64 bytes a number.
#[derive(Debug, Default)]
pub struct Masks {
    letters: Vec<u64>,
}

/// The masks of up to 64 bytes.
#[derive(Clone, Copy, Default)]
struct Block {
    letters: u64,
    capitals: u64,
    /// Whether a byte is not ASCII.
    has_others: bool,
}

impl Block {
    fn new(text: &[u8], start: usize, end: usize) -> Self {
        let mut block = Self::default();
        for (quarter, at) in (start..end.min(start + 64)).step_by(STEP).enumerate() {
            let bytes: &[u8; STEP] = text[at..].first_chunk().expect("the text is padded");
            block.push(bytemuck::cast(*bytes), STEP * quarter);
        }
        block
    }

    fn push(&mut self, bytes: i8x16, shift: usize) {
        let all = |byte: u8| i8x16::splat(byte as i8);
        let mask = |lanes: i8x16| (lanes.move_mask() as u64) << shift;
        let between = |lanes: i8x16, low: u8, high: u8| {
            lanes.cmp_gt(all(low - 1)) & all(high + 1).cmp_gt(lanes)
        };
        self.letters |= mask(between(bytes | all(b' '), b'a', b'z'));
        self.capitals |= mask(between(bytes, b'A', b'Z'));
        self.has_others |= bytes.move_mask() != 0;
    }
}

impl Masks {
    /// Finds the masks of `line`, whose bytes and [`PADDING`](crate::normalize::PADDING) are `text`, and
    /// counts its characters, its capitals, and of those that are not ASCII what they are.
    pub fn fill(&mut self, text: &[u8], line: &str, measures: &mut Measures) {
        self.letters.clear();
        let mut has_others = false;
        // The last bit of the block before.
        let mut small_before = 0;
        for start in (0..line.len()).step_by(64) {
            let block = Block::new(text, start, line.len());
            let small = block.letters & !block.capitals;
            if block.capitals != 0 {
                let glued = block.capitals & (small << 1 | small_before);
                measures.capitals += block.capitals.count_ones() as usize;
                measures.glued += glued.count_ones() as usize;
            }
            small_before = small >> 63;
            has_others |= block.has_others;
            self.letters.push(block.letters);
        }
        measures.characters = line.len();
        if has_others {
            measures.characters = line.chars().count();
            count_others(line, measures);
        }
    }

    /// Number of letters from a byte on.
    pub fn letters(&self, at: usize) -> usize {
        run(&self.letters, at)
    }
}

/// Number of ones from a bit on.
fn run(masks: &[u64], at: usize) -> usize {
    let mut end = at;
    while let Some(mask) = masks.get(end / 64) {
        let ones = (mask >> (end % 64)).trailing_ones() as usize;
        end += ones;
        if ones == 0 || !end.is_multiple_of(64) {
            break;
        }
    }
    end - at
}

/// Adds what the characters that are not ASCII count for, and those next to them.
fn count_others(line: &str, measures: &mut Measures) {
    let mut end = 0;
    loop {
        let start = end + ascii_length(&line[end..]);
        let Some(character) = line[start..].chars().next() else {
            return;
        };
        end = start + character.len_utf8();
        let previous = line[..start].chars().next_back();
        let follows_end = matches!(previous, Some('.' | '?' | '!'));
        measures.sentence_ends += usize::from(follows_end && is_quote(character));
        if is_general_punctuation(character) {
            continue;
        }
        measures.letters += usize::from(character.is_alphabetic());
        measures.capitals += usize::from(character.is_uppercase());
        let follows_small = previous.is_some_and(char::is_lowercase);
        measures.glued += usize::from(follows_small && character.is_uppercase());
        let next = line.as_bytes().get(end);
        let precedes_capital = next.is_some_and(u8::is_ascii_uppercase);
        measures.glued += usize::from(precedes_capital && character.is_lowercase());
    }
}
