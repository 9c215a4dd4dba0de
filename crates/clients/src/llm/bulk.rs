//! `POST /files`, `POST /batches` and what follows: the same requests as [`super::chat`], worked on within
//! a day for half the price, where a server has that.
//!
//! A name that a server gives is used in the next URL, so only plain names are taken.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::model::{BulkId, GenerationUsage, MicroUsd};
use domain::ports::{BulkAnswer, BulkError, BulkProgress, BulkRequest, BulkWriter, WriterError};
use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::capabilities::Capabilities;
use super::chat::ModelClient;
use super::error::{Refusal, classify};
use super::server::{Body, Server};
use super::{answer, wire};
use crate::http::Head;

/// Longer names are none that a server gives.
const NAME_BYTES_MAX: usize = 200;
/// Batches of one page of the server's list, the newest.
const LISTED_MAX: u32 = 100;

#[async_trait]
impl BulkWriter for ModelClient {
    fn model(&self) -> &str {
        self.model_id()
    }

    /// By the longest body of each, at half the price.
    fn ceiling(&self, requests: &[BulkRequest], at: Timestamp) -> Option<MicroUsd> {
        let longest = Capabilities::all(self.model_id());
        let of = |request: &BulkRequest| {
            let body = self.body(request, longest);
            let completion = request.prompt.completion_tokens_max;
            self.tariff().bulk_ceiling(self.model_id(), body.len(), completion, at)
        };
        requests.iter().map(of).sum()
    }

    fn is_bulk_unpriced(&self) -> bool {
        self.tariff().is_unpriced(self.model_id())
    }

    async fn upload(&self, order: BulkId, requests: &[BulkRequest]) -> Result<String, BulkError> {
        let lines = self.lines(order, requests);
        let (head, body) =
            ask(self.server(), Method::POST, "/files", Some(form(order, &lines))).await?;
        let json = read(self.server(), &head, &body)?;
        let why = || BulkError::Unsupported("it names no file".to_owned());
        name(json.get("id")).ok_or_else(why)
    }

    async fn create(&self, order: BulkId, file: &str) -> Result<String, BulkError> {
        let wish = json!({
            "input_file_id": file,
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "metadata": { "flockwork_order": order.0.to_string() },
        });
        let body = Some(Body::json(wish.to_string().into_bytes()));
        let (head, body) = ask(self.server(), Method::POST, "/batches", body).await?;
        let json = read(self.server(), &head, &body)?;
        name(json.get("id")).ok_or_else(|| BulkError::Lost("it names no batch".to_owned()))
    }

    async fn find(&self, file: &str) -> Result<Option<String>, BulkError> {
        let path = format!("/batches?limit={LISTED_MAX}");
        let (head, body) = ask(self.server(), Method::GET, &path, None).await?;
        let json = read(self.server(), &head, &body)?;
        let list = json.get("data").and_then(Value::as_array);
        let list = list.ok_or_else(|| BulkError::Lost("it holds no list of batches".to_owned()))?;
        let of_file = |one: &&Value| one.get("input_file_id").and_then(Value::as_str) == Some(file);
        Ok(list.iter().find(of_file).and_then(|one| name(one.get("id"))))
    }

    async fn look(&self, batch: &str) -> Result<BulkProgress, BulkError> {
        let path = format!("/batches/{batch}");
        let (head, body) = ask(self.server(), Method::GET, &path, None).await?;
        let json = read(self.server(), &head, &body)?;
        let word = json.get("status").and_then(Value::as_str);
        let word = word.ok_or_else(|| BulkError::Lost("it says no status".to_owned()))?;
        if !["completed", "expired", "failed", "cancelled"].contains(&word) {
            return Ok(BulkProgress::Running);
        }
        let files = ["output_file_id", "error_file_id"];
        let files = files.into_iter().filter_map(|key| name(json.get(key))).collect();
        Ok(BulkProgress::Ended { word: word.to_owned(), files })
    }

    async fn fetch(
        &self,
        order: BulkId,
        files: &[String],
        requests: &[BulkRequest],
    ) -> Result<Vec<BulkAnswer>, BulkError> {
        let mut answers: BTreeMap<usize, BulkAnswer> = BTreeMap::new();
        for file in files {
            let path = format!("/files/{file}/content");
            let (head, body) = ask(self.server(), Method::GET, &path, None).await?;
            if head.status != 200 {
                read(self.server(), &head, &body)?;
            }
            for line in body.split(|byte| *byte == b'\n') {
                let Ok(line) = serde_json::from_slice::<Value>(line) else { continue };
                let Some(place) = place(&line, order, requests.len()) else { continue };
                let answered = self.answered(place, &line, &requests[place]);
                answers.entry(place).or_insert(answered);
            }
        }
        Ok(answers.into_values().collect())
    }
}

