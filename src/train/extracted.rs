//! An **extracted corpus** holds the features of labelled pages over *all* their terms, extracted
//! once. The vocabulary of a fold, and its rows, are picked out of it: what a fold learns comes
//! from its own pages only.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::features::{Layout, SparseRows, TermId, TermIndex, extract};
use crate::profile::SiteProfiles;
use crate::stem::{Language, Linguist};
use crate::vocabulary::{Vocabulary, stem_term};
use crate::{Error, Label, LabelledPage, Result};

/// Stands for "this term is not in the vocabulary".
const DROPPED: TermId = TermId::MAX;

/// The features and gold labels of a corpus, its pages sorted by site and id.
pub struct Extracted {
    rows: SparseRows,
    gold: Vec<Label>,
    characters: Vec<usize>,
    pages: Vec<PageLines>,
    sites: Vec<String>,
    terms: Vec<String>,
    sites_of_term: Vec<Vec<u32>>,
    linguist: Linguist,
}

/// One page of an extracted corpus.
#[derive(Clone, Debug)]
pub struct PageLines {
    /// The index of its site.
    pub site: usize,
    /// How much it counts. A page with a profile stands here with it and without it, each counting
    /// one half, so that the absence of a profile never hurts.
    pub weight: f64,
    /// Whether it is predicted when its fold is held out: the one with the profile of the two.
    pub is_predicted: bool,
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

impl Extracted {
    /// Extracts the features of every page; pages without lines are left out.
    ///
    /// # Errors
    /// [`Error::Corpus`] where a page has no site, or nothing is left.
    pub fn new(corpus: &[LabelledPage], profiles: Option<&SiteProfiles>) -> Result<Self> {
        let mut pages: Vec<(&str, &LabelledPage)> = corpus
            .iter()
            .filter(|page| !page.page().is_empty())
            .map(|page| Ok((site_of(page)?, page)))
            .collect::<Result<_>>()?;
        pages.sort_by_key(|(site, page)| (*site, &page.page().id));
        let mut extracted = Self::empty();
        let mut interner = Interner::default();
        for (site, page) in pages {
            let shares = profiles.and_then(|profiles| profiles.shares(page.page()));
            if let Some(shares) = shares {
                extracted.push(site, page, Some(&shares), 0.5, &mut interner);
                extracted.push(site, page, None, 0.5, &mut interner);
            } else {
                extracted.push(site, page, None, 1.0, &mut interner);
            }
        }
        if extracted.gold.is_empty() {
            return Err(Error::Corpus(
                "no page has a line: give labelled pages".to_owned(),
            ));
        }
        extracted.finish(interner);
        Ok(extracted)
    }

    fn empty() -> Self {
        Self {
            rows: SparseRows::new(u32::MAX as usize),
            gold: Vec::new(),
            characters: Vec::new(),
            pages: Vec::new(),
            sites: Vec::new(),
            terms: Vec::new(),
            sites_of_term: Vec::new(),
            linguist: Linguist::default(),
        }
    }

    fn push(
        &mut self,
        site: &str,
        page: &LabelledPage,
        shares: Option<&[f32]>,
        weight: f64,
        interner: &mut Interner,
    ) {
        if self.sites.last().is_none_or(|last| last != site) {
            self.sites.push(site.to_owned());
        }
        let start = self.gold.len();
        let rows = extract(
            page.page(),
            shares,
            &self.linguist,
            interner,
            self.rows.columns(),
        );
        self.rows.append(&rows);
        self.gold.extend_from_slice(page.labels());
        self.characters
            .extend(crate::normalize::characters(page.page().lines()));
        self.pages.push(PageLines {
            site: self.sites.len() - 1,
            weight,
            is_predicted: shares.is_some() || weight == 1.0,
            lines: start..self.gold.len(),
        });
    }

    fn finish(&mut self, interner: Interner) {
        self.terms = interner.terms;
        self.sites_of_term = vec![Vec::new(); self.terms.len()];
        for page in &self.pages {
            let site = page.site as u32;
            for &feature in page.lines.clone().flat_map(|line| self.rows.row(line)) {
                if let Some((term, _)) = Layout::term_of(feature) {
                    let sites = &mut self.sites_of_term[term as usize];
                    if sites.last() != Some(&site) {
                        sites.push(site);
                    }
                }
            }
        }
    }

