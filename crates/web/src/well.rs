//! Is the node well? One decision, so that `/health`, the container's health check and the page's
//! first line say the same.
//!
//! Something is watching that may restart the process when the answer is "down", so a reason counts
//! as down only where a restart helps or does no harm. What only a person can mend (a slot that
//! needs attention, a bot paused by hand, X or the model away) makes the node degraded and leaves
//! the answer at 200. Orchestrators that restart eagerly should ask `/livez` instead.

use jiff::SignedDuration;
use serde::Serialize;

/// The engine finishes a round at least this often while it is well.
pub(crate) const TICK_AGE_MAX: SignedDuration = SignedDuration::from_secs(60);

/// The lease is renewed every 15 s, and trusted for 50: two renewals were missed.
pub(crate) const LEASE_AGE_MAX: SignedDuration = SignedDuration::from_secs(35);

/// A round that ends so much later than it was wanted makes posts late.
pub(crate) const LAG_MAX: SignedDuration = SignedDuration::from_secs(5);

/// Reconciliation looks at an open outcome at least this often; older means that nobody looks.
pub(crate) const UNKNOWN_AGE_MAX: SignedDuration = SignedDuration::from_mins(20);

/// How the node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// All well.
    Ok,
    /// It works, and something should be looked at.
    Degraded,
    /// It does not do its work.
    Down,
}

/// What the decision is made of.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not one state in pieces")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) database_answers: bool,
    /// The database is not where it was when it was opened.
    pub(crate) is_database_moved: bool,
    pub(crate) is_stopping: bool,
    pub(crate) is_clock_suspect: bool,
    /// Since the engine's last round; since the start of the process before its first.
    pub(crate) tick_age: SignedDuration,
    /// How much later than wanted that round ended.
    pub(crate) lag: SignedDuration,
    /// Since the lease was renewed; `None` where there is none yet.
    pub(crate) lease_age: Option<SignedDuration>,
    /// A loop beside the rounds has not come to an end when it should have.
    pub(crate) is_loop_stalled: bool,
    /// Since anybody last looked at the open outcome that was left alone longest.
    pub(crate) unknown_age: Option<SignedDuration>,
    pub(crate) bots: u64,
    pub(crate) bots_active: u64,
    /// Every bot that is not active was paused by a person.
    pub(crate) are_paused_by_hand: bool,
    pub(crate) needs_attention: u64,
    /// The audit found that the node does not do its work.
    pub(crate) has_serious_findings: bool,
    /// Or something else that should not be.
    pub(crate) has_findings: bool,
    /// The kill switch is on.
    pub(crate) is_stopped: bool,
    pub(crate) x_failing: bool,
    pub(crate) model_failing: bool,
    /// The moderation endpoint did not answer last time.
    pub(crate) moderation_failing: bool,
    /// Live nodes declare different bots.
    pub(crate) nodes_differ: bool,
    /// No new backup could be made since the last good one.
    pub(crate) backup_failing: bool,
    /// No copy of the newest backup is in the other place.
    pub(crate) off_site_failing: bool,
    /// The last restore that was tried failed.
    pub(crate) drill_failed: bool,
}

/// Why a node is not well, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    Stopping,
    DatabaseMoved,
    DatabaseDown,
    EngineStalled,
    LoopStalled,
    LeaseLate,
    ClockSuspect,
    OutcomeStuck,
    AuditFailed,
    NoActiveBot,
    NeedsAttention,
    AuditFindings,
    EngineSlow,
    KillSwitch,
    AllPaused,
    XFailing,
    ModelFailing,
    ModerationFailing,
    NodesDiffer,
    BackupFailing,
    OffSiteFailing,
    DrillFailed,
}

impl Reason {
    /// How bad it is.
    pub(crate) fn status(self) -> Status {
        match self {
            Self::Stopping
            | Self::DatabaseMoved
            | Self::DatabaseDown
            | Self::EngineStalled
            | Self::LoopStalled
            | Self::LeaseLate
            | Self::ClockSuspect
            | Self::OutcomeStuck
            | Self::AuditFailed
            | Self::NoActiveBot => Status::Down,
            Self::NeedsAttention
            | Self::AuditFindings
            | Self::EngineSlow
            | Self::KillSwitch
            | Self::AllPaused
            | Self::XFailing
            | Self::ModelFailing
            | Self::ModerationFailing
            | Self::NodesDiffer
            | Self::BackupFailing
            | Self::OffSiteFailing
            | Self::DrillFailed => Status::Degraded,
        }
    }

