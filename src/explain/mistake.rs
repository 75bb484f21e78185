//! A **mistake** is a line that was taken for content and is none, or the other way round.

use super::Explanation;
use crate::predict::Predictor;
use crate::{Label, LabelledPage};

/// A line that was mistaken, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// Where the page stands among those that were predicted.
    pub page: usize,
    /// Where the line stands on its page.
    pub line: usize,
    /// What the line is.
    pub gold: Label,
    /// Why it was taken for something else.
    pub explanation: Explanation,
}

/// The `most` lines that were mistaken with the greatest certainty, the worst first, each explained
/// by its `top` strongest features on either side.
///
/// The certainty is P(content) of a line that is none, and 1 - P(content) of one that is; of equally
/// certain lines, the first comes first.
pub fn worst_mistakes(
    predictor: &Predictor,
    pages: &[LabelledPage],
    most: usize,
    top: usize,
) -> Vec<Mistake> {
    let mut worst = Vec::new();
    for (at, page) in pages.iter().enumerate() {
        worst.extend(certainties(predictor, page).map(|(line, certainty)| (certainty, at, line)));
        // Stable, so that of equally certain lines the first stays first.
        worst.sort_by(|a, b| b.0.total_cmp(&a.0));
        worst.truncate(most);
    }
    let explained = |(_, page, line): (f64, usize, usize)| {
        let labelled = &pages[page];
        let mut lines = predictor.explain(labelled.page(), top);
        Mistake {
            page,
            line,
            gold: labelled.labels()[line],
            explanation: lines.swap_remove(line),
        }
    };
    worst.into_iter().map(explained).collect()
}

/// The mistaken lines of a page, each with how certain the mistake was.
fn certainties(predictor: &Predictor, page: &LabelledPage) -> impl Iterator<Item = (usize, f64)> {
    let predictions = predictor.predict(page.page()).into_iter();
    let lines = predictions.zip(page.labels()).enumerate();
    lines.filter_map(|(line, (prediction, &gold))| {
        match (prediction.label == Label::Content, gold == Label::Content) {
            (true, false) => Some((line, prediction.content())),
            (false, true) => Some((line, 1.0 - prediction.content())),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::fixture;
    use crate::predict::Decision;

    /// Pages whose every line has the wrong gold label.
    fn wrong_pages(predictor: &Predictor) -> Vec<LabelledPage> {
        let page = fixture::page();
        let predictions = predictor.predict(&page);
        let mut pages = vec![LabelledPage::new("p", None), LabelledPage::new("q", None)];
        for labelled in &mut pages {
            for (line, found) in page.lines().zip(&predictions) {
                let gold = match found.label {
                    Label::Content => Label::Comment,
                    _ => Label::Content,
                };
                labelled.push(gold, line);
            }
        }
        pages
    }

    fn certainty(mistake: &Mistake) -> f64 {
        let content = mistake.explanation.prediction.content();
        match mistake.gold {
            Label::Content => 1.0 - content,
            _ => content,
        }
    }

    #[test]
    fn the_most_certain_mistakes_come_first() {
        let model = fixture::model();
        let predictor = Predictor::new(&model);
        let pages = wrong_pages(&predictor);
        let all = worst_mistakes(&predictor, &pages, 99, 2);
        assert_eq!(all.len(), 12, "every line of two equal pages");
        assert_eq!(
            (all[0].page, all[1].page),
            (0, 1),
            "of equal ones the first comes first"
        );
        assert!(all.is_sorted_by(|a, b| certainty(a) >= certainty(b)));
        assert_eq!(worst_mistakes(&predictor, &pages, 2, 2), all[..2]);
        for mistake in &all {
            let page = pages[mistake.page].page();
            assert_eq!(
                predictor.explain(page, 2)[mistake.line],
                mistake.explanation
            );
            assert_eq!(pages[mistake.page].labels()[mistake.line], mistake.gold);
        }
    }

    #[test]
    fn a_line_of_another_label_that_is_no_content_either_is_no_mistake() {
        let model = fixture::model();
        let mut page = LabelledPage::new("p", None);
        page.push(Label::Comment, b"Leave a Reply");
        page.push(Label::Metadata, b"Leave a Reply");
        let no_content = Decision {
            threshold: Some(1.0),
            ..Decision::default()
        };
        let predictor = Predictor::new(&model).with_decision(no_content);
        let found = predictor.predict(page.page());
        // Whatever the lines are taken for, one of the two labels is another.
        assert!(found.iter().all(|line| line.label != Label::Content));
        assert!(worst_mistakes(&predictor, &[page], 9, 2).is_empty());
    }
}
