//! `/_sandbox/…`: behind the scenes. What X really took, and switches for everything that can go
//! wrong; for tests in another process and for people with curl.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::model::{Secret, XPostId};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::json as respond;
use crate::account::{Keys, Registration};
use crate::{Accepted, DuplicateFilter, FaultOrder, FaultRates, Lag, StoredPost, Weather, World};

/// Posts that one look at an account shows.
const POSTS_SHOWN_MAX: usize = 200;

type Shared = State<Arc<World>>;

pub(super) async fn summary(State(world): Shared) -> Response {
    let knobs = world.knobs();
    respond(
        200,
        &json!({
            "accounts": world.list_accounts().len(),
            "accepted": world.truth_total(),
            "late_waiting": world.late_waiting(),
            "truth_write_failures": world.truth_write_failures(),
            "waiting_faults": world.waiting_faults(),
            "duplicate_filter": knobs.duplicate_filter,
            "lag": { "least_secs": knobs.lag.least.as_secs(), "most_secs": knobs.lag.most.as_secs() },
            "date_skew_secs": knobs.date_skew.as_secs(),
        }),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TruthQuery {
    account: Option<String>,
}

/// JSON Lines, oldest first.
pub(super) async fn truth(State(world): Shared, Query(query): Query<TruthQuery>) -> Response {
    let mut lines = String::new();
    for entry in of_account(world.truth(), query.account.as_deref()) {
        lines.push_str(&json!(entry).to_string());
        lines.push('\n');
    }
    let mut response = Response::new(Body::from(lines));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jsonl"));
    headers.insert("x-truth-total", HeaderValue::from(world.truth_total()));
    response
}

/// The oracle in one look: how much X took, and what it took twice.
pub(super) async fn counts(State(world): Shared, Query(query): Query<TruthQuery>) -> Response {
    let mut by_account: BTreeMap<String, u64> = BTreeMap::new();
    let mut by_text: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut hidden: BTreeMap<String, u64> = BTreeMap::new();
    for entry in of_account(world.truth(), query.account.as_deref()) {
        *by_account.entry(entry.account.clone()).or_default() += 1;
        *by_text.entry((entry.account, entry.text)).or_default() += 1;
        if let Some(fault) = entry.hidden_by {
            *hidden.entry(fault).or_default() += 1;
        }
    }
    let twice: Vec<Value> = by_text
        .into_iter()
        .filter(|(_, times)| *times > 1)
        .map(|((account, text), times)| json!({ "account": account, "text": text, "times": times }))
        .collect();
    let accepted: u64 = by_account.values().sum();
    respond(
        200,
        &json!({
            "accepted": accepted, "by_account": by_account, "hidden_by": hidden, "twice": twice,
        }),
    )
}

fn of_account(truth: Vec<Accepted>, account: Option<&str>) -> impl Iterator<Item = Accepted> {
    truth.into_iter().filter(move |entry| account.is_none_or(|name| entry.account == name))
}

pub(super) async fn faults(State(world): Shared) -> Response {
    respond(200, &json!({ "waiting": world.waiting_faults(), "rates": world.rates() }))
}

/// One order or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Orders {
    Several(Vec<FaultOrder>),
    One(FaultOrder),
}

pub(super) async fn order_faults(State(world): Shared, Json(orders): Json<Orders>) -> StatusCode {
    match orders {
        Orders::One(order) => world.order(order),
        Orders::Several(orders) => orders.into_iter().for_each(|order| world.order(order)),
    }
    StatusCode::NO_CONTENT
}

pub(super) async fn clear_faults(State(world): Shared) -> StatusCode {
    world.clear_faults();
    StatusCode::NO_CONTENT
}

/// Rates one by one, or the name of a weather.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Rates {
    Named { weather: Weather },
    Listed(FaultRates),
}

pub(super) async fn set_rates(State(world): Shared, Json(rates): Json<Rates>) -> StatusCode {
    world.set_rates(match rates {
        Rates::Named { weather } => weather.rates(),
        Rates::Listed(rates) => rates,
    });
    StatusCode::NO_CONTENT
}

