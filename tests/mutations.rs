//! **Mutated** files and inputs, the same ones every time: flipped bits, cut and doubled pieces,
//! numbers at their limits, pieces of one seed in another. `MUTATIONS` says how many of each kind,
//! 2,000 if it is not set:
//!
//! ```sh
//! MUTATIONS=1000000 cargo test --release --test mutations -- --nocapture
//! ```
//!
//! What a run may not do: panic, take a second, make the program's memory grow beyond 512 MiB.
//! The fuzz targets (`fuzz/`) find other inputs by coverage; these need nothing but the library.
#![expect(clippy::print_stdout, reason = "its figures are read by people")]

mod any_bytes;

use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use any_bytes::{Check, MODEL};
use saring::Page;
use saring::profile::ProfileBuilder;

/// How many mutations of each kind are tried.
fn mutations() -> u64 {
    let number = std::env::var("MUTATIONS").ok();
    number.map_or(2_000, |number| {
        number.parse().expect("MUTATIONS is a number")
    })
}

/// Pieces that the formats know.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "[[[[[[[[",
    ",",
    ":",
    "\"",
    "\n",
    "\r\n",
    "\t",
    "null",
    "\\ud800",
    "\\u0000",
    "-1",
    "1e400",
    "18446744073709551615",
    "18446744073709551616",
    "4294967296",
    "9223372036854775807",
    "0",
    "\"dtype\":\"F32\"",
    "\"U64\"",
    "\"shape\":[",
    "\"data_offsets\":[0,",
    "\"__metadata__\":{",
    "\"saring\":",
    "\\\"format_version\\\":1",
    "\\\"labels\\\":[",
    "\"weights\":",
    "\"text\":",
    "\"lines\":[\"",
    "\"labels\":[",
    "\"id\":",
    "\"url\":\"http://",
    "content\t",
    "navigation\t",
    "# ",
    "\u{feff}",
    "\u{200b}",
    "\u{202e}",
    "\u{301}",
    "İ",
    "ﬁ",
    "\u{1f600}",
    "٣",
    "½",
    "https://",
    "www.",
    "Baca juga:",
    " WIB",
    "2 jam yang lalu",
    "3/2/2025",
    "...",
    "»",
];
const BYTES: &[&[u8]] = &[
    b"\xff",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\0",
    b"\x7f",
    b"\xc0\xaf",
];

/// xorshift64 (Marsaglia 2003).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        // Neighbouring seeds begin far apart: splitmix64's increment and first step.
        let mixed = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self((mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9) | 1)
    }

    /// A number below `end`, 0 if that is 0.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % (end as u64).max(1)) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// Changes one to eight things.
fn mutate(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    for _ in 0..1 + random.below(4) * random.below(3) {
        let at = random.below(bytes.len() + 1);
        let near = at
            + random
                .below(bytes.len() + 1 - at)
                .min(1 << random.below(12));
        match random.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = random.below(256) as u8,
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..near)),
            4 => {
                let copy = bytes[at..near].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            5 => drop(bytes.splice(at..at, random.pick(PIECES).bytes())),
            6 => drop(bytes.splice(at..at, random.pick(BYTES).iter().copied())),
            7 => overwrite(bytes, at, random),
            _ => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len());
                let to = from + random.below(other.len() - from).min(1 << random.below(12));
                bytes.splice(at..near, other[from..to].iter().copied());
            }
        }
    }
    bytes.truncate(1 << 17);
}

/// Puts a number at its limit where one of 4 or 8 bytes may stand, or where digits stand.
fn overwrite(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    let digits = bytes[at..]
        .iter()
        .position(u8::is_ascii_digit)
        .map(|digit| at + digit);
    let limits = [
        0,
        1,
        2,
        0x7f,
        0xff,
        1 << 31,
        u64::from(u32::MAX),
        1 << 63,
        u64::MAX,
    ];
    let limit = limits[random.below(limits.len())];
    match digits.filter(|_| random.below(2) == 0) {
        Some(start) => {
            let after = bytes[start..]
                .iter()
                .position(|byte| !byte.is_ascii_digit());
            let end = after.map_or(bytes.len(), |after| start + after);
            bytes.splice(start..end, limit.to_string().into_bytes());
        }
        None => {
            let numbers = [limit, f64::NAN.to_bits(), u64::from(f32::NAN.to_bits())];
            let number = numbers[random.below(3)].to_le_bytes();
            let width = if random.below(2) == 0 { 4 } else { 8 };
            let places = bytes[at..].iter_mut().zip(&number[..width]);
            places.for_each(|(place, byte)| *place = *byte);
        }
    }
}

