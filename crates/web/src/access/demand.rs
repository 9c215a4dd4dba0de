//! Each route says which right it needs, once, where it is declared.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::model::access::Right;

use super::caller::Caller;
use crate::problem::Problem;

/// A layer for routes that need `right`: `from_fn(demand(Right::Read))`.
pub(crate) fn demand(
    right: Right,
) -> impl Fn(Request, Next) -> std::pin::Pin<Box<dyn Future<Output = Response> + Send>>
+ Clone
+ Send
+ Sync
+ 'static {
    move |request: Request, next: Next| {
        let allowed = request
            .extensions()
            .get::<Caller>()
            .ok_or_else(Problem::internal)
            .and_then(|caller| caller.demand(right));
        Box::pin(async move {
            match allowed {
                Ok(()) => next.run(request).await,
                Err(problem) => problem.into_response(),
            }
        })
    }
}
