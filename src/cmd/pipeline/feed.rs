//! A **feed** cuts the sources of an input into pieces, and deals them out in batches.
//!
//! It only reads and splits; parsing is left to the [`Worker`](super::worker::Worker). Of each
//! output's first page it finds out whether another one follows, by looking one page ahead: the only
//! page of an output is written without its name.

use indicatif::ProgressBar;
use saring::output::Pages;
use saring::window::WindowSize;

use super::split::{Content, Split, pages};
use crate::cmd::input::Source;

/// How much input makes a batch.
pub const BATCH: usize = 256 << 10;

/// What a piece costs beside its bytes, such as opening a file.
const PIECE: usize = 2 << 10;

/// Pieces for one thread, in the order of the input.
pub struct Batch {
    /// Its place among all batches, from 0.
    pub number: usize,
    /// At least one piece.
    pub pieces: Vec<Piece>,
}

/// A part of a source.
pub struct Piece {
    /// The place of the source in the input.
    pub source: usize,
    /// How many pages the output has that this part is written to.
    pub pages: Pages,
    /// What there is.
    pub content: Content,
}

/// Deals out the pieces of an input.
pub struct Feed<'a> {
    sources: &'a [Source],
    window: WindowSize,
    file_a_source: bool,
    progress: ProgressBar,
    batches: usize,
    /// The present source, and the one that comes next.
    present: usize,
    next: usize,
    reading: Reading,
    /// How many pages the present output has, once that is known.
    pages: Option<Pages>,
    /// The next source, where it had to be looked into.
    ahead: Option<Box<Split>>,
}

/// How far the present source is read.
enum Reading {
    Started,
    Opened(Box<Split>),
    Finished,
    Failed,
}

impl<'a> Feed<'a> {
    /// The pieces of `sources`; their pages have one output, or each source has one of its own.
    /// `progress` counts the bytes that are read.
    pub fn new(
        sources: &'a [Source],
        window: WindowSize,
        file_a_source: bool,
        progress: ProgressBar,
    ) -> Self {
        Self {
            sources,
            window,
            file_a_source,
            progress,
            batches: 0,
            present: 0,
            next: 0,
            reading: Reading::Finished,
            pages: None,
            ahead: None,
        }
    }

    /// The next batch; `None` at the end of the input, and after a failure.
    pub fn next_batch(&mut self) -> Option<Batch> {
        let mut pieces = Vec::new();
        let mut size = 0;
        while size < BATCH
            && let Some(piece) = self.next_piece()
        {
            size += PIECE + piece.content.len();
            pieces.push(piece);
        }
        let number = self.batches;
        self.batches += 1;
        (!pieces.is_empty()).then_some(Batch { number, pieces })
    }

    fn next_piece(&mut self) -> Option<Piece> {
        let content = self.next_content().unwrap_or_else(|error| {
            let skips = self.sources[self.present].options().skip_bad;
            if skips && error.is_of_record() && matches!(self.reading, Reading::Opened(_)) {
                return Some(Content::Skipped(error));
            }
            self.reading = Reading::Failed;
            Some(Content::Failure(error))
        })?;
        self.progress.inc(content.len() as u64);
        Some(Piece {
            source: self.present,
            pages: self.pages(&content),
            content,
        })
    }

    fn next_content(&mut self) -> saring::Result<Option<Content>> {
        if let Reading::Started = self.reading {
            let split = self.open()?;
            let table = split.table();
            self.reading = Reading::Opened(split);
            if let Some(table) = table {
                return Ok(Some(Content::Table(table)));
            }
        }
        if let Reading::Opened(split) = &mut self.reading {
            if let Some(content) = split.next()? {
                return Ok(Some(content));
            }
            self.reading = Reading::Finished;
        }
        Ok(self.start())
    }

    /// Goes to the next source, if there is one and the present one was read without a failure.
    fn start(&mut self) -> Option<Content> {
        if self.next == self.sources.len() || matches!(self.reading, Reading::Failed) {
            return None;
        }
        self.present = self.next;
        self.next += 1;
        self.reading = Reading::Started;
        if self.file_a_source {
            self.pages = None;
        }
        Some(Content::Start)
    }

    fn open(&mut self) -> saring::Result<Box<Split>> {
        match self.ahead.take() {
            Some(split) => Ok(split),
            None => Split::new(&self.sources[self.present], self.window).map(Box::new),
        }
    }

