//! `ETag` and `If-Match`: who changes something says what was seen, and changes nothing if it is something
//! else by now.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::ask::digest;
use crate::problem::Problem;

/// Hex digits of a tag: half of a hash is plenty.
const DIGITS: usize = 32;

/// Names a state, as `ETag` has it.
pub(super) struct Tag(String);

impl Tag {
    /// Of everything that a change depends on.
    pub(super) fn of(parts: &[&str]) -> Self {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        Self(format!("\"{}\"", &digest(&parts)[..DIGITS]))
    }

    /// Whether the caller saw that state. Any state (`*`) is none that was seen.
    pub(super) fn demand(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let lines: Vec<&str> = headers
            .get_all(header::IF_MATCH)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .collect();
        let mut tags = lines.iter().flat_map(|line| line.split(',')).map(str::trim);
        if lines.is_empty() || tags.clone().any(|tag| tag == "*") {
            let detail = "Say what you saw: GET it, and send its `ETag` as `If-Match`.";
            let status = StatusCode::PRECONDITION_REQUIRED;
            return Err(Problem::new(status, "if_match_required", detail));
        }
        if tags.any(|tag| tag == self.0) { Ok(()) } else { Err(changed()) }
    }

    /// An answer that shows that state.
    pub(super) fn on(&self, view: impl Serialize) -> Response {
        let tag = HeaderValue::try_from(&self.0).expect("hex digits in quotes");
        ([(header::ETAG, tag)], Json(view)).into_response()
    }
}

/// It is another one by now.
pub(super) fn changed() -> Problem {
    let detail = "It is not what you saw any more, and nothing was changed. GET it again, look, and send \
                  its new `ETag`.";
    Problem::new(StatusCode::PRECONDITION_FAILED, "changed", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_seen_is_changed() {
        let tag = Tag::of(&["a", "b"]);
        let with = |value: &str| {
            [(header::IF_MATCH, value.parse().unwrap())].into_iter().collect::<HeaderMap>()
        };
        assert!(tag.demand(&with(&tag.0)).is_ok());
        assert!(tag.demand(&with(&format!("\"x\", {}", tag.0))).is_ok());
        for (headers, code) in [
            (HeaderMap::new(), "if_match_required"),
            (with("*"), "if_match_required"),
            (with("\"x\""), "changed"),
            (with(&format!("W/{}", tag.0)), "changed"),
        ] {
            assert_eq!(tag.demand(&headers).unwrap_err().code, code, "{headers:?}");
        }
        assert_ne!(Tag::of(&["ab", ""]).0, tag.0);
    }
}
