//! A **tensor file** is a `safetensors` file as saring keeps models and profiles in it: named arrays
//! of numbers, one after the other, behind a header that says where each of them stands.
//!
//! Reading trusts nothing. The header is checked before a tensor is read: its own length, names that
//! stand twice, types, and shapes that fit their offsets, which leave no hole and overlap nowhere.
//! Memory grows with the bytes that are really there, never with what the header claims. What the
//! tensors mean is left to [`crate::model`] and [`crate::profile`].

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::{self, Read};

use safetensors::tensor::{Dtype, TensorView};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::error::excerpt;
use crate::{Error, Result};

/// The largest header that is read, in bytes.
const MOST_HEADER: u64 = 1 << 20;
/// The key of the header that is no tensor.
const METADATA: &str = "__metadata__";

/// What a tensor file holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Model,
    Profile,
}

impl Kind {
    /// The error for a file of this kind that cannot be used.
    pub fn unusable(self, reason: impl fmt::Display) -> Error {
        let reason = excerpt(&reason.to_string());
        match self {
            Self::Model => Error::Model(reason),
            Self::Profile => Error::Profile(reason),
        }
    }

    fn unreadable(self, source: io::Error) -> Error {
        Error::io(match self {
            Self::Model => "cannot read the model",
            Self::Profile => "cannot read the profile",
        })(source)
    }
}

/// A number that tensors hold, little-endian.
pub(crate) trait Number: Copy {
    const DTYPE: Dtype;
    fn decode(bytes: &[u8]) -> Vec<Self>;
    fn encode(numbers: &[Self]) -> Vec<u8>;
}

macro_rules! number {
    ($type:ty, $dtype:ident) => {
        impl Number for $type {
            const DTYPE: Dtype = Dtype::$dtype;

            fn decode(bytes: &[u8]) -> Vec<Self> {
                let (chunks, _) = bytes.as_chunks();
                chunks
                    .iter()
                    .map(|&chunk| Self::from_le_bytes(chunk))
                    .collect()
            }

            fn encode(numbers: &[Self]) -> Vec<u8> {
                numbers
                    .iter()
                    .flat_map(|number| number.to_le_bytes())
                    .collect()
            }
        }
    };
}

number!(u8, U8);
number!(u32, U32);
number!(u64, U64);
number!(f32, F32);
number!(f64, F64);

/// A tensor on its way into a file.
pub(crate) struct Tensor {
    name: &'static str,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Tensor {
    /// A list of numbers.
    pub fn list<T: Number>(name: &'static str, numbers: &[T]) -> Self {
        Self::new(name, vec![numbers.len()], numbers)
    }

    /// A table of numbers, row by row.
    pub fn table<T: Number>(name: &'static str, width: usize, numbers: &[T]) -> Self {
        Self::new(name, vec![numbers.len() / width, width], numbers)
    }

    fn new<T: Number>(name: &'static str, shape: Vec<usize>, numbers: &[T]) -> Self {
        Self {
            name,
            dtype: T::DTYPE,
            shape,
            bytes: T::encode(numbers),
        }
    }
}

/// The bytes of a file with these tensors and metadata; the same ones give the same bytes.
pub(crate) fn to_bytes(
    kind: Kind,
    tensors: &[Tensor],
    metadata: Option<(&str, String)>,
) -> Result<Vec<u8>> {
    let mut views = Vec::new();
    for tensor in tensors {
        let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes);
        views.push((tensor.name, view.map_err(|error| kind.unusable(error))?));
    }
    let metadata = metadata.map(|(key, value)| HashMap::from([(key.to_owned(), value)]));
    safetensors::serialize(views, metadata).map_err(|error| kind.unusable(error))
}

/// The header of a file, checked by itself; the tensors behind it are not read yet.
pub(crate) struct TensorHeader<R> {
    kind: Kind,
    reader: R,
    header: Header,
    /// Bytes of all tensors.
    length: u64,
}

