//! `POST /posts/bulk`: one act for several posts. Each is judged by itself, so one that changed meanwhile
//! holds up no other.

use axum::Json;
use domain::model::PostId;
use domain::model::access::Right;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::bounded;
use crate::api::v1::ask::{Ask, Sent};
use crate::api::v1::operation::Operation;
use crate::api::v1::table::Api;
use crate::desk::{self, MANY_MAX, No, REASON_CHARS_MAX, Seen};
use crate::problem::Problem;

/// One act for several posts.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = BulkAct)]
enum Many {
    /// Yes to each.
    Approve {
        /// To which, and to which bytes.
        #[schema(min_items = 1, max_items = 200)]
        posts: Vec<Which>,
    },
    /// No to each.
    Reject {
        /// To which, and to which bytes.
        #[schema(min_items = 1, max_items = 200)]
        posts: Vec<Which>,
        /// Why; the next prompts of their bots are told.
        #[schema(min_length = 1, max_length = 500)]
        reason: String,
    },
    /// Each out of its queue, for good; needs the right `draft`.
    Remove {
        /// Which.
        #[schema(min_items = 1, max_items = 200)]
        posts: Vec<Which>,
    },
}

/// A post, and what was seen of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SeenPost)]
struct Which {
    /// The post's number.
    #[schema(minimum = 1)]
    id: i64,
    /// Its `payload_hash`.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    payload_hash: String,
}

/// What became of the act.
#[derive(Serialize, ToSchema)]
#[schema(as = BulkOutcome)]
struct Outcome {
    /// How many it was done to.
    done: u32,
    /// One for each post, in the order in which they were named.
    items: Vec<ItemOutcome>,
}

/// What became of it for one post.
#[derive(Serialize, ToSchema)]
#[schema(as = BulkItem)]
struct ItemOutcome {
    id: i64,
    is_done: bool,
    /// Why not, as a word.
    #[schema(required)]
    code: Option<&'static str>,
    /// The same as a sentence, with the way out.
    #[schema(required)]
    detail: Option<String>,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Approve,
        Operation::post("/posts/bulk", "act_on_posts", "Approve, reject or remove several posts")
            .tells(
                "Each is bound to the bytes that were seen. What could not be done is told for each post; \
                 the others are done all the same, so sending it again does no harm.",
            )
            .takes::<Many>()
            .answers::<Outcome>(),
        many,
    )
}

async fn many(ask: Ask, Sent { value: many, .. }: Sent<Many>) -> Result<Json<Outcome>, Problem> {
    let (Many::Approve { posts } | Many::Reject { posts, .. } | Many::Remove { posts }) = &many;
    if !(1..=MANY_MAX).contains(&posts.len()) {
        let detail = format!("`posts` names 1 to {MANY_MAX} posts.");
        return Err(Problem::unprocessable(detail));
    }
    if !posts.iter().all(|which| which.id > 0 && is_hash(&which.payload_hash)) {
        let detail =
            "`id` is a post's number, and `payload_hash` 64 hex digits, as the post has them.";
        return Err(Problem::unprocessable(detail));
    }
    match &many {
        Many::Reject { reason, .. } => bounded("reason", reason.trim(), REASON_CHARS_MAX)?,
        Many::Remove { .. } => ask.caller.demand(Right::Draft)?,
        Many::Approve { .. } => {}
    }
    let mut items = Vec::with_capacity(posts.len());
    for which in posts {
        items.push(ItemOutcome::of(which.id, act(&ask, &many, which).await?));
    }
    let done = items.iter().filter(|item| item.is_done).count();
    Ok(Json(Outcome { done: u32::try_from(done).unwrap_or(u32::MAX), items }))
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

async fn act(ask: &Ask, many: &Many, which: &Which) -> Result<Result<(), No>, Problem> {
    let (shared, caller, id) = (&ask.shared, &ask.caller, PostId(which.id));
    let seen = Seen { post: id, bytes: &which.payload_hash, policy: None };
    match many {
        Many::Approve { .. } => desk::approve(shared, caller, &seen).await,
        Many::Reject { reason, .. } => desk::reject(shared, caller, &seen, reason).await,
        Many::Remove { .. } => match desk::unchanged(shared, &seen).await? {
            Ok(()) => desk::remove(shared, caller, id).await,
            Err(no) => Ok(Err(no)),
        },
    }
}

impl ItemOutcome {
    fn of(id: i64, outcome: Result<(), No>) -> Self {
        match outcome {
            Ok(()) => Self { id, is_done: true, code: None, detail: None },
            Err(no) => Self { id, is_done: false, code: Some(no.code), detail: Some(no.said) },
        }
    }
}
