//! What holds of a machine: its clock, its backups, its model, its disks.

use jiff::{SignedDuration, Timestamp};

use super::assess::{minute, of};
use super::facts::{DiskSpace, NodeFacts};
use crate::model::{AlertRule, Raised, Severity};
use crate::ports::{Drill, Seen};

/// A restore that was tried longer ago says nothing of today's backups.
const DRILL_MAX: SignedDuration = SignedDuration::from_hours(35 * 24);
/// Backups are kept for so long, and none of them was ever tried.
const UNTRIED_MAX: SignedDuration = SignedDuration::from_hours(14 * 24);

const MB: u64 = 1_000_000;
/// A node that starts after a long stop has so much time to carry what it finds.
const CARRYING_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Less room than this is little.
const DISK_FREE_MIN: u64 = 500 * MB;
/// And so is less than a twentieth, of a disk that is not huge.
const DISK_FREE_ROOMY: u64 = 5_000 * MB;
/// Less than this stops the work soon.
const DISK_FREE_LAST: u64 = 100 * MB;

/// What holds of a node's machine.
pub fn assess_node(facts: &NodeFacts, now: Timestamp) -> Vec<Raised> {
    let mut raised = Vec::new();
    let here = facts.host.as_str();
    if let Some(why) = &facts.clock_suspect {
        let detail = format!("on {here}: {why}");
        raised.push(of(AlertRule::ClockSuspect, here, Severity::Critical, detail));
    }
    raised.extend(backup(facts, now));
    if let Some((_, every)) = &facts.backup {
        raised.extend(copies(facts, *every, now));
        raised.extend(drill(facts, now));
    }
    if let Some(error) = &facts.model.error {
        let detail = format!("on {here}: {error}");
        raised.push(of(AlertRule::ModelFailing, here, Severity::Warning, detail));
    }
    raised.extend(disk(facts));
    raised
}

fn backup(facts: &NodeFacts, now: Timestamp) -> Vec<Raised> {
    let Some((seen, every)) = &facts.backup else { return Vec::new() };
    let here = facts.host.as_str();
    let mut raised = Vec::new();
    if let Some(error) = &seen.error {
        let detail = format!("on {here}: {error}");
        raised.push(of(AlertRule::BackupFailing, here, Severity::Warning, detail));
    }
    let since = seen.ok_at.or(facts.started_at);
    if let Some(since) = since.filter(|since| now.duration_since(*since) > *every * 2) {
        let detail = match seen.ok_at {
            Some(_) => format!("on {here}: the last good one is of {}", minute(since)),
            None => format!("on {here}: there was none since the start, {}", minute(since)),
        };
        raised.push(of(AlertRule::BackupOld, here, Severity::Warning, detail));
    }
    raised
}

/// A try that failed, or one that does not come to an end: the newest copy is too old, although there are
/// newer backups.
fn copies(facts: &NodeFacts, every: SignedDuration, now: Timestamp) -> Option<Raised> {
    let here = facts.host.as_str();
    let Seen { ok_at, error } = facts.off_site.as_ref()?;
    let raise = |detail| Some(of(AlertRule::BackupNotCarried, here, Severity::Warning, detail));
    if let Some(error) = error {
        return raise(format!("on {here}: {error}"));
    }
    let newest = facts.backup.as_ref().and_then(|(seen, _)| seen.ok_at);
    let since = ok_at.or(facts.started_at)?;
    let has_begun = facts.started_at.is_none_or(|at| now.duration_since(at) > CARRYING_MAX);
    let is_behind = newest > *ok_at && has_begun && now.duration_since(since) > every * 2;
    match ok_at {
        _ if !is_behind => None,
        Some(at) => raise(format!("on {here}: the newest backup with one is of {}", minute(*at))),
        None => raise(format!("on {here}: there was none since the start, {}", minute(since))),
    }
}

fn drill(facts: &NodeFacts, now: Timestamp) -> Option<Raised> {
    let here = facts.host.as_str();
    if let Some(Drill { backup, at, problem: Some(problem), .. }) = &facts.drill {
        let detail = format!("on {here}: {backup}, tried on {}: {problem}", minute(*at));
        return Some(of(AlertRule::DrillFailed, here, Severity::Warning, detail));
    }
    let good_at = facts.drill.as_ref().and_then(|drill| drill.good_at);
    let (since, max) = match good_at {
        Some(at) => (at, DRILL_MAX),
        // A node that starts again each day would never notice by itself.
        None => (facts.backups_since.into_iter().chain(facts.started_at).min()?, UNTRIED_MAX),
    };
    if now.duration_since(since) <= max {
        return None;
    }
    let detail = match good_at {
        Some(at) => format!("on {here}: the last that went well was on {}", minute(at)),
        None => {
            format!("on {here}: none was ever tried, and there are backups since {}", minute(since))
        }
    };
    Some(of(AlertRule::DrillOld, here, Severity::Info, detail))
}

/// Several things may lie on one disk: the fullest says it.
fn disk(facts: &NodeFacts) -> Option<Raised> {
    let here = facts.host.as_str();
    let disk = facts.disks.iter().filter(|disk| is_low(disk)).min_by_key(|disk| disk.free)?;
    let severity = if disk.free < DISK_FREE_LAST { Severity::Critical } else { Severity::Warning };
    // Rounded, so that the words do not change with every byte.
    let left = disk.free / (100 * MB) * 100;
    let left = if left == 0 { "under 100 MB".to_owned() } else { format!("{left} MB") };
    let detail = format!("on {here}: {left} left where {} lie", disk.what);
    Some(of(AlertRule::DiskLow, here, severity, detail))
}

fn is_low(disk: &DiskSpace) -> bool {
    let is_share_small = disk.free < disk.total / 20 && disk.free < DISK_FREE_ROOMY;
    disk.free < DISK_FREE_MIN || is_share_small
}
