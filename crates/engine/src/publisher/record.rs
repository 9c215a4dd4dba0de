//! S7: outcomes become rows, in groups that span batches.
//!
//! One group is stored at a time, and whatever ends meanwhile is the next group. So commits grow
//! with the load by themselves: a lone post is stored at once, a burst a few hundred at a time.
//!
//! What X answered is known only here until it is stored. So while the database is away outcomes are
//! kept, in their order, and tried again for as long as this node has the lease under which they were
//! sent. Trying once too often does no harm: each is a compare-and-swap under that lease's fence.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::model::{SlotId, SlotState};
use domain::ports::store::{Settlement, StoreError};
use jiff::Timestamp;
use tokio::sync::{Mutex as Turn, Notify};
use tracing::Instrument as _;

use super::Delivery;
use crate::Engine;

/// Outcomes stored in one transaction.
const OUTCOMES_PER_COMMIT_MAX: usize = 1024;
/// After a failure of the database they are tried again this soon, twice as late after the next.
const AGAIN_MIN: Duration = Duration::from_millis(250);
/// And never later than this: a stop waits for them, too.
const AGAIN_MAX: Duration = Duration::from_secs(2);

/// Outcomes that wait for their commit.
#[derive(Default)]
pub(crate) struct Outcomes {
    queue: Mutex<Queue>,
    /// Held while a group is being stored.
    turn: Turn<()>,
    /// Told when outcomes are kept because the database is away.
    pub(crate) kept: Notify,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Settlement>,
    /// Tries since the database last took a group.
    failures: u32,
    /// Not tried again before this (monotonic).
    again_at: Duration,
}

impl Outcomes {
    pub(super) fn push(&self, settlement: Settlement) {
        self.queue().waiting.push_back(settlement);
    }

    /// Whether some wait, and the database may be asked.
    fn are_due(&self, at: Duration) -> bool {
        let queue = self.queue();
        !queue.waiting.is_empty() && queue.again_at <= at
    }

    /// Waits until the group that is being stored now is.
    pub(super) async fn settled(&self) {
        drop(self.turn.lock().await);
    }

    fn take(&self) -> Vec<Settlement> {
        let mut queue = self.queue();
        let group = queue.waiting.len().min(OUTCOMES_PER_COMMIT_MAX);
        queue.waiting.drain(..group).collect()
    }

    /// Puts a group back to where it was. Returns after how long it is tried again.
    fn keep(&self, group: Vec<Settlement>, at: Duration) -> Duration {
        let mut queue = self.queue();
        let wait = AGAIN_MIN.saturating_mul(1 << queue.failures.min(8)).min(AGAIN_MAX);
        queue.failures += 1;
        queue.again_at = at + wait;
        for settlement in group.into_iter().rev() {
            queue.waiting.push_front(settlement);
        }
        wait
    }

