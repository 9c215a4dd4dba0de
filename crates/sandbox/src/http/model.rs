//! `POST /v1/chat/completions` and `GET /v1/models`, as OpenAI-compatible servers answer them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{answer, broken, pace};
use crate::World;
use crate::bulk::Line;
use crate::model::{Ask, Failure, MODEL_ID, ModelOutcome, Written};

/// Answers to one request; more are refused, as Groq refuses more than one.
const CHOICES_MAX: u32 = 8;

/// When the model was "made"; the value only has to be a time.
const CREATED: i64 = 1_767_225_600;

#[derive(Deserialize)]
struct ChatRequest {
    model: String,
    messages: Vec<Message>,
    #[serde(default)]
    response_format: Option<ResponseFormat>,
    #[serde(default)]
    n: Option<u32>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    max_completion_tokens: Option<u64>,
    #[serde(default)]
    max_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    #[serde(default)]
    content: Value,
}

#[derive(Deserialize)]
struct ResponseFormat {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    json_schema: Option<Value>,
}

pub(super) async fn complete(State(world): State<Arc<World>>, body: Bytes) -> Response {
    pace::wait(world.latency()).await;
    let request = match read(&body) {
        Ok(request) => request,
        Err(message) => return bad_request(&message),
    };
    let ask = Ask::read(&request.words_of(&["system", "developer"]), &request.words_of(&["user"]));
    let mut choices = Vec::new();
    let mut usage = Some((0, 0));
    for index in 0..request.n.unwrap_or(1) {
        let reply = world.write(&ask);
        pace::wait(reply.slowness).await;
        match reply.outcome {
            ModelOutcome::Closed => return broken::closed(),
            ModelOutcome::Failed(failure) => return failed(&failure),
            ModelOutcome::Declined(why) => choices.push(json!({
                "index": index,
                "finish_reason": "stop",
                "logprobs": null,
                "message": { "role": "assistant", "content": null, "refusal": why },
            })),
            ModelOutcome::Written(written) => {
                usage = usage.filter(|_| !written.is_odd).map(|(prompt, completion)| {
                    (prompt.max(written.prompt_tokens), completion + written.completion_tokens)
                });
                choices.push(request.choice(index, &written));
            }
        }
    }
    answer::json(200, &completion(&world, &request.model, &choices, usage))
}

pub(super) async fn list(State(world): State<Arc<World>>) -> Response {
    pace::wait(world.latency()).await;
    let model = json!({
        "id": MODEL_ID, "object": "model", "created": CREATED, "owned_by": "flockwork",
    });
    answer::json(200, &json!({ "object": "list", "data": [model] }))
}

fn read(body: &[u8]) -> Result<ChatRequest, String> {
    let request: ChatRequest =
        serde_json::from_slice(body).map_err(|error| format!("Invalid request: {error}"))?;
    if request.model.trim().is_empty() {
        return Err("you must provide a model parameter".to_owned());
    }
    if request.messages.is_empty() {
        return Err("[] is too short - 'messages'".to_owned());
    }
    if request.stream == Some(true) {
        return Err("'stream' is not supported by the sandbox".to_owned());
    }
    if !(1..=CHOICES_MAX).contains(&request.n.unwrap_or(1)) {
        return Err(format!("'n' must be between 1 and {CHOICES_MAX}"));
    }
    if let Some(format) = &request.response_format {
        format.check()?;
    }
    Ok(request)
}

impl ResponseFormat {
    fn check(&self) -> Result<(), String> {
        match self.kind.as_str() {
            "text" | "json_object" => Ok(()),
            "json_schema" => {
                let schema = self.json_schema.as_ref().unwrap_or(&Value::Null);
                let name = schema["name"].as_str().unwrap_or_default();
                let is_name = (1..=64).contains(&name.len())
                    && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
                let is_object = schema["schema"]["type"] == "object";
                if is_name && is_object {
                    Ok(())
                } else {
                    Err("Invalid 'response_format.json_schema': a name and a schema whose root \
                         is an object are required"
                        .to_owned())
                }
            }
            other => Err(format!("Invalid value: '{other}' for 'response_format.type'")),
        }
    }
}

impl ChatRequest {
    /// Everything that the given roles say; content may be a string or a list of parts.
    fn words_of(&self, roles: &[&str]) -> String {
        let said = self.messages.iter().filter(|message| roles.contains(&message.role.as_str()));
        let texts: Vec<String> = said
            .map(|message| match &message.content {
                Value::Array(parts) => {
                    let parts = parts.iter().filter_map(|part| part["text"].as_str());
                    parts.collect::<Vec<_>>().join("\n")
                }
                content => content.as_str().unwrap_or_default().to_owned(),
            })
            .collect();
        texts.join("\n")
    }

