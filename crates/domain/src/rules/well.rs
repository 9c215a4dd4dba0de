//! Is the node well? One decision, so that `/health`, the container's health check and the page's
//! first line say the same.
//!
//! Something is watching that may restart the process when the answer is "down", so a reason counts
//! as down only where a restart helps or does no harm. What only a person can mend (a slot that
//! needs attention, a bot paused by hand, X or the model away) makes the node degraded and leaves
//! the answer at 200. Orchestrators that restart eagerly should ask `/livez` instead.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::room::Room;
use crate::model::SlotState;
use crate::ports::store::SlotLine;
use crate::ports::{LoopSeen, Vitals};

/// The engine finishes a round at least this often while it is well.
pub const TICK_AGE_MAX: SignedDuration = SignedDuration::from_secs(60);

/// The lease is renewed every 15 s, and trusted for 50: two renewals were missed.
pub const LEASE_AGE_MAX: SignedDuration = SignedDuration::from_secs(35);

/// A round that ends so much later than it was wanted makes posts late.
pub const LAG_MAX: SignedDuration = SignedDuration::from_secs(5);

/// Reconciliation looks at an open outcome at least this often; older means that nobody looks.
pub const UNKNOWN_AGE_MAX: SignedDuration = SignedDuration::from_mins(20);

/// How the node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
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
pub struct Facts {
    /// It answers, pages and engine alike.
    pub database_answers: bool,
    /// The database is not where it was when it was opened.
    pub is_database_moved: bool,
    /// The node ends.
    pub is_stopping: bool,
    /// Nothing new is sent until the clock is right.
    pub is_clock_suspect: bool,
    /// The room where the database lies.
    pub room: Room,
    /// Since the engine's last round; since the start of the process before its first.
    pub tick_age: SignedDuration,
    /// How much later than wanted that round ended.
    pub lag: SignedDuration,
    /// Since the lease was renewed; `None` where there is none yet.
    pub lease_age: Option<SignedDuration>,
    /// A loop beside the rounds has not come to an end when it should have.
    pub is_loop_stalled: bool,
    /// Since anybody last looked at the open outcome that was left alone longest.
    pub unknown_age: Option<SignedDuration>,
    /// Bots that are declared.
    pub bots: u64,
    /// And that post.
    pub bots_active: u64,
    /// Every bot that is not active was paused by a person.
    pub are_paused_by_hand: bool,
    /// Slots that need a person.
    pub needs_attention: u64,
    /// The audit found that the node does not do its work.
    pub has_serious_findings: bool,
    /// Or something else that should not be.
    pub has_findings: bool,
    /// The kill switch is on.
    pub is_stopped: bool,
    /// X did not answer as it should, last time.
    pub x_failing: bool,
    /// Nor did the model.
    pub model_failing: bool,
    /// The moderation endpoint did not answer last time.
    pub moderation_failing: bool,
    /// Live nodes declare different bots.
    pub nodes_differ: bool,
    /// No new backup could be made since the last good one.
    pub backup_failing: bool,
    /// No copy of the newest backup is in the other place.
    pub off_site_failing: bool,
    /// The last restore that was tried failed.
    pub drill_failed: bool,
    /// What should be told could not be, at the last try.
    pub channel_failing: bool,
}

impl Facts {
    /// What the node knows without the database, which it takes for well.
    pub fn of_node(vitals: &Vitals, started_at: Timestamp, now: Timestamp) -> Self {
        let since = |at: Timestamp| now.duration_since(at);
        Self {
            database_answers: vitals.database.error.is_none(),
            is_database_moved: false,
            is_stopping: vitals.is_stopping,
            is_clock_suspect: vitals.clock_suspect.is_some(),
            room: vitals.room,
            tick_age: since(vitals.ticked_at.unwrap_or(started_at)),
            lag: vitals.lag,
            lease_age: vitals.lease_renewed_at.map(since),
            is_loop_stalled: vitals.loops.iter().any(|seen| is_stalled(seen, now)),
            unknown_age: None,
            bots: 0,
            bots_active: 0,
            are_paused_by_hand: false,
            needs_attention: 0,
            has_serious_findings: false,
            has_findings: false,
            is_stopped: false,
            x_failing: vitals.x.error.is_some(),
            model_failing: vitals.model.error.is_some(),
            moderation_failing: vitals.moderation.error.is_some(),
            nodes_differ: false,
            backup_failing: vitals.backup.as_ref().is_some_and(|seen| seen.error.is_some()),
            off_site_failing: vitals.off_site.as_ref().is_some_and(|seen| seen.error.is_some()),
            drill_failed: vitals.drill.as_ref().is_some_and(|drill| drill.problem.is_some()),
            channel_failing: vitals.channels.iter().any(|(_, seen)| seen.error.is_some()),
        }
    }
}

/// Whether a loop should have come to an end.
pub fn is_stalled(seen: &LoopSeen, now: Timestamp) -> bool {
    seen.due_by.is_some_and(|due_by| now > due_by)
}

/// Since when the open outcome that was left alone longest was left alone.
pub fn oldest_unknown(open: &[SlotLine], now: Timestamp) -> Option<SignedDuration> {
    open.iter()
        .filter(|slot| matches!(slot.state, SlotState::Unknown | SlotState::Reconciling))
        .map(|slot| now.duration_since(slot.updated_at))
        .max()
}

