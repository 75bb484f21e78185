//! Cleans a file of Common Crawl's texts: `cargo run --release --example wet_cleaner x.warc.wet.gz`
//! prints the content of each page below its URL.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::fs::File;
use std::io::{self, BufWriter, Write};

use saring::corpus::{Decompressed, WetReader};
use saring::output::write_text;
use saring::predict::Predictor;
use saring::{Label, Model};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name a .wet file")?;
    let model = Model::built_in()?;
    let predictor = Predictor::new(&model);
    let mut worker = predictor.worker();
    let mut out = BufWriter::new(io::stdout().lock());
    for page in WetReader::new(Decompressed::new(File::open(&path)?)?, &path) {
        let page = page?;
        writeln!(out, "# {}", page.url.as_deref().unwrap_or("?"))?;
        let page = page.into_page();
        write_text(&page, &worker.predict(&page), &[Label::Content], &mut out)?;
    }
    Ok(out.flush()?)
}
