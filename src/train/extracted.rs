//! An **extracted corpus** holds the features of labelled pages over *all* their terms, extracted
//! once. The vocabulary of a fold, and its rows, are picked out of it: what a fold learns comes
//! from its own pages only.

use std::ops::Range;

use rayon::prelude::*;

use super::bundles::Bundles;
use super::matrix::Matrix;

use super::terms::{Interner, Sightings, SitesOfTerms, Terms};
use super::thinned::Thinned;
use crate::features::{Description, Layout, SparseRows, TermId, describe};
use crate::profile::SiteProfiles;
use crate::stem::Linguist;
use crate::vocabulary::Vocabulary;
use crate::{Error, Label, LabelledPage, Result};

/// Lines that one task describes, and those up to the end of a page.
const LINES_A_CHUNK: usize = 1 << 13;
/// Chunks that are described before their terms are numbered: what bounds the memory they take.
const CHUNKS_A_WAVE: usize = 64;
/// Stands for "this term is not in the vocabulary".
const DROPPED: TermId = TermId::MAX;

/// The lines and gold labels of a corpus, its pages sorted by site and id.
pub struct Extracted {
    lines: Description,
    gold: Vec<Label>,
    characters: Vec<usize>,
    pages: Vec<PageLines>,
    sites: Vec<String>,
    terms: Terms,
    sites_of_terms: SitesOfTerms,
    linguist: Linguist,
}

/// One page of an extracted corpus.
#[derive(Clone, Debug)]
pub struct PageLines {
    /// The index of its site.
    pub site: usize,
    /// How much it counts. A page with a profile stands here with it and without it, each counting
    /// one half, so that the absence of a profile never hurts. With thinned copies, each of them and
    /// the page itself count the same part.
    pub weight: f64,
    /// Whether it is predicted when its fold is held out: the one with the profile of the two, and
    /// no thinned copy.
    pub is_predicted: bool,
    /// Whether it is a thinned copy, which is learned from and nothing else.
    pub is_thinned: bool,
    /// Its lines among all lines of the corpus.
    pub lines: Range<usize>,
}

/// What a vocabulary takes in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VocabularySettings {
    /// On pages of how many sites a term must stand.
    pub min_sites: usize,
    /// Most terms; those on most sites are kept.
    pub max_terms: Option<usize>,
}

/// A vocabulary and, for each term of the corpus, its index there.
pub struct Selection {
    /// The vocabulary.
    pub vocabulary: Vocabulary,
    map: Vec<TermId>,
}

/// What the pages of a corpus are learned with.
#[derive(Clone, Copy, Default)]
pub struct Extras<'a> {
    /// The profiles of their sites.
    pub profiles: Option<&'a SiteProfiles>,
    /// Number of thinned copies of each page.
    pub thinned_copies: usize,
}

/// A page to be described, and the index of its site.
#[derive(Clone, Copy)]
struct Task<'a> {
    site: usize,
    page: &'a LabelledPage,
}

/// Described pages whose terms have numbers of their own.
struct Chunk {
    lines: Description,
    /// Each page in its order, its lines counted from the chunk's first.
    pages: Vec<PageLines>,
    gold: Vec<Label>,
    characters: Vec<usize>,
    terms: Terms,
    sightings: Sightings,
}

impl Chunk {
    fn of(tasks: &[Task], extras: Extras, linguist: &Linguist) -> Self {
        let mut interner = Interner::new(linguist);
        let mut chunk = Self {
            lines: Description::default(),
            pages: Vec::new(),
            gold: Vec::new(),
            characters: Vec::new(),
            terms: Terms::default(),
            sightings: Sightings::default(),
        };
        for task in tasks {
            let shares = extras
                .profiles
                .and_then(|profiles| profiles.shares(task.page.page()));
            let weight = 1.0 / (1 + extras.thinned_copies) as f64;
            chunk.push_both(task, shares.as_deref(), weight, false, &mut interner);
            for copy in 0..extras.thinned_copies {
                let copy = Thinned::new(task.page, copy);
                let shares = shares.as_ref().map(|shares| copy.shares(shares));
                let task = Task {
                    page: &copy.page,
                    ..*task
                };
                chunk.push_both(&task, shares.as_deref(), weight, true, &mut interner);
            }
        }
        chunk.terms = interner.terms;
        chunk
    }

