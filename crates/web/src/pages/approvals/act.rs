//! What a person says of a post: yes, no, other words. Each act is bound to the bytes that the page
//! showed, so whoever comes second hears that the post is another one now.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use domain::model::{BotId, PostId};
use serde::Deserialize;

use super::one::again;
use crate::access::Caller;
use crate::component::{PostCard, Verdicts};
use crate::desk::{self, MANY_MAX, Seen, Words};
use crate::judge::try_out;
use crate::pages::done::{Deed, Done};
use crate::pages::forms::{fields, page, see_other};
use crate::problem::Problem;
use crate::state::Shared;

/// A yes, and to what.
#[derive(Deserialize)]
pub(super) struct Yes {
    bytes: String,
    policy: String,
    next: Option<i64>,
}

/// A no.
#[derive(Deserialize)]
pub(super) struct No {
    bytes: String,
    #[serde(default)]
    reason: String,
    next: Option<i64>,
}

/// Other words.
#[derive(Deserialize)]
pub(super) struct Typed {
    bytes: String,
    text: String,
    /// Present where the act is a yes to them as well.
    approve: Option<String>,
    next: Option<i64>,
    /// The page that it was typed on, where that is another one of ours.
    back: Option<String>,
}

/// Words that are only tried.
#[derive(Deserialize)]
pub(super) struct Trial {
    text: String,
}

/// Says yes.
pub(super) async fn approve(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
    yes: Result<Form<Yes>, FormRejection>,
) -> Result<Response, Problem> {
    let (yes, id) = (fields(yes)?, PostId(id));
    let seen = Seen { post: id, bytes: &yes.bytes, policy: Some(&yes.policy) };
    match desk::approve(&shared, &caller, &seen).await? {
        Ok(()) => Ok(onwards(&shared, (id, yes.next), Deed::Approved).await?),
        Err(no) => again(&shared, &caller, id, no.said, None).await,
    }
}

/// Says yes to several, each bound to its bytes; what changed meanwhile stays, and is counted.
pub(super) async fn approve_many(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    ticked: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Result<Response, Problem> {
    let ticked = fields(ticked)?;
    let named = ticked.iter().filter(|(name, _)| name == "post").map(|(_, value)| value);
    let posts: Option<Vec<Seen<'_>>> = named
        .map(|name| {
            let (id, bytes) = name.split_once('@')?;
            Some(Seen { post: PostId(id.parse().ok()?), bytes, policy: None })
        })
        .collect();
    let posts = posts.filter(|posts| posts.len() <= MANY_MAX).ok_or_else(Problem::unreadable)?;
    let (mut done, mut stayed) = (0, 0);
    for seen in &posts {
        match desk::approve(&shared, &caller, seen).await? {
            Ok(()) => done += 1,
            Err(_) => stayed += 1,
        }
    }
    let done = Done::of(Deed::ApprovedMany, done).but(stayed);
    Ok(see_other(&done.on("/approvals/all", &[])))
}

/// Says no, for a reason that the bot's next prompt is told.
pub(super) async fn reject(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
    no: Result<Form<No>, FormRejection>,
) -> Result<Response, Problem> {
    let (no, id) = (fields(no)?, PostId(id));
    let seen = Seen { post: id, bytes: &no.bytes, policy: None };
    match desk::reject(&shared, &caller, &seen, &no.reason).await? {
        Ok(()) => onwards(&shared, (id, no.next), Deed::Rejected).await,
        Err(no) if no.code == "no_such_post" => Err(Problem::not_found()),
        Err(no) => again(&shared, &caller, id, no.said, None).await,
    }
}

/// Gives a post other words, which review judges anew.
pub(super) async fn edit(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
    words: Result<Form<Typed>, FormRejection>,
) -> Result<Response, Problem> {
    let (typed, id) = (fields(words)?, PostId(id));
    let wants_yes = typed.approve.is_some();
    let seen = Seen { post: id, bytes: &typed.bytes, policy: None };
    let words = Words { text: typed.text.clone(), is_approved: wants_yes };
    match desk::edit(&shared, &caller, &seen, words).await? {
        Ok(()) if wants_yes => onwards(&shared, (id, typed.next), Deed::Mended).await,
        Ok(()) => Ok(saved(id, typed.back.as_deref())),
        Err(no) if no.code == "no_such_post" => Err(Problem::not_found()),
        Err(no) => again(&shared, &caller, id, no.said, Some(typed.text)).await,
    }
}

/// Where new words were typed, with a word about them.
fn saved(id: PostId, back: Option<&str>) -> Response {
    let done = Done::of(Deed::Saved, id.0);
    let queue = back.and_then(|back| back.strip_prefix("/queue?bot="));
    match queue.and_then(|bot| BotId::try_from(bot).ok()) {
        Some(bot) => see_other(&done.on("/queue", &[("bot", bot.as_str())])),
        None => see_other(&done.on("/approvals", &[("post", &id.0.to_string())])),
    }
}

/// What review would say of these words: a part of the page, while one types.
pub(super) async fn try_text(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<i64>,
    trial: Result<Form<Trial>, FormRejection>,
) -> Result<Response, Problem> {
    let (trial, id) = (fields(trial)?, PostId(id));
    let Some(reviewed) = shared.store.find_reviewed(id).await? else {
        return Err(Problem::not_found());
    };
    let text = trial.text.replace("\r\n", "\n");
    let verdict = try_out(&shared, Some(id), &text, &reviewed.policy).await?;
    let preview = PostCard::of(&reviewed.post.bot, &verdict.text, reviewed.policy.max_length);
    Ok(page(&Verdicts::of_trial(&verdict, preview)))
}

/// The one that the page would have shown next, if it still waits, with a word about the one before.
async fn onwards(
    shared: &Shared,
    (id, next): (PostId, Option<i64>),
    deed: Deed,
) -> Result<Response, Problem> {
    let drafts = shared.store.list_drafts(None, super::one::WAITING_MAX).await?;
    let waits = |post: &i64| drafts.iter().any(|draft| draft.post.id.0 == *post && *post != id.0);
    let first = || drafts.iter().find(|draft| draft.post.id != id).map(|draft| draft.post.id.0);
    let next = next.filter(waits).or_else(first);
    let next = next.map(|next| next.to_string());
    let more: Vec<(&str, &str)> = next.as_deref().map(|next| ("post", next)).into_iter().collect();
    Ok(see_other(&Done::of(deed, id.0).on("/approvals", &more)))
}
