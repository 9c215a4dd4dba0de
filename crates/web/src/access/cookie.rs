//! The two cookies: who is logged in, and which browser was let in before.
//!
//! `__Host-`: a browser takes them only over TLS (or from this very machine), from this host alone.

use axum::http::{HeaderMap, HeaderValue, header};

use super::login::LetIn;

const SESSION: &str = "__Host-flockwork";
const DEVICE: &str = "__Host-flockwork-browser";
/// A browser is remembered for a year.
const DEVICE_SECS: u64 = 365 * 24 * 60 * 60;

/// The secret of the session that a request shows.
pub(super) fn session(headers: &HeaderMap) -> Option<&str> {
    find(headers, SESSION)
}

/// The secret of the browser that a request comes from.
pub(super) fn device(headers: &HeaderMap) -> Option<&str> {
    find(headers, DEVICE)
}

/// Has a browser keep what it was let in with.
pub(crate) fn keep_cookies(headers: &mut HeaderMap, let_in: &LetIn) {
    headers.append(header::SET_COOKIE, session_cookie(&let_in.session));
    if let Some(device) = &let_in.device {
        headers.append(header::SET_COOKIE, device_cookie(device));
    }
}

/// Keeps a session until the browser is closed; the server ends it sooner.
fn session_cookie(secret: &str) -> HeaderValue {
    value(&format!("{SESSION}={secret}; Path=/; Secure; HttpOnly; SameSite=Lax"))
}

/// Takes it away.
pub(crate) fn ended_cookie() -> HeaderValue {
    value(&format!("{SESSION}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"))
}

/// Keeps a browser known.
fn device_cookie(secret: &str) -> HeaderValue {
    value(&format!(
        "{DEVICE}={secret}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={DEVICE_SECS}"
    ))
}

fn value(cookie: &str) -> HeaderValue {
    HeaderValue::try_from(cookie).expect("secrets are letters, digits, `-` and `_`")
}

fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let headers: HeaderMap =
            [(header::COOKIE, "a=1; __Host-flockwork-browser=b; __Host-flockwork=s")]
                .map(|(name, value)| (name, HeaderValue::from_static(value)))
                .into_iter()
                .collect();
        assert_eq!((session(&headers), device(&headers)), (Some("s"), Some("b")));
        assert_eq!(session(&HeaderMap::new()), None);
    }

    #[test]
    fn a_session_cookie_has_every_lock() {
        let cookie = session_cookie("s");
        for part in ["__Host-", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
            assert!(cookie.to_str().unwrap().contains(part), "{part}");
        }
        assert!(!cookie.to_str().unwrap().contains("Domain"));
    }
}
