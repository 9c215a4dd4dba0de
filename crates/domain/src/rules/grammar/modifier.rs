//! What may stand behind a symbol: `#animal.s#`, `#animal.a.capitalize#`.

/// A change to the text that a symbol brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Modifier {
    /// The first letter large.
    Capitalize,
    /// The English plural.
    Plural,
    /// With `a` or `an`.
    Article,
    /// The English past tense, of a regular verb.
    Past,
}

impl Modifier {
    /// The modifier of that name.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "capitalize" => Some(Self::Capitalize),
            "s" => Some(Self::Plural),
            "a" => Some(Self::Article),
            "ed" => Some(Self::Past),
            _ => None,
        }
    }

    /// The names there are, for messages.
    pub(super) const NAMES: &str = "`capitalize`, `s`, `a` and `ed`";

    pub(super) fn apply(self, text: &str) -> String {
        match self {
            Self::Capitalize => capitalized(text),
            Self::Plural => plural(text),
            Self::Article => format!("{} {text}", article(text)),
            Self::Past => past(text),
        }
    }
}

/// A word such as `iOS` or `eBay` keeps its own letters.
fn capitalized(text: &str) -> String {
    let first_word = text.split_whitespace().next().unwrap_or("");
    if first_word.chars().skip(1).any(char::is_uppercase) {
        return text.to_owned();
    }
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn plural(text: &str) -> String {
    if ["s", "x", "z", "ch", "sh"].iter().any(|end| text.ends_with(end)) {
        format!("{text}es")
    } else if let Some(stem) = consonant_before_y(text) {
        format!("{stem}ies")
    } else {
        format!("{text}s")
    }
}

fn past(text: &str) -> String {
    if text.ends_with('e') {
        format!("{text}d")
    } else if let Some(stem) = consonant_before_y(text) {
        format!("{stem}ied")
    } else {
        format!("{text}ed")
    }
}

fn consonant_before_y(text: &str) -> Option<&str> {
    text.strip_suffix('y').filter(|stem| stem.ends_with(|c: char| !is_vowel(c)))
}

fn article(text: &str) -> &'static str {
    let lower = text.to_lowercase();
    let sounds_like_consonant =
        ["uni", "use", "eu", "one"].iter().any(|start| lower.starts_with(start));
    let is_silent_h = ["hour", "honest", "hono"].iter().any(|start| lower.starts_with(start));
    let is_vowel_first = lower.starts_with(is_vowel) && !sounds_like_consonant;
    if is_vowel_first || is_silent_h { "an" } else { "a" }
}

fn is_vowel(character: char) -> bool {
    matches!(character, 'a' | 'e' | 'i' | 'o' | 'u')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_changed_as_english_is() {
        for (modifier, text, changed) in [
            (Modifier::Capitalize, "weather", "Weather"),
            (Modifier::Capitalize, "small acts", "Small acts"),
            (Modifier::Capitalize, "iOS tips", "iOS tips"),
            (Modifier::Capitalize, "élan", "Élan"),
            (Modifier::Capitalize, "", ""),
            (Modifier::Plural, "day", "days"),
            (Modifier::Plural, "story", "stories"),
            (Modifier::Plural, "wish", "wishes"),
            (Modifier::Article, "hour", "an hour"),
            (Modifier::Article, "idea", "an idea"),
            (Modifier::Article, "unit", "a unit"),
            (Modifier::Article, "note", "a note"),
            (Modifier::Past, "walk", "walked"),
            (Modifier::Past, "notice", "noticed"),
            (Modifier::Past, "try", "tried"),
            (Modifier::Past, "play", "played"),
        ] {
            assert_eq!(modifier.apply(text), changed);
        }
    }
}
