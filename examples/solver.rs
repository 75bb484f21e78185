//! Times the **solver**: exports the feature matrix of labelled pages, and goes down the objective
//! of logistic regression on an exported matrix, telling the time at every iteration.
//! `benches/compare/speed.sh solver` compares that with other solvers on the same matrix.
//!
//! ```text
//! solver export PAGES.jsonl OUT      OUT.offsets (u64), OUT.columns (u32), OUT.labels (u8)
//! solver path OUT binary|six L2 TOLERANCE THREADS
//! ```
//!
//! `path` prints a row an iteration: seconds since the rows were in memory, objective, norm of the
//! gradient. The seconds include the making of the matrix.

#![allow(clippy::print_stdout, reason = "an example prints what it finds")]

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::time::Instant;

use saring::LabelledPage;
use saring::corpus::{JsonlReader, Record};
use saring::features::SparseRows;
use saring::train::VocabularySettings;
use saring::train::extracted::{Extracted, Extras};
use saring::train::lbfgs::Stop;
use saring::train::logistic::{Classifier, Penalty, Targets};
use saring::train::matrix::Matrix;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Terms of at least two sites, as in a training.
const VOCABULARY: VocabularySettings = VocabularySettings {
    min_sites: 2,
    max_terms: None,
};

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["export", pages, out] => export(pages, out),
        [
            "path",
            out,
            labels @ ("binary" | "six"),
            l2,
            tolerance,
            threads,
        ] => {
            let penalty = Penalty::uniform(l2.parse()?);
            let stop = Stop {
                max_iterations: 10_000,
                tolerance: tolerance.parse()?,
            };
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?);
            pool.build()?
                .install(|| path(out, labels == "binary", penalty, stop))
        }
        _ => Err(
            "usage: solver export PAGES OUT, or path OUT binary|six L2 TOLERANCE THREADS".into(),
        ),
    }
}

fn export(pages: &str, out: &str) -> Outcome<()> {
    let records = JsonlReader::new(BufReader::new(File::open(pages)?), pages);
    let pages: Vec<LabelledPage> = records
        .filter_map(|record| record.map(Record::into_labelled).transpose())
        .collect::<Result<_, _>>()?;
    let corpus = Extracted::new(&pages, Extras::default())?;
    let selection = corpus.select(VOCABULARY, |_| true)?;
    let rows = corpus.rows(corpus.pages(), &selection);
    let create = |end: &str| File::create(format!("{out}.{end}")).map(BufWriter::new);
    let mut offsets = create("offsets")?;
    let mut columns = create("columns")?;
    let mut end: u64 = 0;
    offsets.write_all(&end.to_le_bytes())?;
    for row in rows.rows() {
        end += row.len() as u64;
        offsets.write_all(&end.to_le_bytes())?;
        for column in row {
            columns.write_all(&column.to_le_bytes())?;
        }
    }
    let labels = corpus.gold().iter().map(|label| label.index() as u8);
    create("labels")?.write_all(&labels.collect::<Vec<u8>>())?;
    println!(
        "{} rows, {} columns, {end} entries",
        rows.len(),
        rows.columns()
    );
    Ok(())
}

fn path(out: &str, is_binary: bool, penalty: Penalty, stop: Stop) -> Outcome<()> {
    let rows = read_rows(out)?;
    let class = fs::read(format!("{out}.labels"))?;
    let targets = Targets {
        weight: vec![1.0; class.len()],
        class: class
            .into_iter()
            .map(|label| {
                if is_binary {
                    u8::from(label > 0)
                } else {
                    label
                }
            })
            .collect(),
        classes: if is_binary { 2 } else { 6 },
    };
    let start = Instant::now();
    let matrix = Matrix::new(&rows);
    drop(rows);
    Classifier::fit(&matrix, &targets, penalty, None, stop, None, |state| {
        println!(
            "{:.3}\t{:.9}\t{:.3e}",
            start.elapsed().as_secs_f64(),
            state.objective,
            state.gradient_norm
        );
    });
    Ok(())
}

fn read_rows(out: &str) -> Outcome<SparseRows> {
    let offsets = fs::read(format!("{out}.offsets"))?;
    let columns = fs::read(format!("{out}.columns"))?;
    let (offsets, _) = offsets.as_chunks::<8>();
    let (columns, _) = columns.as_chunks::<4>();
    let width = columns
        .iter()
        .map(|&column| u32::from_le_bytes(column))
        .max();
    let mut rows = SparseRows::new(width.map_or(0, |last| last as usize + 1));
    for ends in offsets.windows(2) {
        let [start, end] = [ends[0], ends[1]].map(|end| u64::from_le_bytes(end) as usize);
        let mut row = columns[start..end]
            .iter()
            .map(|&column| u32::from_le_bytes(column))
            .collect();
        rows.push(&mut row);
    }
    Ok(rows)
}
