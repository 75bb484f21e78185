//! A **message** goes to the standard error: what a person should know and no program reads.
//!
//! The only file that prints there.
#![expect(clippy::print_stderr, reason = "this is where messages are printed")]

use std::cell::Cell;
use std::fmt::Display;
use std::panic;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Sees to it that panics inside [`quietly`] print nothing.
pub fn print_no_quiet_panics() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !QUIET.get() {
            print(info);
        }
    }));
}

/// Does `work`, which makes errors of the panics in it.
#[cfg(feature = "parquet")]
pub fn quietly<T>(work: impl FnOnce() -> T) -> T {
    QUIET.set(true);
    let done = work();
    QUIET.set(false);
    done
}

/// Prints an error as one line.
pub fn error(error: &anyhow::Error) {
    let line = format!("{error:#}").replace(['\n', '\r'], " ");
    eprintln!("saring: {line}");
}

/// Prints a line that tells how a command went.
pub fn note(line: impl Display) {
    eprintln!("{line}");
}
