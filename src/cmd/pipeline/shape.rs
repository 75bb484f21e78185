//! A **shape** is what becomes of one page: what stands around its lines, and what is written of
//! them. It depends on the [`Form`] that was chosen and on what the page came in.

use saring::output::{Format, Frame, JsonRow, Offset, Pages, Passage, TableRow, WetRecord};
use saring::predict::LinePrediction;
use saring::{Label, Page};

use crate::cmd::container::{Form, Writing};
use crate::cmd::output::{Lines, Opening};

/// What a page came in, where it came as a whole.
pub enum Given<'a> {
    /// A row of JSON Lines.
    Row(&'a [u8]),
    /// Labelled rows, and the labels of their lines.
    Labelled(&'a [u8], &'a [Label]),
    /// A record of an archive, with its URL.
    Archived(Option<String>),
    /// The row of a table that has this number, with its URL.
    TableRow(u64, Option<String>),
    /// A text.
    Text,
}

/// What becomes of a page.
pub enum Shape<'a> {
    /// It stands by itself.
    Plain(Format),
    /// It stands in its row, in this format.
    Row(JsonRow<'a>, Format),
    /// It is labelled rows, with these labels.
    Labelled(&'a [u8], &'a [Label]),
    /// It is an object with its text and what its lines are.
    Annotated,
    /// It is a record; of the page at this URL, if there is one.
    Wet(Option<String>),
    /// It is a row of a table.
    Table(TableShape),
}

/// What becomes of a page that is a row of a table.
pub struct TableShape {
    /// Whether it says what its lines are.
    annotated: bool,
    /// The number of the row that it came in, if it is to stay there.
    position: Option<u64>,
}

/// What stands between the text of an annotated page and its annotations.
const BETWEEN: &str = "\",\"annotations\":[";

impl<'a> Shape<'a> {
    /// What becomes of a page that came so.
    pub fn new(form: Form, given: &Given<'a>) -> Self {
        let parsed = |row: &'a [u8]| JsonRow::parse(row).expect("it was read as a page");
        match (form, given) {
            (Form::Plain(format), _) => Self::Plain(format),
            (Form::Annotated, _) => Self::Annotated,
            (Form::Wet, Given::Row(row)) => Self::Wet(parsed(row).url().map(str::to_owned)),
            (Form::Wet | Form::Same { .. }, Given::Archived(url))
            | (Form::Wet, Given::TableRow(_, url)) => Self::Wet(url.clone()),
            (Form::Wet, _) => Self::Wet(None),
            (Form::Same { annotated }, Given::Row(row)) => {
                let row = parsed(row);
                let format = if annotated {
                    Format::Annotations
                } else {
                    row.format()
                };
                Self::Row(row, format)
            }
            (Form::Table { annotated }, _) => Self::Table(TableShape {
                annotated,
                position: None,
            }),
            (Form::Same { annotated }, Given::TableRow(position, _)) => Self::Table(TableShape {
                annotated,
                position: Some(*position),
            }),
            (Form::Same { .. }, Given::Labelled(rows, gold)) => Self::Labelled(rows, gold),
            (Form::Same { .. }, Given::Text) => Self::Plain(Format::Text),
        }
    }

    /// How the page begins, and what is decided once it ends.
    pub fn opening(
        &self,
        page: &Page,
        pages: Pages,
        in_windows: bool,
        writing: &Writing,
    ) -> Opening {
        let limits = &writing.limits;
        let wet = match self {
            Self::Wet(url) => Some(WetRecord::new(
                &page.id,
                page.site.as_deref(),
                url.as_deref(),
            )),
            _ => None,
        };
        let between = matches!(self, Self::Annotated).then_some(BETWEEN);
        let row = match self {
            Self::Table(table) => Some(table.row(page)),
            _ => None,
        };
        let held = limits.any() || wet.is_some() || between.is_some() || row.is_some();
        Opening {
            id: page.id.clone(),
            in_windows,
            frame: self.frame(page, pages, false),
            marked: limits.any().then(|| self.frame(page, pages, true)),
            instead: limits
                .may_keep()
                .then(|| self.as_it_came(page, pages))
                .flatten(),
            held,
            between,
            wet,
            row,
        }
    }

