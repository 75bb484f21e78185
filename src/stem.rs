//! A **stem** is what Snowball leaves of a word once its affixes are off: `membacanya` and
//! `dibaca` share one.
//!
//! Pages in Indonesian carry furniture in English (`Leave a Reply`, `Related posts`), so a line is
//! first told to be of one [`Language`] by its stopwords, and its words are stemmed in that
//! language: Indonesian by `snowball_stemmers_rs`, English by `rust-stemmers` (which has no
//! Indonesian). Snowball's Indonesian over-stems (`berita` becomes `ita`), so a stem never
//! replaces its word: both are features.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::cue::{Cue, cues};

/// The language of a line, as far as its stopwords tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// At least as many Indonesian as English stopwords; also where there is neither.
    Indonesian,
    /// More English than Indonesian stopwords.
    English,
}

impl Language {
    /// The language of a line with these numbers of stopwords.
    pub fn of(indonesian: usize, english: usize) -> Self {
        if english > indonesian {
            Self::English
        } else {
            Self::Indonesian
        }
    }
}

/// Indonesian function words: the closed classes (prepositions, conjunctions, pronouns, particles,
/// auxiliaries and negations) of the written language.
const INDONESIAN: &str = "ada adalah agar akan akibat aku anda antar antara apa apabila apakah \
    atas atau bagai bagaimana bagi bahkan bahwa banyak baru bawah beberapa belum berbagai bila \
    bisa boleh bukan dalam dan dapat dari daripada demi demikian dengan di dia dulu guna hal \
    hampir hanya harus hingga ia ialah ini itu jadi jangan jika juga kalau kalian kami kamu karena \
    ke kemudian kepada kerap ketika kini kita lagi lain lainnya lalu lebih maka makin mana masih \
    maupun melainkan melalui memang mengapa menjadi menurut mereka meski meskipun mungkin namun \
    nya oleh pada padahal paling para pasti per perlu pernah pula pun saat saja saling sambil \
    sampai sana sang sangat saya se sebab sebagai sebagaimana sebelum sebelumnya sebuah secara \
    sedang sedangkan segala sehingga sejak sejumlah sekitar selain selalu selama seluruh semakin \
    sementara semua seorang seperti serta sesuai sesudah setelah setiap si siapa suatu sudah supaya \
    tak tanpa tapi telah tentang tentu terhadap termasuk ternyata tersebut tetap tetapi tiap tidak \
    tidaklah untuk walau walaupun yaitu yakni yang";

/// English function words, and the words of the page furniture that themes leave untranslated.
const ENGLISH: &str = "a about address after all an and archives are as at be been before but by \
    can categories comment comments continue copyright do email for from has have here his how i if \
    in into is it its leave like login me more most my name newer next no not of off older on or \
    our out popular post posted posts powered previous published read recent related reply required \
    reserved rights search see share sign skip so subscribe tags than that the their them then \
    there these they this to up us view was we website were what when which who will with you your";

/// Whether a word begins or ends with what Snowball's Indonesian takes off one, or with the beginning or the
/// end of that.
fn has_affix(word: &[u8]) -> bool {
    let has_prefix = matches!(
        word,
        [b'b' | b'k' | b'm' | b'p', b'e', ..] | [b'd', b'i', ..] | [b't', b'e', b'r', ..]
    );
    let has_suffix = matches!(
        word,
        [.., b'i']
            | [.., b'a', b'n']
            | [.., b'k' | b'm', b'u']
            | [.., b'k' | b'l', b'a', b'h']
            | [.., b'n', b'y', b'a']
            | [.., b'p', b'u', b'n']
    );
    has_prefix || has_suffix
}

/// Whether Snowball's Indonesian may take something off a lower-case word: it leaves those with less than
/// three vowels as they are, and those without an affix.
fn may_be_derived(word: &str) -> bool {
    let is_vowel = |byte: &u8| matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u');
    word.bytes().filter(is_vowel).count() > 2 && has_affix(word.as_bytes())
}

/// The ends of what Snowball's English takes off a word or puts in place of something else.
const ENGLISH_ENDS: [&str; 16] = [
    "al", "ant", "e", "ed", "ent", "er", "ful", "i", "ic", "ing", "ion", "ism", "ll", "or", "s",
    "y",
];

/// Whether Snowball's English may take something off a lower-case word, or put something in its place: off
/// any that is not made of plain letters.
fn may_be_inflected(word: &str) -> bool {
    let is_plain = word.bytes().all(|byte| byte.is_ascii_lowercase());
    !is_plain || ENGLISH_ENDS.iter().any(|end| word.ends_with(end))
}

/// Whether it is known without a stemmer that nothing comes off a lower-case word.
pub(crate) fn is_stem(word: &str, language: Language) -> bool {
    match language {
        Language::Indonesian => !may_be_derived(word),
        Language::English => !may_be_inflected(word),
    }
}

