//! What is done with one post. Each act says what was seen, in `If-Match`.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::model::PostId;
use domain::model::access::Right;
use serde::Deserialize;
use utoipa::ToSchema;

use super::one::{Details, find, show, tag};
use super::{OfPost, TEXT_CHARS_MAX, bounded};
use crate::api::v1::ask::{Ask, Named, Sent};
use crate::api::v1::operation::Operation;
use crate::api::v1::table::Api;
use crate::desk::{self, No, REASON_CHARS_MAX, Seen, Words};
use crate::problem::Problem;

/// Other words.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PostEdit)]
struct Typed {
    /// The new words.
    #[schema(min_length = 1, max_length = 10_000)]
    text: String,
    /// The act is a yes to them as well; needs the right `approve`.
    #[serde(default)]
    approve: bool,
}

/// A no.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Rejection)]
struct Refused {
    /// Why; the bot's next prompt is told.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

pub(super) fn operations(api: Api) -> Api {
    let act = |operation: Operation| {
        operation
            .of::<OfPost>()
            .matches()
            .refuses(StatusCode::NOT_FOUND, "no_such_post")
            .refuses(StatusCode::CONFLICT, "too_late")
            .refuses(StatusCode::CONFLICT, "in_doubt")
    };
    let told = |operation: Operation| act(operation).tagged().answers::<Details>();
    api.may(
        Right::Draft,
        told(Operation::patch("/posts/{post}", "edit_post", "Give a post other words"))
            .tells("Review judges them anew. A yes to the old words is none to the new ones.")
            .takes::<Typed>()
            .refuses(StatusCode::CONFLICT, "blocked_by_review")
            .refuses(StatusCode::CONFLICT, "duplicate"),
        edit,
    )
    .may(
        Right::Approve,
        told(Operation::post("/posts/{post}/approve", "approve_post", "Say yes to a post"))
            .tells(
                "To exactly the bytes and the policy that were seen; a draft goes into its queue.",
            )
            .refuses(StatusCode::CONFLICT, "blocked_by_review"),
        approve,
    )
    .may(
        Right::Approve,
        told(Operation::post("/posts/{post}/reject", "reject_post", "Say no to a post"))
            .takes::<Refused>(),
        reject,
    )
    .may(
        Right::Draft,
        act(Operation::delete("/posts/{post}", "remove_post", "Take a post out of its queue"))
            .tells("For good: its text stays known, so that it never comes back.")
            .refuses(StatusCode::CONFLICT, "held"),
        remove,
    )
}

async fn edit(
    ask: Ask,
    Named(of): Named<OfPost>,
    headers: HeaderMap,
    Sent { value: typed, .. }: Sent<Typed>,
) -> Result<Response, Problem> {
    bounded("text", &typed.text, TEXT_CHARS_MAX)?;
    let id = PostId(of.post);
    let bytes = seen(&ask, id, &headers).await?.0;
    let seen = Seen { post: id, bytes: &bytes, policy: None };
    let words = Words { text: typed.text, is_approved: typed.approve };
    desk::edit(&ask.shared, &ask.caller, &seen, words).await?.map_err(No::problem)?;
    show(&ask, id).await
}

async fn approve(
    ask: Ask,
    Named(of): Named<OfPost>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = PostId(of.post);
    let (bytes, policy) = seen(&ask, id, &headers).await?;
    let seen = Seen { post: id, bytes: &bytes, policy: Some(&policy) };
    desk::approve(&ask.shared, &ask.caller, &seen).await?.map_err(No::problem)?;
    show(&ask, id).await
}

async fn reject(
    ask: Ask,
    Named(of): Named<OfPost>,
    headers: HeaderMap,
    Sent { value: refused, .. }: Sent<Refused>,
) -> Result<Response, Problem> {
    bounded("reason", refused.reason.trim(), REASON_CHARS_MAX)?;
    let id = PostId(of.post);
    let bytes = seen(&ask, id, &headers).await?.0;
    let seen = Seen { post: id, bytes: &bytes, policy: None };
    let said = desk::reject(&ask.shared, &ask.caller, &seen, &refused.reason).await?;
    said.map_err(No::problem)?;
    show(&ask, id).await
}

async fn remove(
    ask: Ask,
    Named(of): Named<OfPost>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = PostId(of.post);
    seen(&ask, id, &headers).await?;
    desk::remove(&ask.shared, &ask.caller, id).await?.map_err(No::problem)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The hashes of the bytes and of the policy that the caller saw, if they are those of now.
async fn seen(ask: &Ask, id: PostId, headers: &HeaderMap) -> Result<(String, String), Problem> {
    let dossier = find(ask, id).await?;
    tag(&dossier).demand(headers)?;
    let policy = dossier.reviewed.policy_hash.as_str().to_owned();
    Ok((dossier.bytes().as_str().to_owned(), policy))
}
