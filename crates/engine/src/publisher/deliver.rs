//! S4 guard, S5 send, S6 classify and S7 outcome: sends in parallel, outcomes in groups.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use domain::model::{SlotId, SlotState};
use domain::ports::store::{Settlement, StoreError};
use domain::ports::{Answer, NotSentBecause, SendReport};
use domain::rules::outcome::{Sent, outcome};
use domain::rules::{cost, review};
use futures_util::stream;
use futures_util::{FutureExt as _, StreamExt as _};
use jiff::Timestamp;

use super::{Batch, Ready};
use crate::Engine;

/// Outcomes stored in one transaction.
const OUTCOMES_PER_COMMIT_MAX: usize = 256;

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Posts that X has now.
    pub posted: u64,
    /// Sends whose answer was lost.
    pub unknown: u64,
    /// Everything else: refused, waiting, skipped, handed back.
    pub other: u64,
}

impl Engine {
    /// Sends a batch and stores what came of it. An error means that some outcomes could not be
    /// stored; their slots stay `sending` and are found out later, never sent again blindly.
    pub async fn deliver(&self, batch: Batch) -> Result<Delivery, StoreError> {
        let mut waiting = batch.len();
        let sends = batch.ready.into_iter().map(|ready| self.send(ready).boxed());
        let looks = batch.look_first.into_iter().map(|due| self.look_then_send(due).boxed());
        let tries: Vec<_> = sends.chain(looks).collect();
        let mut groups = stream::iter(tries)
            .buffer_unordered(self.settings.sends_max)
            .ready_chunks(OUTCOMES_PER_COMMIT_MAX);
        let mut delivery = Delivery::default();
        let mut failure = None;
        while let Some(group) = groups.next().await {
            let done = group.len();
            let settlements: Vec<Settlement> = group.into_iter().flatten().collect();
            if let Err(error) = self.record(&settlements, &mut delivery).await {
                failure = Some(error);
            }
            waiting -= done;
            self.in_flight.fetch_sub(done, Ordering::AcqRel);
            self.wake.notify_one();
        }
        debug_assert_eq!(waiting, 0, "every slot of a batch is accounted for");
        failure.map_or(Ok(delivery), Err)
    }

    /// One send, whatever happens to it.
    pub(super) async fn send(&self, ready: Ready) -> Option<Settlement> {
        let report = if self.may_send() && self.now() < ready.send_by {
            self.x.create_post(&ready.due.bot, &ready.due.text).await
        } else {
            not_sent("the lease or the time for this send was nearly over")
        };
        let now = self.now();
        self.note_x(&report, now);
        let has_link = !review::links(&ready.due.text).is_empty();
        let sent = Sent {
            due: &ready.due,
            version: ready.version,
            attempt: ready.attempt,
            report: &report,
            price: cost::post_cost(has_link, now),
        };
        let settlement = outcome(&sent, &self.settings.profile, now);
        log_attempt(&ready, &settlement, now);
        Some(settlement)
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

    fn note_x(&self, report: &SendReport, now: Timestamp) {
        match &report.answer {
            Answer::Http(http) if http.status < 500 => self.vitals.x(now, Ok(())),
            Answer::Http(http) => self.vitals.x(now, Err(format!("X answered {}", http.status))),
            Answer::NotSent(NotSentBecause::Guard, _) => {}
            Answer::NotSent(_, fault) | Answer::Lost(_, fault) => {
                self.vitals.x(now, Err(fault.clone()));
            }
        }
    }
}

fn not_sent(why: &str) -> SendReport {
    SendReport {
        answer: Answer::NotSent(NotSentBecause::Guard, why.to_owned()),
        limits: domain::model::RateLimits::default(),
        request_id: None,
        server_date: None,
    }
}

/// One line per attempt: readable alone, and every field queryable.
fn log_attempt(ready: &Ready, settlement: &Settlement, now: Timestamp) {
    let bot = &ready.due.bot;
    let lateness_ms = now.duration_since(ready.due.due_at).as_millis();
    let (slot, attempt) = (ready.due.slot.0, ready.attempt.0);
    match (&settlement.receipt, settlement.change.to) {
        (Some(receipt), _) => tracing::info!(
            bot.id = %bot, slot.id = slot, attempt.id = attempt, x.post_id = %receipt.x_post_id,
            lateness_ms = %lateness_ms,
            "@{bot} posted {}", receipt.x_post_id
        ),
        (None, state) => tracing::warn!(
            bot.id = %bot, slot.id = slot, attempt.id = attempt, slot.state = state.phase().as_str(),
            lateness_ms = %lateness_ms,
            "@{bot} did not post: {}", settlement.change.detail
        ),
    }
}
