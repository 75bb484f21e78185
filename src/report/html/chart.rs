//! **Charts** as inline SVG, both axes from 0 to 1.

use maud::{Markup, html as markup};

use super::number;
use crate::evaluate::{Evaluation, ReliabilityBin};

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 44.0;
/// The height of a bar that stands for the fullest bin.
const FULLEST_BAR: f64 = 0.2;

/// Precision over recall for every threshold, and the point that was chosen.
pub(super) fn precision_recall(evaluation: &Evaluation) -> Markup {
    let content = &evaluation.content;
    let curve = &evaluation.curve;
    let marks = markup! {
        polyline.line points=(points(curve.iter().map(|point| (point.recall, point.precision)))) {}
        @if let (Some(recall), Some(precision)) = (content.recall, content.precision) {
            circle.mark cx=(x(recall)) cy=(y(precision)) r="5" {
                title { "as predicted: precision " (number(content.precision))
                    ", recall " (number(content.recall)) }
            }
        }
    };
    markup! {
        figure {
            h2 { "Precision and recall" }
            (chart("Precision-recall curve of content", "recall", "precision", &marks))
            figcaption {
                "Every threshold on P(content); the dot is what was predicted: precision "
                (number(content.precision)) ", recall " (number(content.recall)) "."
            }
            (operating_points(evaluation))
        }
    }
}

fn operating_points(evaluation: &Evaluation) -> Markup {
    let content = &evaluation.content;
    let rows = [
        ("recall at precision .90", content.recall_at_precision_90),
        ("recall at precision .95", content.recall_at_precision_95),
        ("recall at precision .98", content.recall_at_precision_98),
        ("precision at recall .90", content.precision_at_recall_90),
        ("precision at recall .95", content.precision_at_recall_95),
    ];
    pairs(&rows)
}

/// Share of content over mean P(content) of each bin; bars show how full the bins are.
pub(super) fn reliability(evaluation: &Evaluation) -> Markup {
    let bins = &evaluation.reliability;
    let content = &evaluation.content;
    let marks = markup! {
        (bars(bins))
        line.ideal x1=(x(0.0)) y1=(y(0.0)) x2=(x(1.0)) y2=(y(1.0)) {}
        polyline.line points=(points(bins.iter().filter_map(place))) {}
        @for bin in bins {
            @if let Some((mean, share)) = place(bin) {
                circle.dot cx=(x(mean)) cy=(y(share)) r="3.5" {
                    title { (bin.lines) " lines, mean P(content) " (number(bin.mean_probability))
                        ", content " (number(bin.content_share)) }
                }
            }
        }
    };
    markup! {
        figure {
            h2 { "Calibration" }
            (chart("Reliability diagram of P(content)", "P(content)", "share of content", &marks))
            figcaption {
                "On the dashed line, lines of P(content) .8 are content in 80 of 100 cases. "
                "Bars: square root of the lines in each of the " (bins.len()) " bins."
            }
            (pairs(&[
                ("Brier score", content.brier_score),
                ("expected calibration error", content.expected_calibration_error),
            ]))
        }
    }
}

fn place(bin: &ReliabilityBin) -> Option<(f64, f64)> {
    Some((bin.mean_probability?, bin.content_share?))
}

fn bars(bins: &[ReliabilityBin]) -> Markup {
    let fullest = bins.iter().map(|bin| bin.lines).max().unwrap_or(0).max(1) as f64;
    let height = |bin: &ReliabilityBin| FULLEST_BAR * (bin.lines as f64 / fullest).sqrt();
    markup! {
        @for bin in bins {
            rect.bin x=(x(bin.lower)) y=(y(height(bin))) width=(across(bin.upper - bin.lower - 0.008))
                height=(down(height(bin))) {}
        }
    }
}

/// The frame of a chart: grid, ticks and names of the axes, and `marks` on it.
fn chart(name: &str, x_axis: &str, y_axis: &str, marks: &Markup) -> Markup {
    markup! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(name) {
            @for tick in [0.0, 0.2, 0.4, 0.6, 0.8, 1.0] {
                line.grid x1=(x(tick)) y1=(y(0.0)) x2=(x(tick)) y2=(y(1.0)) {}
                line.grid x1=(x(0.0)) y1=(y(tick)) x2=(x(1.0)) y2=(y(tick)) {}
                text x=(x(tick)) y=(y(0.0) + 16.0) text-anchor="middle" { (tick) }
                text x=(x(0.0) - 7.0) y=(y(tick) + 4.0) text-anchor="end" { (tick) }
            }
            text x=(x(0.5)) y=(HEIGHT - 8.0) text-anchor="middle" { (x_axis) }
            text transform=(format!("translate(13 {}) rotate(-90)", y(0.5))) text-anchor="middle" {
                (y_axis)
            }
            (marks)
        }
    }
}

fn pairs(rows: &[(&str, Option<f64>)]) -> Markup {
    markup! {
        table.pairs {
            tbody {
                @for (name, value) in rows {
                    tr { th scope="row" { (name) } td { (number(*value)) } }
                }
            }
        }
    }
}

fn points(values: impl Iterator<Item = (f64, f64)>) -> String {
    let points: Vec<_> = values
        .map(|(horizontal, vertical)| format!("{},{}", x(horizontal), y(vertical)))
        .collect();
    points.join(" ")
}

fn x(value: f64) -> f64 {
    rounded(LEFT + value * (WIDTH - LEFT - RIGHT))
}

fn y(value: f64) -> f64 {
    rounded(HEIGHT - BOTTOM - value * (HEIGHT - TOP - BOTTOM))
}

fn across(value: f64) -> f64 {
    rounded(value * (WIDTH - LEFT - RIGHT))
}

fn down(value: f64) -> f64 {
    rounded(value * (HEIGHT - TOP - BOTTOM))
}

/// One decimal is enough for a picture, and keeps the file small.
fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_of_the_plot_lie_inside_the_picture() {
        assert_eq!((x(0.0), y(0.0)), (LEFT, HEIGHT - BOTTOM));
        assert_eq!((x(1.0), y(1.0)), (WIDTH - RIGHT, TOP));
    }

    #[test]
    fn points_are_written_with_one_decimal() {
        // 46 + .123 * 300 = 82.9; 320 - 44 - .5 * 264 = 144
        assert_eq!(points([(0.123, 0.5)].into_iter()), "82.9,144");
    }
}
