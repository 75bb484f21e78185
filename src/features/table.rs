//! A **table** joins templates that look at few categoricals between them: one *cell* for each
//! combination of their values, which stands for a feature of every template of the table. A line
//! has one cell of each table, in place of one feature of each template.

use super::template::{Bins, Part};

/// How large a table may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most categoricals.
    pub parts: usize,
    /// Most cells.
    pub cells: usize,
}

/// Some templates, and the categoricals that they look at.
#[derive(Debug, Default)]
pub struct Table {
    parts: Vec<Part>,
    templates: Vec<Member>,
}

/// A template of a table.
#[derive(Debug)]
struct Member {
    /// Its index among the templates that were joined.
    index: usize,
    /// Its first feature.
    start: usize,
    /// For each of its parts, the place among those of the table.
    parts: Vec<usize>,
}

/// A template to be joined with others: its first feature and its parts.
pub type Template<'a> = (usize, &'a [Part]);

impl Table {
    /// Joins templates into few tables, each template in one of them.
    pub fn join(templates: &[Template], limits: Limits) -> Vec<Self> {
        let mut order: Vec<usize> = (0..templates.len()).collect();
        // The templates of several parts first: those of one part then find a table that has it.
        order.sort_by_key(|&index| std::cmp::Reverse(templates[index].1.len()));
        let mut tables = Vec::new();
        for index in order {
            Self::place(&mut tables, index, templates[index], limits);
        }
        tables
    }

    /// Adds a template to the table that grows least by it, or makes a table of it.
    fn place(tables: &mut Vec<Self>, index: usize, (start, parts): Template, limits: Limits) {
        let best = tables
            .iter()
            .enumerate()
            .filter_map(|(at, table)| {
                let (count, cells) = table.with(parts);
                (count <= limits.parts && cells <= limits.cells)
                    .then(|| (cells - table.cells(), at))
            })
            .min();
        let at = best.map_or(tables.len(), |(_, at)| at);
        if at == tables.len() {
            tables.push(Self::default());
        }
        let table = &mut tables[at];
        let parts = parts.iter().map(|part| table.place_of(part)).collect();
        table.templates.push(Member {
            index,
            start,
            parts,
        });
    }

    fn place_of(&mut self, part: &Part) -> usize {
        let known = self.parts.iter().position(|known| known.is_same(part));
        known.unwrap_or_else(|| {
            self.parts.push(*part);
            self.parts.len() - 1
        })
    }

    /// Number of parts and of cells with these parts added.
    fn with(&self, more: &[Part]) -> (usize, usize) {
        let is_new = |part: &&Part| !self.parts.iter().any(|known| known.is_same(part));
        let all = self.parts.iter().chain(more.iter().filter(is_new));
        all.fold((0, 1), |(count, cells), part| {
            (count + 1, cells * part.values())
        })
    }

    /// The categoricals; the first one's values are neighbours.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.parts.iter().map(Part::values).product()
    }

    /// The cell of line `at` of a page.
    pub fn cell(&self, at: usize, lines: &[Bins]) -> usize {
        let parts = self.parts.iter().rev();
        parts.fold(0, |cell, part| cell * part.values() + part.value(at, lines))
    }

    /// The features that a cell stands for, each with the index of its template.
    pub fn features(&self, mut cell: usize) -> impl Iterator<Item = (usize, usize)> {
        let values: Vec<usize> = self
            .parts
            .iter()
            .map(|part| {
                let value = cell % part.values();
                cell /= part.values();
                value
            })
            .collect();
        self.templates.iter().map(move |template| {
            let place = template.parts.iter().fold(0, |place, &part| {
                place * self.parts[part].values() + values[part]
            });
            (template.index, template.start + place)
        })
    }
}

/// Tables side by side, whose cells are numbered one table after the other.
#[derive(Debug)]
pub struct Tables {
    tables: Vec<Table>,
    /// The number of each table's first cell.
    starts: Vec<usize>,
}

impl Tables {
    /// Joins templates into tables.
    pub fn new(templates: &[Template], limits: Limits) -> Self {
        let tables = Table::join(templates, limits);
        let mut end = 0;
        let starts = tables.iter().map(|table| {
            let start = end;
            end += table.cells();
            start
        });
        Self {
            starts: starts.collect(),
            tables,
        }
    }

    /// Number of cells of all tables.
    pub fn cells(&self) -> usize {
        self.tables.iter().map(Table::cells).sum()
    }

    /// Appends the cells of line `at` of a page, one a table.
    pub fn push(&self, at: usize, lines: &[Bins], cells: &mut Vec<u32>) {
        let tables = self.tables.iter().zip(&self.starts);
        cells.extend(tables.map(|(table, start)| (start + table.cell(at, lines)) as u32));
    }

    /// The features that each cell stands for.
    pub fn features(&self) -> impl Iterator<Item = impl Iterator<Item = u32>> {
        let cells = self
            .tables
            .iter()
            .flat_map(|table| (0..table.cells()).map(move |cell| table.features(cell)));
        cells.map(|features| features.map(|(_, feature)| feature as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::TEMPLATES;
    use crate::features::categorical::CATEGORICALS;

    /// On a page of two lines, so that lines near by are there and are not.
    #[test]
    fn the_cells_of_a_line_stand_for_its_features() {
        let templates: Vec<Template> = TEMPLATES.iter().collect();
        let last = |index: usize| (CATEGORICALS[index].bin_count() - 1) as u8;
        let lines = [
            std::array::from_fn(|index| last(index).min(index as u8 % 5)),
            std::array::from_fn(|index| last(index).min(index as u8 % 3)),
        ];
        for limits in [(1, 30), (3, 500), (6, 5_000)] {
            let (parts, cells) = limits;
            let tables = Table::join(&templates, Limits { parts, cells });
            let is_in_limits = |table: &Table| {
                table.cells() <= cells && table.parts().len() <= parts || table.templates.len() == 1
            };
            assert!(tables.iter().all(is_in_limits));
            for line in 0..lines.len() {
                let mut expected = Vec::new();
                TEMPLATES.push(line, &lines, &mut expected);
                let mut found: Vec<u32> = tables
                    .iter()
                    .flat_map(|table| table.features(table.cell(line, &lines)))
                    .map(|(_, feature)| feature as u32)
                    .collect();
                found.sort_unstable();
                assert_eq!(found, expected);
            }
        }
    }
}
