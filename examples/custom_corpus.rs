//! A model of your own: learned from labelled pages, measured on a site that it has not seen, kept.
//!
//! ```sh
//! cargo run --release --example custom_corpus
//! ```
//!
//! The pages here are the ones of a JSON Lines text; yours come from files, by the readers of
//! `saring::corpus`.

use saring::corpus::JsonlReader;
use saring::predict::Predictor;
use saring::train::{Strength, TrainerParams};
use saring::{LabelledPage, Model};

/// Four pages of three sites. Real ones are longer, and many.
const PAGES: &str = r#"{"site": "warta.example", "lines": ["Beranda Kontak", "Harga beras naik sejak awal bulan, kata para pedagang di pasar.", "Mereka berharap panen raya segera tiba.", "BACA JUGA: Cabai Langka"], "labels": ["navigation", "content", "content", "related"]}
{"site": "warta.example", "lines": ["Beranda Kontak", "Jalan menuju pantai ditutup selama pawai, kata camat.", "BACA JUGA: Harga Beras"], "labels": ["navigation", "content", "related"]}
{"site": "kabar.example", "lines": ["Menu Utama", "Petani garam menunda panen karena hujan masih turun.", "Panen pertama jatuh pada minggu kedua, kata mereka.", "Leave a Reply"], "labels": ["navigation", "content", "content", "navigation"]}
{"site": "suara.example", "lines": ["Beranda Kontak", "Nelayan berharap hujan segera berhenti, kata camat di pasar.", "BACA JUGA: Panen Garam"], "labels": ["navigation", "content", "related"]}
"#;

fn main() -> saring::Result<()> {
    let records = JsonlReader::new(PAGES.as_bytes(), "pages.jsonl");
    let pages = records.collect::<saring::Result<Vec<_>>>()?;
    let pages: Vec<LabelledPage> = pages
        .into_iter()
        .filter_map(|page| page.into_labelled())
        .collect();
    let (heldout, training): (Vec<_>, Vec<_>) = pages
        .into_iter()
        .partition(|page| page.page().site.as_deref() == Some("suara.example"));

    // So few sites allow no cross-validation: the strength of the penalty is given.
    let trainer = TrainerParams::default()
        .strength(Strength::Fixed(0.1))
        .folds(0)
        .check()?;
    let trained = trainer.fit(&training, &mut |_progress| {})?;

    let evaluation = Predictor::new(&trained.model).evaluate(&heldout)?;
    println!(
        "F1 of content on a site that it has not seen: {:?}",
        evaluation.content.f1
    );
    assert!(evaluation.content.f1 > Some(0.9));

    // Any writer takes a model: here memory, with you a file.
    let mut file = Vec::new();
    trained.model.write(&mut file)?;
    assert_eq!(Model::read(file.as_slice())?, trained.model);
    println!("the model takes {} bytes", file.len());
    Ok(())
}
