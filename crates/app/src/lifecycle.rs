//! The end of a node: the first signal lets it finish, the second ends it at once.

use std::io::Write as _;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Exit code after a second signal: 128 + SIGINT, as shells say it.
pub const AT_ONCE: i32 = 130;

/// Cancels the returned token at the first SIGTERM or SIGINT, and ends the process at the second.
/// What is in flight then is found out at the next start, as after a crash.
pub fn stop_on_signal() -> std::io::Result<CancellationToken> {
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    let told = stop.clone();
    crate::wire::spawn(async move {
        for is_second in [false, true] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if is_second {
                // Said directly: the log has a queue, and nobody is left to empty it.
                let words = "Ending at once; sends in flight are looked for at the next start";
                let _ = writeln!(std::io::stderr(), "{words}");
                std::process::exit(AT_ONCE);
            }
            tracing::info!(
                event = "node.stopping",
                "Stopping: nothing new is sent; once more ends it at once"
            );
            told.cancel();
        }
    });
    Ok(stop)
}

/// Cancels `stop` after `length`, for runs that end by themselves.
pub async fn stop_after(length: jiff::SignedDuration, stop: CancellationToken) {
    let length = std::time::Duration::try_from(length).unwrap_or_default();
    // A time-out of nothing is the one way to wait here: only the engine's runner may sleep.
    let _ = tokio::time::timeout(length, stop.cancelled()).await;
    stop.cancel();
}
