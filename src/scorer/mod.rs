//! A **scorer** gives the lines of a page the scores that a model gives to their features, without
//! making the features: words are found, folded and looked up in one pass, and what a line adds is
//! kept for when it is met again.
//!
//! [`crate::features`] is the definition. The weights of a model are whole multiples of
//! [`UNIT`](crate::model::UNIT), so sums of them are exact and do not depend on their order: the
//! scores here are the same to the last bit. A model with weights so large that the sums could leave
//! their range is left to the definition.

mod bins;
mod columns;
mod fixed;
mod forms;
mod keys;
mod known_lines;
mod line;
mod masks;
mod page_lines;
mod phrases;
mod prefetch;
mod scan;
mod slots;
mod sums;
mod topic;
mod views;
mod words;

use crate::features::categorical::CATEGORICALS;
use crate::features::excerpt::WHOLE;
use crate::features::{Layout, TermSlot};
use crate::model::{Model, UNIT};
use crate::sequence::Distribution;
use crate::smoother::Scores;
use crate::stem::Linguist;
use crate::{Label, Page};
use bins::Binner;
use columns::Columns;
use fixed::{FixedWeights, Room};
use keys::{Key, Keys, push_key};
use known_lines::{KnownLines, LineId, Missing};
use line::{Draft, Reader, Stamps};
use page_lines::PageLines;
use phrases::Phrases;
use scan::{Lexicon, PlainTerms};
use slots::Probe;
use views::{ABOVE, ABOVE2, BELOW, BELOW2, OWN, OwnWeights, WordWeights};
use wide::{f32x8, i32x8};
use words::Words;

/// The scores of the labels in units of [`UNIT`], and zeros up to a power of two.
type Lanes = i32x8;

/// The number of features that a line has without a token, and with each one more: its word, its
/// stem, the phrases that end there; the word and the stem for the lines above and below.
const FEATURES_OF_LINE: usize = 320;
const FEATURES_OF_TOKEN: usize = 8;
/// A line has at most so many tokens: no more than bytes that are read of it.
const MOST_TOKENS: usize = WHOLE + 1;
/// With larger weights, sums could leave the range of a number.
const LARGEST_WEIGHT: f64 =
    i32::MAX as f64 * UNIT / (FEATURES_OF_LINE + FEATURES_OF_TOKEN * MOST_TOKENS) as f64;

/// A model as a scorer uses it.
#[derive(Debug)]
pub struct Compiled {
    biases: Lanes,
    fixed: FixedWeights,
    /// The weights of each term that is no phrase: on the line itself, above and below it.
    terms: WordWeights,
    /// The weights of each phrase.
    phrase_weights: OwnWeights,
    /// For each term of the vocabulary its place in one of the two above, which is what words, stems
    /// and phrases know a term by.
    places: Vec<u32>,
    words: Words,
    plain: PlainTerms,
    phrases: Phrases,
    binners: Vec<Binner>,
    /// Negative infinity for the labels that the model does not know, zero for all else.
    unknown: [f32; 8],
}

