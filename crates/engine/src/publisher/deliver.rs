//! S4 guard, S5 send and S6 classify: sends in parallel. S7 is `record`.

use std::ops::AddAssign;

use domain::ports::store::{Settlement, StoreError};
use domain::ports::{Answer, NotSentBecause, SendReport};
use domain::rules::cost;
use domain::rules::outcome::{Sent, outcome};
use futures_util::future::{Fuse, FusedFuture as _};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _, select_biased};
use jiff::Timestamp;
use tracing::{Instrument as _, Span};

use super::{Batch, Ready, Step};
use crate::Engine;
use crate::traces;

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

impl AddAssign for Delivery {
    fn add_assign(&mut self, more: Self) {
        self.posted += more.posted;
        self.unknown += more.unknown;
        self.other += more.other;
    }
}

impl Engine {
    /// Sends a batch and stores what came of it. An error means that some outcomes cannot be stored;
    /// their slots stay `sending` and are found out later, never sent again blindly.
    ///
    /// Outcomes are stored while other sends go on: those that end during a commit are the next one.
    /// Those that the database cannot take now are left to [`Engine::tick_recorder`].
    pub async fn deliver(&self, batch: Batch) -> Result<Delivery, StoreError> {
        let sends = batch.ready.into_iter().map(|ready| self.send(ready).boxed());
        let looks = batch.look_first.into_iter().map(|due| self.look_first(due).boxed());
        let mut tries: FuturesUnordered<_> = sends.chain(looks).collect();
        let mut delivery = Delivery::default();
        let mut failure = None;
        let mut clear = Vec::new();
        let mut beginning = std::pin::pin!(Fuse::terminated());
        let mut recording = std::pin::pin!(Fuse::terminated());
        loop {
            select_biased! {
                step = tries.select_next_some() => match step {
                    Step::Ended(settlement) => self.outcomes.push(settlement),
                    Step::Clear(cleared) => clear.push(cleared),
                },
                ready = beginning => {
                    let ready: Vec<Ready> = ready;
                    tries.extend(ready.into_iter().map(|ready| self.send(ready).boxed()));
                }
                recorded = recording => match recorded {
                    Ok(more) => delivery += more,
                    Err(error) => failure = Some(error),
                },
                complete => break,
            }
            if beginning.is_terminated() && !clear.is_empty() {
                beginning.set(self.begin(std::mem::take(&mut clear)).fuse());
            }
            if recording.is_terminated() && self.outcomes_are_due() {
                recording.set(self.record_outcomes().fuse());
            }
        }
        // Another batch may be storing outcomes of this one.
        self.outcomes.settled().await;
        failure.map_or(Ok(delivery), Err)
    }

    /// One send, whatever happens to it.
    async fn send(&self, ready: Ready) -> Step {
        let span = traces::sending(&ready.due, ready.attempt.0);
        self.send_once(ready).instrument(span).await
    }

    async fn send_once(&self, ready: Ready) -> Step {
        let turn = self.sending.acquire().await;
        // The intent's own lease must live: rows of an earlier one may have been taken over.
        let holds = self.fence() == Some(ready.due.fence) && self.may_send();
        let report = if holds && !self.is_stopping() && self.now() < ready.send_by {
            self.x.create_post(&ready.due.bot, &ready.due.text).await
        } else {
            not_sent("the node was stopping, or the lease or the time for this send nearly over")
        };
        drop(turn);
        let now = self.now();
        self.note_x(&report, now);
        self.vitals.quotas(now, &report.limits);
        // The price that was reserved: that of the moment of the intent.
        let intent_at = ready.send_by - self.settings.send_timeout;
        let sent = Sent {
            due: &ready.due,
            version: ready.version,
            attempt: ready.attempt,
            report: &report,
            price: cost::price_of(&ready.due.text, intent_at).amount,
        };
        let mut settlement = outcome(&sent, &self.settings.profile, now);
        log_attempt(&ready, &settlement, now);
        self.count(&ready, &settlement, now);
        let class = settlement.attempt.as_ref().map(|attempt| attempt.class);
        Span::current().record("attempt.class", class);
        settlement.spend.extend(ready.spent);
        Step::Ended(settlement)
    }

    fn count(&self, ready: &Ready, settlement: &Settlement, now: Timestamp) {
        let lateness = now.duration_since(ready.due.due_at).as_secs_f64();
        let lateness = settlement.receipt.is_some().then_some(lateness);
        let class = settlement.attempt.as_ref().map_or("not_sent", |attempt| attempt.class);
        self.metrics.sent(class, lateness);
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
            event = "post.published",
            bot.id = %bot, slot.id = slot, attempt.id = attempt, x.post_id = %receipt.x_post_id,
            lateness_ms = %lateness_ms,
            "@{bot} posted {}", receipt.x_post_id
        ),
        (None, state) => tracing::warn!(
            event = "post.not_published",
            bot.id = %bot, slot.id = slot, attempt.id = attempt, slot.state = state.phase().as_str(),
            lateness_ms = %lateness_ms,
            "@{bot} did not post: {}", settlement.change.detail
        ),
    }
}
