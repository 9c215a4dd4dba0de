//! `/v1/files` and `/v1/batches`, as OpenAI's servers answer them.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use super::{answer, broken, model, pace};
use crate::World;
use crate::bulk::BulkReply;

type Shared = State<Arc<World>>;

pub(super) async fn upload(State(world): Shared, headers: HeaderMap, body: Bytes) -> Response {
    pace::wait(world.latency()).await;
    let Some(file) = file_in(&headers, &body) else {
        let message = "a form with the purpose `batch` and a file is required";
        return answer::json(400, &json!({ "error": { "message": message } }));
    };
    respond(world.upload(file))
}

pub(super) async fn create(State(world): Shared, body: Bytes) -> Response {
    pace::wait(world.latency()).await;
    let wish: Value = serde_json::from_slice(&body).unwrap_or_default();
    let work = |body: &[u8]| model::in_bulk(&world, body);
    respond(world.make_batch(&wish, work))
}

pub(super) async fn list(State(world): Shared) -> Response {
    pace::wait(world.latency()).await;
    respond(world.list_batches())
}

pub(super) async fn look(State(world): Shared, Path(id): Path<String>) -> Response {
    pace::wait(world.latency()).await;
    respond(world.look_at_batch(&id))
}

pub(super) async fn content(State(world): Shared, Path(id): Path<String>) -> Response {
    pace::wait(world.latency()).await;
    respond(world.file(&id))
}

fn respond(reply: BulkReply) -> Response {
    match reply {
        BulkReply::Json(status, body) => answer::json(status, &body),
        BulkReply::Closed => broken::closed(),
        BulkReply::Bytes(bytes) => {
            let mut response = Response::new(Body::from(bytes));
            *response.status_mut() = StatusCode::OK;
            let kind = HeaderValue::from_static("application/octet-stream");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
    }
}

/// The file of a form whose purpose is `batch`.
fn file_in(headers: &HeaderMap, body: &[u8]) -> Option<Vec<u8>> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let boundary = kind.split_once("boundary=")?.1.trim_matches('"');
    let body = std::str::from_utf8(body).ok()?;
    let mut purpose = None;
    let mut file = None;
    for part in body.split(&format!("--{boundary}")) {
        let Some((head, content)) = part.split_once("\r\n\r\n") else { continue };
        let content = content.strip_suffix("\r\n").unwrap_or(content);
        if head.contains("name=\"purpose\"") {
            purpose = Some(content);
        } else if head.contains("name=\"file\"") {
            file = Some(content.as_bytes().to_vec());
        }
    }
    file.filter(|_| purpose == Some("batch"))
}
