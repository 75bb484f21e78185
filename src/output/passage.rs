//! A **passage** is what is written of lines that stand together on a page: of a whole page, or of
//! one [window](crate::window) of a long one. Passages are made on any thread, and joined in order.

use std::io::{self, Write};

use super::explained::explained_rows;
use serde_json::Value;

use super::{Format, LineObject, one_column, one_prediction_a_line, write_row};
use crate::explain::Explanation;
use crate::predict::LinePrediction;
use crate::window::RowPart;
use crate::{Label, Page};

/// What is written of some lines, without what parts it from the lines above.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    pub(super) bytes: Vec<u8>,
    /// Whether a blank line stood above the first line that is written.
    blank_above: bool,
    /// Whether a blank line stood below the last line that is written, or anywhere if there is none.
    blank_below: bool,
    /// Whether it goes on with the line above.
    continues: bool,
}

impl Passage {
    /// What is written of the lines of `page`; `keep` selects those of [`Format::Text`].
    ///
    /// # Panics
    /// When there is not one prediction a line.
    pub fn predicted(
        format: Format,
        keep: &[Label],
        page: &Page,
        predictions: &[LinePrediction],
    ) -> Self {
        let mut bytes = Vec::new();
        let lines = one_prediction_a_line(page, predictions);
        match format {
            Format::Text => return Self::text(page, predictions, keep),
            Format::Tsv => lines.for_each(|(line, prediction)| {
                write_row(line, prediction, &mut bytes);
            }),
            Format::Jsonl => push_objects(
                lines.map(|(line, prediction)| LineObject::new(line, prediction)),
                &mut bytes,
            ),
        }
        Self::of(bytes)
    }

    /// The same with explanations: a row an entry in [`Format::Text`] and [`Format::Tsv`], whichever
    /// lines are to be kept.
    ///
    /// # Panics
    /// When there is not one explanation a line.
    pub fn explained(format: Format, page: &Page, explanations: &[Explanation]) -> Self {
        assert_eq!(page.len(), explanations.len(), "one explanation a line");
        let lines = page.lines().zip(explanations);
        let mut bytes = Vec::new();
        match format {
            Format::Text | Format::Tsv => explained_rows(lines, &mut bytes),
            Format::Jsonl => push_objects(
                lines.map(|(line, explanation)| LineObject::explained(line, explanation)),
                &mut bytes,
            ),
        }
        Self::of(bytes)
    }

    /// What is written of a line, or a part of one, that is too long to be classified: the line as it
    /// is in [`Format::Text`], the label `unclassified` without a probability in [`Format::Tsv`], a
    /// `null` for both in [`Format::Jsonl`].
    pub fn unclassified(format: Format, text: &[u8], part: RowPart, after_blank: bool) -> Self {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        let line = text.strip_suffix(b"\n").filter(|_| part.ends);
        let line = line.unwrap_or(text);
        match format {
            Format::Text => bytes.extend_from_slice(line),
            Format::Tsv => {
                if part.begins {
                    bytes.extend_from_slice(b"unclassified\t\t");
                }
                bytes.extend_from_slice(&one_column(line));
            }
            Format::Jsonl => {
                if part.begins {
                    bytes.extend_from_slice(b"{\"text\":\"");
                }
                let text = Value::from(String::from_utf8_lossy(line)).to_string();
                bytes.extend_from_slice(&text.as_bytes()[1..text.len() - 1]);
                if part.ends {
                    bytes.extend_from_slice(b"\",\"label\":null,\"content\":null}");
                }
            }
        }
        if part.ends && format != Format::Jsonl {
            bytes.push(b'\n');
        }
        Self {
            bytes,
            blank_above: after_blank,
            blank_below: false,
            continues: !part.begins,
        }
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing is written of its lines.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn of(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            ..Self::default()
        }
    }

    /// The kept lines, with a blank one where some stood between two of them.
    fn text(page: &Page, predictions: &[LinePrediction], keep: &[Label]) -> Self {
        let mut passage = Self::of(Vec::with_capacity(page.size() + 1));
        let mut blank = false;
        for (index, (line, prediction)) in one_prediction_a_line(page, predictions).enumerate() {
            blank |= page.follows_blank(index);
            if keep.contains(&prediction.label) {
                match passage.is_empty() {
                    true => passage.blank_above = blank,
                    false if blank => passage.bytes.push(b'\n'),
                    false => {}
                }
                passage.bytes.extend_from_slice(line);
                passage.bytes.push(b'\n');
                blank = false;
            }
        }
        passage.blank_below = blank;
        passage.bytes.shrink_to_fit();
        passage
    }
}

/// The objects, parted by commas.
fn push_objects<'a>(objects: impl Iterator<Item = LineObject<'a>>, bytes: &mut Vec<u8>) {
    for object in objects {
        if !bytes.is_empty() {
            bytes.push(b',');
        }
        serde_json::to_writer(&mut *bytes, &object).expect("memory takes all, keys are strings");
    }
}

/// What is known of the passages of one page that are written so far.
#[derive(Default)]
pub(super) struct Joint {
    any: bool,
    blank: bool,
}

impl Joint {
    /// Writes the next passage of the page.
    pub fn write(
        &mut self,
        format: Format,
        passage: &Passage,
        out: &mut impl Write,
    ) -> io::Result<()> {
        if passage.is_empty() {
            self.blank |= passage.blank_below;
            return Ok(());
        }
        let blank = self.blank | passage.blank_above;
        match format {
            _ if passage.continues => {}
            Format::Text if self.any && blank => out.write_all(b"\n")?,
            Format::Jsonl if self.any => out.write_all(b",")?,
            _ => {}
        }
        self.any = true;
        self.blank = passage.blank_below;
        out.write_all(&passage.bytes)
    }
}
