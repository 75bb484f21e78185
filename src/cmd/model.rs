//! Which **model** a command uses: a file, or the one compiled into the program; and whether it is
//! the very one that was asked for.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, bail};
use saring::Model;
use sha2::{Digest, Sha256};

/// A model and what tells its file from any other.
pub struct Loaded {
    /// The model.
    pub model: Model,
    /// The SHA-256 of its file, in lower-case hexadecimal.
    pub sha256: String,
}

/// Reads the model at `path`, or the built-in one; its file must have the SHA-256 `expected`, if
/// there is one.
///
/// # Errors
/// Where it cannot be read, is no model, or is another one than was asked for.
pub fn load(path: Option<&Path>, expected: Option<&str>) -> anyhow::Result<Loaded> {
    let loaded = match path {
        None => read(Model::built_in_file())?,
        Some(path) => {
            let place = path.display();
            let file =
                File::open(path).with_context(|| format!("cannot open the model {place}"))?;
            read(file).with_context(|| place.to_string())?
        }
    };
    if let Some(expected) = expected.filter(|expected| **expected != loaded.sha256) {
        let place = path.map_or("the built-in model".into(), Path::to_string_lossy);
        let found = loaded.sha256;
        bail!("{place}: its SHA-256 is {found}, not {expected}: it is another model");
    }
    Ok(loaded)
}

/// A SHA-256 as the command line gives it, in lower case.
pub fn sha256(text: &str) -> Result<String, String> {
    match text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("give 64 hexadecimal digits, as `saring inspect` prints them".to_owned()),
    }
}

fn read(reader: impl Read) -> saring::Result<Loaded> {
    let mut reader = Hashing {
        reader,
        hash: Sha256::new(),
    };
    let model = Model::read(&mut reader)?;
    let sha256 = hexadecimal(&reader.hash.finalize());
    Ok(Loaded { model, sha256 })
}

/// The SHA-256 of some bytes, in lower-case hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A reader that hashes what is read: the bytes of a model are the ones that were hashed.
struct Hashing<R> {
    reader: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.reader.read(buffer)?;
        self.hash.update(&buffer[..length]);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_whole_file() {
        let expected = digest(Model::built_in_file());
        let upper = expected.to_uppercase();
        assert_eq!(sha256(&upper).as_ref(), Ok(&expected));
        let loaded = load(None, Some(&expected)).expect("the same");
        assert_eq!(loaded.sha256, expected);
        let other = sha256(&"0".repeat(64)).expect("hexadecimal");
        let message = load(None, Some(&other)).err().expect("another").to_string();
        assert!(
            message.starts_with("the built-in model: its SHA-256 is "),
            "{message}"
        );
        assert!(sha256("abc").is_err() && sha256(&"g".repeat(64)).is_err());
    }
}
