//! **Counting** is how an engine finds out site profiles where no single machine sees all pages of a
//! site: pages become hashes, the engine counts them, the counts of a site become its profile.
//!
//! Engines know no unsigned numbers, so hashes go as signed ones of the same bits.

use arrow_array::builder::{Int64Builder, ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ListArray};
use arrow_data::ArrayData;
use arrow_pyarrow::{PyArrowType, ToPyArrow};
use arrow_schema::DataType;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use saring::Page;
use saring::profile::{PageHashes, SiteProfiles};

use crate::refusal::{refusal, value};
use crate::texts::Texts;

/// The hashes of pages in three Arrow arrays: sites, hashes of the pages, hashes of the different
/// lines of each. Pages without a site or a line are left out.
#[pyfunction]
pub fn hash_batch<'py>(
    texts: &Bound<'py, PyAny>,
    sites: &Bound<'py, PyAny>,
) -> PyResult<[Bound<'py, PyAny>; 3]> {
    let py = texts.py();
    let (texts, sites) = (Texts::new(texts, "texts")?, Texts::new(sites, "sites")?);
    if texts.len() != sites.len() {
        let (sites, texts) = (sites.len(), texts.len());
        return Err(value(format!(
            "{sites} sites for {texts} texts: give one a text"
        )));
    }
    let hashes = py.detach(|| Hashes::of(&texts, &sites));
    let [sites, pages, lines] = hashes.arrays();
    Ok([
        sites.to_pyarrow(py)?,
        pages.to_pyarrow(py)?,
        lines.to_pyarrow(py)?,
    ])
}

#[derive(Default)]
struct Hashes {
    sites: StringBuilder,
    pages: Int64Builder,
    lines: ListBuilder<Int64Builder>,
}

impl Hashes {
    fn of(texts: &Texts, sites: &Texts) -> Self {
        let mut hashes = Self::default();
        for index in 0..texts.len() {
            if let (Some(text), Some(site)) = (texts.get(index), sites.get(index)) {
                hashes.push(text, site);
            }
        }
        hashes
    }

    fn push(&mut self, text: &str, site: &str) {
        let page = Page::from_text("", None, text);
        if page.is_empty() {
            return;
        }
        let PageHashes { page, lines } = PageHashes::of(&page);
        self.sites.append_value(site);
        self.pages.append_value(page.cast_signed());
        self.lines
            .append_value(lines.into_iter().map(|line| Some(line.cast_signed())));
    }

    fn arrays(mut self) -> [ArrayData; 3] {
        [
            self.sites.finish().into_data(),
            self.pages.finish().into_data(),
            self.lines.finish().into_data(),
        ]
    }
}

/// The profile file of each site: from the hashes of its pages, and the hashes of its lines with the
/// number of pages that each stands on (a list of structs; null for none).
#[pyfunction]
pub fn profiles_of_sites<'py>(
    py: Python<'py>,
    sites: Vec<String>,
    pages: PyArrowType<ArrayData>,
    lines: PyArrowType<ArrayData>,
) -> PyResult<Vec<Bound<'py, PyBytes>>> {
    let (pages, lines) = (lists(pages.0, "pages")?, lists(lines.0, "lines")?);
    if pages.len() != sites.len() || lines.len() != sites.len() {
        return Err(value("give pages and lines for every site"));
    }
    let files = sites.into_iter().enumerate().map(|(index, site)| {
        let file = profile(
            site,
            page_hashes(&pages, index)?,
            line_counts(&lines, index)?,
        )?;
        Ok(PyBytes::new(py, &file))
    });
    files.collect()
}

fn profile(site: String, pages: Vec<u64>, lines: Vec<(u64, u32)>) -> PyResult<Vec<u8>> {
    let mut profiles = SiteProfiles::default();
    profiles.insert(site, pages, lines).map_err(refusal)?;
    let mut file = Vec::new();
    profiles.write(&mut file).map_err(refusal)?;
    Ok(file)
}

fn lists(data: ArrayData, name: &str) -> PyResult<ListArray> {
    match data.data_type() {
        DataType::List(_) => Ok(data.into()),
        other => Err(value(format!(
            "{name} is an Arrow array of {other}: give one of lists"
        ))),
    }
}

fn page_hashes(pages: &ListArray, index: usize) -> PyResult<Vec<u64>> {
    let hashes = pages.value(index);
    let hashes = hashes.as_primitive_opt::<Int64Type>();
    let hashes = hashes.ok_or_else(|| value("pages are no hashes of 64 bits"))?;
    Ok(hashes
        .values()
        .iter()
        .map(|hash| hash.cast_unsigned())
        .collect())
}

fn line_counts(lines: &ListArray, index: usize) -> PyResult<Vec<(u64, u32)>> {
    if lines.is_null(index) {
        return Ok(Vec::new());
    }
    let counted = lines.value(index);
    let columns = counted
        .as_struct_opt()
        .map_or(&[][..], |counted| counted.columns());
    let [hashes, counts] = columns else {
        return Err(value("lines are no hashes with counts"));
    };
    let hashes = hashes.as_primitive_opt::<Int64Type>();
    let counts = counts.as_primitive_opt::<Int32Type>();
    let (Some(hashes), Some(counts)) = (hashes, counts) else {
        return Err(value("lines are no hashes of 64 bits with counts of 32"));
    };
    let pairs = hashes.values().iter().zip(counts.values());
    let pairs =
        pairs.map(|(hash, &count)| (hash.cast_unsigned(), u32::try_from(count).unwrap_or(0)));
    Ok(pairs.collect())
}
