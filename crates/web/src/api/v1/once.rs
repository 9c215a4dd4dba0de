//! `Idempotency-Key`: what is sent again under the same key is not done again, and has the same answer.
//!
//! The key is marked before the work begins and the answer is kept after it, so there is a gap in which a
//! node can die. Then nobody knows whether it was done, and that is what the next one is told: like a post
//! whose answer was lost, it is never done again blindly.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::ports::answers::{KeptAnswer, Once, OnceKey};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::ask::{Ask, digest};
use crate::problem::Problem;

/// Characters of a key at most.
pub(super) const KEY_CHARS_MAX: usize = 128;
/// A request that takes longer than this has not ended well: a deadline cut it off, or its node died.
const AT_WORK_MAX: SignedDuration = SignedDuration::from_mins(1);

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Something that was made.
pub(super) struct Made {
    status: StatusCode,
    location: String,
    /// As it is answered now.
    body: String,
    /// As it is answered again, where that must be without a secret.
    again: Option<String>,
}

impl Made {
    /// It stands there from now on.
    pub(super) fn at(location: String, view: &impl Serialize) -> Self {
        Self { status: StatusCode::CREATED, location, body: json(view), again: None }
    }

    /// It is on its way.
    pub(super) fn accepted(self) -> Self {
        Self { status: StatusCode::ACCEPTED, ..self }
    }

    /// Another time the answer is this one.
    pub(super) fn shown_again_as(self, view: &impl Serialize) -> Self {
        Self { again: Some(json(view)), ..self }
    }
}

fn json(view: &impl Serialize) -> String {
    serde_json::to_string(view).expect("structs of words and numbers")
}

/// Does the work, unless it was done before under the key that the request carries. `asked` is a
/// fingerprint of everything that the work depends on.
pub(super) async fn once(
    ask: &Ask,
    headers: &HeaderMap,
    asked: &[&str],
    work: impl Future<Output = Result<Made, Problem>>,
) -> Result<Response, Problem> {
    let Some(key) = key(headers)? else { return Ok(answer(work.await?)) };
    let parts: Vec<&[u8]> = asked.iter().map(|part| part.as_bytes()).collect();
    let once = OnceKey { caller: ask.caller.identity(), key, request: digest(&parts) };
    let (people, now) = (&ask.shared.people, ask.shared.clock.now());
    match people.begin_once(&once, now).await? {
        Once::First => {}
        Once::Begun(at) => return Err(begun(at, now)),
        Once::Done(kept) => return replayed(kept),
        Once::Other => return Err(reused()),
    }
    match work.await {
        Ok(made) => {
            let body = made.again.clone().unwrap_or_else(|| made.body.clone());
            let (status, location) = (made.status.as_u16(), Some(made.location.clone()));
            people.keep_answer(&once, &KeptAnswer { status, location, body }).await?;
            Ok(answer(made))
        }
        Err(problem) => {
            // A refusal did nothing, so the key is free for a better request. Of anything else nobody
            // knows.
            if problem.status.is_client_error() {
                people.forget_once(&once).await?;
            }
            Err(problem)
        }
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = headers.get(KEY) else { return Ok(None) };
    let is_plain = |key: &&str| {
        (1..=KEY_CHARS_MAX).contains(&key.len())
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte))
    };
    let key = key.to_str().ok().filter(is_plain).ok_or_else(|| {
        let detail = format!(
            "`Idempotency-Key` is 1 to {KEY_CHARS_MAX} letters, digits or characters of `_.:-`; a UUID is \
             one."
        );
        Problem::new(StatusCode::BAD_REQUEST, "bad_key", detail)
    })?;
    Ok(Some(key.to_owned()))
}

fn begun(at: Timestamp, now: Timestamp) -> Problem {
    if now.duration_since(at) < AT_WORK_MAX {
        let detail =
            "The first request under this key is still being worked on. Send it again in a moment.";
        return Problem::conflict("still_running", detail).retry_after(2);
    }
    let detail = "The first request under this key began, and how it ended was not kept: its node may have \
                  died over it. Look whether it was done before you ask for it under another key.";
    Problem::conflict("outcome_unknown", detail)
}

fn reused() -> Problem {
    let detail = "This key belongs to another request of yours. Take a new key for a new request.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "key_reused", detail)
}

fn answer(made: Made) -> Response {
    respond(made.status, Some(&made.location), made.body)
}

fn replayed(kept: KeptAnswer) -> Result<Response, Problem> {
    let status = StatusCode::from_u16(kept.status).map_err(|_| Problem::internal())?;
    let mut response = respond(status, kept.location.as_deref(), kept.body);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

fn respond(status: StatusCode, location: Option<&str>, body: String) -> Response {
    let kind = HeaderValue::from_static("application/json");
    let mut response = (status, [(header::CONTENT_TYPE, kind)], body).into_response();
    if let Some(place) = location.and_then(|place| HeaderValue::try_from(place).ok()) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}
