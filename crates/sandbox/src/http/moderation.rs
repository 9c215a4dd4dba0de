//! `POST /v1/moderations`, as OpenAI's endpoint answers it, and the switches behind it.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{answer, broken, pace};
use crate::World;
use crate::faults::ModerationFault;
use crate::moderation::{CATEGORIES, Judgement};

/// Texts of one question; OpenAI's endpoint takes more than a client should send.
const TEXTS_MAX: usize = 32;

#[derive(Deserialize)]
struct Question {
    #[serde(default)]
    model: Option<String>,
    input: Input,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    One(String),
    Several(Vec<String>),
}

pub(super) async fn moderate(State(world): State<Arc<World>>, body: Bytes) -> Response {
    pace::wait(world.latency()).await;
    let question: Question = match serde_json::from_slice(&body) {
        Ok(question) => question,
        Err(fault) => return error(400, &format!("Invalid request: {fault}")),
    };
    let texts: Vec<&str> = match &question.input {
        Input::One(text) => vec![text.as_str()],
        Input::Several(texts) => texts.iter().map(String::as_str).collect(),
    };
    if texts.is_empty() || texts.len() > TEXTS_MAX {
        return error(400, &format!("'input' must hold 1 to {TEXTS_MAX} texts"));
    }
    let (judgement, slowness) = world.judge(&texts);
    pace::wait(slowness).await;
    let model = question.model.as_deref().unwrap_or("omni-moderation-latest");
    match judgement {
        Judgement::Opinions(opinions) => opined(&world, model, &opinions),
        Judgement::Fault(fault) => failed(&world, model, fault, texts.len()),
    }
}

fn opined(world: &World, model: &str, opinions: &[BTreeSet<String>]) -> Response {
    let results: Vec<Value> = opinions.iter().map(result).collect();
    let id = format!("modr-{}", world.flake.next(world.now()));
    answer::json(200, &json!({ "id": id, "model": model, "results": results }))
}

fn result(hit: &BTreeSet<String>) -> Value {
    let names = CATEGORIES.into_iter().chain(hit.iter().map(String::as_str));
    let mut categories = Map::new();
    let mut scores = Map::new();
    for name in names {
        categories.insert(name.to_owned(), json!(hit.contains(name)));
        scores.insert(name.to_owned(), json!(if hit.contains(name) { 0.97 } else { 0.01 }));
    }
    json!({ "flagged": !hit.is_empty(), "categories": categories, "category_scores": scores })
}

fn failed(world: &World, model: &str, fault: ModerationFault, texts: usize) -> Response {
    match fault {
        ModerationFault::Close => broken::closed(),
        ModerationFault::Missing => error(404, "Invalid URL (POST /v1/moderations)"),
        ModerationFault::Unauthorized => error(401, "Incorrect API key provided."),
        ModerationFault::Status { status } => error(status, "The server had an error."),
        ModerationFault::RateLimited { after_secs } => {
            let mut response = error(429, "Rate limit reached.");
            if let Some(secs) = after_secs {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
            }
            response
        }
        ModerationFault::Garbage => answer::json(200, &json!({ "ok": true, "score": [0, "?"] })),
        ModerationFault::Miscounted => {
            let fewer = vec![BTreeSet::new(); texts.saturating_sub(1)];
            opined(world, model, &fewer)
        }
        // It is in the time that the answer took.
        ModerationFault::Slow { .. } => error(500, "The server had an error."),
    }
}

fn error(status: u16, message: &str) -> Response {
    let error = json!({
        "message": message, "type": "invalid_request_error", "param": null, "code": null,
    });
    answer::json(status, &json!({ "error": error }))
}

/// One word and what it stands for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flag {
    word: String,
    category: String,
}

pub(super) async fn flag(State(world): State<Arc<World>>, Json(flag): Json<Flag>) -> StatusCode {
    world.flag(&flag.word, &flag.category);
    StatusCode::NO_CONTENT
}

pub(super) async fn clear_flags(State(world): State<Arc<World>>) -> StatusCode {
    world.clear_flags();
    StatusCode::NO_CONTENT
}

/// The texts that the endpoint was shown, oldest first.
pub(super) async fn shown(State(world): State<Arc<World>>) -> Response {
    let shown = json!({ "questions": world.moderation_questions(), "texts": world.moderated() });
    answer::json(200, &shown)
}
