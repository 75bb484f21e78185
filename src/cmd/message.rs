//! A **message** goes to the standard error: what a person should know and no program reads.
//!
//! The only file that prints there.
#![expect(clippy::print_stderr, reason = "this is where messages are printed")]

use std::fmt::Display;

/// Prints an error as one line.
pub fn error(error: &anyhow::Error) {
    let line = format!("{error:#}").replace(['\n', '\r'], " ");
    eprintln!("saring: {line}");
}

/// Prints a line that tells how a command went.
pub fn note(line: impl Display) {
    eprintln!("{line}");
}
