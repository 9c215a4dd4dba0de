//! What the judge remembers, and where each kind of news goes.

use std::collections::{BTreeMap, BTreeSet};

use super::Violation;
use crate::executor::Owner;
use crate::history::{Entry, Event, Look, StoredAttempt, Told};

/// The times of the protocol, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protocol {
    /// When absence may be voted for, after the socket was closed.
    pub(crate) votes: [i64; 3],
    /// What of the lease must be left when a send begins: its time-out and the margin.
    pub(crate) lease_left: i64,
    /// From the intent to `send_by`.
    pub(crate) send_timeout: i64,
    /// Another node's attempt counts as closed so long after `send_by`; `None` where there is one node.
    pub(crate) takeover_quiet: Option<i64>,
    /// A post is matched with its attempt by X's time and ours, which may disagree by this much.
    pub(crate) match_skew: i64,
    /// A clock further off than this sends nothing, once it was compared.
    pub(crate) clock_off_max: i64,
    /// It is compared this often.
    pub(crate) clock_compared_every: i64,
    /// After the catch-up window a slot is settled within this (invariant I2).
    pub(crate) settled_by: i64,
    /// Sends of one slot whose answers may be lost.
    pub(crate) lost_rounds_max: usize,
    /// X shows what it took before absence is proven. Where it does not, only its duplicate filter
    /// stands against a double, and a slot may end although X shows its post later.
    pub(crate) shows_in_time: bool,
}

impl Protocol {
    /// As it is written; `is_shared` where several nodes share the database.
    pub(crate) fn standard(is_shared: bool) -> Self {
        Self {
            votes: [30_000, 120_000, 600_000],
            lease_left: 35_000,
            send_timeout: 25_000,
            takeover_quiet: is_shared.then_some(15 * 60_000),
            match_skew: 5_000,
            clock_off_max: 30_000,
            clock_compared_every: 30_000,
            settled_by: 20 * 60_000,
            lost_rounds_max: 2,
            shows_in_time: true,
        }
    }
}

/// A post that X took.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) id: String,
    pub(super) removed_at: Option<i64>,
    /// The newest attempt of its text when X took it.
    pub(super) attempt: Option<i64>,
}

/// A stored intent and what became of its send.
#[derive(Clone, Debug)]
pub(super) struct Intention {
    pub(super) stored: StoredAttempt,
    pub(super) at: i64,
    /// Its `send_by`, by true time.
    pub(super) send_by: i64,
    pub(super) node: Option<Owner>,
    pub(super) began_at: Option<i64>,
    pub(super) closed_at: Option<i64>,
    pub(super) told: Option<Told>,
    /// Its node stored when the socket was closed.
    pub(super) is_recorded: bool,
    /// It stood in a restored copy: whatever is found out about it, its bot looks again before it sends.
    pub(super) is_recalled: bool,
}

