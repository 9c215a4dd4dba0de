//! Drafts that nobody looked at end, so that a queue does not wait for ever.

use domain::rules::approval::{expired_before, expiry_reason};
use jiff::Timestamp;

use crate::Engine;

/// Drafts that expire in one tick, in one transaction, beside which sends wait.
const EXPIRED_PER_TICK_MAX: u32 = 100;

impl Engine {
    /// Expires the oldest. What fails is tried again at the next tick: the lease does not depend on it.
    pub(super) async fn expire_drafts(&self, now: Timestamp) {
        let after = self.settings.drafts_expire_after;
        let (before, reason) = (expired_before(now, after), expiry_reason(after));
        match self.store.expire_drafts(before, &reason, EXPIRED_PER_TICK_MAX, now).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(posts.expired = count, "Drafts expired: {count}; {reason}"),
            Err(error) => tracing::warn!("Drafts expire later: {error}"),
        }
    }
}