impl Compiled {
    /// Lays out the weights of a model; `None` if some are so large that sums could leave their range.
    pub fn new(model: &Model, linguist: &Linguist) -> Option<Self> {
        if f64::from(model.largest_weight()) > LARGEST_WEIGHT {
            return None;
        }
        let vocabulary = model.vocabulary();
        let mut words = Words::new(vocabulary, linguist);
        let plain = PlainTerms::new(&mut words);
        let lane_of: Vec<usize> = model.labels().iter().map(|label| label.index()).collect();
        let lanes = |weights: &[f32]| {
            let mut lanes = [0; 8];
            for (&lane, weight) in lane_of.iter().zip(weights) {
                lanes[lane] = (f64::from(*weight) / UNIT) as i32;
            }
            Lanes::new(lanes)
        };
        let weight = |feature: usize| lanes(model.weights(feature as u32));
        // Each of them stands in many cells.
        let fixed: Vec<Lanes> = (0..Layout::fixed()).map(weight).collect();
        let mut compiled = Self {
            biases: lanes(model.biases()),
            fixed: FixedWeights::new(&fixed)?,
            terms: WordWeights::new(),
            phrase_weights: OwnWeights::new(),
            places: Vec::new(),
            phrases: Phrases::new(vocabulary, &mut words),
            words,
            plain,
            binners: CATEGORICALS.iter().map(Binner::new).collect(),
            unknown: std::array::from_fn(|at| match Label::ALL.get(at) {
                Some(label) if !model.labels().contains(label) => f32::NEG_INFINITY,
                _ => 0.0,
            }),
        };
        for id in 0..vocabulary.len() as u32 {
            let weights = |slot: TermSlot| weight(Layout::term(id, slot) as usize);
            let own = weights(TermSlot::Own);
            let place = match is_phrase(vocabulary.term(id)) {
                true => compiled.phrase_weights.push(&[own]),
                false => {
                    let near = [TermSlot::Above, TermSlot::Below].map(weights);
                    compiled.terms.push(&[own, near[0], near[1]])
                }
            };
            compiled.places.push(place?);
        }
        compiled.words.use_places(&compiled.places);
        compiled.phrases.use_places(&compiled.places);
        Some(compiled)
    }
}

fn is_phrase(term: &str) -> bool {
    term.contains(' ')
}

/// How many lines ahead the text of a known line is asked for.
const AHEAD: usize = 8;

/// How many lines are read at once.
const AT_ONCE: usize = 16;

/// Stands for a line that is yet to be looked for or read.
const UNKNOWN: LineId = LineId::MAX;

/// Gives the lines of pages their scores, page after page.
pub struct Scorer<'a> {
    compiled: &'a Compiled,
    linguist: &'a Linguist,
    words: Words,
    stamps: Stamps,
    /// Room to read lines in.
    drafts: Vec<Draft>,
    /// How many lines are being read: the first ones there.
    begun: usize,
    /// Lines that are the same as others, which may be being read, once they are normalised.
    same: Vec<LineId>,
    lines: PageLines,
    columns: Columns,
    sums: Vec<Lanes>,
    room: Room,
    known: KnownLines,
    keys: Keys,
    probes: Vec<Probe>,
    key: Vec<u8>,
    normalized: String,
}

impl<'a> Scorer<'a> {
    /// A scorer that has met no page.
    pub fn new(compiled: &'a Compiled, linguist: &'a Linguist) -> Self {
        Self {
            compiled,
            linguist,
            words: compiled.words.clone(),
            stamps: Stamps::new(compiled.terms.len()),
            drafts: Vec::new(),
            begun: 0,
            same: Vec::new(),
            lines: PageLines::default(),
            columns: Columns::default(),
            sums: Vec::new(),
            room: Room::default(),
            known: KnownLines::default(),
            keys: Keys::default(),
            probes: Vec::new(),
            key: Vec::new(),
            normalized: String::new(),
        }
    }

    /// Reads a page, whose lines have [`Scorer::scores`] then.
    pub fn read(&mut self, page: &Page, shares: Option<&[f32]>) {
        self.sums.clear();
        self.make_room();
        if page.is_empty() {
            return;
        }
        self.read_lines(page);
        let columns = &mut self.columns;
        columns.fill(
            &self.lines,
            &self.known,
            &self.compiled.binners,
            self.words.len(),
            shares,
        );
        let fixed = &self.compiled.fixed;
        self.add_up();
        fixed.add_context(&self.columns, &mut self.room, &mut self.sums);
    }

    /// Forgets lines that were met only once and words that no known line has, if there are too many.
    fn make_room(&mut self) {
        if !self.known.exceed(known_lines::MOST) && !self.words.are_too_many() {
            return;
        }
        self.known.forget_lines(known_lines::MOST);
        let first = self.compiled.words.len();
        let numbers = self.words.keep(first, self.known.topical_words());
        self.known.renumber_words(&numbers);
        if self.words.are_many() {
            self.words.clone_from(&self.compiled.words);
            self.known.clear();
        }
    }

