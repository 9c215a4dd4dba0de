//! What a person says of a post: yes, no, other words. Each act is bound to the bytes that the page
//! showed, so whoever comes second hears that the post is another one now.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use domain::model::access::Right;
use domain::model::{BotId, PayloadHash, PolicyHash, PostId};
use domain::ports::store::{ApprovalAct, Dossier, Edit, Edited, Rejection, Said};
use domain::rules::approval::because;
use domain::rules::review::{Severity, duplicate_of};
use serde::Deserialize;

use super::one::again;
use crate::access::Caller;
use crate::component::{PostCard, Verdicts};
use crate::judge::{judge, try_out};
use crate::pages::done::{Deed, Done};
use crate::pages::forms::{fields, page, see_other};
use crate::problem::Problem;
use crate::state::Shared;

/// Characters of a reason at most.
const REASON_CHARS_MAX: usize = 500;
/// Posts of one act at most.
const MANY_MAX: usize = 200;

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
pub(super) struct Words {
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
    match approve_one(&shared, &caller, id, &yes.bytes, Some(&yes.policy)).await? {
        Ok(()) => Ok(onwards(&shared, (id, yes.next), Deed::Approved).await?),
        Err(said) => again(&shared, &caller, id, said, None).await,
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
    let posts: Option<Vec<(PostId, &str)>> = named
        .map(|name| {
            let (id, bytes) = name.split_once('@')?;
            Some((PostId(id.parse().ok()?), bytes))
        })
        .collect();
    let posts = posts.filter(|posts| posts.len() <= MANY_MAX).ok_or_else(Problem::unreadable)?;
    let (mut done, mut stayed) = (0, 0);
    for (id, bytes) in posts {
        match approve_one(&shared, &caller, id, bytes, None).await? {
            Ok(()) => done += 1,
            Err(_) => stayed += 1,
        }
    }
    let done = Done::of(Deed::ApprovedMany, done).but(stayed);
    Ok(see_other(&done.on("/approvals/all", &[])))
}

/// `Err` is why it does not count.
async fn approve_one(
    shared: &Shared,
    caller: &Caller,
    id: PostId,
    bytes: &str,
    policy: Option<&str>,
) -> Result<Result<(), String>, Problem> {
    let now = shared.clock.now();
    let Some(dossier) = Dossier::find(&*shared.store, id, now).await? else {
        return Ok(Err(sentence(&Said::NoPost, id)));
    };
    let reviewed = &dossier.reviewed;
    let is_other_policy = policy.is_some_and(|policy| reviewed.policy_hash.as_str() != policy);
    if dossier.bytes().as_str() != bytes || is_other_policy {
        return Ok(Err(sentence(&Said::Changed, id)));
    }
    let blocks = dossier.explained.findings().find(|one| one.severity == Severity::Blocks);
    if let Some(finding) = blocks {
        return Ok(Err(format!("Nobody can let this through: the text {}.", finding.message)));
    }
    let policy: &PolicyHash = &reviewed.policy_hash;
    let (store, _) = caller.acts(shared, "post.approve", format!("post {}", id.0), None);
    let act = act(caller, id, &reviewed.post.content);
    let said = store.approve_post(&act, policy, now).await?;
    shared.node.wake();
    Ok(if matches!(said, Said::Done(_)) { Ok(()) } else { Err(sentence(&said, id)) })
}

/// Says no, for a reason that the bot's next prompt is told.
pub(super) async fn reject(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
    no: Result<Form<No>, FormRejection>,
) -> Result<Response, Problem> {
    let (no, id) = (fields(no)?, PostId(id));
    let reason = no.reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        let said = format!(
            "Say why, in at most {REASON_CHARS_MAX} characters: the next prompt of the bot is told."
        );
        return again(&shared, &caller, id, said, None).await;
    }
    let Some(reviewed) = shared.store.find_reviewed(id).await? else {
        return Err(Problem::not_found());
    };
    if PayloadHash::of(&reviewed.post.content).as_str() != no.bytes {
        return again(&shared, &caller, id, sentence(&Said::Changed, id), None).await;
    }
    let object = format!("post {}", id.0);
    let (store, _) = caller.acts(&shared, "post.reject", object, Some(reason.clone()));
    let rejection = Rejection { act: act(&caller, id, &reviewed.post.content), reason };
    match store.reject_post(&rejection, shared.clock.now()).await? {
        Said::Done(_) => onwards(&shared, (id, no.next), Deed::Rejected).await,
        said => again(&shared, &caller, id, sentence(&said, id), None).await,
    }
}

/// Gives a post other words, which review judges anew.
pub(super) async fn edit(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
    words: Result<Form<Words>, FormRejection>,
) -> Result<Response, Problem> {
    let (words, id) = (fields(words)?, PostId(id));
    let now = shared.clock.now();
    let Some(reviewed) = shared.store.find_reviewed(id).await? else {
        return Err(Problem::not_found());
    };
    let typed = Some(words.text.clone());
    if PayloadHash::of(&reviewed.post.content).as_str() != words.bytes {
        return again(&shared, &caller, id, sentence(&Said::Changed, id), typed).await;
    }
    let wants_yes = words.approve.is_some();
    if wants_yes {
        caller.demand(Right::Approve)?;
    }
    // Browsers end lines of a form with both characters.
    let text = words.text.replace("\r\n", "\n");
    let bot = (&reviewed.post.bot, Some(id));
    let verdict = judge(&shared, bot, &text, &reviewed.policy).await?;
    let blocks = verdict.findings.iter().find(|one| one.severity == Severity::Blocks);
    if let Some(finding) = blocks {
        let said = format!("Not these words: the text {}.", finding.message);
        return again(&shared, &caller, id, said, typed).await;
    }
    let edit = Edit {
        act: act(&caller, id, &reviewed.post.content),
        because: because(&verdict),
        content: verdict.text,
        content_hash: verdict.content_hash,
        is_approved: wants_yes,
        reason: None,
    };
    let (store, _) = caller.acts(
        &shared,
        "post.edit",
        format!("post {}", id.0),
        wants_yes.then(|| "and approved".to_owned()),
    );
    match store.edit_post(&edit, now).await? {
        Edited::Said(Said::Done(_)) if wants_yes => {
            shared.node.wake();
            onwards(&shared, (id, words.next), Deed::Mended).await
        }
        Edited::Said(Said::Done(_)) => Ok(saved(id, words.back.as_deref())),
        Edited::Said(said) => again(&shared, &caller, id, sentence(&said, id), typed).await,
        Edited::Duplicate { of, bot } => {
            let said = format!("Not these words: the text {}.", duplicate_of(of, &bot).message);
            again(&shared, &caller, id, said, typed).await
        }
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

fn act(caller: &Caller, post: PostId, seen: &str) -> ApprovalAct {
    ApprovalAct { post, seen: seen.to_owned(), who: caller.actor.name.clone() }
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

/// Why an act did not count, as a sentence.
fn sentence(said: &Said, id: PostId) -> String {
    let told = said.tell(id);
    let mut letters = told.chars();
    letters
        .next()
        .map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
