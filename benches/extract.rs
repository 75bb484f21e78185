//! How fast pages become features: all pages of `data/train`, with the vocabulary of the built-in
//! model.

mod pages;

use std::hint::black_box;

use criterion::Criterion;
use saring::Model;
use saring::features::extract;
use saring::stem::Linguist;
use saring::vocabulary::VocabularyIndex;

fn features(criterion: &mut Criterion) {
    let model = Model::built_in().expect("the built-in model is whole");
    let pages = pages::training_pages();
    let linguist = Linguist::default();
    let mut group = criterion.benchmark_group("extract");
    group.throughput(pages::throughput(&pages));
    group.bench_function("features", |bencher| {
        bencher.iter(|| {
            for page in &pages {
                let mut index = VocabularyIndex::new(model.vocabulary(), &linguist);
                black_box(extract(
                    page.page(),
                    None,
                    &linguist,
                    &mut index,
                    model.columns(),
                ));
            }
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    features(&mut criterion);
    criterion.final_summary();
}
