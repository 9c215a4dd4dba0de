//! How something is, in one word, one icon and one colour; colour is never the only sign.

use std::fmt;

use askama::filters::HtmlSafe;

/// What the colour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    OnTime,
    Waiting,
    Late,
    NeedsYou,
    Unknown,
    Paused,
}

impl Mood {
    /// The class of the style sheet, which is also the name of the icon.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::OnTime => "on-time",
            Self::Waiting => "waiting",
            Self::Late => "late",
            Self::NeedsYou => "needs-you",
            Self::Unknown => "unknown",
            Self::Paused => "paused",
        }
    }
}

/// A word with its mood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pill {
    pub(crate) mood: Mood,
    pub(crate) word: &'static str,
}

impl Pill {
    pub(crate) fn new(mood: Mood, word: &'static str) -> Self {
        Self { mood, word }
    }
}

impl fmt::Display for Pill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (class, word) = (self.mood.class(), self.word);
        write!(
            f,
            "<span class=\"pill {class}\"><svg class=\"icon\" aria-hidden=\"true\">\
             <use href=\"#i-{class}\"/></svg>{word}</span>"
        )
    }
}

impl HtmlSafe for Pill {}
