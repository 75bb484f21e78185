//! A **passage** is what is written of lines that stand together on a page: of a whole page, or of
//! one [window](crate::window) of a long one. Passages are made on any thread, and joined in order.

use std::io::{self, Write};

use serde::Serialize;

use super::explained::explained_rows;
use serde_json::Value;

use super::{Format, LineObject, Tally, one_column, one_prediction_a_line, write_row};
use crate::explain::Explanation;
use crate::normalize::lossy;
use crate::predict::LinePrediction;
use crate::window::RowPart;
use crate::{Label, Page};

/// What is written of some lines, without what parts it from the lines above.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    bytes: Vec<u8>,
    format: Format,
    tally: Tally,
    /// Whether a blank line stood above the first line that is written.
    blank_above: bool,
    /// Whether a blank line stood below the last line that is written, or anywhere if there is none.
    blank_below: bool,
    /// Whether it goes on with the line above.
    continues: bool,
}

impl Passage {
    /// What is written of the lines of `page`; `keep` selects those of the formats that have kept
    /// lines only.
    ///
    /// # Panics
    /// When there is not one prediction a line.
    pub fn predicted(
        format: Format,
        keep: &[Label],
        page: &Page,
        predictions: &[LinePrediction],
    ) -> Self {
        if let Format::Annotations = format {
            return Self::annotated(page, predictions, super::Offset::default());
        }
        let mut passage = Self::tallied(format, page, predictions);
        let lines = one_prediction_a_line(page, predictions);
        match format {
            Format::Tsv => lines.for_each(|(line, prediction)| {
                write_row(line, prediction, &mut passage.bytes);
            }),
            Format::Jsonl => lines.for_each(|(line, prediction)| {
                passage.push_object(&LineObject::new(line, prediction));
            }),
            Format::JsonLines => passage.push_kept(page, predictions, keep, |_, line, bytes| {
                push_json(&String::from_utf8_lossy(line), bytes);
            }),
            Format::Text | Format::JsonText | Format::Annotations => {
                let kept = one_prediction_a_line(page, predictions)
                    .filter(|(_, prediction)| keep.contains(&prediction.label));
                // Each with its line feed, and a blank line before it.
                let room: usize = kept.map(|(line, _)| line.len() + 2).sum();
                passage.bytes.reserve(room);
                passage.push_kept(page, predictions, keep, |_, line, bytes| {
                    bytes.extend_from_slice(line);
                    bytes.push(b'\n');
                });
            }
        }
        passage.finished()
    }

    /// The kept lines as rows of a labelled page, each with its gold label.
    ///
    /// # Panics
    /// When there is not one prediction and one label a line.
    pub fn labelled(
        keep: &[Label],
        page: &Page,
        gold: &[Label],
        predictions: &[LinePrediction],
    ) -> Self {
        assert_eq!(page.len(), gold.len(), "one label a line");
        let mut passage = Self::tallied(Format::Text, page, predictions);
        passage.push_kept(page, predictions, keep, |index, line, bytes| {
            bytes.extend(gold[index].as_str().bytes());
            bytes.push(b'\t');
            bytes.extend_from_slice(line);
            bytes.push(b'\n');
        });
        passage
    }

    /// The text of a page as it came: in [`Format::JsonText`] escaped, in [`Format::Text`] with a final
    /// line feed. Its lines are not counted.
    pub fn whole(format: Format, page: &Page) -> Self {
        let mut passage = Self {
            bytes: page.text().to_vec(),
            format,
            ..Self::default()
        };
        if format == Format::Text && passage.bytes.last().is_some_and(|&last| last != b'\n') {
            passage.bytes.push(b'\n');
        }
        passage.finished()
    }

    /// A text, or a part of one, to the byte as it came; in [`Format::JsonText`] escaped. Its lines are
    /// not counted.
    pub fn as_it_came(format: Format, text: Vec<u8>) -> Self {
        let passage = Self {
            bytes: text,
            format,
            ..Self::default()
        };
        passage.finished()
    }

    /// The same with explanations: a row an entry in [`Format::Text`] and [`Format::Tsv`], whichever
    /// lines are to be kept; objects in every other format.
    ///
    /// # Panics
    /// When there is not one explanation a line.
    pub fn explained(format: Format, page: &Page, explanations: &[Explanation]) -> Self {
        let predictions: Vec<_> = explanations.iter().map(|line| line.prediction).collect();
        assert_eq!(page.len(), explanations.len(), "one explanation a line");
        let lines = page.lines().zip(explanations);
        match format {
            Format::Text | Format::Tsv => {
                // No blank lines between them: rows, whichever of the two it is.
                let mut passage = Self::tallied(Format::Tsv, page, &predictions);
                explained_rows(lines, &mut passage.bytes);
                passage
            }
            _ => {
                let mut passage = Self::tallied(Format::Jsonl, page, &predictions);
                lines.for_each(|(line, explanation)| {
                    passage.push_object(&LineObject::explained(line, explanation));
                });
                passage
            }
        }
    }

