//! When the database, X and the model last worked: what `/health` tells.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::model::{EVERGREEN, RateLimits};
use domain::ports::{Drill, LoopSeen, Seen, Tried, Vitals, WriterSeen};
use domain::rules::room::Room;
use jiff::{SignedDuration, Timestamp};

/// Kept by the ticks, read by the pages.
#[derive(Default)]
pub(crate) struct VitalSigns(Mutex<Vitals>);

impl VitalSigns {
    pub(crate) fn now(&self) -> Vitals {
        self.with(|vitals| vitals.clone())
    }

    pub(crate) fn database(&self, now: Timestamp, outcome: Result<(), String>) {
        self.with(|vitals| note(&mut vitals.database, now, outcome));
    }

    pub(crate) fn x(&self, now: Timestamp, outcome: Result<(), String>) {
        self.with(|vitals| note(&mut vitals.x, now, outcome));
    }

    /// X said how much it lets us.
    pub(crate) fn quotas(&self, now: Timestamp, limits: &RateLimits) {
        self.with(|vitals| vitals.quotas.note(limits, now));
    }

    pub(crate) fn model(&self, now: Timestamp, outcome: Result<(), String>) {
        self.with(|vitals| note(&mut vitals.model, now, outcome));
    }

    pub(crate) fn moderation(&self, now: Timestamp, outcome: Result<(), String>) {
        self.with(|vitals| note(&mut vitals.moderation, now, outcome));
    }

    pub(crate) fn bulk(&self, now: Timestamp, outcome: Result<(), String>) {
        self.with(|vitals| note(&mut vitals.bulk.seen, now, outcome));
    }

    pub(crate) fn bulk_open(&self, open: u64) {
        self.with(|vitals| vitals.bulk.open = open);
    }

    /// What became of those who were asked to write. The model is the first of them.
    pub(crate) fn wrote(&self, now: Timestamp, tried: &[Tried]) {
        let outcome = |one: &Tried| one.error.clone().map_or(Ok(()), Err);
        self.with(|vitals| {
            note(&mut vitals.model, now, tried.first().map_or(Ok(()), outcome));
            for one in tried {
                note(writer_of(&mut vitals.writers, &one.writer), now, outcome(one));
            }
        });
    }

    /// A channel or webhook was told something, or why not.
    pub(crate) fn told(&self, target: &str, now: Timestamp, outcome: Result<&(), String>) {
        self.with(|vitals| {
            let known = vitals.channels.iter().position(|(name, _)| name == target);
            let at = known.unwrap_or_else(|| {
                vitals.channels.push((target.to_owned(), Seen::default()));
                vitals.channels.len() - 1
            });
            note(&mut vitals.channels[at].1, now, outcome.copied());
        });
    }

    /// No writer had filled a queue when a post was due, and the stock of its bot helped.
    pub(crate) fn used_evergreen(&self, now: Timestamp) {
        self.with(|vitals| note(writer_of(&mut vitals.writers, EVERGREEN), now, Ok(())));
    }

    /// Backups are kept here, so often.
    pub(crate) fn keeps_backups(&self, every: SignedDuration) {
        self.with(|vitals| {
            vitals.backup = Some(Seen::default());
            vitals.backup_every = Some(every);
        });
    }

    /// The last good backup was taken then, or there is no new one because of this.
    pub(crate) fn backup(&self, outcome: Result<Option<Timestamp>, String>) {
        self.with(|vitals| {
            let seen = vitals.backup.get_or_insert_default();
            match outcome {
                Ok(ok_at) => *seen = Seen { ok_at, error: None },
                Err(error) => {
                    seen.error.get_or_insert(error);
                }
            }
        });
    }

    /// A copy of a backup that was taken then is in another place, or there is none because of this. What
    /// failed stays told until a newer one went.
    pub(crate) fn off_site(&self, outcome: Result<Option<Timestamp>, String>) {
        self.with(|vitals| {
            let seen = vitals.off_site.get_or_insert_default();
            match outcome {
                Ok(ok_at) if ok_at > seen.ok_at => *seen = Seen { ok_at, error: None },
                Ok(_) => {}
                Err(error) => {
                    seen.error.get_or_insert(error);
                }
            }
        });
    }

    /// The last restore that was tried went so.
    pub(crate) fn drill(&self, drill: Option<Drill>) {
        self.with(|vitals| vitals.drill = drill);
    }

    /// The oldest backup that is kept was taken then.
    pub(crate) fn backups_since(&self, since: Option<Timestamp>) {
        self.with(|vitals| vitals.backups_since = since);
    }

