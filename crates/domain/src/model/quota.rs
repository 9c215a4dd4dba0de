//! How often X lets us, as its answers say.

use jiff::Timestamp;

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
