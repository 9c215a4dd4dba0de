//! Is everything as it should be? The auditor compares what the rules yield with what the database
//! holds, and what the database holds with what X shows. One check a file; none of them acts.

pub mod counters;
pub mod feeds;
pub mod hours;
pub mod leases;
pub mod orphans;
pub mod outcomes;
pub mod pace;
pub mod slots;
pub mod timeline;

use jiff::{SignedDuration, Timestamp};

use crate::model::{BotId, Finding, FindingKind};

/// Slots are compared with their schedules so far back.
pub const LOOK_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Findings of one check that are stored; one that found more proves nothing about the rest.
pub const FOUND_MAX: usize = 500;

/// No table has a row of this id, and JSON carries it whole.
pub const ROWS_END: i64 = 1 << 60;

/// What a check looked at whole: what it did not find there any more has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Covered {
    /// Findings of these rows and times.
    Rows(Vec<Stretch>),
    /// Findings of bots by name, from `after` (exclusive) to `upto` (inclusive, or the last).
    Bots {
        /// The last bot that was looked at before.
        after: Option<BotId>,
        /// The last of these.
        upto: Option<BotId>,
    },
    /// Findings of this bot.
    Bot(BotId),
}

impl Covered {
    /// Everything there is.
    pub fn everything() -> Self {
        Self::Rows(vec![Stretch::rows(-1, ROWS_END)])
    }
}

/// Rows after `after` up to `upto`, as far as they are about a time from `from` to before `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The row before the first.
    pub after: i64,
    /// The last row.
    pub upto: i64,
    /// The first moment.
    pub from: Timestamp,
    /// The moment after the last.
    pub until: Timestamp,
}

impl Stretch {
    /// Rows, whatever time they are about.
    pub fn rows(after: i64, upto: i64) -> Self {
        Self { after, upto, from: Timestamp::MIN, until: Timestamp::MAX }
    }
}

/// What one check says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The kinds it looks for.
    pub kinds: &'static [FindingKind],
    /// What it looked at whole.
    pub covered: Covered,
    /// What it found.
    pub found: Vec<Finding>,
}

impl Checked {
    /// It came to the end: there are no rows after `last`, so nothing that was found there holds.
    pub fn cover_rest(&mut self, last: i64) {
        if let Covered::Rows(stretches) = &mut self.covered {
            stretches.push(Stretch::rows(last, ROWS_END));
        }
    }
}