    /// What is written, but for what parts it from other passages.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What is written of a line, or a part of one, that is too long to be classified: the line as it
    /// is in [`Format::Text`], the label `unclassified` without a probability in [`Format::Tsv`], a
    /// `null` for both in [`Format::Jsonl`].
    pub fn unclassified(format: Format, text: &[u8], part: RowPart, after_blank: bool) -> Self {
        let line = text.strip_suffix(b"\n").filter(|_| part.ends);
        let line = line.unwrap_or(text);
        let escaped = || {
            let text = Value::from(String::from_utf8_lossy(line)).to_string();
            text[1..text.len() - 1].to_owned()
        };
        let (begin, body, end) = match format {
            Format::Text => ("", line.to_vec(), "\n"),
            Format::Tsv => ("unclassified\t\t", one_column(line).into_owned(), "\n"),
            Format::JsonText => ("", escaped().into_bytes(), "\\n"),
            Format::JsonLines => ("\"", escaped().into_bytes(), "\""),
            Format::Jsonl | Format::Annotations => {
                let end = "\",\"label\":null,\"content\":null}";
                ("{\"text\":\"", escaped().into_bytes(), end)
            }
        };
        let begin = if part.begins { begin } else { "" };
        let end = if part.ends { end } else { "" };
        Self {
            bytes: [begin.as_bytes(), &body, end.as_bytes()].concat(),
            format,
            blank_above: after_blank,
            continues: !part.begins,
            ..Self::default()
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

    /// The lines that it was made from, written or not.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// An empty one that has counted the lines of `page`.
    pub(super) fn tallied(format: Format, page: &Page, predictions: &[LinePrediction]) -> Self {
        let mut passage = Self {
            format,
            ..Self::default()
        };
        let labels = one_prediction_a_line(page, predictions);
        passage
            .tally
            .add_page(page, labels.map(|(_, prediction)| prediction.label));
        passage
    }

    /// Appends an object, parted from others by a comma.
    pub(super) fn push_object(&mut self, object: &impl Serialize) {
        if !self.is_empty() {
            self.bytes.push(b',');
        }
        push_json(object, &mut self.bytes);
    }

    /// Appends the kept lines, with a blank one where some stood between two of them.
    fn push_kept(
        &mut self,
        page: &Page,
        predictions: &[LinePrediction],
        keep: &[Label],
        mut push: impl FnMut(usize, &[u8], &mut Vec<u8>),
    ) {
        // What stands in a JSON string is escaped as a whole, later.
        let format = match self.format {
            Format::JsonText => Format::Text,
            format => format,
        };
        let mut blank = false;
        for (index, (line, prediction)) in one_prediction_a_line(page, predictions).enumerate() {
            blank |= page.follows_blank(index);
            if keep.contains(&prediction.label) {
                match self.is_empty() {
                    true => self.blank_above = blank,
                    false => self.bytes.extend(format.part(blank).bytes()),
                }
                push(index, line, &mut self.bytes);
                blank = false;
            }
        }
        self.blank_below = blank;
    }

    /// Takes little more memory than it needs; what stands in a JSON string is escaped.
    fn finished(mut self) -> Self {
        if let Format::JsonText = self.format {
            let mut escaped = Vec::with_capacity(self.len() + self.len() / 16 + 2);
            push_json(&lossy(&self.bytes), &mut escaped);
            escaped.pop();
            escaped.drain(..1);
            self.bytes = escaped;
        }
        let spare = self.bytes.capacity() - self.len();
        if spare > self.len() / 4 {
            self.bytes.shrink_to_fit();
        }
        self
    }
}

fn push_json(value: &(impl Serialize + ?Sized), bytes: &mut Vec<u8>) {
    serde_json::to_writer(bytes, value).expect("memory takes all, keys are strings");
}

impl Format {
    /// What stands between two written lines, or passages; `blank` tells whether a blank line stood
    /// there.
    fn part(self, blank: bool) -> &'static str {
        match self {
            Self::Text if blank => "\n",
            // The same as it is escaped.
            Self::JsonText if blank => "\\n",
            Self::JsonLines if blank => ",\"\",",
            Self::Text | Self::JsonText | Self::Tsv => "",
            Self::Jsonl | Self::JsonLines | Self::Annotations => ",",
        }
    }
}

/// What is known of the passages of one page that are written so far.
#[derive(Clone, Debug, Default)]
pub struct Joint {
    any: bool,
    blank: bool,
}

impl Joint {
    /// Writes the next passage of the page.
    ///
    /// # Errors
    /// Whatever `out` fails with.
    pub fn write(&mut self, passage: &Passage, out: &mut impl Write) -> io::Result<()> {
        if passage.is_empty() {
            self.blank |= passage.blank_below;
            return Ok(());
        }
        if self.any && !passage.continues {
            let blank = self.blank | passage.blank_above;
            out.write_all(passage.format.part(blank).as_bytes())?;
        }
        self.any = true;
        self.blank = passage.blank_below;
        out.write_all(&passage.bytes)
    }
}
