//! Which refills are ordered in bulk, and when an order is looked at.
//!
//! A server may take a day for an order, so only a queue that lasts for longer waits for one. Nothing is
//! ordered twice: what became of a lost request to begin is looked for, and an order that cannot be
//! found counts as spent.

use jiff::{SignedDuration, Timestamp};

use crate::ports::store::Refill;

/// What is queued must last for so long: the day that a server may take, and some time to be read.
pub const RUNWAY: SignedDuration = SignedDuration::from_hours(26);
/// Smaller refills are not worth a day's wait.
pub const POSTS_MIN: u32 = 5;
/// Requests in one order.
pub const REQUESTS_MAX: u32 = 20;
/// A batch is looked at this often.
pub const LOOK_EVERY: SignedDuration = SignedDuration::from_mins(5);
/// A queue with an order is looked at this often, in case it runs dry.
pub const QUEUE_EVERY: SignedDuration = SignedDuration::from_mins(10);
/// What failed and may be tried again is tried after this long.
pub const RETRY_AFTER: SignedDuration = SignedDuration::from_mins(2);
/// After a lost request to begin the server's list is searched so long after each look.
const SEARCHES: [SignedDuration; 4] = [
    SignedDuration::from_secs(10),
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(15),
];
/// An order without an end is given up: the server promises one within a day.
pub const AGE_MAX: SignedDuration = SignedDuration::from_hours(48);
/// A server without the endpoint is asked again so much later.
pub const UNSUPPORTED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How many posts to order: up to high water, in as many requests as that takes; 0 where the refill is
/// too small to wait for.
pub fn demand(refill: &Refill) -> u32 {
    let limits = refill.limits;
    if refill.remaining >= u64::from(limits.low_water) || limits.batch == 0 {
        return 0;
    }
    let room = u64::from(limits.high_water).saturating_sub(refill.remaining);
    let most = limits.batch.saturating_mul(REQUESTS_MAX);
    let posts = u32::try_from(room).unwrap_or(u32::MAX).min(most);
    if posts < POSTS_MIN { 0 } else { posts }
}

/// Whether what is queued outlasts an order; `firings` are the slots within [`RUNWAY`] from now.
pub fn outlasts(refill: &Refill, firings: u64) -> bool {
    refill.remaining > firings
}

/// When to search for a batch that may have been made, after so many searches; `None`: it is given up.
pub fn search_at(looks: u32, now: Timestamp) -> Option<Timestamp> {
    let wait = SEARCHES.get(usize::try_from(looks).ok()?)?;
    now.checked_add(*wait).ok()
}

/// Whether an order of that age is given up.
pub fn is_overdue(made_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(made_at) >= AGE_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ApprovalMode, BotId, Persona, QueueLimits};
    use crate::ports::store::Stock;

    fn refill(remaining: u64, (low_water, high_water, batch): (u32, u32, u32)) -> Refill {
        Refill {
            bot: BotId::try_from("ada").unwrap(),
            persona: Persona::default(),
            persona_version: 1,
            mode: ApprovalMode::Auto,
            limits: QueueLimits { low_water, high_water, batch },
            remaining,
            stock: Stock::default(),
            refills: 0,
            fruitless: 0,
        }
    }

    #[test]
    fn an_order_fills_the_queue_in_one_go() {
        for (remaining, limits, expected) in [
            (9, (10, 60, 10), 51),
            (9, (10, 1_000, 10), 200),
            (9, (10, 12, 10), 0),
            (10, (10, 60, 10), 0),
            (0, (10, 60, 0), 0),
            (9, (10, 14, 10), 5),
        ] {
            assert_eq!(demand(&refill(remaining, limits)), expected, "{remaining} {limits:?}");
        }
    }

    #[test]
    fn a_queue_waits_only_while_it_outlasts_the_order() {
        let limits = (10, 60, 10);
        assert!(outlasts(&refill(5, limits), 4));
        assert!(!outlasts(&refill(4, limits), 4), "the last post would be gone");
        assert!(!outlasts(&refill(0, limits), 0), "an empty queue is filled at once");
    }

    #[test]
    fn a_lost_order_is_searched_for_and_then_given_up() {
        let now: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        let at: Vec<_> = (0..6).map(|looks| search_at(looks, now)).collect();
        assert!(at[..4].iter().all(Option::is_some) && at[..4].is_sorted(), "{at:?}");
        assert_eq!(at[4..], [None, None]);
        assert!(!is_overdue(now, now + SignedDuration::from_hours(47)));
        assert!(is_overdue(now, now + AGE_MAX));
    }
}
