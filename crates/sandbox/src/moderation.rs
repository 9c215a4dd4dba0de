//! The fake moderation endpoint: it flags the words that it was told to, remembers what it was shown, and
//! fails in the ways that such endpoints do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::World;
use crate::chance::mix;
use crate::faults::ModerationFault;
use crate::world::hold;

/// Words that are flagged, and texts that are remembered, at most.
const WORDS_MAX: usize = 1_000;
const SHOWN_MAX: usize = 10_000;

/// The categories of OpenAI's endpoint; an answer names all of them, and others that were made up.
pub(crate) const CATEGORIES: [&str; 13] = [
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
];

/// What it knows.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// Categories by word, in lower case.
    words: BTreeMap<String, BTreeSet<String>>,
    shown: VecDeque<String>,
    questions: u64,
}

/// What becomes of one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// The categories of each text; none: it is not flagged.
    Opinions(Vec<BTreeSet<String>>),
    /// A fault.
    Fault(ModerationFault),
}

impl World {
    /// From now on a text with this word, in whatever case, is flagged so.
    pub fn flag(&self, word: &str, category: &str) {
        let mut desk = hold(&self.moderation);
        if desk.words.len() < WORDS_MAX {
            desk.words.entry(word.to_lowercase()).or_default().insert(category.to_owned());
        }
    }

    /// Nothing is flagged any more.
    pub fn clear_flags(&self) {
        hold(&self.moderation).words.clear();
    }

    /// The texts that it was shown and had an opinion on, oldest first; the newest 10 000 of them.
    pub fn moderated(&self) -> Vec<String> {
        hold(&self.moderation).shown.iter().cloned().collect()
    }

    /// How often it was asked, faults included.
    pub fn moderation_questions(&self) -> u64 {
        hold(&self.moderation).questions
    }

    /// The next question meets this.
    pub fn next_moderation(&self, fault: ModerationFault) {
        self.order(crate::FaultOrder::Moderation { fault, times: 1 });
    }

    /// What becomes of a question, and how long that takes.
    pub(crate) fn judge(&self, texts: &[&str]) -> (Judgement, Duration) {
        let mut desk = hold(&self.moderation);
        desk.questions += 1;
        let draw = mix(&[self.seed, desk.questions, 5]);
        let slowness = match self.faults().moderation.take("", draw) {
            None => Duration::ZERO,
            Some(ModerationFault::Slow { secs }) => Duration::from_secs(u64::from(secs)),
            Some(fault) => return (Judgement::Fault(fault), Duration::ZERO),
        };
        let opinions = texts.iter().map(|text| desk.judge(text)).collect();
        (Judgement::Opinions(opinions), slowness)
    }
}

impl Desk {
    fn judge(&mut self, text: &str) -> BTreeSet<String> {
        if self.shown.len() == SHOWN_MAX {
            self.shown.pop_front();
        }
        self.shown.push_back(text.to_owned());
        let text = text.to_lowercase();
        let hit = self.words.iter().filter(|(word, _)| text.contains(word.as_str()));
        hit.flat_map(|(_, categories)| categories.iter().cloned()).collect()
    }
}
