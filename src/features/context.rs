//! The **context** of a line is what stands around it: where on the page it is, what the lines of
//! a window before and after it are like, how far the nearest prose and the nearest heading of
//! furniture (a line of cues) are, and whether it repeats.

use rustc_hash::FxHashMap;

use super::categorical::{CATEGORICALS, DATE_OF_LINE, OF_LINE};
use super::distance::distances;
use super::furniture::Furniture;
use super::heading::Headings;
use super::line::{Line, share};
use super::listing::Listing;
use super::template::Bins;
use super::topic::{Title, Topic};

/// Sizes of the windows on each side of a line, in lines.
pub(crate) const WINDOWS: [usize; 3] = [3, 8, 20];
/// A line's length counts up to here in a window's mean, so that one huge line does not rule it.
pub(crate) const LENGTH_CAP: usize = 250;

/// The bins of every line of a page, its own and those of its context.
///
/// `shares` holds the share of each line in the site's profile, if there is one.
pub fn bins(lines: &[Line], shares: Option<&[f32]>) -> Vec<Bins> {
    let own: Vec<[f32; OF_LINE]> = lines.iter().map(Line::values).collect();
    let dates: Vec<f32> = own.iter().map(|values| values[DATE_OF_LINE]).collect();
    let context = Context::new(lines, &dates, shares);
    let all = own.iter().enumerate().map(|(at, own)| {
        let mut values = own.iter().copied().chain(context.values(at));
        CATEGORICALS.map(|categorical| {
            categorical.bin(values.next().expect("as many values as categoricals"))
        })
    });
    all.collect()
}

/// What is worked out once a page.
struct Context<'a> {
    lines: &'a [Line],
    sums: Sums,
    prose: Vec<(f32, f32)>,
    headings: Headings,
    repeats: Vec<(usize, bool)>,
    topic: Topic<'a>,
    title: Title<'a>,
    listing: Listing,
    furniture: Furniture,
}

impl<'a> Context<'a> {
    fn new(lines: &'a [Line], dates: &[f32], shares: Option<&[f32]>) -> Self {
        let is_prose: Vec<bool> = lines.iter().map(|l| l.measures.is_prose()).collect();
        Self {
            lines,
            sums: Sums::new(lines),
            prose: distances(&is_prose),
            headings: Headings::new(lines),
            repeats: repeats(lines),
            topic: Topic::new(lines),
            title: Title::new(lines),
            listing: Listing::new(lines, dates),
            furniture: Furniture::new(&lengths(lines), shares),
        }
    }

    /// The values of the categoricals after the line's own ones, in their order.
    fn values(&self, at: usize) -> impl Iterator<Item = f32> {
        let line = &self.lines[at];
        let (repeats, seen_above) = self.repeats[at];
        let topic = self.topic.overlap(at, line);
        self.places(at)
            .into_iter()
            .chain(self.page())
            .chain(self.sums.windows(at))
            .chain([self.prose[at].0, self.prose[at].1])
            .chain(self.sums.prose(at))
            .chain(self.headings.values(at))
            .chain([repeats as f32, f32::from(seen_above)])
            .chain([topic.share, topic.shared as f32, topic.terms as f32])
            .chain([self.title.overlap(at, line)])
            .chain(self.listing.values(at))
            .chain(self.furniture.values(at))
    }

    fn places(&self, at: usize) -> [f32; 3] {
        let above = at as f32;
        let below = (self.lines.len() - 1 - at) as f32;
        [above / self.lines.len() as f32, above, below]
    }

    fn page(&self) -> [f32; 3] {
        let count = self.lines.len();
        let prose = self.sums.prose[count];
        let share = share(self.sums.prose_length[count], self.sums.whole_length[count]);
        [count as f32, prose as f32, share]
    }
}

fn lengths(lines: &[Line]) -> Vec<usize> {
    lines.iter().map(|line| line.measures.length).collect()
}

/// Running sums over the lines of a page, from which any window's means follow.
struct Sums {
    length: Vec<usize>,
    whole_length: Vec<usize>,
    words: Vec<usize>,
    cues: Vec<usize>,
    cue_lines: Vec<usize>,
    prose: Vec<usize>,
    prose_length: Vec<usize>,
}

impl Sums {
    fn new(lines: &[Line]) -> Self {
        let running = |value: fn(&Line) -> usize| {
            let mut sum = 0;
            let sums = lines.iter().map(|line| {
                sum += value(line);
                sum
            });
            std::iter::once(0).chain(sums).collect()
        };
        Self {
            length: running(|line| line.measures.length.min(LENGTH_CAP)),
            whole_length: running(|line| line.measures.length),
            words: running(|line| line.measures.words),
            cues: running(|line| line.measures.cues),
            cue_lines: running(|line| usize::from(line.measures.is_cue_line())),
            prose: running(|line| usize::from(line.measures.is_prose())),
            prose_length: running(|line| {
                usize::from(line.measures.is_prose()) * line.measures.length
            }),
        }
    }