impl<R: Read> TensorHeader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`Error::Io`] where reading fails, that of `kind` where it is no such header.
    pub fn read(mut reader: R, kind: Kind) -> Result<Self> {
        let foreign = || kind.unusable("it is no safetensors file");
        let mut bytes = Vec::new();
        let mut take = |length: u64, bytes: &mut Vec<u8>| -> Result<()> {
            bytes.clear();
            let read = reader.by_ref().take(length).read_to_end(bytes);
            let read = read.map_err(|error| kind.unreadable(error))?;
            if read as u64 == length {
                Ok(())
            } else {
                Err(foreign())
            }
        };
        take(8, &mut bytes)?;
        let length = bytes
            .iter()
            .rev()
            .fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        if length > MOST_HEADER {
            return Err(foreign());
        }
        take(length, &mut bytes)?;
        if bytes.first() != Some(&b'{') {
            return Err(foreign());
        }
        let header: Header =
            serde_json::from_slice(&bytes).map_err(|error| kind.unusable(error))?;
        let length = header.length().map_err(|reason| kind.unusable(reason))?;
        Ok(Self {
            kind,
            reader,
            header,
            length,
        })
    }

    /// An entry of the metadata.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.header.metadata.get(key).map(String::as_str)
    }

    /// Reads the tensors, which are those of `names` and no other ones.
    ///
    /// # Errors
    /// As [`TensorHeader::read`]; also where the file is longer or shorter than its header says.
    pub fn tensors(self, names: &[&str]) -> Result<Tensors> {
        let Self { kind, header, .. } = self;
        if let Some(absent) = names
            .iter()
            .find(|&&name| !header.tensors.contains_key(name))
        {
            return Err(kind.unusable(format!("it has no tensor {absent:?}")));
        }
        let mut found = header.tensors.keys();
        if let Some(name) = found.find(|name| !names.contains(&name.as_str())) {
            return Err(kind.unusable(format!("it has an unknown tensor {name:?}")));
        }
        let mut bytes = Vec::new();
        let mut reader = self.reader.take(self.length.saturating_add(1));
        let read = reader.read_to_end(&mut bytes);
        read.map_err(|error| kind.unreadable(error))?;
        match (bytes.len() as u64).cmp(&self.length) {
            std::cmp::Ordering::Less => Err(kind.unusable("it is cut off")),
            std::cmp::Ordering::Greater => Err(kind.unusable("it has bytes after its tensors")),
            std::cmp::Ordering::Equal => Ok(Tensors {
                kind,
                entries: header.tensors,
                bytes,
            }),
        }
    }
}

/// The tensors of a file.
pub(crate) struct Tensors {
    kind: Kind,
    entries: BTreeMap<String, Entry>,
    bytes: Vec<u8>,
}

impl Tensors {
    /// The numbers of a tensor of one dimension.
    ///
    /// # Errors
    /// That of the file's kind where it has another type or shape.
    pub fn list<T: Number>(&self, name: &str) -> Result<Vec<T>> {
        let has_shape = |shape: &[u64]| shape.len() == 1;
        self.numbers(name, has_shape)
    }

    /// The numbers of a tensor of rows of `width` numbers, row by row.
    ///
    /// # Errors
    /// As [`Tensors::list`].
    pub fn table<T: Number>(&self, name: &str, width: usize) -> Result<Vec<T>> {
        let has_shape = |shape: &[u64]| matches!(shape, [_, columns] if *columns == width as u64);
        self.numbers(name, has_shape)
    }

    fn numbers<T: Number>(&self, name: &str, has_shape: impl Fn(&[u64]) -> bool) -> Result<Vec<T>> {
        let refused = |what| {
            self.kind
                .unusable(format!("its tensor {name:?} has another {what}"))
        };
        let entry = self.entries.get(name).ok_or_else(|| refused("name"))?;
        if entry.dtype != T::DTYPE {
            return Err(refused("type"));
        }
        if !has_shape(&entry.shape) {
            return Err(refused("shape"));
        }
        let [start, end] = entry.data_offsets;
        Ok(T::decode(&self.bytes[start as usize..end as usize]))
    }
}

/// Where a tensor stands, and what it is made of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    dtype: Dtype,
    shape: Vec<u64>,
    /// Start and end among the bytes of all tensors.
    data_offsets: [u64; 2],
}

