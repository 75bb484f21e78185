//! A **compressed** input is told by its first bytes, and read as if it were not.

use std::io::{self, Chain, Cursor, Read};

/// An input of which the first bytes were looked at.
pub type Peeked<R> = Chain<Cursor<Vec<u8>>, R>;

/// The first bytes of `reader`, at most `count`, and a reader of all of them.
///
/// ```
/// use std::io::Read;
///
/// let (first, mut all) = saring::corpus::peek("Beranda".as_bytes(), 3)?;
/// assert_eq!(first, b"Ber");
/// let mut text = String::new();
/// all.read_to_string(&mut text)?;
/// assert_eq!(text, "Beranda");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// What the reader fails with.
pub fn peek<R: Read>(mut reader: R, count: usize) -> io::Result<(Vec<u8>, Peeked<R>)> {
    let mut first = Vec::with_capacity(count);
    reader.by_ref().take(count as u64).read_to_end(&mut first)?;
    let all = Cursor::new(first.clone()).chain(reader);
    Ok((first, all))
}

/// How an input is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    Plain,
    /// By gzip, in one member or several.
    Gzip,
    /// By zstd, in one frame or several.
    Zstd,
}

impl Compression {
    /// How many bytes tell it.
    pub const BYTES: usize = 4;

    /// What the first bytes of an input tell.
    pub fn of(first: &[u8]) -> Self {
        match first {
            [0x1f, 0x8b, 0x08, ..] => Self::Gzip,
            // A frame, or one that is to be passed over.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }

    /// Its name, such as `gzip`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// Reads an input, decompressed where its first bytes are those of gzip or zstd; needs a bounded
/// amount of memory, however much comes out.
///
/// An input that is cut off or damaged is an error that tells at which of its bytes; what could be
/// read before is given first.
///
/// ```
/// use std::io::Read;
/// use saring::corpus::{Compression, Decompressed};
///
/// let mut input = Decompressed::new("Beranda".as_bytes())?;
/// assert_eq!(input.compression(), Compression::Plain);
/// let mut text = String::new();
/// input.read_to_string(&mut text)?;
/// assert_eq!(text, "Beranda");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Decompressed<R: Read>(Decoder<Peeked<R>>);

impl<R: Read> Decompressed<R> {
    /// Reads the first bytes of `reader`, which need not be buffered.
    ///
    /// # Errors
    /// What the reader fails with; [`io::ErrorKind::Unsupported`] for a compressed input where the
    /// crate is built without its feature `compression`.
    pub fn new(reader: R) -> io::Result<Self> {
        let (first, all) = peek(reader, Compression::BYTES)?;
        Decoder::new(all, Compression::of(&first)).map(Self)
    }

    /// How the input is compressed.
    pub fn compression(&self) -> Compression {
        self.0.compression()
    }

    /// The same as a reader of any type: the one that it was made of, where the input is not compressed.
    /// That fills memory which was not written to before, where this one would have it zeroed first.
    pub fn into_boxed<'a>(self) -> Box<dyn Read + Send + 'a>
    where
        R: Send + 'a,
    {
        match self.0.into_plain() {
            Ok(plain) => Box::new(plain),
            Err(decoder) => Box::new(Self(decoder)),
        }
    }
}

impl<R: Read> Read for Decompressed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

#[cfg(not(feature = "compression"))]
use plain::Decoder;
#[cfg(feature = "compression")]
use with_crates::Decoder;

#[cfg(not(feature = "compression"))]
mod plain {
    use super::*;

    pub struct Decoder<R>(R);

    impl<R: Read> Decoder<R> {
        pub fn new(reader: R, compression: Compression) -> io::Result<Self> {
            match compression {
                Compression::Plain => Ok(Self(reader)),
                Compression::Gzip | Compression::Zstd => Err(io::Error::new(
                    io::ErrorKind::Unsupported,
                    format!(
                        "compressed by {}: build saring with its feature compression",
                        compression.name()
                    ),
                )),
            }
        }

        pub fn compression(&self) -> Compression {
            Compression::Plain
        }

        pub fn into_plain(self) -> Result<R, Self> {
            Ok(self.0)
        }

        pub fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.0.read(out)
        }
    }
}

#[cfg(feature = "compression")]
mod with_crates {
    use std::io::BufReader;

    use flate2::bufread::MultiGzDecoder;

    use super::*;

    /// Bytes of compressed input that are read at a time.
    const READ: usize = 1 << 16;

    pub enum Decoder<R: Read> {
        Plain(R),
        Gzip(Box<MultiGzDecoder<Counted<R>>>),
        Zstd(zstd::Decoder<'static, Counted<R>>),
    }

    type Counted<R> = BufReader<Counter<R>>;

    impl<R: Read> Decoder<R> {
        pub fn new(reader: R, compression: Compression) -> io::Result<Self> {
            let counted = |reader| BufReader::with_capacity(READ, Counter { reader, count: 0 });
            Ok(match compression {
                Compression::Plain => Self::Plain(reader),
                Compression::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(counted(reader)))),
                Compression::Zstd => Self::Zstd(zstd::Decoder::with_buffer(counted(reader))?),
            })
        }

        pub fn compression(&self) -> Compression {
            match self {
                Self::Plain(_) => Compression::Plain,
                Self::Gzip(_) => Compression::Gzip,
                Self::Zstd(_) => Compression::Zstd,
            }
        }

        pub fn into_plain(self) -> Result<R, Self> {
            match self {
                Self::Plain(reader) => Ok(reader),
                compressed => Err(compressed),
            }
        }

        pub fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let (read, position) = match self {
                Self::Plain(reader) => return reader.read(out),
                Self::Gzip(decoder) => (decoder.read(out), position(decoder.get_ref())),
                Self::Zstd(decoder) => (decoder.read(out), position(decoder.get_ref())),
            };
            read.map_err(|error| placed(error, self.compression().name(), position))
        }
    }

