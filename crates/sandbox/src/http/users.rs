//! `GET /2/users/me` and `GET /2/users/:id/tweets`.

mod fields;
mod page;

use std::sync::Arc;

use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use domain::model::XUserId;
use serde_json::{Value, json};

use super::answer;
use super::caller::{Request, authenticate};
use super::query::pairs;
use crate::read::{SeenMe, SeenPage};
use crate::reply::WireAnswer;
use crate::{Vocabulary, World, problem};
use fields::Fields;

pub(super) async fn me(
    State(world): State<Arc<World>>,
    method: Method,
    uri: OriginalUri,
    headers: HeaderMap,
) -> Response {
    let request = Request { method: &method, uri: &uri, headers: &headers };
    let account = match authenticate(&world, &request) {
        Ok(account) => account,
        Err(refusal) => return answer::refused(&world, refusal).await,
    };
    let wanted = match fields::of_user(&pairs(uri.query())) {
        Ok(wanted) => wanted,
        Err(refusal) => return answer::refused(&world, refusal).await,
    };
    let reply = world.me(&account);
    answer::read(&world, reply, |seen| user(&seen, &wanted, world.vocabularies.me)).await
}

pub(super) async fn timeline(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    method: Method,
    uri: OriginalUri,
    headers: HeaderMap,
) -> Response {
    let request = Request { method: &method, uri: &uri, headers: &headers };
    let reader = match authenticate(&world, &request) {
        Ok(account) => account,
        Err(refusal) => return answer::refused(&world, refusal).await,
    };
    let Ok(user) = XUserId::try_from(id.as_str()) else {
        let message = format!("The `id` query parameter value [{id}] is not valid");
        return answer::refused(&world, problem::invalid_request(&message, "id", &id)).await;
    };
    let asked = match page::asked(&pairs(uri.query()), world.vocabularies) {
        Ok(asked) => asked,
        Err(refusal) => return answer::refused(&world, refusal).await,
    };
    let owner = world.accounts().with_id(&user).cloned();
    let Some(owner) = owner else {
        return answer::refused(&world, no_such_user(&id)).await;
    };
    let reply = world.timeline(&reader, &owner, &asked.range);
    answer::read(&world, reply, |seen| {
        let SeenPage { page, has_errors, is_broken } = seen;
        let body = page::render(&page, &owner, &asked.fields, world.vocabularies.timeline);
        finish(&if has_errors { with_errors(body) } else { body }, is_broken)
    })
    .await
}

fn user(seen: &SeenMe, wanted: &Fields, vocabulary: Vocabulary) -> WireAnswer {
    let mut data = json!({ "id": seen.id, "name": seen.username, "username": seen.username });
    if wanted.has("public_metrics") {
        data["public_metrics"] = json!({
            "followers_count": 0,
            "following_count": 0,
            "listed_count": 0,
            "like_count": 0,
            "media_count": 0,
            vocabulary.name("tweet_count"): seen.post_count,
        });
    }
    for (field, value) in [
        ("created_at", json!("2026-01-01T00:00:00.000Z")),
        ("description", json!("An account of the sandbox.")),
        ("protected", json!(false)),
        ("verified", json!(false)),
        ("verified_type", json!("none")),
        ("subscription_type", json!("None")),
    ] {
        if wanted.has(field) {
            data[field] = value;
        }
    }
    finish(&json!({ "data": data }), seen.is_broken)
}

fn finish(body: &Value, is_broken: bool) -> WireAnswer {
    let answer = WireAnswer::json(200, body);
    if is_broken { answer.broken() } else { answer }
}

/// X says 200 and puts what it would not show beside what it shows.
fn with_errors(mut body: Value) -> Value {
    body["errors"] = json!([{
        "title": "Authorization Error",
        "detail": "Sorry, you are not authorized to see the Tweet with id: [1].",
        "type": "https://api.twitter.com/2/problems/not-authorized-for-resource",
        "resource_type": "tweet",
        "resource_id": "1",
        "parameter": "id",
        "value": "1",
    }]);
    body
}

/// An unknown user is a 200 without `data`, too.
fn no_such_user(id: &str) -> WireAnswer {
    WireAnswer::json(
        200,
        &json!({ "errors": [{
            "title": "Not Found Error",
            "detail": format!("Could not find user with id: [{id}]."),
            "type": "https://api.twitter.com/2/problems/resource-not-found",
            "resource_type": "user",
            "resource_id": id,
            "parameter": "id",
            "value": id,
        }] }),
    )
}
