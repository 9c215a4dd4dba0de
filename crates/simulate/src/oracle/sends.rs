//! What must be true when an intent is stored, when a send begins, and when a slot is settled: I3, I5,
//! I6, I7, and the checks of steps S2 to S5.

use domain::model::PayloadHash;

use super::Judge;
use super::judge::Intention;
use crate::executor::Owner;
use crate::history::{Event, StoredAttempt, Told};

/// A node reads its clock, then the database answers.
const SLACK_MS: i64 = 2_000;

impl Judge {
    pub(super) fn intended(&mut self, at: i64, stored: &StoredAttempt) {
        let bot = stored.bot.as_str();
        let node = self.node_of_fence.get(&stored.fence).copied();
        if PayloadHash::of(&stored.payload).as_str() != stored.payload_hash {
            let what = format!("attempt {} stores the hash of other bytes", stored.id);
            self.object("I3 (approved bytes)", at, bot, what);
        }
        if stored.content != stored.payload {
            let what = format!("attempt {} holds a text that its post no longer has", stored.id);
            self.object("I3 (approved bytes)", at, bot, what);
        }
        if self.has_kill_switch || self.paused.contains(bot) {
            let what = format!("attempt {} was stored although it may not send", stored.id);
            self.object("S3 (pause and kill switch)", at, bot, what);
        }
        let off = node.map_or(0, |node| self.off_when_decided(at, node, stored));
        let window_end = stored.due_at + stored.catch_up_ms;
        if !stored.is_latest_only && at + off > window_end + SLACK_MS {
            let what = format!("attempt {} began after the window of its slot", stored.id);
            self.object("S3 (lateness)", at, bot, what);
        }
        let send_by = stored.send_by - off;
        if send_by > at + self.protocol.send_timeout + SLACK_MS {
            let what = format!("attempt {} may be sent for {} ms", stored.id, send_by - at);
            self.object("S3 (send_by)", at, bot, what);
        }
        self.demand_yes(at, bot, &stored.payload);
        self.compare_with_earlier(at, stored);
        let stored = stored.clone();
        self.remember(Intention {
            stored,
            at,
            send_by,
            node,
            began_at: None,
            closed_at: None,
            told: None,
            is_recorded: false,
            is_recalled: false,
        });
    }

    /// Whoever sent it is dead, and it may have been sent until now.
    pub(super) fn recalled(&mut self, at: i64, stored: &StoredAttempt) {
        self.remember(Intention {
            stored: stored.clone(),
            at,
            send_by: stored.send_by,
            node: None,
            began_at: Some(at),
            closed_at: Some(at),
            told: None,
            is_recorded: false,
            is_recalled: true,
        });
    }

    fn remember(&mut self, one: Intention) {
        let Intention { stored, .. } = &one;
        self.newest.insert((stored.bot.clone(), stored.payload.clone()), stored.id);
        self.of_slot.entry((stored.bot.clone(), stored.due_at)).or_default().push(stored.id);
        self.attempts.insert(stored.id, one);
    }

    fn compare_with_earlier(&mut self, at: i64, stored: &StoredAttempt) {
        let key = (stored.bot.clone(), stored.due_at);
        let earlier: Vec<&Intention> = self
            .of_slot
            .get(&key)
            .into_iter()
            .flatten()
            .filter_map(|id| self.attempts.get(id))
            .collect();
        let has_other = earlier.iter().any(|one| one.stored.payload != stored.payload);
        // What a copy gave back does not say what X answered.
        let is_lost = |one: &&&Intention| {
            let is_open = matches!(one.told, None | Some(Told::Lost));
            one.began_at.is_some() && is_open && !one.is_recalled
        };
        let lost = earlier.iter().filter(is_lost).count();
        if has_other {
            let what = format!("attempt {} has other bytes than the one before", stored.id);
            self.object("I7 (retries are identical)", at, &stored.bot, what);
        }
        if lost >= self.protocol.lost_rounds_max {
            let what = format!("attempt {} follows {lost} whose answers were lost", stored.id);
            self.object("reconcile 6 (two rounds)", at, &stored.bot, what);
        }
    }

    /// How far the node's clock was from the true time when it decided to send. It may have been set while
    /// the database answered; then the one of the two that makes sense of `send_by`.
    fn off_when_decided(&self, at: i64, node: Owner, stored: &StoredAttempt) -> i64 {
        let facts = self.nodes.get(&node).copied().unwrap_or_default();
        let may_have_been_set = at - facts.clock_set_at <= self.protocol.send_timeout;
        let before = may_have_been_set.then_some(facts.clock_off_before);
        let strangeness =
            |off: &i64| (stored.send_by - off - self.protocol.send_timeout - at).abs();
        before.into_iter().chain([facts.clock_off]).min_by_key(strangeness).unwrap_or_default()
    }