    /// Describes a page, one with a profile with it and without it.
    fn push_both(
        &mut self,
        task: &Task,
        shares: Option<&[f32]>,
        weight: f64,
        is_thinned: bool,
        interner: &mut Interner,
    ) {
        if task.page.page().is_empty() {
            return;
        }
        let mut push = |shares, weight, is_predicted| {
            let lines = self.push(task, shares, interner);
            self.pages.push(PageLines {
                site: task.site,
                weight,
                is_predicted,
                is_thinned,
                lines,
            });
        };
        if shares.is_some() {
            push(shares, 0.5 * weight, !is_thinned);
            push(None, 0.5 * weight, false);
        } else {
            push(None, weight, !is_thinned);
        }
    }

    /// Describes the lines of a page, and says where they stand.
    fn push(
        &mut self,
        task: &Task,
        shares: Option<&[f32]>,
        interner: &mut Interner,
    ) -> Range<usize> {
        let start = self.gold.len();
        let page = task.page.page();
        let described = describe(page, shares, interner.linguist(), interner);
        self.lines.append(&described, |term| term);
        self.gold.extend_from_slice(task.page.labels());
        self.characters
            .extend(crate::normalize::characters(page.lines()));
        for line in start..self.gold.len() {
            for &term in self.lines.terms(line) {
                self.sightings.push(term, task.site as u32);
            }
        }
        start..self.gold.len()
    }
}

/// Cuts the pages into pieces of about `size` lines.
fn chunks<'a, 'b>(mut tasks: &'b [Task<'a>], size: usize) -> Vec<&'b [Task<'a>]> {
    let mut chunks = Vec::new();
    while !tasks.is_empty() {
        let mut lines = 0;
        let is_full = |task: &Task| {
            lines += task.page.labels().len();
            lines >= size
        };
        let end = tasks
            .iter()
            .position(is_full)
            .map_or(tasks.len(), |at| at + 1);
        let (chunk, rest) = tasks.split_at(end);
        chunks.push(chunk);
        tasks = rest;
    }
    chunks
}

impl Extracted {
    /// Describes every page; pages without lines are left out.
    ///
    /// # Errors
    /// [`Error::Corpus`] where a page has no site, or nothing is left.
    pub fn new(corpus: &[LabelledPage], extras: Extras) -> Result<Self> {
        Self::in_chunks(corpus, extras, LINES_A_CHUNK)
    }

    fn in_chunks(corpus: &[LabelledPage], extras: Extras, size: usize) -> Result<Self> {
        let mut pages: Vec<(&str, &LabelledPage)> = corpus
            .iter()
            .filter(|page| !page.page().is_empty())
            .map(|page| Ok((site_of(page)?, page)))
            .collect::<Result<_>>()?;
        if pages.is_empty() {
            return Err(Error::Corpus(
                "no page has a line: give labelled pages".to_owned(),
            ));
        }
        pages.sort_by_key(|(site, page)| (*site, &page.page().id));
        let mut extracted = Self::empty();
        let tasks: Vec<Task> = pages
            .into_iter()
            .map(|(site, page)| extracted.task(site, page))
            .collect();
        extracted.describe(&chunks(&tasks, size), extras);
        Ok(extracted)
    }

    fn empty() -> Self {
        Self {
            lines: Description::default(),
            gold: Vec::new(),
            characters: Vec::new(),
            pages: Vec::new(),
            sites: Vec::new(),
            terms: Terms::default(),
            sites_of_terms: SitesOfTerms::default(),
            linguist: Linguist::default(),
        }
    }

