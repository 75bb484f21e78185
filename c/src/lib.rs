//! The **C interface**: load a model, clean a page, free what was given.
//!
//! A call that can fail returns a [`Status`]; what went wrong is then told by [`saring_message`]. A
//! model may be used by several threads at once. A panic, which would be a fault of saring, ends at
//! the border as [`Status::Internal`].
//!
//! Everything unsafe is in this file, and each function says in `# Safety` what a caller vouches for.

mod message;

use std::ffi::{CStr, c_char};
use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{ptr, slice};

use saring::output::write_text;
use saring::predict::Predictor;
use saring::profile::SiteProfiles;
use saring::window::WindowSize;
use saring::{Error, Label, Page};
use self_cell::self_cell;

use message::tell;

/// How a call went.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It did what it was asked to.
    Ok = 0,
    /// An argument is null or not UTF-8.
    Argument = 1,
    /// A file cannot be read.
    Io = 2,
    /// A file is no model or profile of saring's, or the model takes no profile.
    File = 3,
    /// A fault of saring's.
    Internal = 4,
}

/// Bytes that saring allocated.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// The bytes, and behind them a zero that does not count.
    pub bytes: *mut c_char,
    /// How many there are.
    pub length: usize,
}

/// A model, and the site profiles that go with it.
pub struct Model {
    applied: Applied,
}

struct Parts {
    model: saring::Model,
    profiles: Option<SiteProfiles>,
}

self_cell!(
    struct Applied {
        owner: Parts,
        #[not_covariant]
        dependent: Predictor,
    }
);

/// Why a call failed, and what to say of it.
struct Failure(Status, String);

/// Loads a model into `*model`, to be freed with saring_model_free.
///
/// `path` is a model file, null for the built-in model. `profile` is what `saring profile` wrote, null
/// for none. On failure `*model` is null.
///
/// # Safety
/// `path` and `profile` are null or end in a zero byte; `model` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn saring_load(
    path: *const c_char,
    profile: *const c_char,
    model: *mut *mut Model,
) -> Status {
    guarded(|| {
        // SAFETY: the caller vouches that it can be written, if it is not null.
        let model = unsafe { model.as_mut() }.ok_or_else(|| null("model"))?;
        *model = ptr::null_mut();
        // SAFETY: the caller vouches for both.
        let (path, profile) = unsafe { (text_at(path, "path")?, text_at(profile, "profile")?) };
        *model = Box::into_raw(Box::new(load(path, profile)?));
        Ok(())
    })
}

/// Writes the lines of a page that are content, each with a line feed, into `*cleaned`, to be freed
/// with saring_text_free.
///
/// `text` is a whole page of `length` bytes, its lines parted by line feeds; it need not be UTF-8 and
/// may be null where `length` is 0. `site` is looked up in the profiles; null where it is unknown. On
/// failure the bytes of `*cleaned` are null.
///
/// # Safety
/// `model` is null or came from saring_load and is not freed; `text` has `length` bytes that nobody
/// writes to meanwhile; `site` is null or ends in a zero byte; `cleaned` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn saring_clean(
    model: *const Model,
    text: *const c_char,
    length: usize,
    site: *const c_char,
    cleaned: *mut Text,
) -> Status {
    guarded(|| {
        // SAFETY: the caller vouches that it can be written, if it is not null.
        let cleaned = unsafe { cleaned.as_mut() }.ok_or_else(|| null("cleaned"))?;
        *cleaned = Text {
            bytes: ptr::null_mut(),
            length: 0,
        };
        // SAFETY: the caller vouches that it came from saring_load, if it is not null.
        let model = unsafe { model.as_ref() }.ok_or_else(|| null("model"))?;
        // SAFETY: the caller vouches for both.
        let (text, site) = unsafe { (bytes_at(text, length)?, text_at(site, "site")?) };
        *cleaned = given(clean(model, text, site));
        Ok(())
    })
}

/// Frees a text that saring_clean wrote; one whose bytes are null is left alone.
///
/// # Safety
/// `text` is as saring_clean wrote it and was not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn saring_text_free(text: Text) {
    if !text.bytes.is_null() {
        let bytes = ptr::slice_from_raw_parts_mut(text.bytes.cast::<u8>(), text.length + 1);
        // SAFETY: `given` made the pointer of a box of so many bytes, and the caller vouches that it
        // is freed once.
        drop(unsafe { Box::from_raw(bytes) });
    }
}

