//! The loops that tell people: beside everything else, so that a target which is slow holds up nothing.

use std::sync::Arc;
use std::time::Duration;

use domain::model::TargetName;
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::sleep;
use crate::Engine;
use crate::vitals::Watch;

/// What holds is worked out this often.
const JUDGE_EVERY: Duration = Duration::from_secs(30);
/// What is due is looked for this often.
const TELL_EVERY: Duration = Duration::from_secs(2);
/// And what is over is taken away this often.
const TIDY_EVERY: Duration = Duration::from_mins(5);

/// Works out what holds, until the node stops. The first look waits for the first rounds, which catch up.
pub(super) async fn keep_judging(engine: Arc<Engine>, stop: CancellationToken) {
    if engine.alerting.is_none() {
        return;
    }
    let every = SignedDuration::try_from(JUDGE_EVERY).unwrap_or(SignedDuration::MAX);
    let round_max = SignedDuration::from_mins(5);
    let watch = Watch { name: "alerts", every: Some(every), round_max };
    let keep = async {
        loop {
            sleep(JUDGE_EVERY).await;
            engine.vitals.begins(watch, engine.now());
            if let Err(error) = engine.tick_alerts(engine.now()).await {
                tracing::error!("Alerts are worked out later: {error}");
            }
            engine.vitals.ends(watch, engine.now());
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = keep => {}
    }
}

/// Tells one target what it is to be told, until the node stops; what is being told then is told again
/// later.
pub(super) async fn keep_telling(engine: Arc<Engine>, target: TargetName, stop: CancellationToken) {
    let keep = async {
        let mut is_failing = false;
        loop {
            let told = engine.tick_target(&target, engine.now()).await;
            // Once for each outage: there may be many targets.
            if let Err(error) = told.as_ref().map_err(ToString::to_string)
                && !is_failing
            {
                tracing::error!("What {target} is to be told is told later: {error}");
            }
            is_failing = told.is_err();
            sleep(TELL_EVERY).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = keep => {}
    }
}

/// Takes away what is over, until the node stops.
pub(super) async fn keep_tidying(engine: Arc<Engine>, stop: CancellationToken) {
    if engine.alerting.is_none() {
        return;
    }
    let keep = async {
        loop {
            if let Err(error) = engine.tidy_outbox(engine.now()).await {
                tracing::warn!("The outbox is tidied later: {error}");
            }
            sleep(TIDY_EVERY).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = keep => {}
    }
}

/// Tells the dead-man's switch, until the node stops.
pub(super) async fn keep_beating(engine: Arc<Engine>, stop: CancellationToken) {
    let Some(every) = engine.until_beat() else { return };
    let keep = async {
        loop {
            // The first after the first rounds.
            sleep(every.min(JUDGE_EVERY)).await;
            if let Err(failed) = engine.tick_heartbeat(engine.now()).await {
                tracing::warn!("The dead-man's switch did not hear: {}", failed.why);
            }
            sleep(every.saturating_sub(every.min(JUDGE_EVERY))).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = keep => {}
    }
}
