//! The loop: what is due now happens, then the clock goes to the next thing.

use std::io;
use std::sync::Arc;

use super::node::{Done, Node, beat, deliver, read, record, round};
use super::scribe::Heads;
use super::stage::{Outcome, Stage};
use crate::bugs::Bug;
use crate::executor::Owner;
use crate::history::Event;
use crate::plan::{Episode, START_MS};

/// The janitor ticks this often.
const BEAT_MS: i64 = 15_000;
/// And renews the lease for so long.
const LEASE_MS: i64 = 60_000;
/// The last of some beats, by the fence of a lease that lives.
const BEATS: &str = "UPDATE nodes SET heartbeat_at = ?2, expires_at = ?3
     WHERE fence = ?1 AND ended_at IS NULL AND expires_at > ?4 RETURNING fence";
/// A clock further off sends nothing.
const CLOCK_OFF_MAX_MS: i64 = 30_000;
/// A round follows another no sooner.
const ROUND_MIN_MS: i64 = 100;
/// A process that finds nothing to do although something seems due looks again after this, and later
/// the longer that lasts.
const IDLE_MS: i64 = 2_000;
const IDLE_MAX_MS: i64 = 15_000;
/// A start that failed, or a round, is tried again after this.
const ERROR_WAIT_MS: i64 = 1_000;
/// Kept outcomes are tried again within this.
const RECORDER_MS: i64 = 2_100;
/// As many as a claim takes: more may be waiting.
const CLAIM_MAX: usize = 512;
/// Rounds at one moment.
const ROUNDS_MAX: u32 = 64;
/// Moments of an episode; more of them is a world that goes round in circles.
const MOMENTS_PER_DAY_MAX: i64 = 60_000;

/// Plays an episode to its end, or to its first objection.
pub(crate) fn play_out(plan: Episode, bug: Option<Bug>) -> io::Result<Outcome> {
    let is_tolerant = plan.weather.barrier == crate::plan::Barrier::Neither;
    let mut stage = Stage::set(plan, bug)?;
    let ends_at = stage.plan.ends_at();
    stage.play_until(ends_at, is_tolerant);
    if is_tolerant || stage.judge.violations().is_empty() {
        stage.calm_down(is_tolerant);
    }
    Ok(stage.outcome())
}

impl Stage {
    /// Until that moment, or an objection.
    pub(super) fn play_until(&mut self, until: i64, is_tolerant: bool) {
        let mut moments =
            (until - self.clock.millis()) / 86_400_000 * MOMENTS_PER_DAY_MAX + MOMENTS_PER_DAY_MAX;
        let mut audit_at = self.clock.millis() + self.plan.audit_every_ms;
        while self.clock.millis() < until {
            self.moment();
            if self.clock.millis() >= audit_at {
                self.audit(false);
                audit_at = self.clock.millis() + self.plan.audit_every_ms;
            }
            if !is_tolerant && !self.judge.violations().is_empty() {
                return;
            }
            moments -= 1;
            assert!(moments > 0, "the episode of seed {} goes round in circles", self.plan.seed);
            let next = self.next_moment().min(until).min(audit_at);
            self.pass_to(next);
        }
    }

    /// Everything that happens now.
    fn moment(&mut self) {
        self.meddle();
        self.edit_what_is_claimed();
        self.timers.fire();
        self.thaw();
        let first = self.dice.below(self.nodes.len());
        for place in 0..self.nodes.len() {
            let node = (first + place) % self.nodes.len();
            self.act(node);
        }
        self.drain();
        self.mark_health();
        self.tell_the_judge();
        self.read_heads();
        self.plan_rounds(first);
    }

    fn thaw(&mut self) {
        let now = self.clock.millis();
        for node in 0..self.nodes.len() {
            if self.nodes[node].frozen_until.is_some_and(|until| until <= now) {
                self.nodes[node].frozen_until = None;
                self.executor.thaw(node);
                self.look_at_gaps();
            }
        }
    }

    /// Starts what is due at one node.
    fn act(&mut self, node: Owner) {
        let now = self.clock.millis();
        if self.nodes[node].process.is_none() {
            if self.nodes[node].starts_at.is_some_and(|at| at <= now) {
                self.start(node);
            }
            return;
        }
        if !self.nodes[node].is_awake() {
            return;
        }
        let Some(process) = &mut self.nodes[node].process else { return };
        if !process.is_up {
            if process.again_at.is_some_and(|at| at <= now) {
                // A process that cannot start ends, and another one begins.
                self.kill(node, 0);
                self.start(node);
            }
            return;
        }
        let is_round = process.round_not_before <= now;
        let must_beat = is_round || self.beats_for_real;
        if must_beat && now - process.beat_at >= BEAT_MS && !process.is_beating {
            process.is_beating = true;
            let engine = Arc::clone(&process.engine);
            self.executor.spawn(node, beat(engine));
        }
        if is_round {
            process.rounds_now = 0;
            self.start_round(node);
        }
    }

