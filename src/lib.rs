//! saring tells, for each line of a scraped Indonesian web page, whether it is article content or
//! boilerplate: menus, links to other stories, advertisements, comment forms.
//!
//! It reads lines, not HTML, so it also cleans text that an extractor has left half-cleaned.
//!
//! # Cleaning a page
//!
//! A [`Page`] is the lines of one web page. A [`Predictor`](predict::Predictor) applies a
//! [`Model`] to it, and says of every line which [`Label`] it has and how likely it is content:
//!
//! ```
//! use saring::predict::Predictor;
//! use saring::{Label, Model, Page};
//!
//! let text = "\
//! Beranda Berita Desa Kontak
//! Panen Garam Mundur Dua Minggu
//! Para petani garam di Teluk Sumbing menunda panen karena hujan masih turun sampai akhir Juni.
//! \"Tanah tambak harus kering dulu, baru air laut kami alirkan ke petak penguapan,\" kata Salma.
//! Tahun lalu panen pertama jatuh pada minggu kedua bulan Juni, dan hasilnya mencapai empat ton.
//! Leave a Reply
//! Your email address will not be published. Required fields are marked *
//! ";
//! let page = Page::from_text("panen-garam", None, text);
//! let model = Model::built_in()?;
//! let lines = Predictor::new(&model).predict(&page);
//!
//! assert_eq!(lines.len(), page.len());
//! assert_eq!(lines[3].label, Label::Content);
//! assert_eq!(lines[5].label, Label::Navigation);
//! assert!(lines[3].content() > lines[5].content());
//! # Ok::<(), saring::Error>(())
//! ```
//!
//! Give whole pages: what a line is depends on what stands around it. Which lines are written, and
//! in which form, is the business of [`output`]; [`corpus`] reads pages from text, TSV, JSON
//! Lines, web archives and tables. A [`Decision`](predict::Decision) sets another threshold, or leaves the label sequence of
//! the page out.
//!
//! # Learning a model
//!
//! With the feature `train` (on by default) a model is learned from labelled pages of several
//! sites. Settings are checked before anything is learned; the strength of the penalty is found by
//! cross-validation over sites unless it is given.
//!
//! ```
//! # #[cfg(feature = "train")] {
//! use saring::corpus::read_tsv;
//! use saring::predict::Predictor;
//! use saring::train::{Strength, TrainerParams};
//! use saring::Model;
//!
//! let rows = "\
//! navigation\tBeranda Kontak
//! content\tHarga beras naik sejak awal bulan, kata para pedagang di pasar.
//! content\tMereka berharap panen raya segera tiba.
//! navigation\tLeave a Reply
//! ";
//! let page = |site: &str| read_tsv(rows.as_bytes(), "1.tsv", "1", Some(site.to_owned()));
//! let corpus = [page("warta.example")?, page("kabar.example")?];
//!
//! let trainer = TrainerParams::default().strength(Strength::Fixed(0.1)).folds(0).check()?;
//! let trained = trainer.fit(&corpus, &mut |_progress| {})?;
//! assert!(trained.convergence.converged);
//!
//! let mut file = Vec::new();
//! trained.model.write(&mut file)?;
//! let model = Model::read(file.as_slice())?;
//! assert_eq!(model, trained.model);
//!
//! let evaluation = Predictor::new(&model).evaluate(&corpus)?;
//! assert_eq!(evaluation.content.f1, Some(1.0)); // of the very pages that it learned from
//! # }
//! # Ok::<(), saring::Error>(())
//! ```
//!
//! Two trainings on the same pages with the same settings give the same bytes.
//!
//! # Measuring a model
//!
//! [`Predictor::evaluate`](predict::Predictor::evaluate) gives an
//! [`Evaluation`](evaluate::Evaluation); [`report`] shows it to people and to programs. Measure on
//! sites that the model has not seen: furniture that it knows by heart flatters it. What simple rules
//! reach on the same pages is said by [`baseline`]; [`explain`] says why a line was mistaken.
//!
//! # Features of the crate
//!
//! | feature | adds | brings |
//! |---|---|---|
//! | `train` | learning: the solver, linfa's traits, cross-validation | linfa, linfa-logistic, ndarray, rayon |
//! | `html` | the report as a web page | maud |
//! | `compression` | inputs compressed by gzip or zstd | flate2, zstd |
//! | `parquet` (default) | pages from and into Parquet tables | parquet, without arrow |
//! | `cli` (default) | the `saring` command, and all above but `parquet` | clap and other crates of the command line |
//!
//! Without any, the library cleans pages and measures models. It opens no path, prints nothing and
//! never exits: readers, writers and callbacks come from the caller.

pub mod baseline;
pub mod calibration;
pub mod corpus;
mod cue;
mod elementary;
pub mod error;
pub mod evaluate;
pub mod explain;
pub mod features;
mod hash;
pub mod label;
pub mod model;
pub mod normalize;
pub mod output;
pub mod page;
pub mod predict;
pub mod profile;
pub mod report;
mod rows;
mod scorer;
pub mod sequence;
pub mod site;
pub mod smoother;
pub mod stem;
#[cfg(feature = "parquet")]
mod table;
mod tensors;
pub mod tokenize;
#[cfg(feature = "train")]
pub mod train;
pub mod vocabulary;
pub mod window;

pub use error::{Error, Result};
pub use label::Label;
pub use model::Model;
pub use page::{LabelledPage, Page};

/// The examples of the README, compiled and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
