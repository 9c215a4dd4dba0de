//! What alerts are worked out from. Most of it is what pages, `/health` and the auditor read as well.

use jiff::{SignedDuration, Timestamp};

use crate::model::{AlertRule, BotId, Budget, OpenFinding, SlotId, SlotState, TargetName};
use crate::ports::store::{Counts, SlotLine, StoppedBot};
use crate::ports::{Drill, Seen};

/// An active bot whose newest slot that is over had no post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The bot.
    pub bot: BotId,
    /// The slot.
    pub slot: SlotId,
    /// When it was due.
    pub due_at: Timestamp,
    /// How it ended.
    pub state: SlotState,
}

/// An active bot with a short queue: one under its low water, or an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runway {
    /// The bot.
    pub bot: BotId,
    /// Posts in its queue.
    pub queued: u64,
    /// Slots of the next 24 hours that have none yet.
    pub ahead: u64,
}

/// A line of the audit log that may be about security.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityLine {
    /// Its number.
    pub number: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub object: String,
    /// What else.
    pub detail: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// Somebody came in from an address that was never seen for that name, and others were.
    pub is_new_address: bool,
}

/// A channel or webhook that did not take what was sent to it, several times in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TroubledTarget {
    /// Which.
    pub target: TargetName,
    /// So many times.
    pub failures: u64,
    /// What it said last.
    pub error: Option<String>,
}

/// What the database tells, alike to every node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HouseFacts {
    /// Numbers.
    pub counts: Counts,
    /// Newest slots that are over and had no post.
    pub missed: Vec<Missed>,
    /// Slots whose outcome is open.
    pub open: Vec<SlotLine>,
    /// Slots that need a person.
    pub attention: Vec<SlotLine>,
    /// Bots that do not post.
    pub stopped: Vec<StoppedBot>,
    /// Budgets that are nearly gone.
    pub budgets: Vec<Budget>,
    /// Short queues.
    pub runways: Vec<Runway>,
    /// Apps that X does not answer, and since when.
    pub silent_apps: Vec<(String, Timestamp)>,
    /// What the audit found.
    pub findings: Vec<OpenFinding>,
    /// What people did in the last hour.
    pub security: Vec<SecurityLine>,
    /// Channels that do not work.
    pub targets: Vec<TroubledTarget>,
    /// Models that are configured.
    pub models: Vec<String>,
}

impl HouseFacts {
    /// The rules of which not everything may be here, where at most `max` of each kind was read: what is not
    /// here may hold all the same.
    pub fn cut_at(&self, max: usize) -> Vec<AlertRule> {
        use AlertRule::{
            AuditFinding, BotStopped, BreakerOpen, Budget, ChannelFailing, FailedLogins,
            LoginNeeded, NeedsAttention, NewAddress, RunwayLow, ScopeDenied, Silence, TokenMade,
            UnknownOutcome,
        };
        let lists: [(usize, &[AlertRule]); 10] = [
            (self.missed.len(), &[Silence]),
            (self.open.len(), &[UnknownOutcome]),
            (self.attention.len(), &[NeedsAttention]),
            (self.stopped.len(), &[LoginNeeded, BotStopped]),
            (self.budgets.len(), &[Budget]),
            (self.runways.len(), &[RunwayLow]),
            (self.silent_apps.len(), &[BreakerOpen]),
            (self.findings.len(), &[AuditFinding]),
            (self.security.len(), &[FailedLogins, TokenMade, ScopeDenied, NewAddress]),
            (self.targets.len(), &[ChannelFailing]),
        ];
        let cut = lists.into_iter().filter(|(length, _)| *length >= max);
        cut.flat_map(|(_, rules)| rules.iter().copied()).collect()
    }
}

/// Room on a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskSpace {
    /// What lies there: `the database`, `backups`, `log files`.
    pub what: &'static str,
    /// Bytes that this process may still write.
    pub free: u64,
    /// All of it.
    pub total: u64,
}

/// What a node knows of itself and its machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeFacts {
    /// The machine.
    pub host: String,
    /// Why its clock is not trusted.
    pub clock_suspect: Option<String>,
    /// Backups, where it keeps them: the last, and how often they are due.
    pub backup: Option<(Seen, SignedDuration)>,
    /// Copies of backups in another place, where they are carried: the newest was taken then.
    pub off_site: Option<Seen>,
    /// The last restore that was tried.
    pub drill: Option<Drill>,
    /// When the oldest backup was taken that is kept.
    pub backups_since: Option<Timestamp>,
    /// When this process started: a backup that was never taken is as old.
    pub started_at: Option<Timestamp>,
    /// What the model said last.
    pub model: Seen,
    /// Its disks.
    pub disks: Vec<DiskSpace>,
}
