//! A **raw page** is a page whose text is not looked into yet.

use crate::Page;
use crate::site::site_of;

/// A page as a record of an archive or of a table holds it. To make one is cheap; to find its lines
/// and its site is left to [`RawPage::into_page`], which may be another thread's work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawPage {
    /// Names the page.
    pub id: String,
    /// Where the page was found, `None` if unknown.
    pub url: Option<String>,
    /// Its lines, parted by line feeds.
    pub text: Vec<u8>,
    /// Where its record stands in the input: the byte where it begins, or the number of its row.
    pub position: u64,
}

impl RawPage {
    /// The page; its site is the host of its URL, lower case, without port and `www.`.
    pub fn into_page(self) -> Page {
        let site = self.url.as_deref().and_then(site_of);
        Page::from_bytes(self.id, site, self.text)
    }
}