impl ModelClient {
    fn body(&self, request: &BulkRequest, capabilities: Capabilities) -> Vec<u8> {
        wire::request_body(self.model_id(), &request.prompt, self.temperature(), capabilities)
    }

    /// A request a line, as far as the server is known to take what stands in it.
    fn lines(&self, order: BulkId, requests: &[BulkRequest]) -> Vec<u8> {
        let capabilities = self.capabilities();
        let mut lines = Vec::new();
        for (place, request) in requests.iter().enumerate() {
            let body: Value = serde_json::from_slice(&self.body(request, capabilities))
                .expect("it was made of JSON a moment ago");
            let line = json!({
                "custom_id": custom_id(order, place),
                "method": "POST",
                "url": "/v1/chat/completions",
                "body": body,
            });
            lines.extend_from_slice(line.to_string().as_bytes());
            lines.push(b'\n');
        }
        lines
    }

    fn answered(&self, place: usize, line: &Value, request: &BulkRequest) -> BulkAnswer {
        let nothing = Value::Null;
        let status = line.pointer("/response/status_code").and_then(Value::as_u64).unwrap_or(0);
        let body = line.pointer("/response/body").unwrap_or(&nothing);
        if status != 200 {
            let json = if body.is_null() { line } else { body };
            let outcome = Err(self.refusal(u16::try_from(status).unwrap_or(0), json));
            return BulkAnswer { place, usage: None, outcome };
        }
        let key = self.server().key();
        let mut usage: GenerationUsage = answer::usage(body, self.model_id());
        usage.cost = self.tariff().bulk_cost(self.model_id(), &usage);
        let outcome = answer::read(body, self.model_id(), &request.wishes, key);
        BulkAnswer { place, usage: Some(usage), outcome: outcome.map(|read| read.candidates) }
    }

    /// Why a line failed. What it says of a parameter is remembered for the next order.
    fn refusal(&self, status: u16, json: &Value) -> WriterError {
        let head = Head { status, headers: HeaderMap::new() };
        self.step_down(self.capabilities(), &head, json.to_string().as_bytes());
        classify(&Refusal { status, headers: &head.headers, json, key: self.server().key() })
    }
}

fn custom_id(order: BulkId, place: usize) -> String {
    format!("flockwork-{}-{place}", order.0)
}

/// Which request of this order a line is about.
fn place(line: &Value, order: BulkId, count: usize) -> Option<usize> {
    let id = line.get("custom_id")?.as_str()?;
    let place = id.strip_prefix(&format!("flockwork-{}-", order.0))?.parse().ok()?;
    (place < count).then_some(place)
}

/// The file as a form. A boundary stands after a carriage return, which no line of JSON holds.
fn form(order: BulkId, lines: &[u8]) -> Body {
    let boundary = format!("flockwork-order-{}", order.0);
    let file = format!("flockwork-order-{}.jsonl", order.0);
    let mut bytes = Vec::with_capacity(lines.len() + 512);
    let purpose = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
    );
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file}\"\r\n\
         Content-Type: application/jsonl\r\n\r\n"
    );
    bytes.extend_from_slice(purpose.as_bytes());
    bytes.extend_from_slice(head.as_bytes());
    bytes.extend_from_slice(lines);
    bytes.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    Body { kind: format!("multipart/form-data; boundary={boundary}"), bytes }
}

/// A name that can stand in a URL as it is.
fn name(value: Option<&Value>) -> Option<String> {
    let name = value?.as_str()?;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let is_name = (1..=NAME_BYTES_MAX).contains(&name.len())
        && name.bytes().all(is_plain)
        && !name.starts_with('.');
    is_name.then(|| name.to_owned())
}

async fn ask(
    server: &Server,
    method: Method,
    path: &str,
    body: Option<Body>,
) -> Result<(Head, Vec<u8>), BulkError> {
    server.send(method, path, body).await.map_err(error)
}

/// The JSON of an answer, or what its status means for an order.
fn read(server: &Server, head: &Head, body: &[u8]) -> Result<Value, BulkError> {
    let read = server.successful(head, body);
    match head.status {
        404 | 405 | 501 => Err(BulkError::Unsupported(format!("HTTP {}", head.status))),
        _ => read.map_err(error),
    }
}

fn error(error: WriterError) -> BulkError {
    match error {
        WriterError::NotSent(words) => BulkError::NotDone(words),
        WriterError::RateLimited { .. } => BulkError::NotDone("it asks us to wait".to_owned()),
        WriterError::OutOfCredit(words)
        | WriterError::Unauthorized(words)
        | WriterError::BadRequest(words)
        | WriterError::Refused(words) => BulkError::Refused(words),
        WriterError::Unusable(words) | WriterError::Unavailable(words) => BulkError::Lost(words),
    }
}

#[cfg(test)]
mod tests;
