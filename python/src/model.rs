//! A **model** for Python: the library's model, the site profiles that go with it, and the predictor
//! that is made of both.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::PyBytes;
use saring::Page;
use saring::normalize::is_blank;
use saring::predict::Predictor;
use saring::profile::SiteProfiles as Profiles;
use saring::window::WindowSize;
use self_cell::self_cell;

use crate::batch::{self, Cleaned, Given};
use crate::profiles::SiteProfiles;
use crate::refusal::{open, refusal, refusal_of, value};
use crate::texts::Texts;

/// Most threads of a batch.
const MOST_THREADS: i64 = 1024;

/// What a predictor borrows.
#[derive(Clone)]
struct Parts {
    model: Arc<saring::Model>,
    is_built_in: bool,
    profiles: Option<Arc<Profiles>>,
}

self_cell!(
    struct Applied {
        owner: Parts,
        #[not_covariant]
        dependent: Predictor,
    }
);

/// A model that cleans pages: made by `saring.load`.
///
/// Immutable, so that several threads may use it at once, and every method that cleans or predicts
/// lets go of the GIL. Can be pickled: the built-in one takes no more than its version.
#[pyclass(frozen, module = "saring", name = "Model")]
pub struct Model {
    applied: Applied,
}

impl Model {
    fn new(parts: Parts) -> PyResult<Self> {
        if parts.profiles.is_some() && !parts.model.card().settings.profile {
            return Err(value(
                "the model was trained without profiles and learned nothing of them: \
                 leave the profile out, or train with it",
            ));
        }
        let applied = Applied::new(parts, |parts| {
            Predictor::new(&parts.model).with_profiles(parts.profiles.as_deref())
        });
        Ok(Self { applied })
    }

    fn parts(&self) -> &Parts {
        self.applied.borrow_owner()
    }

    fn with_predictor<T>(&self, work: impl FnOnce(&Predictor) -> T) -> T {
        self.applied.with_dependent(|_, predictor| work(predictor))
    }
}

#[pymethods]
impl Model {
    /// The lines of a page that are content, each with a line feed: what `saring predict` prints.
    ///
    /// `text` is a whole page, its lines parted by line feeds. Where blank lines stood between two kept
    /// lines, one is kept. A page without content is `""`. `site` is looked up in the profiles.
    ///
    /// Raises `UnicodeEncodeError` (a `ValueError`) where `text` holds half a surrogate pair.
    #[pyo3(signature = (text, site=None))]
    fn clean(&self, py: Python<'_>, text: &str, site: Option<&str>) -> PyResult<String> {
        let text = Some(text);
        let cleaned = py.detach(|| {
            let mut cleaned = Cleaned::default();
            self.with_predictor(|predictor| {
                cleaned.push(Given { text, site }, &mut predictor.worker());
            });
            cleaned
        });
        Ok(String::from_utf8(cleaned.bytes)?)
    }

    /// The label of each line of a page and its probability of content, 0 to 1.
    ///
    /// The list has one item a line: `None` for a blank line, which has no label. Labels are
    /// `"content"`, `"metadata"`, `"navigation"`, `"advertisement"`, `"related"` and `"comment"`. A
    /// line may end in its line feed.
    ///
    /// Raises `ValueError` where a line holds another line feed.
    #[pyo3(signature = (lines, site=None))]
    fn predict(
        &self,
        py: Python<'_>,
        lines: Vec<PyBackedStr>,
        site: Option<String>,
    ) -> PyResult<Vec<Option<(&'static str, f64)>>> {
        let mut page = Page::new("", site);
        let mut is_line = Vec::with_capacity(lines.len());
        for (number, line) in lines.iter().enumerate() {
            let line = line.strip_suffix('\n').unwrap_or(line);
            if line.contains('\n') {
                let message =
                    format!("lines[{number}] holds a line feed: give it as several lines");
                return Err(value(message));
            }
            is_line.push(!is_blank(line.as_bytes()));
            page.push(line.as_bytes());
        }
        let worker = |predictor: &Predictor| {
            predictor
                .worker()
                .predict_in_windows(&page, WindowSize::default())
        };
        let mut predicted = py.detach(|| self.with_predictor(worker)).into_iter();
        let mut next = || {
            predicted
                .next()
                .map(|line| (line.label.as_str(), line.content()))
        };
        Ok(is_line
            .into_iter()
            .map(|is| is.then(&mut next).flatten())
            .collect())
    }