impl Entry {
    /// Bytes of the numbers that the shape asks for, `None` if that passes all bounds.
    fn length(&self) -> Option<u64> {
        let mut sizes = self.shape.iter();
        let count = sizes.try_fold(1_u64, |count, &size| count.checked_mul(size))?;
        let bits = count.checked_mul(self.dtype.bitsize() as u64)?;
        bits.is_multiple_of(8).then_some(bits / 8)
    }
}

#[derive(Debug, Default)]
struct Header {
    tensors: BTreeMap<String, Entry>,
    metadata: BTreeMap<String, String>,
}

impl Header {
    /// Bytes of all tensors, which stand one after the other, or what is wrong with that.
    fn length(&self) -> Result<u64, String> {
        let mut entries: Vec<_> = self.tensors.iter().collect();
        entries.sort_by_key(|(_, entry)| entry.data_offsets);
        let mut length = 0;
        for (name, entry) in entries {
            let [start, end] = entry.data_offsets;
            if start != length {
                return Err(format!(
                    "its tensor {name:?} does not begin where the last one ends"
                ));
            }
            if entry.length().and_then(|length| start.checked_add(length)) != Some(end) {
                return Err(format!(
                    "the shape of its tensor {name:?} does not fit its offsets"
                ));
            }
            length = end;
        }
        Ok(length)
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Header, M::Error> {
                let mut header = Header::default();
                let mut has_metadata = false;
                while let Some(name) = map.next_key::<String>()? {
                    if name != METADATA {
                        insert(&mut header.tensors, name, map.next_value()?)?;
                    } else if !std::mem::replace(&mut has_metadata, true) {
                        header.metadata = map.next_value::<Unique>()?.0;
                    } else {
                        return Err(twice(&name));
                    }
                }
                Ok(header)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// An object of strings in which no key stands twice.
struct Unique(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Strings;
        impl<'de> Visitor<'de> for Strings {
            type Value = Unique;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Unique, M::Error> {
                let mut strings = BTreeMap::new();
                while let Some((key, value)) = map.next_entry()? {
                    insert(&mut strings, key, value)?;
                }
                Ok(Unique(strings))
            }
        }
        deserializer.deserialize_map(Strings)
    }
}

fn insert<T, E: serde::de::Error>(
    map: &mut BTreeMap<String, T>,
    key: String,
    value: T,
) -> Result<(), E> {
    if map.contains_key(&key) {
        return Err(twice(&key));
    }
    map.insert(key, value);
    Ok(())
}

fn twice<E: serde::de::Error>(key: &str) -> E {
    E::custom(format!("{key:?} stands in it twice"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with this header and `length` bytes behind it.
    fn file(header: &str, length: usize) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.bytes());
        bytes.resize(bytes.len() + length, 0);
        bytes
    }

    fn read(bytes: &[u8], names: &[&str]) -> Result<Tensors> {
        TensorHeader::read(bytes, Kind::Model)?.tensors(names)
    }

    fn message(header: &str, length: usize) -> String {
        let refused = read(&file(header, length), &["a", "b"]);
        let message = refused.err().expect("refused").to_string();
        message
            .trim_start_matches("not a usable model: ")
            .to_owned()
    }

    const A: &str = r#""a":{"dtype":"U32","shape":[2],"data_offsets":[0,8]}"#;

    /// A header of the tensor `a`, of two numbers, and `b`, of bytes.
    fn with_b(shape: &str, offsets: &str) -> String {
        format!(r#"{{{A},"b":{{"dtype":"U8","shape":{shape},"data_offsets":{offsets}}}}}"#)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let tensors = [
            Tensor::table("a", 2, &[1.5f32, -2.0]),
            Tensor::list("b", &[7u64]),
        ];
        let bytes = to_bytes(Kind::Model, &tensors, Some(("k", "v".to_owned()))).expect("it fits");
        let header = TensorHeader::read(&bytes[..], Kind::Model).expect("a header");
        assert_eq!(
            (header.metadata("k"), header.metadata("l")),
            (Some("v"), None)
        );
        let read = header.tensors(&["a", "b"]).expect("whole");
        assert_eq!(read.table::<f32>("a", 2).expect("a table"), [1.5, -2.0]);
        assert_eq!(read.list::<u64>("b").expect("a list"), [7]);
        assert!(read.list::<f32>("a").is_err(), "a table is no list");
        assert!(read.table::<f32>("a", 1).is_err(), "its rows are wider");
        assert!(read.list::<f64>("b").is_err(), "of another type");
    }

    #[test]
    fn holes_overlap_and_offsets_out_of_range_are_refused() {
        assert!(read(&file(&with_b("[3]", "[8,11]"), 11), &["a", "b"]).is_ok());
        for offsets in ["[7,10]", "[9,12]", "[0,3]"] {
            let message = message(&with_b("[3]", offsets), 20);
            assert!(
                message.ends_with("does not begin where the last one ends"),
                "{message}"
            );
        }
        for (shape, offsets) in [("[3]", "[8,12]"), ("[3]", "[8,5]"), ("[3,2]", "[8,11]")] {
            let message = message(&with_b(shape, offsets), 20);
            assert!(message.ends_with("does not fit its offsets"), "{message}");
        }
        assert_eq!(message(&with_b("[3]", "[8,11]"), 10), "it is cut off");
        assert_eq!(
            message(&with_b("[3]", "[8,11]"), 12),
            "it has bytes after its tensors"
        );
    }

    /// The header claims 2^60 bytes, and 2^64 in rows of nothing; 10 bytes are there.
    #[test]
    fn a_claim_of_more_than_there_is_allocates_nothing() {
        let most = 1_u64 << 60;
        let claim = with_b(&format!("[{most}]"), &format!("[8,{}]", most + 8));
        assert_eq!(message(&claim, 10), "it is cut off");
        let overflow = with_b("[4294967296,4294967296,2]", "[8,8]");
        assert!(message(&overflow, 10).ends_with("does not fit its offsets"));
        let end = with_b(&format!("[{}]", u64::MAX), &format!("[8,{}]", u64::MAX));
        assert!(message(&end, 10).ends_with("does not fit its offsets"));
        let long = [&u64::MAX.to_le_bytes()[..], b"{}"].concat();
        assert!(read(&long, &[]).is_err());
    }

    #[test]
    fn names_that_stand_twice_or_are_not_known_are_refused() {
        let twice = format!("{{{A},{A}}}");
        assert!(message(&twice, 8).starts_with("\"a\" stands in it twice"));
        let twice = r#"{"__metadata__":{"saring":"1","saring":"2"}}"#;
        assert!(message(twice, 0).starts_with("\"saring\" stands in it twice"));
        let twice = r#"{"__metadata__":{},"__metadata__":{}}"#;
        assert!(message(twice, 0).starts_with("\"__metadata__\" stands in it twice"));
        assert_eq!(message(&format!("{{{A}}}"), 8), "it has no tensor \"b\"");
        let refused = read(&file(&with_b("[0]", "[8,8]"), 8), &["a"]).err();
        let refused = refused.expect("refused").to_string();
        assert!(
            refused.ends_with("it has an unknown tensor \"b\""),
            "{refused}"
        );
    }

    #[test]
    fn what_is_no_header_is_refused_in_one_short_line() {
        let deep = format!(r#"{{"a":{}"#, "[".repeat(100_000));
        let long = format!(r#"{{"a":{{"dtype":"{}\u001b[2J"}}}}"#, "x".repeat(100_000));
        for header in ["", "{", " {}", "[]", "{}x", r#"{"a":1}"#, &deep, &long] {
            let message = message(header, 0);
            assert!(message.len() < 400, "{message}");
            assert!(!message.contains(char::is_control), "{message}");
        }
        assert!(
            read(&file(&" ".repeat(2 << 20), 0), &[]).is_err(),
            "2 MiB of header"
        );
    }

    #[test]
    fn a_reader_that_never_ends_is_refused() {
        let endless = file(&with_b("[3]", "[8,11]"), 0);
        let endless = endless.chain(io::repeat(0));
        let header = TensorHeader::read(endless, Kind::Model).expect("a header");
        assert!(header.tensors(&["a", "b"]).is_err());
        assert!(TensorHeader::read(io::repeat(b' '), Kind::Model).is_err());
        assert!(TensorHeader::read(io::repeat(0), Kind::Model).is_err());
    }
}
