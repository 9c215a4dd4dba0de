//! The one place of the sandbox that sleeps: answers over HTTP may be slow on purpose.

use std::time::Duration;

#[expect(clippy::disallowed_methods, reason = "a slow answer is the fault that was ordered")]
pub(super) async fn wait(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}