/// A look, and whether X gave a page.
#[derive(Clone, Debug)]
pub(super) struct Glance {
    pub(super) at: i64,
    pub(super) look: Option<Look>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NodeFacts {
    pub(super) leased_until: i64,
    pub(super) clock_off: i64,
    /// The same before it was set last.
    pub(super) clock_off_before: i64,
    pub(super) clock_set_at: i64,
    pub(super) down_at: Option<i64>,
}

/// The judge of one episode.
pub(crate) struct Judge {
    pub(super) protocol: Protocol,
    pub(super) violations: Vec<Violation>,
    pub(super) nodes: BTreeMap<Owner, NodeFacts>,
    pub(super) node_of_fence: BTreeMap<i64, Owner>,
    pub(super) attempts: BTreeMap<i64, Intention>,
    /// The newest intent for these bytes of that bot.
    pub(super) newest: BTreeMap<(String, String), i64>,
    /// Attempts of a slot, by its bot and due time: row ids do not survive a restore.
    pub(super) of_slot: BTreeMap<(String, i64), Vec<i64>>,
    pub(super) in_the_air: BTreeSet<String>,
    pub(super) waits_until: BTreeMap<String, i64>,
    pub(super) looks: BTreeMap<String, Vec<Glance>>,
    pub(super) swept_at: BTreeMap<String, i64>,
    pub(super) must_sweep_since: i64,
    /// The database was restored to an earlier commit.
    pub(super) has_lost_history: bool,
    pub(super) has_kill_switch: bool,
    pub(super) paused: BTreeSet<String>,
    /// Bots that ask a person each time.
    pub(super) asking: BTreeSet<String>,
    /// Bytes that have a yes which counts, by their bot.
    pub(super) approved: BTreeMap<String, BTreeSet<String>>,
    /// Bytes that had one when their intent was stored: what is undone later is on its way already.
    pub(super) let_go: BTreeSet<(String, String)>,
    pub(super) versions: BTreeMap<i64, i64>,
    pub(super) taken: BTreeMap<(String, String), Vec<Taken>>,
    pub(super) texts: BTreeMap<String, (String, String)>,
    /// When X took a post, by its id.
    pub(super) taken_at: BTreeMap<String, i64>,
    pub(super) by_hand: BTreeSet<String>,
    /// Texts that counted as absent at some time, by their bot: a restore does not take that back.
    pub(super) once_absent: BTreeSet<(String, String)>,
    pub(super) slot_texts: BTreeMap<(String, i64), BTreeSet<String>>,
    pub(super) doubles: u64,
    /// The most by which two nodes' clocks were apart so far.
    pub(super) skew: i64,
    /// The most by which any was off.
    pub(super) worst_clock: i64,
    /// Somebody set one while it ran.
    pub(super) has_set_clock: bool,
}

/// Nothing goes out that a person should have seen and has not.
pub(super) const UNAPPROVED: &str = "I3b (approved by a person)";

impl Judge {
    /// A judge who knows nothing yet.
    pub(crate) fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            violations: Vec::new(),
            nodes: BTreeMap::new(),
            node_of_fence: BTreeMap::new(),
            attempts: BTreeMap::new(),
            newest: BTreeMap::new(),
            of_slot: BTreeMap::new(),
            in_the_air: BTreeSet::new(),
            waits_until: BTreeMap::new(),
            looks: BTreeMap::new(),
            swept_at: BTreeMap::new(),
            must_sweep_since: i64::MIN,
            has_lost_history: false,
            has_kill_switch: false,
            paused: BTreeSet::new(),
            asking: BTreeSet::new(),
            approved: BTreeMap::new(),
            let_go: BTreeSet::new(),
            versions: BTreeMap::new(),
            taken: BTreeMap::new(),
            texts: BTreeMap::new(),
            taken_at: BTreeMap::new(),
            by_hand: BTreeSet::new(),
            once_absent: BTreeSet::new(),
            slot_texts: BTreeMap::new(),
            doubles: 0,
            skew: 0,
            worst_clock: 0,
            has_set_clock: false,
        }
    }

    /// What was objected to so far.
    pub(crate) fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Posts of ours that stand on X beside another of the same text.
    pub(crate) fn doubles(&self) -> u64 {
        self.doubles
    }

    /// The news.
    pub(crate) fn hear(&mut self, entry: &Entry) {
        let at = entry.at;
        match &entry.event {
            Event::Starts { must_distrust, .. } => {
                if *must_distrust {
                    self.must_sweep_since = at;
                }
            }
            Event::Down { node } => self.nodes.entry(*node).or_default().down_at = Some(at),
            Event::Clock { node, off } => {
                let before = self.nodes.get(node).map(|facts| facts.clock_off);
                let is_set = |before: i64| (off - before).abs() > self.protocol.match_skew;
                self.has_set_clock |= before.is_some_and(is_set);
                let facts = self.nodes.entry(*node).or_default();
                facts.clock_off_before = facts.clock_off;
                (facts.clock_off, facts.clock_set_at) = (*off, at);
                let offs = || self.nodes.values().map(|facts| facts.clock_off);
                let spread = offs().max().unwrap_or(0) - offs().min().unwrap_or(0);
                self.skew = self.skew.max(spread);
                self.worst_clock = self.worst_clock.max(off.abs());
            }
            Event::Leased { node, fence, until } => {
                self.nodes.entry(*node).or_default().leased_until = *until;
                self.node_of_fence.insert(*fence, *node);
            }
            Event::Intended(stored) => self.intended(at, stored),
            Event::Recalled(stored) => self.recalled(at, stored),
            Event::Began { node, bot, text } => self.began(at, *node, (bot, text)),
            Event::Ended { bot, text, told, .. } => self.ended(at, (bot, text), Some(*told)),
            Event::Dropped { bot, text, .. } => self.ended(at, (bot, text), None),
            Event::Looked { bot, look, .. } => self.looked(at, bot, look.as_ref()),
            Event::Settled { .. } => self.settled(at, &entry.event),
            Event::KillSwitch { is_on } => self.has_kill_switch = *is_on,
            Event::Paused { bot, is_paused: true } => {
                self.paused.insert(bot.clone());
            }
            Event::Paused { bot, is_paused: false } => {
                self.paused.remove(bot);
                self.waits_until.remove(bot);
            }
            Event::Asks { bot } => {
                self.asking.insert(bot.clone());
            }
            Event::Approved { bot, text } => {
                self.approved.entry(bot.clone()).or_default().insert(text.clone());
            }
            Event::Unapproved { bot, text } => {
                self.approved.entry(bot.clone()).or_default().remove(text);
            }
            Event::OtherPolicy { bot } => {
                self.approved.remove(bot);
            }
            Event::Accepted { id, bot, text } => self.accepted(at, id, (bot, text)),
            Event::ByHand { id, .. } => {
                self.by_hand.insert(id.clone());
            }
            Event::Removed { id } => self.removed(at, id),
            Event::Restored => self.restored(),
            Event::Distrusted { .. } | Event::Counted { .. } | Event::Said(_) => {}
        }
    }

    /// Rows are others now: their ids and versions begin anew. What X has stays.
    fn restored(&mut self) {
        self.has_lost_history = true;
        self.attempts.clear();
        self.newest.clear();
        self.of_slot.clear();
        self.versions.clear();
        self.waits_until.clear();
        self.approved.clear();
    }

    /// A bot that asks may send only what has a yes now.
    pub(super) fn demand_yes(&mut self, at: i64, bot: &str, text: &str) {
        if !self.asking.contains(bot) {
            return;
        }
        if self.approved.get(bot).is_some_and(|texts| texts.contains(text)) {
            self.let_go.insert((bot.to_owned(), text.to_owned()));
        } else {
            let what = format!("an intent holds {text:?}, to which nobody said yes");
            self.object(UNAPPROVED, at, bot, what);
        }
    }

    pub(super) fn object(&mut self, rule: &'static str, at: i64, bot: &str, what: String) {
        self.violations.push(Violation { rule, at, bot: bot.to_owned(), what });
    }
}
