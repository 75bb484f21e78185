//! Which **model** a command uses: a file, or the one compiled into the program.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context;
use saring::Model;
use sha2::{Digest, Sha256};

/// Reads the model at `path`, or the built-in one.
pub fn load(path: Option<&Path>) -> anyhow::Result<Model> {
    let Some(path) = path else {
        return Ok(Model::built_in()?);
    };
    let place = path.display();
    let file = File::open(path).with_context(|| format!("cannot open the model {place}"))?;
    Model::read(BufReader::new(file)).with_context(|| place.to_string())
}

/// The SHA-256 of the bytes of a file, in hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
