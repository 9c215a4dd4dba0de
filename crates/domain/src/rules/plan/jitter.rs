//! The jitter of a slot: the same on every node, in every version and after every restore, because
//! the slot's identity decides it.

use jiff::Timestamp;

use super::occurrences::Occurrence;
use crate::model::{BotId, Schedule};
use crate::rules::chance;

/// When `slot` is due: its nominal instant, and later by its jitter.
pub(super) fn due_at(bot: &BotId, schedule: &Schedule, slot: &Occurrence) -> Timestamp {
    let local_time = slot.local_time.to_string();
    let fold = slot.fold.number().to_string();
    let seed = chance::hash_of(&[bot.as_str(), &schedule.name, &local_time, &fold]);
    slot.nominal_at.checked_add(chance::below(schedule.jitter_max, seed)).unwrap_or(Timestamp::MAX)
}
