//! People who read drafts: they say yes, no or other words at random moments, and change the policy.
//!
//! Words that they put in place of others never get a yes here: a copy from before does not know them,
//! and nothing could adopt them if they were on X.

use domain::model::{PolicyHash, PostId};
use domain::ports::store::{
    ApprovalAct, ApprovalStore as _, BotStore as _, Edit, Edited, Rejection, Said, StoreError,
};

use super::stage::Stage;
use crate::clock::stamp;
use crate::history::Event;
use crate::plan::{BotPlan, Speech};

/// Drafts that are read at once.
const READ_MAX: usize = 3;
/// What stands behind words that are not the first.
const REWORDED: &str = " Reworded.";

const DRAFTS: &str = "SELECT p.id, p.content FROM posts p
     WHERE p.bot_id = 'bot-' || printf('%04d', ?1) AND p.state = 'draft'
        AND p.content NOT LIKE '% Reworded.' AND p.content NOT LIKE '% Edited.'
     ORDER BY p.id LIMIT 3";

/// What goes out next: the one that a slot holds, else the first in the queue.
const NEXT: &str = "SELECT p.id, p.content FROM posts p
     WHERE p.bot_id = 'bot-' || printf('%04d', ?1) AND p.state IN ('assigned', 'queued')
        AND p.content NOT LIKE '% Reworded.' AND p.content NOT LIKE '% Edited.'
     ORDER BY p.state, p.id LIMIT 1";

const POLICY: &str =
    "SELECT policy_hash FROM bot_configs WHERE bot_id = 'bot-' || printf('%04d', ?1)";

/// The yeses that count, by SQL of our own.
const APPROVED: &str = "SELECT a.bot_id, a.content FROM approvals a
     JOIN bot_configs k ON k.bot_id = a.bot_id JOIN posts p ON p.id = a.post_id
     WHERE a.verdict = 'approved' AND a.policy_hash = k.policy_hash AND a.content = p.content
        AND NOT EXISTS (SELECT 1 FROM approvals n WHERE n.post_id = a.post_id AND n.id > a.id)
     ORDER BY a.id";

impl Stage {
    /// A person says something of what this bot has.
    ///
    /// No words change between a restore and the start of a node: a file that was put back by hand says
    /// nothing of what it lost before.
    pub(super) fn say(&mut self, bot: usize, speech: Speech) -> bool {
        let changes_words = matches!(speech, Speech::No | Speech::OtherWords);
        if changes_words && self.is_restored {
            return false;
        }
        match speech {
            Speech::Yes => self.approve(bot),
            Speech::No => self.reject(bot),
            Speech::OtherWords => self.reword(bot),
            Speech::OtherPolicy => self.change_policy(bot),
        }
    }

    fn texts(&self, bot: usize, sql: &'static str) -> Vec<(i64, String)> {
        self.place.desk().rows(sql, &[i64::try_from(bot).unwrap_or_default()])
    }

    fn approve(&mut self, bot: usize) -> bool {
        let number = i64::try_from(bot).unwrap_or_default();
        let policy: Vec<(String,)> = self.place.desk().rows(POLICY, &[number]);
        let Some((policy,)) = policy.into_iter().next() else { return false };
        let (policy, now) = (PolicyHash::from_hex(policy), stamp(self.clock.millis()));
        let drafts = self.texts(bot, DRAFTS);
        for (post, text) in drafts.iter().take(READ_MAX) {
            let act = act(*post, text);
            let said = self.driver.drive(self.place.db().approve_post(&act, &policy, now));
            if let Said::Done(_) = done(said) {
                self.note(Event::Approved { bot: name(bot), text: text.clone() });
            }
        }
        !drafts.is_empty()
    }

    fn reject(&mut self, bot: usize) -> bool {
        let now = stamp(self.clock.millis());
        let Some((post, text)) = self.texts(bot, NEXT).into_iter().next() else { return false };
        let rejection = Rejection { act: act(post, &text), reason: "not today".to_owned() };
        let said = done(self.driver.drive(self.place.db().reject_post(&rejection, now)));
        let did = matches!(said, Said::Done(_));
        if did {
            self.note(Event::Unapproved { bot: name(bot), text });
        }
        did
    }

    fn reword(&mut self, bot: usize) -> bool {
        let now = stamp(self.clock.millis());
        let Some((post, text)) = self.texts(bot, NEXT).into_iter().next() else { return false };
        let content = format!("{text}{REWORDED}");
        let edit = Edit {
            act: act(post, &text),
            content_hash: domain::rules::review::content_hash(&content),
            content,
            because: None,
            is_approved: false,
            reason: None,
        };
        let edited = done(self.driver.drive(self.place.db().edit_post(&edit, now)));
        let did = matches!(edited, Edited::Said(Said::Done(_)));
        if did {
            self.note(Event::Unapproved { bot: name(bot), text });
        }
        did
    }

    /// Each policy is another one than all before, so no earlier yes counts again.
    fn change_policy(&mut self, bot: usize) -> bool {
        // A plan that is being made smaller may have left its bot out.
        let Some(mut declared) = self.plan.bots.get(bot).map(BotPlan::bot) else { return false };
        self.policies += 1;
        declared.persona.policy.banned_words = vec![format!("word-{}", self.policies)];
        let now = stamp(self.clock.millis());
        done(self.driver.drive(self.place.db().sync_bots(&[declared], &[], now)));
        self.note(Event::OtherPolicy { bot: name(bot) });
        true
    }

    /// After a restore the yeses are those of the copy.
    pub(super) fn recall_approvals(&self) {
        let approved: Vec<(String, String)> = self.place.desk().rows(APPROVED, &[]);
        for (bot, text) in approved {
            self.note(Event::Approved { bot, text });
        }
    }
}

fn act(post: i64, seen: &str) -> ApprovalAct {
    ApprovalAct { post: PostId(post), seen: seen.to_owned(), who: "a person".to_owned() }
}

fn done<T>(said: Result<T, StoreError>) -> T {
    said.unwrap_or_else(|error| panic!("nobody else writes: {error}"))
}

fn name(bot: usize) -> String {
    format!("bot-{bot:04}")
}
