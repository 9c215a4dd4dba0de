//! The token of the header `Authorization`.

use axum::http::{HeaderMap, header};

/// The token that a request shows: what stands after `Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearers_token_is_one() {
        for (header, token) in [
            (None, None),
            (Some(""), None),
            (Some("Bearer"), None),
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
