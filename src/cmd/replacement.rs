//! A **replacement** is a file on its way: written beside the one it will replace, and renamed
//! only once it is complete and on the disk.
//!
//! Whatever fails before that leaves the earlier file as it was and nothing new beside it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use saring::Error;
use tempfile::{Builder, NamedTempFile};

/// A file that takes the place of another when it is committed.
#[derive(Debug)]
pub struct Replacement {
    file: NamedTempFile,
    path: PathBuf,
}

impl Replacement {
    /// Begins a file that is to stand at `path`; missing folders are created.
    ///
    /// # Errors
    /// [`Error::Io`] with `path` where its folder cannot be created or written, and where it is a
    /// folder or a device, which no file may replace.
    pub fn create(path: &Path) -> saring::Result<Self> {
        let create = || {
            refuse_special(path)?;
            let folder = match path.parent() {
                Some(folder) if folder != Path::new("") => folder,
                _ => Path::new("."),
            };
            fs::create_dir_all(folder)?;
            builder().tempfile_in(folder)
        };
        let file = create().map_err(failure(path))?;
        let path = path.to_owned();
        Ok(Self { file, path })
    }

    /// Puts the complete file into its place.
    ///
    /// # Errors
    /// [`Error::Io`] with the path where it cannot be brought to the disk or renamed; the earlier
    /// file is then still there.
    pub fn commit(self) -> saring::Result<()> {
        let synced = self.file.as_file().sync_all();
        synced.map_err(failure(&self.path))?;
        let renamed = self.file.persist(&self.path);
        renamed.map_err(|error| failure(&self.path)(error.error))?;
        Ok(())
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Files of the permissions that any new file has; tempfile's own ones are secret.
fn builder() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(".saring-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}

fn refuse_special(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err(io::Error::other(
            "it is there and no regular file: name another one",
        )),
        _ => Ok(()),
    }
}

fn failure(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let place = path.display().to_string();
    move |source| Error::Io { place, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder exists");
        entries
            .map(|entry| {
                entry
                    .expect("readable")
                    .file_name()
                    .to_string_lossy()
                    .into()
            })
            .collect()
    }

    #[test]
    fn the_earlier_file_stays_until_the_new_one_is_committed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("model");
        fs::write(&path, "earlier").expect("writable");

        let mut dropped = Replacement::create(&path).expect("writable");
        dropped.write_all(b"half").expect("writable");
        dropped.flush().expect("writable");
        drop(dropped);
        assert_eq!(fs::read(&path).expect("readable"), b"earlier");
        assert_eq!(names(folder.path()), ["model"]);

        let mut complete = Replacement::create(&path).expect("writable");
        complete.write_all(b"new").expect("writable");
        complete.commit().expect("writable");
        assert_eq!(fs::read(&path).expect("readable"), b"new");
        assert_eq!(names(folder.path()), ["model"]);
    }

    #[test]
    fn missing_folders_are_created() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a/b/page.txt");
        let file = Replacement::create(&path).expect("writable");
        file.commit().expect("writable");
        assert!(path.is_file());
    }

    #[test]
    fn a_folder_that_is_a_file_is_one_line_of_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("writable");
        let error = Replacement::create(&file.join("page.txt")).expect_err("no folder");
        let message = error.to_string();
        assert!(message.starts_with(&*file.to_string_lossy()), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_never_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
        for path in [folder.path(), &socket] {
            let error = Replacement::create(path).expect_err("no regular file");
            assert_eq!(error.to_string(), path.display().to_string());
        }
        assert_eq!(names(folder.path()), ["socket"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_has_the_permissions_of_any_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
        Replacement::create(&ours)
            .and_then(Replacement::commit)
            .expect("writable");
        fs::write(&plain, "").expect("writable");
        let mode = |path: &Path| fs::metadata(path).expect("exists").permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }
}
