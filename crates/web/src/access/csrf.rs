//! What a session changes carries a word that only our own pages know: as `csrf` in a form, or as the
//! header `X-CSRF-Token`. The check of `Origin` comes before it; each alone would do.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::caller::Caller;
use crate::problem::Problem;
use crate::state::Shared;

const HEADER: &str = "x-csrf-token";

/// The one field that is looked at here.
#[derive(Deserialize)]
struct Word {
    csrf: Option<String>,
}

/// Refuses a change in the name of a session without its word.
pub(crate) async fn check_csrf(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let caller = request.extensions().get::<Caller>();
    let wanted = caller.and_then(Caller::session).map(|session| session.csrf.clone());
    let Some(wanted) = wanted.filter(|_| !is_safe) else { return next.run(request).await };
    match with_word(request, shared.settings.bounds.body_bytes_max).await {
        Ok((request, Some(word))) if bool::from(word.as_bytes().ct_eq(wanted.as_bytes())) => {
            next.run(request).await
        }
        Ok(_) => refused().into_response(),
        Err(problem) => problem.into_response(),
    }
}

fn refused() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "csrf",
        "The page that sent this is from an earlier session, or from elsewhere. Load it anew and do it \
         again; what was typed is still in the page that you came from.",
    )
}

/// The request with its body whole, and the word that came with it.
async fn with_word(
    request: Request,
    body_bytes_max: usize,
) -> Result<(Request, Option<String>), Problem> {
    if let Some(word) = request.headers().get(HEADER) {
        let word = word.to_str().ok().map(str::to_owned);
        return Ok((request, word));
    }
    if !is_form(request.headers()) {
        return Ok((request, None));
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, body_bytes_max).await.map_err(|_| Problem::too_large())?;
    let word = serde_urlencoded::from_bytes::<Word>(&bytes).ok().and_then(|form| form.csrf);
    Ok((Request::from_parts(parts, Body::from(bytes)), word))
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}
