//! What the framework refuses by itself (a number that is none, a query that is not ours) it refuses in
//! plain text. Here that becomes a problem like every other, whichever handler it was.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// Bytes of what the framework says at most.
const WORDS_BYTES_MAX: usize = 2_048;

/// Says in our words what was refused in others.
pub(crate) async fn own_words(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let is_refusal = response.status().is_client_error();
    if !is_refusal || response.extensions().get::<Problem>().is_some() || !is_plain(&response) {
        return response;
    }
    let status = response.status();
    let said = to_bytes(response.into_body(), WORDS_BYTES_MAX).await.unwrap_or_default();
    told(status, &String::from_utf8_lossy(&said)).into_response()
}

fn is_plain(response: &Response<Body>) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.is_some_and(|kind| kind.starts_with(b"text/plain"))
}

fn told(status: StatusCode, said: &str) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::too_large();
    }
    // What the framework says after the colon names the part that is wrong.
    let why = said.split_once(": ").map_or("", |(_, why)| why);
    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
    let detail = format!(
        "A part of this request is not of the form that is expected here{why}. Mend it, or go back."
    );
    Problem::new(status, "bad_request", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named_where_the_framework_names_it() {
        let said = "Failed to deserialize query string: n: invalid digit found in string";
        let problem = told(StatusCode::BAD_REQUEST, said);
        assert_eq!((problem.status, problem.code), (StatusCode::BAD_REQUEST, "bad_request"));
        assert!(
            problem.detail.contains("(n: invalid digit found in string)"),
            "{}",
            problem.detail
        );
        assert!(!told(StatusCode::BAD_REQUEST, "").detail.contains('('));
        assert_eq!(told(StatusCode::PAYLOAD_TOO_LARGE, "").code, "body_too_large");
    }
}
