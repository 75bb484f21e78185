//! A **categorical** is a measure put into one of a few named bins; each bin is one binary feature.
//!
//! Counts and shares are binned rather than scaled, so that every row of the feature matrix is a
//! set of indices, and a linear model can bend.

/// How values become bins.
#[derive(Clone, Copy, Debug)]
pub enum Bins {
    /// Bin `i` holds the values `v` with `edges[i - 1] <= v < edges[i]`; one bin more than edges.
    Edges(&'static [f32]),
    /// One bin a name; the value is the name's place.
    Names(&'static [&'static str]),
}

/// A named measure and its bins.
#[derive(Clone, Copy, Debug)]
pub struct Categorical {
    /// What is measured.
    pub name: &'static str,
    /// How its values are binned.
    pub bins: Bins,
}

/// The bin of one categorical, from 0.
pub type Bin = u8;

impl Categorical {
    /// A categorical over numbers.
    pub const fn edges(name: &'static str, edges: &'static [f32]) -> Self {
        Self {
            name,
            bins: Bins::Edges(edges),
        }
    }

    /// A categorical over names.
    pub const fn names(name: &'static str, names: &'static [&'static str]) -> Self {
        Self {
            name,
            bins: Bins::Names(names),
        }
    }

    /// Number of bins.
    pub const fn bin_count(&self) -> usize {
        match self.bins {
            Bins::Edges(edges) => edges.len() + 1,
            Bins::Names(names) => names.len(),
        }
    }

    /// The bin that holds `value`.
    pub fn bin(&self, value: f32) -> Bin {
        let bin = match self.bins {
            Bins::Edges(edges) => edges.iter().take_while(|&&edge| value >= edge).count(),
            Bins::Names(names) => (value as usize).min(names.len() - 1),
        };
        bin as Bin
    }

    /// The name of a feature: `characters=20..30`, `last=period`.
    pub fn feature_name(&self, bin: usize) -> String {
        let name = self.name;
        match self.bins {
            Bins::Names(names) => format!("{name}={}", names[bin]),
            Bins::Edges(edges) => {
                match (bin.checked_sub(1).map(|low| edges[low]), edges.get(bin)) {
                    (None, Some(high)) => format!("{name}<{high}"),
                    (Some(low), Some(high)) => format!("{name}={low}..{high}"),
                    (Some(low), None) => format!("{name}>={low}"),
                    (None, None) => name.to_owned(),
                }
            }
        }
    }
}

const SIZES: &[f32] = &[12.0, 26.0, 51.0, 101.0, 201.0];
const SHARES: &[f32] = &[0.001, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.99];
const PLACES: &[f32] = &[
    1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 35.0, 60.0, 100.0, 200.0,
];
const LENGTHS: &[f32] = &[8.0, 13.0, 18.0, 25.0, 35.0, 50.0, 75.0, 110.0, 160.0];
const CUE_SHARES: &[f32] = &[0.001, 0.251, 0.501, 0.751];
const CUES: &[f32] = &[0.001, 0.03, 0.06, 0.1, 0.2, 0.35, 0.5];
const CUE_LINES: &[f32] = &[0.01, 0.1, 0.2, 0.35, 0.5, 0.7];
const DISTANCES: &[f32] = &[2.0, 3.0, 4.0, 6.0, 9.0, 15.0, 26.0, 1e6];
const COUNTS: &[f32] = &[1.0, 2.0, 4.0, 8.0];
const OVERLAPS: &[f32] = &[0.0, 0.01, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95];
/// Below 0 stands for "no profile".
const SITE_SHARES: &[f32] = &[0.0, 0.001, 0.1, 0.25, 0.5, 0.8];
const FURNITURE: &[f32] = &[0.0, 2.0, 3.0, 5.0, 9.0, 20.0, 1e6];
/// Distances that matter inside a listing's entry.
const ENTRY: &[f32] = &[2.0, 3.0, 4.0, 6.0, 10.0, 1e6];
const NO_YES: &[&str] = &["no", "yes"];

pub(crate) const FIRST: &[&str] = &[
    "upper", "lower", "digit", "quote", "bracket", "bullet", "mark",
];
pub(crate) const LAST: &[&str] = &[
    "letter",
    "digit",
    "period",
    "question",
    "exclamation",
    "colon",
    "comma",
    "quote",
    "bracket",
    "ellipsis",
    "mark",
];
pub(super) const ADDRESS: &[&str] = &["none", "host", "url", "mail"];
pub(super) const LANGUAGE: &[&str] = &["none", "indonesian", "english"];
pub(super) const DATE: &[&str] = &["none", "clock", "month", "slashes", "ago"];
/// From this place in [`DATE`] on a line has a date, not only a time of day.
pub(crate) const DATED: usize = 2;
/// No cue, then the kinds of [`Cue`](crate::cue::Cue).
pub(super) const CUE: &[&str] = &[
    "none",
    "comment",
    "related",
    "sharing",
    "advertisement",
    "metadata",
    "shop",
    "navigation",
];
/// A line in a word: its size, and whether it ends like a sentence.
pub(super) const KIND: &[&str] = &[
    "tiny",
    "tiny_sentence",
    "short",
    "short_sentence",
    "medium",
    "medium_sentence",
    "long",
    "long_sentence",
];

/// Number of categoricals that one line tells by itself: the first ones of [`CATEGORICALS`].
pub const OF_LINE: usize = 24;

/// The place of `date` among them.
pub const DATE_OF_LINE: usize = 17;

/// The place of `cue` among them.
pub const CUE_OF_LINE: usize = 22;

/// Everything that is measured of a line, and how it is binned. The values come in this order from
/// [`Line::values`](super::line::Line::values) and [`bins`](super::context::bins).
pub const CATEGORICALS: [Categorical; 77] = [
    Categorical::edges(
        "characters",
        &[
            3.0, 6.0, 10.0, 15.0, 20.0, 30.0, 40.0, 55.0, 70.0, 90.0, 120.0, 160.0, 220.0, 300.0,
            500.0,
        ],
    ),
    Categorical::edges("size", SIZES),
    Categorical::edges(
        "words",
        &[
            1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 9.0, 12.0, 16.0, 22.0, 30.0, 45.0, 70.0,
        ],
    ),
    Categorical::edges(
        "capital_share",
        &[0.001, 0.03, 0.06, 0.1, 0.2, 0.4, 0.7, 0.99],
    ),
    Categorical::edges("title_share", SHARES),
    Categorical::edges("titled", &[0.3, 0.6, 0.99]),
    Categorical::edges("digit_share", &[0.001, 0.03, 0.1, 0.2, 0.4, 0.7, 0.99]),
    Categorical::edges("mark_share", &[0.001, 0.02, 0.04, 0.07, 0.12, 0.25, 0.5]),
    Categorical::edges("stopword_share", &[0.001, 0.08, 0.15, 0.22, 0.3, 0.4, 0.5]),
    Categorical::edges("stopwords", &[1.0, 2.0, 3.0, 5.0, 9.0]),
    Categorical::edges("sentence_ends", &[1.0, 2.0, 3.0, 5.0]),
    Categorical::edges("commas", &[1.0, 2.0, 3.0, 5.0]),
    Categorical::names("first", FIRST),
    Categorical::names("last", LAST),
    Categorical::names("ellipsis", NO_YES),
    Categorical::names("address", ADDRESS),
    Categorical::names("language", LANGUAGE),
    Categorical::names("date", DATE),
    Categorical::edges("glued_words", &[1.0, 2.0, 4.0]),
    Categorical::edges("longest_word", &[4.0, 7.0, 10.0, 13.0, 17.0, 25.0]),
    Categorical::edges("cues", &[1.0, 2.0, 3.0, 6.0]),
    Categorical::edges("cue_share", CUE_SHARES),
    Categorical::names("cue", CUE),
    Categorical::names("kind", KIND),
    Categorical::edges(
        "place",
        &[0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95],
    ),
    Categorical::edges("lines_above", PLACES),
    Categorical::edges("lines_below", PLACES),
    Categorical::edges("page_lines", &[20.0, 40.0, 70.0, 110.0, 170.0, 260.0]),
    Categorical::edges("page_prose", &[1.0, 2.0, 4.0, 8.0, 14.0, 25.0]),
    Categorical::edges(
        "page_prose_share",
        &[0.001, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85],
    ),
    Categorical::edges("above3_length", LENGTHS),
    Categorical::edges("above8_length", LENGTHS),
    Categorical::edges("above20_length", LENGTHS),
    Categorical::edges("below3_length", LENGTHS),
    Categorical::edges("below8_length", LENGTHS),
    Categorical::edges("below20_length", LENGTHS),
    Categorical::edges("above3_cues", CUES),
    Categorical::edges("above8_cues", CUES),
    Categorical::edges("above20_cues", CUES),
    Categorical::edges("below3_cues", CUES),
    Categorical::edges("below8_cues", CUES),
    Categorical::edges("below20_cues", CUES),
    Categorical::edges("above3_cue_lines", CUE_LINES),
    Categorical::edges("above8_cue_lines", CUE_LINES),
    Categorical::edges("above20_cue_lines", CUE_LINES),
    Categorical::edges("below3_cue_lines", CUE_LINES),
    Categorical::edges("below8_cue_lines", CUE_LINES),
    Categorical::edges("below20_cue_lines", CUE_LINES),
    Categorical::edges("prose_distance_above", DISTANCES),
    Categorical::edges("prose_distance_below", DISTANCES),
    Categorical::edges("prose_above", COUNTS),
    Categorical::edges("prose_below", COUNTS),
    Categorical::edges("some_prose_above", &[1.0, 3.0]),
    Categorical::edges("some_prose_below", &[1.0, 3.0]),
    Categorical::names("heading_above", CUE),
    Categorical::names("heading_below", CUE),
    Categorical::edges("heading_distance_above", DISTANCES),
    Categorical::edges("heading_distance_below", DISTANCES),
    Categorical::edges("repeats", &[2.0, 3.0, 4.0, 6.0]),
    Categorical::names("seen_above", NO_YES),
    Categorical::edges("topic_share", OVERLAPS),
    Categorical::edges("topic_words", &[1.0, 2.0, 3.0, 5.0, 8.0]),
    Categorical::edges("topic_terms", &[1.0, 2.0, 3.0, 5.0, 8.0]),
    Categorical::edges("title_words", &[0.0, 1.0, 2.0, 3.0, 5.0]),
    Categorical::edges("form_repeats", &[2.0, 3.0, 4.0, 6.0]),
    Categorical::edges("form_above", ENTRY),
    Categorical::edges("form_below", ENTRY),
    Categorical::edges("forms_near", &[0.01, 0.1, 0.2, 0.35, 0.5, 0.7]),
    Categorical::edges("page_dates", &[1.0, 2.0, 3.0, 5.0, 9.0]),
    Categorical::edges("date_above", ENTRY),
    Categorical::edges("date_below", ENTRY),
    Categorical::edges("site_share", SITE_SHARES),
    Categorical::edges("site_share_above3", SITE_SHARES),
    Categorical::edges("site_share_below3", SITE_SHARES),
    Categorical::edges("furniture_above", FURNITURE),
    Categorical::edges("furniture_below", FURNITURE),
    Categorical::edges(
        "unique_length",
        &[0.0, 1.0, 60.0, 200.0, 600.0, 1500.0, 4000.0],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cue::{Cue, CueKinds};

    const SIZE: Categorical = Categorical::edges("size", &[1.0, 10.0]);

    #[test]
    fn an_edge_belongs_to_the_bin_above_it() {
        let bins: Vec<_> = [0.0, 0.9, 1.0, 9.9, 10.0, 1e9].map(|v| SIZE.bin(v)).into();
        assert_eq!(bins, [0, 0, 1, 1, 2, 2]);
    }

    #[test]
    fn every_bin_has_a_name() {
        let names: Vec<_> = (0..3).map(|bin| SIZE.feature_name(bin)).collect();
        assert_eq!(names, ["size<1", "size=1..10", "size>=10"]);
        let kind = Categorical::names("kind", &["none", "some"]);
        assert_eq!(
            (kind.bin_count(), kind.feature_name(1).as_str()),
            (2, "kind=some")
        );
    }

    #[test]
    fn the_date_of_a_line_stands_where_it_is_looked_for() {
        assert_eq!(CATEGORICALS[DATE_OF_LINE].name, "date");
        assert_eq!(DATE[DATED..], ["month", "slashes", "ago"]);
    }

    #[test]
    fn the_cue_of_a_line_stands_where_it_is_looked_for() {
        assert_eq!(CATEGORICALS[CUE_OF_LINE].name, "cue");
        for (cue, name) in [(Cue::Comment, "comment"), (Cue::Navigation, "navigation")] {
            assert_eq!(CUE[CueKinds::of(cue).first()], name);
        }
        assert_eq!(CUE[CueKinds::default().first()], "none");
    }

    #[test]
    fn no_two_categoricals_share_a_name() {
        let names: std::collections::BTreeSet<_> = CATEGORICALS.map(|c| c.name).into();
        assert_eq!(names.len(), CATEGORICALS.len());
    }
}
