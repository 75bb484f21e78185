//! A **table** is a Parquet file. It is read at any place, by several at once.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use crate::error::excerpt;

/// A table's file. Its clones read it independently of each other.
#[derive(Clone, Debug)]
pub struct TableFile {
    file: Arc<Mutex<File>>,
    length: u64,
}

impl TableFile {
    /// Takes a file that can be read at any place.
    ///
    /// # Errors
    /// Where its length cannot be found out.
    pub fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        let file = Arc::new(Mutex::new(file));
        Ok(Self { file, length })
    }
}

impl Length for TableFile {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for TableFile {
    type T = BufReader<Part>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::new(Part {
            file: Arc::clone(&self.file),
            at: start,
        }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let mut bytes = Vec::new();
        let part = self.get_read(start)?.into_inner();
        part.take(length as u64).read_to_end(&mut bytes)?;
        match bytes.len() == length {
            true => Ok(bytes.into()),
            false => Err(ParquetError::EOF("it ends too early".to_owned())),
        }
    }
}

/// A table's file from one place on.
#[derive(Debug)]
pub struct Part {
    file: Arc<Mutex<File>>,
    at: u64,
}

impl Read for Part {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        // Whoever reads says where, so a panic elsewhere leaves nothing half done.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.at))?;
        let read = file.read(bytes)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// What `read` gives. The crate panics over some damaged tables; whoever wants no message of that
/// sets a panic hook.
pub(crate) fn caught<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    // What is left behind is not read on: a row group is dropped after an error.
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        let reason = "its values are not as its header says";
        Err(ParquetError::General(reason.to_owned()))
    })
}

/// The message of an error, fit to be shown.
pub(crate) fn one_line(error: &ParquetError) -> String {
    excerpt(&error.to_string())
}