/// The stopwords of both languages, the cues, and the stemmers.
pub struct Linguist {
    indonesian: FxHashSet<&'static str>,
    english: FxHashSet<&'static str>,
    cues: FxHashMap<&'static str, Cue>,
    indonesian_stemmer: snowball_stemmers_rs::Stemmer,
    english_stemmer: rust_stemmers::Stemmer,
}

impl Default for Linguist {
    fn default() -> Self {
        Self {
            indonesian: INDONESIAN.split_whitespace().collect(),
            english: ENGLISH.split_whitespace().collect(),
            cues: cues(),
            indonesian_stemmer: snowball_stemmers_rs::Stemmer::create(
                snowball_stemmers_rs::Algorithm::Indonesian,
            ),
            english_stemmer: rust_stemmers::Stemmer::create(rust_stemmers::Algorithm::English),
        }
    }
}

impl Linguist {
    /// Whether a lower-case word is an Indonesian function word.
    pub fn is_indonesian_stopword(&self, word: &str) -> bool {
        self.indonesian.contains(word)
    }

    /// Whether a lower-case word is an English function word or untranslated furniture.
    pub fn is_english_stopword(&self, word: &str) -> bool {
        self.english.contains(word)
    }

    /// All stopwords and cues, some of them twice.
    pub(crate) fn words(&self) -> impl Iterator<Item = &'static str> {
        let stopwords = self.indonesian.iter().chain(&self.english);
        stopwords.chain(self.cues.keys()).copied()
    }

    /// What kind of furniture a lower-case word is a cue of.
    pub(crate) fn cue(&self, word: &str) -> Option<Cue> {
        self.cues.get(word).copied()
    }

    /// The stem of a lower-case word in a language; the word itself where nothing comes off.
    ///
    /// ```
    /// use saring::stem::{Language, Linguist};
    /// let linguist = Linguist::default();
    /// assert_eq!(linguist.stem("dibacakan", Language::Indonesian), "baca");
    /// assert_eq!(linguist.stem("comments", Language::English), "comment");
    /// ```
    pub fn stem<'w>(&self, word: &'w str, language: Language) -> Cow<'w, str> {
        match language {
            _ if is_stem(word, language) => Cow::Borrowed(word),
            Language::Indonesian => self.indonesian_stemmer.stem(word),
            Language::English => self.english_stemmer.stem(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_word_that_cannot_be_inflected_is_its_own_stem(
            word in "'?[a-z]{0,6}(|'|é)(a|e|i|o|u|y|ment|ation|iz|at|iv|ous|less|ful|ness|abil)?[a-z]{0,3}",
        ) {
            let linguist = Linguist::default();
            if !may_be_inflected(&word) {
                prop_assert_eq!(linguist.english_stemmer.stem(&word), word.as_str());
            }
        }

        #[test]
        fn a_word_that_cannot_be_derived_is_its_own_stem(
            word in "(|be|bel|ber|di|ke|mem|men|meng|pe|pel|pem|pen|per|ter|te|m|é)[a-z]{0,7}(|a|an|kan|i|kah|ku|lah|mu|nya|pun|n)(|kah|lah|pun|é)",
        ) {
            let linguist = Linguist::default();
            if !may_be_derived(&word) {
                prop_assert_eq!(linguist.indonesian_stemmer.stem(&word), word.as_str());
            }
        }
    }

    #[test]
    fn stopwords_tell_the_language_of_a_line() {
        let linguist = Linguist::default();
        let language = |line: &str| {
            let words: Vec<_> = line.split(' ').collect();
            let indonesian = words.iter().filter(|w| linguist.is_indonesian_stopword(w));
            let english = words.iter().filter(|w| linguist.is_english_stopword(w));
            Language::of(indonesian.count(), english.count())
        };
        assert_eq!(language("leave a reply"), Language::English);
        assert_eq!(language("related posts"), Language::English);
        assert_eq!(language("baca juga"), Language::Indonesian);
        assert_eq!(language("harga beras"), Language::Indonesian);
        assert_eq!(language("share berita ini"), Language::Indonesian);
    }

    #[test]
    fn the_lists_are_sorted_and_hold_no_word_twice() {
        for list in [ENGLISH, INDONESIAN] {
            let words: Vec<_> = list.split_whitespace().collect();
            assert!(words.is_sorted());
            let set: FxHashSet<_> = words.iter().collect();
            assert_eq!(set.len(), words.len());
        }
    }

    /// snowballstemmer's published Indonesian vocabulary has these pairs.
    #[test]
    fn indonesian_stems_are_snowballs() {
        let linguist = Linguist::default();
        for (word, stem) in [("berita", "ita"), ("mengatakan", "ata"), ("anak", "anak")] {
            assert_eq!(linguist.stem(word, Language::Indonesian), stem);
        }
    }
}
