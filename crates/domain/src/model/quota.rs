//! How often X lets us, as its answers say.

use jiff::{SignedDuration, Timestamp};

/// One of X's windows, read from its `x-rate-limit-*` family of headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateWindow {
    /// Requests the window allows; `None` when X did not say.
    pub limit: Option<u64>,
    /// Requests left in it; `None` when X did not say.
    pub remaining: Option<u64>,
    /// When it starts anew.
    pub resets_at: Option<Timestamp>,
}

/// Every window an answer spoke of. The 15-minute window may have room while a 24-hour one is
/// empty, so all of them are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateLimits {
    /// `x-rate-limit-*`: this user, 15 minutes.
    pub quarter_hour: Option<RateWindow>,
    /// `x-user-limit-24hour-*`.
    pub user_day: Option<RateWindow>,
    /// `x-app-limit-24hour-*`.
    pub app_day: Option<RateWindow>,
}

impl RateLimits {
    /// The latest reset among the windows with nothing left: before it a request is wasted.
    pub fn exhausted_until(&self) -> Option<Timestamp> {
        [self.quarter_hour, self.user_day, self.app_day]
            .into_iter()
            .flatten()
            .filter(|window| window.remaining == Some(0))
            .filter_map(|window| window.resets_at)
            .max()
    }
}

/// What is left of a window, by the least that was seen since it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Left {
    remaining: u64,
    limit: u64,
    until: Timestamp,
}

/// The least that is left of each kind of window, whoever's it is: of many bots the one that is nearest to
/// its limit says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotas([Option<Left>; Self::WINDOWS.len()]);

impl Quotas {
    /// The kinds of windows, and how long one is where X does not say when it ends.
    pub const WINDOWS: [(&'static str, SignedDuration); 3] = [
        ("quarter_hour", SignedDuration::from_mins(15)),
        ("user_day", SignedDuration::from_hours(24)),
        ("app_day", SignedDuration::from_hours(24)),
    ];

    /// Takes what an answer said.
    pub fn note(&mut self, limits: &RateLimits, now: Timestamp) {
        let said = [limits.quarter_hour, limits.user_day, limits.app_day];
        for ((kept, said), (_, length)) in self.0.iter_mut().zip(said).zip(Self::WINDOWS) {
            let Some(RateWindow {
                limit: Some(limit @ 1..),
                remaining: Some(remaining),
                resets_at,
            }) = said
            else {
                continue;
            };
            let new = Left { remaining, limit, until: resets_at.unwrap_or(now + length) };
            let is_less = |old: &Left| {
                let share = |a: &Left, b: &Left| u128::from(a.remaining) * u128::from(b.limit);
                share(&new, old) <= share(old, &new)
            };
            if kept.is_none_or(|old| old.until <= now || is_less(&old)) {
                *kept = Some(new);
            }
        }
    }

    /// The share that is left of each kind of window, 0 to 1; `None` where no answer spoke of one that
    /// has not ended.
    #[expect(clippy::cast_precision_loss, reason = "X counts no requests beyond 2^53")]
    pub fn left(&self, now: Timestamp) -> impl Iterator<Item = (&'static str, Option<f64>)> {
        self.0.iter().zip(Self::WINDOWS).map(move |(kept, (name, _))| {
            let left = kept.filter(|left| now < left.until);
            (name, left.map(|left| (left.remaining as f64 / left.limit as f64).min(1.0)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_that_is_left_counts_until_its_window_ends() {
        let now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        let mins = SignedDuration::from_mins;
        let mut quotas = Quotas::default();
        let mut told = |remaining, resets, at: Timestamp| {
            let resets_at = Some(now + mins(resets));
            let window = RateWindow { limit: Some(100), remaining: Some(remaining), resets_at };
            quotas.note(&RateLimits { quarter_hour: Some(window), ..RateLimits::default() }, at);
            quotas.left(at).map(|(_, left)| left).collect::<Vec<_>>()
        };
        assert_eq!(told(40, 10, now), [Some(0.4), None, None]);
        assert_eq!(told(90, 12, now + mins(1)), [Some(0.4), None, None], "another bot has more");
        assert_eq!(told(10, 11, now + mins(2)), [Some(0.1), None, None]);
        assert_eq!(told(95, 26, now + mins(11)), [Some(0.95), None, None], "a new window");
        assert_eq!(quotas.left(now + mins(26)).next(), Some(("quarter_hour", None)));
    }

    #[test]
    fn a_window_without_numbers_says_nothing_and_one_without_an_end_its_own_length() {
        let now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        let window = |limit, remaining| RateWindow { limit, remaining, resets_at: None };
        let mut quotas = Quotas::default();
        quotas.note(
            &RateLimits {
                quarter_hour: Some(window(Some(0), Some(0))),
                user_day: Some(window(None, Some(5))),
                app_day: Some(window(Some(50), Some(60))),
            },
            now,
        );
        let left = |at| quotas.left(at).map(|(_, left)| left).collect::<Vec<_>>();
        assert_eq!(left(now + SignedDuration::from_hours(23)), [None, None, Some(1.0)]);
        assert_eq!(left(now + SignedDuration::from_hours(24)), [None, None, None]);
    }
}
