//! A **scorer** gives the lines of a page the scores that a model gives to their features, without
//! making the features: words are found, folded and looked up in one pass, and what a line adds is
//! kept for when it is met again.
//!
//! [`crate::features`] is the definition. The weights of a model are whole multiples of
//! [`UNIT`](crate::model::UNIT), so sums of them are exact and do not depend on their order: the
//! scores here are the same to the last bit. A page that has a line so long that the sums could leave
//! their range is left to the definition.

mod bins;
mod columns;
mod fixed;
mod forms;
mod known_lines;
mod line;
mod masks;
mod page_lines;
mod phrases;
mod scan;
mod sums;
mod topic;
mod words;

use crate::Page;
use crate::features::categorical::CATEGORICALS;
use crate::features::{Layout, TermSlot};
use crate::model::{Model, UNIT};
use crate::normalize::normalize_padded;
use crate::sequence::{Distribution, LABELS};
use crate::stem::Linguist;
use bins::Binner;
use columns::Columns;
use fixed::{FixedWeights, Places};
use known_lines::{KnownLines, LineId, Missing, Probe};
use line::{Found, Reader, Stamps};
use page_lines::PageLines;
use phrases::Phrases;
use scan::{Lexicon, PlainTerms, Scan};
use wide::i32x8;
use words::Words;

/// The scores of the labels in units of [`UNIT`], and zeros up to a power of two.
type Lanes = i32x8;

/// The number of features that a line has without a token, and with each one more: its word, its
/// stem, the phrases that end there; the word and the stem for the lines above and below.
const FEATURES_OF_LINE: usize = 320;
const FEATURES_OF_TOKEN: usize = 8;

/// A model as a scorer uses it.
#[derive(Debug)]
pub struct Compiled {
    biases: Lanes,
    fixed: FixedWeights,
    /// The weights of each term that is no phrase: on the line itself, above and below it.
    terms: Vec<[Lanes; 3]>,
    /// The weights of each phrase.
    phrase_weights: Vec<Lanes>,
    /// For each term of the vocabulary its place in one of the two above, which is what words, stems
    /// and phrases know a term by.
    places: Vec<u32>,
    words: Words,
    plain: PlainTerms,
    phrases: Phrases,
    binners: Vec<Binner>,
    is_label: [bool; LABELS],
    /// Lines of more tokens might leave the range of the sums.
    most_tokens: usize,
}

impl Compiled {
    /// Lays out the weights of a model.
    pub fn new(model: &Model) -> Self {
        let vocabulary = model.vocabulary();
        let mut words = Words::new(vocabulary);
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
        let mut compiled = Self {
            biases: lanes(model.biases()),
            fixed: FixedWeights::new(&weight),
            terms: Vec::new(),
            phrase_weights: Vec::new(),
            places: Vec::new(),
            phrases: Phrases::new(vocabulary, &mut words),
            words,
            plain,
            binners: CATEGORICALS.iter().map(Binner::new).collect(),
            is_label: std::array::from_fn(|at| {
                model.labels().iter().any(|label| label.index() == at)
            }),
            most_tokens: most_tokens(model),
        };
        compiled.terms.reserve(vocabulary.len());
        for id in 0..vocabulary.len() as u32 {
            let own = weight(Layout::term(id, TermSlot::Own) as usize);
            let place = match is_phrase(vocabulary.term(id)) {
                true => push(&mut compiled.phrase_weights, own),
                false => {
                    let near = [TermSlot::Above, TermSlot::Below];
                    let [above, below] = near.map(|slot| weight(Layout::term(id, slot) as usize));
                    push(&mut compiled.terms, [own, above, below])
                }
            };
            compiled.places.push(place);
        }
        compiled.words.use_places(&compiled.places);
        compiled.phrases.use_places(&compiled.places);
        compiled
    }
}

fn push<T>(list: &mut Vec<T>, item: T) -> u32 {
    list.push(item);
    list.len() as u32 - 1
}

fn is_phrase(term: &str) -> bool {
    term.contains(' ')
}

/// How many tokens a line may have for its sums to stay in their range.
fn most_tokens(model: &Model) -> usize {
    let largest = model.largest_weight();
    let features = f64::from(i32::MAX) * UNIT / f64::from(largest);
    // A float beyond the range of an integer becomes its largest or smallest one.
    (features as usize).saturating_sub(FEATURES_OF_LINE) / FEATURES_OF_TOKEN
}

/// Stands for a line that is yet to be read.
const UNKNOWN: LineId = LineId::MAX;

/// Gives the lines of pages their scores, page after page.
pub struct Scorer<'a> {
    compiled: &'a Compiled,
    linguist: &'a Linguist,
    words: Words,
    scan: Scan,
    stamps: Stamps,
    found: Found,
    lines: PageLines,
    columns: Columns,
    sums: Vec<Lanes>,
    places: Places,
    known: KnownLines,
    probes: Vec<Probe>,
    normalized: String,
}

