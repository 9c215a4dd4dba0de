//! Is the request really meant for us?
//!
//! A foreign page can point its own name at 127.0.0.1 and then read what we answer (DNS rebinding);
//! the `Host` it sends is still its own. And a foreign page can post a form here; its `Origin` tells.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::state::Shared;

/// Refuses requests to a foreign host, and changes asked for by a foreign page.
pub(crate) async fn check_addressee(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    if let Err(problem) = check_host(request.headers(), &shared.settings.allowed_hosts) {
        return problem.into_response();
    }
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !is_safe && !is_own_origin(request.headers()) {
        return Problem::new(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            "A page of another site asked for this, so it was not done.",
        )
        .into_response();
    }
    next.run(request).await
}

/// Whether the request says once for whom it is, and it is us.
pub(crate) fn check_host(headers: &HeaderMap, allowed: &[String]) -> Result<(), Problem> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    if hosts.next().is_some() {
        // A proxy in front may have looked at the one, and we at the other (RFC 9112, 3.2).
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "two_hosts",
            "The header `Host` stands there twice. Send it once.",
        ));
    }
    if is_allowed(host, allowed) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "foreign_host",
        "This server does not answer to that name. If it is its own, add it to \
         FLOCKWORK_ALLOWED_HOSTS (`allowed_hosts` in flockwork.toml) and restart.",
    ))
}

/// Whether `host` is one of `allowed`, whatever the port. Nothing allowed means anything is.
fn is_allowed(host: Option<&str>, allowed: &[String]) -> bool {
    let is_own = |host| {
        let name = without_port(host);
        allowed.iter().any(|one| one.eq_ignore_ascii_case(name))
    };
    allowed.is_empty() || host.is_some_and(is_own)
}

/// `localhost:3000` → `localhost`, `[::1]:3000` → `[::1]`.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.is_empty() => name,
        Some(_) | None => host,
    }
}

/// Whether the request comes from our own page, or from no page at all (curl, a script).
fn is_own_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if matches!(text("sec-fetch-site"), Some("cross-site" | "same-site")) {
        return false;
    }
    match headers.get(header::ORIGIN) {
        None => true,
        Some(origin) => {
            let origin = origin.to_str().unwrap_or("null");
            let place = origin.split_once("://").map(|(_, place)| place);
            place.is_some() && place == text("host")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect()
    }

    #[test]
    fn only_our_own_names_are_answered_to() {
        let loopback = crate::WebSettings::LOOPBACK_HOSTS.map(str::to_owned);
        for (host, is_ours) in [
            ("localhost", true),
            ("LOCALHOST:3000", true),
            ("127.0.0.1:3000", true),
            ("[::1]:3000", true),
            ("[::1]", true),
            ("evil.example", false),
            ("localhost.evil.example:3000", false),
            ("127.0.0.1.evil.example", false),
            ("localhost:evil", false),
            ("", false),
        ] {
            let checked = check_host(&headers(&[("host", host)]), &loopback);
            assert_eq!(checked.is_ok(), is_ours, "{host}");
        }
        assert!(check_host(&HeaderMap::new(), &loopback).is_err());
        assert!(check_host(&headers(&[("host", "any.example")]), &[]).is_ok());
    }

    #[test]
    fn a_foreign_page_cannot_ask_for_changes() {
        let host = ("host", "localhost:3000");
        for (extra, is_own) in [
            (None, true),
            (Some(("origin", "http://localhost:3000")), true),
            (Some(("sec-fetch-site", "same-origin")), true),
            (Some(("sec-fetch-site", "none")), true),
            (Some(("origin", "null")), false),
            (Some(("origin", "http://localhost:4000")), false),
            (Some(("origin", "https://evil.example")), false),
            (Some(("sec-fetch-site", "cross-site")), false),
            (Some(("sec-fetch-site", "same-site")), false),
        ] {
            let pairs: Vec<_> = std::iter::once(host).chain(extra).collect();
            assert_eq!(is_own_origin(&headers(&pairs)), is_own, "{extra:?}");
        }
    }
}
