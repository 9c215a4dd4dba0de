//! I1: X holds at most one post per slot that we caused. Texts are unique, so a text that stands twice
//! is a post that went out twice; and a slot may not have two texts.

use std::collections::BTreeSet;

use super::Judge;
use super::judge::{Taken, UNAPPROVED};
use crate::history::Told;

const RULE: &str = "I1 (no double)";

impl Judge {
    pub(super) fn accepted(&mut self, at: i64, id: &str, (bot, text): (&String, &String)) {
        let key = (bot.clone(), text.clone());
        self.texts.insert(id.to_owned(), key.clone());
        self.taken_at.insert(id.to_owned(), at);
        if self.by_hand.contains(id) {
            return;
        }
        if self.asking.contains(bot) && !self.let_go.contains(&key) {
            let what = format!("X took {text:?}, to which nobody had said yes");
            self.object(UNAPPROVED, at, bot, what);
        }
        let taken = self.taken.entry(key.clone()).or_default();
        let stands = taken.iter().find(|one| one.removed_at.is_none()).map(|one| one.id.clone());
        let attempt = self.newest.get(&key).copied();
        taken.push(Taken { id: id.to_owned(), removed_at: None, attempt });
        if let Some(first) = stands {
            self.doubles += 1;
            self.object(RULE, at, bot, format!("X has {text:?} as {first} and as {id}"));
        }
        let slot = self.newest.get(&key).and_then(|attempt| self.attempts.get(attempt));
        if let Some(due_at) = slot.map(|one| one.stored.due_at) {
            let texts = self.slot_texts.entry((bot.clone(), due_at)).or_default();
            // What a person took away is not there any more.
            let stands = |text: &String| {
                let taken = self.taken.get(&(bot.clone(), text.clone()));
                taken.is_some_and(|taken| taken.iter().any(|one| one.removed_at.is_none()))
            };
            texts.retain(stands);
            texts.insert(text.clone());
            // After lost history only the timeline tells that a slot has its post, by how far X's clock and
            // ours are apart; X's filter does not know about slots.
            let is_told = self.protocol.shows_in_time && !self.has_set_clock;
            if texts.len() > 1 && (is_told || !self.has_lost_history) {
                let what =
                    format!("X has {} texts for the slot of {due_at}: {texts:?}", texts.len());
                self.object(RULE, at, bot, what);
            }
        }
    }

    pub(super) fn removed(&mut self, at: i64, id: &str) {
        let Some(key) = self.texts.get(id) else { return };
        let taken = self.taken.get_mut(key).into_iter().flatten();
        for one in taken.filter(|one| one.id == id) {
            one.removed_at = Some(at);
        }
    }

    /// The texts of what a person took away before the database knew of it: whoever lost the answer to one
    /// never sees it, and rightly counts it as absent.
    pub(crate) fn never_seen<'a>(
        &'a self,
        receipts: &'a BTreeSet<String>,
    ) -> impl Iterator<Item = &'a str> {
        let of_text = move |((bot, text), taken): (&'a (String, String), &'a Vec<Taken>)| {
            let gone = taken.iter().filter(|one| one.removed_at.is_some());
            gone.filter(move |one| !receipts.contains(&one.id) && !self.was_known(bot, one))
                .map(|_| text.as_str())
        };
        self.taken.iter().flat_map(of_text)
    }

    /// A page showed it, or X said that it took it.
    fn was_known(&self, bot: &str, taken: &Taken) -> bool {
        let looks = self.looks.get(bot).into_iter().flatten();
        let mut shown = looks.filter_map(|glance| glance.look.as_ref());
        let attempt = taken.attempt.and_then(|attempt| self.attempts.get(&attempt));
        shown.any(|look| look.ids.contains(&taken.id))
            || attempt.is_some_and(|one| one.told == Some(Told::Posted))
    }

    /// X's id of that text, where one that we sent stands there.
    pub(crate) fn standing(&self, bot: &str, text: &str) -> Option<&str> {
        let taken = self.taken.get(&(bot.to_owned(), text.to_owned()))?;
        taken.iter().find(|one| one.removed_at.is_none()).map(|one| one.id.as_str())
    }
}
