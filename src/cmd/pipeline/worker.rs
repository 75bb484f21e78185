//! A **worker** makes of the pieces of a batch what is to be written: it parses, predicts and
//! formats, one worker a thread.

use saring::corpus::{Block, RawPage, Record, jsonl_rows, read_tsv};
use saring::output::{Format, Offset, Pages, Passage};
use saring::page::Segment;
use saring::predict::{self, Predictor};
use saring::window::RowPart;
use saring::{Error, Label, Page, Result};

use super::Settings;
use super::feed::Piece;
use super::ordered::{Stopped, Turn};
use super::shape::{Given, Shape};
use super::split::{Content, Window};
use crate::cmd::container::Form;
use crate::cmd::input::Source;
use crate::cmd::output::{Lines, Step};

/// Works on pieces of `sources`.
pub struct Worker<'a, 'm> {
    sources: &'a [Source],
    predictor: &'a Predictor<'m>,
    pages: predict::Worker<'a, 'm>,
    settings: &'a Settings,
}

impl<'a, 'm> Worker<'a, 'm> {
    /// Predicts with `predictor`.
    pub fn new(
        sources: &'a [Source],
        predictor: &'a Predictor<'m>,
        settings: &'a Settings,
    ) -> Self {
        Self {
            sources,
            predictor,
            pages: predictor.worker(),
            settings,
        }
    }

    /// Gives the steps of `pieces` to `turn`, up to the first failure.
    pub fn work(&mut self, pieces: Vec<Piece>, turn: &mut Turn) -> Result<(), Stopped> {
        if self.settings.explain.is_none() {
            let bytes = pieces.iter().map(|piece| piece.content.len());
            self.predictor.expect_text(bytes.sum());
        }
        for piece in pieces {
            let source = &self.sources[piece.source];
            match piece.content {
                Content::Start => turn.push(Step::Start(piece.source)),
                Content::Window(window) => self.window(source, window, piece.pages, turn)?,
                Content::Tsv(bytes) => self.labelled(source, &bytes, piece.pages, turn)?,
                Content::Rows(block) => self.rows(source, &block, piece.pages, turn)?,
                Content::Table(file) => turn.push(Step::Table(file)),
                Content::Page(page) => {
                    let given = Given::Archived(page.url.clone());
                    self.raw(source, page, &given, piece.pages, turn)?;
                }
                Content::TableRow(page) => {
                    let given = Given::TableRow(page.position, page.url.clone());
                    self.raw(source, page, &given, piece.pages, turn)?;
                }
                Content::Skipped(error) => turn.push(Step::Skipped(error)),
                Content::Failure(error) => return fail(error, turn),
            }
        }
        Ok(())
    }

    /// A window of a text, whose page may begin and end elsewhere.
    fn window(
        &mut self,
        source: &Source,
        window: Window,
        pages: Pages,
        turn: &mut Turn,
    ) -> Result<(), Stopped> {
        if window.part.is_some_and(|part| part.begins) {
            let error = Error::LongLine {
                place: source.to_string(),
                line: window.first_row,
                limit: source.options().limits.line,
            };
            skip(source, error, turn)?;
        }
        let writing = &self.settings.writing;
        let shape = Shape::new(writing.form, &Given::Text);
        let text = shape.text_as_it_came(&window.bytes, writing);
        let (lines, long) = match window.part {
            None => (window.bytes, Vec::new()),
            Some(_) => (Vec::new(), window.bytes),
        };
        let page = Page::from_bytes(source.id(), source.site(), lines);
        let page = source.with_site(page.after_blank(window.after_blank));
        if window.begins {
            let mut opening = shape.opening(&page, pages, !window.ends, writing);
            opening.in_windows = window.is_full;
            turn.push(Step::Begin(Box::new(opening)));
        }
        if let Some(text) = text {
            turn.push(Step::Lines(Box::new(text)));
        }
        turn.push(Step::Lines(Box::new(match window.part {
            None => self.passage(&shape, &page, (0, window.offset)),
            Some(part) => self.unclassified(&shape, &long, part, window.after_blank),
        })));
        match window.ends {
            true => turn.end_page(),
            false => Ok(()),
        }
    }

    fn labelled(
        &mut self,
        source: &Source,
        rows: &[u8],
        pages: Pages,
        turn: &mut Turn,
    ) -> Result<(), Stopped> {
        let (place, id, site) = (source.to_string(), source.id(), source.site());
        let page = match read_tsv(rows, &place, &id, site) {
            Ok(page) => page,
            Err(error) => return skip(source, error, turn),
        };
        let gold: Vec<Label> = match self.settings.writing.form {
            Form::Same { .. } => page.labels().to_vec(),
            _ => Vec::new(),
        };
        let page = source.with_site(page.into_page());
        self.page(source, &page, &Given::Labelled(rows, &gold), pages, turn)
    }

