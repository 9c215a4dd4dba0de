//! Closed sets of words: each has one spelling in the database, in JSON and on pages, and a sentence
//! for a person.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal : $explain:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every one, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word in the database, in JSON and on pages.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The one of that word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }

            /// What it means, for a person.
            pub fn explain(self) -> &'static str {
                match self { $(Self::$variant => $explain,)+ }
            }
        }
    };
}
pub(super) use words;
