//! The loop of the auditor: beside everything else, for as long as the node lives.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::sleep;
use crate::Engine;
use crate::vitals::Watch;

/// The first audit waits for the first rounds: they catch up with what nobody did before the start.
const FIRST_AUDIT: Duration = Duration::from_mins(1);

/// Audits beside everything else, a share at a time, until the node stops.
pub(super) async fn keep_auditing(engine: Arc<Engine>, stop: CancellationToken) {
    let every = Duration::try_from(engine.settings.audit).unwrap_or(FIRST_AUDIT);
    let watch = Watch {
        name: "auditor",
        every: Some(engine.settings.audit),
        round_max: SignedDuration::from_mins(10),
    };
    let mut wait = FIRST_AUDIT.min(every);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(wait) => {}
        }
        engine.vitals.begins(watch, engine.now());
        if let Err(error) = engine.tick_auditor(engine.now()).await {
            tracing::error!("The audit could not use the database: {error}");
        }
        engine.vitals.ends(watch, engine.now());
        wait = every;
    }
}