    fn database_is_back(&self) {
        let mut queue = self.queue();
        (queue.failures, queue.again_at) = (0, Duration::ZERO);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // A panic while it was held leaves whole settlements: each is moved by one call.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Stores outcomes that were kept while the database was away, if it is time to ask it again.
    pub async fn tick_recorder(&self) -> Result<Delivery, StoreError> {
        let mut delivery = Delivery::default();
        while self.outcomes_are_due() {
            delivery += self.record_outcomes().await?;
        }
        Ok(delivery)
    }

    pub(super) fn outcomes_are_due(&self) -> bool {
        self.outcomes.are_due(self.clock.monotonic())
    }

    /// How long until kept outcomes are tried again; `None` where none wait.
    pub(crate) fn until_recorder(&self) -> Option<Duration> {
        let queue = self.outcomes.queue();
        let wait = queue.again_at.saturating_sub(self.clock.monotonic());
        (!queue.waiting.is_empty()).then_some(wait)
    }

    /// How many outcomes wait for the database.
    #[must_use]
    pub fn unrecorded(&self) -> usize {
        self.outcomes.queue().waiting.len()
    }

    /// Stores changes of slots; what the database does not take now waits with the outcomes, and counts
    /// as in flight until then.
    pub(crate) async fn settle_or_keep(&self, changes: Vec<Settlement>, now: Timestamp) {
        if changes.is_empty() {
            return;
        }
        if let Err(error) = self.store_told(&changes, now).await {
            let count = changes.len();
            tracing::error!("Could not store the changes of {count} slots, trying again: {error}");
            self.in_flight.fetch_add(count, Ordering::AcqRel);
            for one in changes {
                self.outcomes.push(one);
            }
            self.outcomes.kept.notify_one();
        }
    }

    /// Stores the outcomes that wait, as many as one transaction takes. An error means that some can
    /// never be stored; those that only wait for the database are kept and are none.
    pub(super) async fn record_outcomes(&self) -> Result<Delivery, StoreError> {
        let _turn = self.outcomes.turn.lock().await;
        let mut delivery = Delivery::default();
        let group = self.give_up_on_others(self.outcomes.take());
        if group.is_empty() {
            return Ok(delivery);
        }
        match self.settle(&group, &mut delivery).await {
            Ok(()) => {
                self.outcomes.database_is_back();
                self.landed(group.len());
                Ok(delivery)
            }
            Err(error) if is_passing(&error) => {
                self.keep(group, &error);
                Ok(delivery)
            }
            Err(_) => self.record_each(group, delivery).await,
        }
    }

    /// The database refuses something of the group: by themselves, the others are stored.
    async fn record_each(
        &self,
        group: Vec<Settlement>,
        mut delivery: Delivery,
    ) -> Result<Delivery, StoreError> {
        let mut failure = None;
        let mut rest = group.into_iter();
        while let Some(one) = rest.next() {
            match self.settle(std::slice::from_ref(&one), &mut delivery).await {
                Ok(()) => {}
                Err(error) if is_passing(&error) => {
                    self.keep(std::iter::once(one).chain(rest).collect(), &error);
                    break;
                }
                Err(error) => {
                    tracing::error!(
                        slot.id = one.change.slot.0, bot.id = %one.change.bot,
                        "Could not store the outcome of slot {}, so X will be asked for it: {error}",
                        one.change.slot.0
                    );
                    self.traces.forget(one.change.slot);
                    failure = Some(error);
                }
            }
            self.landed(1);
        }
        failure.map_or(Ok(delivery), Err)
    }

    fn keep(&self, group: Vec<Settlement>, error: &StoreError) {
        let count = group.len();
        let wait = self.outcomes.keep(group, self.clock.monotonic());
        tracing::error!(
            outcomes = count,
            again_after_ms = %wait.as_millis(),
            "Could not store {count} outcomes, trying again: {error}"
        );
        self.outcomes.kept.notify_one();
    }

    /// Leaves out what was sent under a lease that is over: its rows were taken over, and X is asked.
    fn give_up_on_others(&self, group: Vec<Settlement>) -> Vec<Settlement> {
        let fence = self.fence();
        let (ours, others): (Vec<_>, Vec<_>) =
            group.into_iter().partition(|one| one.change.fence.is_none_or(|of| Some(of) == fence));
        if !others.is_empty() {
            tracing::error!(
                outcomes = others.len(),
                "Gave up {} outcomes that the database did not take before the lease was over; X \
                 will be asked for them",
                others.len()
            );
            for one in &others {
                self.traces.forget(one.change.slot);
            }
            self.landed(others.len());
        }
        ours
    }

    /// The same in the traces of the slots: who won, and with that their ends.
    async fn store_told(
        &self,
        settlements: &[Settlement],
        now: Timestamp,
    ) -> Result<HashSet<SlotId>, StoreError> {
        let span = self.traces.storing(settlements.iter().map(|one| &one.change));
        let won = self.store.settle(settlements, now).instrument(span.clone()).await?;
        let won: HashSet<SlotId> = won.into_iter().collect();
        for Settlement { change, .. } in settlements {
            self.traces.stored(&span, change, won.contains(&change.slot));
        }
        Ok(won)
    }

    /// S7, in one transaction.
    async fn settle(
        &self,
        settlements: &[Settlement],
        delivery: &mut Delivery,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let won = self.store_told(settlements, now).await;
        self.vitals.database(now, won.as_ref().map(|_| ()).map_err(ToString::to_string));
        let won = won?;
        for settlement in settlements {
            if !won.contains(&settlement.change.slot) {
                tracing::warn!(
                    slot.id = settlement.change.slot.0,
                    "Slot {} has this outcome already, or was taken over before it was stored",
                    settlement.change.slot.0
                );
                continue;
            }
            self.metrics.settled(settlement.change.to.phase().as_str());
            match settlement.change.to {
                SlotState::Posted => delivery.posted += 1,
                SlotState::Unknown => delivery.unknown += 1,
                _ => delivery.other += 1,
            }
        }
        Ok(())
    }
}

/// Whether the same rows may be taken later. A commit of which nobody knows whether it is durable is
/// tried again, too: if it is, the second try loses every compare-and-swap.
fn is_passing(error: &StoreError) -> bool {
    match error {
        StoreError::Unavailable(_)
        | StoreError::Full(_)
        | StoreError::Moved(_)
        | StoreError::NotDurable(_) => true,
        StoreError::Corrupt { .. } | StoreError::DiskFailed(_) | StoreError::Failed(_) => false,
    }
}
