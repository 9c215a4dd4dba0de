//! English as the modifiers know it: regular words, and the few exceptions that catch the eye.

/// A word such as `iOS` or `eBay` keeps its own letters.
pub(super) fn capitalized(text: &str) -> String {
    let first_word = text.split_whitespace().next().unwrap_or("");
    if first_word.chars().skip(1).any(char::is_uppercase) {
        return text.to_owned();
    }
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// Every word of it capitalized; the blanks between them stay as they are.
pub(super) fn all_capitalized(text: &str) -> String {
    text.split_inclusive(char::is_whitespace).map(capitalized).collect()
}

pub(super) fn plural(text: &str) -> String {
    if ["s", "x", "z", "ch", "sh"].iter().any(|end| text.ends_with(end)) {
        format!("{text}es")
    } else if let Some(stem) = consonant_before_y(text) {
        format!("{stem}ies")
    } else {
        format!("{text}s")
    }
}

pub(super) fn past(text: &str) -> String {
    if text.ends_with('e') {
        format!("{text}d")
    } else if let Some(stem) = consonant_before_y(text) {
        format!("{stem}ied")
    } else {
        format!("{text}ed")
    }
}

/// `change` on the first word alone: `walk the dog` becomes `walked the dog`.
pub(super) fn first_word(text: &str, change: fn(&str) -> String) -> String {
    match text.split_once(' ') {
        Some((first, rest)) => format!("{} {rest}", change(first)),
        None => change(text),
    }
}

/// `a` or `an`, by the sound that the text begins with.
pub(super) fn article(text: &str) -> &'static str {
    let lower = text.to_lowercase();
    let sounds_like_consonant =
        ["uni", "use", "eu", "one"].iter().any(|start| lower.starts_with(start));
    let is_silent_h = ["hour", "honest", "hono"].iter().any(|start| lower.starts_with(start));
    let is_vowel_first = lower.starts_with(is_vowel) && !sounds_like_consonant;
    if is_vowel_first || is_silent_h { "an" } else { "a" }
}

fn consonant_before_y(text: &str) -> Option<&str> {
    text.strip_suffix('y').filter(|stem| stem.ends_with(|c: char| !is_vowel(c)))
}

fn is_vowel(character: char) -> bool {
    matches!(character, 'a' | 'e' | 'i' | 'o' | 'u')
}
