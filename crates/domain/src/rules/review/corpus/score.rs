//! How well each rule does on labelled texts.

use super::{RULES, Text};

/// One rule's counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// The rule's id.
    pub rule: &'static str,
    /// Texts that it must refuse.
    pub positives: usize,
    /// Texts that come close to it.
    pub near_misses: usize,
    /// Texts that it refuses as it must.
    pub found: usize,
    /// Texts that it lets by and must not.
    pub missed: usize,
    /// Texts that it refuses and must not, whatever they are labelled near to.
    pub invented: usize,
}

impl Score {
    /// Of what it refuses, how much it must; in whole percent, rounded down.
    pub fn precision_percent(&self) -> usize {
        percent(self.found, self.invented)
    }

    /// Of what it must refuse, how much it does; in whole percent, rounded down.
    pub fn recall_percent(&self) -> usize {
        percent(self.found, self.missed)
    }
}

/// One wrong judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Which text, from 1.
    pub line: usize,
    /// Which rule.
    pub rule: &'static str,
    /// Whether the rule let it by; else it refused what it must not.
    pub is_missed: bool,
    /// The text.
    pub text: String,
}

/// The counts of all rules over `texts`.
pub fn scores(texts: &[Text]) -> Vec<Score> {
    let score = |rule: &super::Rule| {
        let judged: Vec<(bool, bool)> = texts
            .iter()
            .map(|text| (text.must_be_refused_by(rule), text.is_refused_by(rule)))
            .collect();
        let count =
            |must: bool, does: bool| judged.iter().filter(|one| **one == (must, does)).count();
        let is_near = |text: &&Text| text.near.iter().any(|id| id == rule.id);
        Score {
            rule: rule.id,
            positives: count(true, true) + count(true, false),
            near_misses: texts.iter().filter(is_near).count(),
            found: count(true, true),
            missed: count(true, false),
            invented: count(false, true),
        }
    };
    RULES.iter().map(|rule| score(rule)).collect()
}

/// Every wrong judgement over `texts`.
pub fn mistakes(texts: &[Text]) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (line, text) in (1..).zip(texts) {
        for rule in RULES {
            let is_wanted = text.must_be_refused_by(rule);
            if is_wanted != text.is_refused_by(rule) {
                let text = text.text.clone();
                mistakes.push(Mistake { line, rule: rule.id, is_missed: is_wanted, text });
            }
        }
    }
    mistakes
}

/// Nothing right and nothing wrong is all right.
fn percent(right: usize, wrong: usize) -> usize {
    (right * 100).checked_div(right + wrong).unwrap_or(100)
}
