//! The dead-man's switch: somebody outside is told now and then that the node is well, and calls a person
//! when it falls silent. So nothing is said while anything is wrong that keeps the node from its work.

use domain::rules::alerts::courier::NotDelivered;
use domain::rules::well::is_alive;
use jiff::Timestamp;

use crate::Engine;

impl Engine {
    /// Tells it, if the node is well. Whether it was told.
    pub async fn tick_heartbeat(&self, now: Timestamp) -> Result<bool, NotDelivered> {
        let Some(alerting) = &self.alerting else { return Ok(false) };
        let is_well = is_alive(&self.vitals.now(), alerting.started_at, now)
            && self.store.ping().await.is_ok();
        if !is_well {
            tracing::warn!(
                "The dead-man's switch is not told of this node, because it is not well"
            );
            return Ok(false);
        }
        alerting.courier.beat().await.map(|()| true)
    }
}
