//! Counts what waits before a page with a rail is made, once a second for everybody.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use domain::model::access::Right;

use super::error::prefers_html;
use crate::access::Caller;
use crate::component::Waits;
use crate::state::Shared;

/// The middleware. Where the database does not answer, the numbers stay.
pub(crate) async fn count_waits(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let may_read = request
        .extensions()
        .get::<Caller>()
        .is_some_and(|caller| caller.demand(Right::Read).is_ok());
    if may_read && request.method() == Method::GET && prefers_html(request.headers()) {
        current(&shared).await;
    }
    next.run(request).await
}

/// What waits now.
pub(crate) async fn current(shared: &Shared) -> Arc<Waits> {
    let make = async |before: Option<Arc<Waits>>| match Waits::read(&*shared.store).await {
        Ok(waits) => waits,
        Err(_) => before.as_deref().copied().unwrap_or_default(),
    };
    shared.waits.at(shared.clock.monotonic(), make).await
}
