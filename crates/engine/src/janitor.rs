//! The lease, what dead nodes left, whether the clock can be trusted, posts that cannot be compared
//! with yet, and drafts that nobody looks at.

mod drafts;

mod budgets;

use domain::model::Share;
use domain::ports::store::{Abandoned, ClosedAt, History, NewLease, StoreError};
use jiff::{SignedDuration, Timestamp};

pub(crate) use self::budgets::Said;
use crate::Engine;
use crate::engine::STEP_BACK_MAX;
use crate::vitals::went_back;

/// A clock further off than this stops new sends.
const CLOCK_OFF_MAX: SignedDuration = SignedDuration::from_secs(30);

/// Posts made findable in one tick, in one transaction, beside which sends wait.
const FILLED_PER_TICK_MAX: u32 = 250;

/// What a start found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// What the predecessor left.
    pub abandoned: Abandoned,
    /// Bots whose timelines are read before they post, because intents may be lost.
    pub distrusted: u64,
}

/// What a tick of the janitor did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JanitorReport {
    /// Whether this node still has its lease.
    pub holds_lease: bool,
    /// What dead nodes left.
    pub abandoned: Abandoned,
}

impl Engine {
    /// Takes the lease, takes over what a crash left, and distrusts the history if intents may have
    /// been lost: another database than the last heartbeat was written to, or too long without one.
    pub async fn start(&self) -> Result<Start, StoreError> {
        // The clock before anything is dated by it.
        self.check_clock().await?;
        let (asked_at, now) = (self.clock.monotonic(), self.now());
        // First the doubt, then the lease: a start that is cut off between them finds the old
        // heartbeat again, and doubts again.
        let history = self.store.history().await?;
        let doubt = distrusted_since(&history, now, self.settings.history_gap_max);
        self.begins(now, in_use_since(&history, doubt).unwrap_or(now));
        let distrusted = match doubt {
            Some(since) => self.store.distrust_history(since, now).await?,
            None => 0,
        };
        let wanted = NewLease {
            node: &self.settings.node,
            declared: &self.settings.declared,
            length: self.settings.lease,
        };
        let lease = self.store.take_lease(&wanted, now).await?;
        self.vitals.database(now, Ok(()));
        let abandoned = self.store.recover_abandoned(now, self.closed_at(now)).await?;
        self.hold(Some(lease), asked_at);
        self.look_round(now).await?;
        self.vitals.renewed(now);
        log_start(&abandoned, distrusted);
        for zone in self.store.follow_zone_rules(now).await? {
            tracing::info!(zone, "The rules of {zone} changed: its planned slots move");
        }
        Ok(Start { abandoned, distrusted })
    }

    /// Renews the lease, takes over what dead nodes left, and compares clocks.
    pub async fn tick_janitor(&self, now: Timestamp) -> Result<JanitorReport, StoreError> {
        let holds_lease = self.renew(now).await?;
        if !holds_lease {
            tracing::error!(event = "lease.lost", "This node lost its lease and takes a new one");
            let start = self.start().await?;
            return Ok(JanitorReport { holds_lease: true, abandoned: start.abandoned });
        }
        self.check_clock().await?;
        // Nothing may be due for days, and timelines are read meanwhile.
        self.x.refresh_keys().await;
        let abandoned = self.store.recover_abandoned(now, self.closed_at(now)).await?;
        if abandoned != Abandoned::default() {
            log_start(&abandoned, 0);
        }
        self.look_round(now).await?;
        self.fill_bands().await;
        self.watch_budgets(now).await;
        self.expire_drafts(now).await;
        self.tidy_try_outs(now).await;
        Ok(JanitorReport { holds_lease, abandoned })
    }

    /// Makes posts findable that an older version stored. What fails is tried again at the next tick:
    /// the lease does not depend on it.
    async fn fill_bands(&self) {
        match self.store.fill_bands(FILLED_PER_TICK_MAX).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(
                posts.filled = count,
                "Made {count} older posts findable for the search for near-duplicates"
            ),
            Err(error) => tracing::warn!("Older posts are made findable later: {error}"),
        }
    }

    /// Ends the lease at a clean stop.
    pub async fn finish(&self) -> Result<(), StoreError> {
        if let Some(lease) = self.lease() {
            self.hold(None, self.clock.monotonic());
            self.store.end_lease(&lease, self.now()).await?;
        }
        Ok(())
    }

    async fn renew(&self, now: Timestamp) -> Result<bool, StoreError> {
        let Some(lease) = self.lease() else { return Ok(false) };
        let asked_at = self.clock.monotonic();
        let renewed = self.store.renew_lease(&lease, now, self.settings.lease).await?;
        let holds = renewed.is_some();
        if holds {
            self.vitals.renewed(now);
        }
        self.hold(renewed, asked_at);
        Ok(holds)
    }

    /// Which nodes live besides this one: with them it shares what no lock deals out.
    async fn look_round(&self, now: Timestamp) -> Result<(), StoreError> {
        let Some(fence) = self.fence() else { return Ok(()) };
        let nodes = self.store.list_nodes(now).await?;
        let others = nodes.iter().filter(|node| {
            node.declared.as_ref().is_some_and(|declared| *declared != self.settings.declared)
        });
        let others: Vec<&str> = others.map(|node| node.node.as_str()).collect();
        self.note_difference(&others);
        let index = nodes.iter().position(|node| node.fence == fence).unwrap_or(0);
        self.take_share(Share::new(index, nodes.len()));
        Ok(())
    }

    /// Follows the database's clock where it has one, and compares this machine's with it and with its
    /// own past.
    async fn check_clock(&self) -> Result<(), StoreError> {
        let asked_at = self.clock.monotonic();
        let theirs = self.store.database_time().await?;
        let off = theirs.map(|theirs| self.clock.follow(theirs, asked_at));
        // Read here and not passed down: this is about the clock itself.
        let (_, behind) = self.read_clock();
        // Time that was lived through comes again: nothing new is sent until it has passed.
        let mut suspect = (behind > STEP_BACK_MAX).then(|| went_back(behind));
        if let Some(off) = off.filter(|off| *off > CLOCK_OFF_MAX) {
            suspect = Some(format!("this machine's clock and the database's are {off:#} apart"));
        }
        if let Some(why) = &suspect {
            tracing::error!(
                event = "clock.suspect",
                "Nothing new is sent until the clock is right: {why}"
            );
        }
        self.vitals.clock_suspect(suspect);
        Ok(())
    }

    /// How a lost socket's end is known: at once where the predecessor held the same file, later
    /// where another node may only be cut off.
    fn closed_at(&self, now: Timestamp) -> ClosedAt {
        match self.settings.takeover_quiet {
            None => ClosedAt::At(now),
            Some(quiet) => ClosedAt::AfterSendBy(quiet),
        }
    }
}

