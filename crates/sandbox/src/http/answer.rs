//! Replies as bytes, with the headers that X sends.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use domain::model::{RateLimits, RateWindow};
use jiff::Timestamp;
use serde_json::Value;

use super::{broken, pace};
use crate::World;
use crate::read::{Outcome, ReadReply};
use crate::reply::{Delivery, Media, Reply, WireAnswer};

/// X's version header, as seen in autumn 2026.
const API_VERSION: &str = "2.173";

/// A refusal that no account stands behind.
pub(super) async fn refused(world: &World, answer: WireAnswer) -> Response {
    pace::wait(world.latency()).await;
    let mut response = respond(&answer);
    dress(response.headers_mut(), world, &RateLimits::default(), None);
    response
}

/// What came of a send.
pub(super) async fn sent(world: &World, reply: Reply) -> Response {
    pace::wait(world.latency() + reply.slowness).await;
    let mut response = match reply.delivery {
        Delivery::Closed => return broken::closed(),
        Delivery::Whole(answer) => respond(&answer),
        Delivery::Cut(answer) => {
            let mut response = respond(&answer);
            let half = answer.body.len() / 2;
            *response.body_mut() = broken::cut(Bytes::from(answer.body).slice(..half));
            response
        }
    };
    dress(response.headers_mut(), world, &reply.limits, Some(&reply.request_id));
    response
}

/// What came of a read; `render` turns what was seen into JSON.
pub(super) async fn read<T>(
    world: &World,
    reply: ReadReply<T>,
    render: impl FnOnce(T) -> WireAnswer,
) -> Response {
    pace::wait(world.latency()).await;
    let answer = match reply.outcome {
        Outcome::Closed => return broken::closed(),
        Outcome::Refused(answer) => answer,
        Outcome::Seen(seen) => render(seen),
    };
    let mut response = respond(&answer);
    dress(response.headers_mut(), world, &reply.limits, Some(&reply.request_id));
    response
}

/// Plain JSON, for the model and the control door.
pub(super) fn json(status: u16, body: &Value) -> Response {
    respond(&WireAnswer::json(status, body))
}

fn respond(answer: &WireAnswer) -> Response {
    let mut response = Response::new(Body::from(answer.body.clone()));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media = match answer.media {
        Media::Json => "application/json; charset=utf-8",
        Media::Problem => "application/problem+json",
        Media::Html => "text/html; charset=utf-8",
    };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response
}

/// The headers of every answer of X.
fn dress(headers: &mut HeaderMap, world: &World, limits: &RateLimits, request_id: Option<&str>) {
    headers.insert("api-version", HeaderValue::from_static(API_VERSION));
    headers.insert("x-access-level", HeaderValue::from_static("read-write"));
    insert(headers, header::DATE, &http_date(world.server_date()));
    if let Some(id) = request_id {
        insert(headers, HeaderName::from_static("x-transaction-id"), id);
    }
    window(headers, "x-rate-limit", limits.quarter_hour);
    window(headers, "x-user-limit-24hour", limits.user_day);
    window(headers, "x-app-limit-24hour", limits.app_day);
}

fn window(headers: &mut HeaderMap, family: &str, window: Option<RateWindow>) {
    let Some(window) = window else { return };
    let reset = window.resets_at.and_then(|at| u64::try_from(at.as_second()).ok());
    for (part, number) in
        [("limit", window.limit), ("remaining", window.remaining), ("reset", reset)]
    {
        if let Some(number) = number
            && let Ok(name) = HeaderName::try_from(format!("{family}-{part}"))
        {
            headers.insert(name, HeaderValue::from(number));
        }
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_http_wants_them() {
        assert_eq!(http_date(testkit::at("2026-11-23T09:00:00Z")), "Mon, 23 Nov 2026 09:00:00 GMT");
    }

    #[test]
    fn every_window_has_its_family_of_headers() {
        let mut headers = HeaderMap::new();
        let full = RateWindow {
            limit: Some(17),
            remaining: Some(0),
            resets_at: Some(testkit::at("2026-11-23T09:00:00Z")),
        };
        window(&mut headers, "x-user-limit-24hour", Some(full));
        assert_eq!(headers["x-user-limit-24hour-limit"], "17");
        assert_eq!(headers["x-user-limit-24hour-remaining"], "0");
        assert_eq!(headers["x-user-limit-24hour-reset"], "1795424400");
    }
}