    fn frame(&self, page: &Page, pages: Pages, marked: bool) -> Frame {
        let of = |format: Format| format.frame(&page.id, page.site.as_deref(), pages, marked);
        match self {
            Self::Plain(format) => of(*format),
            Self::Row(row, format) => row.frame(*format, marked),
            Self::Labelled(..) => of(Format::Tsv),
            Self::Annotated => Frame {
                after: b"]}\n".to_vec(),
                ..of(Format::JsonText)
            },
            Self::Wet(_) | Self::Table(_) => Frame::default(),
        }
    }

    /// A page that is written as it came, where that is not what [`Lines::whole`] says.
    fn as_it_came(&self, page: &Page, pages: Pages) -> Option<Frame> {
        let (mut frame, rows) = match self {
            Self::Row(_, Format::Annotations) => return None,
            Self::Row(row, _) => (Frame::default(), row.as_it_came()),
            Self::Labelled(rows, _) => (self.frame(page, pages, false), rows.to_vec()),
            Self::Plain(_) | Self::Annotated | Self::Wet(_) | Self::Table(_) => return None,
        };
        frame.before.extend(rows);
        if !frame.before.ends_with(b"\n") {
            frame.before.push(b'\n');
        }
        Some(frame)
    }

    /// What is written of a page, or of the window of one whose first line has the number `first`
    /// and whose text stands at `offset`.
    pub fn lines(
        &self,
        page: &Page,
        predictions: &[LinePrediction],
        (first, offset): (usize, Offset),
        writing: &Writing,
    ) -> Lines {
        let cleaned = |format| Passage::predicted(format, &writing.keep, page, predictions);
        Lines {
            cleaned: match self {
                Self::Annotated
                | Self::Row(_, Format::Annotations)
                | Self::Table(TableShape {
                    annotated: true, ..
                }) => Passage::annotated(page, predictions, offset),
                Self::Plain(format) | Self::Row(_, format) => cleaned(*format),
                Self::Labelled(_, gold) => {
                    let gold = &gold[first..first + page.len()];
                    Passage::labelled(&writing.keep, page, gold, predictions)
                }
                Self::Wet(_) | Self::Table(_) => cleaned(Format::Text),
            },
            whole: self
                .whole(writing)
                .map(|format| Passage::whole(format, page)),
        }
    }

    /// A text, or a part of it, where it may be written to the byte as it came.
    pub fn text_as_it_came(&self, text: &[u8], writing: &Writing) -> Option<Lines> {
        let format = match self {
            Self::Annotated => Format::JsonText,
            Self::Plain(Format::JsonText) if writing.limits.may_keep() => Format::JsonText,
            Self::Table(table) if table.has_text_as_it_came(writing) => Format::Text,
            _ => return None,
        };
        Some(Lines {
            cleaned: Passage::default(),
            whole: Some(Passage::as_it_came(format, text.to_vec())),
        })
    }

    /// The format of the lines that are written.
    pub fn format(&self) -> Format {
        match self {
            Self::Plain(format) | Self::Row(_, format) => *format,
            Self::Annotated => Format::Annotations,
            Self::Table(table) if table.annotated => Format::Annotations,
            Self::Labelled(..) | Self::Wet(_) | Self::Table(_) => Format::Text,
        }
    }

    /// The format of the lines as they came, where those may be written each by itself.
    pub fn whole(&self, writing: &Writing) -> Option<Format> {
        match self {
            Self::Plain(Format::Text) | Self::Wet(_) if writing.limits.may_keep() => {
                Some(Format::Text)
            }
            _ => None,
        }
    }
}

impl TableShape {
    /// The row of a page, without its text.
    fn row(&self, page: &Page) -> TableRow {
        TableRow {
            id: page.id.clone(),
            site: page.site.clone(),
            position: self.position.unwrap_or(0),
            annotations: self.annotated.then(Vec::new),
            ..TableRow::default()
        }
    }

    /// Whether its text may be written as it came; that of a row that is annotated is copied.
    fn has_text_as_it_came(&self, writing: &Writing) -> bool {
        match self.annotated {
            true => self.position.is_none(),
            false => writing.limits.may_keep(),
        }
    }
}
