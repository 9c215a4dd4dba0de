//! S7: outcomes become rows, in groups that span batches.
//!
//! One group is stored at a time, and whatever ends meanwhile is the next group. So commits grow
//! with the load by themselves: a lone post is stored at once, a burst a few hundred at a time.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use domain::model::{SlotId, SlotState};
use domain::ports::store::{Settlement, StoreError};
use tokio::sync::Mutex as Turn;

use super::Delivery;
use crate::Engine;

/// Outcomes stored in one transaction.
const OUTCOMES_PER_COMMIT_MAX: usize = 512;

/// Outcomes that wait for their commit.
#[derive(Default)]
pub(crate) struct Outcomes {
    waiting: Mutex<Vec<Settlement>>,
    /// Held while a group is being stored.
    turn: Turn<()>,
}

impl Outcomes {
    pub(super) fn push(&self, settlement: Settlement) {
        self.waiting().push(settlement);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting().is_empty()
    }

    /// Waits until the group that is being stored now is.
    pub(super) async fn settled(&self) {
        drop(self.turn.lock().await);
    }

    fn take(&self) -> Vec<Settlement> {
        let mut waiting = self.waiting();
        let group = waiting.len().min(OUTCOMES_PER_COMMIT_MAX);
        waiting.drain(..group).collect()
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Settlement>> {
        // A panic while it was held leaves a whole list: every change is one call.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Stores the outcomes that wait, as many as one transaction takes.
    pub(super) async fn record_outcomes(&self) -> Result<Delivery, StoreError> {
        let _turn = self.outcomes.turn.lock().await;
        let group = self.outcomes.take();
        let mut delivery = Delivery::default();
        if group.is_empty() {
            return Ok(delivery);
        }
        let recorded = self.record(&group, &mut delivery).await;
        self.landed(group.len());
        recorded.map(|()| delivery)
    }

    /// S7, in one transaction for the group.
    async fn record(
        &self,
        settlements: &[Settlement],
        delivery: &mut Delivery,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let won: HashSet<SlotId> = match self.store.settle(settlements, now).await {
            Ok(won) => won.into_iter().collect(),
            Err(error) => {
                tracing::error!(
                    outcomes = settlements.len(),
                    "Could not store {} outcomes, so they will be read back from X: {error}",
                    settlements.len()
                );
                self.vitals.database(now, Err(error.to_string()));
                return Err(error);
            }
        };
        for settlement in settlements {
            if !won.contains(&settlement.change.slot) {
                tracing::warn!(
                    slot.id = settlement.change.slot.0,
                    "Slot {} was taken over before its outcome was stored",
                    settlement.change.slot.0
                );
                continue;
            }
            match settlement.change.to {
                SlotState::Posted => delivery.posted += 1,
                SlotState::Unknown => delivery.unknown += 1,
                _ => delivery.other += 1,
            }
        }
        Ok(())
    }
}
