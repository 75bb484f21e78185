//! A **baseline** is a rule that looks at a line, or at how often it stands on its site, and has
//! learned nothing. A model has to be
//! better than each of them to be worth its file.

use crate::evaluate::{Baseline, Meter, ScoredPage};
use crate::normalize::{characters, normalize};
use crate::profile::SiteProfiles;
use crate::stem::Linguist;
use crate::tokenize::{Token, TokenKind, tokens};
use crate::{Label, LabelledPage, Page, Result};

/// From how many characters on a line is content, by its length.
const LEAST_CHARACTERS: f64 = 80.0;
/// How many words a line must have to stay in C4.
const LEAST_WORDS: usize = 5;
/// From which share of stopwords on a line is content: the smaller of jusText's two.
const LEAST_STOPWORDS: f64 = 0.30;

/// A rule that says of a line whether it is content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Every line is content.
    KeepAll,
    /// Lines of at least 80 characters are.
    Length,
    /// Lines are that end in a full stop, an exclamation mark, a question mark or a quotation mark,
    /// but not in an ellipsis, and have at least five words: what C4 keeps of a page (Raffel et al.
    /// 2020, *Exploring the limits of transfer learning with a unified text-to-text transformer*,
    /// section 2.2; marks and ellipsis as in its code).
    C4,
    /// Lines are of whose words at least 30% are Indonesian stopwords: jusText's measure and its
    /// `stopwords_low` (Pomikálek 2011, *Removing boilerplate and duplicate content from web
    /// corpora*).
    StopwordDensity,
}

impl Rule {
    /// Every rule, in the order of reports.
    pub const ALL: [Rule; 4] = [Rule::KeepAll, Rule::Length, Rule::C4, Rule::StopwordDensity];

    /// The rule's name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Rule::KeepAll => "keep all",
            Rule::Length => "80 characters",
            Rule::C4 => "C4's lines",
            Rule::StopwordDensity => "30% stopwords",
        }
    }

    /// How much a normalised line looks like content, 0 to 1; it is content from one half on.
    ///
    /// Rules that measure something give more to lines that have more of it, so that lines can be
    /// ranked by them.
    ///
    /// ```
    /// use saring::baseline::Rule;
    /// use saring::stem::Linguist;
    ///
    /// let score = |rule: Rule, line| rule.score(line, &Linguist::default());
    /// assert_eq!(score(Rule::C4, "Harga beras di pasar itu naik."), 1.0);
    /// assert_eq!(score(Rule::C4, "Leave a Reply"), 0.0);
    /// // 2 of 6 words are stopwords: 1/3 / (1/3 + 3/10).
    /// let score = score(Rule::StopwordDensity, "Harga beras di pasar itu naik.");
    /// assert!((score - 10.0 / 19.0).abs() < 1e-12);
    /// ```
    pub fn score(self, line: &str, linguist: &Linguist) -> f64 {
        let measured = |value: f64, least: f64| value / (value + least);
        match self {
            Rule::KeepAll => 1.0,
            Rule::Length => measured(line.chars().count() as f64, LEAST_CHARACTERS),
            Rule::C4 => f64::from(u8::from(is_kept_by_c4(line))),
            Rule::StopwordDensity => measured(stopword_density(line, linguist), LEAST_STOPWORDS),
        }
    }
}

fn is_kept_by_c4(line: &str) -> bool {
    line.ends_with(['.', '!', '?', '"', '”'])
        && !line.ends_with("...")
        && line.split_whitespace().count() >= LEAST_WORDS
}

/// The share of Indonesian stopwords among the words of a line; 0 without words.
fn stopword_density(line: &str, linguist: &Linguist) -> f64 {
    let (mut stopwords, mut words) = (0, 0);
    let is_word = |token: &Token| token.kind == TokenKind::Word;
    for word in tokens(line).filter(is_word) {
        words += 1;
        stopwords += u32::from(linguist.is_indonesian_stopword(&word.text.to_lowercase()));
    }
    f64::from(stopwords) / f64::from(words.max(1))
}

/// What each rule of [`Rule::ALL`] reaches on labelled pages; with profiles of their sites, also
/// what this rule does: a line is content unless it stands on more than half of the other pages of
/// its site.
///
/// # Errors
/// None for pages that were read by this library: see [`Meter::add`].
pub fn evaluate(pages: &[LabelledPage], profiles: Option<&SiteProfiles>) -> Result<Vec<Baseline>> {
    let linguist = Linguist::default();
    let mut baselines = Vec::new();
    for rule in Rule::ALL {
        let scores = |page: &Page| line_scores(rule, page, &linguist);
        baselines.push(measured(rule.name(), pages, scores)?);
    }
    if let Some(profiles) = profiles {
        let scores = |page: &Page| unrepeated(page, profiles);
        baselines.push(measured("site repeats", pages, scores)?);
    }
    Ok(baselines)
}

fn line_scores(rule: Rule, page: &Page, linguist: &Linguist) -> Vec<f64> {
    let mut text = String::new();
    let scores = page.lines().map(|line| {
        normalize(line, &mut text);
        rule.score(&text, linguist)
    });
    scores.collect()
}

/// On what share of the other pages of its site each line does not stand; 1 where that is unknown.
fn unrepeated(page: &Page, profiles: &SiteProfiles) -> Vec<f64> {
    match profiles.shares(page) {
        Some(shares) => shares
            .into_iter()
            .map(|share| 1.0 - f64::from(share))
            .collect(),
        None => vec![1.0; page.len()],
    }
}