    /// A round of the engine ended, so much later than it was wanted.
    pub(crate) fn ticked(&self, now: Timestamp, lag: Duration) {
        self.with(|vitals| {
            vitals.ticked_at = Some(now);
            vitals.lag = SignedDuration::try_from(lag).unwrap_or(SignedDuration::MAX);
        });
    }

    /// The lease was renewed.
    pub(crate) fn renewed(&self, now: Timestamp) {
        self.with(|vitals| vitals.lease_renewed_at = Some(now));
    }

    /// A round of that loop begins now.
    pub(crate) fn begins(&self, watch: Watch, now: Timestamp) {
        self.with(|vitals| {
            let seen = loop_of(&mut vitals.loops, watch.name);
            seen.due_by = Some(now + watch.round_max);
        });
    }

    /// And ended.
    pub(crate) fn ends(&self, watch: Watch, now: Timestamp) {
        self.with(|vitals| {
            let seen = loop_of(&mut vitals.loops, watch.name);
            seen.ended_at = Some(now);
            seen.due_by = watch.every.map(|every| now + every + watch.round_max);
        });
    }

    /// Whether a loop has not come to an end when it should have.
    pub(crate) fn is_stalled(&self, now: Timestamp) -> bool {
        let is_late = |seen: &LoopSeen| seen.due_by.is_some_and(|due_by| due_by < now);
        self.with(|vitals| vitals.loops.iter().any(is_late))
    }

    pub(crate) fn nodes(&self, count: u32) {
        self.with(|vitals| vitals.nodes = count);
    }

    pub(crate) fn stopping(&self) {
        self.with(|vitals| vitals.is_stopping = true);
    }

    /// Somebody set the clock back by so much. Said once, until the janitor finds it right again.
    pub(crate) fn clock_went_back(&self, by: SignedDuration) {
        self.with(|vitals| {
            if vitals.clock_suspect.is_none() {
                let why = went_back(by);
                tracing::error!(
                    event = "clock.suspect",
                    "Nothing new is sent until the clock is right: {why}"
                );
                vitals.clock_suspect = Some(why);
            }
        });
    }

    /// The room where the database lies is this; what it was before.
    pub(crate) fn room(&self, room: Room) -> Room {
        self.with(|vitals| std::mem::replace(&mut vitals.room, room))
    }

    pub(crate) fn clock_suspect(&self, why: Option<String>) {
        self.with(|vitals| vitals.clock_suspect = why);
    }

    fn with<T>(&self, change: impl FnOnce(&mut Vitals) -> T) -> T {
        // A panic while the lock was held leaves a whole value: every change is one assignment.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is expected of a loop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    /// Its name on `/health`.
    pub(crate) name: &'static str,
    /// It runs this often by itself; `None` where it is started when there is something to do.
    pub(crate) every: Option<SignedDuration>,
    /// A round takes no longer than this.
    pub(crate) round_max: SignedDuration,
}

fn loop_of<'a>(loops: &'a mut Vec<LoopSeen>, name: &'static str) -> &'a mut LoopSeen {
    let at = loops.iter().position(|seen| seen.name == name).unwrap_or_else(|| {
        loops.push(LoopSeen { name, ended_at: None, due_by: None });
        loops.len() - 1
    });
    &mut loops[at]
}

/// In the order of the first time: those before it failed then, so the first choice is first.
fn writer_of<'a>(writers: &'a mut Vec<WriterSeen>, name: &str) -> &'a mut Seen {
    let at = writers.iter().position(|one| one.name == name).unwrap_or_else(|| {
        writers.push(WriterSeen { name: name.to_owned(), seen: Seen::default() });
        writers.len() - 1
    });
    &mut writers[at].seen
}

/// Why a clock is suspect that is behind itself by so much.
pub(crate) fn went_back(by: SignedDuration) -> String {
    format!("the clock of this machine went back by {by:#}")
}

/// Keeps the first failure since the last success: the cause, not its echoes.
fn note(seen: &mut Seen, now: Timestamp, outcome: Result<(), String>) {
    match outcome {
        Ok(()) => *seen = Seen { ok_at: Some(now), error: None },
        Err(error) => {
            seen.error.get_or_insert(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_hangs_is_stalled_until_it_ends() {
        let watch = Watch { name: "one", every: None, round_max: SignedDuration::from_secs(60) };
        let at = |secs| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(secs);
        let vitals = VitalSigns::default();
        assert!(!vitals.is_stalled(at(0)));
        vitals.begins(watch, at(0));
        assert!(!vitals.is_stalled(at(60)));
        assert!(vitals.is_stalled(at(61)));
        vitals.ends(watch, at(70));
        assert!(!vitals.is_stalled(at(10_000)));
    }
}
