//! The one **error** of the library: what went wrong, with the values, and what to do.

/// What can go wrong in reading pages, learning, and reading or writing models.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A label's name is none of [`Label::ALL`](crate::Label::ALL).
    #[error("unknown label {label:?}: use one of {known}")]
    UnknownLabel {
        /// The name that was found.
        label: String,
        /// The known names, separated by commas.
        known: String,
    },
    /// A row of an input is not of the form its format asks for.
    #[error("{place}:{row}: {reason}")]
    Row {
        /// The input's name.
        place: String,
        /// The row's number, from 1.
        row: usize,
        /// What is wrong with it, and what it should be.
        reason: String,
    },
    /// A record of an archive is damaged.
    #[error("{place}: record at byte {offset}: {reason}")]
    Record {
        /// The input's name.
        place: String,
        /// Where the record begins, from 0, in the input as it is when decompressed.
        offset: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A file is no table, or not one of pages.
    #[error("{place}: not a usable table: {reason}")]
    Table {
        /// The input's name.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A line is too long to be classified.
    #[error(
        "{place}: line {line} is longer than {limit} bytes: cut it, or pass it through with --skip-bad"
    )]
    LongLine {
        /// The input, and the page if it has several.
        place: String,
        /// The line's number, from 1; blank ones count in a text, and do not count elsewhere.
        line: usize,
        /// Most bytes of a line.
        limit: usize,
    },
    /// Reading or writing failed; the system's reason is the error's source.
    #[error("{place}")]
    Io {
        /// What was read or written.
        place: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A setting is outside its range.
    #[error("{setting} is {value}: {expected}")]
    Setting {
        /// The setting's name.
        setting: &'static str,
        /// The value that was given.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A page's labels and predictions do not fit together.
    #[error("cannot evaluate page {page:?}: {reason}")]
    Evaluation {
        /// The page's id.
        page: String,
        /// What does not fit.
        reason: String,
    },
    /// A corpus cannot be learned from.
    #[error("cannot train: {0}")]
    Corpus(String),
    /// A file is no model of saring's, or a damaged one.
    #[error("not a usable model: {0}")]
    Model(String),
    /// A file is no profile of saring's, or a damaged one.
    #[error("not a usable profile: {0}")]
    Profile(String),
    /// The dense solver would need more memory than it may take.
    #[error(
        "--solver linfa needs {needed_mib} MiB for its dense matrix of {rows} lines x {columns} \
         features, more than --memory-limit ({limit_mib} MiB): use --solver lbfgs, or \
         --max-features to keep fewer features"
    )]
    DenseTooLarge {
        /// Number of lines.
        rows: usize,
        /// Number of features.
        columns: usize,
        /// Memory that the matrix would take, in MiB, rounded up.
        needed_mib: u64,
        /// Memory that it may take, in MiB.
        limit_mib: u64,
    },
    /// A solver could not go on.
    #[error("the solver failed: {0}")]
    Solver(String),
}

/// A result whose error is [`Error`] unless another is named.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether a single record is damaged, so that those after it can still be read.
    pub fn is_of_record(&self) -> bool {
        matches!(
            self,
            Self::Row { .. } | Self::Record { .. } | Self::LongLine { .. }
        )
    }

    /// Wraps a system error with the name of what was read or written.
    pub(crate) fn io(place: &str) -> impl FnOnce(std::io::Error) -> Self {
        let place = place.to_owned();
        move |source| Self::Io { place, source }
    }
}

/// Most characters of a message's part that comes from a file.
const MOST_EXCERPT: usize = 240;

/// A message that may quote a file, fit to be shown: one line, without control characters and
/// direction marks, its end cut off where it is long.
pub(crate) fn excerpt(text: &str) -> String {
    let is_shown = |c: char| {
        !c.is_control() && !matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut rest = text.chars();
    let beginning = rest.by_ref().take(MOST_EXCERPT);
    let mut excerpt: String = beginning
        .map(|c| if is_shown(c) { c } else { '\u{fffd}' })
        .collect();
    if rest.next().is_some() {
        excerpt.push('…');
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_short_and_shows_on_one_line() {
        assert_eq!(
            excerpt("tab\tand\x1b[2J\n\u{202e}é"),
            "tab\u{fffd}and\u{fffd}[2J\u{fffd}\u{fffd}é"
        );
        let long = excerpt(&"é".repeat(241));
        assert_eq!(long, "é".repeat(240) + "…");
        assert_eq!(excerpt(&"é".repeat(240)), "é".repeat(240));
    }
}
