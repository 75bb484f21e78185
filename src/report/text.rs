//! The report for a **terminal**: tables of plain text.

use std::io::{self, Write};

use super::{left_out, number};
use crate::Label;
use crate::evaluate::{
    ContentScores, Evaluation, Interval, LabelScores, SiteScores, Statistic, Summary,
};

/// Writes `evaluation` as tables; numbers have three decimals, what is undefined is `-`.
///
/// # Errors
/// Those of `out`.
pub fn text(evaluation: &Evaluation, out: &mut impl Write) -> io::Result<()> {
    let (sites, pages, lines) = (evaluation.sites, evaluation.pages, evaluation.lines);
    writeln!(out, "{sites} sites, {pages} pages, {lines} lines\n")?;
    content(evaluation, out)?;
    thresholds(evaluation, out)?;
    corpus(evaluation, out)?;
    baselines(evaluation, out)?;
    labels(evaluation, out)?;
    confusion(evaluation, out)?;
    sites_by_name(evaluation, out)?;
    rare_labels_by_site(evaluation, out)
}

fn content(evaluation: &Evaluation, out: &mut impl Write) -> io::Result<()> {
    let scores = &evaluation.content;
    let characters = [scores.char_precision, scores.char_recall, scores.char_f1];
    let mut rows = vec![
        row("content", ["precision", "recall", "f1", "char f1", ""]),
        content_row("lines", scores),
        row("characters", padded(characters.map(number))),
    ];
    if let Some(unseen) = &evaluation.unseen {
        let name = format!("{} unseen lines", unseen.lines);
        rows.push(content_row(&name, &unseen.content));
    }
    let (pages, sites) = (&evaluation.page_summary, &evaluation.site_summary);
    rows.push(summary_row("mean page", pages, |statistic| statistic.mean));
    rows.push(summary_row("median page", pages, |statistic| {
        statistic.median
    }));
    rows.push(summary_row("mean site", sites, |statistic| statistic.mean));
    table(&rows, out)
}

fn content_row(name: &str, scores: &ContentScores) -> Vec<String> {
    let values = [scores.precision, scores.recall, scores.f1, scores.char_f1];
    row(name, padded(values.map(number)))
}

/// The row of a summary; its last column says of how many values each score leaves out.
fn summary_row(name: &str, summary: &Summary, value: fn(&Statistic) -> Option<f64>) -> Vec<String> {
    let statistics = [
        &summary.precision,
        &summary.recall,
        &summary.f1,
        &summary.char_f1,
    ];
    let mut cells = padded(statistics.map(|statistic| number(value(statistic))));
    cells[4] = left_out(summary);
    row(name, cells)
}

/// Fills the columns that a row does not have.
fn padded<const N: usize>(cells: [String; N]) -> [String; 5] {
    let mut cells = cells.into_iter();
    std::array::from_fn(|_| cells.next().unwrap_or_default())
}

fn thresholds(evaluation: &Evaluation, out: &mut impl Write) -> io::Result<()> {
    let scores = &evaluation.content;
    let average = number(scores.average_precision);
    let recalls = [
        scores.recall_at_precision_90,
        scores.recall_at_precision_95,
        scores.recall_at_precision_98,
    ];
    let [at_90, at_95, at_98] = recalls.map(number);
    let precisions = [scores.precision_at_recall_90, scores.precision_at_recall_95];
    let [recall_90, recall_95] = precisions.map(number);
    let brier = number(scores.brier_score);
    let calibration = number(scores.expected_calibration_error);
    writeln!(out, "\naverage precision    {average}")?;
    writeln!(
        out,
        "recall at precision  .90 {at_90}  .95 {at_95}  .98 {at_98}"
    )?;
    writeln!(out, "precision at recall  .90 {recall_90}  .95 {recall_95}")?;
    writeln!(out, "Brier score          {brier}")?;
    writeln!(out, "calibration error    {calibration}")?;
    intervals(evaluation, out)
}

fn intervals(evaluation: &Evaluation, out: &mut impl Write) -> io::Result<()> {
    let Some(intervals) = &evaluation.intervals else {
        return Ok(());
    };
    writeln!(
        out,
        "95% intervals        f1 {}, char f1 {}, average precision {} ({} draws of the sites)",
        interval(intervals.f1),
        interval(intervals.char_f1),
        interval(intervals.average_precision),
        intervals.resamples,
    )
}

fn interval(interval: Option<Interval>) -> String {
    interval.map_or_else(
        || "-".to_owned(),
        |Interval { lower, upper, .. }| format!("{lower:.3} to {upper:.3}"),
    )
}

/// What the evaluated pages are: those without content, and those shared with training.
fn corpus(evaluation: &Evaluation, out: &mut impl Write) -> io::Result<()> {
    let without = &evaluation.without_content;
    writeln!(
        out,
        "no content           {} pages, of whose {} characters {} were taken for content",
        without.pages, without.characters, without.false_positive_characters
    )?;
    match evaluation.leaks {
        Some(leaks) => writeln!(
            out,
            "seen in training     {} sites, {} lines",
            leaks.sites, leaks.lines
        ),
        None => Ok(()),
    }
}

fn baselines(evaluation: &Evaluation, out: &mut impl Write) -> io::Result<()> {
    let Some(baselines) = &evaluation.baselines else {
        return Ok(());
    };
    let columns = ["precision", "recall", "f1", "char f1", "average precision"];
    let mut rows = vec![row("baseline", columns)];
    rows.extend(baselines.iter().map(|baseline| {
        let values = [
            baseline.precision,
            baseline.recall,
            baseline.f1,
            baseline.char_f1,
            baseline.average_precision,
        ];
        row(&baseline.name, values.map(number))
    }));
    writeln!(out)?;
    table(&rows, out)
}

