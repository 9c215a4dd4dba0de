//! What happened on the way to X: each attempt with its answer, and X's proof.

use axum::Json;
use axum::http::StatusCode;
use domain::model::access::Right;
use domain::model::{PostId, SlotId};
use domain::ports::store::{AttemptLine, AttemptsOf, ReceiptLine};
use domain::rules::classify::in_words;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::ask::{Ask, Named};
use super::operation::Operation;
use super::page::Page;
use super::posts::OfPost;
use super::slots::OfSlot;
use super::table::Api;
use super::word::AttemptStateWord;
use crate::component::x_address;
use crate::problem::Problem;

/// One try to publish.
#[derive(Serialize, ToSchema)]
#[schema(as = Attempt)]
struct AttemptView {
    id: i64,
    slot: i64,
    post: i64,
    /// 1 for the first try of its slot.
    number: u32,
    state: AttemptStateWord,
    /// SHA-256 of the bytes that it carried.
    payload_hash: String,
    /// When the intent was stored: nothing was sent before.
    intent_at: Timestamp,
    /// Since when its socket is known to be closed; none while it is on its way.
    #[schema(required)]
    closed_at: Option<Timestamp>,
    /// What the answer was taken for, as a word.
    #[schema(required)]
    class: Option<String>,
    /// The same as a sentence.
    #[schema(required)]
    explanation: Option<&'static str>,
    /// The HTTP status, where one came.
    #[schema(required)]
    status: Option<u16>,
    /// X's own words, or the fault.
    #[schema(required)]
    detail: Option<String>,
    /// X's transaction id.
    #[schema(required)]
    request_id: Option<String>,
    /// Looks at the timeline that count and did not find it.
    absence_votes: u32,
    /// Looks of any outcome.
    looks: u32,
    /// What counts for it, in millionths of a dollar.
    charged_micro_usd: i64,
}

/// X's proof of a post.
#[derive(Serialize, ToSchema)]
#[schema(as = Receipt)]
struct ReceiptView {
    x_post_id: String,
    posted_at: Timestamp,
    /// Where the post stands; none where a sandbox stands in for X.
    #[schema(required)]
    url: Option<String>,
    /// The answer was lost, and the timeline showed it.
    is_adopted: bool,
    #[schema(required)]
    slot: Option<i64>,
    stored_at: Timestamp,
    /// When X was seen not to show it any more.
    #[schema(required)]
    removed_at: Option<Timestamp>,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Read,
        Operation::get("/slots/{slot}/attempts", "list_slot_attempts", "What was tried for a slot")
            .tells("Oldest first.")
            .of::<OfSlot>()
            .lists::<AttemptView>()
            .refuses(StatusCode::NOT_FOUND, "no_such_slot"),
        of_slot,
    )
    .may(
        Right::Read,
        Operation::get(
            "/posts/{post}/attempts",
            "list_post_attempts",
            "What was tried with a post",
        )
        .tells("Oldest first, in whichever slots.")
        .of::<OfPost>()
        .lists::<AttemptView>()
        .refuses(StatusCode::NOT_FOUND, "no_such_post"),
        of_post,
    )
    .may(
        Right::Read,
        Operation::get("/posts/{post}/receipt", "get_receipt", "X's proof that a post is out")
            .of::<OfPost>()
            .answers::<ReceiptView>()
            .refuses(StatusCode::NOT_FOUND, "no_receipt"),
        receipt,
    )
}

async fn of_slot(ask: Ask, Named(of): Named<OfSlot>) -> Result<Json<Page<AttemptView>>, Problem> {
    let slot = SlotId(of.slot);
    if ask.shared.store.find_slot(slot).await?.is_none() {
        return Err(super::slots::no_such_slot());
    }
    list(&ask, AttemptsOf::Slot(slot)).await
}

async fn of_post(ask: Ask, Named(of): Named<OfPost>) -> Result<Json<Page<AttemptView>>, Problem> {
    let post = PostId(of.post);
    if ask.shared.store.find_post(post).await?.is_none() {
        return Err(super::posts::no_such_post());
    }
    list(&ask, AttemptsOf::Post(post)).await
}

async fn list(ask: &Ask, of: AttemptsOf) -> Result<Json<Page<AttemptView>>, Problem> {
    let attempts = ask.shared.store.list_attempts(of).await?;
    Ok(Json(Page::whole(attempts.into_iter().map(AttemptView::of).collect())))
}

async fn receipt(ask: Ask, Named(of): Named<OfPost>) -> Result<Json<ReceiptView>, Problem> {
    let found = ask.shared.store.find_proof(PostId(of.post)).await?;
    let line = found.ok_or_else(|| {
        let detail = "X has given no proof of such a post. Its slot says how far it is.";
        Problem::new(StatusCode::NOT_FOUND, "no_receipt", detail)
    })?;
    Ok(Json(ReceiptView::of(line, ask.is_sandbox())))
}

impl AttemptView {
    fn of(line: AttemptLine) -> Self {
        Self {
            id: line.id.0,
            slot: line.slot.0,
            post: line.post.0,
            number: line.number,
            state: AttemptStateWord(line.state),
            payload_hash: line.payload_hash.as_str().to_owned(),
            intent_at: line.intent_at,
            closed_at: line.closed_at,
            explanation: line.class.as_deref().map(in_words),
            class: line.class,
            status: line.status,
            detail: line.detail,
            request_id: line.request_id,
            absence_votes: line.absence_votes,
            looks: line.looks,
            charged_micro_usd: line.charged.0,
        }
    }
}

impl ReceiptView {
    fn of(line: ReceiptLine, is_sandbox: bool) -> Self {
        Self {
            url: (!is_sandbox).then(|| x_address(&line.receipt.x_post_id)),
            x_post_id: line.receipt.x_post_id.into(),
            posted_at: line.receipt.posted_at,
            is_adopted: line.receipt.is_adopted,
            slot: line.slot.map(|slot| slot.0),
            stored_at: line.stored_at,
            removed_at: line.removed_at,
        }
    }
}
