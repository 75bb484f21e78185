//! How fast a training goes on: one gradient, and the first iteration of the solver with what it
//! prepares, on the features of `data/train` and its six labels.

mod pages;

use std::hint::black_box;

use criterion::Criterion;
use saring::Label;
use saring::train::VocabularySettings;
use saring::train::extracted::{Extracted, Extras};
use saring::train::lbfgs::{Stop, minimise};
use saring::train::logistic::{Penalty, Targets};
use saring::train::matrix::Matrix;

/// One iteration, whatever the gradient.
const ONE_ITERATION: Stop = Stop {
    max_iterations: 1,
    tolerance: 0.0,
};

fn steps(criterion: &mut Criterion) {
    let pages = pages::training_pages();
    let corpus = Extracted::new(&pages, Extras::default()).expect("data/train has lines");
    let matrix = matrix(&corpus);
    let targets = Targets {
        class: corpus
            .gold()
            .iter()
            .map(|label| label.index() as u8)
            .collect(),
        weight: vec![1.0; corpus.gold().len()],
        classes: Label::ALL.len(),
    };
    let penalty = Penalty::uniform(10.0).of_places(&matrix, &targets);
    let objective = targets.objective(&matrix, &penalty);
    let zero = vec![0.0; objective.parameters()];
    let mut group = criterion.benchmark_group("train");
    group.throughput(pages::throughput(&pages));
    group.bench_function("gradient", |bencher| {
        bencher.iter(|| objective.gradient(black_box(&zero), &objective.margins(&zero)));
    });
    group.bench_function("iteration", |bencher| {
        bencher.iter(|| minimise(&objective, &mut zero.clone(), ONE_ITERATION, |_| {}));
    });
    group.finish();
}

fn matrix(corpus: &Extracted) -> Matrix {
    let settings = VocabularySettings {
        min_sites: 2,
        max_terms: None,
    };
    let selection = corpus
        .select(settings, |_| true)
        .expect("the terms are few");
    corpus.matrix(&corpus.pages().iter().collect::<Vec<_>>(), &selection)
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    steps(&mut criterion);
    criterion.final_summary();
}
