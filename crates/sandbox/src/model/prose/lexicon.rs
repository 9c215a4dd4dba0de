//! Which words suit which topic.

mod city;
mod indoors;
mod outdoors;
mod workshop;

/// The words of one family of topics. Every subject can do every action.
pub(super) struct Lexicon {
    /// A topic that contains one of these belongs here.
    keywords: &'static [&'static str],
    /// Singular, third person, lower case.
    pub(super) subjects: [&'static str; 13],
    /// Past tense.
    pub(super) actions: [&'static str; 17],
    /// A whole sentence.
    pub(super) thoughts: [&'static str; 11],
}

/// All families; the last one suits anything.
pub(super) const LEXICONS: [&Lexicon; 9] = [
    &outdoors::WEATHER,
    &outdoors::SEA,
    &outdoors::NATURE,
    &city::TRANSIT,
    &indoors::BOOKS,
    &indoors::FOOD,
    &workshop::SKY,
    &workshop::SOFTWARE,
    &workshop::ANYTHING,
];

/// The family of a topic.
pub(super) fn lexicon_of(topic: &str) -> &'static Lexicon {
    let topic = topic.to_lowercase();
    let words: Vec<&str> = topic.split(|c: char| !c.is_alphanumeric()).collect();
    LEXICONS
        .into_iter()
        .find(|lexicon| {
            lexicon
                .keywords
                .iter()
                .any(|keyword| words.iter().any(|word| word.starts_with(keyword)))
        })
        .unwrap_or(&workshop::ANYTHING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_find_their_family() {
        for (topic, keyword) in [
            ("Weather at sea", "weather"),
            ("ships", "ship"),
            ("new books", "book"),
            ("quantum knitting", ""),
        ] {
            let lexicon = lexicon_of(topic);
            let belongs = if keyword.is_empty() {
                lexicon.keywords.is_empty()
            } else {
                lexicon.keywords.contains(&keyword)
            };
            assert!(belongs, "{topic}");
        }
    }
}