    /// Counts the bytes that are read.
    pub struct Counter<R> {
        reader: R,
        count: u64,
    }

    impl<R: Read> Read for Counter<R> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let read = self.reader.read(out)?;
            self.count += read as u64;
            Ok(read)
        }
    }

    /// How many compressed bytes were used up.
    fn position<R>(reader: &Counted<R>) -> u64 {
        reader.get_ref().count - reader.buffer().len() as u64
    }

    /// What a decoder says, with the place; what the system says stays as it is.
    fn placed(error: io::Error, name: &str, position: u64) -> io::Error {
        let kind = error.kind();
        if error.raw_os_error().is_some() || kind == io::ErrorKind::Interrupted {
            return error;
        }
        let message = match kind {
            io::ErrorKind::UnexpectedEof => format!("{name} data cut off at byte {position}"),
            _ => format!("damaged {name} data before byte {position}: {error}"),
        };
        io::Error::new(kind, message)
    }
}

#[cfg(all(test, feature = "compression"))]
mod tests {
    use std::io::Write;

    use super::*;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).expect("memory takes all");
        encoder.finish().expect("memory takes all")
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        zstd::encode_all(text, 1).expect("memory takes all")
    }

    /// What could be read, and why no more.
    fn read(bytes: &[u8]) -> (Vec<u8>, Option<String>) {
        let mut text = Vec::new();
        let read = Decompressed::new(bytes).and_then(|mut input| input.read_to_end(&mut text));
        (text, read.err().map(|error| error.to_string()))
    }

    #[test]
    fn members_and_frames_are_read_one_after_the_other() {
        let text = b"Beranda\nKontak\n".to_vec();
        for compress in [gzip, zstd] {
            let parts = [compress(b"Beranda\n"), compress(b""), compress(b"Kontak\n")];
            assert_eq!(read(&parts.concat()), (text.clone(), None));
        }
        let skippable = b"\x50\x2a\x4d\x18\x02\0\0\0ab";
        assert_eq!(read(&[&skippable[..], &zstd(&text)].concat()), (text, None));
    }

    #[test]
    fn what_is_cut_off_anywhere_is_an_error_with_its_place() {
        let text = b"Harga beras naik sejak awal bulan.\n".repeat(9);
        for (name, whole) in [("gzip", gzip(&text)), ("zstd", zstd(&text))] {
            for end in Compression::BYTES..whole.len() {
                let (before, error) = read(&whole[..end]);
                assert!(text.starts_with(&before));
                let expected = format!("{name} data cut off at byte {end}");
                assert_eq!(error, Some(expected));
            }
            let (before, error) = read(&[&whole[..], &[7; 40]].concat());
            assert_eq!(before, text);
            let error = error.expect("no member follows");
            assert!(
                error.starts_with(&format!("damaged {name} data before byte ")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_boxed_input_is_the_same() {
        let text = b"Beranda\nKontak\n".repeat(99);
        for bytes in [text.clone(), gzip(&text), zstd(&text)] {
            let mut read = Vec::new();
            let input = Decompressed::new(&bytes[..]).expect("readable");
            let count = input.into_boxed().read_to_end(&mut read);
            assert_eq!(count.expect("readable"), text.len());
            assert_eq!(read, text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(text in any::<Vec<u8>>()) {
            prop_assert_eq!(read(&gzip(&text)), (text.clone(), None));
            prop_assert_eq!(read(&zstd(&text)), (text.clone(), None));
            if Compression::of(&text) == Compression::Plain {
                prop_assert_eq!(read(&text), (text, None));
            }
        }

        #[test]
        fn damaged_bytes_are_read_or_refused(at in 0..200_usize, byte in any::<u8>()) {
            for mut bytes in [gzip(&[b'a'; 99]), zstd(b"Harga beras naik, kata pedagang.")] {
                let at = at % bytes.len();
                bytes[at] = byte;
                let _ = read(&bytes);
            }
        }
    }
}