/// Measures a rule that scores the lines of a page, 0 to 1; content is scored one half or more.
fn measured(
    name: &str,
    pages: &[LabelledPage],
    scores: impl Fn(&Page) -> Vec<f64>,
) -> Result<Baseline> {
    // A rule knows no other labels: navigation stands for all of them.
    let probabilities = |&score: &f64| [score, 0.0, 1.0 - score, 0.0, 0.0, 0.0];
    let label = |&score: &f64| match score >= 0.5 {
        true => Label::Content,
        false => Label::Navigation,
    };
    let mut meter = Meter::new();
    for page in pages {
        let scores = scores(page.page());
        meter.add(&ScoredPage {
            id: &page.page().id,
            site: page.page().site.as_deref(),
            gold: page.labels(),
            predicted: &scores.iter().map(label).collect::<Vec<_>>(),
            probabilities: &scores.iter().map(probabilities).collect::<Vec<_>>(),
            characters: &characters(page.page().lines()).collect::<Vec<_>>(),
            seen: None,
        })?;
    }
    Ok(Baseline::new(name, &meter.finish().content))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::ProfileBuilder;

    fn is_content(rule: Rule, line: &str) -> bool {
        rule.score(line, &Linguist::default()) >= 0.5
    }

    #[test]
    fn a_line_is_long_from_80_characters_on() {
        assert!(is_content(Rule::Length, &"é".repeat(80)));
        assert!(!is_content(Rule::Length, &"é".repeat(79)));
    }

    #[test]
    fn c4_keeps_five_words_that_end_in_terminal_punctuation() {
        let lines = [
            ("Warga desa menunda panen garam.", true),
            ("Warga desa menunda panen garam", false),
            ("Warga desa menunda panen.", false), // four words
            ("Warga desa menunda panen garam...", false),
            ("\"Kami menunda panen sampai Juni\"", true),
            ("“Kami menunda panen sampai Juni.”", true),
            ("Sampai kapan hujan akan turun?", true),
            ("Hujan turun terus di sini!", true),
            ("", false),
        ];
        for (line, kept) in lines {
            assert_eq!(is_content(Rule::C4, line), kept, "{line}");
        }
    }

    /// Three of ten words are 30%, two of seven are less.
    #[test]
    fn a_line_is_running_text_from_three_stopwords_in_ten_words_on() {
        let rows = [
            (
                "Yang (sudah), tidak: garam garam garam garam garam garam garam 7 7",
                true,
            ),
            ("yang sudah garam garam garam garam garam", false),
            ("2024 | 12", false),
        ];
        for (line, expected) in rows {
            assert_eq!(is_content(Rule::StopwordDensity, line), expected, "{line}");
        }
    }

    /// Of four lines two are content: kept all, precision is 1/2 and recall 1, F1 2/3. C4 keeps one
    /// of them and nothing else: recall 1/2, F1 2/3. No line has 80 characters.
    #[test]
    fn each_rule_is_measured_by_itself() {
        let mut page = LabelledPage::new("p", Some("kabar.example".to_owned()));
        page.push(Label::Content, b"Warga desa menunda panen garam.");
        page.push(Label::Content, b"Panen Garam Mundur");
        page.push(Label::Navigation, b"Beranda");
        page.push(Label::Related, b"Baca juga: Harga cabai");
        let baselines = evaluate(&[page], None).expect("a prediction a line");
        let names: Vec<_> = baselines.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, Rule::ALL.map(Rule::name));
        let [all, length, c4, _] = &baselines[..] else {
            panic!("four rules");
        };
        assert_eq!((all.precision, all.recall), (Some(0.5), Some(1.0)));
        assert_eq!(all.average_precision, Some(0.5));
        assert_eq!((length.precision, length.recall), (None, Some(0.0)));
        // 31, 18, 7 and 22 characters: by length, content is first and third: (1 + 2/3) / 2.
        let ranked = length.average_precision.expect("content");
        assert!((ranked - 5.0 / 6.0).abs() < 1e-12, "{ranked}");
        assert_eq!((c4.precision, c4.recall), (Some(1.0), Some(0.5)));
        assert_eq!(c4.f1, Some(2.0 / 3.0));
    }

    /// "Beranda" stands on all three other pages of its site, the stories on none. Nothing is known
    /// of the other site, so its lines are all kept: 2 of the 3 lines that are predicted are content.
    #[test]
    fn with_profiles_a_line_that_its_site_repeats_is_no_content() {
        let page = |site: &str, story: &str| {
            let mut page = LabelledPage::new("p", Some(site.to_owned()));
            page.push(Label::Navigation, b"Beranda");
            page.push(Label::Content, story.as_bytes());
            page
        };
        let mut builder = ProfileBuilder::default();
        for story in ["Harga naik", "Panen mundur", "Hujan turun"] {
            builder.add(page("kabar.example", story).page());
        }
        let pages = [
            page("kabar.example", "Garam langka"),
            page("warta.example", "Laut surut"),
        ];
        let baselines = evaluate(&pages, Some(&builder.finish())).expect("a prediction a line");
        let repeats = baselines.last().expect("five rules");
        assert_eq!(
            (baselines.len(), repeats.name.as_str()),
            (5, "site repeats")
        );
        assert_eq!(repeats.precision, Some(2.0 / 3.0));
        assert_eq!(repeats.recall, Some(1.0));
    }
}
