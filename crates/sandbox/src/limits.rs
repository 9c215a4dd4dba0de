//! X's rate windows: how many requests fit, and what the `x-rate-limit-*` headers say about it.

use domain::model::{RateLimits, RateWindow};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

const QUARTER_HOUR: SignedDuration = SignedDuration::from_mins(15);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How many requests X takes. The defaults are X's documented figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Posts of one user in 15 minutes.
    pub posts_per_quarter_hour: u64,
    /// Posts of one user in 24 hours; `None` on pay-per-use, where X sends no such header.
    pub posts_per_user_day: Option<u64>,
    /// Posts of one app in 24 hours.
    pub posts_per_app_day: Option<u64>,
    /// Timeline pages of one user in 15 minutes.
    pub reads_per_quarter_hour: u64,
    /// `users/me` of one user in 15 minutes.
    pub me_per_quarter_hour: u64,
    /// Deletions of one user in 15 minutes.
    pub deletes_per_quarter_hour: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            posts_per_quarter_hour: 100,
            posts_per_user_day: None,
            posts_per_app_day: Some(10_000),
            reads_per_quarter_hour: 900,
            me_per_quarter_hour: 75,
            deletes_per_quarter_hour: 50,
        }
    }
}

impl Limits {
    /// No limit that a load test could meet.
    pub fn none() -> Self {
        const PLENTY: u64 = 1_000_000_000;
        Self {
            posts_per_quarter_hour: PLENTY,
            posts_per_user_day: None,
            posts_per_app_day: None,
            reads_per_quarter_hour: PLENTY,
            me_per_quarter_hour: PLENTY,
            deletes_per_quarter_hour: PLENTY,
        }
    }
}

/// A fixed window that opens with its first request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    length: SignedDuration,
    opened_at: Timestamp,
    used: u64,
}

impl Window {
    fn new(length: SignedDuration) -> Self {
        Self { length, opened_at: Timestamp::MIN, used: 0 }
    }

    fn roll_over(&mut self, now: Timestamp) {
        if now.duration_since(self.opened_at) >= self.length {
            self.opened_at = now;
            self.used = 0;
        }
    }

    /// Counts a request if there is room.
    fn take(&mut self, limit: u64, now: Timestamp) -> (bool, RateWindow) {
        self.roll_over(now);
        let has_room = self.used < limit;
        self.used += u64::from(has_room);
        (has_room, self.seen(limit))
    }

    fn seen(&self, limit: u64) -> RateWindow {
        RateWindow {
            limit: Some(limit),
            remaining: Some(limit.saturating_sub(self.used)),
            resets_at: Some(whole_seconds_up(self.opened_at + self.length)),
        }
    }
}

/// The header counts in whole seconds; rounding down would invite a client back too early.
fn whole_seconds_up(at: Timestamp) -> Timestamp {
    let seconds = at.as_second() + i64::from(at.subsec_nanosecond() > 0);
    Timestamp::from_second(seconds).unwrap_or(at)
}

/// The windows of one user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UserWindows {
    posts: Window,
    posts_day: Window,
    reads: Window,
    me: Window,
    deletes: Window,
}

impl Default for UserWindows {
    fn default() -> Self {
        let quarter = Window::new(QUARTER_HOUR);
        Self {
            posts: quarter,
            posts_day: Window::new(DAY),
            reads: quarter,
            me: quarter,
            deletes: quarter,
        }
    }
}

/// The window of one app.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AppWindow(Window);

impl Default for AppWindow {
    fn default() -> Self {
        Self(Window::new(DAY))
    }
}

/// What a request does when it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Timeline,
    Me,
    Delete,
}

impl UserWindows {
    /// Counts a post in every family. A refused one still uses up the windows that had room, as X
    /// counts requests and not posts.
    pub(crate) fn take_post(
        &mut self,
        app: &mut AppWindow,
        limits: &Limits,
        now: Timestamp,
    ) -> (bool, RateLimits) {
        let (in_quarter, quarter_hour) = self.posts.take(limits.posts_per_quarter_hour, now);
        let user_day = limits.posts_per_user_day.map(|limit| self.posts_day.take(limit, now));
        let app_day = limits.posts_per_app_day.map(|limit| app.0.take(limit, now));
        let has_room =
            in_quarter && user_day.is_none_or(|taken| taken.0) && app_day.is_none_or(|t| t.0);
        let seen = RateLimits {
            quarter_hour: Some(quarter_hour),
            user_day: user_day.map(|taken| taken.1),
            app_day: app_day.map(|taken| taken.1),
        };
        (has_room, seen)
    }

    /// Counts any other request.
    pub(crate) fn take(
        &mut self,
        call: Call,
        limits: &Limits,
        now: Timestamp,
    ) -> (bool, RateLimits) {
        let (window, limit) = match call {
            Call::Timeline => (&mut self.reads, limits.reads_per_quarter_hour),
            Call::Me => (&mut self.me, limits.me_per_quarter_hour),
            Call::Delete => (&mut self.deletes, limits.deletes_per_quarter_hour),
        };
        let (has_room, seen) = window.take(limit, now);
        (has_room, RateLimits { quarter_hour: Some(seen), ..RateLimits::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_window_refuses_until_it_starts_anew() {
        let limits = Limits { posts_per_quarter_hour: 2, ..Limits::default() };
        let mut user = UserWindows::default();
        let mut app = AppWindow::default();
        let now = testkit::at("2026-11-23T09:00:00Z");
        assert!(user.take_post(&mut app, &limits, now).0);
        assert!(user.take_post(&mut app, &limits, now).0);
        let (has_room, seen) = user.take_post(&mut app, &limits, now);
        assert!(!has_room);
        assert_eq!(seen.exhausted_until(), Some(now + QUARTER_HOUR));
        assert!(user.take_post(&mut app, &limits, now + QUARTER_HOUR).0);
    }

    #[test]
    fn a_day_can_be_full_while_the_quarter_hour_is_not() {
        let limits = Limits { posts_per_user_day: Some(1), ..Limits::default() };
        let mut user = UserWindows::default();
        let mut app = AppWindow::default();
        let now = testkit::at("2026-11-23T09:00:00Z");
        assert!(user.take_post(&mut app, &limits, now).0);
        let (has_room, seen) = user.take_post(&mut app, &limits, now);
        assert!(!has_room);
        assert_eq!(seen.quarter_hour.unwrap().remaining, Some(98));
        assert_eq!(seen.exhausted_until(), Some(now + DAY));
    }
}