fn labels(evaluation: &Evaluation, out: &mut impl Write) -> io::Result<()> {
    let columns = ["precision", "recall", "f1", "average precision", "lines"];
    let mut rows = vec![row("label", columns)];
    rows.extend(evaluation.labels.iter().map(|(label, scores)| {
        let support = scores.support.to_string();
        let values = [
            scores.precision,
            scores.recall,
            scores.f1,
            scores.average_precision,
        ];
        let [precision, recall, f1, average] = values.map(number);
        row(label.as_str(), [precision, recall, f1, average, support])
    }));
    writeln!(out)?;
    table(&rows, out)?;
    let absent = match evaluation.undefined {
        0 => String::new(),
        labels => format!(
            " ({labels} of {} labels do not occur, left out)",
            Label::ALL.len()
        ),
    };
    writeln!(out, "macro f1 {}{absent}", number(evaluation.macro_f1))?;
    writeln!(out, "accuracy {}", number(evaluation.accuracy))
}

fn confusion(evaluation: &Evaluation, out: &mut impl Write) -> io::Result<()> {
    let columns = evaluation.label_order.map(Label::as_str);
    let mut rows = vec![row("gold \\ predicted", columns)];
    for (label, counts) in evaluation.label_order.iter().zip(evaluation.confusion) {
        rows.push(row(label.as_str(), counts.map(|lines| lines.to_string())));
    }
    writeln!(out)?;
    table(&rows, out)
}

fn sites_by_name(evaluation: &Evaluation, out: &mut impl Write) -> io::Result<()> {
    let columns = ["pages", "lines", "precision", "recall", "f1", "char f1"];
    let mut rows = vec![row("site", columns)];
    rows.extend(evaluation.by_site.iter().map(|site| {
        let [pages, lines] = [site.pages, site.lines].map(|count| count.to_string());
        let scores = [site.precision, site.recall, site.f1, site.char_f1].map(number);
        let [precision, recall, f1, char_f1] = scores;
        row(&site.site, [pages, lines, precision, recall, f1, char_f1])
    }));
    writeln!(out)?;
    table(&rows, out)?;
    if evaluation.worst_sites.is_empty() {
        return Ok(());
    }
    let worst: Vec<_> = evaluation
        .worst_sites
        .iter()
        .map(|worst| format!("{} {:.3}", worst.site, worst.f1))
        .collect();
    writeln!(out, "lowest f1: {}", worst.join(", "))
}

/// Advertisement and comment, site by site: they have too few lines for one number.
fn rare_labels_by_site(evaluation: &Evaluation, out: &mut impl Write) -> io::Result<()> {
    let columns = ["f1", "average precision", "lines"];
    let mut rows = vec![row("label and site", columns)];
    for label in [Label::Advertisement, Label::Comment] {
        let occurs = |site: &&SiteScores| site.labels[label].support > 0;
        rows.extend(evaluation.by_site.iter().filter(occurs).map(|site| {
            let LabelScores {
                f1,
                average_precision,
                support,
                ..
            } = site.labels[label];
            let [f1, average] = [f1, average_precision].map(number);
            row(
                &format!("{label:<13}  {}", site.site),
                [f1, average, support.to_string()],
            )
        }));
    }
    if rows.len() == 1 {
        return Ok(());
    }
    writeln!(out)?;
    table(&rows, out)
}

fn row<const N: usize>(name: &str, cells: [impl Into<String>; N]) -> Vec<String> {
    let mut row = vec![name.to_owned()];
    row.extend(cells.map(Into::into));
    row
}

/// Writes rows of equal length, numbers to the right; the first column, and those without a
/// heading, to the left.
fn table(rows: &[Vec<String>], out: &mut impl Write) -> io::Result<()> {
    let headings = rows.first().map_or(&[][..], Vec::as_slice);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<_> = (0..headings.len())
        .map(|column| width(column).unwrap_or(0))
        .collect();
    for row in rows {
        let mut line = format!("{:<1$}", row[0], widths[0]);
        for ((cell, heading), width) in row.iter().zip(headings).zip(&widths).skip(1) {
            line.push_str("  ");
            line.push_str(&match heading.is_empty() {
                true => format!("{cell:<width$}"),
                false => format!("{cell:>width$}"),
            });
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Baseline, Leaks, Meter, fixture};

    fn report(evaluation: &Evaluation) -> String {
        let mut out = Vec::new();
        text(evaluation, &mut out).expect("a vector can be written");
        String::from_utf8(out).expect("valid UTF-8")
    }

    #[test]
    fn every_table_is_there() {
        let mut evaluation = fixture::labelled().finish();
        evaluation.leaks = Some(Leaks { sites: 0, lines: 2 });
        evaluation.baselines = Some(vec![Baseline::new("keep all", &evaluation.content)]);
        assert_eq!(report(&evaluation), include_str!("text.snapshot"));
    }

    #[test]
    fn a_report_on_nothing_has_dashes() {
        let report = report(&Meter::new().finish());
        assert!(
            report.starts_with("0 sites, 0 pages, 0 lines\n"),
            "{report}"
        );
        assert!(
            report.contains("macro f1 - (6 of 6 labels do not occur, left out)"),
            "{report}"
        );
    }

    #[test]
    fn advertisement_and_comment_are_listed_by_site() {
        let report = report(&fixture::with_rare_labels().finish());
        let table = report.split("\n\n").last().expect("tables");
        // Ranked by P(comment), the comment line shares the first place with one other line.
        let expected = "\
label and site       f1  average precision  lines
advertisement  a  1.000              1.000      1
comment        a  0.667              0.500      1
";
        assert_eq!(table, expected);
    }
}