    fn read_lines(&mut self, page: &Page) {
        let mut keys = std::mem::take(&mut self.keys);
        // The known lines first, step by step for all of them, and what the next step needs of memory is
        // asked for before: most of it is there by then.
        let known = &mut self.known;
        self.probes.clear();
        keys.fill(page, |key| self.probes.push(known.probe(key)));
        for probe in &mut self.probes {
            known.look(probe);
        }
        let ids = keys.of(page).enumerate().map(|(at, key)| {
            if let Some(probe) = self.probes.get(at + AHEAD) {
                known.prefetch_text(*probe);
            }
            let line = known.find_probed(key.bytes(), self.probes[at]);
            line.unwrap_or(UNKNOWN)
        });
        self.lines.ids.clear();
        self.lines.ids.extend(ids);
        for at in 0..page.len() {
            if self.lines.ids[at] == UNKNOWN {
                let hash = self.probes[at].hash;
                self.lines.ids[at] = match keys.key(page, at) {
                    Key::Normalized(key) => self.begin_key(key, hash),
                    Key::Raw(raw) => self.begin_raw(raw, hash),
                };
                if self.begun == AT_ONCE {
                    self.read_begun();
                }
            }
        }
        self.read_begun();
        self.keys = keys;
        self.lines.fill(&self.known);
    }

    /// Begins to read a short line if it is not known.
    fn begin_raw(&mut self, raw: &[u8], hash: u32) -> LineId {
        let missing = match self.known.find_hashed(raw, hash) {
            Ok(line) => return line,
            Err(missing) => missing,
        };
        let mut key = std::mem::take(&mut self.key);
        key.clear();
        push_key(raw, &mut self.normalized, &mut key);
        let line = match key == raw {
            true => self.begin(&key, missing),
            false => {
                let normalized = match self.known.find(&key) {
                    Ok(line) => line,
                    Err(missing) => self.begin(&key, missing),
                };
                match self.known.find_hashed(raw, hash) {
                    Ok(line) => line,
                    Err(missing) => {
                        let line = self.known.push_same(missing, raw, normalized);
                        self.same.push(line);
                        line
                    }
                }
            }
        };
        self.key = key;
        line
    }

    /// Begins to read the line with this key if it is not known.
    fn begin_key(&mut self, key: &[u8], hash: u32) -> LineId {
        match self.known.find_hashed(key, hash) {
            Ok(line) => line,
            Err(missing) => self.begin(key, missing),
        }
    }

    fn begin(&mut self, key: &[u8], missing: Missing) -> LineId {
        let line = self.known.push(missing, key);
        if self.begun == self.drafts.len() {
            self.drafts.push(Draft::default());
        }
        self.drafts[self.begun].begin(line, key);
        self.begun += 1;
        line
    }

    /// Reads the lines that were begun.
    fn read_begun(&mut self) {
        let mut reader = Reader {
            compiled: self.compiled,
            lexicon: Lexicon {
                words: &mut self.words,
                plain: &self.compiled.plain,
                weights: &self.compiled.terms,
                linguist: self.linguist,
            },
            stamps: &mut self.stamps,
        };
        let drafts = &mut self.drafts[..self.begun];
        reader.read(drafts);
        for draft in drafts {
            draft.end(&mut self.known);
        }
        for line in self.same.drain(..) {
            self.known.learn_same(line);
        }
        self.begun = 0;
    }

