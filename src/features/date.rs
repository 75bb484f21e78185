//! A **date** is told by its form: `3 Februari 2025`, `3/2/2025`, `2 jam yang lalu`, `10:42`. Bylines and
//! listings have them.

/// The names of months in lower case, as the dates of Indonesian and English pages write them.
const MONTHS: &[&str] = &[
    "januari",
    "februari",
    "maret",
    "april",
    "mei",
    "juni",
    "juli",
    "agustus",
    "september",
    "oktober",
    "november",
    "desember",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "agu",
    "ags",
    "agt",
    "aug",
    "sep",
    "sept",
    "okt",
    "oct",
    "nov",
    "des",
    "dec",
    "january",
    "february",
    "march",
    "may",
    "june",
    "july",
    "august",
    "october",
    "december",
];
/// The units of `3 jam lalu`.
const UNITS: &[&str] = &[
    "detik", "menit", "jam", "hari", "minggu", "pekan", "bulan", "tahun",
];
/// What follows a unit.
const AFTER_UNIT: &[&str] = &["lalu", "yang"];
/// What the time that has passed in English ends with.
const AGO: &str = "ago";

/// Whether a lower-case word is the name of a month.
pub(crate) fn is_month(word: &str) -> bool {
    MONTHS.contains(&word)
}

/// Whether a lower-case word is a unit of `3 jam lalu`.
pub(crate) fn is_unit(word: &str) -> bool {
    UNITS.contains(&word)
}

/// Whether a lower-case word may follow a unit.
pub(crate) fn is_after_unit(word: &str) -> bool {
    AFTER_UNIT.contains(&word)
}

/// Whether a lower-case word ends the time that has passed in English.
pub(crate) fn is_ago(word: &str) -> bool {
    word == AGO
}

/// All words of which one of these holds.
pub(crate) fn words() -> impl Iterator<Item = &'static str> {
    let words = MONTHS.iter().chain(UNITS).chain(AFTER_UNIT);
    words.copied().chain([AGO])
}

/// The place in [`DATE`](super::categorical::DATE) of a line with these terms.
pub(super) fn date_class(text: &str, terms: &[String]) -> usize {
    let is_number = |term: &String| term.starts_with('#') && term.len() > 1;
    let around = |at: usize| {
        let before = at.checked_sub(1).and_then(|index| terms.get(index));
        before.is_some_and(is_number) || terms.get(at + 1).is_some_and(is_number)
    };
    let mut positions = terms.iter().enumerate();
    if positions
        .clone()
        .any(|(at, term)| around(at) && is_month(term))
    {
        2
    } else if terms
        .windows(5)
        .any(|w| w[0].starts_with('#') && w[1] == "/" && w[3] == "/")
    {
        3
    } else if terms.iter().any(|term| is_ago(term))
        || positions.any(|(at, term)| {
            let next = terms.get(at + 1);
            next.is_some_and(|next| is_after_unit(next)) && is_unit(term) && around(at)
        })
    {
        4
    } else {
        usize::from(has_clock(text))
    }
}

/// Whether a time of day stands in a line that has a colon.
pub(crate) fn has_clock(text: &str) -> bool {
    let clock = |window: &[u8]| {
        window[0].is_ascii_digit()
            && matches!(window[1], b':' | b'.')
            && window[2].is_ascii_digit()
            && window[3].is_ascii_digit()
    };
    text.as_bytes().windows(4).any(clock) && text.contains(':')
}

#[cfg(test)]
mod tests {
    use super::super::categorical::DATE;
    use super::super::line::Line;
    use super::*;
    use crate::stem::Linguist;

    #[test]
    fn dates_are_told_by_their_form() {
        let terms = |text: &str| Line::new(text.as_bytes(), &Linguist::default()).terms;
        let date = |text| DATE[date_class(text, &terms(text))];
        assert_eq!(date("Senin, 3 Februari 2025"), "month");
        assert_eq!(date("Diterbitkan 03/02/2025"), "slashes");
        assert_eq!(date("2 jam yang lalu"), "ago");
        assert_eq!(date("Pukul 10:42 WIB"), "clock");
        assert_eq!(date("Maret memang bulan hujan"), "none");
    }
}
