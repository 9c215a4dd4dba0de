//! Reads a JSON body, or says what is wrong with it.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::problem::Problem;

/// The body as a `T`, of which `example` is one; `None` where there is no body.
pub(super) fn read_json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
    example: &str,
) -> Result<Option<T>, Problem> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        _ => Problem::broken_body(),
    })?;
    if body.is_empty() {
        return Ok(None);
    }
    if !is_json(headers) {
        return Err(Problem::not_json());
    }
    serde_json::from_slice(&body).map(Some).map_err(|error| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unprocessable_body",
            format!("The body {}. Write {example}.", wrong(&error)),
        )
    })
}

/// What is wrong with it, in words of ours: the parser speaks of types that no caller knows.
fn wrong(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Eof => "is JSON without its end".to_owned(),
        Category::Data => format!("holds something else up to line {line}, column {column}"),
        Category::Io | Category::Syntax => {
            format!("is not JSON from line {line}, column {column} on")
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}
