//! Posts from the built-in grammar, in the persona's tone and style.

use std::sync::LazyLock;

use crate::model::{Candidate, Persona};
use crate::ports::TopicWish;

use super::batch::{Source, TOPIC};
use super::rule_set::RuleSet;
use super::voice::{ORIGINS, Voice};

static BUILT_IN: LazyLock<RuleSet> = LazyLock::new(|| {
    RuleSet::from_json(include_str!("built_in.json"), &ORIGINS, &[TOPIC])
        .expect("a test reads the built-in grammar")
});

/// Writes what is wished for, as far as the persona's policy lets it; the same seed writes the
/// same. May return fewer than asked: a topic longer than a post allows none.
pub fn write(persona: &Persona, wishes: &[TopicWish], seed: u64) -> Vec<Candidate> {
    let source = Source { rules: &BUILT_IN, origins: Voice::of(persona).origins() };
    source.write(persona, wishes, seed)
}

#[cfg(test)]
mod tests;
