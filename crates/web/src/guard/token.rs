//! May this client change anything?

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use domain::model::Secret;
use subtle::ConstantTimeEq;

use crate::problem::Problem;

/// Lets a request pass that carries the token. Without a token in the settings nothing passes:
/// a server that was set up in a hurry must not be open.
pub(crate) fn check_token(headers: &HeaderMap, token: Option<&Secret>) -> Result<(), Problem> {
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "no_api_token",
            "Nothing can be changed over HTTP until a token is set. Set FLOCKWORK_API_TOKEN (or \
             FLOCKWORK_API_TOKEN_FILE) to a long random value such as that of `openssl rand -hex \
             32`, restart, and send it as `Authorization: Bearer <token>`.",
        ));
    };
    let given = bearer(headers).unwrap_or_default();
    // Compared in constant time: how long it takes tells nothing about how much of it is right.
    if bool::from(given.as_bytes().ct_eq(token.open().as_bytes())) {
        return Ok(());
    }
    let problem = Problem::new(
        StatusCode::UNAUTHORIZED,
        "token_required",
        "This needs the header `Authorization: Bearer <token>` with the value of \
         FLOCKWORK_API_TOKEN.",
    );
    let challenge = HeaderValue::from_static(r#"Bearer realm="flockwork""#);
    Err(problem.with_header(header::WWW_AUTHENTICATE, challenge))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_opens() {
        let token = Secret::new("correct-horse");
        for (header, code) in [
            (None, Some("token_required")),
            (Some(""), Some("token_required")),
            (Some("Bearer"), Some("token_required")),
            (Some("Bearer "), Some("token_required")),
            (Some("Bearer correct-hors"), Some("token_required")),
            (Some("Bearer correct-horse2"), Some("token_required")),
            (Some("Basic correct-horse"), Some("token_required")),
            (Some("bearer correct-horse"), None),
            (Some("Bearer correct-horse"), None),
        ] {
            let headers = header
                .map(|value| (header::AUTHORIZATION, value.parse().unwrap()))
                .into_iter()
                .collect();
            let refusal = check_token(&headers, Some(&token)).err().map(|problem| problem.code);
            assert_eq!(refusal, code, "{header:?}");
        }
    }

    #[test]
    fn without_a_token_nobody_passes() {
        let headers: HeaderMap =
            [(header::AUTHORIZATION, "Bearer ".parse().unwrap())].into_iter().collect();
        for token in [None, Some(Secret::new(""))] {
            let problem = check_token(&headers, token.as_ref()).unwrap_err();
            assert_eq!((problem.status.as_u16(), problem.code), (403, "no_api_token"));
        }
    }
}
