//! What a command has **used**: time and memory.

use std::fmt;
use std::time::{Duration, Instant};

use bytesize::ByteSize;

/// When a command began.
pub struct Clock(Instant);

impl Clock {
    /// Starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// What was used until now, to work on so many lines.
    pub fn usage(&self, lines: usize) -> Usage {
        Usage {
            lines,
            elapsed: self.0.elapsed(),
            peak_memory: peak_memory(),
        }
    }
}

/// Time and memory that some lines took.
pub struct Usage {
    lines: usize,
    elapsed: Duration,
    peak_memory: Option<ByteSize>,
}

/// `29908 lines in 12.3 s (2430 lines/s), peak memory 164.0 MiB`.
impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let seconds = self.elapsed.as_secs_f64();
        let speed = self.lines as f64 / seconds.max(1e-9);
        write!(
            f,
            "{} lines in {seconds:.1} s ({speed:.0} lines/s)",
            self.lines
        )?;
        match self.peak_memory {
            Some(size) => write!(f, ", peak memory {}", size.display().iec()),
            None => Ok(()),
        }
    }
}

/// The most memory that this process has had at a time.
#[cfg(unix)]
fn peak_memory() -> Option<ByteSize> {
    use nix::sys::resource::{UsageWho, getrusage};
    // macOS counts bytes, other systems KiB.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let peak = getrusage(UsageWho::RUSAGE_SELF).ok()?.max_rss();
    Some(ByteSize(u64::try_from(peak).ok()? * unit))
}

/// Not known on this system.
#[cfg(not(unix))]
fn peak_memory() -> Option<ByteSize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_told_in_a_line() {
        let usage = |peak_memory| Usage {
            lines: 3_000,
            elapsed: Duration::from_millis(1_500),
            peak_memory,
        };
        assert_eq!(
            usage(None).to_string(),
            "3000 lines in 1.5 s (2000 lines/s)"
        );
        assert_eq!(
            usage(Some(ByteSize(3 << 20))).to_string(),
            "3000 lines in 1.5 s (2000 lines/s), peak memory 3.0 MiB"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_process_has_had_some_memory() {
        assert!(peak_memory().is_some_and(|peak| peak > ByteSize::kib(100)));
    }
}
