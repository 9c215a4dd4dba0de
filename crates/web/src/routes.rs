//! Every URL, and what a request to it passes through.
//!
//! ```text
//! /livez /readyz /health   nothing in between: they are asked by the thousand
//! /metrics                 as everything else, without the rate limit
//! /static/{file}           headers · addressee
//! everything else          headers · errors as pages · panics · deadline · addressee · who the proxy
//!                          says it is · rate limit ·
//!                          who asks · the word of a session's own pages · the right that it needs
//! ```

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use domain::model::access::Right;
use tower_http::catch_panic::CatchPanicLayer;

use crate::access::{check_csrf, demand, identify};
use crate::flock::count_birds;
use crate::guard::{check_addressee, deadline, limit_rate, security_headers, take_forwarded};
use crate::problem::Problem;
use crate::state::{Shared, WebState};
use crate::{api, assets, health, metrics, pages, sse};

/// A body may have so many bytes at most.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1024;

/// All of Flockwork's HTTP side.
///
/// Serve it with `into_make_service_with_connect_info::<SocketAddr>()`, so that clients can be told
/// apart.
pub fn router(state: WebState) -> Router {
    let shared = Arc::new(Shared::new(state));

    let probes = Router::new()
        .route("/livez", get(api::livez))
        .route("/readyz", get(api::readyz))
        .route("/health", get(health::health))
        .method_not_allowed_fallback(method_not_allowed);

    let files = Router::new()
        .route("/static/{file}", get(assets::file))
        .method_not_allowed_fallback(method_not_allowed);

    let anybody = Router::new()
        .route("/login", get(pages::login::form).post(pages::login::enter))
        .route("/welcome/{secret}", get(pages::welcome::form).post(pages::welcome::join));
    let readers = Router::new()
        .route("/events", get(sse::events))
        .route("/stats", get(api::stats))
        .route("/slots/{id}", get(api::slot))
        .merge(pages::reading())
        .route_layer(from_fn(demand(Right::Read)));
    let writers = pages::writing().route_layer(from_fn(demand(Right::Draft)));
    let approvers = Router::new()
        .route("/post", post(api::post))
        .merge(pages::deciding())
        .route_layer(from_fn(demand(Right::Approve)));
    let owners = pages::house().route_layer(from_fn(demand(Right::Admin)));

    let leaving = Router::new().route("/logout", post(pages::login::leave));
    // Who comes in has no page of ours yet that would know the word.
    let known = leaving
        .merge(readers)
        .merge(writers)
        .merge(approvers)
        .merge(owners)
        .layer(from_fn_with_state(shared.clone(), count_birds))
        .layer(from_fn(check_csrf));

    // Read every few seconds by machines of the house: not counted among their requests.
    let scrape = Router::new()
        .route("/metrics", get(metrics::metrics))
        .route_layer(from_fn(demand(Right::Read)))
        .layer(from_fn_with_state(shared.clone(), identify));

    let counted = anybody
        .merge(known)
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(shared.clone(), identify))
        .layer(from_fn_with_state(shared.clone(), limit_rate))
        .layer(from_fn_with_state(shared.clone(), take_forwarded));

    let guarded = counted
        .merge(scrape)
        .merge(files)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(shared.clone(), check_addressee))
        .layer(from_fn(deadline))
        .layer(CatchPanicLayer::custom(pages::on_panic))
        .layer(from_fn_with_state(shared.clone(), pages::html_errors))
        .layer(from_fn(security_headers))
        .layer(from_fn_with_state(shared.clone(), metrics::count_requests));

    guarded.merge(probes).with_state(shared)
}

async fn method_not_allowed(method: Method) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        format!("{method} does not work here. The header `Allow` lists what does."),
    )
}
