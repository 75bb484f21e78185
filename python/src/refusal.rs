//! A **refusal** is an error of the library, or of the bindings, as Python raises it.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use pyo3::PyErr;
use pyo3::exceptions::{PyOSError, PyValueError};
use saring::Error;

/// `OSError` where the system refused, with its own kind (`FileNotFoundError`, ...), else
/// `ValueError`.
pub fn refusal(error: Error) -> PyErr {
    match error {
        Error::Io { place, source } => system_refusal(&place, &source),
        error => PyValueError::new_err(error.to_string()),
    }
}

/// What is wrong with what the caller gave.
pub fn value(reason: impl Into<String>) -> PyErr {
    PyValueError::new_err(reason.into())
}

/// Opens a file for one of the library's readers.
pub fn open(path: &Path) -> Result<BufReader<File>, PyErr> {
    let file = File::open(path);
    let file = file.map_err(|source| system_refusal(&path.display().to_string(), &source))?;
    Ok(BufReader::new(file))
}

/// The error of a file that was read, with its name.
pub fn refusal_of(path: PathBuf) -> impl FnOnce(Error) -> PyErr {
    move |error| match error {
        Error::Io { source, .. } => system_refusal(&path.display().to_string(), &source),
        error => value(format!("{}: {error}", path.display())),
    }
}

fn system_refusal(place: &str, source: &std::io::Error) -> PyErr {
    // With a number and two texts, OSError makes itself the subclass that fits the number.
    match source.raw_os_error() {
        Some(number) => PyOSError::new_err((number, source.kind().to_string(), place.to_owned())),
        None => PyOSError::new_err(format!("{place}: {source}")),
    }
}
