//! A rule as a value: what it is about, who demands it, and both sides of it.
//!
//! Rules are data, so that a command can list them, a test can walk them, and review has one loop
//! instead of a list of calls that somebody forgets to extend.

use std::cell::OnceCell;

use serde::Serialize;

use super::{Policy, fold, text, weighted_length};

/// What a hit means, the gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is known against the text, but nobody looked who should have: it waits for a person,
    /// whatever the bot's mode.
    Holds,
    /// A person may let it through: the rule can be wrong about what is meant.
    NeedsPerson,
    /// The text does not go out: X would refuse it, or nobody could want it.
    Blocks,
}

impl Severity {
    /// As it stands in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::NeedsPerson => "needs_person",
            Self::Blocks => "blocks",
        }
    }
}

/// Who demands it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// In words: whose rule it is, and what it says.
    pub says: &'static str,
    /// Where to read it: an address, or a document of this repository for the rules of the house.
    pub link: &'static str,
}

/// Both sides of a rule.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// What the persona allows in this example.
    pub policy: fn() -> Policy,
    /// For a rule that compares: the post that is there already.
    pub beside: Option<&'static str>,
    /// A text that comes close and may go out.
    pub accepted: &'static str,
    /// A text that the rule refuses.
    pub refused: &'static str,
}

/// A rule of review.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stands in JSON, in metrics and in the corpus, so it stays the same.
    pub id: &'static str,
    /// What it demands, in one line.
    pub what: &'static str,
    /// Who demands it.
    pub source: Source,
    /// What a hit means.
    pub severity: Severity,
    /// Both sides of it.
    pub example: Example,
    /// How it is decided.
    pub(super) check: Check,
}

/// How a rule decides; what it finds is the message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Check {
    /// By the text and the policy.
    Text(fn(&Subject<'_>) -> Option<String>),
    /// By another post's text, which the store finds.
    Beside(fn(&str, &str) -> bool),
    /// By a server, which review itself does not ask.
    Asked,
}

/// What the rules look at.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    words: OnceCell<String>,
    /// Exactly what would be sent.
    pub(super) text: &'a str,
    /// Its weight in X's characters.
    pub(super) weight: u32,
    /// What the persona allows.
    pub(super) policy: &'a Policy,
}

impl<'a> Subject<'a> {
    /// `text` as it would be sent under `policy`.
    pub(super) fn new(text: &'a str, policy: &'a Policy) -> Self {
        Self { text, weight: weighted_length(text), policy, words: OnceCell::new() }
    }

    /// Its folded words. Folding costs more than looking, so it is done once for all rules.
    pub(super) fn words(&self) -> &str {
        self.words.get_or_init(|| fold::folded_words(self.text))
    }
}

impl Rule {
    /// Whether the rule speaks against `raw` under `policy`. A rule that compares says nothing
    /// without a post `beside` it, and one that a server decides says nothing here.
    pub fn refuses(&self, raw: &str, policy: &Policy, beside: Option<&str>) -> bool {
        let text = text::tidy(raw);
        match self.check {
            Check::Text(check) => check(&Subject::new(&text, policy)).is_some(),
            Check::Beside(is_alike) => beside.is_some_and(|other| is_alike(&text, other)),
            Check::Asked => false,
        }
    }
}
