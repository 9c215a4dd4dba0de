//! `GET /livez` and `GET /readyz`: one word each, for orchestrators.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::rules::well::why_not_ready;

use crate::guard::stamp_probe;
use crate::state::Shared;

/// A database that takes longer than this is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process turns. Nothing else: a restart does not mend a database.
pub(crate) async fn livez() -> Response {
    word(StatusCode::OK, "ok")
}

/// Requests may be sent here.
pub(crate) async fn readyz(State(shared): State<Arc<Shared>>) -> Response {
    let vitals = shared.node.vitals();
    if let Some(why) = why_not_ready(&vitals) {
        return word(StatusCode::SERVICE_UNAVAILABLE, why);
    }
    match tokio::time::timeout(PATIENCE, shared.store.ping()).await {
        Ok(Ok(())) => word(StatusCode::OK, "ok"),
        Ok(Err(_)) | Err(_) => word(StatusCode::SERVICE_UNAVAILABLE, "no database"),
    }
}

fn word(status: StatusCode, word: &'static str) -> Response {
    let mut response =
        (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{word}\n"))
            .into_response();
    stamp_probe(response.headers_mut());
    response
}
