//! Every URL, and what a request to it passes through.
//!
//! ```text
//! /livez /readyz /health   nothing in between: they are asked by the thousand
//! /metrics                 as everything else, without the rate limit
//! /static/{file}           headers · addressee
//! everything else          counted · slow and failed ones told to a collector · headers · errors as pages · panics · deadline · addressee · who the proxy
//!                          says it is · rate limit ·
//!                          who asks · refusals in our words · the word of a session's own pages ·
//!                          the right that it needs
//! ```

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing;
use domain::model::access::Right;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::access::{check_csrf, identify};
use crate::flock::count_birds;
use crate::guard::{
    check_addressee, deadline, limit_rate, own_words, security_headers, take_forwarded,
};
use crate::problem::Problem;
use crate::state::{Shared, WebState};
use crate::traced::tell_request;
use crate::ways::{Routes, Way, get, post};
use crate::{api, assets, health, metrics, pages, sse};

/// What everybody may ask for. Who comes in has no page of ours yet that would know the word of a session.
fn anybody() -> Routes {
    Routes::new()
        .route("/login", get(pages::login::form).post(pages::login::enter))
        .route("/welcome/{secret}", get(pages::welcome::form).post(pages::welcome::join))
}

/// What those may ask for who are known, each with its right.
fn known() -> Routes {
    let readers = Routes::new()
        .route("/events", get(sse::events))
        .route("/stats", get(api::stats))
        .route("/slots/{id}", get(api::slot))
        .route("/api/docs", get(api::docs))
        .merge(pages::reading());
    let approvers = Routes::new().route("/post", post(api::post)).merge(pages::deciding());
    let leaving = Routes::new().route("/logout", post(pages::login::leave));
    leaving
        .merge(readers.only(Right::Read))
        .merge(pages::writing().only(Right::Draft))
        .merge(approvers.only(Right::Approve))
        .merge(pages::house().only(Right::Admin))
        .merge(api::routes())
}

/// Everything that can be asked for, but for probes and static files.
pub fn ways() -> Vec<Way> {
    anybody().merge(known()).split().0
}

/// All of Flockwork's HTTP side.
///
/// Serve it with `into_make_service_with_connect_info::<SocketAddr>()`, so that clients can be told
/// apart.
pub fn router(state: WebState) -> Router {
    let shared = Arc::new(Shared::new(state));

    let probes = Router::new()
        .route("/livez", routing::get(api::livez))
        .route("/readyz", routing::get(api::readyz))
        .route("/health", routing::get(health::health))
        .method_not_allowed_fallback(method_not_allowed);

    // Only these are packed: a page holds the word of a form beside what others wrote, and how well the two
    // pack together would tell of the word (BREACH).
    let files = Router::new()
        .route("/static/{file}", routing::get(assets::file))
        .layer(CompressionLayer::new())
        .method_not_allowed_fallback(method_not_allowed);

    // Read every few seconds by machines of the house: not counted among their requests.
    let scrape = Routes::new().route("/metrics", get(metrics::metrics)).only(Right::Read).split().1;

    let counted = anybody()
        .split()
        .1
        .merge(
            known()
                .split()
                .1
                .layer(from_fn_with_state(shared.clone(), pages::count_waits))
                .layer(from_fn_with_state(shared.clone(), count_birds))
                .layer(from_fn_with_state(shared.clone(), check_csrf)),
        )
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(own_words))
        .layer(from_fn_with_state(shared.clone(), identify))
        .layer(from_fn_with_state(shared.clone(), limit_rate))
        .layer(from_fn_with_state(shared.clone(), take_forwarded));

    let guarded = counted
        .merge(scrape.layer(from_fn_with_state(shared.clone(), identify)))
        .merge(files)
        .layer(DefaultBodyLimit::max(shared.settings.bounds.body_bytes_max))
        .layer(from_fn_with_state(shared.clone(), check_addressee))
        .layer(from_fn(deadline))
        .layer(CatchPanicLayer::custom(pages::on_panic))
        .layer(from_fn_with_state(shared.clone(), pages::html_errors))
        .layer(from_fn(security_headers))
        .layer(from_fn_with_state(shared.clone(), tell_request))
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
