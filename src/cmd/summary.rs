//! A **summary** says at the end of a run what was read, how its lines are labelled and how fast
//! that went; a progress bar says on a terminal how far it is.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use saring::Label;
use saring::output::Tally;

use super::input::Source;
use super::limits::OnEmpty;

/// What was made of the pages of an input.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pages: u64,
    empty: u64,
    on_empty: OnEmpty,
    tally: Tally,
}

impl Summary {
    /// Counts lines.
    pub fn add_lines(&mut self, tally: &Tally) {
        self.tally += *tally;
    }

    /// Counts a page, of which enough is left or not.
    pub fn add_page(&mut self, verdict: Option<OnEmpty>) {
        self.pages += 1;
        if let Some(on_empty) = verdict {
            self.empty += 1;
            self.on_empty = on_empty;
        }
    }

    /// With the bytes that were read, in this time.
    pub fn shown(&self, bytes: u64, elapsed: Duration) -> String {
        let megabytes = bytes as f64 / 1e6;
        let seconds = elapsed.as_secs_f64();
        let mut text = format!("{} pages", self.pages);
        if self.empty > 0 {
            let done = match self.on_empty {
                OnEmpty::Drop => "dropped",
                OnEmpty::Keep => "kept uncleaned",
                OnEmpty::Mark => "marked",
            };
            text += &format!(" ({} with too little left: {done})", self.empty);
        }
        text += &format!(
            ", {} lines, {} characters; {megabytes:.1} MB in {seconds:.1} s, {:.1} MB/s",
            self.tally.all_lines(),
            self.tally.all_characters(),
            megabytes / seconds.max(1e-9)
        );
        for label in Label::ALL {
            let (lines, characters) = (self.tally.lines(label), self.tally.characters(label));
            text += &format!(
                "\n{:<14}{lines:>12} lines{characters:>15} characters",
                label.as_str()
            );
        }
        text
    }
}

/// A bar over the bytes of `sources` on a terminal, else a hidden one.
pub fn bar(sources: &[Source], quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let size = |source: &Source| Some(std::fs::metadata(source.path()?).ok()?.len());
    let sizes: Option<Vec<u64>> = sources.iter().map(size).collect();
    let (bar, template) = match sizes {
        Some(sizes) => (
            ProgressBar::new(sizes.iter().sum()),
            "{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {eta}",
        ),
        // The standard input does not tell how long it is.
        None => (
            ProgressBar::no_length(),
            "{spinner} {bytes}  {bytes_per_sec}",
        ),
    };
    let style = ProgressStyle::with_template(template).expect("the template is well-formed");
    bar.with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_has_a_row_a_label() {
        let mut summary = Summary::default();
        let mut tally = Tally::default();
        tally.add(Label::Comment, "Mantap é".as_bytes());
        summary.add_lines(&tally);
        summary.add_page(None);
        summary.add_page(Some(OnEmpty::Mark));
        let text = summary.shown(3_000_000, Duration::from_secs(2));
        let rows: Vec<_> = text.lines().collect();
        assert_eq!(
            rows[0],
            "2 pages (1 with too little left: marked), 1 lines, 8 characters; 3.0 MB in 2.0 s, 1.5 MB/s"
        );
        assert_eq!(rows.len(), 7);
        assert_eq!(
            rows[6],
            "comment                  1 lines              8 characters"
        );
    }
}