    /// What it means, for a person.
    pub(crate) fn explain(self) -> &'static str {
        match self {
            Self::Stopping => "This node is stopping. Sends in flight end and are recorded.",
            Self::DatabaseMoved => {
                "The database was moved, deleted or replaced while in use. Put it back and restart."
            }
            Self::DatabaseDown => "The database does not answer. Nothing is sent until it does.",
            Self::EngineStalled => "The engine has not finished a round for over a minute.",
            Self::LoopStalled => "A part of the engine has not come to an end for a long time.",
            Self::LeaseLate => "The lease was not renewed in time. Nothing is sent near its end.",
            Self::ClockSuspect => "The clock cannot be trusted. New sends wait until it can.",
            Self::OutcomeStuck => "An open outcome was not looked at for 20 minutes.",
            Self::AuditFailed => "The audit found slots, plans or leases that nobody looks after.",
            Self::NoActiveBot => "No bot may post. Each says below what it needs.",
            Self::NeedsAttention => "A post needs you.",
            Self::AuditFindings => "The audit found something that should not be.",
            Self::EngineSlow => "The engine is over 5 s behind. Posts may leave late.",
            Self::KillSwitch => "All sending is stopped by hand.",
            Self::AllPaused => "Every bot is paused by hand.",
            Self::XFailing => "X is not answering as it should. Posts wait and are not lost.",
            Self::ModelFailing => {
                "The model is not answering as it should. Who writes instead stands under `writers`."
            }
            Self::ModerationFailing => {
                "The moderation endpoint does not answer. New texts wait for a person."
            }
            Self::NodesDiffer => {
                "Nodes declare different bots. The last one started wins; restart those behind."
            }
            Self::BackupFailing => "There is no new backup of the database. The log says why.",
            Self::OffSiteFailing => {
                "No copy of the newest backup is in the other place. The log says why."
            }
            Self::DrillFailed => {
                "The last restore that was tried failed. `flockwork backup drill` tries again."
            }
        }
    }
}

