//! `POST /2/tweets` and `DELETE /2/tweets/:id`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use domain::model::XPostId;
use serde_json::{Map, Value, json};

use super::answer;
use super::caller::{Request, authenticate};
use crate::reply::WireAnswer;
use crate::send::Draft;
use crate::{World, problem};

/// Every field that X takes; any other is refused, which is why no idempotency key can ride along.
const FIELDS: [&str; 16] = [
    "card_uri",
    "community_id",
    "direct_message_deep_link",
    "edit_options",
    "for_super_followers_only",
    "geo",
    "made_with_ai",
    "media",
    "nullcast",
    "paid_partnership",
    "poll",
    "quote_tweet_id",
    "reply",
    "reply_settings",
    "share_with_followers",
    "text",
];

pub(super) async fn create(
    State(world): State<Arc<World>>,
    method: Method,
    uri: OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Request { method: &method, uri: &uri, headers: &headers };
    let account = match authenticate(&world, &request) {
        Ok(account) => account,
        Err(refusal) => return answer::refused(&world, refusal).await,
    };
    match draft(&headers, &body) {
        Ok(draft) => {
            let reply = world.send(&account, &draft);
            answer::sent(&world, reply).await
        }
        Err(refusal) => answer::refused(&world, refusal).await,
    }
}

pub(super) async fn delete(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    method: Method,
    uri: OriginalUri,
    headers: HeaderMap,
) -> Response {
    let request = Request { method: &method, uri: &uri, headers: &headers };
    let account = match authenticate(&world, &request) {
        Ok(account) => account,
        Err(refusal) => return answer::refused(&world, refusal).await,
    };
    let Ok(post) = XPostId::try_from(id.as_str()) else {
        let message = format!("The `id` query parameter value [{id}] is not valid");
        return answer::refused(&world, problem::invalid_request(&message, "id", &id)).await;
    };
    let reply = world.delete(&account, &post);
    answer::read(&world, reply, |was_there| {
        if was_there {
            WireAnswer::json(200, &json!({ "data": { "deleted": true } }))
        } else {
            problem::not_found("id", &id)
        }
    })
    .await
}

/// The body as a draft, or X's refusal of it.
fn draft(headers: &HeaderMap, body: &[u8]) -> Result<Draft, WireAnswer> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !media.is_some_and(|media| media.trim_start().starts_with("application/json")) {
        return Err(problem::invalid_request(
            "Content-Type must be application/json.",
            "content-type",
            media.unwrap_or_default(),
        ));
    }
    let fields: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|error| problem::invalid_request(&format!("Invalid JSON: {error}"), "body", ""))?;
    if let Some((name, value)) = fields.iter().find(|field| !FIELDS.contains(&field.0.as_str())) {
        return Err(problem::unknown_field(name, &value.to_string()));
    }
    if fields.contains_key("quote_tweet_id") {
        return Err(problem::quote_not_allowed());
    }
    let wrong = |name: &str, value: &Value| {
        problem::invalid_request(&format!("$.{name}: has the wrong type"), name, &value.to_string())
    };
    let mut draft = Draft::default();
    if let Some(text) = fields.get("text") {
        text.as_str().ok_or_else(|| wrong("text", text))?.clone_into(&mut draft.text);
    }
    if let Some(label) = fields.get("made_with_ai") {
        draft.made_with_ai = label.as_bool().ok_or_else(|| wrong("made_with_ai", label))?;
    }
    if let Some(reply) = fields.get("reply") {
        let parent = reply["in_reply_to_tweet_id"].as_str();
        let parent = parent.and_then(|id| XPostId::try_from(id).ok());
        draft.in_reply_to = Some(parent.ok_or_else(|| wrong("reply", reply))?);
    }
    if let Some(media) = fields.get("media") {
        let ids: Option<Vec<String>> = media["media_ids"]
            .as_array()
            .filter(|ids| (1..=4).contains(&ids.len()))
            .and_then(|ids| ids.iter().map(|id| id.as_str().map(str::to_owned)).collect());
        draft.media_ids = ids.ok_or_else(|| wrong("media", media))?;
    }
    Ok(draft)
}