    /// How many pages the present output has; `content` is the first that tells of any.
    fn pages(&mut self, content: &Content) -> Pages {
        if let Some(pages) = self.pages {
            return pages;
        }
        let here = match content {
            Content::Start | Content::Table(_) | Content::Skipped(_) | Content::Failure(_) => {
                return Pages::One;
            }
            Content::Window(_) | Content::Tsv(_) | Content::Page(_) | Content::TableRow(_) => 1,
            Content::Rows(rows) => pages(rows).take(2).count(),
        };
        let pages = match here > 1 || self.has_page_ahead() || self.has_source_ahead() {
            true => Pages::Several,
            false => Pages::One,
        };
        *self.pages.insert(pages)
    }

    fn has_page_ahead(&mut self) -> bool {
        match &mut self.reading {
            Reading::Opened(split) => split.has_page(),
            _ => false,
        }
    }

    /// Whether a later source has a page for the same output. Those that have none are passed over;
    /// what cannot be opened or read is told when its turn comes.
    fn has_source_ahead(&mut self) -> bool {
        while !self.file_a_source
            && let Some(source) = self.sources.get(self.next)
        {
            let Ok(mut split) = Split::new(source, self.window) else {
                return false;
            };
            if let Ok(None) = split.peek() {
                self.next += 1;
                continue;
            }
            let has_page = split.has_first_page();
            self.ahead = Some(Box::new(split));
            return has_page;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmd::input::{InputOptions, sources};
    use std::fs;

    /// The pieces of files with these names and texts, as `source pages content`.
    fn pieces(files: &[(&str, &str)], file_a_source: bool) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |(name, text): &(&str, &str)| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("writable");
            path
        };
        let paths: Vec<_> = files.iter().map(path).collect();
        let sources = sources(&paths, &InputOptions::default()).expect("pages");
        let window = WindowSize { bytes: 4, rows: 9 };
        let mut feed = Feed::new(&sources, window, file_a_source, ProgressBar::hidden());
        let batches = std::iter::from_fn(|| feed.next_batch());
        batches
            .flat_map(|batch| batch.pieces)
            .filter_map(shown)
            .collect()
    }

    fn shown(piece: Piece) -> Option<String> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\n', "/");
        let content = match &piece.content {
            Content::Start | Content::Table(_) => return None,
            Content::Failure(error) => format!("failure {error}"),
            Content::Skipped(error) => format!("skipped {error}"),
            Content::Tsv(bytes) => format!("tsv {}", text(bytes)),
            Content::Page(page) | Content::TableRow(page) => {
                format!("page {} {}", page.id, text(&page.text))
            }
            Content::Rows(block) => format!("rows {} {}", block.first_row, text(&block.bytes)),
            Content::Window(window) => {
                let marks = [
                    (window.begins, "begins "),
                    (window.ends, "ends "),
                    (window.after_blank, "after blank "),
                ];
                let marks = marks.iter().filter(|mark| mark.0).map(|mark| mark.1);
                format!("{}{}", marks.collect::<String>(), text(&window.bytes))
            }
        };
        Some(format!("{} {:?} {content}", piece.source, piece.pages))
    }

    #[test]
    fn a_text_comes_in_windows_that_know_the_row_above() {
        let expected = [
            "0 One begins a/ /",
            "0 One after blank b/",
            "0 One ends cdefg/",
        ];
        assert_eq!(pieces(&[("a.txt", "a\n \nb\ncdefg\n")], false), expected);
        assert_eq!(pieces(&[("a.txt", "")], false), ["0 One begins ends "]);
    }

    #[test]
    fn the_only_page_of_an_output_is_known_as_such() {
        let (none, page) = ("\n \n", "{}\n");
        let one = [("a.jsonl", none), ("b.jsonl", page), ("c.jsonl", none)];
        assert_eq!(pieces(&one, false), ["1 One rows 1 {}/"]);
        let two = [("a.jsonl", page), ("b.jsonl", none), ("c.jsonl", page)];
        let expected = ["0 Several rows 1 {}/", "2 Several rows 1 {}/"];
        assert_eq!(pieces(&two, false), expected);
        assert_eq!(pieces(&two, true), ["0 One rows 1 {}/", "2 One rows 1 {}/"]);
        let texts = [("a.tsv", "x"), ("b.txt", "")];
        assert_eq!(
            pieces(&texts, false),
            ["0 Several tsv x", "1 Several begins ends "]
        );
    }

    #[test]
    fn a_second_page_may_stand_far_below_the_first() {
        let blank = " \n".repeat(BATCH);
        let rows = pieces(&[("a.jsonl", &format!("{{}}\n{blank}{{}}"))], false);
        assert!(rows[0].starts_with("0 Several rows 1 {}/"));
        let first_row = rows[1].split(' ').nth(3).expect("a number");
        let first_row: usize = first_row.parse().expect("a number");
        assert_eq!(first_row + rows[1].matches('/').count(), BATCH + 2);
        assert!(rows[1].ends_with("/{}"));
    }
}
