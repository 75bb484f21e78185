//! **Site profiles** for Python.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use saring::profile::SiteProfiles as Profiles;

use crate::refusal::{open, refusal, refusal_of};

/// What `saring profile` found out about sites: which lines stand on many of their pages.
///
/// `len(profiles)` is the number of sites. Immutable; can be compared and pickled.
#[pyclass(frozen, module = "saring", name = "SiteProfiles", skip_from_py_object)]
#[derive(Clone)]
pub struct SiteProfiles {
    pub profiles: Arc<Profiles>,
}

#[pymethods]
impl SiteProfiles {
    /// Number of pages, over all sites.
    #[getter]
    fn pages(&self) -> usize {
        self.profiles.pages()
    }

    fn __len__(&self) -> usize {
        self.profiles.len()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let other = other.cast::<Self>();
        other.is_ok_and(|other| *other.get().profiles == *self.profiles)
    }

    fn __repr__(&self) -> String {
        let Self { profiles } = self;
        format!(
            "<saring.SiteProfiles of {} sites, {} pages>",
            profiles.len(),
            profiles.pages()
        )
    }

    /// The file that `saring profile` would have written; the same profiles are the same bytes.
    ///
    /// Raises `ValueError` where a site's name holds a line feed.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.bytes()?))
    }

    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let restore = py.import("saring")?.getattr("_restore_profiles")?;
        Ok((restore, (self.to_bytes(py)?,)))
    }
}

impl SiteProfiles {
    pub fn new(profiles: Profiles) -> Self {
        Self {
            profiles: Arc::new(profiles),
        }
    }

    /// The bytes of the profile file.
    pub fn bytes(&self) -> PyResult<Vec<u8>> {
        let mut bytes = Vec::new();
        self.profiles.write(&mut bytes).map_err(refusal)?;
        Ok(bytes)
    }
}

/// Reads the site profiles that `saring profile` wrote to `path`.
///
/// Raises `OSError` where the file cannot be read, `ValueError` where it is none or a damaged one.
#[pyfunction]
pub fn load_profiles(py: Python<'_>, path: PathBuf) -> PyResult<SiteProfiles> {
    let profiles = py.detach(|| Profiles::read(open(&path)?).map_err(refusal_of(path)))?;
    Ok(SiteProfiles::new(profiles))
}

/// The profiles of several files, no site in two of them.
#[pyfunction]
pub fn restore_profiles(py: Python<'_>, files: Vec<Vec<u8>>) -> PyResult<SiteProfiles> {
    let read = || {
        let mut all = Profiles::default();
        for file in &files {
            all.merge(Profiles::read(&file[..])?)?;
        }
        Ok(all)
    };
    py.detach(read).map(SiteProfiles::new).map_err(refusal)
}
