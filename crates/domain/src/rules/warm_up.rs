//! A new account begins slowly: X looks hardest at those, and a suspended one does not come back.
//!
//! X names no figure. Sources: X's developer guidelines (automation that looks like spam ends the
//! account and those beside it), and reports of new accounts that were suspended for their first busy
//! day. The figures are ours, and lie far below what X let a free account post (17 a day until 2026)
//! in the first week and above what most schedules ask for in the fourth.

use jiff::{SignedDuration, Timestamp};

use crate::model::XUserId;

/// Posts in any 24 hours, in each week since the bot went live; then as many as its schedules yield.
pub const POSTS_A_DAY: [u32; 4] = [3, 6, 12, 24];
/// An account that was there for so long before is not new.
pub const ESTABLISHED_AFTER: SignedDuration = SignedDuration::from_hours(90 * 24);
/// The time in which posts are counted.
pub const DAY: SignedDuration = SignedDuration::from_hours(24);
/// As long as one figure holds.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many posts a bot may have in 24 hours that went live at `live_since`; `None` where nothing
/// limits it. X writes into an account's number when it was made; one of the short numbers is older
/// than ten years.
pub fn most(live_since: Timestamp, account: Option<&XUserId>, now: Timestamp) -> Option<u32> {
    let made_at = |id: &XUserId| id.created_at().unwrap_or(Timestamp::UNIX_EPOCH);
    let is_old = |id| live_since.duration_since(made_at(id)) >= ESTABLISHED_AFTER;
    if account.is_some_and(is_old) {
        return None;
    }
    let age = now.duration_since(live_since).max(SignedDuration::ZERO);
    let week = usize::try_from(age.as_secs() / WEEK.as_secs()).unwrap_or(usize::MAX);
    POSTS_A_DAY.get(week).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn it_rises_week_by_week_and_ends() {
        let live = at("2026-11-01T09:00:00Z");
        for (now, expected) in [
            ("2026-10-31T09:00:00Z", Some(3)),
            ("2026-11-01T09:00:00Z", Some(3)),
            ("2026-11-08T08:59:59Z", Some(3)),
            ("2026-11-08T09:00:00Z", Some(6)),
            ("2026-11-15T09:00:00Z", Some(12)),
            ("2026-11-22T09:00:00Z", Some(24)),
            ("2026-11-29T09:00:00Z", None),
            ("2030-01-01T00:00:00Z", None),
        ] {
            assert_eq!(most(live, None, at(now)), expected, "{now}");
        }
        assert!(POSTS_A_DAY.is_sorted());
    }

    #[test]
    fn an_account_that_was_there_long_before_is_not_new() {
        let live = at("2026-11-01T09:00:00Z");
        let made = |time: &str| {
            let ms = at(time).as_millisecond() - 1_288_834_974_657;
            XUserId::try_from((ms << 22).to_string()).unwrap()
        };
        assert_eq!(most(live, Some(&made("2026-10-20T00:00:00Z")), live), Some(3));
        assert_eq!(most(live, Some(&made("2026-08-01T00:00:00Z")), live), None);
        assert_eq!(most(live, Some(&XUserId::try_from("12").unwrap()), live), None);
    }
}
