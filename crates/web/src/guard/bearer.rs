//! The token of the header `Authorization`.

use axum::http::{HeaderMap, header};

const SCHEME: &[u8] = b"Bearer";

/// The token that a request shows: what stands after `Bearer`. One that cannot be read is one that opens
/// nothing, and not the same as none.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let shown = headers.get(header::AUTHORIZATION)?;
    let (scheme, token) = shown.as_bytes().split_at_checked(SCHEME.len())?;
    let is_bearer = scheme.eq_ignore_ascii_case(SCHEME) && token.first().is_none_or(|c| *c == b' ');
    is_bearer.then(|| std::str::from_utf8(token).unwrap_or_default().trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearers_token_is_one() {
        for (header, token) in [
            (None, None),
            (Some(""), None),
            (Some("Bearer"), Some("")),
            (Some("Bearers only"), None),
            (Some("Bearer "), Some("")),
            (Some("Basic correct-horse"), None),
            (Some("bearer correct-horse"), Some("correct-horse")),
        ] {
            let headers = header
                .map(|value| (header::AUTHORIZATION, value.parse().unwrap()))
                .into_iter()
                .collect();
            assert_eq!(bearer(&headers), token, "{header:?}");
        }
    }
}
