//! What a text is about, in a few words: enough for a model to keep away from it, and far fewer than
//! the text.

use std::collections::{HashMap, HashSet};

/// Words of a subject.
const WORDS_MAX: usize = 4;
/// Shorter words carry little in languages that have spaces.
const LETTERS_MIN: usize = 4;
/// Of a script without spaces so many letters are a subject.
const LETTERS_MAX: usize = 16;

/// The subject of each text. A word that many of them have is what the bot always says, and tells
/// nothing; that needs no list of words, so it is the same for every language.
pub fn subjects(texts: &[&str]) -> Vec<String> {
    let words: Vec<Vec<String>> = texts.iter().map(|text| words(text)).collect();
    let mut spread: HashMap<String, usize> = HashMap::new();
    for words in &words {
        let once: HashSet<String> = words.iter().map(|word| word.to_lowercase()).collect();
        for word in once {
            *spread.entry(word).or_default() += 1;
        }
    }
    words.into_iter().map(|words| subject(words, &spread)).collect()
}

/// The rarest words, and of equally rare ones the longest, in the order of the text.
fn subject(words: Vec<String>, spread: &HashMap<String, usize>) -> String {
    let mut seen = HashSet::new();
    let mut ranked: Vec<(usize, String)> =
        words.into_iter().filter(|word| seen.insert(word.to_lowercase())).enumerate().collect();
    ranked.sort_by_key(|(place, word)| {
        let texts = spread.get(&word.to_lowercase()).copied().unwrap_or(0);
        (texts, std::cmp::Reverse(word.chars().count()), *place)
    });
    ranked.truncate(WORDS_MAX);
    ranked.sort_by_key(|(place, _)| *place);
    let words: Vec<String> = ranked.into_iter().map(|(_, word)| word).collect();
    words.join(" ")
}

/// The words that may carry the subject: neither links nor mentions, and long enough, unless there
/// are no others.
fn words(text: &str) -> Vec<String> {
    let all: Vec<String> = text
        .split_whitespace()
        .filter(|word| !word.contains("://") && !word.starts_with('@'))
        .flat_map(|word| word.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’'))
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(LETTERS_MAX).collect())
        .collect();
    let long: Vec<String> =
        all.iter().filter(|word: &&String| word.chars().count() >= LETTERS_MIN).cloned().collect();
    if long.is_empty() { all } else { long }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_what_only_this_text_says() {
        let found = subjects(&[
            "The lamp was cleaned at noon, and the lamp did not thank anybody.",
            "The lamp kept turning while the fog forgot the harbour.",
            "A gull has opinions about the lamp: see https://example.org @ada",
        ]);
        assert_eq!(
            found,
            [
                "cleaned noon thank anybody",
                "turning while forgot harbour",
                "gull opinions about lamp"
            ]
        );
    }

    #[test]
    fn every_script_has_subjects_and_nothing_has_none() {
        let found =
            subjects(&["霧が港を忘れたあとで灯台だけが残っていました", "Ой, туман", "🤖", ""]);
        assert_eq!(found, ["霧が港を忘れたあとで灯台だけが残", "туман", "", ""]);
        assert_eq!(subjects(&["to be or not"]), ["to be or not"]);
    }

    #[test]
    fn a_subject_is_short_whatever_the_text() {
        let text = "extraordinarily ".repeat(400) + &"antidisestablishmentarianism ".repeat(10);
        let found = subjects(&[&text]);
        assert!(found[0].chars().count() <= WORDS_MAX * (LETTERS_MAX + 1), "{found:?}");
    }
}
