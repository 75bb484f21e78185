//! The **pages** that are measured: those of `data/train`.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use criterion::Throughput;
use saring::LabelledPage;
use saring::corpus::read_tsv;

/// Every page of `data/train`, sorted by site and file name.
pub fn training_pages() -> Vec<LabelledPage> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/train");
    let sites = entries(&corpus);
    sites
        .iter()
        .flat_map(|site| entries(site))
        .map(|path| read(&path))
        .collect()
}

/// The lines of the pages, and their bytes.
pub fn throughput(pages: &[LabelledPage]) -> Throughput {
    let lines = || pages.iter().flat_map(|page| page.page().lines());
    Throughput::ElementsAndBytes {
        elements: lines().count() as u64,
        bytes: lines().map(<[u8]>::len).sum::<usize>() as u64,
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("data/train comes with the project");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    paths
}

fn read(path: &Path) -> LabelledPage {
    let file = File::open(path).expect("the page can be opened");
    let name = |part: Option<&std::ffi::OsStr>| {
        part.map(|part| part.to_string_lossy().into_owned())
            .expect("the path has it")
    };
    let site = name(path.parent().and_then(Path::file_name));
    let place = path.to_string_lossy();
    read_tsv(
        BufReader::new(file),
        &place,
        &name(path.file_stem()),
        Some(site),
    )
    .expect("the page is a labelled one")
}