    /// Starts the ticks that have something to do; the others would only ask.
    fn start_round(&mut self, node: Owner) {
        let by_node = self.clock.millis() + self.nodes[node].clock.off();
        let Some(process) = &mut self.nodes[node].process else { return };
        let engine = Arc::clone(&process.engine);
        if engine.unrecorded() > 0 && !process.is_recording {
            process.is_recording = true;
            self.executor.spawn(node, record(Arc::clone(&engine)));
        }
        if self.heads.look <= by_node && !process.is_reading {
            process.is_reading = true;
            self.executor.spawn(node, read(Arc::clone(&engine)));
        }
        let plans = self.heads.plan <= by_node;
        if (plans || self.heads.send <= by_node) && !process.is_in_round {
            process.is_in_round = true;
            process.rounds_now += 1;
            self.executor.spawn(node, round(engine, plans));
        }
    }

    /// Runs all tasks as far as they come now.
    fn drain(&mut self) {
        loop {
            let ended = self.executor.run();
            self.bury();
            let Some((node, done)) = ended else { return };
            self.follow(node, done);
        }
    }

    /// Nodes whose fuse has burnt down.
    fn bury(&mut self) {
        for node in 0..self.nodes.len() {
            if self.nodes[node].process.as_ref().is_some_and(|process| process.life.is_over()) {
                self.chronicle.count("crash at an await");
                let down_ms = self.nodes[node].down_ms;
                self.kill(node, down_ms);
            }
        }
    }

    fn follow(&mut self, node: Owner, done: Done) {
        let now = self.clock.millis();
        let Some(process) = &mut self.nodes[node].process else { return };
        match done {
            Done::Started(Ok(())) => {
                (process.is_up, process.beat_at, process.again_at) = (true, now, None);
                process.round_not_before = now;
                self.is_restored = false;
                process.rounds_now = 0;
                self.heads = Heads::at(0);
                self.start_round(node);
            }
            Done::Started(Err(_)) => process.again_at = Some(now + ERROR_WAIT_MS),
            Done::Beat(outcome) => {
                process.is_beating = false;
                if outcome.is_ok() {
                    process.beat_at = now;
                } else {
                    // As the runner: not before the next beat. The store tells the rounds.
                    process.beat_at = now;
                    process.again_at = Some(now + RECORDER_MS);
                }
            }
            Done::Round(Ok(batch)) => {
                process.is_in_round = false;
                let is_more = batch.claimed() >= CLAIM_MAX && process.rounds_now < ROUNDS_MAX;
                if batch.claimed() > 0 {
                    process.idle_rounds = 0;
                }
                let engine = Arc::clone(&process.engine);
                if !batch.is_empty() {
                    self.executor.spawn(node, deliver(engine, batch));
                }
                if is_more {
                    self.start_round(node);
                }
            }
            Done::Round(Err(_)) => {
                process.is_in_round = false;
                process.again_at = Some(now + ERROR_WAIT_MS);
            }
            Done::Read(looked) => {
                process.is_reading = false;
                if looked.is_ok_and(|looked| looked > 0) {
                    process.idle_rounds = 0;
                }
            }
            Done::Recorded => process.is_recording = false,
            Done::Delivered => process.idle_rounds = 0,
        }
    }

    /// When each node makes its next round: when something is due, as it notices.
    fn plan_rounds(&mut self, first: Owner) {
        let now = self.clock.millis();
        let wake = self.heads.next();
        let round_ms = self.plan.round_ms;
        for (place, node) in self.nodes.iter_mut().enumerate() {
            let (off, lateness) =
                (node.clock.off(), if place == first { 0 } else { node.lateness });
            let Some(process) = node.process.as_mut().filter(|process| process.is_up) else {
                continue;
            };
            let waits = process.again_at.is_some();
            if process.store.has_failed() || (!waits && process.engine.unrecorded() > 0) {
                process.again_at = Some(now + RECORDER_MS);
            }
            let mut next = wake.saturating_sub(off);
            // Its own turn is still to come: what other nodes do meanwhile must not put it off for ever.
            let is_waiting = process.round_not_before > now && process.idle_rounds > 0;
            if next <= now && is_waiting {
                continue;
            }
            if next <= now {
                let wait = match process.idle_rounds {
                    0 => ROUND_MIN_MS,
                    tries => (IDLE_MS << tries.min(4)).min(IDLE_MAX_MS),
                };
                process.idle_rounds += 1;
                next = now + wait;
            } else {
                process.idle_rounds = 0;
            }
            if let Some(again) = process.again_at {
                next = next.min(again.max(now + 1));
                if again <= now {
                    process.again_at = None;
                }
            }
            process.round_not_before = up_to_a_multiple(next + lateness, round_ms);
        }
    }