/// The verdict: how it is, and everything that speaks against "ok", worst first.
pub(crate) fn verdict(facts: &Facts) -> (Status, Vec<Reason>) {
    let has_bots = facts.bots > 0;
    let none_active = has_bots && facts.bots_active == 0;
    // Counts read from a database that does not answer mean nothing.
    let reads = facts.database_answers;
    let reasons: Vec<Reason> = [
        (facts.is_stopping, Reason::Stopping),
        (facts.is_database_moved, Reason::DatabaseMoved),
        (!facts.database_answers && !facts.is_database_moved, Reason::DatabaseDown),
        (facts.tick_age > TICK_AGE_MAX, Reason::EngineStalled),
        (facts.is_loop_stalled, Reason::LoopStalled),
        (facts.lease_age.is_some_and(|age| age > LEASE_AGE_MAX), Reason::LeaseLate),
        (facts.is_clock_suspect, Reason::ClockSuspect),
        (reads && facts.unknown_age.is_some_and(|age| age > UNKNOWN_AGE_MAX), Reason::OutcomeStuck),
        (reads && facts.has_serious_findings, Reason::AuditFailed),
        (reads && none_active && !facts.are_paused_by_hand, Reason::NoActiveBot),
        (reads && facts.needs_attention > 0, Reason::NeedsAttention),
        (reads && facts.has_findings, Reason::AuditFindings),
        (facts.lag > LAG_MAX, Reason::EngineSlow),
        (reads && facts.is_stopped, Reason::KillSwitch),
        (reads && none_active && facts.are_paused_by_hand, Reason::AllPaused),
        (facts.x_failing, Reason::XFailing),
        (facts.model_failing, Reason::ModelFailing),
        (facts.moderation_failing, Reason::ModerationFailing),
        (reads && facts.nodes_differ, Reason::NodesDiffer),
        (facts.backup_failing, Reason::BackupFailing),
        (facts.off_site_failing, Reason::OffSiteFailing),
        (facts.drill_failed, Reason::DrillFailed),
    ]
    .into_iter()
    .filter_map(|(holds, reason)| holds.then_some(reason))
    .collect();
    let status = reasons.iter().map(|reason| reason.status()).max().unwrap_or(Status::Ok);
    (status, reasons)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> Facts {
        Facts {
            database_answers: true,
            is_database_moved: false,
            is_stopping: false,
            is_clock_suspect: false,
            tick_age: SignedDuration::from_secs(5),
            lag: SignedDuration::ZERO,
            lease_age: Some(SignedDuration::from_secs(15)),
            is_loop_stalled: false,
            unknown_age: None,
            bots: 3,
            bots_active: 3,
            are_paused_by_hand: false,
            needs_attention: 0,
            has_serious_findings: false,
            has_findings: false,
            is_stopped: false,
            x_failing: false,
            model_failing: false,
            moderation_failing: false,
            nodes_differ: false,
            backup_failing: false,
            off_site_failing: false,
            drill_failed: false,
        }
    }

    #[test]
    fn what_a_restart_may_help_is_down_and_what_a_person_must_do_is_degraded() {
        use Reason as R;
        use Status::{Degraded, Down, Ok};
        type Case = (&'static str, fn(&mut Facts), Status, &'static [Reason]);
        let cases: &[Case] = &[
            ("all well", |_| {}, Ok, &[]),
            ("nothing declared yet", |f| (f.bots, f.bots_active) = (0, 0), Ok, &[]),
            ("one of three paused", |f| f.bots_active = 2, Ok, &[]),
            ("a round at the limit", |f| f.tick_age = TICK_AGE_MAX, Ok, &[]),
            ("no round", |f| f.tick_age = SignedDuration::from_secs(61), Down, &[R::EngineStalled]),
            ("a loop hangs", |f| f.is_loop_stalled = true, Down, &[R::LoopStalled]),
            ("no lease yet", |f| f.lease_age = None, Ok, &[]),
            ("renewed late", |f| f.lease_age = Some(LEASE_AGE_MAX), Ok, &[]),
            (
                "not renewed",
                |f| f.lease_age = Some(SignedDuration::from_secs(36)),
                Down,
                &[R::LeaseLate],
            ),
            ("a slow round", |f| f.lag = SignedDuration::from_secs(6), Degraded, &[R::EngineSlow]),
            (
                "the file is gone",
                |f| (f.database_answers, f.is_database_moved) = (false, true),
                Down,
                &[R::DatabaseMoved],
            ),
            ("findings", |f| f.has_findings = true, Degraded, &[R::AuditFindings]),
            ("serious ones", |f| f.has_serious_findings = true, Down, &[R::AuditFailed]),
            ("stopping", |f| f.is_stopping = true, Down, &[R::Stopping]),
            ("bad clock", |f| f.is_clock_suspect = true, Down, &[R::ClockSuspect]),
            ("young unknown", |f| f.unknown_age = Some(UNKNOWN_AGE_MAX), Ok, &[]),
            (
                "stuck unknown",
                |f| f.unknown_age = Some(SignedDuration::from_mins(21)),
                Down,
                &[R::OutcomeStuck],
            ),
            ("none may post", |f| f.bots_active = 0, Down, &[R::NoActiveBot]),
            (
                "all paused by hand",
                |f| (f.bots_active, f.are_paused_by_hand) = (0, true),
                Degraded,
                &[R::AllPaused],
            ),
            ("attention", |f| f.needs_attention = 1, Degraded, &[R::NeedsAttention]),
            ("kill switch", |f| f.is_stopped = true, Degraded, &[R::KillSwitch]),
            ("X away", |f| f.x_failing = true, Degraded, &[R::XFailing]),
            ("nodes differ", |f| f.nodes_differ = true, Degraded, &[R::NodesDiffer]),
            ("model away", |f| f.model_failing = true, Degraded, &[R::ModelFailing]),
            ("no reader", |f| f.moderation_failing = true, Degraded, &[R::ModerationFailing]),
            ("no new backup", |f| f.backup_failing = true, Degraded, &[R::BackupFailing]),
            ("no copy", |f| f.off_site_failing = true, Degraded, &[R::OffSiteFailing]),
            ("bad drill", |f| f.drill_failed = true, Degraded, &[R::DrillFailed]),
            (
                "a dead database hides what was counted in it",
                |f| (f.database_answers, f.needs_attention, f.bots_active) = (false, 2, 0),
                Down,
                &[R::DatabaseDown],
            ),
            (
                "the worst comes first",
                |f| (f.x_failing, f.is_clock_suspect) = (true, true),
                Down,
                &[R::ClockSuspect, R::XFailing],
            ),
        ];
        for (name, change, status, reasons) in cases {
            let mut facts = well();
            change(&mut facts);
            assert_eq!(verdict(&facts), (*status, reasons.to_vec()), "{name}");
        }
    }
}
