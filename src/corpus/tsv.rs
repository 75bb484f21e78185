//! A **TSV** is one labelled page: a row is a label, a tab and the text of one line.

use std::io::BufRead;

use super::Rows;
use crate::normalize::is_blank;
use crate::{Error, Label, LabelledPage};

/// Reads one labelled page from `reader` to its end; `place` names the input in errors.
///
/// The text goes from the first tab to the line feed and may hold tabs of its own. A row that
/// begins with `#` is a comment. A blank row, or a label with a blank text, is a blank line; its
/// label is dropped. An input without a row is an empty page.
///
/// ```
/// use saring::Label;
///
/// let rows = "# by hand\nnavigation\tBeranda\ncontent\tHarga beras naik.\n";
/// let page = saring::corpus::read_tsv(rows.as_bytes(), "1.tsv", "1", None)?;
/// assert_eq!(page.labels(), [Label::Navigation, Label::Content]);
/// assert_eq!(page.page().line(0), b"Beranda");
/// # Ok::<(), saring::Error>(())
/// ```
///
/// # Errors
/// [`Error::Row`] for a row without a tab or with an unknown label, [`Error::Io`] where `reader`
/// fails.
pub fn read_tsv(
    reader: impl BufRead,
    place: &str,
    id: &str,
    site: Option<String>,
) -> crate::Result<LabelledPage> {
    let mut page = LabelledPage::new(id, site);
    let mut rows = Rows::new(reader, place);
    let mut follows_blank = false;
    while rows.advance()? {
        let row = rows.row().unmarked();
        if row.starts_with(b"#") {
            continue;
        }
        follows_blank = if is_blank(row) {
            true
        } else {
            let (label, line) = split_row(row).map_err(|reason| rows.row().error(reason))?;
            !page.push_after(label, line, follows_blank)
        };
    }
    Ok(page)
}

/// The label and the text of a row that is neither blank nor a comment, or what is wrong with it.
fn split_row(row: &[u8]) -> Result<(Label, &[u8]), String> {
    let tab = row
        .iter()
        .position(|&byte| byte == b'\t')
        .ok_or("no tab: a row is a label, a tab and the line's text")?;
    let label = String::from_utf8_lossy(&row[..tab])
        .parse()
        .map_err(|error: Error| error.to_string())?;
    Ok((label, &row[tab + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(rows: &[u8]) -> crate::Result<LabelledPage> {
        read_tsv(rows, "warta/1.tsv", "1", Some("warta".into()))
    }

    fn message(rows: &str) -> String {
        read(rows.as_bytes()).expect_err("refused").to_string()
    }

    #[test]
    fn comments_and_blank_rows_are_no_lines() {
        let page = read(b"# note\n#content\tx\n\ncontent\t# a\tb\n\r\nmetadata\t \ncomment\tc")
            .expect("readable");
        let lines: Vec<_> = page.page().lines().collect();
        assert_eq!(lines, [&b"# a\tb"[..], b"c"]);
        assert_eq!(page.labels(), [Label::Content, Label::Comment]);
        assert!(page.page().follows_blank(0) && page.page().follows_blank(1));
        assert_eq!(page.page().site.as_deref(), Some("warta"));
    }

    #[test]
    fn a_comment_between_two_lines_is_no_blank_line() {
        let page = read(b"content\ta\n# note\ncontent\tb").expect("readable");
        assert!(!page.page().follows_blank(1));
    }

    #[test]
    fn a_byte_order_mark_and_carriage_returns_do_not_hide_a_label() {
        let page = read(b"\xef\xbb\xbfcontent\ta\0\r\nrelated\t\xff\r\n").expect("readable");
        let lines: Vec<_> = page.page().lines().collect();
        assert_eq!(lines, [&b"a\0\r"[..], b"\xff\r"]);
        assert_eq!(page.labels(), [Label::Content, Label::Related]);
    }

    #[test]
    fn a_row_without_a_tab_is_refused_by_place_and_number() {
        assert_eq!(
            message("content\ta\n\ncontent b"),
            "warta/1.tsv:3: no tab: a row is a label, a tab and the line's text"
        );
    }

    #[test]
    fn an_unknown_label_is_refused_and_the_known_ones_are_listed() {
        assert_eq!(
            message("# note\nmenu\tBeranda"),
            "warta/1.tsv:2: unknown label \"menu\": use one of content, metadata, navigation, \
             advertisement, related, comment"
        );
        assert!(message("\tBeranda").starts_with("warta/1.tsv:1: unknown label \"\""));
    }

    #[test]
    fn a_million_different_labels_are_refused_at_the_first() {
        let rows: String = (0..1_000_000).map(|at| format!("l{at}\ta\n")).collect();
        assert!(message(&rows).starts_with("warta/1.tsv:1: unknown label \"l0\""));
        assert!(message(&format!("{}\ta", "l".repeat(1 << 20))).len() < 500);
    }

    proptest! {
        #[test]
        fn labelled_lines_are_read_back(
            rows in prop::collection::vec((0..6_usize, "[^\n]*[a-z][^\n]*"), 0..8)
        ) {
            let mut expected = LabelledPage::new("1", None);
            let mut input = String::new();
            for (index, line) in rows {
                expected.push(Label::ALL[index], line.as_bytes());
                input += &format!("{}\t{line}\n", Label::ALL[index]);
            }
            let page = read_tsv(input.as_bytes(), "in", "1", None);
            prop_assert_eq!(page.expect("well formed"), expected);
        }
    }
}
