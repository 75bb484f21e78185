//! The report as a **web page**: one file that needs no network and no scripts.

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

mod chart;
mod explanation;
mod table;

use super::{left_out, number};
use crate::Label;
use crate::evaluate::{Evaluation, Interval};
use crate::model::LabelFeatures;

const STYLE: &str = include_str!("style.css");

/// What the page shows beside the evaluation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extras {
    /// Heads the page, such as `saring: data/heldout`.
    pub title: String,
    /// The strongest features of each label, as many as are to be shown.
    pub features: Vec<LabelFeatures>,
    /// The lines that were mistaken worst, the worst first.
    pub worst_lines: Vec<WorstLine>,
}

/// A line that was mistaken, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct WorstLine {
    /// Where it stands, such as `berita/7.tsv:12`.
    pub place: String,
    /// The page's site, if it has one.
    pub site: Option<String>,
    /// What the line is.
    pub gold: Label,
    /// What it was taken for.
    pub predicted: Label,
    /// Its P(content).
    pub probability: f64,
    /// The line itself.
    pub text: String,
    /// Entry and contribution: above 0 where it spoke for content.
    pub reasons: Vec<(String, f64)>,
}

/// Writes `evaluation` and `extras` as one self-contained HTML page.
///
/// # Errors
/// Those of `out`.
pub fn html(evaluation: &Evaluation, extras: &Extras, out: &mut impl Write) -> io::Result<()> {
    out.write_all(page(evaluation, extras).into_string().as_bytes())
}

fn page(evaluation: &Evaluation, extras: &Extras) -> Markup {
    markup! {
        (DOCTYPE)
        html lang="en" {
            (head(&extras.title))
            body {
                main {
                    (header(evaluation, &extras.title))
                    (table::content(evaluation))
                    (charts(evaluation))
                    (table::labels(evaluation))
                    (table::confusion(evaluation))
                    (table::sites(evaluation))
                    (table::baselines(evaluation))
                    (explanation::features(&extras.features))
                    (explanation::worst_lines(&extras.worst_lines))
                }
            }
        }
    }
}

fn head(title: &str) -> Markup {
    markup! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta http-equiv="Content-Security-Policy"
                content="default-src 'none'; style-src 'unsafe-inline'";
            title { (title) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

fn header(evaluation: &Evaluation, title: &str) -> Markup {
    let content = &evaluation.content;
    let intervals = evaluation.intervals.as_ref();
    markup! {
        header {
            h1 { (title) }
            p.quiet {
                (counted(evaluation.sites, "site")) ", "
                (counted(evaluation.pages, "page")) ", "
                (counted(evaluation.lines, "line"))
                @if let Some(leaks) = evaluation.leaks {
                    "; seen in training: " (counted(leaks.sites, "site")) ", "
                    (counted(leaks.lines, "line"))
                }
            }
            dl.figures {
                (figure("F1", content.f1, intervals.and_then(|all| all.f1)))
                (figure("Character F1", content.char_f1, intervals.and_then(|all| all.char_f1)))
                (figure(
                    "Average precision",
                    content.average_precision,
                    intervals.and_then(|all| all.average_precision),
                ))
            }
            @if let Some(intervals) = intervals {
                p.quiet {
                    "Content against everything else. Ranges: the middle 95% of "
                    (intervals.resamples) " draws of the sites, with replacement."
                }
            }
        }
    }
}

fn figure(name: &str, value: Option<f64>, interval: Option<Interval>) -> Markup {
    markup! {
        div {
            dt { (name) }
            dd {
                span.value { (number(value)) }
                @if let Some(Interval { lower, upper, .. }) = interval {
                    span.range { (format!("{lower:.3} to {upper:.3}")) }
                }
            }
        }
    }
}

fn charts(evaluation: &Evaluation) -> Markup {
    markup! {
        section.charts {
            (chart::precision_recall(evaluation))
            (chart::reliability(evaluation))
        }
    }
}

/// A section with a heading.
fn section(heading: &str, body: &Markup) -> Markup {
    markup! {
        section {
            h2 { (heading) }
            (body)
        }
    }
}

/// `1 page`, `2 pages`.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Baseline, Leaks, Meter, fixture};
    use crate::model::WeightedFeature;

    /// Breaks the page wherever it is not escaped.
    const HOSTILE: &str = "<script>\"&'</style>";

    fn report(evaluation: &Evaluation, extras: &Extras) -> String {
        let mut out = Vec::new();
        html(evaluation, extras, &mut out).expect("a vector can be written");
        String::from_utf8(out).expect("valid UTF-8")
    }

    fn hostile_extras() -> Extras {
        Extras {
            title: HOSTILE.into(),
            features: vec![LabelFeatures {
                label: Label::Content,
                features: vec![WeightedFeature {
                    name: HOSTILE.into(),
                    weight: 1.0,
                }],
            }],
            worst_lines: vec![WorstLine {
                place: HOSTILE.into(),
                site: Some(HOSTILE.into()),
                gold: Label::Content,
                predicted: Label::Related,
                probability: 0.125,
                text: HOSTILE.into(),
                reasons: vec![(HOSTILE.into(), -1.0)],
            }],
        }
    }

    #[test]
    fn text_from_outside_is_escaped() {
        let mut evaluation = fixture::ranked_on(&[HOSTILE, "b"]).finish();
        evaluation.baselines = Some(vec![Baseline::new(HOSTILE, &evaluation.content)]);
        let report = report(&evaluation, &hostile_extras());
        assert!(!report.contains("<script"), "{report}");
        assert_eq!(report.matches("</style>").count(), 1);
        // Title and heading, site, baseline, feature, and four times in the worst line.
        assert_eq!(report.matches("&lt;script&gt;").count(), 9);
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        let mut evaluation = fixture::labelled().finish();
        evaluation.leaks = Some(Leaks { sites: 1, lines: 2 });
        let report = report(&evaluation, &hostile_extras());
        for reference in ["src=", "href=", "url(", "@import", "//"] {
            assert!(!report.contains(reference), "{reference}");
        }
        assert!(report.contains("seen in training: 1 site, 2 lines"));
    }

    #[test]
    fn every_opened_element_is_closed() {
        let report = report(&fixture::labelled().finish(), &hostile_extras());
        for element in [
            "html",
            "head",
            "body",
            "main",
            "header",
            "section",
            "figure",
            "svg",
            "div",
            "table",
            "thead",
            "tbody",
            "tr",
            "ol",
            "ul",
            "li",
            "p",
            "blockquote",
            "dl",
        ] {
            let opened = report.matches(&format!("<{element}>")).count()
                + report.matches(&format!("<{element} ")).count();
            assert!(opened > 0, "{element}");
            let closed = report.matches(&format!("</{element}>")).count();
            assert_eq!(opened, closed, "{element}");
        }
    }

    #[test]
    fn a_page_on_nothing_has_dashes_and_no_empty_sections() {
        let report = report(&Meter::new().finish(), &Extras::default());
        assert!(report.contains("0 sites, 0 pages, 0 lines"));
        assert!(report.contains("<span class=\"value\">-</span>"));
        for heading in ["Strongest features", "Worst lines", "Baselines"] {
            assert!(!report.contains(heading), "{heading}");
        }
        assert!(!report.contains("NaN"));
    }
}
