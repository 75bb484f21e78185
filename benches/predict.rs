//! How fast pages are predicted by the built-in model: all pages of `data/train`, from bytes to
//! labels, each line by itself and with the label sequence.

mod pages;

use std::hint::black_box;

use criterion::Criterion;
use saring::Model;
use saring::predict::{Decision, Predictor};

fn predictions(criterion: &mut Criterion) {
    let model = Model::built_in().expect("the built-in model is whole");
    let pages = pages::training_pages();
    let mut group = criterion.benchmark_group("predict");
    group.throughput(pages::throughput(&pages));
    for (name, smoothing) in [("plain", false), ("smoothed", true)] {
        let predictor = Predictor::new(&model).with_decision(Decision {
            smoothing,
            threshold: None,
        });
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for page in &pages {
                    black_box(predictor.predict(page.page()));
                }
            });
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    predictions(&mut criterion);
    criterion.final_summary();
}
