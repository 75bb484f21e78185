//! The built-in model on the **seed pages**: five real pages that are no part of the project and lie
//! beside it in `../shared/seeds`. Where they are absent the tests pass and say so.
//!
//! What is article is told by line numbers, read off the pages by hand; blank lines have numbers too.
#![cfg(feature = "cli")]

mod common;

use std::fs;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use common::{printed, project, saring};

/// A seed page: the start of its file's name, and its article.
struct Seed {
    name: &'static str,
    article: &'static [RangeInclusive<usize>],
}

/// Headlines, paragraphs, sub-headings and captions; not the credits, the links and the forms.
const SEEDS: [Seed; 5] = [
    Seed {
        name: "000_",
        article: &[24..=56],
    },
    // Between the parts stand bare photo credits, at 11, 21, 31, 47 and 59.
    Seed {
        name: "001_",
        article: &[1..=10, 12..=20, 22..=30, 32..=46, 48..=58, 60..=77],
    },
    Seed {
        name: "002_",
        article: &[1..=14, 16..=24, 26..=33],
    },
    Seed {
        name: "003_",
        article: &[1..=8, 10..=29],
    },
    Seed {
        name: "004_",
        article: &[3..=28, 32..=36],
    },
];

/// The teasers of other pieces that stand before the article of the first seed.
const TEASERS: RangeInclusive<usize> = 1..=21;

/// How lines begin that are never content.
const DROPPED: [&str; 8] = [
    "Leave a Reply",
    "Your email address will not be published",
    "BACA JUGA:",
    "Baca juga:",
    "Artikel Selanjutnya",
    "Related posts",
    "Terkini Lainnya",
    "[Gambas:Video ",
];

/// A line of a seed that is not blank.
struct Line {
    number: usize,
    text: String,
    is_content: bool,
}

/// The seeds' paths, in order; none, and a note, where they are absent.
fn seeds() -> Vec<(&'static Seed, PathBuf)> {
    let folder = project("../shared/seeds");
    let Ok(entries) = fs::read_dir(&folder) else {
        // Past the capture of the test harness, so that it is seen.
        writeln!(io::stderr(), "skipped: ../shared is absent").expect("it can be written");
        return Vec::new();
    };
    let paths: Vec<_> = entries
        .map(|entry| entry.expect("readable").path())
        .collect();
    let path = |seed: &&'static Seed| {
        let is_it = |path: &&PathBuf| {
            let name = path.file_name().expect("a file");
            name.to_string_lossy().starts_with(seed.name)
        };
        paths.iter().find(is_it).expect("one file a seed").clone()
    };
    SEEDS.iter().map(|seed| (seed, path(&seed))).collect()
}

/// The lines of a seed, as the built-in model takes them.
fn lines(path: &PathBuf) -> Vec<Line> {
    let text = fs::read_to_string(path).expect("readable");
    let output = printed(saring().args(["predict", "--format", "tsv"]).arg(path));
    let mut rows = output.lines();
    let mut lines = Vec::new();
    for (index, text) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let row = rows.next().expect("a row a line");
        lines.push(Line {
            number: index + 1,
            text: text.to_owned(),
            is_content: row.starts_with("content\t"),
        });
    }
    assert_eq!(rows.next(), None, "a row a line");
    lines
}

fn characters<'a>(lines: impl IntoIterator<Item = &'a Line>) -> usize {
    lines
        .into_iter()
        .map(|line| line.text.chars().count())
        .sum()
}

#[test]
fn articles_are_kept() {
    for (seed, path) in seeds() {
        let lines = lines(&path);
        let is_article = |line: &&Line| {
            seed.article
                .iter()
                .any(|range| range.contains(&line.number))
        };
        let article: Vec<_> = lines.iter().filter(is_article).collect();
        let kept = article.iter().copied().filter(|line| line.is_content);
        let (kept, all) = (characters(kept), characters(article.iter().copied()));
        let lost: Vec<_> = article
            .iter()
            .filter(|line| !line.is_content)
            .map(|line| line.number)
            .collect();
        assert!(
            100 * kept >= 98 * all,
            "{}: {kept} of {all} characters are kept, lines {lost:?} are lost",
            seed.name
        );
    }
}

#[test]
fn forms_links_and_placeholders_are_dropped() {
    let mut seen = 0;
    for (seed, path) in seeds() {
        for line in lines(&path) {
            let is_dropped = DROPPED
                .iter()
                .any(|start| line.text.trim_start().starts_with(start));
            seen += usize::from(is_dropped);
            assert!(
                !(is_dropped && line.is_content),
                "{}: line {}",
                seed.name,
                line.number
            );
        }
    }
    // Two comment forms of two lines, three links in the text, four other headings.
    let expected = if seeds().is_empty() { 0 } else { 11 };
    assert_eq!(seen, expected);
}

#[test]
fn most_teasers_before_an_article_are_dropped() {
    let Some((_, path)) = seeds().into_iter().next() else {
        return;
    };
    let lines = lines(&path);
    let teasers: Vec<_> = lines
        .iter()
        .filter(|line| TEASERS.contains(&line.number))
        .collect();
    let dropped = teasers.iter().copied().filter(|line| !line.is_content);
    let (dropped, all) = (characters(dropped), characters(teasers.iter().copied()));
    assert!(
        2 * dropped > all,
        "{dropped} of {all} characters are dropped"
    );
}