    /// Mean length, shares of cues and of lines of cues, each for the windows above (3, 8, 20 lines)
    /// and below.
    fn windows(&self, at: usize) -> impl Iterator<Item = f32> {
        let count = self.length.len() - 1;
        let above = WINDOWS.map(|size| (at.saturating_sub(size), at));
        let below = WINDOWS.map(|size| ((at + 1).min(count), (at + 1 + size).min(count)));
        let ranges = move || above.into_iter().chain(below);
        let lines = |(from, to): (usize, usize)| to - from;
        let over = |sums: &[usize], (from, to): (usize, usize)| sums[to] - sums[from];
        let length = ranges().map(move |range| share(over(&self.length, range), lines(range)));
        let cues =
            ranges().map(move |range| share(over(&self.cues, range), over(&self.words, range)));
        let cue_lines =
            ranges().map(move |range| share(over(&self.cue_lines, range), lines(range)));
        length.chain(cues).chain(cue_lines)
    }

    /// How many lines of prose stand above and below a line; each twice, to be binned twice.
    fn prose(&self, at: usize) -> [f32; 4] {
        let above = self.prose[at] as f32;
        let below = (self.prose[self.prose.len() - 1] - self.prose[at + 1]) as f32;
        [above, below, above, below]
    }
}

/// How often each line stands on the page, itself counted, and whether it stood above.
fn repeats(lines: &[Line]) -> Vec<(usize, bool)> {
    let mut counts: FxHashMap<(&str, usize), usize> = FxHashMap::default();
    let seen_above: Vec<bool> = lines
        .iter()
        .map(|line| {
            let count = counts.entry(line.identity()).or_default();
            *count += 1;
            *count > 1
        })
        .collect();
    let count = |line: &Line| counts[&line.identity()];
    lines.iter().map(count).zip(seen_above).collect()
}

#[cfg(test)]
mod tests {
    use super::super::categorical::{CATEGORICALS, CUE};
    use super::super::distance::NOWHERE;
    use super::*;
    use crate::stem::Linguist;

    /// The named value of line `at` of a page.
    fn value(texts: &[&str], at: usize, name: &str) -> f32 {
        let linguist = Linguist::default();
        let lines: Vec<Line> = texts
            .iter()
            .map(|text| Line::new(text.as_bytes(), &linguist))
            .collect();
        let dates = vec![0.0; lines.len()];
        let context = Context::new(&lines, &dates, None);
        let place = CATEGORICALS
            .iter()
            .position(|categorical| categorical.name == name);
        let place = place.expect("a categorical of this name") - OF_LINE;
        context
            .values(at)
            .nth(place)
            .expect("a value a categorical")
    }

    const PROSE: &str = "Para petani di desa itu menunda panen karena hujan yang turun tiap sore, \
                         kata kepala desa.";
    const PAGE: [&str; 5] = ["Menu", "Menu", PROSE, "Menu", "Kontak kami"];

    #[test]
    fn places_and_windows_are_counted_in_lines() {
        assert_eq!(value(&PAGE, 3, "place"), 3.0 / 5.0);
        assert_eq!(value(&PAGE, 3, "lines_below"), 1.0);
        // The three lines above line 3 have 4, 4 and 90 characters.
        let above = (4 + 4 + PROSE.len()) as f32 / 3.0;
        assert_eq!(value(&PAGE, 3, "above3_length"), above);
        assert_eq!(value(&PAGE, 4, "below3_length"), 0.0);
    }

    /// All three words above the prose are cues, one of the four below it.
    #[test]
    fn cues_are_counted_and_the_nearest_heading_is_found() {
        let page = ["Menu", "Baca juga:", PROSE, "Panen raya", "Kontak kami"];
        assert_eq!(value(&page, 2, "above3_cues"), 1.0);
        assert_eq!(value(&page, 2, "above3_cue_lines"), 1.0);
        assert_eq!(value(&page, 2, "below3_cues"), 1.0 / 4.0);
        assert_eq!(value(&page, 2, "below3_cue_lines"), 0.5);
        let kind = |name: &str| CUE.iter().position(|&cue| cue == name).expect("a kind") as f32;
        assert_eq!(value(&page, 3, "heading_above"), kind("related"));
        assert_eq!(value(&page, 3, "heading_distance_above"), 2.0);
        assert_eq!(value(&page, 3, "heading_below"), kind("navigation"));
        assert_eq!(value(&page, 3, "heading_distance_below"), 1.0);
        assert_eq!(value(&page, 0, "heading_above"), kind("none"));
        assert_eq!(value(&page, 0, "heading_distance_above"), NOWHERE);
        assert_eq!(
            value(&page, 1, "heading_above"),
            kind("navigation"),
            "not itself"
        );
    }

    #[test]
    fn prose_and_repeats_are_found() {
        assert_eq!(value(&PAGE, 4, "prose_distance_above"), 2.0);
        assert_eq!(value(&PAGE, 2, "prose_distance_below"), NOWHERE);
        assert_eq!(value(&PAGE, 3, "repeats"), 3.0);
        assert_eq!(value(&PAGE, 0, "seen_above"), 0.0);
        assert_eq!(value(&PAGE, 3, "seen_above"), 1.0);
    }
}