    /// Cleans many pages, on `threads` threads, in their order.
    ///
    /// `texts` is a list of `str`, or an Arrow array of string or large_string, chunked or not, which is
    /// read where it lies; the result is of the same type and length. `None` stays `None`. `sites` has
    /// one item a text, in a list or an Arrow array. Each item is what `clean` gives of its page.
    ///
    /// Raises `ValueError` where the numbers of sites and texts differ, `threads` is not 1 to 1024, or
    /// the texts cannot be read; `TypeError` where `texts` is none of these.
    #[pyo3(signature = (texts, sites=None, threads=1))]
    fn clean_batch<'py>(
        &self,
        texts: &Bound<'py, PyAny>,
        sites: Option<&Bound<'py, PyAny>>,
        threads: i64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = texts.py();
        if !(1..=MOST_THREADS).contains(&threads) {
            return Err(value(format!(
                "threads is {threads}: give 1 to {MOST_THREADS}"
            )));
        }
        let texts = Texts::new(texts, "texts")?;
        let sites = sites.map(|sites| Texts::new(sites, "sites")).transpose()?;
        if let Some(sites) = sites.as_ref().filter(|sites| sites.len() != texts.len()) {
            let (sites, texts) = (sites.len(), texts.len());
            return Err(value(format!(
                "{sites} sites for {texts} texts: give one a text"
            )));
        }
        let given = |index| Given {
            text: texts.get(index),
            site: sites.as_ref().and_then(|sites| sites.get(index)),
        };
        let cleaned = py.detach(|| {
            self.with_predictor(|predictor| {
                batch::clean(predictor, texts.len(), given, threads as usize)
            })
        });
        texts.answer(py, &cleaned)
    }

    /// The same model with other site profiles, or with none; the original stays as it is.
    ///
    /// Raises `ValueError` where the model was trained without profiles.
    fn with_profiles(&self, profiles: Option<&Bound<'_, SiteProfiles>>) -> PyResult<Self> {
        Self::new(Parts {
            profiles: profiles.map(|profiles| profiles.get().profiles.clone()),
            ..self.parts().clone()
        })
    }

    /// The profiles that the model was given.
    #[getter]
    fn profiles(&self) -> Option<SiteProfiles> {
        let profiles = self.parts().profiles.clone();
        profiles.map(|profiles| SiteProfiles { profiles })
    }

    fn __repr__(&self) -> String {
        let Parts {
            model,
            is_built_in,
            profiles,
        } = self.parts();
        let origin = if *is_built_in {
            "the built-in one"
        } else {
            "from a file"
        };
        let profiles = profiles.as_ref().map_or(0, |profiles| profiles.len());
        format!(
            "<saring.Model, {origin}, {} terms, profiles of {profiles} sites>",
            model.vocabulary().len()
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Pickled<'py>)> {
        let Parts {
            model, is_built_in, ..
        } = self.parts();
        let mut file = Vec::new();
        if !is_built_in {
            model.write(&mut file).map_err(refusal)?;
        }
        let file = (!is_built_in).then(|| PyBytes::new(py, &file));
        let profiles = self
            .profiles()
            .map(|profiles| profiles.bytes())
            .transpose()?;
        let profiles = profiles.map(|bytes| PyBytes::new(py, &bytes));
        let restore = py.import("saring")?.getattr("_restore_model")?;
        Ok((restore, (env!("CARGO_PKG_VERSION"), file, profiles)))
    }
}

/// The version that pickled, the bytes of the model file unless it is the built-in one, the bytes of
/// the profile file.
type Pickled<'py> = (
    &'static str,
    Option<Bound<'py, PyBytes>>,
    Option<Bound<'py, PyBytes>>,
);

/// The model at `path`, or the built-in one.
#[pyfunction]
#[pyo3(signature = (path=None, profiles=None))]
pub fn load(
    py: Python<'_>,
    path: Option<PathBuf>,
    profiles: Option<&Bound<'_, SiteProfiles>>,
) -> PyResult<Model> {
    let profiles = profiles.map(|profiles| profiles.get().profiles.clone());
    py.detach(|| {
        let is_built_in = path.is_none();
        let model = match path {
            None => saring::Model::built_in().map_err(refusal)?,
            Some(path) => saring::Model::read(open(&path)?).map_err(refusal_of(path))?,
        };
        Model::new(Parts {
            model: Arc::new(model),
            is_built_in,
            profiles,
        })
    })
}

/// The model with these bytes, or the built-in one.
#[pyfunction]
pub fn restore_model(
    py: Python<'_>,
    file: Option<&[u8]>,
    profiles: Option<&[u8]>,
) -> PyResult<Model> {
    py.detach(|| {
        let model = match file {
            None => saring::Model::built_in(),
            Some(bytes) => saring::Model::read(bytes),
        };
        let profiles = profiles.map(Profiles::read).transpose();
        Model::new(Parts {
            model: Arc::new(model.map_err(refusal)?),
            is_built_in: file.is_none(),
            profiles: profiles.map_err(refusal)?.map(Arc::new),
        })
    })
}
