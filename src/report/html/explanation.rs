//! **Explanations**: which features the model goes by, and which lines it mistook by them.

use maud::{Markup, html as markup};

use super::{WorstLine, section};
use crate::model::LabelFeatures;

/// Longer lines are cut in the list of the worst ones.
const LONGEST_TEXT: usize = 600;

/// The strongest features of each label.
pub(super) fn features(labels: &[LabelFeatures]) -> Markup {
    if labels.is_empty() {
        return Markup::default();
    }
    let body = markup! {
        div.cards {
            @for label in labels {
                div {
                    h3 { (label.label) }
                    table.pairs {
                        tbody {
                            @for feature in &label.features {
                                tr {
                                    th scope="row" { code { (feature.name) } }
                                    td.(sign(feature.weight.into())) {
                                        (signed(feature.weight.into()))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    section("Strongest features", &body)
}

/// The lines that were mistaken worst, each with what spoke for and against content.
pub(super) fn worst_lines(lines: &[WorstLine]) -> Markup {
    if lines.is_empty() {
        return Markup::default();
    }
    let body = markup! {
        p.quiet {
            "Contributions above 0 spoke for content, those below 0 for another label."
        }
        ol.worst { @for line in lines { li { (worst_line(line)) } } }
    };
    section("Worst lines", &body)
}

fn worst_line(line: &WorstLine) -> Markup {
    markup! {
        p.quiet {
            (line.place)
            @if let Some(site) = &line.site { " (" (site) ")" }
        }
        blockquote { (shortened(&line.text)) }
        p {
            b { (line.gold) } " taken for " b { (line.predicted) }
            ", P(content)\u{a0}" (format!("{:.3}", line.probability))
        }
        ul.reasons {
            @for (feature, contribution) in &line.reasons {
                li.(sign(*contribution)) { code { (feature) } " " (signed(*contribution)) }
            }
        }
    }
}

fn sign(value: f64) -> &'static str {
    if value < 0.0 { "against" } else { "for" }
}

/// Two decimals with a sign; the minus sign is as wide as the plus sign.
fn signed(value: f64) -> String {
    format!("{value:+.2}").replace('-', "\u{2212}")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}\u{2026}", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_between_characters() {
        let text = "é".repeat(LONGEST_TEXT + 1);
        let expected = format!("{}…", "é".repeat(LONGEST_TEXT));
        assert_eq!(shortened(&text), expected);
        assert_eq!(shortened("pendek"), "pendek");
    }

    #[test]
    fn contributions_have_a_sign() {
        assert_eq!(
            (signed(1.25), signed(-0.5)),
            ("+1.25".into(), "\u{2212}0.50".into())
        );
    }
}
