//! A **batch** is many pages that are cleaned on several threads, none of which holds the GIL.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use saring::output::write_text;
use saring::predict::{Predictor, Worker};
use saring::window::WindowSize;
use saring::{Label, Page};

/// Pages that a thread takes at a time.
const PAGES_AT_A_TIME: usize = 32;

/// What is given of a page: its text and its site, where they are known.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// The text; a page without one stays without.
    pub text: Option<&'a str>,
    /// The site.
    pub site: Option<&'a str>,
}

/// Cleaned pages, in the order in which they were given: the bytes of all, one after the other, and
/// how many each has, `None` for a page without a text.
#[derive(Debug, Default)]
pub struct Cleaned {
    /// Kept lines, each with its line feed; whole lines of the texts, so UTF-8.
    pub bytes: Vec<u8>,
    /// A page's number of bytes.
    pub lengths: Vec<Option<usize>>,
}

impl Cleaned {
    /// Cleans one more page.
    pub fn push(&mut self, given: Given, worker: &mut Worker) {
        let start = self.bytes.len();
        let length = given.text.map(|text| {
            let page = Page::from_text("", given.site.map(str::to_owned), text);
            let lines = worker.predict_in_windows(&page, WindowSize::default());
            write_text(&page, &lines, &[Label::Content], &mut self.bytes)
                .expect("a Vec takes all bytes");
            self.bytes.len() - start
        });
        self.lengths.push(length);
    }

    /// The cleaned text of each page.
    pub fn texts(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let mut rest = &self.bytes[..];
        self.lengths.iter().map(move |length| {
            let (text, below) = rest.split_at((*length)?);
            rest = below;
            Some(text)
        })
    }
}

/// Cleans `count` pages on `threads` threads.
pub fn clean<'a>(
    predictor: &Predictor,
    count: usize,
    given: impl Fn(usize) -> Given<'a> + Sync,
    threads: usize,
) -> Cleaned {
    let next = AtomicUsize::new(0);
    let work = || work(predictor, count, &given, &next);
    let threads = threads.min(count.div_ceil(PAGES_AT_A_TIME));
    let mut parts = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut parts = work();
        for other in others {
            parts.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        parts
    });
    parts.sort_unstable_by_key(|(start, _)| *start);
    joined(parts)
}

/// Takes some pages after others, until there are none; each part begins at the page of its number.
fn work<'a>(
    predictor: &Predictor,
    count: usize,
    given: &impl Fn(usize) -> Given<'a>,
    next: &AtomicUsize,
) -> Vec<(usize, Cleaned)> {
    let mut parts = Vec::new();
    let mut worker = predictor.worker();
    while let Some(range) = take(next, count) {
        let start = range.start;
        let mut part = Cleaned::default();
        range.for_each(|at| part.push(given(at), &mut worker));
        parts.push((start, part));
    }
    parts
}

fn take(next: &AtomicUsize, count: usize) -> Option<Range<usize>> {
    let start = next.fetch_add(PAGES_AT_A_TIME, Ordering::Relaxed);
    (start < count).then(|| start..count.min(start + PAGES_AT_A_TIME))
}

fn joined(parts: Vec<(usize, Cleaned)>) -> Cleaned {
    let mut all = Cleaned::default();
    all.bytes
        .reserve_exact(parts.iter().map(|(_, part)| part.bytes.len()).sum());
    for (_, part) in parts {
        all.bytes.extend(part.bytes);
        all.lengths.extend(part.lengths);
    }
    all
}
