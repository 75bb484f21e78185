//! The **masks** of a line hold one bit a byte: whether it is an ASCII letter, whether a digit. Runs of
//! letters and digits are found in them, and what is counted of characters is counted 16 bytes at a
//! time.

use wide::{CmpEq, CmpGt, CmpLt, i8x16};

use crate::features::line::{Measures, is_quote};

/// Bytes that are looked at at once; what follows a line must be as long.
const STEP: usize = 16;

/// The marks that [`is_code_mark`](crate::features::line::is_code_mark) tells.
const CODE: &[u8; 15] = b"{}[]()<>;=_|$\\`";

/// Which bytes of a line are letters and digits, 64 bytes a number.
#[derive(Debug, Default)]
pub struct Masks {
    letters: Vec<u64>,
    digits: Vec<u64>,
}

/// The masks of up to 64 bytes.
#[derive(Clone, Copy, Default)]
struct Block {
    letters: u64,
    capitals: u64,
    digits: u64,
    commas: u64,
    /// `.`, `?` and `!`.
    ends: u64,
    /// What may follow the end of a sentence: a space or a quote.
    stops: u64,
    /// Bytes of a character but its first.
    continued: u64,
    /// Marks of code.
    code: u64,
}

impl Block {
    fn new(text: &[u8], start: usize, end: usize) -> Self {
        let mut block = Self::default();
        for (quarter, at) in (start..end.min(start + 64)).step_by(STEP).enumerate() {
            let bytes: &[u8; STEP] = text[at..].first_chunk().expect("the text is padded");
            block.push(bytes, STEP * quarter);
        }
        block
    }

    fn push(&mut self, bytes: &[u8; STEP], shift: usize) {
        let bytes = i8x16::new(bytes.map(|byte| byte as i8));
        let all = |byte: u8| i8x16::splat(byte as i8);
        let mask = |lanes: i8x16| (lanes.move_mask() as u64) << shift;
        let between = |lanes: i8x16, low: u8, high: u8| {
            lanes.cmp_gt(all(low - 1)) & all(high + 1).cmp_gt(lanes)
        };
        let is = |byte: u8| bytes.cmp_eq(all(byte));
        self.letters |= mask(between(bytes | all(b' '), b'a', b'z'));
        self.capitals |= mask(between(bytes, b'A', b'Z'));
        self.digits |= mask(between(bytes, b'0', b'9'));
        self.commas |= mask(is(b','));
        self.ends |= mask(is(b'.') | is(b'?') | is(b'!'));
        self.stops |= mask(is(b' ') | is(b'"') | is(b'\''));
        let code = CODE.iter().map(|&mark| is(mark));
        self.code |= mask(code.fold(i8x16::ZERO, |all, is| all | is));
        self.continued |= mask(bytes.cmp_lt(i8x16::splat(-64)));
    }
}

impl Masks {
    /// Finds the masks of `line`, whose bytes and [`PADDING`](super::scan::PADDING) are `text`, and
    /// counts its characters.
    pub fn fill(&mut self, text: &[u8], line: &str, measures: &mut Measures) {
        self.letters.clear();
        self.digits.clear();
        let count = |mask: u64| match mask {
            0 => 0,
            _ => mask.count_ones() as usize,
        };
        // The last bit of the block before.
        let (mut small_before, mut end_before) = (0, 0);
        measures.characters = line.len();
        for start in (0..line.len()).step_by(64) {
            let block = Block::new(text, start, line.len());
            let small = block.letters & !block.capitals;
            measures.letters += count(block.letters);
            measures.capitals += count(block.capitals);
            measures.digits += count(block.digits);
            measures.commas += count(block.commas);
            measures.code_marks += count(block.code);
            measures.glued += count(block.capitals & (small << 1 | small_before));
            measures.sentence_ends += count(block.stops & (block.ends << 1 | end_before));
            measures.characters -= count(block.continued);
            (small_before, end_before) = (small >> 63, block.ends >> 63);
            self.letters.push(block.letters);
            self.digits.push(block.digits);
        }
        let last = line.as_bytes().last();
        measures.sentence_ends += usize::from(matches!(last, Some(b'.' | b'?' | b'!')));
        if measures.characters < line.len() {
            count_others(line, measures);
        }
    }

    /// Number of letters from a byte on.
    pub fn letters(&self, at: usize) -> usize {
        run(&self.letters, at)
    }

    /// Number of digits from a byte on.
    pub fn digits(&self, at: usize) -> usize {
        run(&self.digits, at)
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
    let mut previous = None;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        if !character.is_ascii() {
            measures.letters += usize::from(character.is_alphabetic());
            measures.capitals += usize::from(character.is_uppercase());
            let follows_small = previous.is_some_and(char::is_lowercase);
            measures.glued += usize::from(follows_small && character.is_uppercase());
            let follows_end = matches!(previous, Some('.' | '?' | '!'));
            measures.sentence_ends += usize::from(follows_end && is_quote(character));
            let next = characters.peek().filter(|next| next.is_ascii_uppercase());
            measures.glued += usize::from(next.is_some() && character.is_lowercase());
        }
        previous = Some(character);
    }
}
