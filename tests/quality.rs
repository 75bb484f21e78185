//! The built-in model on `quality.tsv`: pages written by hand whose every line it must get right, as
//! content or not. A row that begins with `?` is one that it is known to get wrong: the mark goes
//! when it gets it right.

use saring::predict::Predictor;
use saring::{Label, LabelledPage, Model, corpus};

/// Most lines that may be marked.
const MOST_KNOWN_WRONG: usize = 0;

/// The pages of `quality.tsv`. A row `# id` begins a page; any other is a label, a tab and a line.
fn pages() -> Vec<LabelledPage> {
    let rows = include_str!("quality.tsv").replace("\n?", "\n");
    let rows = rows.strip_prefix("# ").expect("a page's id");
    let pages = rows.split("\n# ").map(|page| {
        let (id, rows) = page.split_once('\n').expect("rows");
        corpus::read_tsv(rows.as_bytes(), id, id, None).expect("well formed")
    });
    pages.collect()
}

#[test]
fn the_list_is_long_enough_to_mean_something() {
    let pages = pages();
    let labels: Vec<Label> = pages
        .iter()
        .flat_map(|page| page.labels())
        .copied()
        .collect();
    assert!(pages.len() >= 10, "{} pages", pages.len());
    let content = labels
        .iter()
        .filter(|&&label| label == Label::Content)
        .count();
    assert!(
        content >= 30 && labels.len() - content >= 30,
        "{content} of {}",
        labels.len()
    );
    for label in Label::ALL {
        assert!(labels.contains(&label), "no line is {label}");
    }
}

/// The texts of the marked rows.
fn known_wrong() -> Vec<&'static str> {
    let rows = include_str!("quality.tsv").lines();
    let marked = rows.filter_map(|row| row.strip_prefix('?')?.split_once('\t'));
    marked.map(|(_, line)| line).collect()
}

#[test]
fn every_line_of_the_list_is_right_but_the_marked_ones() {
    let known = known_wrong();
    assert!(
        known.len() <= MOST_KNOWN_WRONG,
        "{} lines are marked",
        known.len()
    );
    let model = Model::built_in().expect("models/id.safetensors is a model");
    let predictor = Predictor::new(&model);
    let mut wrong = Vec::new();
    for page in pages() {
        let predictions = predictor.predict(page.page());
        let lines = page.page().lines().zip(page.labels()).zip(predictions);
        for ((line, &gold), found) in lines {
            let (id, line) = (&page.page().id, String::from_utf8_lossy(line));
            let is_right = (gold == Label::Content) == (found.label == Label::Content);
            if is_right == known.contains(&line.as_ref()) {
                wrong.push(format!(
                    "{id}: {gold}, P(content) {:.3}: {line}",
                    found.content()
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} lines are wrong, or marked as wrong and right:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
