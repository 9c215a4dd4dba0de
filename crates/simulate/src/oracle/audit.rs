//! I2 and the rest of what the rows say at a moment: nothing is missing, nothing is stuck, and what X
//! has is known here.

use std::collections::BTreeSet;

use super::Judge;
use super::books::{Books, ExpectedSlot, SlotRow};

/// A settled slot is seen by the next round.
const SLACK_MS: i64 = 90_000;

impl Judge {
    /// Reads the books at true time `at`. A slot due at or before `settled_before` (by the slowest
    /// clock, after every outage) must be settled once its time is over.
    pub(crate) fn audit(&mut self, at: i64, healthy_since: i64, slowest: i64, books: &Books) {
        let receipts: BTreeSet<&String> = books.receipts.iter().collect();
        for slot in &books.slots {
            self.compare_version(at, slot);
            self.compare_receipt(at, slot);
            let from = slot.due_at.max(healthy_since).max(self.late_send_of(slot));
            let deadline = from + slot.catch_up_ms + self.protocol.settled_by + SLACK_MS;
            let is_open =
                !matches!(slot.state.as_str(), "posted" | "skipped" | "failed" | "needs_attention");
            // The latest of the missed slots is sent after all, when X lets it; until then its timeline may
            // be read again and again.
            let waits = slot.is_latest_only
                && matches!(slot.state.as_str(), "planned" | "assigned" | "claimed" | "retry_wait");
            if is_open && !waits && slowest > deadline {
                let what =
                    format!("slot {}, due {}, is still {}", slot.id, slot.due_at, slot.state);
                self.object("I2 (no silent loss)", at, &slot.bot, what);
            }
        }
        for id in receipts
            .iter()
            .filter(|id| !self.texts.contains_key(**id))
            .map(|id| (*id).clone())
            .collect::<Vec<_>>()
        {
            self.object("receipts", at, "?", format!("X never had {id}"));
        }
    }

    /// The latest of several missed slots may be sent long after it was due, and then has the same time
    /// as any other to find out what became of that.
    fn late_send_of(&self, slot: &SlotRow) -> i64 {
        let attempts = self.of_slot.get(&(slot.bot.clone(), slot.due_at));
        let last = attempts.and_then(|ids| self.attempts.get(ids.last()?)).map(|one| one.at);
        last.filter(|_| slot.is_latest_only).unwrap_or(i64::MIN)
    }

    /// Two slots of a bot are in flight by the rows.
    pub(crate) fn object_to_flights(&mut self, at: i64, bot: &str) {
        self.object("I5 (one in flight)", at, bot, "two of its slots are in flight".to_owned());
    }

    fn compare_version(&mut self, at: i64, slot: &SlotRow) {
        let last = self.versions.insert(slot.id, slot.version);
        if last.is_some_and(|last| slot.version < last) {
            let what = format!("slot {} has version {} after {last:?}", slot.id, slot.version);
            self.object("I6 (versions)", at, &slot.bot, what);
        }
    }

    fn compare_receipt(&mut self, at: i64, slot: &SlotRow) {
        let is_posted = slot.state == "posted";
        match &slot.x_post {
            None if is_posted => {
                let what = format!("slot {} is posted and has no receipt", slot.id);
                self.object("receipts", at, &slot.bot, what);
            }
            Some(id) => {
                let there = self.texts.get(id);
                let same = there.is_some_and(|(bot, text)| {
                    *bot == slot.bot && slot.text.as_ref() == Some(text)
                });
                if !is_posted || !same {
                    let what = format!(
                        "slot {} ({}) has the receipt {id} of {there:?}",
                        slot.id, slot.state
                    );
                    self.object("receipts", at, &slot.bot, what);
                }
            }
            None => {}
        }
    }

    /// Every slot that a schedule yields has a row, and no schedule yields another.
    pub(crate) fn compare_plan(
        &mut self,
        at: i64,
        expected: &BTreeSet<ExpectedSlot>,
        books: &Books,
    ) {
        let planned: BTreeSet<ExpectedSlot> = books
            .slots
            .iter()
            .filter(|slot| !slot.is_asked_for)
            .map(|slot| ExpectedSlot { bot: slot.bot.clone(), due_at: slot.due_at })
            .collect();
        for slot in expected.difference(&planned) {
            let what = format!("no row for the slot of {}", slot.due_at);
            self.object("I2 (every slot has a row)", at, &slot.bot, what);
        }
        for slot in planned.difference(expected) {
            let what = format!("a row for {}, which its schedule does not yield", slot.due_at);
            self.object("I2 (every slot has a row)", at, &slot.bot, what);
        }
        let rows = books.slots.iter().filter(|slot| !slot.is_asked_for).count();
        if rows > planned.len() {
            let what = format!("{rows} rows for {} slots", planned.len());
            self.object("I2 (every slot has a row)", at, "?", what);
        }
    }

    /// At the end: what X has of ours stands in a receipt, or a person is asked about it.
    pub(crate) fn close(&mut self, at: i64, books: &Books) {
        // A heartbeat by a wrong clock lets the look after lost history begin too late.
        if !self.protocol.shows_in_time && self.worst_clock > self.protocol.match_skew {
            return;
        }
        // Where somebody posted the same text by hand meanwhile, nobody can tell which of the two is
        // ours: a receipt of either says that it is out.
        let known: BTreeSet<&(String, String)> =
            books.receipts.iter().filter_map(|id| self.texts.get(id)).collect();
        let mut excused: BTreeSet<(&str, &str)> = BTreeSet::new();
        for slot in &books.slots {
            let is_asked = slot.state == "needs_attention";
            if let (true, Some(text)) = (is_asked, &slot.text) {
                excused.insert((&slot.bot, text));
            }
        }
        for (bot, text) in &books.doubted {
            excused.insert((bot, text));
        }
        if !self.protocol.shows_in_time {
            excused
                .extend(self.once_absent.iter().map(|(bot, text)| (bot.as_str(), text.as_str())));
        }
        let lost: Vec<(String, String)> = self
            .taken
            .iter()
            .filter(|(key, taken)| {
                let stands = taken.iter().any(|one| one.removed_at.is_none());
                stands
                    && !known.contains(key)
                    && !excused.contains(&(key.0.as_str(), key.1.as_str()))
            })
            .map(|((bot, text), _)| (bot.clone(), text.clone()))
            .collect();
        for (bot, text) in lost {
            let what = format!("X has {text:?}, and nothing here says so");
            self.object("I2 (no silent loss)", at, &bot, what);
        }
    }
}