impl<'a> Scorer<'a> {
    /// A scorer that has met no page.
    pub fn new(compiled: &'a Compiled, linguist: &'a Linguist) -> Self {
        Self {
            compiled,
            linguist,
            words: compiled.words.clone(),
            scan: Scan::default(),
            stamps: Stamps::new(compiled.terms.len()),
            found: Found::default(),
            lines: PageLines::default(),
            columns: Columns::default(),
            sums: Vec::new(),
            places: Places::default(),
            known: KnownLines::default(),
            probes: Vec::new(),
            normalized: String::new(),
        }
    }

    /// Puts in `scores` those of each line of a page, negative infinity for the labels that the model
    /// does not know. Says whether it did: not for a page that has too long a line.
    pub fn score(
        &mut self,
        page: &Page,
        shares: Option<&[f32]>,
        scores: &mut Vec<Distribution>,
    ) -> bool {
        scores.clear();
        if self.words.is_full() {
            self.words.clone_from(&self.compiled.words);
            self.known.clear();
        }
        self.known.make_room(known_lines::MOST);
        if page.is_empty() {
            return true;
        }
        self.read(page);
        let tokens = self.lines.readings.iter().map(|reading| reading.tokens);
        if tokens.max().unwrap_or(0) as usize > self.compiled.most_tokens {
            return false;
        }
        let columns = &mut self.columns;
        columns.fill(
            &self.lines,
            &self.known,
            &self.compiled.binners,
            self.words.len(),
            shares,
        );
        let fixed = &self.compiled.fixed;
        self.add_up(fixed.common(&self.columns));
        fixed.add_context(&self.columns, &mut self.places, &mut self.sums);
        self.push_distributions(scores);
        true
    }

    fn read(&mut self, page: &Page) {
        // The known lines first, step by step for all of them: the processor then waits for several of
        // them at a time to come from memory.
        let (lines, known) = (|| page.lines().map(<[u8]>::trim_ascii), &mut self.known);
        self.probes.clear();
        self.probes.extend(lines().map(|raw| known.probe(raw)));
        let ids = &mut self.lines.ids;
        ids.clear();
        ids.extend(lines().zip(&self.probes).map(|(raw, &probe)| {
            let line = known.find_probed(raw, probe);
            line.unwrap_or(UNKNOWN)
        }));
        for at in 0..page.len() {
            if self.lines.ids[at] == UNKNOWN {
                let raw = page.line(at).trim_ascii();
                self.lines.ids[at] = self.read_unknown(raw, self.probes[at].hash);
            }
        }
        self.lines.fill(&self.known);
    }

    /// Reads a line that was not known by its text as it came when the page began.
    fn read_unknown(&mut self, raw: &[u8], hash: u64) -> LineId {
        let missing = match self.known.find_hashed(raw, hash) {
            Ok(line) => return line,
            Err(missing) => missing,
        };
        let length = normalize_padded(raw, &mut self.normalized);
        if &self.normalized.as_bytes()[..length] == raw {
            return self.read_normalized(length, missing);
        }
        let normalized = match self.known.find(&self.normalized.as_bytes()[..length]) {
            Ok(line) => line,
            Err(missing) => self.read_normalized(length, missing),
        };
        match self.known.find_hashed(raw, hash) {
            Ok(line) => line,
            Err(missing) => self.known.push_same(missing, raw, normalized),
        }
    }

    /// Reads the normalised line, which is so long.
    fn read_normalized(&mut self, length: usize, missing: Missing) -> LineId {
        let mut reader = Reader {
            compiled: self.compiled,
            scan: &mut self.scan,
            lexicon: Lexicon {
                words: &mut self.words,
                plain: &self.compiled.plain,
                linguist: self.linguist,
            },
            stamps: &mut self.stamps,
            found: &mut self.found,
        };
        let (reading, views) = reader.read(&self.normalized, length);
        let text = &self.normalized.as_bytes()[..length];
        let topical = &self.scan.topical;
        self.known.push(missing, text, reading, &views, topical)
    }

    /// Adds up what every line and the lines near it add to its scores, and what is `common` to all.
    fn add_up(&mut self, common: Lanes) {
        let (lines, known) = (&self.lines.ids, &self.known);
        let missing = self.compiled.fixed.missing();
        let common = common + self.compiled.biases;
        let near = |at: Option<usize>, view: usize| {
            let line = at.and_then(|at| lines.get(at));
            line.map_or(missing[view], |&line| known.view(line, view))
        };
        let of_edge = |at: usize| {
            let above = near(at.checked_sub(1), 1) + near(at.checked_sub(2), 2);
            let below = near(Some(at + 1), 3) + near(Some(at + 2), 4);
            common + known.view(lines[at], 0) + above + below
        };
        let inside = lines.windows(5).map(|lines| {
            let [above2, above, line, below, below2] = lines else {
                unreachable!("windows of five lines")
            };
            let view = |line: &LineId, view: usize| known.view(*line, view);
            (common + view(line, 0))
                + (view(above, 1) + view(above2, 2))
                + (view(below, 3) + view(below2, 4))
        });
        let edge = lines.len().min(2);
        let last = lines.len().saturating_sub(2).max(edge);
        self.sums.clear();
        self.sums.extend((0..edge).map(of_edge));
        self.sums.extend(inside);
        self.sums.extend((last..lines.len()).map(of_edge));
    }