    /// The pages of some rows of JSON Lines.
    fn rows(
        &mut self,
        source: &Source,
        block: &Block,
        pages: Pages,
        turn: &mut Turn,
    ) -> Result<(), Stopped> {
        let place = source.to_string();
        for (row, record) in jsonl_rows(&block.bytes, &place, block.first_row) {
            match record.map(Record::into_page) {
                Ok(page) => {
                    let page = source.with_site(page);
                    self.page(source, &page, &Given::Row(row), pages, turn)?;
                }
                Err(error) => skip(source, error, turn)?,
            }
        }
        Ok(())
    }

    /// A page of an archive or a table.
    fn raw(
        &mut self,
        source: &Source,
        page: RawPage,
        given: &Given,
        pages: Pages,
        turn: &mut Turn,
    ) -> Result<(), Stopped> {
        let page = source.with_site(page.into_page());
        self.page(source, &page, given, pages, turn)
    }

    /// A page that is held as a whole; predicted window by window where it is long.
    fn page(
        &mut self,
        source: &Source,
        page: &Page,
        given: &Given,
        pages: Pages,
        turn: &mut Turn,
    ) -> Result<(), Stopped> {
        let limits = source.options().limits;
        let checked = limits.check(page, source);
        let Settings {
            window, writing, ..
        } = self.settings;
        let shape = Shape::new(writing.form, given);
        let in_windows = checked.is_ok() && !page.fits(*window);
        let is_long = checked.is_err();
        if let Err(error) = checked {
            skip(source, error, turn)?;
        }
        let opening = shape.opening(page, pages, in_windows, writing);
        turn.push(Step::Begin(Box::new(opening)));
        if let Some(text) = shape.text_as_it_came(page.text(), writing) {
            turn.push(Step::Lines(Box::new(text)));
        }
        let mut at = (0, Offset::default());
        match is_long {
            false => self.lines(&shape, page, at, turn)?,
            true => {
                for segment in page.segments(limits.line) {
                    at.1 = at.1.after(above(page, at.0));
                    self.segment(&shape, segment, &mut at, turn)?;
                }
            }
        }
        turn.end_page()
    }

    fn segment(
        &mut self,
        shape: &Shape,
        segment: Segment,
        at: &mut (usize, Offset),
        turn: &mut Turn,
    ) -> Result<(), Stopped> {
        match segment {
            Segment::Lines(page) => {
                self.lines(shape, &page, *at, turn)?;
                *at = (at.0 + page.len(), at.1.after(page.text()));
                Ok(())
            }
            Segment::Long {
                line,
                follows_blank,
            } => {
                let whole = RowPart {
                    begins: true,
                    ends: true,
                };
                let lines = self.unclassified(shape, line, whole, follows_blank);
                *at = (at.0 + 1, at.1.after(line).after(b"\n"));
                turn.push(Step::Lines(Box::new(lines)));
                turn.flush()
            }
        }
    }

    /// Lines of a page that stand at `at`, window by window if they are many.
    fn lines(
        &mut self,
        shape: &Shape,
        page: &Page,
        mut at: (usize, Offset),
        turn: &mut Turn,
    ) -> Result<(), Stopped> {
        let size = self.settings.window;
        if page.fits(size) {
            turn.push(Step::Lines(Box::new(self.passage(shape, page, at))));
            return Ok(());
        }
        for window in page.windows(size) {
            turn.push(Step::Lines(Box::new(self.passage(shape, &window, at))));
            at = (at.0 + window.len(), at.1.after(window.text()));
            turn.flush()?;
        }
        Ok(())
    }

    fn unclassified(&self, shape: &Shape, text: &[u8], part: RowPart, after_blank: bool) -> Lines {
        let format = match (shape.format(), self.settings.explain) {
            // Explanations are rows.
            (Format::Text, Some(_)) => Format::Tsv,
            (format, _) => format,
        };
        let passage = |format| Passage::unclassified(format, text, part, after_blank);
        Lines {
            cleaned: passage(format),
            whole: shape.whole(&self.settings.writing).map(passage),
        }
    }

    fn passage(&mut self, shape: &Shape, page: &Page, at: (usize, Offset)) -> Lines {
        let Settings {
            writing, explain, ..
        } = self.settings;
        match (explain, writing.form) {
            (Some(top), Form::Plain(format)) => Lines {
                cleaned: Passage::explained(format, page, &self.predictor.explain(page, *top)),
                whole: None,
            },
            _ => shape.lines(page, self.pages.predict_in_place(page), at, writing),
        }
    }
}

/// What stands between a line and the one above it, but for one line feed.
fn above(page: &Page, line: usize) -> &[u8] {
    let start = match line {
        0 => 0,
        _ => page.range(line - 1).end + 1,
    };
    &page.text()[start..page.range(line).start]
}

/// Tells of a record that is passed over, if such are to be; stops otherwise.
fn skip(source: &Source, error: Error, turn: &mut Turn) -> Result<(), Stopped> {
    if !(source.options().skip_bad && error.is_of_record()) {
        return fail(error, turn);
    }
    turn.push(Step::Skipped(error));
    Ok(())
}

/// Writes what came before the failure, then stops.
fn fail(error: Error, turn: &mut Turn) -> Result<(), Stopped> {
    turn.push(Step::Failure(error));
    turn.flush()
}
