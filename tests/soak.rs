//! A **soak**: one worker predicts random lines, and is as fresh at the end as at the start: its
//! predictions are those of fresh workers, and the program's memory is flat.
//!
//! 20 million lines, some minutes:
//!
//! ```sh
//! cargo test --release --test soak -- --ignored --nocapture
//! ```
#![expect(clippy::print_stdout, reason = "its figures are read by people")]

use std::hash::{DefaultHasher, Hash, Hasher};

use saring::predict::{LinePrediction, Predictor};
use saring::{Model, Page};

/// Most lines after which a fresh worker takes over.
const ROUND: usize = 100_000;
/// Memory that may come after the first tenth, in KiB.
const GROWTH: u64 = 16 << 10;

/// xorshift64 (Marsaglia 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % end as u64) as usize
    }
}

const WORDS: [&str; 24] = [
    "Beranda",
    "Kontak",
    "harga",
    "beras",
    "kata",
    "warga",
    "desa",
    "Baca juga:",
    "WIB",
    "3/2/2025",
    "10:42",
    "(rtn/dw)",
    "»",
    "|",
    "...",
    "Leave a Reply",
    "https://kabar.example",
    "di",
    "yang",
    "BÉ\u{301}",
    "٣",
    "2 jam yang lalu",
    "Rp2.500,-",
    "\u{200b}",
];

/// A page of 1 to 400 lines: known lines, known words, words that no one has seen, any bytes.
fn page(random: &mut Random) -> Page {
    let mut text = Vec::new();
    for _ in 0..=random.below(400) {
        match random.below(8) {
            0 => text.extend(format!("menu {}", random.below(1000)).bytes()),
            1 => text.extend((0..random.below(60)).map(|_| random.below(256) as u8)),
            2 => text.extend("kalimat panjang sekali ".repeat(random.below(40)).bytes()),
            _ => {
                for _ in 0..random.below(16) {
                    match random.below(3) {
                        0 => text.extend(
                            (0..1 + random.below(20)).map(|_| b'a' + random.below(26) as u8),
                        ),
                        _ => text.extend(WORDS[random.below(WORDS.len())].bytes()),
                    }
                    text.push(b' ');
                }
            }
        }
        text.push(b'\n');
    }
    Page::from_bytes("p", None, text)
}

fn hash_into(hasher: &mut DefaultHasher, lines: &[LinePrediction]) {
    for line in lines {
        line.label.hash(hasher);
        line.probabilities.map(f64::to_bits).hash(hasher);
    }
}

/// The memory of this program, in KiB; `None` on systems that do not tell.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

fn soak(lines: usize) {
    let model = Model::built_in().expect("a sound model");
    let predictor = Predictor::new(&model);
    predictor.warm_up();
    let mut old = predictor.worker();
    let mut random = Random(0x5eed);
    let round = ROUND.min(lines / 20);
    let (mut done, mut first, mut most, mut next) = (0, None, 0, lines / 10);
    while done < lines {
        let mut fresh = predictor.worker();
        let (mut of_old, mut of_fresh) = (DefaultHasher::new(), DefaultHasher::new());
        let start = done;
        while done < lines && done - start < round {
            let page = page(&mut random);
            done += page.len();
            hash_into(&mut of_old, &old.predict(&page));
            hash_into(&mut of_fresh, &fresh.predict(&page));
        }
        assert_eq!(
            of_old.finish(),
            of_fresh.finish(),
            "lines {start} to {done}"
        );
        if done >= next {
            next += lines / 10;
            let now = memory().unwrap_or_default();
            let first = *first.get_or_insert(now);
            most = now.max(most);
            println!("{done} lines: {} MiB", now >> 10);
            assert!(
                now <= first + GROWTH,
                "{first} KiB at first, {now} KiB at {done} lines"
            );
        }
    }
    println!(
        "{done} lines, as fresh workers; most memory {} MiB",
        most >> 10
    );
}

#[test]
fn one_worker_predicts_as_fresh_ones_do_in_flat_memory() {
    soak(if cfg!(debug_assertions) {
        20_000
    } else {
        400_000
    });
}

#[test]
#[ignore = "takes minutes"]
fn one_worker_predicts_twenty_million_lines_as_fresh_ones_do_in_flat_memory() {
    soak(20_000_000);
}