/// From when on intents may be lost; `None` where they cannot be.
fn distrusted_since(
    history: &History,
    now: Timestamp,
    gap_max: SignedDuration,
) -> Option<Timestamp> {
    let by_heartbeat = history.last_heartbeat.filter(|heartbeat| {
        let is_gap = now.duration_since(*heartbeat) > gap_max;
        is_gap || !history.is_same_database || history.lost_since.is_some()
    });
    // The earlier of the two: a copy that was put back knows of no sign of life after it was taken.
    [by_heartbeat, history.lost_since].into_iter().flatten().min()
}

/// Since when a node works on the database as it is now. A doubt on top of another has the earlier
/// moment of the two, but what was lost last was sent until this very start.
fn in_use_since(history: &History, doubt: Option<Timestamp>) -> Option<Timestamp> {
    history.in_use_since.filter(|_| doubt.is_none() || !history.is_in_doubt)
}

fn log_start(abandoned: &Abandoned, distrusted: u64) {
    // What needs a person was logged slot by slot.
    let Abandoned { released, unknown, poisoned: _ } = *abandoned;
    if released + unknown > 0 {
        tracing::warn!(
            event = "lease.taken_over",
            slots.released = released,
            slots.unknown = unknown,
            "Took over what a node left: {released} slots not yet sent, {unknown} to look for on X"
        );
    }
    if distrusted > 0 {
        tracing::warn!(
            event = "history.doubted",
            bots.distrusted = distrusted,
            "The last sign of life is long ago or from another database: {distrusted} bots read \
             their timelines before they post"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::at;

    #[test]
    fn history_is_distrusted_after_a_gap_or_on_another_database() {
        let now = at("2026-11-23T09:00:00Z");
        let gap = SignedDuration::from_mins(10);
        let history = |minutes: i64, is_same_database| History {
            last_heartbeat: Some(now - SignedDuration::from_mins(minutes)),
            is_same_database,
            lost_since: None,
            in_use_since: None,
            is_in_doubt: false,
        };
        assert_eq!(distrusted_since(&history(9, true), now, gap), None);
        assert!(distrusted_since(&history(11, true), now, gap).is_some());
        assert!(distrusted_since(&history(1, false), now, gap).is_some());
        let new = History { last_heartbeat: None, ..history(0, true) };
        assert_eq!(distrusted_since(&new, now, gap), None);
    }

    #[test]
    fn a_doubt_on_top_of_another_waits_from_its_own_start() {
        let now = at("2026-11-23T09:00:00Z");
        let history = |is_in_doubt| History {
            last_heartbeat: Some(now),
            is_same_database: false,
            lost_since: None,
            in_use_since: Some(now),
            is_in_doubt,
        };
        assert_eq!(in_use_since(&history(true), Some(now)), None);
        assert_eq!(in_use_since(&history(false), Some(now)), Some(now), "the first one");
        assert_eq!(in_use_since(&history(true), None), Some(now), "nothing more was lost");
    }

    #[test]
    fn a_copy_that_was_put_back_is_distrusted_however_young_it_is_and_whatever_its_inode() {
        let now = at("2026-11-23T09:00:00Z");
        let gap = SignedDuration::from_mins(10);
        let ago = |secs| Some(now - SignedDuration::from_secs(secs));
        for (heartbeat, lost, since) in
            [(ago(20), ago(10), ago(20)), (ago(10), ago(20), ago(20)), (None, ago(5), ago(5))]
        {
            let history = History {
                last_heartbeat: heartbeat,
                is_same_database: true,
                lost_since: lost,
                in_use_since: None,
                is_in_doubt: false,
            };
            assert_eq!(distrusted_since(&history, now, gap), since);
        }
    }
}
