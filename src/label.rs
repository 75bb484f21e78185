//! A **label** says what one line of a page is: its own content, or one of five kinds of
//! boilerplate.
//!
//! What each label covers, with examples, stands in `data/README.md`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::error::excerpt;

/// What a line of a page is.
///
/// The order of the variants is the order of every table and report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// What the page was made for: headline, paragraphs, list items, captions.
    Content,
    /// About the piece: byline, date, tags, credits.
    Metadata,
    /// Site furniture: menus, footer, share buttons, the comment form.
    Navigation,
    /// Advertising and promotion.
    Advertisement,
    /// Links to other pieces: headlines, teasers and dates of theirs.
    Related,
    /// What readers wrote below the piece, with their names and times.
    Comment,
}

impl Label {
    /// Every label, in the order of reports.
    pub const ALL: [Label; 6] = [
        Label::Content,
        Label::Metadata,
        Label::Navigation,
        Label::Advertisement,
        Label::Related,
        Label::Comment,
    ];

    /// The label's name as it stands in files, lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Label::Content => "content",
            Label::Metadata => "metadata",
            Label::Navigation => "navigation",
            Label::Advertisement => "advertisement",
            Label::Related => "related",
            Label::Comment => "comment",
        }
    }

    /// The label's place in [`Label::ALL`], 0 to 5.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The names of all labels, separated by commas, for messages.
    pub fn names() -> String {
        Self::ALL.map(Label::as_str).join(", ")
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Label {
    type Err = Error;

    /// Reads a label by its name.
    ///
    /// # Errors
    /// [`Error::UnknownLabel`] where `name` is none of [`Label::ALL`]; upper case is not folded.
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|label| label.as_str() == name)
            .ok_or_else(|| Error::UnknownLabel {
                label: excerpt(name),
                known: Self::names(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for label in Label::ALL {
            assert_eq!(label.as_str().parse::<Label>().expect("known"), label);
            assert_eq!(Label::ALL[label.index()], label);
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let message = "menu".parse::<Label>().expect_err("unknown").to_string();
        assert_eq!(
            message,
            "unknown label \"menu\": use one of content, metadata, navigation, advertisement, \
             related, comment"
        );
    }

    #[test]
    fn a_long_unknown_name_makes_a_short_message() {
        let message = "menu"
            .repeat(1 << 20)
            .parse::<Label>()
            .expect_err("unknown");
        assert!(message.to_string().len() < 500);
    }
}
