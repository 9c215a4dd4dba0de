//! The jitter of a slot.
//!
//! Chance would move a slot whenever it is planned again. A hash of its identity gives it the same
//! jitter on every node, in every version and after every restore; so the hash is spelled out here
//! (FNV-1a) and never one of the standard library, which may change.

use jiff::{SignedDuration, Timestamp};

use super::occurrences::Occurrence;
use crate::model::{BotId, Schedule};

/// When `slot` is due, jitter included.
pub(super) fn due_at(bot: &BotId, schedule: &Schedule, slot: &Occurrence) -> Timestamp {
    slot.nominal_at.checked_add(jitter(bot, schedule, slot)).unwrap_or(Timestamp::MAX)
}

/// Whole milliseconds below `jitter_max`, as the database stores times.
fn jitter(bot: &BotId, schedule: &Schedule, slot: &Occurrence) -> SignedDuration {
    let below_ms = u64::try_from(schedule.jitter_max.as_millis()).unwrap_or(0);
    if below_ms == 0 {
        return SignedDuration::ZERO;
    }
    let identity =
        format!("{bot}\n{}\n{}\n{}", schedule.name, slot.local_time, slot.fold.number());
    let jitter_ms = fnv1a(identity.as_bytes()) % below_ms;
    SignedDuration::from_millis(i64::try_from(jitter_ms).unwrap_or(0))
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
