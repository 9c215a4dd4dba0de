//! Something that a person should know although nobody looks: what it is, how grave, and since when.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::words::words;

/// Row id of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertId(pub i64);

/// How soon somebody should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Somebody should look today.
    Warning,
    /// Somebody should look now.
    Critical,
}

impl Severity {
    /// Every one, the least first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    /// The word in the database, in JSON, in the configuration and on pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// The one of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

words! {
    /// What a person is told of. `rules::alerts` says of each how grave it is, what to do, and how it ends.
    AlertRule {
        /// The newest slot that is over had no post.
        Silence = "silence": "a bot missed its beat: a slot passed and no post went out",
        /// Nobody finds out about a lost answer.
        UnknownOutcome = "unknown_outcome": "a lost answer was not looked for in 20 minutes",
        /// A slot waits for a person.
        NeedsAttention = "needs_attention": "a post needs a person's answer",
        /// X no longer takes the token.
        LoginNeeded = "login_needed": "a bot cannot post: X no longer takes its token",
        /// Stopped, and not by a person.
        BotStopped = "bot_stopped": "a bot was stopped, and not by a person",
        /// 80, 95 or 100 % of a cap are gone.
        Budget = "budget": "80 % of a budget are gone (info), 95 % (warning) or all of it (critical)",
        /// More slots in a day than posts.
        RunwayLow = "runway_low": "a queue under its low water, or an empty one, has fewer posts than the next 24 hours need",
        /// Its maker turns it off.
        ModelShutdown = "model_shutdown": "the model is switched off within 60 days (critical: within 7)",
        /// The model does not answer.
        ModelFailing = "model_failing": "the model does not answer as it should",
        /// The last good one is too old.
        BackupOld = "backup_old": "the last good backup is older than twice the time between two",
        /// The last try failed.
        BackupFailing = "backup_failing": "a backup could not be taken",
        /// It lies on one disk alone.
        BackupNotCarried = "backup_not_carried": "no copy of the newest backup went to the other place",
        /// Backups are there, and of no use.
        DrillFailed = "drill_failed": "the last restore that was tried failed",
        /// Nobody knows whether they are of use.
        DrillOld = "drill_old": "no restore was tried and went well for 35 days, or none ever although there are backups of two weeks",
        /// Nothing new is sent.
        ClockSuspect = "clock_suspect": "the clock cannot be trusted, so nothing new is sent",
        /// Little room.
        DiskLow = "disk_low": "a disk has under 500 MB or, of a large one, under 5 % and 5 GB left (critical: under 100 MB)",
        /// X does not answer an app.
        BreakerOpen = "breaker_open": "X does not answer an app: one request a minute asks again",
        /// The auditor found something.
        AuditFinding = "audit_finding": "the audit found something that should not be",
        /// The stop for everything is on.
        Stopped = "stopped": "all sending is stopped by hand",
        /// Those who should be told are not.
        ChannelFailing = "channel_failing": "three messages in a row did not reach a channel or webhook",
        /// Somebody tries passwords.
        FailedLogins = "failed_logins": "five log-ins or more failed in an hour, for one name or for all together",
        /// There is another key to the house.
        TokenMade = "token_made": "somebody made an API token",
        /// A program tries what it may not.
        ScopeDenied = "scope_denied": "a program was refused what its token is not made for",
        /// Somebody logs in from elsewhere.
        NewAddress = "new_address": "somebody logged in from an address that was never seen for that name",
    }
}

/// What holds now, as the rules say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// Which rule.
    pub rule: AlertRule,
    /// Of what: a bot, a slot, a machine. With the rule it is the identity of the alert.
    pub subject: String,
    /// How grave.
    pub severity: Severity,
    /// What happened, in one sentence for a person.
    pub detail: String,
}

/// An alert that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAlert {
    /// Row id.
    pub id: AlertId,
    /// Counts its changes.
    pub version: i64,
    /// What it says.
    pub raised: Raised,
    /// Since when it holds.
    pub seen_at: Timestamp,
    /// Since when it is an alert; `None` while it has not held for long enough.
    pub opened_at: Option<Timestamp>,
    /// When people were last told.
    pub told_at: Option<Timestamp>,
}

words! {
    /// What is told of an alert.
    News {
        /// It holds now.
        Opened = "opened": "new",
        /// It is graver than it was.
        Worse = "worse": "worse",
        /// It still holds.
        Repeated = "repeated": "still so",
        /// It is over.
        Resolved = "resolved": "over",
    }
}

/// The name of a channel or a webhook: the configuration's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetName(String);

impl TargetName {
    /// The longest name.
    pub const CHARS_MAX: usize = 40;

    /// A name of small letters, digits and dashes.
    pub fn parse(text: &str) -> Option<Self> {
        let is_name = (1..=Self::CHARS_MAX).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-');
        is_name.then(|| Self(text.to_owned()))
    }

    /// It.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
