//! The arguments of **limits**: how much of a page must be left once it is cleaned, and what becomes
//! of a page of which too little is.

use clap::ValueEnum;
use saring::Label;
use saring::output::{Limits, Tally};
use serde_json::{Value, json};

/// How much must be left, and what else.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct LimitArgs {
    /// Largest share of a page's characters that may be removed; a page that would lose more is
    /// handled by --on-empty
    #[arg(long, value_name = "SHARE", value_parser = super::probability)]
    max_removed: Option<f64>,
    /// Fewest characters that must be left of a page; one that would keep fewer is handled by
    /// --on-empty
    #[arg(long, value_name = "N", default_value_t = 0)]
    min_chars: u64,
    /// What becomes of a page that breaks --max-removed or --min-chars
    #[arg(long, value_name = "HOW", default_value = "drop")]
    on_empty: OnEmpty,
}

/// What becomes of a page of which too little is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OnEmpty {
    /// It is not written
    #[default]
    Drop,
    /// It is written as it came, uncleaned
    Keep,
    /// It is written cleaned and marked: "empty": true in an object, `==> id <== empty` above a
    /// text, `# id`, a tab and `empty` above TSV, `Saring-Empty: true` in a WARC record; a table
    /// gets a column "empty"
    Mark,
}

impl LimitArgs {
    /// What becomes of a page; `None` where enough is left.
    pub fn verdict(&self, tally: &Tally, keep: &[Label]) -> Option<OnEmpty> {
        let broken = self.limits().are_broken_by(tally, keep);
        broken.then_some(self.on_empty)
    }

    /// Whether there is a limit, so that a page must be known as a whole before it is written.
    pub fn any(&self) -> bool {
        self.limits().any()
    }

    /// Whether pages may have to be written as they came.
    pub fn may_keep(&self) -> bool {
        self.any() && self.on_empty == OnEmpty::Keep
    }

    /// Whether pages may have to be marked.
    pub fn marks(&self) -> bool {
        self.on_empty == OnEmpty::Mark
    }

    /// What another run must have the same of.
    pub fn signature(&self) -> Value {
        json!({
            "max_removed": self.max_removed,
            "min_chars": self.min_chars,
            "on_empty": format!("{:?}", self.on_empty),
        })
    }

    fn limits(&self) -> Limits {
        Limits {
            max_removed: self.max_removed,
            min_chars: self.min_chars,
        }
    }
}