    fn push_distributions(&self, scores: &mut Vec<Distribution>) {
        // An infinity added to a finite number stays one.
        let unknown = |is_label: bool| if is_label { 0.0 } else { f64::NEG_INFINITY };
        let unknown = self.compiled.is_label.map(unknown);
        scores.extend(self.sums.iter().map(|sum| -> Distribution {
            let sum = sum.as_array_ref();
            std::array::from_fn(|label| f64::from(sum[label]) * UNIT + unknown[label])
        }));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::features::{TEMPLATES, TermId, TermIndex, extract};
    use crate::model::{Card, Parts, Thresholds, TrainingHashes};
    use crate::sequence::Sequence;
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
    fn model() -> Model {
        let linguist = Linguist::default();
        let mut terms = Terms::default();
        extract(&page(LINES), None, &linguist, &mut terms, usize::MAX);
        // Not every term, so that there are unknown ones too.
        let terms = terms.0.iter().map(String::as_str).enumerate();
        let terms = terms.filter(|(at, _)| at % 5 != 0).map(|(_, term)| term);
        let vocabulary = Vocabulary::new(terms, &linguist).expect("sorted");
        let columns = Layout::columns(vocabulary.len());
        let mut state = 1u64;
        let mut weight = || {
            // Knuth's multiplier of a linear congruential generator, MMIX.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 45) as f32 * UNIT as f32 - 4.0
        };
        Model::new(Parts {
            labels: Label::ALL.to_vec(),
            vocabulary,
            weights: (0..columns * LABELS).map(|_| weight()).collect(),
            biases: (0..LABELS).map(|_| weight()).collect(),
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

    fn scores(
        scorer: &mut Scorer,
        page: &Page,
        shares: Option<&[f32]>,
    ) -> Option<Vec<Distribution>> {
        let mut scores = vec![[1.0; LABELS]];
        scorer.score(page, shares, &mut scores).then_some(scores)
    }

    fn assert_same<'a>(pages: impl IntoIterator<Item = &'a str>) {
        let (model, linguist) = (model(), Linguist::default());
        let compiled = Compiled::new(&model);
        let mut scorer = Scorer::new(&compiled, &linguist);
        for (at, text) in pages.into_iter().enumerate() {
            let page = page(text);
            let shares: Vec<f32> = (0..page.len())
                .map(|line| (line % 4) as f32 / 3.0)
                .collect();
            let shares = (at % 2 == 1).then_some(&shares[..]);
            let scores = scores(&mut scorer, &page, shares).expect("short lines");
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
        assert_same(pages.iter().map(String::as_str).chain([LINES]));
    }

    #[test]
    fn a_page_whose_sums_could_leave_their_range_is_left_to_the_definition() {
        let (model, linguist) = (model(), Linguist::default());
        let compiled = Compiled::new(&model);
        // The largest weight is a little below 4, which is 2^18 units: 8192 of it stay below 2^31.
        assert_eq!(compiled.most_tokens, (8192 - FEATURES_OF_LINE) / 8);
        let mut scorer = Scorer::new(&compiled, &linguist);
        let long = "beras ".repeat(compiled.most_tokens + 1);
        assert!(scores(&mut scorer, &page(&long), None).is_none());
        assert!(scores(&mut scorer, &page(&long[6..]), None).is_some());
    }

    proptest! {
        #[test]
        fn the_scores_of_any_page_are_those_of_its_features(
            rows in prop::collection::vec(
                prop_oneof![
                    4 => "[a-dA-D0-9.,:/#@ ()\"'?!…“”—é\u{301}\u{200b}\u{a0}\t-]{0,90}",
                    2 => "(Leave|leave|Menu|Bagikan|Baca|juga|Stok|a|beras|Harga|harga|jam|lalu|Februari|www|co|id|BACA|\\.|:|,|/|#|[0-9]| |  ){0,24}",
                    1 => "\\PC{0,40}",
                ],
                0..30,
            ),
            tail in any::<Vec<u8>>(),
        ) {
            let text = [rows.join("\n").as_bytes(), b"\n", &tail].concat();
            let (model, linguist) = (model(), Linguist::default());
            let compiled = Compiled::new(&model);
            let mut scorer = Scorer::new(&compiled, &linguist);
            let page = Page::from_text("p", None, &text);
            let expected = plain(&model, &page, None);
            prop_assert_eq!(scores(&mut scorer, &page, None), Some(expected.clone()));
            // Once more, now that its short lines are known.
            prop_assert_eq!(scores(&mut scorer, &page, None), Some(expected));
        }
    }
}