    pub(super) fn began(&mut self, at: i64, node: Owner, (bot, text): (&String, &String)) {
        if !self.in_the_air.insert(bot.clone()) {
            let what = "a send began while another was under way".to_owned();
            self.object("I5 (one in flight)", at, bot, what);
        }
        let facts = self.nodes.get(&node).copied().unwrap_or_default();
        let left = facts.leased_until - at;
        if left < self.protocol.lease_left {
            let what = format!("a send began with {left} ms of its lease left");
            self.object("S4 (lease)", at, bot, what);
        }
        if self.waits_until.get(bot).is_some_and(|until| at + facts.clock_off < *until) {
            let what = "a send began before the reset that X named".to_owned();
            self.object("classify 429", at, bot, what);
        }
        let swept_at = self.swept_at.get(bot).copied().unwrap_or(i64::MIN);
        if swept_at < self.must_sweep_since {
            let what = "a send began before its timeline was read after lost history".to_owned();
            self.object("S2 (lost history)", at, bot, what);
        }
        let is_compared = at - facts.clock_set_at > self.protocol.clock_compared_every;
        let is_off = facts.clock_off.abs() > self.protocol.clock_off_max;
        if self.protocol.takeover_quiet.is_some() && is_off && is_compared {
            let what = format!("a send began on a clock that is {} ms off", facts.clock_off);
            self.object("time (clocks)", at, bot, what);
        }
        self.match_intent(at, facts.clock_off, (bot, text));
    }

    fn match_intent(&mut self, at: i64, off: i64, (bot, text): (&String, &String)) {
        let newest = self.newest.get(&(bot.clone(), text.clone()));
        let Some(intention) = newest.and_then(|id| self.attempts.get_mut(id)) else {
            let what = format!("{text:?} was sent and no intent holds these bytes");
            self.object("S3 (intent before send), I3", at, bot, what);
            return;
        };
        let send_by = intention.stored.send_by;
        let is_second = intention.began_at.replace(at).is_some();
        let id = intention.stored.id;
        if is_second {
            let what = format!("the intent of attempt {id} was sent twice");
            self.object("S5 (one send)", at, bot, what);
        }
        if at + off > send_by {
            let what = format!("attempt {id} was sent {} ms after its send_by", at + off - send_by);
            self.object("S5 (send_by)", at, bot, what);
        }
    }

    pub(super) fn ended(&mut self, at: i64, (bot, text): (&String, &String), told: Option<Told>) {
        self.in_the_air.remove(bot);
        let newest = self.newest.get(&(bot.clone(), text.clone()));
        if let Some(intention) = newest.and_then(|id| self.attempts.get_mut(id)) {
            intention.closed_at = Some(at);
            intention.told = told;
        }
    }

    pub(super) fn settled(&mut self, at: i64, event: &Event) {
        let Event::Settled { node, slot, version, from, to, verdict, .. } = event else { return };
        let bot = verdict
            .and_then(|(attempt, _)| self.attempts.get(&attempt))
            .map_or_else(String::new, |one| one.stored.bot.clone());
        if !is_lawful(from, to) {
            let what = format!("slot {slot} went from {from} to {to}");
            self.object("I6 (states)", at, &bot, what);
        }
        let last = self.versions.insert(*slot, *version + 1);
        if last.is_some_and(|last| *version < last) {
            let what = format!("slot {slot} was settled at version {version} after {last:?}");
            self.object("I6 (versions)", at, &bot, what);
        }
        self.remember_wait(at, verdict.filter(|_| *from == "sending").map(|(attempt, _)| attempt));
        match verdict {
            Some((attempt, "absent")) if *from != "sending" => {
                self.proven_absent(at, *attempt, *node);
                let key = |one: &Intention| (one.stored.bot.clone(), one.stored.payload.clone());
                self.once_absent.extend(self.attempts.get(attempt).map(key));
            }
            Some((attempt, "unknown")) if *from == "sending" => {
                if let Some(one) = self.attempts.get_mut(attempt) {
                    one.is_recorded = true;
                }
            }
            Some((attempt, "refused")) => self.refused(at, *attempt),
            // X has it: nothing of it is on its way, though its node may still stand where it sent.
            Some((_, "posted")) if *from != "sending" => {
                self.in_the_air.remove(&bot);
            }
            Some(_) | None => {}
        }
    }

    /// X said when the bot may send again, and its node lived to store that.
    fn remember_wait(&mut self, at: i64, attempt: Option<i64>) {
        let Some(one) = attempt.and_then(|attempt| self.attempts.get(&attempt)) else { return };
        if let Some(Told::Wait(Some(until))) = one.told {
            self.waits_until.insert(one.stored.bot.clone(), until.min(at + 24 * 3_600_000));
        }
    }

    /// An ambiguous answer is no refusal.
    fn refused(&mut self, at: i64, attempt: i64) {
        let Some(one) = self.attempts.get(&attempt) else { return };
        let bot = one.stored.bot.clone();
        if one.told == Some(Told::Lost) {
            let what = format!("attempt {attempt}, whose answer was lost, counts as refused");
            self.object("I8 (errors are no evidence)", at, &bot, what);
        }
    }
}

/// The arrows of the protocol's picture that an outcome or a look may take.
fn is_lawful(from: &str, to: &str) -> bool {
    match from {
        "claimed" => matches!(to, "assigned" | "skipped" | "posted"),
        "sending" => {
            matches!(to, "posted" | "retry_wait" | "failed" | "needs_attention" | "unknown")
        }
        "reconciling" => matches!(
            to,
            "posted" | "unknown" | "retry_wait" | "skipped" | "failed" | "needs_attention"
        ),
        "needs_attention" => matches!(to, "needs_attention" | "posted"),
        _ => false,
    }
}
