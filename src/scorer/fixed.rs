//! The **fixed weights** are those of the features that need no vocabulary, laid out so that few
//! additions give their sum for a line.
//!
//! What a line's own shape adds, to itself and to the lines near it, stands side by side. The
//! templates of its context are joined into tables of several categoricals at once: a table's cell
//! is the sum of the weights of all templates whose parts it knows.

use std::sync::LazyLock;

use wide::i16x8;

use crate::features::TEMPLATES;
use crate::features::categorical::{CATEGORICALS, OF_LINE};
use crate::features::table::{self, Limits};
use crate::features::template::Part;

use super::Lanes;
use super::bins::STEP;
use super::columns::{Columns, Seen};
use super::views::{OFFSETS, OwnWeights, ShapeWeights, VIEWS, Views, Weights};

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
pub fn is_shape(parts: &[Part]) -> bool {
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
    fn cells(&self, table: &table::Table, weights: &[Lanes]) -> Vec<[Lanes; VIEWS]> {
        let cell = |cell: usize| {
            let mut sums = [Lanes::ZERO; VIEWS];
            for (template, feature) in table.features(cell) {
                sums[self.templates[template].view] += weights[feature];
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
    /// The columns of its parts, and how far apart their cells are.
    parts: [(Seen, u32); MOST_PARTS],
}

impl Table {
    fn new(table: &table::Table, start: usize) -> Self {
        let mut parts = [(Seen::default(), 0); MOST_PARTS];
        let mut stride = 1;
        for (step, part) in parts.iter_mut().zip(table.parts()) {
            *step = (Seen::new(part.index, part.offset), stride);
            stride *= part.values() as u32;
        }
        Self {
            start: start as u32,
            count: table.parts().len(),
            parts,
        }
    }

    fn parts(&self) -> &[(Seen, u32)] {
        &self.parts[..self.count]
    }

    /// The table as the lines of a page lead into it.
    fn on(&self, columns: &Columns) -> PageTable {
        let mut table = PageTable {
            start: self.start,
            count: 0,
            parts: [(0, 0); MOST_PARTS],
        };
        for &(seen, stride) in self.parts() {
            match columns.constant(seen) {
                Some(bin) => table.start += u32::from(bin) * stride,
                None => {
                    table.parts[table.count] = (columns.place(seen), stride as u16);
                    table.count += 1;
                }
            }
        }
        table
    }
}

/// A table without the parts that all lines of a page have in common.
#[derive(Clone, Copy, Debug)]
struct PageTable {
    /// The first cell that the page leads to.
    start: u32,
    count: usize,
    /// The places of the columns of the parts, and how far apart their cells are.
    parts: [(usize, u16); MOST_PARTS],
}

/// The cells that the lines of a step have in a table.
type StepCells = [u16; STEP];

impl PageTable {
    /// The cells of the lines of a step.
    fn cells(&self, columns: &Columns, step: usize) -> StepCells {
        let mut cells = [self.start as u16; STEP];
        for &(place, stride) in &self.parts[..self.count] {
            let bins = columns.step(place, step);
            for (cell, &bin) in cells.iter_mut().zip(bins) {
                // Behind the last line stands anything.
                *cell = cell.wrapping_add(u16::from(bin).wrapping_mul(stride));
            }
        }
        cells
    }
}

/// The fixed weights of a model.
#[derive(Debug)]
pub struct FixedWeights {
    /// What a line near by that is not there adds, in the order of the views.
    missing: [Lanes; VIEWS],
    own: Vec<Table>,
    own_cells: ShapeWeights,
    context: Vec<Table>,
    /// As many as a cell can be told of in two bytes.
    cells: Box<[Weights<1>; CELLS]>,
    /// How many of them can be added up in two bytes.
    together: usize,
}

/// The most cells of all tables of context.
const CELLS: usize = 1 << 16;

impl FixedWeights {
    /// Lays out the weights of the features; `None` where those of a cell are too large.
    pub fn new(weights: &[Lanes]) -> Option<Self> {
        let [own, context] = &*PLANS;
        let mut own_tables = Vec::new();
        let mut own_cells = ShapeWeights::new();
        for table in &own.tables {
            own_tables.push(Table::new(table, own_cells.len()));
            for cell in own.cells(table, weights) {
                own_cells.push(&cell)?;
            }
        }
        let mut context_tables = Vec::new();
        let mut cells = OwnWeights::new();
        for table in &context.tables {
            context_tables.push(Table::new(table, cells.len()));
            for [own, ..] in context.cells(table, weights) {
                cells.push(&[own])?;
            }
        }
        // One after another of as many parts: how many a table has is then easy to foresee.
        for tables in [&mut own_tables, &mut context_tables] {
            tables.sort_by_key(|table| table.count);
        }
        Some(Self {
            missing: missing(weights),
            own: own_tables,
            own_cells,
            context: context_tables,
            together: cells.together(),
            cells: cells.into_array(),
        })
    }

    /// Finds the cells of a line with these bins, and asks for them.
    pub fn find_own(&self, bins: &[u8; OF_LINE], cells: &mut Vec<u32>) {
        let found = self.own.iter().map(|table| {
            let cell = table.parts().iter().fold(table.start, |place, step| {
                place + u32::from(bins[step.0.index]) * step.1
            });
            self.own_cells.prefetch(cell);
            cell
        });
        cells.clear();
        cells.extend(found);
    }

    /// Adds what a line that has these cells adds to itself and to the lines that see it.
    pub fn add_own(&self, cells: &[u32], views: &mut Views) {
        views.add(&self.own_cells, cells);
    }

    /// What a line that is not there adds, in each view.
    pub fn missing(&self) -> &[Lanes; VIEWS] {
        &self.missing
    }

    /// Adds to each line what its context adds to it; `room` is room to work in.
    pub fn add_context(&self, columns: &Columns, room: &mut Room, sums: &mut [Lanes]) {
        room.tables.clear();
        let tables = self.context.iter().map(|table| table.on(columns));
        room.tables.extend(tables);
        for tables in room.tables.chunks(self.together) {
            for (step, sums) in sums.chunks_mut(STEP).enumerate() {
                let cells = tables.iter().map(|table| table.cells(columns, step));
                room.cells.clear();
                room.cells.extend(cells);
                for (first, sums) in (0..).step_by(FEW).zip(sums.chunks_mut(FEW)) {
                    let more = self.sums_of_few(&room.cells, first);
                    for (sum, more) in sums.iter_mut().zip(more) {
                        *sum += Lanes::from_i16x8(more);
                    }
                }
            }
        }
    }

    /// The sums of what a few lines of a step have, from the `first` one on.
    fn sums_of_few(&self, tables: &[StepCells], first: usize) -> [i16x8; FEW] {
        let mut sums = [i16x8::ZERO; FEW];
        for cells in tables {
            let few: &[u16; FEW] = cells[first..].first_chunk().expect("a step has more");
            for (sum, &cell) in sums.iter_mut().zip(few) {
                *sum += self.cells[usize::from(cell)][0];
            }
        }
        sums
    }
}

/// Lines that are added up at once.
const FEW: usize = 4;

/// What a line near by that is not there adds, in the order of the views.
fn missing(weights: &[Lanes]) -> [Lanes; VIEWS] {
    let mut missing = [Lanes::ZERO; VIEWS];
    for (start, parts) in TEMPLATES.iter().filter(|(_, parts)| is_shape(parts)) {
        if parts[0].offset != 0 {
            let bins = CATEGORICALS[parts[0].index].bin_count();
            missing[TemplatePlan::new(start, parts).view] += weights[start + bins];
        }
    }
    missing
}

/// Room to add up what the context of lines adds to them.
#[derive(Debug, Default)]
pub struct Room {
    tables: Vec<PageTable>,
    cells: Vec<StepCells>,
}
