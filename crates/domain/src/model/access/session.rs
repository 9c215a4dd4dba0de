//! A person at a browser.

use jiff::{SignedDuration, Timestamp};

use super::User;

/// A session, by number: what a page shows of it, since its secret is the browser's alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionId(pub i64);

/// A session that lives.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Number.
    pub id: SessionId,
    /// Whose.
    pub user: User,
    /// What a form of this session has to carry.
    pub csrf: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When the person last proved that it is really that person.
    pub proven_at: Timestamp,
    /// From where it was last used.
    pub address: String,
    /// What the browser says that it is.
    pub agent: String,
}

/// How long sessions last (ASVS 5.0, 7.3.1 and 7.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimes {
    /// Without being used.
    pub idle: SignedDuration,
    /// In all.
    pub whole: SignedDuration,
    /// A proof (password and second factor) counts for so long for what asks for one.
    pub proof: SignedDuration,
}

impl SessionTimes {
    /// What a house keeps to.
    pub const STANDARD: Self = Self {
        idle: SignedDuration::from_mins(30),
        whole: SignedDuration::from_hours(12),
        proof: SignedDuration::from_mins(10),
    };

    /// Whether a session of these times has ended at `now`.
    pub fn is_over(&self, created_at: Timestamp, seen_at: Timestamp, now: Timestamp) -> bool {
        now.duration_since(created_at) >= self.whole || now.duration_since(seen_at) >= self.idle
    }

    /// Whether what was proven at `proven_at` still counts.
    pub fn is_proven(&self, proven_at: Timestamp, now: Timestamp) -> bool {
        now.duration_since(proven_at) < self.proof
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_unused_or_old() {
        let times = SessionTimes::STANDARD;
        let start = Timestamp::UNIX_EPOCH;
        let after = |minutes: i64| start + SignedDuration::from_mins(minutes);
        assert!(!times.is_over(start, start, after(29)));
        assert!(times.is_over(start, start, after(30)));
        assert!(!times.is_over(start, after(700), after(719)));
        assert!(times.is_over(start, after(719), after(720)));
        assert!(times.is_proven(start, after(9)) && !times.is_proven(start, after(10)));
    }
}
