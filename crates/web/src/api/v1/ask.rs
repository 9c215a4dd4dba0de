//! What a request brings, read strictly: what is not understood is refused with a problem that names it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::access::Caller;
use crate::problem::Problem;
use crate::state::Shared;

/// Who asks, and of whom.
pub(super) struct Ask {
    pub(super) shared: Arc<Shared>,
    pub(super) caller: Caller,
}

impl Ask {
    /// Whether a sandbox stands in for X.
    pub(super) fn is_sandbox(&self) -> bool {
        self.shared.sandbox.is_some()
    }
}

impl FromRequestParts<Arc<Shared>> for Ask {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Caller>().cloned().ok_or_else(Problem::internal)?;
        Ok(Self { shared: shared.clone(), caller })
    }
}

/// What the path names. Something else than a number where one stands names nothing.
pub(super) struct Named<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Shared>> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let Path(named) =
            Path::<T>::from_request_parts(parts, shared).await.map_err(|_| Problem::not_found())?;
        Ok(Self(named))
    }
}

/// What the query asks for.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Shared>> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, shared).await;
        let Query(asked) = query.map_err(|rejection| {
            let said = rejection.body_text();
            let why = said.split_once(": ").map_or(said.as_str(), |(_, why)| why);
            bad_query(why)
        })?;
        Ok(Self(asked))
    }
}

/// A query that is not understood.
pub(super) fn bad_query(why: &str) -> Problem {
    let detail =
        format!("The query is not understood: {why}. /api/docs says what may stand in it.");
    Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail)
}

/// A JSON body.
pub(super) struct Sent<T> {
    pub(super) value: T,
    /// Of its bytes.
    pub(super) hash: String,
}

impl<T: DeserializeOwned> FromRequest<Arc<Shared>> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let is_json = is_json(&request);
        let body =
            Bytes::from_request(request, shared).await.map_err(|rejection| {
                match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
                    _ => Problem::broken_body(),
                }
            })?;
        if !is_json {
            return Err(Problem::not_json());
        }
        let value = serde_json::from_slice(&body).map_err(|error| {
            let detail = format!("The body is not what belongs here: {error}. /api/docs shows it.");
            Problem::unprocessable(detail)
        })?;
        Ok(Self { value, hash: digest(&[&body]) })
    }
}

fn is_json(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// SHA-256 of parts, each with its length, so that no two lists of parts are one.
pub(super) fn digest(parts: &[&[u8]]) -> String {
    use std::fmt::Write as _;
    let mut sum = Sha256::new();
    for part in parts {
        sum.update((part.len() as u64).to_be_bytes());
        sum.update(part);
    }
    sum.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
