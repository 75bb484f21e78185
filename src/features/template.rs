//! A **template** makes features out of one or more categoricals, of the line itself or of lines
//! near it: `size & last` is one feature for each pair of a size and a last character, and
//! `above.size & size` one for each pair of sizes of two lines that follow each other.

use super::categorical::{Bin, CATEGORICALS, Categorical};

/// The lines that a template may look at, as offsets from the line that is described.
const LINES: [(&str, isize); 4] = [
    ("above.", -1),
    ("above2.", -2),
    ("below.", 1),
    ("below2.", 2),
];

/// The bins of one line, in the order of [`CATEGORICALS`].
pub type Bins = [Bin; CATEGORICALS.len()];

/// One categorical of one line.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    line: &'static str,
    /// Which line, seen from the one that is described: -2 to 2.
    pub offset: isize,
    /// The categorical's place in [`CATEGORICALS`].
    pub index: usize,
}

impl Part {
    fn parse(text: &str) -> Self {
        let near = LINES
            .iter()
            .find_map(|&(line, offset)| text.strip_prefix(line).map(|name| (line, offset, name)));
        let (line, offset, name) = near.unwrap_or(("", 0, text));
        let index = CATEGORICALS
            .iter()
            .position(|categorical| categorical.name == name)
            .expect("a template names categoricals that there are");
        Self {
            line,
            offset,
            index,
        }
    }

    fn categorical(&self) -> &'static Categorical {
        &CATEGORICALS[self.index]
    }

    /// Number of values: the bins, and for a line near by also that there is none.
    pub fn values(&self) -> usize {
        self.categorical().bin_count() + usize::from(self.offset != 0)
    }

    /// Whether the two look at the same categorical of the same line.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.offset, self.index) == (other.offset, other.index)
    }

    /// The value for line `at` of a page.
    pub(super) fn value(&self, at: usize, lines: &[Bins]) -> usize {
        let line = at
            .checked_add_signed(self.offset)
            .and_then(|at| lines.get(at));
        match line {
            Some(bins) => usize::from(bins[self.index]),
            None => self.values() - 1,
        }
    }

    fn value_name(&self, value: usize) -> String {
        let Self { line, .. } = self;
        let categorical = self.categorical();
        match value < categorical.bin_count() {
            true => format!("{line}{}", categorical.feature_name(value)),
            false => format!("{line}{}=none", categorical.name),
        }
    }
}

/// A template, and where its features begin.
#[derive(Clone, Debug)]
struct Template {
    start: usize,
    parts: Vec<Part>,
}

/// A list of templates that share one range of features.
#[derive(Clone, Debug)]
pub struct Templates {
    templates: Vec<Template>,
    width: usize,
}

impl Templates {
    /// Reads templates: names of categoricals, joined by ` & `, each with `above.`, `above2.`,
    /// `below.` or `below2.` before it if it is not of the line itself.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut width = 0;
        let templates = texts.into_iter().map(|text| {
            let parts: Vec<Part> = text.split(" & ").map(Part::parse).collect();
            let start = width;
            width += parts.iter().map(Part::values).product::<usize>();
            Template { start, parts }
        });
        Self {
            templates: templates.collect(),
            width,
        }
    }

    /// Number of templates: of features that each line has.
    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.templates.len()
    }

    /// Number of features.
    pub fn width(&self) -> usize {
        self.width
    }

    /// For each template, its first feature and its parts; the last part's values are neighbours.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[Part])> {
        let templates = self.templates.iter();
        templates.map(|template| (template.start, &template.parts[..]))
    }

    /// Appends the features of line `at`, one a template.
    pub fn push(&self, at: usize, lines: &[Bins], features: &mut Vec<u32>) {
        features.extend(self.templates.iter().map(|template| {
            let place = |place, part: &Part| place * part.values() + part.value(at, lines);
            (template.start + template.parts.iter().fold(0, place)) as u32
        }));
    }

    /// The name of a feature, `None` past the last one.
    pub fn feature_name(&self, feature: usize) -> Option<String> {
        if feature >= self.width {
            return None;
        }
        let last = self
            .templates
            .partition_point(|template| template.start <= feature);
        let template = &self.templates[last - 1];
        let mut place = feature - template.start;
        let mut names = Vec::new();
        for part in template.parts.iter().rev() {
            names.push(part.value_name(place % part.values()));
            place /= part.values();
        }
        names.reverse();
        Some(names.join(" & "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_has_a_feature_for_each_combination() {
        let templates = Templates::new(["ellipsis", "above.ellipsis & ellipsis"]);
        assert_eq!(templates.width(), 2 + 3 * 2);
        let ellipsis = Part::parse("ellipsis").index;
        let mut lines = [[0; CATEGORICALS.len()]; 2];
        lines[1][ellipsis] = 1;
        let names = |at| {
            let mut features = Vec::new();
            templates.push(at, &lines, &mut features);
            features
                .into_iter()
                .filter_map(|feature| templates.feature_name(feature as usize))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(0),
            ["ellipsis=no", "above.ellipsis=none & ellipsis=no"]
        );
        assert_eq!(
            names(1),
            ["ellipsis=yes", "above.ellipsis=no & ellipsis=yes"]
        );
        assert_eq!(templates.feature_name(8), None);
    }
}
