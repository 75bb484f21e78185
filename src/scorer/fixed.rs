//! The **fixed weights** are those of the features that need no vocabulary, laid out so that few
//! additions give their sum for a line.
//!
//! What a line's own shape adds, to itself and to the lines near it, stands side by side. The
//! templates of its context are joined into tables of several categoricals at once: a table's cell
//! is the sum of the weights of all templates whose parts it knows.

use std::sync::LazyLock;

use crate::features::TEMPLATES;
use crate::features::categorical::{CATEGORICALS, OF_LINE};
use crate::features::table::{self, Limits};
use crate::features::template::Part;

use super::Lanes;
use super::columns::Columns;
use super::views::{OFFSETS, VIEWS, Views};

/// The most categoricals of a table.
const MOST_PARTS: usize = 4;
const LIMITS: Limits = Limits {
    parts: MOST_PARTS,
    cells: 1024,
};

/// Templates of one kind, and the tables that they are joined in; the same for every model.
#[derive(Default)]
struct Plan {
    templates: Vec<TemplatePlan>,
    tables: Vec<table::Table>,
}

/// Where the weights of a template go.
struct TemplatePlan {
    /// Its first feature.
    start: usize,
    /// Its parts, as they are seen from the line that has the values.
    parts: Vec<Part>,
    /// Of which line it is a feature.
    view: usize,
}

impl TemplatePlan {
    fn new(start: usize, parts: &[Part]) -> Self {
        let offset = match is_shape(parts) {
            true => parts[0].offset,
            false => 0,
        };
        let seen = |part: &Part| {
            let mut part = *part;
            part.offset -= offset;
            part
        };
        let view = OFFSETS.iter().position(|&view| view == offset);
        Self {
            start,
            parts: parts.iter().map(seen).collect(),
            view: view.expect("templates look two lines far"),
        }
    }
}

/// The templates of a line's own categoricals alone, and those of the context too.
static PLANS: LazyLock<[Plan; 2]> = LazyLock::new(|| {
    let templates = TEMPLATES.iter();
    let templates = templates.map(|(start, parts)| TemplatePlan::new(start, parts));
    let (own, context) = templates.partition(|template| template.parts.iter().all(is_own));
    [own, context].map(Plan::new)
});

fn is_own(part: &Part) -> bool {
    part.offset == 0 && part.index < OF_LINE
}

/// Whether a template is of one categorical of a line's own, of whichever line.
fn is_shape(parts: &[Part]) -> bool {
    matches!(parts, [part] if part.index < OF_LINE)
}

impl Plan {
    fn new(templates: Vec<TemplatePlan>) -> Self {
        let joined = templates.iter();
        let joined: Vec<_> = joined
            .map(|template| (template.start, &template.parts[..]))
            .collect();
        Self {
            tables: table::Table::join(&joined, LIMITS),
            templates,
        }
    }

    /// The sums of the weights for each combination of values; the first part's are neighbours.
    fn cells(&self, table: &table::Table, weight: &impl Fn(usize) -> Lanes) -> Vec<[Lanes; VIEWS]> {
        let cell = |cell: usize| {
            let mut sums = [Lanes::ZERO; VIEWS];
            for (template, feature) in table.features(cell) {
                sums[self.templates[template].view] += weight(feature);
            }
            sums
        };
        (0..table.cells()).map(cell).collect()
    }
}

/// Where a table's cells begin, and how its parts lead to one of them.
#[derive(Clone, Copy, Debug)]
struct Table {
    start: u32,
    count: usize,
    /// The parts, and how far apart their cells are.
    parts: [(Part, u32); MOST_PARTS],
}

impl Table {
    fn new(table: &table::Table, start: usize) -> Self {
        let mut parts = [(table.parts()[0], 0); MOST_PARTS];
        let mut stride = 1;
        for (step, part) in parts.iter_mut().zip(table.parts()) {
            *step = (*part, stride);
            stride *= part.values() as u32;
        }
        Self {
            start: start as u32,
            count: table.parts().len(),
            parts,
        }
    }

    fn parts(&self) -> &[(Part, u32)] {
        &self.parts[..self.count]
    }

    /// Where the cells begin on a page, given what its lines have in common, and in how many parts
    /// they differ.
    fn on(&self, columns: &Columns) -> (usize, usize) {
        let parts = self.parts().iter();
        let (start, varying) =
            parts.fold(
                (self.start, 0),
                |(start, varying), (part, stride)| match constant(columns, part) {
                    Some(bin) => (start + u32::from(bin) * stride, varying),
                    None => (start, varying + 1),
                },
            );
        (start as usize, varying)
    }