pub(super) async fn set_duplicate_filter(
    State(world): Shared,
    Json(filter): Json<DuplicateFilter>,
) -> StatusCode {
    world.set_duplicate_filter(filter);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LagWish {
    least_secs: u32,
    most_secs: u32,
}

pub(super) async fn set_lag(State(world): Shared, Json(wish): Json<LagWish>) -> StatusCode {
    world.set_lag(Lag {
        least: SignedDuration::from_secs(i64::from(wish.least_secs)),
        most: SignedDuration::from_secs(i64::from(wish.most_secs)),
    });
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SkewWish {
    secs: i32,
}

pub(super) async fn set_date_skew(State(world): Shared, Json(wish): Json<SkewWish>) -> StatusCode {
    world.set_date_skew(SignedDuration::from_secs(i64::from(wish.secs)));
    StatusCode::NO_CONTENT
}

pub(super) async fn accounts(State(world): Shared) -> Response {
    world.settle_late();
    let accounts: Vec<Value> = world
        .list_accounts()
        .iter()
        .map(|account| {
            let state = account.state();
            json!({
                "id": account.id(),
                "username": account.username(),
                "posts": state.timeline.posts().count(),
                "visible": state.timeline.visible_count(world.now()),
                "is_revoked": state.is_revoked,
                "is_signed": account.keys.is_some(),
            })
        })
        .collect();
    respond(200, &json!(accounts))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountWish {
    username: String,
    keys: Option<KeysWish>,
    user_bearer: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeysWish {
    consumer_key: String,
    consumer_secret: String,
    token: String,
    token_secret: String,
}

pub(super) async fn register(State(world): Shared, Json(wish): Json<AccountWish>) -> Response {
    let keys = wish.keys.map(|keys| Keys {
        consumer_key: keys.consumer_key,
        consumer_secret: Secret::new(keys.consumer_secret),
        token: keys.token,
        token_secret: Secret::new(keys.token_secret),
    });
    let registration =
        Registration { username: wish.username, keys, user_bearer: wish.user_bearer };
    match world.register(registration) {
        Some(account) => {
            respond(201, &json!({ "id": account.id(), "username": account.username() }))
        }
        None => respond(507, &json!({ "error": "The sandbox holds no more accounts." })),
    }
}

/// What X really has, newest first, also what the timeline does not show yet.
pub(super) async fn posts(State(world): Shared, Path(username): Path<String>) -> Response {
    let now = world.settle_late();
    let show = |post: &StoredPost| {
        json!({
            "id": post.id,
            "at": post.at.to_string(),
            "sent_text": post.sent_text,
            "text": post.text,
            "is_visible": post.visible_at <= now,
        })
    };
    let posts = world.posts(&username, POSTS_SHOWN_MAX);
    let shown: Vec<Value> = posts.iter().rev().map(show).collect();
    respond(200, &json!(shown))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HandWish {
    text: String,
}

pub(super) async fn post_by_hand(
    State(world): Shared,
    Path(username): Path<String>,
    Json(wish): Json<HandWish>,
) -> Response {
    match world.post_by_hand(&username, &wish.text) {
        Some(id) => respond(201, &json!({ "id": id })),
        None => respond(404, &json!({ "error": "The sandbox has no such account." })),
    }
}

pub(super) async fn remove_post(
    State(world): Shared,
    Path((username, id)): Path<(String, String)>,
) -> StatusCode {
    let was_there =
        XPostId::try_from(id.as_str()).is_ok_and(|id| world.remove_post(&username, &id));
    if was_there { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokedWish {
    is_revoked: bool,
}

pub(super) async fn set_revoked(
    State(world): Shared,
    Path(username): Path<String>,
    Json(wish): Json<RevokedWish>,
) -> StatusCode {
    let Some(account) = world.accounts().named(&username).cloned() else {
        return StatusCode::NOT_FOUND;
    };
    world.set_revoked(&account, wish.is_revoked);
    StatusCode::NO_CONTENT
}
