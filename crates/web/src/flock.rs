//! The first bots by name, for the rail of every page: read once in a while, and not for each page.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::model::BotId;

use crate::fresh::{Fresh, Uses};
use crate::state::Shared;

/// More of them make a rail that nobody reads.
const BIRDS_MAX: u32 = 8;
/// A new bot may be missing from the rail for so long; nor is the database waited for longer.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(2);

/// The bots of the rail.
pub(crate) struct Flock(Fresh<Vec<BotId>>);

impl Flock {
    /// Not counted yet.
    pub(crate) fn new(max_age: Duration, uses: Uses) -> Self {
        Self(Fresh::new(max_age, uses))
    }

    /// As they were when last counted.
    pub(crate) fn birds(&self) -> Arc<Vec<BotId>> {
        self.0.kept().unwrap_or_default()
    }
}

/// Counts them before a page is made. A database that does not answer has its own page: the rail
/// stays as it was.
pub(crate) async fn count_birds(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let count = async |before: Option<Arc<Vec<BotId>>>| {
        let found = tokio::time::timeout(MAX_AGE, shared.store.list_bot_ids(None, BIRDS_MAX)).await;
        match found {
            Ok(Ok(birds)) => birds,
            Ok(Err(_)) | Err(_) => before.map_or_else(Vec::new, |birds| (*birds).clone()),
        }
    };
    shared.flock.0.at(shared.clock.monotonic(), count).await;
    next.run(request).await
}
