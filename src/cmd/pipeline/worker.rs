//! A **worker** makes of the pieces of a batch what is to be written: it parses, predicts and
//! formats, one worker a thread.

use saring::corpus::{Record, jsonl_records, read_tsv};
use saring::output::{Format, Pages, Passage};
use saring::page::Segment;
use saring::predict::{self, Predictor};
use saring::window::RowPart;
use saring::{Error, Page, Result};

use super::Settings;
use super::feed::Piece;
use super::ordered::{Stopped, Turn};
use super::split::{Content, Window};
use crate::cmd::input::Source;
use crate::cmd::output::Step;

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
        for piece in pieces {
            let source = &self.sources[piece.source];
            match piece.content {
                Content::Start => turn.push(Step::Start(piece.source)),
                Content::Window(window) => self.window(source, window, piece.pages, turn)?,
                Content::Tsv(bytes) => {
                    let (place, id, site) = (source.to_string(), source.id(), source.site());
                    let record = read_tsv(&bytes[..], &place, &id, site).map(Record::Labelled);
                    drop(bytes);
                    self.record(source, record, piece.pages, turn)?;
                }
                Content::Rows(block) => {
                    let place = source.to_string();
                    for record in jsonl_records(&block.bytes, &place, block.first_row) {
                        self.record(source, record, piece.pages, turn)?;
                    }
                }
                Content::Page(page) => {
                    let record = Ok(Record::Unlabelled(page.into_page()));
                    self.record(source, record, piece.pages, turn)?;
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
        let (lines, long) = match window.part {
            None => (window.bytes, Vec::new()),
            Some(_) => (Vec::new(), window.bytes),
        };
        let page = Page::from_bytes(source.id(), source.site(), lines);
        let page = source.with_site(page.after_blank(window.after_blank));
        if window.begins {
            turn.push(begin(&page, pages, window.is_full));
        }
        turn.push(Step::Lines(match window.part {
            None => self.passage(&page),
            Some(part) => self.unclassified(&long, part, window.after_blank),
        }));
        if window.ends {
            turn.push(Step::End);
        }
        Ok(())
    }

    /// A page that is held as a whole; predicted window by window where it is long.
    fn record(
        &mut self,
        source: &Source,
        record: Result<Record>,
        pages: Pages,
        turn: &mut Turn,
    ) -> Result<(), Stopped> {
        let page = match record {
            Ok(record) => source.with_site(record.into_page()),
            Err(error) => return skip(source, error, turn),
        };
        let limits = source.options().limits;
        let checked = limits.check(&page, &source.to_string());
        if let Err(error) = checked {
            skip(source, error, turn)?;
            turn.push(begin(&page, pages, false));
            for segment in page.segments(limits.line) {
                self.segment(segment, turn)?;
            }
        } else {
            turn.push(begin(&page, pages, !page.fits(self.settings.window)));
            self.lines(&page, turn)?;
        }
        turn.push(Step::End);
        Ok(())
    }

    fn segment(&mut self, segment: Segment, turn: &mut Turn) -> Result<(), Stopped> {
        match segment {
            Segment::Lines(page) => self.lines(&page, turn),
            Segment::Long {
                line,
                follows_blank,
            } => {
                let whole = RowPart {
                    begins: true,
                    ends: true,
                };
                turn.push(Step::Lines(self.unclassified(line, whole, follows_blank)));
                turn.flush()
            }
        }
    }

    /// Lines of a page, window by window if they are many.
    fn lines(&mut self, page: &Page, turn: &mut Turn) -> Result<(), Stopped> {
        let size = self.settings.window;
        if page.fits(size) {
            turn.push(Step::Lines(self.passage(page)));
            return Ok(());
        }
        for window in page.windows(size) {
            turn.push(Step::Lines(self.passage(&window)));
            turn.flush()?;
        }
        Ok(())
    }

    fn unclassified(&self, text: &[u8], part: RowPart, after_blank: bool) -> Passage {
        let format = match (self.settings.format, self.settings.explain) {
            // Explanations are rows.
            (Format::Text, Some(_)) => Format::Tsv,
            (format, _) => format,
        };
        Passage::unclassified(format, text, part, after_blank)
    }

    fn passage(&mut self, page: &Page) -> Passage {
        let Settings { format, keep, .. } = self.settings;
        match self.settings.explain {
            None => Passage::predicted(*format, keep, page, &self.pages.predict(page)),
            Some(top) => Passage::explained(*format, page, &self.predictor.explain(page, top)),
        }
    }
}

fn begin(page: &Page, pages: Pages, in_windows: bool) -> Step {
    Step::Begin {
        id: page.id.clone(),
        site: page.site.clone(),
        pages,
        in_windows,
    }
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
