//! Every URL of the sandbox.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, post, put};
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

use super::{bulk, control, model, moderation, tweets, users};
use crate::World;

/// Largest body that any door takes; a prompt with many examples fits.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// All doors over one world.
pub fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/2/tweets", post(tweets::create))
        .route("/2/tweets/{id}", delete(tweets::delete))
        .route("/2/users/me", get(users::me))
        .route("/2/users/{id}/tweets", get(users::timeline))
        .route("/v1/chat/completions", post(model::complete))
        .route("/v1/models", get(model::list))
        .route("/v1/files", post(bulk::upload))
        .route("/v1/files/{id}/content", get(bulk::content))
        .route("/v1/batches", get(bulk::list).post(bulk::create))
        .route("/v1/batches/{id}", get(bulk::look))
        .route("/v1/moderations", post(moderation::moderate))
        .merge(control_routes())
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(world)
}

fn control_routes() -> Router<Arc<World>> {
    Router::new()
        .route("/_sandbox", get(control::summary))
        .route("/_sandbox/truth", get(control::truth))
        .route("/_sandbox/counts", get(control::counts))
        .route(
            "/_sandbox/faults",
            get(control::faults).post(control::order_faults).delete(control::clear_faults),
        )
        .route(
            "/_sandbox/moderation",
            get(moderation::shown).post(moderation::flag).delete(moderation::clear_flags),
        )
        .route("/_sandbox/rates", put(control::set_rates))
        .route("/_sandbox/duplicate-filter", put(control::set_duplicate_filter))
        .route("/_sandbox/lag", put(control::set_lag))
        .route("/_sandbox/date-skew", put(control::set_date_skew))
        .route("/_sandbox/accounts", get(control::accounts).post(control::register))
        .route(
            "/_sandbox/accounts/{username}/posts",
            get(control::posts).post(control::post_by_hand),
        )
        .route("/_sandbox/accounts/{username}/posts/{id}", delete(control::remove_post))
        .route("/_sandbox/accounts/{username}/revoked", put(control::set_revoked))
}

/// Serves until `shutdown` ends.
pub async fn serve(
    listener: TcpListener,
    world: Arc<World>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // Answers are small and single; waiting to fill a packet would only add latency.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "A connection kept its delay");
        }
    });
    axum::serve(listener, router(world)).with_graceful_shutdown(shutdown).await
}
