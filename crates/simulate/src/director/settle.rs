//! Reading the books, and the end of an episode: the faults stop, everything settles, and the judge
//! compares X with the database once more.

use std::collections::BTreeSet;

use super::scribe::{books, ledger};
use super::stage::{Outcome, Stage};
use crate::history::{Event, Told};
use crate::oracle::{Books, CapsOver, ExpectedSlot};
use crate::plan::START_MS;
use sandbox::{Bill, FaultRates};

/// After the faults have stopped, everything is settled within this.
const SETTLING_MS: i64 = 3 * 3_600_000;
/// A slot has its row by the time it is due, where a node works.
const PLANNED_MS: i64 = 60_000;

/// Slots that a cap kept from their posts.
const WITHOUT_MONEY: &str =
    "SELECT count(*) FROM slots WHERE state = 'skipped' AND reason = 'budget'";

impl Stage {
    /// Compares what the database says with what it should say.
    pub(super) fn audit(&mut self, is_last: bool) {
        self.tell_the_judge();
        let now = self.clock.millis();
        let offs: Vec<i64> = self.nodes.iter().map(|node| node.clock.off()).collect();
        let slowest = now + offs.iter().copied().min().unwrap_or(0);
        let most = offs.iter().copied().max().unwrap_or(0);
        // What a fast clock put off sleeps until that time has come, whoever looks at it then.
        let healthy_since = (self.healthy_since + most.max(0)).max(self.ahead_until);
        let books = books(self.place.desk(), now + most.max(0), is_last);
        self.judge.audit(now, healthy_since, slowest, &books);
        self.audit_money();
        if is_last {
            self.compare_bill(&books);
            let until = now.min(self.healthy_since.max(now - PLANNED_MS));
            let expected: BTreeSet<ExpectedSlot> =
                self.plan.bots.iter().flat_map(|bot| bot.slots(until)).collect();
            let mut until_then = books.clone();
            until_then.slots.retain(|slot| slot.due_at <= until && slot.due_at >= START_MS);
            self.judge.compare_plan(now, &expected, &until_then);
            self.judge.close(now, &books);
        }
    }

    fn audit_money(&mut self) {
        let plan = &self.plan;
        let over: CapsOver = plan
            .bots
            .iter()
            .map(|bot| (bot.id.as_str().to_owned(), plan.money.over(bot)))
            .filter(|(_, caps)| !caps.is_empty())
            .collect();
        if over.is_empty() {
            return;
        }
        let (now, rows) = (self.clock.millis(), ledger(self.place.desk()));
        self.judge.audit_money(now, &rows, &over);
    }

    fn compare_bill(&mut self, books: &Books) {
        let posts = Bill { posts_read: 0, users_read: 0, ..self.x.bill() };
        let receipts: BTreeSet<String> = books.receipts.iter().cloned().collect();
        let never_seen: u64 =
            self.judge.never_seen(&receipts).map(|text| Bill::of_post(text).micro_usd()).sum();
        let billed = posts.micro_usd().saturating_sub(never_seen);
        let billed = i64::try_from(billed).unwrap_or(i64::MAX);
        let rows = ledger(self.place.desk());
        self.judge.compare_bill(self.clock.millis(), billed, &rows);
    }

    /// The faults stop, people put things right, and what is open settles.
    pub(super) fn calm_down(&mut self, is_tolerant: bool) {
        self.troubles.calm();
        self.roads.cut(None, 0);
        self.x.set_rates(FaultRates::default());
        self.chaos.clear();
        self.edits_next_claim = false;
        self.ends.clear();
        let now = self.clock.millis();
        for node in 0..self.nodes.len() {
            if let Some(until) = &mut self.nodes[node].frozen_until {
                *until = now;
            }
            if let Some(at) = &mut self.nodes[node].starts_at {
                *at = now;
            }
            if let Some(process) = &self.nodes[node].process {
                process.life.light(-1);
            }
            // A clock that is set right goes forwards: backwards, nothing would be sent meanwhile.
            let off = self.plan.all_off;
            if self.nodes[node].clock.off() < off {
                self.nodes[node].clock.set_off(off);
                self.note(Event::Clock { node, off });
            }
        }
        self.switch(false);
        self.resume_all();
        self.healthy_since = now;
        self.play_until(now + SETTLING_MS, is_tolerant);
        if is_tolerant || self.judge.violations().is_empty() {
            self.audit(true);
        }
    }

    /// What it came to.
    pub(super) fn outcome(self) -> Outcome {
        let entries = self.chronicle.since(0);
        let (mut posts, mut ambiguous) = (0, 0);
        for entry in &entries {
            match &entry.event {
                Event::Accepted { .. } => posts += 1,
                Event::ByHand { .. } => posts -= 1,
                Event::Ended { told: Told::Lost, .. } | Event::Dropped { .. } => ambiguous += 1,
                _ => {}
            }
        }
        let mut counts = self.chronicle.counts();
        for taken in self.x.truth_since(0) {
            if let Some(word) = taken.hidden_by {
                *counts.entry(fault_class(&word)).or_default() += 1;
            }
        }
        if posts > 0 && !self.plan.weather.sandbox.lag.most.is_zero() {
            *counts.entry("timeline lagged").or_default() += 1;
        }
        let kept: Vec<(i64,)> = self.place.desk().rows(WITHOUT_MONEY, &[]);
        if let Some((slots,)) = kept.first().filter(|(slots,)| *slots > 0) {
            *counts.entry("slot without money").or_default() += u64::try_from(*slots).unwrap_or(0);
        }
        let outcome = Outcome {
            violations: self.judge.violations().to_vec(),
            hash: self.chronicle.hash(),
            counts,
            posts: u64::try_from(posts).unwrap_or_default(),
            ambiguous,
            doubles: self.judge.doubles(),
            entries,
        };
        drop(self.executor);
        drop(self.nodes);
        self.place.close();
        outcome
    }
}

/// Faults that hid or delayed an answer, by the truth log.
fn fault_class(word: &str) -> &'static str {
    match word {
        "accept_then_close" => "accepted, then closed",
        "accept_then_status" => "accepted, then 5xx",
        "late_accept" | "slow" => "accepted late",
        "html" => "accepted, then HTML",
        "broken_json" | "cut_body" => "accepted, then a broken body",
        "no_id" | "numeric_id" => "accepted, then no id",
        _ => "accepted, otherwise",
    }
}