    fn next_moment(&self) -> i64 {
        let now = self.clock.millis();
        let mut next = self.timers.next().unwrap_or(i64::MAX);
        let mut at = |moment: i64| next = next.min(moment.max(now + 1));
        if let Some(chaos) = self.chaos.last() {
            at(chaos.at);
        }
        if let Some(((ends_at, _), _)) = self.ends.first_key_value() {
            at(*ends_at);
        }
        for node in &self.nodes {
            match (&node.process, node.starts_at, node.frozen_until) {
                (_, _, Some(thaws_at)) => at(thaws_at),
                (None, Some(starts_at), None) => at(starts_at),
                (Some(process), _, None) if process.is_up => at(process.round_not_before),
                (Some(process), _, None) => {
                    if let Some(again_at) = process.again_at {
                        at(again_at);
                    }
                }
                (None, None, None) => {}
            }
        }
        next
    }

    /// The clock goes on to `next`. Where nobody works on anything, one row stands for all beats on the
    /// way; else they are made, because they also take up what was left.
    fn pass_to(&mut self, next: i64) {
        let now = self.clock.millis();
        let is_away = |node| self.troubles.is_away(node, now);
        let has_trouble = (0..self.nodes.len()).any(is_away) || self.troubles.starves(now);
        self.beats_for_real = has_trouble || self.heads.is_at_work;
        if self.beats_for_real {
            self.clock.set(next.min(now + BEAT_MS));
            return;
        }
        if next - now > BEAT_MS {
            for node in self.nodes.iter().filter(|node| node.working().is_some()) {
                let Some(process) = &node.process else { continue };
                let then = next + node.clock.off();
                let times = [process.store.fence(), then, then + LEASE_MS, node.clock.millis()];
                self.place.desk().rows::<(i64,)>(BEATS, &times);
            }
        }
        self.clock.set(next);
    }

    fn mark_health(&mut self) {
        let now = self.clock.millis();
        let working = self.nodes.iter().filter(|node| node.working().is_some());
        // One that was set, not one that is off from its start.
        let set_by = |node: &Node| node.clock.off() - self.plan.all_off;
        let fast = working.map(set_by).filter(|off| *off > CLOCK_OFF_MAX_MS).max();
        self.ahead_until = self.ahead_until.max(fast.map_or(START_MS, |off| now + off));
        // Where the database has a clock, a node whose own is wrong sends nothing.
        let is_right = |off: i64| !self.plan.is_shared() || off.abs() <= CLOCK_OFF_MAX_MS;
        // Without X a slot is skipped in time, or a person called.
        let reaches = |node| !self.troubles.is_away(node, now);
        let has_node = self.nodes.iter().enumerate().any(|(owner, node)| {
            node.working().is_some() && is_right(node.clock.off()) && reaches(owner)
        });
        if !has_node || self.troubles.starves(now) {
            self.healthy_since = now;
        }
    }

    /// What X took, and what else happened, in this order: a look may show what was just taken.
    pub(super) fn tell_the_judge(&mut self) {
        for taken in self.x.truth_since(self.taken) {
            self.taken += 1;
            let (id, bot, text) = (taken.id, taken.account, taken.text);
            self.note(Event::Accepted { id, bot, text });
        }
        for entry in self.chronicle.since(self.heard) {
            self.heard += 1;
            self.judge.hear(&entry);
        }
    }

    fn read_heads(&mut self) {
        let now = self.clock.millis();
        self.heads = Heads::read(self.place.desk(), now);
        if let Some(bot) = self.heads.doubled.clone() {
            self.judge.object_to_flights(now, &bot);
        }
    }
}

fn up_to_a_multiple(moment: i64, of: i64) -> i64 {
    moment + (-moment).rem_euclid(of)
}
