//! May this slot send now? If not: why, and until when.

use jiff::{SignedDuration, Timestamp};

use super::warm_up;
use crate::model::{BotState, GoLiveItem, OnMiss, SkipReason};
use crate::ports::store::DueSlot;

/// Slots of one bot due within this of each other are all on time; later ones are catching up, and a
/// bot catches up with one post at most.
pub const ON_TIME: SignedDuration = SignedDuration::from_secs(60);
/// A slot that waits for another of its bot asks again this soon, and later the longer it waits:
/// finding out about a lost answer takes minutes.
const IN_FLIGHT_WAIT: SignedDuration = SignedDuration::from_secs(2);
/// But at least this often.
const IN_FLIGHT_WAIT_MAX: SignedDuration = SignedDuration::from_secs(15);
/// A stopped slot asks again this soon.
const STOPPED_WAIT: SignedDuration = SignedDuration::from_secs(30);

/// A slot without money asks again this soon; a raised cap wakes it sooner.
const BUDGET_WAIT: SignedDuration = SignedDuration::from_mins(5);

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It may send.
    Open,
    /// It may, but the bot's timeline must be read first.
    LookFirst,
    /// Everything but the send.
    Rehearse,
    /// Not yet.
    Wait {
        /// Ask again then.
        until: Timestamp,
        /// Why, for a person.
        because: String,
    },
    /// Never.
    Skip {
        /// Why.
        reason: SkipReason,
        /// Why, for a person.
        because: String,
    },
}

/// Asks every rule in turn; the first that closes the gate gives the reason.
pub fn gate(due: &DueSlot, now: Timestamp) -> Gate {
    let window_end = due.due_at + due.policy.catch_up_window;
    closed_by_newer(due, now)
        .or_else(|| closed_by_another(due, now, window_end))
        .or_else(|| closed_by_approval(due))
        .or_else(|| closed_by_state(due, now, window_end))
        .or_else(|| closed_by_checklist(due, now, window_end))
        .or_else(|| closed_by_budget(due, now, window_end))
        .or_else(|| closed_by_time(due, now, window_end))
        .or_else(|| closed_by_warm_up(due, now))
        .or_else(|| closed_by_quota(due, now, window_end))
        .or_else(|| closed_by_silence(due, now, window_end))
        .unwrap_or_else(|| open(due))
}

/// At most one catch-up post per bot. This comes first: the slots of a busy schedule that pile up
/// behind a lost answer must not be claimed over and over only to wait for it.
fn closed_by_newer(due: &DueSlot, now: Timestamp) -> Option<Gate> {
    let is_overdue = now.duration_since(due.due_at) > ON_TIME;
    (is_overdue && due.facts.has_newer_due).then(|| Gate::Skip {
        reason: SkipReason::Late,
        because: "a later slot of this bot is due as well, and it catches up with one post"
            .to_owned(),
    })
}

/// One in flight per bot (invariant I5). What became of that one may take longer to find out than this
/// slot has: after its window the other reasons say how it ends.
fn closed_by_another(due: &DueSlot, now: Timestamp, window_end: Timestamp) -> Option<Gate> {
    let waited = now.duration_since(due.due_at) / 2;
    let waits = due.facts.is_in_flight && !is_over(due, now, window_end);
    waits.then(|| Gate::Wait {
        until: now + waited.clamp(IN_FLIGHT_WAIT, IN_FLIGHT_WAIT_MAX),
        because: "another post of this bot is on its way".to_owned(),
    })
}

/// Nothing goes out that a person should have seen and has not. The slot is given up rather than held:
/// nobody knows when that person comes, and the post waits as a draft.
fn closed_by_approval(due: &DueSlot) -> Option<Gate> {
    due.is_unapproved.then(|| Gate::Skip {
        reason: SkipReason::Unapproved,
        because:
            "the post lost its approval: its text, the bot's policy or its mode changed; it is a \
                  draft again, and `flockwork approvals` lists it"
                .to_owned(),
    })
}

fn closed_by_state(due: &DueSlot, now: Timestamp, window_end: Timestamp) -> Option<Gate> {
    let why = match due.facts.state {
        BotState::Active => {
            return due.is_stopped.then(|| {
                wait(now, window_end, now + STOPPED_WAIT, "all sending is stopped".to_owned())
            });
        }
        BotState::Paused | BotState::NeedsLogin | BotState::Closed => {
            due.facts.state_reason.map_or("the bot is paused", |reason| reason.explain())
        }
    };
    // Resuming the bot wakes it sooner.
    Some(wait(now, window_end, window_end, why.to_owned()))
}

