//! The report for **programs**: one JSON object on one line.

use std::io::{self, Write};

use crate::evaluate::Evaluation;

/// Writes `evaluation` as one JSON object and a line feed; its keys are the names of the fields,
/// and what is undefined is `null`.
///
/// # Errors
/// Those of `out`.
pub fn json(evaluation: &Evaluation, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, evaluation)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::evaluate::{Meter, fixture};

    fn report(evaluation: &Evaluation) -> Value {
        let mut out = Vec::new();
        json(evaluation, &mut out).expect("a vector can be written");
        assert_eq!(out.iter().filter(|&&byte| byte == b'\n').count(), 1);
        serde_json::from_slice(&out).expect("valid JSON")
    }

    #[test]
    fn the_keys_that_readers_rely_on_are_there() {
        let report = report(&fixture::labelled().finish());
        for pointer in [
            "/sites",
            "/pages",
            "/lines",
            "/content/precision",
            "/content/recall",
            "/content/f1",
            "/content/average_precision",
            "/content/recall_at_precision_95",
            "/content/char_precision",
            "/content/char_recall",
            "/content/char_f1",
            "/labels/content/precision",
            "/labels/metadata/recall",
            "/labels/related/f1",
            "/labels/comment/support",
            "/macro_f1",
            "/undefined",
            "/accuracy",
            "/confusion/5/5",
            "/by_site/0/pages",
            "/by_site/0/lines",
            "/by_site/0/precision",
            "/by_site/0/recall",
            "/by_site/0/f1",
            "/by_site/0/char_f1",
        ] {
            assert!(report.pointer(pointer).is_some(), "{pointer}");
        }
        assert_eq!(report["label_order"][3], "advertisement");
        assert_eq!(report["by_site"][1]["site"], "b");
        assert_eq!(report["content"]["precision"], 0.6); // 3 of 5, as in the fixture
    }

    #[test]
    fn what_is_undefined_is_null() {
        let report = report(&Meter::new().finish());
        assert_eq!(report["content"]["f1"], Value::Null);
        assert_eq!(report["labels"]["content"]["support"], 0);
        assert_eq!(report["leaks"], Value::Null);
    }
}
