//! A **feature** is a fact about one line of a page that either holds or does not. This module is
//! the one place where a page becomes numbers; training and prediction both call [`extract`].
//!
//! The features of a line, in the order of their indices ([`Layout`]):
//!
//! 1. its [shape](mod@line), its [context] and its [topic], and the shapes of the two lines above and
//!    below, each measure [binned](categorical), by itself and [crossed](template) with others;
//! 2. its terms: words, numbers and marks, the stems of its words, the tokens at its start and its end
//!    together, short lines as a whole; and the single terms of the line above and the line below.
//!
//! Of a line of more than 80 bytes all but its length is told by its first and last 40 bytes, in
//! whole words.

pub mod categorical;
pub mod context;
pub(crate) mod date;
mod description;
pub(crate) mod distance;
pub(crate) mod excerpt;
pub(crate) mod furniture;
mod heading;
pub mod line;
pub(crate) mod listing;
mod rows;
pub mod table;
pub mod template;
pub mod topic;

pub use description::Description;
pub use rows::SparseRows;

use std::sync::LazyLock;

use crate::Page;
use crate::stem::{Language, Linguist};
use categorical::{CATEGORICALS, OF_LINE};
use line::Line;
use table::{Limits, Tables};
use template::Templates;

/// The index of a term in a vocabulary.
pub type TermId = u32;

/// Gives terms their indices: a fitted vocabulary knows some of them, a vocabulary in the making
/// takes all.
pub trait TermIndex {
    /// The index of a term, `None` if it is not in the vocabulary.
    fn term(&mut self, term: &str) -> Option<TermId>;

    /// The index of the stem of `word`, whose own index is `id`; `None` if the stem is not in the
    /// vocabulary.
    fn stem(&mut self, word: &str, id: Option<TermId>, language: Language) -> Option<TermId>;
}

/// Where the terms of a line stand, seen from the line that is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermSlot {
    /// On the line itself.
    Own,
    /// On the line above it.
    Above,
    /// On the line below it.
    Below,
}

const TERM_SLOTS: [TermSlot; 3] = [TermSlot::Own, TermSlot::Above, TermSlot::Below];

/// Templates of more than one categorical, and of the context of lines near by; the categoricals by
/// themselves come first.
const CROSSES: &[&str] = &[
    "size & last",
    "size & titled",
    "size & stopwords",
    "size & date",
    "size & first",
    "first & last",
    "size & place",
    "size & page_lines",
    "size & page_prose",
    "kind & page_prose_share",
    "prose_distance_above & prose_distance_below",
    "kind & prose_distance_above",
    "kind & prose_distance_below",
    "prose_above & prose_below",
    "size & some_prose_above & some_prose_below",
    "size & repeats",
    "repeats & seen_above",
    "topic_share & topic_terms",
    "size & topic_share",
    "size & topic_words",
    "size & title_words",
    "above.topic_share & above.topic_terms",
    "below.topic_share & below.topic_terms",
    "kind & above3_length",
    "kind & below3_length",
    "kind & above8_length",
    "kind & below8_length",
    "above.size & size & below.size",
    "above2.kind & above.kind & kind",
    "kind & below.kind & below2.kind",
    "above.kind & kind & below.kind",
    "size & cue_share",
    "size & cue",
    "above.cue & cue & below.cue",
    "kind & above3_cues",
    "kind & below3_cues",
    "kind & above8_cues",
    "kind & below8_cues",
    "heading_above & heading_distance_above",
    "heading_below & heading_distance_below",
    "size & heading_above",
    "size & heading_below",
    "size & form_repeats",
    "kind & form_above",
    "kind & form_below",
    "form_above & form_below",
    "kind & forms_near",
    "kind & page_dates",
    "size & date_above",
    "size & date_below",
    "size & site_share",
    "kind & unique_length",
    "above.site_share & site_share & below.site_share",
    "furniture_above & furniture_below",
];

/// The lines near by whose shape describes a line.
const NEAR: [&str; 4] = ["above.", "above2.", "below.", "below2."];

