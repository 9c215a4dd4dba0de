//! The text as it would be sent, and pieces of it that several rules look at.

use unicode_normalization::UnicodeNormalization;

/// Quotation marks that models put around a whole post.
const ENVELOPES: [(char, char); 3] = [('"', '"'), ('“', '”'), ('«', '»')];

/// What would go out for `raw`: line ends as X has them, NFC, no space around it, and without
/// quotation marks that enclose all of it.
pub(super) fn tidy(raw: &str) -> String {
    let text: String = raw.replace("\r\n", "\n").replace('\r', "\n").nfc().collect();
    open_envelope(text.trim()).to_owned()
}

/// The words of `text`, without punctuation around them, in lower case.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(|word| !word.is_empty())
}

/// The start of `text` for a message: at most `chars_max` characters, on one line.
pub(in crate::rules) fn start_of(text: &str, chars_max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut start: String = line.chars().take(chars_max).collect();
    if start.len() < line.len() {
        start.push('…');
    }
    start
}

/// Takes one pair of quotation marks off, if nothing inside uses the same marks: `"a" and "b"`
/// keeps its own.
fn open_envelope(text: &str) -> &str {
    ENVELOPES
        .iter()
        .find_map(|(open, close)| {
            let inside = text.strip_prefix(*open)?.strip_suffix(*close)?;
            (!inside.contains([*open, *close])).then(|| inside.trim())
        })
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_quotation_marks_around_the_whole_are_taken_off() {
        for (raw, tidied) in [
            (" \"Rain at nine.\"\n", "Rain at nine."),
            ("“Rain at nine.”", "Rain at nine."),
            ("\"Rain\" and \"wind\"", "\"Rain\" and \"wind\""),
            ("\"Rain\" at nine.", "\"Rain\" at nine."),
            ("\"", "\""),
            ("a\r\nb\rc", "a\nb\nc"),
            ("A\u{301}", "Á"),
        ] {
            assert_eq!(tidy(raw), tidied, "{raw:?}");
        }
    }

    #[test]
    fn a_start_is_one_line_and_shows_that_more_follows() {
        assert_eq!(start_of("one\ntwo  three", 20), "one two three");
        assert_eq!(start_of("one two three", 7), "one two…");
    }
}
