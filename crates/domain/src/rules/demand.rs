//! How many posts to write.

use crate::ports::store::Refill;

/// How many to ask a writer for now: none at low water or above; else up to high water, at most one
/// batch. On what, says `spread`.
pub fn demand(refill: &Refill) -> u32 {
    let limits = refill.limits;
    if refill.remaining >= u64::from(limits.low_water) {
        return 0;
    }
    let room = u64::from(limits.high_water).saturating_sub(refill.remaining);
    u32::try_from(room).unwrap_or(u32::MAX).min(limits.batch)
}

/// With so many posts left nobody waits for a better writer.
const URGENT_MAX: u64 = 1;

/// Whether the next slots may find nothing.
pub fn is_urgent(refill: &Refill) -> bool {
    refill.remaining <= URGENT_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ApprovalMode, BotId, Persona, QueueLimits};
    use crate::ports::store::Stock;

    #[test]
    fn a_queue_below_low_water_is_filled_up_to_high_water_a_batch_at_a_time() {
        for (remaining, (low_water, high_water, batch), expected) in [
            (0, (5, 20, 10), 10),
            (4, (5, 20, 30), 16),
            (4, (5, 6, 10), 2),
            (4, (5, 3, 10), 0),
            (5, (5, 20, 10), 0),
            (0, (5, 20, 0), 0),
            (0, (0, 20, 10), 0),
        ] {
            let refill = Refill {
                bot: BotId::try_from("ada").unwrap(),
                persona: Persona::default(),
                persona_version: 1,
                mode: ApprovalMode::Auto,
                limits: QueueLimits { low_water, high_water, batch },
                remaining,
                stock: Stock::default(),
                refills: 0,
                fruitless: 0,
            };
            assert_eq!(demand(&refill), expected, "{remaining} {:?}", refill.limits);
            assert_eq!(is_urgent(&refill), remaining < 2);
        }
    }
}