    fn task<'a>(&mut self, site: &str, page: &'a LabelledPage) -> Task<'a> {
        if self.sites.last().is_none_or(|last| last != site) {
            self.sites.push(site.to_owned());
        }
        let site = self.sites.len() - 1;
        Task { site, page }
    }

    /// Describes chunks of pages side by side, then numbers their terms chunk by chunk.
    fn describe(&mut self, chunks: &[&[Task]], extras: Extras) {
        let mut sightings = Sightings::default();
        for wave in chunks.chunks(CHUNKS_A_WAVE) {
            let described: Vec<Chunk> = wave
                .par_iter()
                .map(|tasks| Chunk::of(tasks, extras, &self.linguist))
                .collect();
            for chunk in described {
                self.append(chunk, &mut sightings);
            }
        }
        self.sites_of_terms = sightings.sites(self.terms.len());
    }

    fn append(&mut self, chunk: Chunk, sightings: &mut Sightings) {
        let ids: Vec<TermId> = chunk.terms.iter().map(|term| self.terms.id(term)).collect();
        for &(term, site) in chunk.sightings.pairs() {
            sightings.push(ids[term as usize], site);
        }
        let base = self.gold.len();
        self.lines.append(&chunk.lines, |term| ids[term as usize]);
        self.gold.extend(chunk.gold);
        self.characters.extend(chunk.characters);
        self.pages
            .extend(chunk.pages.into_iter().map(|page| PageLines {
                lines: base + page.lines.start..base + page.lines.end,
                ..page
            }));
    }

    /// Whether any page has a profile.
    pub fn has_profiles(&self) -> bool {
        self.pages
            .iter()
            .any(|page| !page.is_predicted && !page.is_thinned)
    }

    /// The lines of the corpus, each once.
    pub fn original_lines(&self) -> impl Iterator<Item = usize> {
        let pages = self.pages.iter().filter(|page| page.is_predicted);
        pages.flat_map(|page| page.lines.clone())
    }

    /// The pages, sorted by site and id.
    pub fn pages(&self) -> &[PageLines] {
        &self.pages
    }

    /// The names of the sites, sorted.
    pub fn sites(&self) -> &[String] {
        &self.sites
    }

    /// The gold label of every line.
    pub fn gold(&self) -> &[Label] {
        &self.gold
    }

    /// The characters of every normalised line.
    pub fn characters(&self) -> &[usize] {
        &self.characters
    }

    /// The vocabulary of the pages whose site `is_training` says to be of the training side.
    ///
    /// # Errors
    /// [`Error::Model`] where the terms pass 4 GiB.
    pub fn select(
        &self,
        settings: VocabularySettings,
        is_training: impl Fn(usize) -> bool + Sync,
    ) -> Result<Selection> {
        let count = |id: TermId| {
            let sites = self.sites_of_terms.of(id).iter();
            sites.filter(|&&site| is_training(site as usize)).count()
        };
        let mut kept: Vec<(usize, TermId)> = (0..self.terms.len() as TermId)
            .into_par_iter()
            .map(|id| (count(id), id))
            .filter(|&(sites, _)| sites >= settings.min_sites.max(1))
            .collect();
        let term = |id: TermId| self.terms.get(id);
        if let Some(most) = settings.max_terms.filter(|&most| most < kept.len()) {
            kept.par_sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| term(a.1).cmp(term(b.1))));
            kept.truncate(most);
        }
        kept.par_sort_unstable_by_key(|&(_, id)| term(id));
        let mut map = vec![DROPPED; self.terms.len()];
        for (index, &(_, id)) in (0..).zip(&kept) {
            map[id as usize] = index;
        }
        let terms = kept.iter().map(|&(_, id)| term(id));
        let vocabulary = Vocabulary::new(terms, &self.linguist)?;
        Ok(Selection { vocabulary, map })
    }

    /// The rows of the given pages over the features of a selection.
    pub fn rows<'a>(
        &self,
        pages: impl IntoIterator<Item = &'a PageLines>,
        selection: &Selection,
    ) -> SparseRows {
        let mut rows = SparseRows::new(selection.columns());
        for page in pages {
            let lines = page.lines.clone();
            self.lines
                .push_rows(lines, |term| selection.term(term), &mut rows);
        }
        rows
    }

    /// The same rows as a matrix to solve.
    pub fn matrix(&self, pages: &[&PageLines], selection: &Selection) -> Matrix {
        let none = Bundles::default();
        Matrix::of_blocks(selection.columns(), &none, pages.len(), |page| {
            self.rows([pages[page]], selection)
        })
    }

    /// The same matrix in bundles: the cells of tables in place of the features without a vocabulary.
    pub fn bundled_matrix(&self, pages: &[&PageLines], selection: &Selection) -> Matrix {
        let bundles = Bundles::new(Layout::fixed(), Layout::cells());
        let numbers = bundles.len() + selection.columns() - Layout::fixed();
        Matrix::of_blocks(numbers, &bundles, pages.len(), |page| {
            let mut rows = SparseRows::new(numbers);
            let lines = pages[page].lines.clone();
            self.lines
                .push_cells(lines, |term| selection.term(term), &mut rows);
            rows
        })
    }
}

