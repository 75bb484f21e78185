//! The built-in model on `quality.tsv`: pages written by hand whose every line it must get right, as
//! content or not.

use saring::predict::Predictor;
use saring::{Label, LabelledPage, Model, corpus};

/// The pages of `quality.tsv`. A row `# id` begins a page; any other is a label, a tab and a line.
fn pages() -> Vec<LabelledPage> {
    let rows = include_str!("quality.tsv");
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

#[test]
fn every_line_of_the_list_is_right() {
    let model = Model::built_in().expect("models/id.safetensors is a model");
    let predictor = Predictor::new(&model);
    let mut wrong = Vec::new();
    for page in pages() {
        let predictions = predictor.predict(page.page());
        let lines = page.page().lines().zip(page.labels()).zip(predictions);
        for ((line, &gold), found) in lines {
            let (id, line) = (&page.page().id, String::from_utf8_lossy(line));
            let is_right = (gold == Label::Content) == (found.label == Label::Content);
            if !is_right {
                wrong.push(format!(
                    "{id}: {gold}, P(content) {:.3}: {line}",
                    found.content()
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} lines are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
