//! A **worker** makes of the pieces of a batch what is to be written: it parses, predicts and
//! formats, one worker a thread.

use saring::corpus::{Record, jsonl_records, read_tsv};
use saring::output::{Pages, Passage};
use saring::predict::{self, Predictor};
use saring::{Page, Result};

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
                Content::Window(window) => self.window(source, window, piece.pages, turn),
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
                Content::Failure(error) => return fail(error, turn),
            }
        }
        Ok(())
    }

    /// A window of a text, whose page may begin and end elsewhere.
    fn window(&mut self, source: &Source, window: Window, pages: Pages, turn: &mut Turn) {
        let page = Page::from_bytes(source.id(), source.site(), window.bytes);
        let page = source.with_site(page.after_blank(window.after_blank));
        if window.begins {
            turn.push(begin(&page, pages, !window.ends));
        }
        turn.push(Step::Lines(self.passage(&page)));
        if window.ends {
            turn.push(Step::End);
        }
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
            Err(error) => return fail(error, turn),
        };
        let size = self.settings.window;
        let fits = page.fits(size);
        turn.push(begin(&page, pages, !fits));
        if fits {
            turn.push(Step::Lines(self.passage(&page)));
        } else {
            for window in page.windows(size) {
                turn.push(Step::Lines(self.passage(&window)));
                turn.flush()?;
            }
        }
        turn.push(Step::End);
        Ok(())
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

/// Writes what came before the failure, then stops.
fn fail(error: saring::Error, turn: &mut Turn) -> Result<(), Stopped> {
    turn.push(Step::Failure(error));
    turn.flush()
}