    /// Finds the cell of each line, counted from where they begin on the page.
    fn find_places(&self, columns: &Columns, places: &mut Vec<u16>, lines: usize) {
        places.clear();
        places.resize(lines, 0);
        let parts = self.parts().iter();
        for (part, stride) in parts.filter(|(part, _)| constant(columns, part).is_none()) {
            let column = columns.seen(part.index, part.offset);
            let stride = *stride as u16;
            for (place, &bin) in places.iter_mut().zip(column) {
                *place += u16::from(bin) * stride;
            }
        }
    }
}

/// The value of a part that is the same for all lines of the page. Of a line near by it never is: the
/// first line has none above.
fn constant(columns: &Columns, part: &Part) -> Option<u8> {
    match part.offset {
        0 => columns.constant(part.index),
        _ => None,
    }
}

/// The fixed weights of a model.
#[derive(Debug)]
pub struct FixedWeights {
    /// What a line near by that is not there adds, in the order of the views.
    missing: [Lanes; VIEWS],
    own: Vec<Table>,
    own_cells: Vec<Views>,
    context: Vec<Table>,
    cells: Vec<Lanes>,
}

impl FixedWeights {
    /// Lays out the weights that `weight` gives for each feature.
    pub fn new(weight: &impl Fn(usize) -> Lanes) -> Self {
        let mut weights = Self {
            missing: missing(weight),
            own: Vec::new(),
            own_cells: Vec::new(),
            context: Vec::new(),
            cells: Vec::new(),
        };
        let [own, context] = &*PLANS;
        for table in &own.tables {
            let start = weights.own_cells.len();
            weights.own.push(Table::new(table, start));
            let cells = own.cells(table, weight);
            weights.own_cells.extend(cells.iter().map(Views::new));
        }
        for table in &context.tables {
            let start = weights.cells.len();
            weights.context.push(Table::new(table, start));
            let cells = context.cells(table, weight).into_iter();
            weights.cells.extend(cells.map(|[own, ..]| own));
        }
        weights
    }

    /// Adds what a line with these bins adds to itself and to the lines that see it.
    pub fn add_own(&self, bins: &[u8; OF_LINE], views: &mut Views) {
        let mut sums = *views;
        for table in &self.own {
            let place = table.parts().iter().fold(table.start, |place, step| {
                place + u32::from(bins[step.0.index]) * step.1
            });
            sums.add(&self.own_cells[place as usize]);
        }
        *views = sums;
    }

    /// What a line that is not there adds, in each view.
    pub fn missing(&self) -> &[Lanes; VIEWS] {
        &self.missing
    }

    /// What the context adds to every line of the page.
    pub fn common(&self, columns: &Columns) -> Lanes {
        let tables = self.context.iter().map(|table| table.on(columns));
        let constant = tables.filter(|(_, varying)| *varying == 0);
        constant.fold(Lanes::ZERO, |sum, (start, _)| sum + self.cells[start])
    }

    /// Adds what the context of each line adds to it and not to every one; `places` is room to work
    /// in. A few tables at a time, so that their cells are at hand for all lines.
    pub fn add_context(&self, columns: &Columns, places: &mut Places, sums: &mut [Lanes]) {
        let mut tables = self.context.iter().filter_map(|table| {
            let (start, varying) = table.on(columns);
            (varying > 0).then_some((table, start))
        });
        loop {
            let mut cells: [&[Lanes]; TOGETHER] = [&[Lanes::ZERO]; TOGETHER];
            let mut count = 0;
            for ((table, start), places) in tables.by_ref().take(TOGETHER).zip(places.iter_mut()) {
                table.find_places(columns, places, sums.len());
                cells[count] = &self.cells[start..];
                count += 1;
            }
            if count == 0 {
                return;
            }
            for places in &mut places[count..] {
                places.clear();
                places.resize(sums.len(), 0);
            }
            let [a, b, c, d] = &*places;
            let places = a.iter().zip(b).zip(c.iter().zip(d));
            for (sum, ((&a, &b), (&c, &d))) in sums.iter_mut().zip(places) {
                *sum += (cells[0][usize::from(a)] + cells[1][usize::from(b)])
                    + (cells[2][usize::from(c)] + cells[3][usize::from(d)]);
            }
        }
    }
}

/// What a line near by that is not there adds, in the order of the views.
fn missing(weight: &impl Fn(usize) -> Lanes) -> [Lanes; VIEWS] {
    let mut missing = [Lanes::ZERO; VIEWS];
    for (start, parts) in TEMPLATES.iter().filter(|(_, parts)| is_shape(parts)) {
        if parts[0].offset != 0 {
            let bins = CATEGORICALS[parts[0].index].bin_count();
            missing[TemplatePlan::new(start, parts).view] += weight(start + bins);
        }
    }
    missing
}

/// Tables whose cells are added together.
const TOGETHER: usize = 4;

/// The cells that the lines of a page have in each of them, counted from the first one that a page
/// leads to.
pub type Places = [Vec<u16>; TOGETHER];
