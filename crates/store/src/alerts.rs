//! `alerts`, `alert_notices`, `deliveries` and `delivery_targets`: what is told to people and programs
//! outside. Everything that is told is a row before it is sent, in the transaction of what it tells: an alert
//! with its notices, an event (`events`) with whatever caused it.

mod facts;
mod list;
mod notices;
mod outbox;
mod relay;
mod state;

use async_trait::async_trait;
use domain::model::{OpenAlert, TargetName};
use domain::ports::alerts::{
    AlertFacts, AlertStore, Channel, Delivered, DeliveryId, DeliveryLine, DeliveryView, GivenUp,
    Hook, Parcel, TargetLine,
};
use domain::ports::store::StoreError;
use domain::rules::alerts::Change;
use jiff::{SignedDuration, Timestamp};

use crate::db::{Db, in_transaction};
use crate::dialect::Sql;

/// The texts of every step.
pub(crate) fn texts() -> Vec<&'static Sql> {
    [&facts::TEXTS[..], &list::TEXTS, &notices::TEXTS, &outbox::TEXTS, &relay::TEXTS, &state::TEXTS]
        .concat()
}

#[async_trait]
impl AlertStore for Db {
    async fn alert_facts(&self, max: u32, now: Timestamp) -> Result<AlertFacts, StoreError> {
        facts::read(self, i64::from(max), now).await
    }

    async fn take_alert_turn(
        &self,
        every: SignedDuration,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| state::take_turn(tx, every, now))
    }

    async fn list_open_alerts(&self, max: u32) -> Result<Vec<OpenAlert>, StoreError> {
        state::list_open(self, max).await
    }

    async fn note_alerts(
        &self,
        changes: &[Change],
        channels: &[Channel],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        if changes.is_empty() {
            return Ok(0);
        }
        in_transaction!(self, |tx| state::note(tx, changes, channels, now))
    }

    async fn gather_notices(
        &self,
        channel: &TargetName,
        window: SignedDuration,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let before = (now - window).as_millisecond();
        // Most of the time there is nothing, and no transaction is needed to see that.
        if !notices::is_ripe(self, channel, before).await? {
            return Ok(false);
        }
        in_transaction!(self, |tx| notices::gather(tx, channel, before, now))
    }

    async fn relay_events(
        &self,
        hook: &Hook,
        max: u32,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if relay::is_up_to_date(self, &hook.name).await? {
            return Ok(false);
        }
        in_transaction!(self, |tx| relay::relay(tx, hook, max, now))
    }

    async fn take_deliveries(
        &self,
        target: &TargetName,
        (max, again_at): (u32, Timestamp),
        now: Timestamp,
    ) -> Result<Vec<Parcel>, StoreError> {
        if !outbox::is_any_due(self, target, now).await? {
            return Ok(Vec::new());
        }
        in_transaction!(self, |tx| outbox::take(tx, target, (max, again_at), now))
    }

    async fn end_delivery(
        &self,
        parcel: &Parcel,
        delivered: &Delivered,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| outbox::end(tx, parcel, delivered, now.as_millisecond()))
    }

    async fn list_deliveries(
        &self,
        view: DeliveryView,
        max: u32,
    ) -> Result<Vec<DeliveryLine>, StoreError> {
        list::deliveries(self, view, max).await
    }

    async fn list_targets(&self) -> Result<Vec<TargetLine>, StoreError> {
        list::targets(self).await
    }

    async fn send_again(&self, id: DeliveryId, now: Timestamp) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| outbox::send_again(tx, id.0, now.as_millisecond()))
    }

    async fn tidy_deliveries(&self, max: u32, now: Timestamp) -> Result<Vec<GivenUp>, StoreError> {
        in_transaction!(self, |tx| outbox::tidy(tx, max, now))
    }
}
