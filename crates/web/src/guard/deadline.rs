//! No request is worked on for ever.

use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// Twice what the database takes for its slowest statement. A stream answers at once and is not
/// cut off by this.
const DEADLINE: Duration = Duration::from_secs(10);

/// Gives up on a request after [`DEADLINE`].
pub(crate) async fn deadline(request: Request, next: Next) -> Response {
    match tokio::time::timeout(DEADLINE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::too_slow().into_response(),
    }
}
