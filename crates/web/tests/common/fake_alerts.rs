//! Alerts: there are none, and nobody is told.

use async_trait::async_trait;
use domain::model::{OpenAlert, TargetName};
use domain::ports::alerts::{
    AlertFacts, AlertStore, Channel, Delivered, DeliveryId, DeliveryLine, DeliveryView, GivenUp,
    Hook, Parcel, TargetLine,
};
use domain::ports::store::StoreError;
use domain::rules::alerts::Change;
use jiff::{SignedDuration, Timestamp};

use super::FakeStore;

fn not_here<T>() -> Result<T, StoreError> {
    Err(StoreError::Failed("the pages that are tested here do not do this".to_owned()))
}

#[async_trait]
impl AlertStore for FakeStore {
    async fn alert_facts(&self, _: u32, _: Timestamp) -> Result<AlertFacts, StoreError> {
        not_here()
    }
    async fn take_alert_turn(&self, _: SignedDuration, _: Timestamp) -> Result<bool, StoreError> {
        not_here()
    }
    async fn list_open_alerts(&self, _: u32) -> Result<Vec<OpenAlert>, StoreError> {
        Ok(Vec::new())
    }
    async fn note_alerts(
        &self,
        _: &[Change],
        _: &[Channel],
        _: Timestamp,
    ) -> Result<u64, StoreError> {
        not_here()
    }
    async fn gather_notices(
        &self,
        _: &TargetName,
        _: SignedDuration,
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        not_here()
    }
    async fn relay_events(&self, _: &Hook, _: u32, _: Timestamp) -> Result<bool, StoreError> {
        not_here()
    }
    async fn take_deliveries(
        &self,
        _: &TargetName,
        _: (u32, Timestamp),
        _: Timestamp,
    ) -> Result<Vec<Parcel>, StoreError> {
        not_here()
    }
    async fn end_delivery(
        &self,
        _: &Parcel,
        _: &Delivered,
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        not_here()
    }
    async fn list_deliveries(
        &self,
        _: DeliveryView,
        _: u32,
    ) -> Result<Vec<DeliveryLine>, StoreError> {
        Ok(Vec::new())
    }
    async fn list_targets(&self) -> Result<Vec<TargetLine>, StoreError> {
        Ok(Vec::new())
    }
    async fn send_again(&self, _: DeliveryId, _: Timestamp) -> Result<bool, StoreError> {
        not_here()
    }
    async fn tidy_deliveries(&self, _: u32, _: Timestamp) -> Result<Vec<GivenUp>, StoreError> {
        not_here()
    }
}