/// The templates of all features that need no vocabulary.
pub(crate) static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| {
    let single = CATEGORICALS
        .iter()
        .map(|categorical| categorical.name.to_owned());
    let crosses = CROSSES.iter().map(|&cross| cross.to_owned());
    let near = NEAR.iter().flat_map(|line| {
        let shape = CATEGORICALS[..OF_LINE].iter();
        shape.map(move |categorical| format!("{line}{}", categorical.name))
    });
    let texts: Vec<String> = single.chain(crosses).chain(near).collect();
    Templates::new(texts.iter().map(String::as_str))
});

/// The same joined in tables: what a training reads rows by.
static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let templates: Vec<_> = TEMPLATES.iter().collect();
    let limits = Limits {
        parts: 5,
        cells: 1 << 12,
    };
    Tables::new(&templates, limits)
});

/// Numbers of tokens at a line's start that are a term together.
const STARTS: [usize; 2] = [2, 3];
/// Number of tokens at its end that are.
const END: usize = 2;

/// Lines of more tokens are no terms as a whole.
pub(crate) const LONGEST_WHOLE: usize = 6;

/// The boundaries of a line in its terms; no token of a line can be one of them.
pub(crate) const LINE_START: &str = "<s>";
pub(crate) const LINE_END: &str = "</s>";

/// What marks a term as a stem: a mark and a word are never one token.
pub(crate) const STEM_MARK: char = '~';

/// Which index belongs to which feature.
pub struct Layout;

impl Layout {
    /// Number of features with a vocabulary of `terms` terms.
    pub fn columns(terms: usize) -> usize {
        Self::fixed() + terms * TERM_SLOTS.len()
    }

    /// Number of features that are there without any vocabulary.
    pub fn fixed() -> usize {
        TEMPLATES.width()
    }

    /// The index of a term's feature.
    pub fn term(id: TermId, slot: TermSlot) -> u32 {
        Self::fixed() as u32 + id * TERM_SLOTS.len() as u32 + slot as u32
    }

    /// The features that need no vocabulary, in the groups that lines have them in together: the
    /// cells of [`Description::push_cells`].
    pub fn cells() -> impl Iterator<Item = impl Iterator<Item = u32>> {
        TABLES.features()
    }

    /// Number of these groups.
    pub fn cell_count() -> usize {
        TABLES.cells()
    }

    /// The term behind a feature, `None` where the feature is none of a term.
    pub fn term_of(feature: u32) -> Option<(TermId, TermSlot)> {
        let index = feature.checked_sub(Self::fixed() as u32)?;
        let slots = TERM_SLOTS.len() as u32;
        Some((index / slots, TERM_SLOTS[(index % slots) as usize]))
    }

    /// The name of a feature of shape or context, `None` where it is one of a term.
    pub fn fixed_name(feature: u32) -> Option<String> {
        TEMPLATES.feature_name(feature as usize)
    }
}

/// Describes every line of a page by the features that hold for it, one row a line, over
/// [`Layout::columns`]`(terms)` columns.
///
/// `shares` are the page's [shares](crate::profile::SiteProfiles::shares) in the profile of its
/// site, `None` without a profile.
pub fn extract(
    page: &Page,
    shares: Option<&[f32]>,
    linguist: &Linguist,
    index: &mut impl TermIndex,
    columns: usize,
) -> SparseRows {
    let description = describe(page, shares, linguist, index);
    let mut rows = SparseRows::new(columns);
    description.push_rows(0..description.len(), Some, &mut rows);
    rows
}

/// Describes every line of a page by what all its features follow from; the arguments are those of
/// [`extract`].
pub fn describe(
    page: &Page,
    shares: Option<&[f32]>,
    linguist: &Linguist,
    index: &mut impl TermIndex,
) -> Description {
    let lines: Vec<Line> = page.lines().map(|raw| Line::new(raw, linguist)).collect();
    Description::of(&lines, shares, index)
}