    /// Adds up what every line and the lines near it add to its scores.
    fn add_up(&mut self) {
        let (lines, known) = (&self.lines.ids, &self.known);
        let missing = self.compiled.fixed.missing();
        let biases = self.compiled.biases;
        let near = |at: Option<usize>, view: usize| {
            let line = at.and_then(|at| lines.get(at));
            line.map_or(missing[view], |&line| known.view(line, view))
        };
        let of_edge = |at: usize| {
            let above = near(at.checked_sub(1), ABOVE) + near(at.checked_sub(2), ABOVE2);
            let below = near(Some(at + 1), BELOW) + near(Some(at + 2), BELOW2);
            biases + known.view(lines[at], OWN) + above + below
        };
        let inside = lines.windows(5).map(|lines| {
            let [above2, above, line, below, below2] = lines else {
                unreachable!("windows of five lines")
            };
            let view = |line: &LineId, view: usize| known.view(*line, view);
            (biases + view(line, OWN))
                + (view(above, ABOVE) + view(above2, ABOVE2))
                + (view(below, BELOW) + view(below2, BELOW2))
        });
        let edge = lines.len().min(2);
        let last = lines.len().saturating_sub(2).max(edge);
        self.sums.clear();
        self.sums.extend((0..edge).map(of_edge));
        self.sums.extend(inside);
        self.sums.extend((last..lines.len()).map(of_edge));
    }

    /// The scores of each line of the page, negative infinity for the labels that the model does not
    /// know.
    pub fn scores(&self) -> impl Iterator<Item = Distribution> {
        // An infinity added to a finite number stays one.
        let unknown = self.compiled.unknown.map(f64::from);
        self.sums.iter().map(move |sum| {
            let sum = sum.as_array_ref();
            std::array::from_fn(|label| f64::from(sum[label]) * UNIT + unknown[label])
        })
    }