/// Why requests should not be sent to this node, as `/readyz` says it: the engine's word on the database
/// counts too, because one that answers a ping and refuses what the engine writes is of no use.
pub fn why_not_ready(vitals: &Vitals) -> Option<&'static str> {
    match (vitals.is_stopping, &vitals.database.error) {
        (true, _) => Some("stopping"),
        (false, Some(_)) => Some("no database"),
        (false, None) => None,
    }
}

/// Whether the node is ready and does its work: it turns, holds its lease, and nothing hangs. This is what
/// a dead-man's switch is told.
pub fn is_alive(vitals: &Vitals, started_at: Timestamp, now: Timestamp) -> bool {
    let facts = Facts::of_node(vitals, started_at, now);
    why_not_ready(vitals).is_none() && verdict(&facts).0 != Status::Down
}

/// Why a node is not well, worst first; [`Reason::explain`] says what each means.
#[expect(missing_docs, reason = "each has its sentence in `explain`")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Stopping,
    DatabaseMoved,
    DatabaseDown,
    EngineStalled,
    LoopStalled,
    LeaseLate,
    ClockSuspect,
    DiskFull,
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
    DiskLow,
    NodesDiffer,
    BackupFailing,
    OffSiteFailing,
    DrillFailed,
    ChannelFailing,
}

impl Reason {
    /// How bad it is.
    pub fn status(self) -> Status {
        match self {
            Self::Stopping
            | Self::DatabaseMoved
            | Self::DatabaseDown
            | Self::EngineStalled
            | Self::LoopStalled
            | Self::LeaseLate
            | Self::ClockSuspect
            | Self::DiskFull
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
            | Self::DiskLow
            | Self::NodesDiffer
            | Self::BackupFailing
            | Self::OffSiteFailing
            | Self::DrillFailed
            | Self::ChannelFailing => Status::Degraded,
        }
    }

    /// What it means, for a person.
    pub fn explain(self) -> &'static str {
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
            Self::DiskFull => {
                "The disk of the database is nearly full. Nothing is sent until there is room."
            }
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
            Self::DiskLow => {
                "There is little room on the disk of the database. No new texts are written until there is."
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
            Self::ChannelFailing => {
                "Something that should be told does not get through. It stands under `channels`, and is \
                 tried again."
            }
        }
    }
}

/// The verdict: how it is, and everything that speaks against "ok", worst first.
pub fn verdict(facts: &Facts) -> (Status, Vec<Reason>) {
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
        (facts.room == Room::None, Reason::DiskFull),
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
        (facts.room == Room::Little, Reason::DiskLow),
        (reads && facts.nodes_differ, Reason::NodesDiffer),
        (facts.backup_failing, Reason::BackupFailing),
        (facts.off_site_failing, Reason::OffSiteFailing),
        (facts.drill_failed, Reason::DrillFailed),
        (facts.channel_failing, Reason::ChannelFailing),
    ]
    .into_iter()
    .filter_map(|(holds, reason)| holds.then_some(reason))
    .collect();
    let status = reasons.iter().map(|reason| reason.status()).max().unwrap_or(Status::Ok);
    (status, reasons)
}

#[cfg(test)]
mod tests {
    use super::Reason as R;
    use super::*;
    use crate::ports::Seen;

    fn well() -> Facts {
        Facts {
            database_answers: true,
            is_database_moved: false,
            is_stopping: false,
            is_clock_suspect: false,
            room: Room::Enough,
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
            channel_failing: false,
        }
    }

    #[test]
    fn a_switch_hears_of_no_node_that_does_not_do_its_work() {
        let now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        let ago = |secs| Some(now - SignedDuration::from_secs(secs));
        let well = Vitals { ticked_at: ago(1), lease_renewed_at: ago(15), ..Vitals::default() };
        let hangs = LoopSeen { name: "janitor", ended_at: ago(900), due_by: ago(1) };
        let away = Seen { ok_at: ago(60), error: Some("no route".to_owned()) };
        let cases: [(&str, Vitals, bool); 8] = [
            ("all well", well.clone(), true),
            ("no round", Vitals { ticked_at: ago(61), ..well.clone() }, false),
            ("a late lease", Vitals { lease_renewed_at: ago(36), ..well.clone() }, false),
            ("a clock", Vitals { clock_suspect: Some("back".to_owned()), ..well.clone() }, false),
            ("a loop", Vitals { loops: vec![hangs], ..well.clone() }, false),
            ("no database", Vitals { database: away.clone(), ..well.clone() }, false),
            ("its end", Vitals { is_stopping: true, ..well.clone() }, false),
            ("X, which is none of its doing", Vitals { x: away, ..well }, true),
        ];
        for (what, vitals, is_heard) in cases {
            assert_eq!(is_alive(&vitals, now, now), is_heard, "{what}");
        }
    }

    #[test]
    fn a_disk_without_room_stops_the_work_and_one_with_little_does_not() {
        let with = |room| verdict(&Facts { room, ..well() });
        assert_eq!(with(Room::None), (Status::Down, vec![R::DiskFull]));
        assert_eq!(with(Room::Little), (Status::Degraded, vec![R::DiskLow]));
    }

    #[test]
    fn what_a_restart_may_help_is_down_and_what_a_person_must_do_is_degraded() {
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
            ("nobody hears it", |f| f.channel_failing = true, Degraded, &[R::ChannelFailing]),
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
