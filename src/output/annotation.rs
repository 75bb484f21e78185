//! An **annotation** says of a line where it stands in its text and what it is, so that the text
//! itself can stay as it is.

use std::ops::Range;

use serde::Serialize;

use super::{Format, Passage, one_prediction_a_line, six_decimals};
use crate::normalize::lossy;
use crate::predict::LinePrediction;
use crate::{Label, Page};

/// A place in a text, counted from its start. Each run of bytes that is not UTF-8 counts as the
/// U+FFFD that JSON has in its stead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offset {
    /// Bytes before it.
    pub bytes: usize,
    /// Characters (code points) before it.
    pub chars: usize,
}

impl Offset {
    /// The place behind `text`, which stands here.
    ///
    /// ```
    /// use saring::output::Offset;
    ///
    /// let place = Offset::default().after("é\n".as_bytes());
    /// assert_eq!(place, Offset { bytes: 3, chars: 2 });
    /// ```
    #[must_use]
    pub fn after(self, text: &[u8]) -> Self {
        let text = lossy(text);
        Self {
            bytes: self.bytes + text.len(),
            chars: self.chars + text.chars().count(),
        }
    }
}

#[derive(Serialize)]
struct Annotation {
    byte: [usize; 2],
    char: [usize; 2],
    label: Label,
    content: f64,
}

impl Passage {
    /// An object a line: `{"byte": [start, end], "char": [start, end], "label", "content"}`, for a
    /// page whose text begins at `start` of the whole. The lines of a page that has no text but
    /// lines are as if they were parted by line feeds.
    ///
    /// ```
    /// use saring::output::{Format, Offset, PageWriter, Pages, Passage};
    /// use saring::predict::LinePrediction;
    /// use saring::{Label, Page};
    ///
    /// let page = Page::from_text("1", None, "é\n\nBeranda\n");
    /// let line = LinePrediction { label: Label::Content, probabilities: [1.0, 0.0, 0.0, 0.0, 0.0, 0.0] };
    /// let passage = Passage::annotated(&page, &[line; 2], Offset::default());
    /// assert_eq!(
    ///     String::from_utf8_lossy(passage.bytes()),
    ///     r#"{"byte":[0,2],"char":[0,1],"label":"content","content":1.0},
    /// {"byte":[4,11],"char":[3,10],"label":"content","content":1.0}"#.replace('\n', "")
    /// );
    /// ```
    ///
    /// # Panics
    /// When there is not one prediction a line.
    pub fn annotated(page: &Page, predictions: &[LinePrediction], start: Offset) -> Self {
        let mut passage = Self::tallied(Format::Annotations, page, predictions);
        let (mut offset, mut at) = (start, 0);
        for (index, (line, prediction)) in one_prediction_a_line(page, predictions).enumerate() {
            let Range { start, end } = page.range(index);
            let begin = offset.after(&page.text()[at..start]);
            (offset, at) = (begin.after(line), end);
            passage.push_object(&Annotation {
                byte: [begin.bytes, offset.bytes],
                char: [begin.chars, offset.chars],
                label: prediction.label,
                content: six_decimals(prediction.content()),
            });
        }
        passage
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::WindowSize;
    use proptest::prelude::*;
    use serde_json::Value;

    fn line() -> LinePrediction {
        LinePrediction {
            label: Label::Comment,
            probabilities: [0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
        }
    }

    fn objects(passages: &[Passage]) -> Vec<Value> {
        let bytes: Vec<_> = passages.iter().map(Passage::bytes).collect();
        let filled: Vec<_> = bytes
            .into_iter()
            .filter(|bytes| !bytes.is_empty())
            .collect();
        let list = [b"[", &*filled.join(&b','), b"]"].concat();
        serde_json::from_slice(&list).expect("JSON")
    }

    fn range(value: &Value) -> Range<usize> {
        let end = |index: usize| value[index].as_u64().expect("a number") as usize;
        end(0)..end(1)
    }

    proptest! {
        #[test]
        fn offsets_find_the_lines_in_the_text_however_it_is_cut(
            text in "[aé \n\u{1f600}]{0,30}", bytes in 1..12_usize, rows in 1..5_usize
        ) {
            let page = Page::from_text("p", None, &text);
            let mut offset = Offset::default();
            let mut passages = Vec::new();
            for window in page.windows(WindowSize { bytes, rows }) {
                let lines = vec![line(); window.len()];
                passages.push(Passage::annotated(&window, &lines, offset));
                offset = offset.after(window.text());
            }
            let objects = objects(&passages);
            prop_assert_eq!(objects.len(), page.len());
            let characters: Vec<char> = text.chars().collect();
            for (object, line) in objects.iter().zip(page.lines()) {
                prop_assert_eq!(text[range(&object["byte"])].as_bytes(), line);
                let found: String = characters[range(&object["char"])].iter().collect();
                prop_assert_eq!(found.as_bytes(), line);
            }
        }
    }
}