    /// JSON where a format asks for it or the words do; else the posts as plain lines.
    fn wants_json(&self) -> bool {
        match &self.response_format {
            Some(format) => format.kind != "text",
            None => self.words_of(&["system", "developer", "user"]).to_lowercase().contains("json"),
        }
    }

    fn choice(&self, index: u32, written: &Written) -> Value {
        let mut content = written.content.clone();
        if !self.wants_json() {
            content = plain(&content);
        }
        // Four bytes are a token here, as in the usage.
        let room = self.max_completion_tokens.or(self.max_tokens).unwrap_or(u64::MAX);
        let room = usize::try_from(room.saturating_mul(4)).unwrap_or(usize::MAX);
        let is_cut = written.is_cut || content.len() > room;
        if content.len() > room {
            let end = (0..=room).rev().find(|at| content.is_char_boundary(*at)).unwrap_or(0);
            content.truncate(end);
        }
        let mut choice = json!({
            "index": index,
            "finish_reason": if is_cut { "length" } else { "stop" },
            "logprobs": null,
            "message": { "role": "assistant", "content": content, "refusal": null },
        });
        if written.is_odd {
            choice["message"]["reasoning_content"] = json!("Let me think about the posts.");
            choice["stop_reason"] = json!(42);
        }
        choice
    }
}

fn plain(content: &str) -> String {
    let Ok(body) = serde_json::from_str::<Value>(content) else { return content.to_owned() };
    let posts = body["posts"].as_array().map_or(&[][..], Vec::as_slice);
    posts.iter().filter_map(|post| post["text"].as_str()).collect::<Vec<_>>().join("\n")
}

fn completion(world: &World, model: &str, choices: &[Value], usage: Option<(u64, u64)>) -> Value {
    let mut body = json!({
        "id": format!("chatcmpl-{}", world.flake.next(world.now())),
        "object": "chat.completion",
        "created": world.now().as_second(),
        "model": model,
        "choices": choices,
    });
    match usage {
        Some((prompt, completion)) => {
            body["usage"] = json!({
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
                "prompt_tokens_details": { "cached_tokens": 0 },
                "completion_tokens_details": { "reasoning_tokens": 0 },
            });
        }
        None => body["x_backend"] = json!({ "gpu": 3, "notes": ["unknown", null] }),
    }
    body
}

fn bad_request(message: &str) -> Response {
    error(400, message, "invalid_request_error", &Value::Null)
}

fn failed(failure: &Failure) -> Response {
    let mut response = error(failure.status, failure.message, failure.kind, &json!(failure.code));
    if let Some(secs) = failure.retry_after_secs {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    response
}

fn error(status: u16, message: &str, kind: &str, code: &Value) -> Response {
    answer::json(status, &error_body(message, kind, code))
}

fn error_body(message: &str, kind: &str, code: &Value) -> Value {
    json!({ "error": { "message": message, "type": kind, "param": null, "code": code } })
}

/// One request of a batch: the status and the body of its answer, and its tokens where it was done.
pub(super) fn in_bulk(world: &World, body: &[u8]) -> Line {
    let request = match read(body) {
        Ok(request) => request,
        Err(message) => {
            return (400, error_body(&message, "invalid_request_error", &Value::Null), None);
        }
    };
    let ask = Ask::read(&request.words_of(&["system", "developer"]), &request.words_of(&["user"]));
    match world.write(&ask).outcome {
        ModelOutcome::Written(written) => {
            let usage = (written.prompt_tokens, written.completion_tokens);
            let choices = [request.choice(0, &written)];
            (200, completion(world, &request.model, &choices, Some(usage)), Some(usage))
        }
        ModelOutcome::Declined(why) => {
            let message = json!({ "role": "assistant", "content": null, "refusal": why });
            let choices = [json!({ "index": 0, "finish_reason": "stop", "message": message })];
            let usage = (ask.prompt_tokens, 0);
            (200, completion(world, &request.model, &choices, Some(usage)), Some(usage))
        }
        ModelOutcome::Failed(failure) => {
            let body = error_body(failure.message, failure.kind, &json!(failure.code));
            (failure.status, body, None)
        }
        ModelOutcome::Closed => {
            (500, error_body("The server had an error.", "server_error", &Value::Null), None)
        }
    }
}
