//! What may stand behind a symbol: `#animal.s#`, `#animal.a.capitalize#`, `#text.replace(a,b)#`.
//!
//! The names are those of Tracery's English set, so that a grammar written elsewhere reads here.

use super::english;

/// A longer parameter could blow a text up a thousandfold before its size is looked at.
const PARAMETER_BYTES_MAX: usize = 200;

/// A change to the text that a symbol brought.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Modifier {
    /// The first letter large.
    Capitalize,
    /// The first letter of every word large.
    CapitalizeAll,
    /// All letters large.
    Uppercase,
    /// All letters small.
    Lowercase,
    /// With `a` or `an`.
    Article,
    /// The English plural.
    Plural,
    /// The plural of the first word: `bag of tea` becomes `bags of tea`.
    FirstPlural,
    /// The English past tense, of a regular verb; of the first word.
    Past,
    /// A comma behind it, unless it ends a sentence or has one.
    Comma,
    /// In double quotes.
    InQuotes,
    /// One text in it replaced by another, wherever it stands.
    Replace { from: String, to: String },
}

/// Why something behind a symbol is no modifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ModifierError {
    Unknown { name: String },
    Parameters { name: String, wanted: &'static str },
}

impl Modifier {
    /// The names there are, for messages.
    pub(super) const NAMES: &str = "`a`, `s`, `ed`, `capitalize`, `capitalizeAll`, `uppercase`, \
        `lowercase`, `firstS`, `comma`, `inQuotes` and `replace(a,b)`";

    /// The modifier of that name with what stood in its parentheses.
    pub(super) fn of(name: &str, parameters: &[String]) -> Result<Self, ModifierError> {
        let modifier = match name {
            "capitalize" => Self::Capitalize,
            "capitalizeAll" => Self::CapitalizeAll,
            "uppercase" => Self::Uppercase,
            "lowercase" => Self::Lowercase,
            "a" => Self::Article,
            "s" => Self::Plural,
            "firstS" => Self::FirstPlural,
            "ed" => Self::Past,
            "comma" => Self::Comma,
            "inQuotes" => Self::InQuotes,
            "replace" => return Self::replace(parameters),
            _ => return Err(ModifierError::Unknown { name: name.to_owned() }),
        };
        match parameters {
            [] => Ok(modifier),
            // `#name.s()#` says the same as `#name.s#`.
            [only] if only.is_empty() => Ok(modifier),
            _ => Err(ModifierError::Parameters { name: name.to_owned(), wanted: "no parameter" }),
        }
    }

    fn replace(parameters: &[String]) -> Result<Self, ModifierError> {
        match parameters {
            [from, to] if !from.is_empty() && from.len().max(to.len()) <= PARAMETER_BYTES_MAX => {
                Ok(Self::Replace { from: from.clone(), to: to.clone() })
            }
            _ => Err(ModifierError::Parameters {
                name: "replace".to_owned(),
                wanted: "`replace(this,that)`, of which the first is not empty and none is longer \
                         than 200 bytes",
            }),
        }
    }

    pub(super) fn apply(&self, text: &str) -> String {
        match self {
            Self::Capitalize => english::capitalized(text),
            Self::CapitalizeAll => english::all_capitalized(text),
            Self::Uppercase => text.to_uppercase(),
            Self::Lowercase => text.to_lowercase(),
            Self::Article => format!("{} {text}", english::article(text)),
            Self::Plural => english::plural(text),
            Self::FirstPlural => english::first_word(text, english::plural),
            Self::Past => english::first_word(text, english::past),
            Self::Comma if text.ends_with([',', '.', '?', '!']) => text.to_owned(),
            Self::Comma => format!("{text},"),
            Self::InQuotes => format!("\"{text}\""),
            Self::Replace { from, to } => text.replace(from, to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_changed_as_english_is() {
        for (name, text, changed) in [
            ("capitalize", "weather", "Weather"),
            ("capitalize", "small acts", "Small acts"),
            ("capitalize", "iOS tips", "iOS tips"),
            ("capitalize", "élan", "Élan"),
            ("capitalize", "", ""),
            ("capitalizeAll", "the old  iOS\nway", "The Old  iOS\nWay"),
            ("uppercase", "straße", "STRASSE"),
            ("lowercase", "LOUD Words", "loud words"),
            ("s", "day", "days"),
            ("s", "story", "stories"),
            ("s", "wish", "wishes"),
            ("firstS", "bag of tea", "bags of tea"),
            ("firstS", "story", "stories"),
            ("a", "hour", "an hour"),
            ("a", "idea", "an idea"),
            ("a", "unit", "a unit"),
            ("a", "note", "a note"),
            ("ed", "walk", "walked"),
            ("ed", "notice", "noticed"),
            ("ed", "try", "tried"),
            ("ed", "play", "played"),
            ("ed", "carry a lamp", "carried a lamp"),
            ("comma", "well", "well,"),
            ("comma", "well?", "well?"),
            ("comma", "well,", "well,"),
            ("inQuotes", "well", "\"well\""),
        ] {
            assert_eq!(Modifier::of(name, &[]).unwrap().apply(text), changed, "{name}");
        }
    }

    #[test]
    fn parameters_are_those_that_the_modifier_takes() {
        let of = |name: &str, parameters: &[&str]| {
            let parameters: Vec<String> = parameters.iter().map(|&one| one.to_owned()).collect();
            Modifier::of(name, &parameters)
        };
        assert_eq!(of("replace", &["a", "oo"]).unwrap().apply("banana"), "boonoonoo");
        assert_eq!(of("replace", &["an", ""]).unwrap().apply("banana"), "ba");
        assert_eq!(of("s", &[""]), Ok(Modifier::Plural));
        assert_eq!(of("loud", &[]), Err(ModifierError::Unknown { name: "loud".to_owned() }));
        let long = "x".repeat(PARAMETER_BYTES_MAX + 1);
        assert!(of("replace", &["x", &long[1..]]).is_ok() && of("replace", &["x", &long]).is_err());
        for (name, parameters) in
            [("s", &["x"][..]), ("replace", &["a"]), ("replace", &["", "b"]), ("replace", &[])]
        {
            let error = of(name, parameters).unwrap_err();
            assert!(matches!(error, ModifierError::Parameters { .. }), "{name}: {error:?}");
        }
    }

    #[test]
    fn every_name_that_a_message_offers_is_one() {
        for name in Modifier::NAMES.split('`').skip(1).step_by(2) {
            let (name, parameters) = name.split_once('(').unwrap_or((name, ""));
            let parameters: Vec<String> =
                parameters.trim_end_matches(')').split(',').map(str::to_owned).collect();
            assert!(Modifier::of(name, &parameters).is_ok(), "{name}");
        }
    }
}
