//! The outbox: events become deliveries, notices become one message, and what is due is tried; for each
//! target by itself, so that one which is slow or cannot be told holds up no other.

use std::time::Duration;

use domain::model::TargetName;
use domain::ports::alerts::{Delivered, GivenUp, Parcel};
use domain::ports::store::StoreError;
use domain::rules::alerts::courier::{Next, NotDelivered, after_failure};
use domain::rules::chance;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::Alerting;
use crate::Engine;

/// Events that are read in one step, and steps in one tick.
const EVENTS_MAX: u32 = 200;
const STEPS_MAX: u32 = 10;
/// All of a try: a mail server that says a word now and then keeps nobody.
const TRY_MAX: Duration = Duration::from_mins(1);
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
    /// Everybody who is told something, in the order of the configuration.
    pub fn audience(&self) -> Vec<TargetName> {
        let Some(alerting) = &self.alerting else { return Vec::new() };
        let channels = alerting.channels.iter().map(|channel| &channel.name);
        channels.chain(alerting.hooks.iter().map(|hook| &hook.name)).cloned().collect()
    }

    /// Tells one of them what is due. What cannot be gathered now holds up nothing that is in the outbox.
    pub async fn tick_target(
        &self,
        target: &TargetName,
        now: Timestamp,
    ) -> Result<TellReport, StoreError> {
        let Some(alerting) = &self.alerting else { return Ok(TellReport::default()) };
        let gathered = gather(alerting, target, now).await;
        let told = self.tell_one(alerting, target, now).await?;
        gathered.map(|()| told)
    }

    /// Gives up what nobody takes, and forgets what is long over.
    pub async fn tidy_outbox(&self, now: Timestamp) -> Result<(), StoreError> {
        let Some(alerting) = &self.alerting else { return Ok(()) };
        for GivenUp { id, target, why } in alerting.store.tidy_deliveries(TIDIED_MAX, now).await? {
            let kind = alerting.courier.kind_of(&target);
            self.metrics.told(kind, &Delivered::No(why.clone(), Next::Dead));
            tracing::error!(
                delivery.id = id.0,
                "{target} was not told, and is not tried any more: {why}; `flockwork alerts send-again {}` \
                 tries for three more days",
                id.0
            );
        }
        Ok(())
    }

    async fn tell_one(
        &self,
        alerting: &Alerting,
        target: &TargetName,
        now: Timestamp,
    ) -> Result<TellReport, StoreError> {
        let bounds = (self.settings.deliveries_max, now + TAKEN_FOR);
        let parcels = alerting.store.take_deliveries(target, bounds, now).await?;
        let tried = join_all(parcels.iter().map(|parcel| self.deliver_one(alerting, parcel))).await;
        let mut report = TellReport::default();
        for outcome in tried {
            match outcome? {
                Delivered::Yes => report.delivered += 1,
                Delivered::No(_, Next::Again(_) | Next::Held { .. }) => report.failed += 1,
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
        let trying = alerting.courier.deliver(parcel, self.now());
        let late = || NotDelivered::later(format!("it took over {TRY_MAX:?}"));
        let tried = tokio::time::timeout(TRY_MAX, trying).await;
        let outcome = tried.map_err(|_| late()).flatten();
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

/// Makes deliveries of what is to be told.
async fn gather(
    alerting: &Alerting,
    target: &TargetName,
    now: Timestamp,
) -> Result<(), StoreError> {
    for hook in alerting.hooks.iter().filter(|hook| hook.name == *target) {
        let mut steps = 0;
        while alerting.store.relay_events(hook, EVENTS_MAX, now).await? && steps < STEPS_MAX {
            steps += 1;
        }
    }
    if alerting.channels.iter().any(|channel| channel.name == *target) {
        alerting.store.gather_notices(target, alerting.pace.digest, now).await?;
    }
    Ok(())
}

fn say(parcel: &Parcel, why: &str, next: Next) {
    let (target, kind, tries) = (&parcel.target, parcel.kind.as_str(), parcel.tries);
    match next {
        Next::Again(again) | Next::Held { again, .. } => tracing::warn!(
            delivery.id = parcel.id.0,
            delivery.tries = tries,
            "{target} was not told of {kind}, and is tried again at {again}: {why}"
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
