//! `GET /posts/{post}`: everything that speaks for and against it.

use axum::http::StatusCode;
use axum::response::Response;
use domain::model::Approval;
use domain::model::PostId;
use domain::model::access::Right;
use domain::ports::store::{Dossier, Writing};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::OfPost;
use super::view::PostView;
use crate::api::v1::ask::{Ask, Named};
use crate::api::v1::operation::Operation;
use crate::api::v1::review::{AlikeView, FindingView};
use crate::api::v1::slots::SlotView;
use crate::api::v1::table::Api;
use crate::api::v1::tag::Tag;
use crate::api::v1::word::{ModeWord, VerdictWord};
use crate::problem::Problem;

/// A post with all that is known of it.
#[derive(Serialize, ToSchema)]
#[schema(as = PostDetails)]
pub(super) struct Details {
    post: PostView,
    /// Who decides whether its bot's posts go out.
    approval_mode: ModeWord,
    /// It needs a person's approval and has none for exactly these bytes.
    is_unapproved: bool,
    /// A rule of review wants a person to look, whatever the mode: why.
    #[schema(required)]
    needs_person_because: Option<String>,
    /// Its weight in X's characters.
    weighted_length: u32,
    /// The most that its bot's posts may weigh.
    max_length: u32,
    /// What review has against it now.
    findings: Vec<FindingView>,
    /// Posts that it is like, the likest first.
    alike: Vec<AlikeView>,
    /// What people said of it, oldest first.
    approvals: Vec<ApprovalView>,
    #[schema(required)]
    slot: Option<SlotView>,
    /// How it was written; none where no generator did.
    #[schema(required)]
    writing: Option<WritingView>,
}

/// What a person said.
#[derive(Serialize, ToSchema)]
#[schema(as = Approval)]
struct ApprovalView {
    verdict: VerdictWord,
    who: String,
    at: Timestamp,
    #[schema(required)]
    reason: Option<String>,
    /// The bytes that it was said of.
    payload_hash: String,
}

/// How a post was written.
#[derive(Serialize, ToSchema)]
#[schema(as = Writing)]
struct WritingView {
    /// Which state of the bot's persona wrote it.
    persona_version: u32,
    /// The side of its topic that it was asked to take.
    #[schema(required)]
    angle: Option<String>,
    /// The form that it was asked to have.
    #[schema(required)]
    format: Option<String>,
    /// What the model was told: the part that is the same for every batch.
    #[schema(required)]
    system_prompt: Option<String>,
    /// And the part of this batch.
    #[schema(required)]
    batch_prompt: Option<String>,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Read,
        Operation::get("/posts/{post}", "get_post", "One post, with all that is known of it")
            .of::<OfPost>()
            .tagged()
            .answers::<Details>()
            .refuses(StatusCode::NOT_FOUND, "no_such_post"),
        one,
    )
}

async fn one(ask: Ask, Named(of): Named<OfPost>) -> Result<Response, Problem> {
    show(&ask, PostId(of.post)).await
}

/// The post as it is now, with its tag.
pub(super) async fn show(ask: &Ask, id: PostId) -> Result<Response, Problem> {
    let dossier = find(ask, id).await?;
    let writing = ask.shared.store.find_writing(id).await?;
    let tag = tag(&dossier);
    Ok(tag.on(Details::of(ask, dossier, writing)))
}

pub(super) async fn find(ask: &Ask, id: PostId) -> Result<Dossier, Problem> {
    let found = Dossier::find(&*ask.shared.store, id, ask.shared.clock.now()).await?;
    found.ok_or_else(no_such_post)
}

pub(in crate::api::v1) fn no_such_post() -> Problem {
    let detail = "No post has this number. GET /api/v1/posts lists them.";
    Problem::new(StatusCode::NOT_FOUND, "no_such_post", detail)
}

/// What an act depends on: the bytes, what may be done with them, and the policy that they were judged by.
pub(super) fn tag(dossier: &Dossier) -> Tag {
    let reviewed = &dossier.reviewed;
    Tag::of(&[
        dossier.bytes().as_str(),
        reviewed.post.state.as_str(),
        reviewed.policy_hash.as_str(),
        if reviewed.is_unapproved { "unapproved" } else { "" },
    ])
}

impl Details {
    fn of(ask: &Ask, dossier: Dossier, writing: Option<Writing>) -> Self {
        let findings = dossier.explained.findings().map(FindingView::of).collect();
        let reviewed = dossier.reviewed;
        Self {
            approval_mode: ModeWord(reviewed.mode),
            is_unapproved: reviewed.is_unapproved,
            needs_person_because: reviewed.because.filter(|_| reviewed.needs_person),
            weighted_length: dossier.explained.weighted_length,
            max_length: reviewed.policy.max_length,
            findings,
            alike: dossier.explained.alike.into_iter().map(AlikeView::of).collect(),
            approvals: reviewed.approvals.into_iter().map(ApprovalView::of).collect(),
            slot: dossier.slot.map(|slot| SlotView::of(slot, ask.is_sandbox())),
            writing: writing.map(WritingView::of),
            post: PostView::of(reviewed.post),
        }
    }
}

impl ApprovalView {
    fn of(approval: Approval) -> Self {
        Self {
            verdict: VerdictWord(approval.verdict),
            who: approval.who,
            at: approval.at,
            reason: approval.reason,
            payload_hash: approval.payload_hash.as_str().to_owned(),
        }
    }
}

impl WritingView {
    fn of(writing: Writing) -> Self {
        let prompt = writing.prompt;
        Self {
            persona_version: writing.persona_version,
            angle: writing.angle,
            format: writing.format,
            system_prompt: prompt.as_ref().map(|prompt| prompt.system.to_string()),
            batch_prompt: prompt.map(|prompt| prompt.batch.to_string()),
        }
    }
}
