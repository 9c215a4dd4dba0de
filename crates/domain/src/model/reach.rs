//! Whether X answers an app at all, as one request tells it.

use jiff::{SignedDuration, Timestamp};

/// What one request tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// An answer came, whatever it said.
    Answered,
    /// None came, or that of a server in trouble.
    Silent,
}

/// What one request tells of the whole app, whichever bot and node made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppReach {
    /// Fingerprint of the app.
    pub app: String,
    /// Whether X answered.
    pub reach: Reach,
    /// While X does not answer, it is asked once in so long.
    pub probe_every: SignedDuration,
    /// The app's own window is exhausted until then, for all its bots.
    pub blocked_until: Option<Timestamp>,
}
