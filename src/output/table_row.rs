//! A **table row** is a cleaned page as a table has it.

/// A page, and what is said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableRow {
    /// Its id.
    pub id: String,
    /// Its site, `None` if unknown.
    pub site: Option<String>,
    /// The number of the row that it came in, from 1; 0 where it came in none.
    pub position: u64,
    /// Its text, as it is to be written.
    pub text: Vec<u8>,
    /// What its lines are, as a JSON list; `None` where that is not told.
    pub annotations: Option<Vec<u8>>,
    /// Whether too little of it is left.
    pub is_marked: bool,
}

impl TableRow {
    /// How many bytes it holds.
    pub fn size(&self) -> usize {
        let annotations = self.annotations.as_ref().map_or(0, Vec::len);
        let site = self.site.as_ref().map_or(0, String::len);
        self.id.len() + site + self.text.len() + annotations
    }
}