/// Invariant I4. Within its window a slot waits, because a cap may be raised and a reservation released;
/// after it the reason that is told is the money, and not the hour.
fn closed_by_budget(due: &DueSlot, now: Timestamp, window_end: Timestamp) -> Option<Gate> {
    let shut = due.facts.budget_shut.as_ref().filter(|_| !due.facts.is_rehearsal)?;
    let because = shut.because.clone();
    if due.policy.on_miss == OnMiss::LatestOnly {
        return Some(Gate::Wait { until: shut.until.min(now + BUDGET_WAIT), because });
    }
    if now >= window_end {
        return Some(Gate::Skip { reason: SkipReason::Budget, because });
    }
    Some(Gate::Wait { until: shut.until.min(now + BUDGET_WAIT).min(window_end), because })
}

/// Waits, but not beyond the window: then it is skipped, for the same reason.
fn wait(now: Timestamp, window_end: Timestamp, until: Timestamp, because: String) -> Gate {
    if now >= window_end {
        return Gate::Skip { reason: SkipReason::Paused, because };
    }
    Gate::Wait { until: until.min(window_end), because }
}

/// X demands of automated accounts what only a person can see to.
fn closed_by_checklist(due: &DueSlot, now: Timestamp, window_end: Timestamp) -> Option<Gate> {
    let missing = due.facts.live.as_ref()?.unconfirmed;
    if missing == 0 {
        return None;
    }
    let because = format!(
        "{missing} of {} things that X demands of an automated account are not confirmed; \
         `flockwork go-live {}` lists them",
        GoLiveItem::ALL.len(),
        due.bot
    );
    // Confirming wakes it sooner.
    Some(match wait(now, window_end, window_end, because) {
        Gate::Skip { because, .. } => Gate::Skip { reason: SkipReason::NotLive, because },
        waits => waits,
    })
}

/// A new account begins slowly.
fn closed_by_warm_up(due: &DueSlot, now: Timestamp) -> Option<Gate> {
    let live = due.facts.live.as_ref()?;
    let most = warm_up::most(live.warms_up_since?, live.account.as_ref(), now)?;
    (live.posted_in_a_day >= most).then(|| Gate::Skip {
        reason: SkipReason::WarmUp,
        because: format!(
            "a new account: at most {most} posts in 24 hours this week, and {} went out; more from \
             week to week, or `warm_up = false` for an account that is not new",
            live.posted_in_a_day
        ),
    })
}

/// Its time is over; the latest of several missed ones has more.
fn is_over(due: &DueSlot, now: Timestamp, window_end: Timestamp) -> bool {
    now > window_end && due.policy.on_miss != OnMiss::LatestOnly
}

fn closed_by_time(due: &DueSlot, now: Timestamp, window_end: Timestamp) -> Option<Gate> {
    let late = now.duration_since(due.due_at);
    if is_over(due, now, window_end) {
        let window = due.policy.catch_up_window;
        return Some(Gate::Skip {
            reason: SkipReason::Late,
            because: format!("{late:#} late; this schedule allows {window:#}"),
        });
    }
    let quiet = due.policy.quiet_hours.filter(|quiet| quiet.contain(now, &due.policy.zone))?;
    Some(Gate::Skip {
        reason: SkipReason::QuietHours,
        because: format!("quiet hours until {}", quiet.until.strftime("%H:%M")),
    })
}

fn closed_by_quota(due: &DueSlot, now: Timestamp, window_end: Timestamp) -> Option<Gate> {
    let until = due.facts.blocked_until.filter(|until| *until > now)?;
    if until > window_end && due.policy.on_miss != OnMiss::LatestOnly {
        return Some(Gate::Skip {
            reason: SkipReason::Late,
            because: format!(
                "X's rate window opens at {until:.0}, after this slot's catch-up window"
            ),
        });
    }
    Some(Gate::Wait { until, because: format!("X's rate window opens at {until:.0}") })
}

/// X does not answer the app, and somebody else is the one that tries.
fn closed_by_silence(due: &DueSlot, now: Timestamp, window_end: Timestamp) -> Option<Gate> {
    let until = due.facts.silent_until.filter(|_| !due.facts.is_rehearsal)?;
    // Beyond its window it is skipped in time, and not after the next try.
    let just_after = window_end + SignedDuration::from_millis(1);
    let until = if now < just_after { until.min(just_after) } else { until };
    Some(Gate::Wait { until, because: "X does not answer; it is asked now and then".to_owned() })
}

fn open(due: &DueSlot) -> Gate {
    if due.facts.is_rehearsal {
        Gate::Rehearse
    } else if due.facts.looks_first || due.facts.distrusted_since.is_some() || due.was_lost {
        // What was sent once may have arrived later than anyone waited for: one more look is cheap.
        Gate::LookFirst
    } else {
        Gate::Open
    }
}

#[cfg(test)]
mod tests;
