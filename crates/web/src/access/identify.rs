//! From what a request shows to who asks.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::model::access::{Actor, ActorKind, Role, SecretHash, Session, SessionTimes};
use jiff::{SignedDuration, Timestamp};

use super::caller::{Caller, Holds};
use super::{cookie, denials, token};
use crate::guard::bearer;
use crate::problem::Problem;
use crate::state::Shared;

/// The last use is written down again after this.
const SEEN_AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// Puts a [`Caller`] into the request's extensions. Who shows what is worth nothing is told so; who
/// shows nothing is a guest.
pub(crate) async fn identify(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    let address = address(&request);
    // An open page that listens is nobody who works: it keeps no session alive.
    let is_use = !matches!(request.uri().path(), "/events" | "/api/v1/events");
    match who(&shared, request.headers(), address, is_use).await {
        Ok(caller) => {
            let program = caller.is_program().then(|| caller.clone());
            request.extensions_mut().insert(caller);
            let Some(program) = program else { return next.run(request).await };
            let (method, path) = (request.method().clone(), request.uri().path().to_owned());
            let response = next.run(request).await;
            if response.status() == StatusCode::FORBIDDEN {
                denials::note(&shared, &program, method.as_str(), &path).await;
            }
            response
        }
        Err(problem) => problem.into_response(),
    }
}

/// Where the connection comes from.
pub(super) fn address(request: &Request) -> String {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.map_or_else(|| "unknown".to_owned(), |peer| peer.0.ip().to_canonical().to_string())
}

async fn who(
    shared: &Shared,
    headers: &HeaderMap,
    address: String,
    is_use: bool,
) -> Result<Caller, Problem> {
    if let Some(shown) = bearer(headers) {
        return token::caller(shared, shown, address).await;
    }
    if let Some(secret) = cookie::session(headers) {
        let now = shared.clock.now();
        let (hash, times) = (SecretHash::of(secret), SessionTimes::STANDARD);
        let found = shared.people.find_session(&hash, &times, now).await?;
        // One that has ended is no worse than none: the page says where to log in.
        if let Some(session) = found {
            if is_use {
                note_seen(shared, &session, &address, now).await;
            }
            let actor = Actor { kind: ActorKind::User, name: session.user.name.to_string() };
            let rights = session.user.role.rights();
            return Ok(Caller { actor, rights, holds: Holds::Session(session.into()), address });
        }
    }
    let rights = shared.door.guests_may(&*shared.people).await?;
    let name = if rights == Role::Owner.rights() { "you" } else { "guest" };
    Ok(Caller::guest(rights, name, address))
}

/// A database that takes no writes still shows its pages.
async fn note_seen(shared: &Shared, session: &Session, address: &str, now: Timestamp) {
    let is_noted = session.address == address && now.duration_since(session.seen_at) < SEEN_AGAIN;
    if !is_noted && let Err(error) = shared.people.note_seen(session.id, address, now).await {
        tracing::warn!(%error, "The last use of a session could not be written");
    }
}
