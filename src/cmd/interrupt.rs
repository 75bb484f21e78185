//! An **interrupt** is the wish to stop (Ctrl-C, SIGINT): what is complete by then is kept, and the
//! program ends with the exit code that shells expect.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

/// 128 and the number of the signal.
pub const EXIT_CODE: u8 = 130;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The reason why a run was stopped.
#[derive(Debug)]
pub struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted; what was complete is kept")
    }
}

impl std::error::Error for Interrupted {}

/// From now on an interrupt is noted instead of ending the program at once; a second one ends it.
pub fn listen() -> anyhow::Result<()> {
    #[expect(
        clippy::exit,
        reason = "the program may be waiting for input that never comes"
    )]
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(EXIT_CODE.into());
        }
    })?;
    Ok(())
}

/// Whether there was an interrupt.
pub fn is_noted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
