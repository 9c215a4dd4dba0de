//! The outbox: events become deliveries, notices become one message, and what is due is tried.

use domain::model::TargetName;
use domain::ports::alerts::{Delivered, Parcel};
use domain::ports::store::StoreError;
use domain::rules::alerts::courier::{Next, after_failure};
use domain::rules::chance;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::Alerting;
use crate::Engine;

/// Events that are read in one step, and steps in one tick.
const EVENTS_MAX: u32 = 200;
const STEPS_MAX: u32 = 10;
/// Deliveries to one target at a time: one that is slow holds up no other.
const PER_TARGET_MAX: u32 = 4;
/// Longer than a try may take: another node tries again what this one died over.
const TAKEN_FOR: SignedDuration = SignedDuration::from_mins(2);
/// Rows that are given up or taken away in one tick.
const TIDIED_MAX: u32 = 1_000;

/// What a tick did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TellReport {
    /// What was taken.
    pub delivered: u64,
    /// What was not, and is tried again.
    pub failed: u64,
    /// What was given up.
    pub dead: u64,
}

impl Engine {
    /// Tells who should hear of it what is due.
    pub async fn tick_outbox(&self, now: Timestamp) -> Result<TellReport, StoreError> {
        let Some(alerting) = &self.alerting else { return Ok(TellReport::default()) };
        for hook in &alerting.hooks {
            let mut steps = 0;
            while alerting.store.relay_events(hook, EVENTS_MAX, now).await? && steps < STEPS_MAX {
                steps += 1;
            }
        }
        for channel in &alerting.channels {
            alerting.store.gather_notices(&channel.name, alerting.pace.digest, now).await?;
        }
        let channels = alerting.channels.iter().map(|channel| &channel.name);
        let targets = channels.chain(alerting.hooks.iter().map(|hook| &hook.name));
        let mut report = TellReport::default();
        for told in join_all(targets.map(|target| self.tell_one(alerting, target, now))).await {
            let told = told?;
            report.delivered += told.delivered;
            report.failed += told.failed;
            report.dead += told.dead;
        }
        Ok(report)
    }

    /// Gives up what nobody takes, and forgets what is long over.
    pub async fn tidy_outbox(&self, now: Timestamp) -> Result<(), StoreError> {
        match &self.alerting {
            Some(alerting) => alerting.store.tidy_deliveries(TIDIED_MAX, now).await,
            None => Ok(()),
        }
    }

    async fn tell_one(
        &self,
        alerting: &Alerting,
        target: &TargetName,
        now: Timestamp,
    ) -> Result<TellReport, StoreError> {
        let bounds = (PER_TARGET_MAX, now + TAKEN_FOR);
        let parcels = alerting.store.take_deliveries(target, bounds, now).await?;
        let tried = join_all(parcels.iter().map(|parcel| self.deliver_one(alerting, parcel))).await;
        let mut report = TellReport::default();
        for outcome in tried {
            match outcome? {
                Delivered::Yes => report.delivered += 1,
                Delivered::No(_, Next::Again(_)) => report.failed += 1,
                Delivered::No(_, Next::Dead) => report.dead += 1,
            }
        }
        Ok(report)
    }

    async fn deliver_one(
        &self,
        alerting: &Alerting,
        parcel: &Parcel,
    ) -> Result<Delivered, StoreError> {
        let outcome = alerting.courier.deliver(parcel, self.now()).await;
        let now = self.now();
        let name = &parcel.target;
        self.vitals.told(name.as_str(), now, outcome.as_ref().map_err(|failed| failed.why.clone()));
        let delivered = match outcome {
            Ok(()) => Delivered::Yes,
            Err(failed) => {
                let seed = chance::hash_of(&[name.as_str(), &parcel.key]);
                let times = (parcel.made_at, now);
                let next = after_failure(times, parcel.tries, &failed, seed);
                Delivered::No(failed.why, next)
            }
        };
        self.metrics.told(alerting.courier.kind_of(name), &delivered);
        if let Delivered::No(why, next) = &delivered {
            say(parcel, why, *next);
        }
        alerting.store.end_delivery(parcel, &delivered, now).await?;
        Ok(delivered)
    }
}

fn say(parcel: &Parcel, why: &str, next: Next) {
    let (target, kind, tries) = (&parcel.target, parcel.kind.as_str(), parcel.tries);
    match next {
        Next::Again(at) => tracing::warn!(
            delivery.id = parcel.id.0,
            delivery.tries = tries,
            "{target} was not told of {kind}, and is tried again at {at}: {why}"
        ),
        Next::Dead => tracing::error!(
            delivery.id = parcel.id.0,
            delivery.tries = tries,
            "{target} was not told of {kind}, and is not tried any more: {why}; `flockwork alerts \
             send-again {}` tries for three more days",
            parcel.id.0
        ),
    }
}
