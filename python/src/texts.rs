//! **Texts** are what a batch is given and gives back: a list of `str`, or an Arrow string array,
//! whose buffers are read where they are.

use arrow_array::{Array, GenericStringArray, LargeStringArray, OffsetSizeTrait, StringArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_data::ArrayData;
use arrow_pyarrow::{FromPyArrow, ToPyArrow};
use arrow_schema::DataType;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyList, PyString};
use saring::site;

use crate::batch::Cleaned;
use crate::refusal::value;

/// Texts, some of which may be missing.
pub struct Texts {
    form: Form,
    parts: Vec<Part>,
    /// The number of texts above each part.
    starts: Vec<usize>,
    len: usize,
}

/// What Python gave, and gets back.
enum Form {
    List,
    Array,
    Chunked,
}

/// Texts that lie together.
enum Part {
    List(Vec<Option<PyBackedStr>>),
    Strings(StringArray),
    LargeStrings(LargeStringArray),
    Nulls(ArrayData),
}

impl Texts {
    /// The texts of a list, of an Arrow array or of a chunked one; `name` is the argument's.
    pub fn new(given: &Bound<'_, PyAny>, name: &str) -> PyResult<Self> {
        if given.hasattr("__arrow_c_array__")? {
            return Ok(Self::of(Form::Array, vec![Part::array(given, name)?]));
        }
        if given.hasattr("__arrow_c_stream__")? && given.hasattr("chunks")? {
            let mut parts = Vec::new();
            for chunk in given.getattr("chunks")?.try_iter()? {
                parts.push(Part::array(&chunk?, name)?);
            }
            return Ok(Self::of(Form::Chunked, parts));
        }
        if given.is_instance_of::<PyString>() {
            let message = format!("{name} is one str: give a list of them");
            return Err(PyTypeError::new_err(message));
        }
        let texts = given.try_iter()?.map(|text| text?.extract());
        let texts = texts.collect::<PyResult<_>>()?;
        Ok(Self::of(Form::List, vec![Part::List(texts)]))
    }

    fn of(form: Form, parts: Vec<Part>) -> Self {
        let mut len = 0;
        let starts = parts.iter().map(|part| {
            len += part.len();
            len - part.len()
        });
        Self {
            form,
            starts: starts.collect(),
            parts,
            len,
        }
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The text at `index`, which is below [`Texts::len`]; `None` where it is missing.
    pub fn get(&self, index: usize) -> Option<&str> {
        let part = self.starts.partition_point(|&start| start <= index) - 1;
        self.parts[part].get(index - self.starts[part])
    }

    /// What became of each text, in the form in which they were given.
    pub fn answer<'py>(&self, py: Python<'py>, cleaned: &Cleaned) -> PyResult<Bound<'py, PyAny>> {
        let mut texts = cleaned.texts();
        let part = |part: &Part| part.answer(py, &mut texts);
        let mut parts = self.parts.iter().map(part).collect::<PyResult<Vec<_>>>()?;
        match self.form {
            Form::Chunked => chunked(py, parts),
            Form::List | Form::Array => Ok(parts.remove(0)),
        }
    }
}

impl Part {
    fn array(given: &Bound<'_, PyAny>, name: &str) -> PyResult<Self> {
        let data = ArrayData::from_pyarrow_bound(given).map_err(|error| {
            let reason = error.value(given.py()).to_string();
            value(format!("{name} cannot be read: {reason}"))
        })?;
        match data.data_type() {
            DataType::Utf8 => Ok(Self::Strings(data.into())),
            DataType::LargeUtf8 => Ok(Self::LargeStrings(data.into())),
            DataType::Null => Ok(Self::Nulls(data)),
            other => Err(PyTypeError::new_err(format!(
                "{name} is an Arrow array of {other}: cast it to string or large_string"
            ))),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::List(texts) => texts.len(),
            Self::Strings(array) => array.len(),
            Self::LargeStrings(array) => array.len(),
            Self::Nulls(nulls) => nulls.len(),
        }
    }

    fn get(&self, index: usize) -> Option<&str> {
        match self {
            Self::List(texts) => texts[index].as_deref(),
            Self::Strings(array) => array.is_valid(index).then(|| array.value(index)),
            Self::LargeStrings(array) => array.is_valid(index).then(|| array.value(index)),
            Self::Nulls(_) => None,
        }
    }

    /// As many of `texts` as there are in this part, as Python has them.
    fn answer<'py, 'c>(
        &self,
        py: Python<'py>,
        texts: &mut impl Iterator<Item = Option<&'c [u8]>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let texts = texts.by_ref().take(self.len());
        match self {
            Self::List(_) => {
                let texts = texts.map(|text| text.map(utf8).transpose());
                let texts = texts.collect::<PyResult<Vec<_>>>()?;
                Ok(PyList::new(py, texts)?.into_any())
            }
            Self::Strings(_) => array::<i32>(texts)?.to_pyarrow(py),
            Self::LargeStrings(_) => array::<i64>(texts)?.to_pyarrow(py),
            Self::Nulls(nulls) => nulls.to_pyarrow(py),
        }
    }
}

fn utf8(text: &[u8]) -> PyResult<&str> {
    str::from_utf8(text).map_err(|error| value(error.to_string()))
}

fn array<'c, O: OffsetSizeTrait>(
    texts: impl Iterator<Item = Option<&'c [u8]>>,
) -> PyResult<ArrayData> {
    let (mut bytes, mut offsets, mut valid) = (Vec::new(), vec![O::default()], Vec::new());
    for text in texts {
        bytes.extend_from_slice(text.unwrap_or_default());
        let end = O::from_usize(bytes.len());
        offsets.push(end.ok_or_else(|| {
            value("the cleaned texts of one array exceed 2 GiB: cast it to large_string")
        })?);
        valid.push(text.is_some());
    }
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    let nulls = NullBuffer::from(valid);
    let nulls = Some(nulls).filter(|nulls| nulls.null_count() > 0);
    let array = GenericStringArray::try_new(offsets, Buffer::from_vec(bytes), nulls);
    let array = array.map_err(|error| value(error.to_string()))?;
    Ok(array.into())
}

fn chunked<'py>(py: Python<'py>, parts: Vec<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    let pyarrow = py.import("pyarrow")?;
    match parts.is_empty() {
        true => pyarrow.call_method1("chunked_array", (parts, pyarrow.call_method0("string")?)),
        false => pyarrow.call_method1("chunked_array", (parts,)),
    }
}

/// The site of a URL: its host, lower case, without port and `www.`; `None` where it has none.
#[pyfunction]
pub fn site_of(url: &str) -> Option<String> {
    site::site_of(url)
}

/// The site of each URL, in an Arrow array of strings.
#[pyfunction]
pub fn sites_of<'py>(urls: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = urls.py();
    let urls = Texts::new(urls, "urls")?;
    let sites = (0..urls.len()).map(|index| urls.get(index).and_then(site::site_of));
    let sites: Vec<_> = sites.collect();
    array::<i32>(sites.iter().map(|site| site.as_deref().map(str::as_bytes)))?.to_pyarrow(py)
}