/// A mutated tensor file: its header or what follows, mostly with the header's right length.
fn mutate_tensors(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("a length")) as usize;
    let mut header = bytes[8..8 + length].to_vec();
    let mut tensors = bytes[8 + length..].to_vec();
    match random.below(4) {
        0 => mutate(&mut tensors, seeds, random),
        1 => {
            mutate(&mut header, seeds, random);
            mutate(&mut tensors, seeds, random);
        }
        _ => mutate(&mut header, seeds, random),
    }
    let length = (header.len() as u64).to_le_bytes();
    *bytes = [&length[..], &header, &tensors].concat();
    if random.below(8) == 0 {
        mutate(bytes, seeds, random);
    }
}

/// Tries every check on mutations of its seeds and prints how that went.
fn try_all(
    name: &str,
    checks: &[(Check, Vec<Vec<u8>>)],
    change: impl Fn(&mut Vec<u8>, &[Vec<u8>], &mut Random),
) {
    let (mut taken, mut longest, began) = (0, Duration::ZERO, Instant::now());
    for run in 0..mutations() {
        let mut random = Random::new(run);
        let (check, seeds) = &checks[run as usize % checks.len()];
        let mut bytes = seeds[random.below(seeds.len())].clone();
        change(&mut bytes, seeds, &mut random);
        let start = Instant::now();
        let outcome = catch_unwind(|| check(&bytes));
        longest = longest.max(start.elapsed());
        taken += u64::from(outcome.unwrap_or_else(|_| panic!("mutation {run} of {name}")));
        assert!(
            longest < Duration::from_secs(1),
            "mutation {run} of {name}: {longest:?}"
        );
    }
    let peak = peak_memory();
    let total = began.elapsed().as_secs();
    println!(
        "{name}: {} mutations, {taken} taken, longest {longest:?}, {total} s; peak memory {} MiB",
        mutations(),
        peak.map_or("?".to_owned(), |peak| (peak >> 10).to_string())
    );
    assert!(peak.is_none_or(|peak| peak < 512 << 10), "{peak:?} KiB");
}

/// The most memory that this program has had, in KiB; `None` on systems that do not tell.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

fn profile() -> Vec<u8> {
    let mut builder = ProfileBuilder::default();
    for (site, story) in [
        ("a.example", "satu"),
        ("a.example", "dua"),
        ("a.example", "tiga"),
        ("b.example", "x"),
        ("b.example", "y"),
    ] {
        let text = format!("Beranda\nKontak\nBerita {story}\n");
        builder.add(&Page::from_text("p", Some(site.to_owned()), text));
    }
    let mut bytes = Vec::new();
    builder
        .finish()
        .write(&mut bytes)
        .expect("memory takes all");
    bytes
}

const TEXT: &str = "Beranda Berita Desa Kontak\n\nSenin, 3 Februari 2025 10:42 WIB\n2 jam yang lalu | 3/2/2025\n\
    Harga beras naik di Pasar Lama, kata warga yang membeli beras di sana. \"Mahal!\"\nBACA JUGA: Panen...\n\
    (rtn/dw)\r\nLeave a Reply\nredaksi@kabar.example https://kabar.example\nFoto: “Pertanggungjawaban” – Dok. …\n\
    بِسْمِ اللهِ BÉ\u{301}BÉ ½ kg ² ٣ \u{212a}ota\n";

const TSV: &str = "# by hand\nnavigation\tBeranda\ncontent\tHarga beras\tnaik.\n\nmetadata\t \ncomment\tMantap!\r\n";

const JSONL: &str = r#"{"id": 7, "url": "https://www.Warta.example:443/a", "text": "Beranda\n\nHarga \u00e9\ud83d\ude00"}
{"id": "a", "site": "w", "lines": ["Beranda", ""], "labels": ["navigation", null], "more": [{"x": [1.5e3]}]}
"#;

#[test]
fn any_mutation_of_a_model_or_profile_is_refused_or_usable() {
    let models = vec![MODEL.to_vec()];
    let checks: [(Check, _); 4] = [
        (any_bytes::model, models.clone()),
        (any_bytes::model, models.clone()),
        (any_bytes::model, models),
        (any_bytes::profile, vec![profile()]),
    ];
    try_all("models and profiles", &checks, mutate_tensors);
}

#[test]
fn any_mutation_of_an_input_is_refused_or_usable() {
    let seeds = |seeds: &[&str]| -> Vec<Vec<u8>> {
        seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect()
    };
    let checks: [(Check, _); 5] = [
        (any_bytes::tsv, seeds(&[TSV, TEXT])),
        (any_bytes::text, seeds(&[TEXT, TSV])),
        (any_bytes::jsonl, seeds(&[JSONL, TEXT])),
        (any_bytes::scorer, seeds(&[TEXT, JSONL])),
        (any_bytes::page, seeds(&[TEXT, JSONL])),
    ];
    try_all("inputs", &checks, mutate);
}