    /// The same rounded to single precision.
    pub fn single_precision(&self) -> impl Iterator<Item = Scores> {
        let unknown = f32x8::new(self.compiled.unknown);
        let unit = f32x8::splat(UNIT as f32);
        let sums = self.sums.iter();
        sums.map(move |sum| f32x8::from_i32x8(*sum) * unit + unknown)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::features::{TEMPLATES, TermId, TermIndex, extract};
    use crate::model::{Card, Parts, Thresholds, TrainingHashes};
    use crate::sequence::{LABELS, Sequence};
    use crate::stem::Language;
    use crate::vocabulary::{Vocabulary, VocabularyIndex, stem_term};
    use crate::{Label, Model};

    /// Collects the terms that it is asked for.
    #[derive(Default)]
    struct Terms(BTreeSet<String>);

    impl TermIndex for Terms {
        fn term(&mut self, term: &str) -> Option<TermId> {
            self.0.insert(term.to_owned());
            None
        }

        fn stem(&mut self, word: &str, _: Option<TermId>, language: Language) -> Option<TermId> {
            self.term(&stem_term(word, language, &Linguist::default()))
        }
    }

    /// Lines that have something of everything.
    const LINES: &str = "Beranda Berita Desa Kontak\n\
        Senin, 3 Februari 2025 10:42 WIB\n\
        2 jam yang lalu | 3/2/2025 ## 7 hari lalu\n\
        Harga beras naik di Pasar Lama, kata warga yang membeli beras di sana. \"Mahal!\"\n\
        Mereka menunggu panen raya; harga di pasar itu naik sejak awal bulan, kata pedagang beras.\n\
        BACA JUGA: Panen padi mundur...\n\
        (rtn/dw)\n\
        Leave a Reply\n\
        Your email address will not be published. Required fields are marked *\n\
        redaksi@kabar.example www.kabar.co.id https://kabar.example\n\
        Foto: “Pertanggungjawabannya” – Dok. Panitia …\n\
        بِسْمِ اللهِ BÉ\u{301}BÉ ½ kg ² ٣ Kelvin \u{212a}ota\n\
        Leave a Reply";

    /// A model with other weights for every feature: equal scores mean equal features.
    /// Weights are smaller than `below`.
    fn model(below: u16) -> Model {
        model_with(below, below)
    }

    /// The same with biases that are smaller than `biases_below`.
    fn model_with(below: u16, biases_below: u16) -> Model {
        let linguist = Linguist::default();
        let mut terms = Terms::default();
        extract(&page(LINES), None, &linguist, &mut terms, usize::MAX);
        // Not every term, so that there are unknown ones too.
        let terms = terms.0.iter().map(String::as_str).enumerate();
        let terms = terms.filter(|(at, _)| at % 5 != 0).map(|(_, term)| term);
        let vocabulary = Vocabulary::new(terms, &linguist).expect("sorted");
        let columns = Layout::columns(vocabulary.len());
        let mut state = 1u64;
        let mut weight = |below: u16| {
            // Knuth's multiplier of a linear congruential generator, MMIX.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            // From -1 to 1, in units.
            let weight = (state >> 52) as f32 * UNIT as f32 - 1.0;
            weight * f32::from(below)
        };
        Model::new(Parts {
            labels: Label::ALL.to_vec(),
            vocabulary,
            weights: (0..columns * LABELS).map(|_| weight(below)).collect(),
            biases: (0..LABELS).map(|_| weight(biases_below)).collect(),
            sequence: Sequence {
                transitions: [[-2.0; LABELS + 1]; LABELS + 1],
                log_prior: [-2.0; LABELS],
                evidence_scale: 1.0,
                prior_scale: 1.0,
            },
            calibrations: Default::default(),
            thresholds: Thresholds::default(),
            training: TrainingHashes::default(),
            card: Card::default(),
        })
        .expect("sound parts")
    }

    fn page(text: &str) -> Page {
        Page::from_text("p", None, text)
    }

    fn plain(model: &Model, page: &Page, shares: Option<&[f32]>) -> Vec<Distribution> {
        let linguist = Linguist::default();
        let mut index = VocabularyIndex::new(model.vocabulary(), &linguist);
        let rows = extract(page, shares, &linguist, &mut index, model.columns());
        rows.rows().map(|row| model.scores(row)).collect()
    }

    fn scores(scorer: &mut Scorer, page: &Page, shares: Option<&[f32]>) -> Vec<Distribution> {
        scorer.read(page, shares);
        let scores: Vec<_> = scorer.scores().collect();
        for (exact, rounded) in scores.iter().zip(scorer.single_precision()) {
            assert_eq!(
                rounded.to_array()[..LABELS],
                exact.map(|score| score as f32)
            );
        }
        scores
    }

    fn assert_same<'a>(pages: impl IntoIterator<Item = &'a str>) {
        let (model, linguist) = (model(1), Linguist::default());
        let compiled = Compiled::new(&model, &linguist).expect("small weights");
        let mut scorer = Scorer::new(&compiled, &linguist);
        for (at, text) in pages.into_iter().enumerate() {
            let page = page(text);
            let shares: Vec<f32> = (0..page.len())
                .map(|line| (line % 4) as f32 / 3.0)
                .collect();
            let shares = (at % 2 == 1).then_some(&shares[..]);
            let scores = scores(&mut scorer, &page, shares);
            assert_eq!(scores, plain(&model, &page, shares), "{text:?}");
        }
    }

    #[test]
    fn a_line_has_no_more_features_than_the_sums_are_made_for() {
        assert!(TEMPLATES.count() < FEATURES_OF_LINE);
    }

    #[test]
    fn a_line_is_the_same_however_its_space_is_written() {
        let spaced = LINES.replace(' ', "  ");
        let marked = LINES.replace('\n', "\u{200b}\r\n");
        let all = [LINES, &spaced, &marked].join("\n");
        assert_same([&spaced, &all, LINES, &marked, &spaced, &all]);
        let back = [&marked, &spaced, LINES].map(str::to_owned).join("\n");
        assert_same([&back, LINES, &all]);
    }

    #[test]
    fn the_scores_are_those_of_the_features() {
        let many = [LINES; 3].join("\n");
        assert_same([LINES, LINES, "", &many, "Leave a Reply", LINES]);
    }

