//! The loops of backups: one takes them, the other carries copies elsewhere and may take as long as it likes.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::sleep;
use crate::Engine;

/// Takes backups until the node stops; one that is being taken then is broken off.
pub(super) async fn keep_backups(engine: Arc<Engine>, stop: CancellationToken) {
    let keep = async {
        loop {
            // Logged where it failed.
            let looked = engine.tick_keeper(engine.now()).await;
            let Some(wait) = engine.until_keeper(&looked, engine.now()) else { return };
            sleep(wait).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = keep => {}
    }
}

/// Carries copies of backups elsewhere until the node stops; one that goes then is broken off.
pub(super) async fn keep_carrying(engine: Arc<Engine>, stop: CancellationToken) {
    let keep = async {
        loop {
            engine.until_carrier().await;
            engine.tick_carrier().await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = keep => {}
    }
}
