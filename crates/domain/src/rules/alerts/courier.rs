//! How a delivery is tried until it arrives, and which events a webhook has still to be told.

use jiff::{SignedDuration, Timestamp};

use crate::rules::chance;

/// What could not be delivered in so long is a dead letter.
pub const TRIED_FOR: SignedDuration = SignedDuration::from_hours(72);
/// After the first failure.
const FIRST: SignedDuration = SignedDuration::from_secs(10);
/// And at most.
const LONGEST: SignedDuration = SignedDuration::from_hours(6);
/// A server that says when to come back is believed up to this.
pub const ASKED_MAX: SignedDuration = SignedDuration::from_hours(6);

/// An event with a number that is missing before it may still be on its way for so long: a transaction
/// of another node has it, and no transaction takes longer.
pub const GAP_MAX: SignedDuration = SignedDuration::from_mins(2);
/// Events that are older are not told any more.
pub const EVENTS_KEPT: SignedDuration = TRIED_FOR;

/// What becomes of a delivery that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is tried again then.
    Again(Timestamp),
    /// The same, and the target said when to come back: nothing else goes there before.
    Held {
        /// When it is tried again.
        again: Timestamp,
        /// When the target may be asked for anything.
        until: Timestamp,
    },
    /// It is a dead letter.
    Dead,
}

/// How a try failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotDelivered {
    /// What happened, for a person; without addresses and secrets.
    pub why: String,
    /// It said that nothing will ever be taken there.
    pub is_final: bool,
    /// It said when to come back.
    pub again_after: Option<SignedDuration>,
}

impl NotDelivered {
    /// It may work later.
    pub fn later(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_final: false, again_after: None }
    }
}

/// What becomes of a delivery of `made_at` after its try number `tries` failed. The wait triples, with a
/// third of it left to chance, decided by `seed`, so that a restart does not roll the dice again; the last
/// try is at the very end.
pub fn after_failure(
    (made_at, now): (Timestamp, Timestamp),
    tries: u32,
    failed: &NotDelivered,
    seed: u64,
) -> Next {
    let end = made_at + TRIED_FOR;
    if failed.is_final || now >= end {
        return Next::Dead;
    }
    let step = FIRST.checked_mul(3_i32.saturating_pow(tries.saturating_sub(1).min(9)));
    let step = step.map_or(LONGEST, |step| step.min(LONGEST));
    let spread = chance::below(step / 3, seed.wrapping_mul(31).wrapping_add(u64::from(tries)));
    let wait = step + spread;
    match failed.again_after.map(|asked| asked.min(ASKED_MAX)) {
        None => Next::Again((now + wait).min(end)),
        Some(asked) => Next::Held { again: (now + wait.max(asked)).min(end), until: now + asked },
    }
}

/// Up to which number events are read for good, of those after `upto` in order: to the first gap that may
/// still be filled.
pub fn read_up_to(upto: i64, events: &[(i64, Timestamp)], now: Timestamp) -> i64 {
    let mut read = upto;
    for (number, at) in events {
        let is_next = *number == read + 1;
        if !is_next && now.duration_since(*at) < GAP_MAX {
            break;
        }
        read = *number;
    }
    read
}