impl Selection {
    /// Number of features.
    pub fn columns(&self) -> usize {
        Layout::columns(self.vocabulary.len())
    }

    /// The index in the vocabulary of a term of the corpus.
    fn term(&self, id: TermId) -> Option<TermId> {
        let term = self.map[id as usize];
        (term != DROPPED).then_some(term)
    }
}

fn site_of(page: &LabelledPage) -> Result<&str> {
    page.page().site.as_deref().ok_or_else(|| {
        Error::Corpus(format!(
            "page {:?} has no site: put its file into a folder named after the site, or give \
             \"site\" or \"url\"",
            page.page().id
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::extract;
    use crate::vocabulary::VocabularyIndex;

    fn page(site: &str, id: &str, lines: &[(Label, &str)]) -> LabelledPage {
        let mut page = LabelledPage::new(id, Some(site.to_owned()));
        for (label, line) in lines {
            page.push(*label, line.as_bytes());
        }
        page
    }

    fn corpus() -> Vec<LabelledPage> {
        let menu = (Label::Navigation, "Beranda Kontak");
        vec![
            page("b", "1", &[menu, (Label::Content, "Warga membaca buku.")]),
            page("a", "2", &[menu, (Label::Content, "Harga beras naik.")]),
            page("a", "1", &[menu, (Label::Content, "Dibaca warga desa.")]),
        ]
    }

    const TWO_SITES: VocabularySettings = VocabularySettings {
        min_sites: 2,
        max_terms: None,
    };

    #[test]
    fn a_term_must_stand_on_enough_training_sites() {
        let extracted = Extracted::new(&corpus(), Extras::default()).expect("sites are given");
        let selection = extracted.select(TWO_SITES, |_| true).expect("small");
        let terms: Vec<_> = (0..selection.vocabulary.len() as u32)
            .map(|id| selection.vocabulary.term(id).to_owned())
            .collect();
        assert_eq!(
            terms.join("|"),
            ".|. </s>|<s> beranda|<s> beranda kontak|<s> beranda kontak </s>|beranda|\
             beranda kontak </s>|kontak|kontak </s>|warga|~anda|~baca|~kontak|~warga"
        );
        let alone = extracted
            .select(TWO_SITES, |site| site == 0)
            .expect("small");
        assert!(alone.vocabulary.is_empty(), "one site is not two");
    }

    #[test]
    fn the_terms_on_most_sites_are_kept_first() {
        let extracted = Extracted::new(&corpus(), Extras::default()).expect("sites are given");
        let settings = VocabularySettings {
            min_sites: 1,
            max_terms: Some(3),
        };
        let selection = extracted.select(settings, |_| true).expect("small");
        assert_eq!(selection.vocabulary.len(), 3);
        assert_eq!(selection.vocabulary.term(2), "<s> beranda");
    }

    #[test]
    fn picked_rows_are_those_that_the_vocabulary_extracts() {
        let extracted = Extracted::new(&corpus(), Extras::default()).expect("sites are given");
        let selection = extracted.select(TWO_SITES, |_| true).expect("small");
        let linguist = Linguist::default();
        let mut index = VocabularyIndex::new(&selection.vocabulary, &linguist);
        let columns = Layout::columns(selection.vocabulary.len());
        for (page, at) in corpus().iter().zip([2, 1, 0]) {
            let direct = extract(page.page(), None, &linguist, &mut index, columns);
            let picked = extracted.rows([&extracted.pages()[at]], &selection);
            assert_eq!(direct, picked);
        }
    }

    #[test]
    fn the_rows_of_the_matrix_are_the_picked_ones() {
        let extracted = Extracted::new(&corpus(), Extras::default()).expect("sites are given");
        let selection = extracted.select(TWO_SITES, |_| true).expect("small");
        let pages: Vec<&PageLines> = extracted.pages().iter().collect();
        let matrix = extracted.matrix(&pages, &selection);
        let picked = extracted.rows(pages, &selection);
        assert_eq!(matrix.columns(), picked.columns());
        assert_eq!(matrix.len(), picked.len());
        for (row, expected) in picked.rows().enumerate() {
            let mut columns = matrix.row(row);
            columns.sort_unstable();
            assert_eq!(columns, expected);
        }
    }

    #[test]
    fn pages_described_one_by_one_are_those_described_together() {
        let corpus = corpus();
        let together = Extracted::new(&corpus, Extras::default()).expect("sites are given");
        let single = Extracted::in_chunks(&corpus, Extras::default(), 1).expect("sites are given");
        assert!(together.terms.iter().eq(single.terms.iter()));
        assert_eq!(together.lines, single.lines);
        for id in 0..together.terms.len() as TermId {
            assert_eq!(together.sites_of_terms.of(id), single.sites_of_terms.of(id));
        }
    }

    #[test]
    fn a_page_without_a_site_is_refused() {
        let page = LabelledPage::new("x", None);
        assert!(Extracted::new(&[page], Extras::default()).is_err());
        let mut page = LabelledPage::new("x", None);
        page.push(Label::Content, b"a");
        let error = Extracted::new(&[page], Extras::default())
            .err()
            .expect("no site")
            .to_string();
        assert!(error.contains("\"x\" has no site"), "{error}");
    }

    /// Four pages of a site, so that each has three others in its profile.
    #[test]
    fn thinned_copies_share_the_weight_of_a_page_and_are_not_predicted() {
        let page = |id: usize| {
            let mut page = page("a", &id.to_string(), &[]);
            (0..20).for_each(|line| page.push(Label::Content, format!("baris {line}").as_bytes()));
            page.push(
                Label::Content,
                format!("halaman {id}{}", "a".repeat(id)).as_bytes(),
            );
            page
        };
        let corpus: Vec<LabelledPage> = (0..4).map(page).collect();
        let mut builder = crate::profile::ProfileBuilder::default();
        corpus.iter().for_each(|page| {
            builder.add(page.page());
        });
        let profiles = builder.finish();
        for (profiles, rows) in [(None, 3), (Some(&profiles), 6)] {
            let extras = Extras {
                profiles,
                thinned_copies: 2,
            };
            let extracted = Extracted::new(&corpus, extras).expect("sites are given");
            assert_eq!(extracted.pages().len(), 4 * rows);
            assert_eq!(extracted.original_lines().count(), 4 * 21);
            assert_eq!(extracted.has_profiles(), profiles.is_some());
            let weight: f64 = extracted.pages().iter().map(|page| page.weight).sum();
            assert!((weight - 4.0).abs() < 1e-12, "{weight}");
            let thinned = extracted.pages().iter().filter(|page| page.is_thinned);
            assert!(thinned.clone().all(|page| page.lines.len() < 21));
            assert_eq!(thinned.count(), 4 * rows * 2 / 3);
        }
    }
}
