//! **Tables** of scores; each scrolls inside its own box where it is wider than the screen.

use maud::{Markup, html as markup};

use super::{left_out, number, section};
use crate::evaluate::{Evaluation, SiteScores, Statistic, Summary};

/// The strongest shade of a cell of the confusion matrix: text must stay readable on it.
const STRONGEST_SHADE: f64 = 0.55;

/// Content's scores by line, by character, by page and by site.
pub(super) fn content(evaluation: &Evaluation) -> Markup {
    let scores = &evaluation.content;
    let (pages, sites) = (&evaluation.page_summary, &evaluation.site_summary);
    let lines = [scores.precision, scores.recall, scores.f1];
    let characters = [scores.char_precision, scores.char_recall, scores.char_f1];
    let rows = markup! {
        (score_row("all lines", &lines, ""))
        (score_row("all characters", &characters, ""))
        @if let Some(unseen) = &evaluation.unseen {
            (score_row(
                &format!("{} lines never seen in training", unseen.lines),
                &[unseen.content.precision, unseen.content.recall, unseen.content.f1],
                "",
            ))
        }
        (summary_row("mean page", pages, |statistic| statistic.mean))
        (summary_row("median page", pages, |statistic| statistic.median))
        (summary_row("mean site", sites, |statistic| statistic.mean))
    };
    let body = markup! {
        (table(&["", "precision", "recall", "F1", ""], &rows))
        (without_content(evaluation))
    };
    section("Content", &body)
}

fn score_row(name: &str, values: &[Option<f64>], note: &str) -> Markup {
    markup! {
        tr {
            th scope="row" { (name) }
            @for value in values { td { (number(*value)) } }
            td.quiet { (note) }
        }
    }
}

/// The row of a summary; its note says of how many values each score leaves out.
fn summary_row(name: &str, summary: &Summary, value: fn(&Statistic) -> Option<f64>) -> Markup {
    let statistics = [&summary.precision, &summary.recall, &summary.f1];
    score_row(name, &statistics.map(value), &left_out(summary))
}

fn without_content(evaluation: &Evaluation) -> Markup {
    let without = &evaluation.without_content;
    markup! {
        @if without.pages > 0 {
            p {
                "Pages without content: " (without.pages) ". Of their " (without.characters)
                " characters, " (without.false_positive_characters) " (in "
                (without.false_positive_lines) " of " (without.lines)
                " lines) were taken for content."
            }
        }
    }
}

/// Each label against all others.
pub(super) fn labels(evaluation: &Evaluation) -> Markup {
    let rows = markup! {
        @for (label, scores) in evaluation.labels.iter() {
            tr {
                th scope="row" { (label) }
                @for value in
                    [scores.precision, scores.recall, scores.f1, scores.average_precision]
                {
                    td { (number(value)) }
                }
                td { (scores.support) }
            }
        }
    };
    let columns = [
        "label",
        "precision",
        "recall",
        "F1",
        "average precision",
        "lines",
    ];
    let body = markup! {
        (table(&columns, &rows))
        p {
            "Mean F1 " (number(evaluation.macro_f1))
            @if evaluation.undefined > 0 {
                " (" (evaluation.undefined) " labels that do not occur are left out)"
            }
            ", accuracy " (number(evaluation.accuracy)) "."
        }
    };
    section("Labels", &body)
}

/// Gold against predicted labels, each cell shaded by its share of the row.
pub(super) fn confusion(evaluation: &Evaluation) -> Markup {
    let mut columns = vec!["gold \\ predicted"];
    columns.extend(evaluation.label_order.iter().map(|label| label.as_str()));
    let rows = markup! {
        @for (label, counts) in evaluation.label_order.iter().zip(&evaluation.confusion) {
            tr {
                th scope="row" { (label) }
                @for &lines in counts {
                    td.cell style=(shade(lines, counts.iter().sum())) { (lines) }
                }
            }
        }
    };
    section("Confusion matrix", &table(&columns, &rows))
}

fn shade(lines: u64, row: u64) -> String {
    let share = lines as f64 / row.max(1) as f64;
    format!("--shade:{:.2}", STRONGEST_SHADE * share)
}

/// A bar a site, the highest F1 first.
pub(super) fn sites(evaluation: &Evaluation) -> Markup {
    let mut sites: Vec<&SiteScores> = evaluation.by_site.iter().collect();
    sites.sort_by(|a, b| b.f1.unwrap_or(-1.0).total_cmp(&a.f1.unwrap_or(-1.0)));
    let rows = markup! {
        @for site in sites {
            tr {
                th scope="row" { (site.site) }
                td.bar { (bar(site.f1)) }
                @for value in [site.f1, site.char_f1, site.precision, site.recall] {
                    td { (number(value)) }
                }
                td { (site.pages) }
                td { (site.lines) }
            }
        }
    };
    let columns = [
        "site",
        "",
        "F1",
        "character F1",
        "precision",
        "recall",
        "pages",
        "lines",
    ];
    section("Sites", &table(&columns, &rows))
}

fn bar(value: Option<f64>) -> Markup {
    markup! {
        @if let Some(value) = value {
            div { span style=(format!("width:{:.1}%", 100.0 * value)) {} }
        }
    }
}

/// What simple rules reach, if they were tried, below what was evaluated.
pub(super) fn baselines(evaluation: &Evaluation) -> Markup {
    let Some(baselines) = &evaluation.baselines else {
        return Markup::default();
    };
    let own = crate::evaluate::Baseline::new("evaluated", &evaluation.content);
    let rows = markup! {
        @for row in std::iter::once(&own).chain(baselines) {
            tr {
                th scope="row" { (row.name) }
                @for value in
                    [row.precision, row.recall, row.f1, row.char_f1, row.average_precision]
                {
                    td { (number(value)) }
                }
            }
        }
    };
    let columns = [
        "rule",
        "precision",
        "recall",
        "F1",
        "character F1",
        "average precision",
    ];
    section("Baselines", &table(&columns, &rows))
}

/// A box that can be scrolled with the keyboard, too.
fn table(columns: &[&str], rows: &Markup) -> Markup {
    markup! {
        div.scroll tabindex="0" {
            table {
                thead {
                    tr { @for column in columns { th scope="col" { (column) } } }
                }
                tbody { (rows) }
            }
        }
    }
}