    /// Whether any page has a profile.
    pub fn has_profiles(&self) -> bool {
        self.pages.iter().any(|page| !page.is_predicted)
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
        is_training: impl Fn(usize) -> bool,
    ) -> Result<Selection> {
        let count = |sites: &Vec<u32>| {
            sites
                .iter()
                .filter(|&&site| is_training(site as usize))
                .count()
        };
        let mut kept: Vec<(usize, TermId)> = self
            .sites_of_term
            .iter()
            .zip(0..)
            .map(|(sites, id)| (count(sites), id))
            .filter(|&(sites, _)| sites >= settings.min_sites.max(1))
            .collect();
        let term = |id: TermId| self.terms[id as usize].as_str();
        kept.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| term(a.1).cmp(term(b.1))));
        kept.truncate(settings.max_terms.unwrap_or(usize::MAX));
        kept.sort_unstable_by_key(|&(_, id)| term(id));
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
        let mut rows = SparseRows::new(Layout::columns(selection.vocabulary.len()));
        let mut kept = Vec::new();
        for line in pages.into_iter().flat_map(|page| page.lines.clone()) {
            kept.clear();
            kept.extend(
                self.rows
                    .row(line)
                    .iter()
                    .filter_map(|&feature| selection.feature(feature)),
            );
            rows.push(&mut kept);
        }
        rows
    }
}

impl Selection {
    /// The feature of the selection that a feature over all terms is.
    fn feature(&self, feature: u32) -> Option<u32> {
        match Layout::term_of(feature) {
            None => Some(feature),
            Some((term, slot)) => {
                let term = self.map[term as usize];
                (term != DROPPED).then(|| Layout::term(term, slot))
            }
        }
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

/// Takes every term.
#[derive(Default)]
struct Interner {
    ids: FxHashMap<String, TermId>,
    terms: Vec<String>,
    stems: FxHashMap<(TermId, Language), TermId>,
    linguist: Linguist,
}

impl TermIndex for Interner {
    fn term(&mut self, term: &str) -> Option<TermId> {
        if let Some(&id) = self.ids.get(term) {
            return Some(id);
        }
        let id = self.terms.len() as TermId;
        self.ids.insert(term.to_owned(), id);
        self.terms.push(term.to_owned());
        Some(id)
    }

    fn stem(&mut self, word: &str, id: Option<TermId>, language: Language) -> Option<TermId> {
        let key = (id?, language);
        if let Some(&stem) = self.stems.get(&key) {
            return Some(stem);
        }
        let stem = self.term(&stem_term(word, language, &self.linguist))?;
        self.stems.insert(key, stem);
        Some(stem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let extracted = Extracted::new(&corpus(), None).expect("sites are given");
        let selection = extracted.select(TWO_SITES, |_| true).expect("small");
        let terms: Vec<_> = (0..selection.vocabulary.len() as u32)
            .map(|id| selection.vocabulary.term(id).to_owned())
            .collect();
        assert_eq!(
            terms.join("|"),
            ".|. </s>|<s> beranda|<s> beranda kontak|<s> beranda kontak </s>|beranda|\
             beranda kontak|beranda kontak </s>|kontak|kontak </s>|warga|~anda|~baca|~kontak|\
             ~warga"
        );
        let alone = extracted
            .select(TWO_SITES, |site| site == 0)
            .expect("small");
        assert!(alone.vocabulary.is_empty(), "one site is not two");
    }

    #[test]
    fn the_terms_on_most_sites_are_kept_first() {
        let extracted = Extracted::new(&corpus(), None).expect("sites are given");
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
        let extracted = Extracted::new(&corpus(), None).expect("sites are given");
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
    fn a_page_without_a_site_is_refused() {
        let page = LabelledPage::new("x", None);
        assert!(Extracted::new(&[page], None).is_err());
        let mut page = LabelledPage::new("x", None);
        page.push(Label::Content, b"a");
        let error = Extracted::new(&[page], None)
            .err()
            .expect("no site")
            .to_string();
        assert!(error.contains("\"x\" has no site"), "{error}");
    }
}