/// Gives `term` each of the terms of a line that are its start or its end, of one token or more, and a
/// short line as a whole.
fn joined(line: &Line, mut term: impl FnMut(&str)) {
    let mut text = String::new();
    let mut join = |before: &[&str], terms: &[String], after: &[&str]| {
        text.clear();
        let terms = terms.iter().map(String::as_str);
        for part in before
            .iter()
            .copied()
            .chain(terms)
            .chain(after.iter().copied())
        {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(part);
        }
        term(&text);
    };
    let terms = &line.terms[..];
    match terms {
        [] => join(&[LINE_START], &[], &[LINE_END]),
        [.., last] => {
            join(&[LINE_START], &terms[..1], &[]);
            join(&[], std::slice::from_ref(last), &[LINE_END]);
        }
    }
    for length in STARTS {
        if let Some(start) = terms.get(..length) {
            join(&[LINE_START], start, &[]);
        }
    }
    if let Some(end) = terms.last_chunk::<END>() {
        join(&[], end, &[LINE_END]);
    }
    if (2..=LONGEST_WHOLE).contains(&terms.len()) {
        join(&[LINE_START], terms, &[LINE_END]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes every term, in the order they are asked for.
    #[derive(Default)]
    struct Every(Vec<String>);

    impl TermIndex for Every {
        fn term(&mut self, term: &str) -> Option<TermId> {
            let known = self.0.iter().position(|known| known == term);
            Some(known.unwrap_or_else(|| {
                self.0.push(term.to_owned());
                self.0.len() - 1
            }) as TermId)
        }

        fn stem(&mut self, word: &str, _: Option<TermId>, language: Language) -> Option<TermId> {
            self.term(&crate::vocabulary::stem_term(
                word,
                language,
                &Linguist::default(),
            ))
        }
    }

    fn feature_names(text: &str) -> Vec<Vec<String>> {
        let page = Page::from_text("p", None, text);
        let mut index = Every::default();
        let rows = extract(
            &page,
            None,
            &Linguist::default(),
            &mut index,
            Layout::columns(1000),
        );
        let name = |&feature: &u32| match Layout::term_of(feature) {
            None => Layout::fixed_name(feature).expect("below the terms"),
            Some((id, slot)) => format!("{slot:?}:{}", index.0[id as usize]),
        };
        rows.rows()
            .map(|row| row.iter().map(name).collect())
            .collect()
    }

    #[test]
    fn a_line_is_described_by_its_terms_and_those_of_its_neighbours() {
        let names = feature_names("Foto: AP\nLeave a Reply");
        let terms = |line: usize| {
            let of_term = |name: &&String| name.contains(':') && !name.contains('=');
            let mut terms: Vec<&str> = names[line].iter().filter(of_term).map(|n| &**n).collect();
            terms.sort_unstable();
            terms.join("|")
        };
        assert_eq!(
            terms(0),
            "Below:a|Below:leave|Below:reply|Below:~a|Below:~leav|Below:~repli|Own::|\
             Own:: ap </s>|Own:<s> foto|Own:<s> foto :|Own:<s> foto : ap|Own:<s> foto : ap </s>|\
             Own:ap|Own:ap </s>|Own:foto|Own:~ap|Own:~foto"
        );
        assert_eq!(
            terms(1),
            "Above::|Above:ap|Above:foto|Above:~ap|Above:~foto|Own:<s> leave|Own:<s> leave a|\
             Own:<s> leave a reply|Own:<s> leave a reply </s>|Own:a|\
             Own:a reply </s>|Own:leave|Own:reply|Own:reply </s>|Own:~a|Own:~leav|\
             Own:~repli"
        );
    }

    /// The snapshot is read by a person when it changes: `UPDATE_SNAPSHOTS=1` writes it anew.
    #[test]
    fn every_feature_of_shape_and_context_of_a_tiny_page_is_as_in_the_snapshot() {
        let text = "Beranda Berita\nHarga beras naik di Pasar Lama, kata warga yang \
                    membeli beras di sana pada Senin (3/2/2025).\nBaca juga: Panen padi mundur";
        let mut found = String::new();
        for (line, names) in feature_names(text).iter().enumerate() {
            let of_templates = names.iter().take(TEMPLATES.count());
            of_templates.for_each(|name| found.extend([&line.to_string(), "\t", name, "\n"]));
        }
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/features/tiny-page.snapshot"
        );
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(path, &found).expect("the source folder can be written");
        }
        assert_eq!(found, include_str!("tiny-page.snapshot"));
    }
}