    #[test]
    fn the_scores_are_those_of_the_features_whatever_word_was_met_before() {
        let words = |from: usize| -> String {
            let word = |at: usize| {
                format!(
                    "kata{} ",
                    ["a", "b", "c", "d"][at % 4].repeat(1 + at / 4 % 7)
                )
            };
            let letters = |at: usize| -> String {
                let digits =
                    [at, at / 26, at / 676, at / 17_576].map(|digit| b'a' + (digit % 26) as u8);
                digits.iter().map(|&digit| digit as char).collect()
            };
            (from..from + 2000)
                .map(|at| word(at) + &letters(at) + "\n")
                .collect()
        };
        // 80,000 words: more than are kept.
        let pages: Vec<String> = (0..40).map(|page| words(2000 * page)).collect();
        // With lines in between that are known, and whose words are kept.
        let pages = pages.iter().flat_map(|page| [page.as_str(), LINES]);
        assert_same(pages);
    }

    #[test]
    fn long_lines_are_told_by_their_ends_and_their_length() {
        let beras = "beras ".repeat(15);
        let line = |middle: &str| format!("Harga {beras}{middle} {beras}naik, kata warga.");
        let other = ["di", "ke", "dari", "di  ", "d\u{200b}i", "é", "di"].map(line);
        let spaced = format!("Harga{}beras", " ".repeat(200));
        let invalid = "\u{fffd}".repeat(60);
        let all = other.join("\n");
        assert_same([&*all, &spaced, &invalid, &other[1], &spaced]);
        let bytes = Page::from_text("p", None, [0xff; 60]);
        let (model, linguist) = (model(1), Linguist::default());
        let compiled = Compiled::new(&model, &linguist).expect("small weights");
        let mut scorer = Scorer::new(&compiled, &linguist);
        for page in [&page(&invalid), &bytes, &bytes] {
            assert_eq!(scores(&mut scorer, page, None), plain(&model, &bytes, None));
        }
    }

    #[test]
    fn a_model_whose_weights_do_not_fit_is_not_laid_out() {
        let linguist = Linguist::default();
        let compiles = |below| Compiled::new(&model(below), &linguist).is_some();
        let compiles_with = |below, biases_below| {
            Compiled::new(&model_with(below, biases_below), &linguist).is_some()
        };
        // Of a dozen weights that stand in one cell, some are near the limit of their sum, which is 16.
        assert!(compiles(1));
        assert!(!compiles(16));
        // Of biases and 968 weights that are all as large, 1,083 is the largest that fits four bytes.
        assert!(compiles_with(1, 1083));
        assert!(!compiles_with(1, 10_000));
    }

    proptest! {
        #[test]
        fn the_scores_of_any_page_are_those_of_its_features(
            rows in prop::collection::vec(
                prop_oneof![
                    4 => "[a-dA-D0-9.,:/#@ ()\"'?!…“”—é\u{301}\u{200b}\u{a0}\t-]{0,90}",
                    2 => "(Leave|leave|Menu|Bagikan|Baca|juga|Stok|a|beras|Harga|harga|jam|lalu|Februari|www|co|id|BACA|\\.|:|,|/|#|[0-9]| |  ){0,24}",
                    1 => "\\PC{0,40}",
                    1 => "(Harga |beras, |gabah\\. |\"é|  |\u{200b}|BACA: |3 jam lalu |\u{a0}|ة){20,60}",
                ],
                0..30,
            ),
            tail in any::<Vec<u8>>(),
        ) {
            let text = [rows.join("\n").as_bytes(), b"\n", &tail].concat();
            let (model, linguist) = (model(1), Linguist::default());
            let compiled = Compiled::new(&model, &linguist).expect("small weights");
            let mut scorer = Scorer::new(&compiled, &linguist);
            let page = Page::from_text("p", None, &text);
            let expected = plain(&model, &page, None);
            prop_assert_eq!(scores(&mut scorer, &page, None), expected.clone());
            // Once more, now that its short lines are known.
            prop_assert_eq!(scores(&mut scorer, &page, None), expected);
        }
    }
}
