//! The **strings** of a JSON text, unescaped in one pass.

use std::borrow::Cow;
use std::fmt;

use memchr::memchr;
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer};

use crate::normalize::{lossy, utf8};

/// The first byte of an encoded half of a surrogate pair, and of some other characters.
const SURROGATE: u8 = 0xed;

/// A string of a JSON text, as the bytes that it stands for: UTF-8 where the JSON text is, but for encoded
/// halves of surrogate pairs.
pub struct Text<'a>(Cow<'a, [u8]>);

impl Text<'_> {
    /// Whether it is UTF-8.
    pub fn is_utf8(&self) -> bool {
        utf8(&self.0).is_some()
    }

    /// Puts U+FFFD in place of halves of surrogate pairs in what is UTF-8 but for these.
    pub fn replace_surrogates(&mut self) {
        if let Cow::Owned(text) = without_surrogates(&self.0) {
            self.0 = Cow::Owned(text);
        }
    }

    /// The text, U+FFFD in place of what is not UTF-8.
    pub fn lossy(&self) -> Cow<'_, str> {
        lossy(&self.0)
    }

    /// The bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_owned()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Asked for a string, serde_json refuses half a surrogate pair; asked for bytes, it gives
        // the three that would encode it.
        deserializer.deserialize_bytes(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> de::Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(bytes.to_vec())))
    }

    fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(bytes)))
    }
}

/// A list of strings, one after the other.
#[derive(Default)]
pub struct Lines {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Lines {
    /// The strings, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts
            .zip(&self.ends)
            .map(|(&start, &end)| &self.bytes[start..end])
    }

    /// Does what [`Text::replace_surrogates`] does.
    pub fn replace_surrogates(&mut self) {
        let mut replaced = Self::default();
        for line in self.iter() {
            replaced.bytes.extend_from_slice(&without_surrogates(line));
            replaced.ends.push(replaced.bytes.len());
        }
        *self = replaced;
    }
}

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(LinesVisitor)
    }
}

struct LinesVisitor;

impl<'de> de::Visitor<'de> for LinesVisitor {
    type Value = Lines;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of strings")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Lines, A::Error> {
        let mut lines = Lines::default();
        while list
            .next_element_seed(Appended(&mut lines.bytes))?
            .is_some()
        {
            lines.ends.push(lines.bytes.len());
        }
        Ok(lines)
    }
}

/// Reads a string as [`Text`] does, to the end of others.
struct Appended<'a>(&'a mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for Appended<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl de::Visitor<'_> for Appended<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        TextVisitor.expecting(f)
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<(), E> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// `bytes` as UTF-8; the only ones of them that are not are encoded halves of surrogate pairs, and
/// each of those begins with [`SURROGATE`].
fn without_surrogates(bytes: &[u8]) -> Cow<'_, [u8]> {
    if memchr(SURROGATE, bytes).is_none() || utf8(bytes).is_some() {
        return Cow::Borrowed(bytes);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        // Of the three bytes of such a half, each a chunk's invalid end, this one is the first.
        if chunk.invalid() == [SURROGATE] {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Cow::Owned(text.into_bytes())
}
