//! How late a post left, in steps that an operator tells apart.

use jiff::{SignedDuration, Timestamp};

use super::words::words;

words! {
    /// From the moment a slot was due to the moment X made its post.
    Lateness {
        /// In the same second.
        Second = "1s": "under 1 s",
        /// So soon that nobody notices.
        Ten = "10s": "1 to 10 s",
        /// Late.
        Minute = "1min": "10 to 60 s",
        /// Late by minutes.
        TenMinutes = "10min": "1 to 10 min",
        /// Late by up to an hour.
        Hour = "1h": "10 to 60 min",
        /// Later than that.
        Longer = "longer": "over 1 h",
    }
}

impl Lateness {
    /// Of a slot that was due then, whose post X made then. Clocks differ: what seems to be early is on
    /// time.
    pub fn of(due_at: Timestamp, posted_at: Timestamp) -> Self {
        match posted_at.duration_since(due_at) {
            late if late < SignedDuration::from_secs(1) => Self::Second,
            late if late < SignedDuration::from_secs(10) => Self::Ten,
            late if late < SignedDuration::from_mins(1) => Self::Minute,
            late if late < SignedDuration::from_mins(10) => Self::TenMinutes,
            late if late < SignedDuration::from_hours(1) => Self::Hour,
            _ => Self::Longer,
        }
    }

    /// Whether a reader would say that it left on time.
    pub fn is_on_time(self) -> bool {
        matches!(self, Self::Second | Self::Ten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_seconds_are_on_time_and_clocks_may_differ() {
        let due: Timestamp = "2026-11-23T14:00:00Z".parse().unwrap();
        for (millis, step, is_on_time) in [
            (-700, Lateness::Second, true),
            (0, Lateness::Second, true),
            (1_000, Lateness::Ten, true),
            (9_999, Lateness::Ten, true),
            (10_000, Lateness::Minute, false),
            (60_000, Lateness::TenMinutes, false),
            (600_000, Lateness::Hour, false),
            (3_600_000, Lateness::Longer, false),
        ] {
            let found = Lateness::of(due, due + SignedDuration::from_millis(millis));
            assert_eq!((found, found.is_on_time()), (step, is_on_time), "{millis} ms");
        }
    }
}
