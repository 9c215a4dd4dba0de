//! What happened, as programs outside are told of it: a closed list of words, which stays when the words
//! inside change.

/// A kind of event.
#[derive(Debug, PartialEq, Eq)]
pub struct Happening {
    /// The word in the table `events`.
    pub stored: &'static str,
    /// The word outside.
    pub word: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

const fn kind(stored: &'static str, word: &'static str, meaning: &'static str) -> Happening {
    Happening { stored, word, meaning }
}

/// Every kind that is told outside. What is stored besides is a step on the way to one of these.
pub const HAPPENINGS: [Happening; 31] = [
    kind("slot.posted", "post.published", "X has the post"),
    kind("slot.skipped", "post.skipped", "a slot passed without a post; `detail` says why"),
    kind("slot.failed", "post.failed", "X refused the post for good"),
    kind("slot.needs_attention", "post.needs_attention", "a slot needs a person's answer"),
    kind(
        "slot.unknown",
        "post.outcome_unknown",
        "X's answer was lost; it is looked for on the timeline",
    ),
    kind("slot.retry_wait", "post.retrying", "X did not take the post now; it is tried again"),
    kind("slot.moved", "slot.moved", "a person moved a slot"),
    kind("slot.unskipped", "slot.unskipped", "a person took the skipping of a slot back"),
    kind(
        "attention.posted",
        "post.answered",
        "a person said what became of a post, or what to do with it",
    ),
    kind(
        "attention.send_now",
        "post.answered",
        "a person said what became of a post, or what to do with it",
    ),
    kind(
        "attention.skip",
        "post.answered",
        "a person said what became of a post, or what to do with it",
    ),
    kind("post.approved", "post.approved", "a person said yes to a post"),
    kind("post.rejected", "post.rejected", "a person said no to a post"),
    kind("post.edited", "post.edited", "a person gave a post other words"),
    kind("post.expired", "post.expired", "nobody said anything of a draft for too long"),
    kind("post.removed", "post.removed", "a post is gone from X"),
    kind("post.returned", "post.returned", "a post that was gone is on X again"),
    kind("evergreen.used", "evergreen.used", "a text of a bot's stock went into its empty queue"),
    kind("bot.active", "bot.resumed", "a bot posts again"),
    kind("bot.paused", "bot.paused", "a bot does not post"),
    kind("bot.needs_login", "bot.needs_login", "X no longer takes the token of a bot"),
    kind("bot.closed", "bot.closed", "a bot is no longer declared"),
    kind("bot.account_changed", "bot.account_changed", "the token of a bot is another account's"),
    kind(
        "bot.confirmed",
        "bot.confirmed",
        "a person confirmed a point of a bot's go-live checklist",
    ),
    kind("app.silent", "x.silent", "X does not answer an app"),
    kind("app.answering", "x.answering", "X answers that app again"),
    kind("finding.opened", "audit.found", "the audit found something that should not be"),
    kind("finding.ended", "audit.ended", "what it found is over"),
    kind(
        "budget.write_off",
        "budget.written_off",
        "money that a crash left reserved counts as spent",
    ),
    kind("kill_switch.on", "house.stopped", "all sending was stopped by hand"),
    kind("kill_switch.off", "house.started", "sending was started again"),
];

/// The kind of a stored word.
pub fn happening(stored: &str) -> Option<&'static Happening> {
    HAPPENINGS.iter().find(|one| one.stored == stored)
}

/// Which of them a webhook wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted(Vec<&'static str>);

impl Wanted {
    /// All of them.
    pub fn all() -> Self {
        Self(HAPPENINGS.iter().map(|one| one.word).collect())
    }

    /// Those of some words: `post.published`, or `post.*` for all that begin so. The first word that
    /// means nothing is an error.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut wanted: Vec<&'static str> = Vec::new();
        for word in words {
            let stem = word.strip_suffix('*');
            let is_meant = |one: &&Happening| match stem {
                Some(stem) => {
                    (stem.is_empty() || stem.ends_with('.')) && one.word.starts_with(stem)
                }
                None => one.word == word,
            };
            let before = wanted.len();
            wanted.extend(HAPPENINGS.iter().filter(is_meant).map(|one| one.word));
            if wanted.len() == before {
                return Err(word.to_owned());
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        Ok(Self(wanted))
    }

    /// Whether it wants a kind.
    pub fn has(&self, kind: &Happening) -> bool {
        self.0.contains(&kind.word)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_stored_word_means_one_thing() {
        let stored: BTreeSet<&str> = HAPPENINGS.iter().map(|one| one.stored).collect();
        assert_eq!(stored.len(), HAPPENINGS.len());
        assert_eq!(happening("slot.posted").unwrap().word, "post.published");
        assert_eq!(happening("slot.planned"), None);
    }

    #[test]
    fn a_webhook_wants_words_or_all_that_begin_so() {
        let of = |words: &[&str]| Wanted::parse(words.iter().copied());
        let wants = |wanted: &Wanted, stored| wanted.has(happening(stored).unwrap());
        let posts = of(&["post.*"]).unwrap();
        assert!(wants(&posts, "slot.posted") && !wants(&posts, "bot.paused"));
        let two = of(&["bot.paused", "post.failed"]).unwrap();
        assert!(wants(&two, "bot.paused") && wants(&two, "slot.failed"));
        assert!(!wants(&two, "slot.posted"));
        assert_eq!(of(&["*"]).unwrap(), Wanted::all().sorted());
        assert_eq!(of(&["post.published", "post.posted"]), Err("post.posted".to_owned()));
        assert_eq!(of(&["po*"]), Err("po*".to_owned()));
    }

    impl Wanted {
        fn sorted(mut self) -> Self {
            self.0.sort_unstable();
            self.0.dedup();
            self
        }
    }
}