/// Frees a model; null is left alone.
///
/// # Safety
/// `model` is null, or came from saring_load, was not freed before and is not in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn saring_model_free(model: *mut Model) {
    if !model.is_null() {
        // SAFETY: saring_load made the pointer of a box, and the caller vouches that it is freed once.
        drop(unsafe { Box::from_raw(model) });
    }
}

/// What went wrong in the last call on this thread that failed, as one line; "" where none did. Good
/// until the next call on this thread.
#[unsafe(no_mangle)]
pub extern "C" fn saring_message() -> *const c_char {
    message::last()
}

fn load(path: Option<&str>, profile: Option<&str>) -> Result<Model, Failure> {
    let model = match path {
        None => saring::Model::built_in().map_err(failure),
        Some(path) => saring::Model::read(open(path)?).map_err(failure),
    };
    let parts = Parts {
        model: model?,
        profiles: match profile {
            None => None,
            Some(path) => Some(SiteProfiles::read(open(path)?).map_err(failure)?),
        },
    };
    if parts.profiles.is_some() && !parts.model.card().settings.profile {
        let reason = "the model was trained without profiles and learned nothing of them";
        return Err(Failure(Status::File, reason.to_owned()));
    }
    let applied = Applied::new(parts, |parts| {
        Predictor::new(&parts.model).with_profiles(parts.profiles.as_ref())
    });
    Ok(Model { applied })
}

fn clean(model: &Model, text: &[u8], site: Option<&str>) -> Vec<u8> {
    let page = Page::from_text("", site.map(str::to_owned), text);
    let lines = model.applied.with_dependent(|_, predictor| {
        predictor
            .worker()
            .predict_in_windows(&page, WindowSize::default())
    });
    let mut cleaned = Vec::new();
    write_text(&page, &lines, &[Label::Content], &mut cleaned).expect("a Vec takes all bytes");
    cleaned
}

/// A text that `saring_text_free` takes back.
fn given(mut bytes: Vec<u8>) -> Text {
    let length = bytes.len();
    bytes.push(0);
    Text {
        bytes: Box::into_raw(bytes.into_boxed_slice()).cast(),
        length,
    }
}

/// Does the work of a call; says how it went, and keeps the message.
fn guarded(work: impl FnOnce() -> Result<(), Failure>) -> Status {
    // What was begun when a panic came is not seen again: outputs are set last.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => Status::Ok,
        Ok(Err(Failure(status, reason))) => {
            tell(&reason);
            status
        }
        Err(_) => {
            tell("a fault of saring's: please report it");
            Status::Internal
        }
    }
}

fn open(path: &str) -> Result<BufReader<File>, Failure> {
    let file = File::open(path);
    let file = file.map_err(|source| Failure(Status::Io, format!("{path}: {source}")))?;
    Ok(BufReader::new(file))
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Io { place, source } => Failure(Status::Io, format!("{place}: {source}")),
        error => Failure(Status::File, error.to_string()),
    }
}

fn null(name: &str) -> Failure {
    Failure(Status::Argument, format!("{name} is null"))
}

/// # Safety
/// `text` is null or ends in a zero byte, and outlives what is returned.
unsafe fn text_at<'a>(text: *const c_char, name: &str) -> Result<Option<&'a str>, Failure> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: it is not null, and the caller vouches for the zero byte.
    let text = unsafe { CStr::from_ptr(text) };
    let text = text.to_str();
    text.map(Some)
        .map_err(|_| Failure(Status::Argument, format!("{name} is not UTF-8")))
}

/// # Safety
/// `text` is null or has `length` bytes, and outlives what is returned.
unsafe fn bytes_at<'a>(text: *const c_char, length: usize) -> Result<&'a [u8], Failure> {
    match (text.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(null("text")),
        (false, length) if length > isize::MAX as usize => Err(Failure(
            Status::Argument,
            format!("a text has no {length} bytes"),
        )),
        // SAFETY: it is not null, and the caller vouches for its bytes.
        (false, length) => Ok(unsafe { slice::from_raw_parts(text.cast(), length) }),
    }
}
