//! What of a request is told to a collector of traces: its method, the pattern of its route, its status, and
//! what it asked of the database.
//!
//! Only slow requests and those that failed by our fault are told, and few of a minute: pages ask for
//! themselves anew all day, a flood at them must take no room from the traces of posts, and of a quick answer
//! nobody wants to know. Whether it was one is known at its end, and what it did is held back until then.
//!
//! A caller that is traced gives its span in `traceparent` (W3C Trace Context). It is kept as a link and not as
//! the parent: callers are strangers, who must neither name our traces nor say which of them are told.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use domain::model::TraceId;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use crate::access::random_bytes;
use crate::state::Shared;

/// Pages promise 20 ms; what takes so long is worth a look.
const SLOW: Duration = Duration::from_millis(250);
/// So many of a node in a minute.
const PER_MINUTE: u32 = 60;
const MINUTE: Duration = Duration::from_mins(1);

/// Tells of a request, if it turns out to be worth it.
pub(crate) async fn tell_request(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let span = span(&request);
    if span.is_disabled() {
        return next.run(request).await;
    }
    let began = shared.clock.monotonic();
    let response = next.run(request).instrument(span.clone()).await;
    let now = shared.clock.monotonic();
    let status = response.status();
    if is_worth_it(status, now.saturating_sub(began)) && shared.traced.has_room(now) {
        span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            span.record("error", status.canonical_reason().unwrap_or("an error of ours"));
        }
        span.record("trace_id", TraceId::of_bytes(random_bytes()).to_string());
    }
    response
}

fn span(request: &Request) -> Span {
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or("", MatchedPath::as_str);
    let method = method(request.method());
    tracing::debug_span!(
        target: "trace",
        "request",
        trace_id = Empty,
        is_first = true,
        otel.name = %format_args!("{method} {route}"),
        otel.kind = "server",
        link = caller(request.headers()),
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        error = Empty,
    )
}

/// A method is any word that a stranger likes.
fn method(method: &Method) -> &'static str {
    let known =
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let words = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
    let place = known.iter().position(|one| one == method);
    place.map_or("_OTHER", |place| words[place])
}

fn is_worth_it(status: StatusCode, took: Duration) -> bool {
    status.is_server_error() || took >= SLOW
}

/// The caller's trace and span with a dash between, where it gives them as W3C Trace Context does.
fn caller(headers: &HeaderMap) -> Option<String> {
    let mut all = headers.get_all("traceparent").iter();
    let (Some(value), None) = (all.next(), all.next()) else { return None };
    let mut parts = value.to_str().ok()?.split('-');
    let mut part = |digits: usize| {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        parts.next().filter(|part| part.len() == digits && part.bytes().all(is_hex))
    };
    let (version, trace, span, _flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
    // Later versions may have more parts, and 255 is none.
    let is_known = if version == "00" { parts.next().is_none() } else { version != "ff" };
    let is_one =
        is_known && TraceId::parse(trace).is_some() && span.bytes().any(|digit| digit != b'0');
    is_one.then(|| format!("{trace}-{span}"))
}

/// How many were told in the running minute.
#[derive(Default)]
pub(crate) struct Traced(Mutex<(Duration, u32)>);

impl Traced {
    /// Whether one more is told, at that time of the process.
    fn has_room(&self, now: Duration) -> bool {
        // Two numbers, written one after the other: a panic leaves nothing half done.
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_sub(minute.0) >= MINUTE {
            *minute = (now, 0);
        }
        minute.1 += 1;
        minute.1 <= PER_MINUTE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn only_slow_requests_and_faults_of_ours_are_told() {
        for (status, millis, is_told) in [
            (200, 249, false),
            (200, 250, true),
            (404, 1, false),
            (401, 3_000, true),
            (500, 1, true),
            (503, 0, true),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(is_worth_it(status, Duration::from_millis(millis)), is_told, "{status}");
        }
    }

    #[test]
    fn of_a_flood_few_are_told_and_the_next_minute_has_room_again() {
        let traced = Traced::default();
        let at = |secs| Duration::from_secs(secs);
        let told = (0..1_000).filter(|_| traced.has_room(at(100))).count();
        assert_eq!(told, 60);
        assert!(!traced.has_room(at(159)));
        assert!(traced.has_room(at(160)));
    }

    #[test]
    fn a_caller_is_known_by_one_well_formed_header() {
        let said = |values: &[String]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("traceparent", value.parse().unwrap());
            }
            caller(&headers)
        };
        let link = format!("{TRACE}-{SPAN}");
        for right in [
            format!("00-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-00"),
            format!("01-{TRACE}-{SPAN}-01-what-comes-later"),
        ] {
            assert_eq!(said(&[right]), Some(link.clone()));
        }
        let (zeros, good) = ("0".repeat(32), format!("00-{TRACE}-{SPAN}-01"));
        for wrong in [
            vec![],
            vec![String::new()],
            vec!["\t".to_owned()],
            vec![format!("00-{TRACE}-{SPAN}")],
            vec![format!("00-{TRACE}-{SPAN}-01-more")],
            vec![format!("ff-{TRACE}-{SPAN}-01")],
            vec![format!("00-{zeros}-{SPAN}-01")],
            vec![format!("00-{TRACE}-{}-01", &zeros[..16])],
            vec![format!("00-{}-{SPAN}-01", TRACE.to_uppercase())],
            vec![format!("00-{}-{SPAN}-01", &TRACE[1..])],
            vec![good.clone(), good],
        ] {
            assert_eq!(said(&wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_method_of_a_stranger_is_no_name_of_a_span() {
        assert_eq!(method(&Method::PATCH), "PATCH");
        assert_eq!(method(&Method::from_bytes(b"STEAL").unwrap()), "_OTHER");
    }
}
