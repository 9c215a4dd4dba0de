//! From what a request shows to who asks.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::model::access::{Actor, ActorKind, Role, SecretHash, SessionTimes};

use super::caller::{Caller, Holds};
use super::{cookie, token};
use crate::guard::bearer;
use crate::problem::Problem;
use crate::state::Shared;

/// Puts a [`Caller`] into the request's extensions. Who shows what is worth nothing is told so; who
/// shows nothing is a guest.
pub(crate) async fn identify(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    let address = address(&request);
    match who(&shared, request.headers(), address).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Where the connection comes from.
pub(super) fn address(request: &Request) -> String {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.map_or_else(|| "unknown".to_owned(), |peer| peer.0.ip().to_canonical().to_string())
}

async fn who(shared: &Shared, headers: &HeaderMap, address: String) -> Result<Caller, Problem> {
    if let Some(shown) = bearer(headers) {
        return token::caller(shared, shown, address).await;
    }
    if let Some(secret) = cookie::session(headers) {
        let now = shared.clock.now();
        let (hash, times) = (SecretHash::of(secret), SessionTimes::STANDARD);
        let found = shared.people.find_session(&hash, &times, &address, now).await?;
        // One that has ended is no worse than none: the page says where to log in.
        if let Some(session) = found {
            let actor = Actor { kind: ActorKind::User, name: session.user.name.to_string() };
            let rights = session.user.role.rights();
            return Ok(Caller { actor, rights, holds: Holds::Session(session.into()), address });
        }
    }
    let rights = shared.door.guests_may(&*shared.people).await?;
    let name = if rights == Role::Owner.rights() { "you" } else { "guest" };
    Ok(Caller::guest(rights, name, address))
}
