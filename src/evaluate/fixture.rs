//! Small evaluations for tests.

use super::{Meter, ScoredPage};
use crate::Label::{self, Advertisement, Comment, Content, Metadata, Navigation, Related};

/// Gold (1 = content) and P(content) of twelve lines, with ties.
const RANKED: [(u8, f64); 12] = [
    (1, 0.95),
    (0, 0.9),
    (1, 0.9),
    (1, 0.8),
    (0, 0.8),
    (1, 0.7),
    (0, 0.7),
    (0, 0.6),
    (1, 0.55),
    (0, 0.3),
    (0, 0.2),
    (1, 0.2),
];

/// The twelve ranked lines on one page without a site.
pub(crate) fn ranked() -> Meter {
    ranked_on(&[""])
}

/// The twelve ranked lines, dealt out in order to one page of each site; content is predicted from
/// .5 on, and line n, counted from 1, has 10 n characters.
pub(crate) fn ranked_on(sites: &[&str]) -> Meter {
    let label = |content| if content { Content } else { Related };
    let lines: Vec<_> = RANKED
        .iter()
        .zip(1..)
        .map(|(&(gold, score), number)| Row {
            gold: label(gold == 1),
            predicted: label(score >= 0.5),
            probabilities: [score, 0.0, 0.0, 0.0, 1.0 - score, 0.0],
            characters: 10 * number,
        })
        .collect();
    let mut meter = Meter::new();
    for (site, lines) in sites.iter().zip(lines.chunks(RANKED.len() / sites.len())) {
        add(&mut meter, site, lines);
    }
    meter
}

/// Twelve lines of four labels on a page of site `b` and two pages of site `a`.
pub(crate) fn labelled() -> Meter {
    let mut meter = Meter::new();
    let content = [
        certain(Content, Content, 100),
        certain(Content, Content, 80),
        certain(Content, Content, 60),
        certain(Content, Navigation, 10),
        certain(Metadata, Metadata, 12),
        certain(Metadata, Content, 20),
    ];
    let navigation = [
        certain(Navigation, Navigation, 4),
        certain(Navigation, Navigation, 5),
        certain(Navigation, Related, 6),
    ];
    let related = [
        certain(Related, Related, 40),
        certain(Related, Related, 45),
        certain(Related, Content, 50),
    ];
    add(&mut meter, "b", &content);
    add(&mut meter, "a", &navigation);
    add(&mut meter, "a", &related);
    meter
}

/// An advertisement, a comment, and a line mistaken for a comment, on one page of site `a`.
pub(crate) fn with_rare_labels() -> Meter {
    let mut meter = Meter::new();
    let lines = [
        certain(Advertisement, Advertisement, 10),
        certain(Comment, Comment, 10),
        certain(Navigation, Comment, 10),
    ];
    add(&mut meter, "a", &lines);
    meter
}

struct Row {
    gold: Label,
    predicted: Label,
    probabilities: [f64; 6],
    characters: usize,
}

/// A line that is predicted with probability 1.
fn certain(gold: Label, predicted: Label, characters: usize) -> Row {
    Row {
        gold,
        predicted,
        probabilities: Label::ALL.map(|label| f64::from(u8::from(label == predicted))),
        characters,
    }
}

fn add(meter: &mut Meter, site: &str, rows: &[Row]) {
    let gold: Vec<_> = rows.iter().map(|row| row.gold).collect();
    let predicted: Vec<_> = rows.iter().map(|row| row.predicted).collect();
    let probabilities: Vec<_> = rows.iter().map(|row| row.probabilities).collect();
    let characters: Vec<_> = rows.iter().map(|row| row.characters).collect();
    let page = ScoredPage {
        id: "fixture",
        site: Some(site),
        gold: &gold,
        predicted: &predicted,
        probabilities: &probabilities,
        characters: &characters,
        seen: None,
    };
    meter.add(&page).expect("a valid page");
}
