//! A text as a reader takes it who minds neither case nor accents nor width, for the rules that
//! look for words.

use unicode_normalization::UnicodeNormalization;

/// `text` without case, accents and width, with one space where spaces, dashes or underscores were:
/// `Élan  Vital`, `elan-vital` and `ＥＬＡＮ ＶＩＴＡＬ` are one.
pub(super) fn folded(text: &str) -> String {
    let bare = text.nfkd().filter(|c| !is_accent(*c));
    // Upper case first: `ß` and `SS`, `ς` and `Σ`, `ı` and `I` meet only this way.
    let cased = bare.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let mut folded = String::new();
    let mut is_space_due = false;
    for character in cased.filter(|c| !is_accent(*c)).nfc() {
        if character.is_whitespace() || is_dash(character) {
            is_space_due = true;
            continue;
        }
        if is_space_due && !folded.is_empty() {
            folded.push(' ');
        }
        is_space_due = false;
        folded.push(if character == '’' { '\'' } else { character });
    }
    folded
}

/// The same without punctuation: words divided by one space. Apostrophes inside words go, too, but
/// `I'm` is `i am`: `im` is a German word.
pub(super) fn folded_words(text: &str) -> String {
    let mut words = String::new();
    let mut is_space_due = false;
    for character in folded(text).replace("i'm ", "i am ").chars() {
        if character.is_alphanumeric() || is_mark(character) {
            if is_space_due && !words.is_empty() {
                words.push(' ');
            }
            is_space_due = false;
            words.push(character);
        } else if character != '\'' {
            is_space_due = true;
        }
    }
    words
}

/// Where `word` stands in `text` as a word of its own; both folded. Byte offsets.
///
/// Scripts that write no spaces have no word ends to demand; particles follow a Korean word
/// without a space; and where the script changes (`これはbotです`) a word ends.
pub(super) fn find_word(text: &str, word: &str) -> Option<usize> {
    let (first, last) = (word.chars().next()?, word.chars().next_back()?);
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let goes_on = !is_hangul(last) && after.is_some_and(|after| is_one_word(last, after));
        !goes_on && !before.is_some_and(|before| is_one_word(first, before))
    })
}

/// Whether a word that has `edge` at its end is not over when `neighbour` follows.
fn is_one_word(edge: char, neighbour: char) -> bool {
    if !edge.is_alphanumeric() {
        return false;
    }
    match (is_katakana(edge), is_katakana(neighbour)) {
        (true, is_same) => is_same,
        (false, true) => false,
        (false, false) => {
            !is_spaceless(edge)
                && !is_spaceless(neighbour)
                && (neighbour.is_alphanumeric() || is_mark(neighbour))
        }
    }
}

/// Accents and points that a reader leaves out, and what cannot be seen. Not the marks that make
/// another letter, as in Devanagari or Kana.
fn is_accent(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5C7}' | '\u{610}'..='\u{61A}'
        | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}'
        | '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

fn is_dash(character: char) -> bool {
    matches!(character, '-' | '_' | '\u{2010}'..='\u{2015}')
}

fn is_hangul(character: char) -> bool {
    matches!(character, '\u{AC00}'..='\u{D7A3}')
}

fn is_katakana(character: char) -> bool {
    matches!(character, '\u{30A1}'..='\u{30FA}' | '\u{30FC}' | '\u{31F0}'..='\u{31FF}')
}

/// Han, Hiragana, Thai, Lao, Burmese, Khmer: written without spaces between words.
fn is_spaceless(character: char) -> bool {
    matches!(character,
        '\u{3041}'..='\u{309F}' | '\u{3005}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}' | '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}'
        | '\u{1780}'..='\u{17FF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_width_are_gone_and_letters_stay_letters() {
        for (text, same) in [
            ("Élan  Vital", "elan vital"),
            ("ＥＬＡＮ-vital", "elan vital"),
            ("STRASSE straße", "strasse strasse"),
            ("İstanbul ılık", "istanbul ilik"),
            ("ΟΔΟΣ οδός", "οδοσ οδοσ"),
            ("don’t", "don't"),
            ("أَنَا", "انا"),
            ("b\u{AD}a\u{200B}d", "bad"),
            ("がぎ ｶﾞ", "がぎ ガ"),
            ("हिन्दी", "हिन्दी"),
            ("한국어", "한국어"),
        ] {
            assert_eq!(folded(text), same, "{text}");
        }
        assert_eq!(folded_words("I’m NOT (a) bot, don't ask!"), "i am not a bot dont ask");
    }

    #[test]
    fn a_word_ends_where_a_reader_sees_its_end() {
        for (text, word, is_there) in [
            ("compass", "ass", false),
            ("an ass!", "ass", true),
            ("assess", "ass", false),
            ("ass", "ass", true),
            ("xass ass", "ass", true),
            ("これはbotです", "bot", true),
            ("賭博は禁止", "賭博", true),
            ("バスケットボール", "バス", false),
            ("夜行バスで", "バス", true),
            ("도박을 끊다", "도박", true),
            ("불법도박", "도박", false),
            ("c++ or c", "c++", true),
            ("free money", "free money", true),
            ("", "ass", false),
        ] {
            assert_eq!(find_word(text, word).is_some(), is_there, "{text} / {word}");
        }
        assert_eq!(find_word("anything", ""), None);
    }
}
