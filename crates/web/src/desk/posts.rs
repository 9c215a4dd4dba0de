//! Posts: written, given other words, approved, rejected, taken away. Each act is bound to the bytes that
//! somebody saw, so whoever comes second hears that the post is another one now.

use domain::model::access::Right;
use domain::model::{BotId, Consent, PayloadHash, PostId};
use domain::ports::store::{
    ApprovalAct, Dossier, Edit, Edited, NewPost, PostOrigin, Rejection, StoredPost,
};
use domain::rules::approval::because;
use domain::rules::review::{Severity, Verdict, duplicate_of};

use super::no::No;
use crate::access::Caller;
use crate::judge::judge;
use crate::problem::Problem;
use crate::state::Shared;

/// Characters of a reason at most.
pub(crate) const REASON_CHARS_MAX: usize = 500;
/// Posts of one act at most.
pub(crate) const MANY_MAX: usize = 200;

/// What somebody saw.
pub(crate) struct Seen<'a> {
    pub(crate) post: PostId,
    /// The hash of its bytes.
    pub(crate) bytes: &'a str,
    /// The hash of its bot's policy, where that was seen too.
    pub(crate) policy: Option<&'a str>,
}

/// Other words.
pub(crate) struct Words {
    /// As they were typed.
    pub(crate) text: String,
    /// The act is a yes to them as well.
    pub(crate) is_approved: bool,
}

/// What became of a new text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Added {
    /// It is in its queue.
    Queued(PostId),
    /// It waits for a yes.
    Draft(PostId),
}

/// Says yes.
pub(crate) async fn approve(
    shared: &Shared,
    caller: &Caller,
    seen: &Seen<'_>,
) -> Result<Result<(), No>, Problem> {
    let (now, id) = (shared.clock.now(), seen.post);
    let Some(dossier) = Dossier::find(&*shared.store, id, now).await? else {
        return Ok(Err(No::no_post(id)));
    };
    let reviewed = &dossier.reviewed;
    let is_other = seen.policy.is_some_and(|policy| reviewed.policy_hash.as_str() != policy);
    if dossier.bytes().as_str() != seen.bytes || is_other {
        return Ok(Err(No::changed(id)));
    }
    let blocks = dossier.explained.findings().find(|one| one.severity == Severity::Blocks);
    if let Some(finding) = blocks {
        return Ok(Err(No::blocked("Nobody can let this through", finding)));
    }
    let (store, _) = caller.acts(shared, "post.approve", object(id), None);
    let act = act(caller, id, &reviewed.post.content);
    let said = store.approve_post(&act, &reviewed.policy_hash, now).await?;
    shared.node.wake();
    Ok(No::to_act(&said, id).map_or(Ok(()), Err))
}

/// Whether the post is still what was seen.
pub(crate) async fn unchanged(shared: &Shared, seen: &Seen<'_>) -> Result<Result<(), No>, Problem> {
    let id = seen.post;
    Ok(match shared.store.find_post(id).await? {
        None => Err(No::no_post(id)),
        Some(post) if PayloadHash::of(&post.content).as_str() != seen.bytes => Err(No::changed(id)),
        Some(_) => Ok(()),
    })
}

/// Says no, for a reason that the bot's next prompt is told.
pub(crate) async fn reject(
    shared: &Shared,
    caller: &Caller,
    seen: &Seen<'_>,
    reason: &str,
) -> Result<Result<(), No>, Problem> {
    let (id, reason) = (seen.post, reason.trim().to_owned());
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        let said = format!(
            "Say why, in at most {REASON_CHARS_MAX} characters: the next prompt of the bot is told."
        );
        return Ok(Err(No::new("reason_needed", said)));
    }
    let Some(reviewed) = shared.store.find_reviewed(id).await? else {
        return Ok(Err(No::no_post(id)));
    };
    if PayloadHash::of(&reviewed.post.content).as_str() != seen.bytes {
        return Ok(Err(No::changed(id)));
    }
    let (store, _) = caller.acts(shared, "post.reject", object(id), Some(reason.clone()));
    let rejection = Rejection { act: act(caller, id, &reviewed.post.content), reason };
    let said = store.reject_post(&rejection, shared.clock.now()).await?;
    Ok(No::to_act(&said, id).map_or(Ok(()), Err))
}

/// Gives a post other words, which review judges anew.
pub(crate) async fn edit(
    shared: &Shared,
    caller: &Caller,
    seen: &Seen<'_>,
    words: Words,
) -> Result<Result<(), No>, Problem> {
    let (now, id) = (shared.clock.now(), seen.post);
    let Some(reviewed) = shared.store.find_reviewed(id).await? else {
        return Ok(Err(No::no_post(id)));
    };
    if PayloadHash::of(&reviewed.post.content).as_str() != seen.bytes {
        return Ok(Err(No::changed(id)));
    }
    if words.is_approved {
        caller.demand(Right::Approve)?;
    }
    // Browsers end lines of a form with both characters.
    let text = words.text.replace("\r\n", "\n");
    let bot = (&reviewed.post.bot, Some(id));
    let verdict = judge(shared, bot, &text, &reviewed.policy).await?;
    if let Some(no) = blocked("Not these words", &verdict) {
        return Ok(Err(no));
    }
    let edit = Edit {
        act: act(caller, id, &reviewed.post.content),
        because: because(&verdict),
        content: verdict.text,
        content_hash: verdict.content_hash,
        is_approved: words.is_approved,
        reason: None,
    };
    let detail = words.is_approved.then(|| "and approved".to_owned());
    let (store, _) = caller.acts(shared, "post.edit", object(id), detail);
    Ok(match store.edit_post(&edit, now).await? {
        Edited::Said(said) => {
            shared.node.wake();
            No::to_act(&said, id).map_or(Ok(()), Err)
        }
        Edited::Duplicate { of, bot } => Err(duplicate("Not these words", of, &bot)),
    })
}

/// Puts a text of one's own into a queue, after review.
pub(crate) async fn add(
    shared: &Shared,
    caller: &Caller,
    bot: &BotId,
    (text, topic): (&str, Option<String>),
) -> Result<Result<Added, No>, Problem> {
    let Some((declared, ..)) = shared.store.find_bot(bot).await? else {
        return Err(Problem::no_such_bot());
    };
    let text = text.replace("\r\n", "\n");
    let verdict = judge(shared, (bot, None), &text, &declared.persona.policy).await?;
    if let Some(no) = blocked("This may not go out", &verdict) {
        return Ok(Err(no));
    }
    let because = because(&verdict);
    let new = NewPost {
        bot: bot.clone(),
        content: verdict.text,
        content_hash: verdict.content_hash,
        topic,
        origin: PostOrigin::Imported,
        consent: because.map_or(Consent::ByMode, |because| Consent::NeedsPerson { because }),
    };
    let (store, _) = caller.acts(shared, "post.add", format!("bot {bot}"), None);
    let stored = store.store_posts(&[new], shared.clock.now()).await?.pop();
    shared.node.wake();
    Ok(match stored.ok_or_else(Problem::internal)? {
        StoredPost::Queued(id) => Ok(Added::Queued(id)),
        StoredPost::Draft(id) => Ok(Added::Draft(id)),
        StoredPost::Duplicate { of, bot } => Err(duplicate("This may not go out", of, &bot)),
    })
}

/// Takes a post out of its queue for good.
pub(crate) async fn remove(
    shared: &Shared,
    caller: &Caller,
    id: PostId,
) -> Result<Result<(), No>, Problem> {
    let (store, _) = caller.acts(shared, "post.remove", object(id), None);
    if store.remove_post(id, shared.clock.now()).await? {
        return Ok(Ok(()));
    }
    let said = format!("Post {} stays: a slot holds it, or X may have it already.", id.0);
    Ok(Err(No::new("held", said)))
}

pub(super) fn blocked(before: &str, verdict: &Verdict) -> Option<No> {
    let blocks = verdict.findings.iter().find(|one| one.severity == Severity::Blocks);
    blocks.map(|finding| No::blocked(before, finding))
}

fn duplicate(before: &str, of: PostId, bot: &BotId) -> No {
    No::new("duplicate", format!("{before}: the text {}.", duplicate_of(of, bot).message))
}

fn object(id: PostId) -> String {
    format!("post {}", id.0)
}

fn act(caller: &Caller, post: PostId, seen: &str) -> ApprovalAct {
    ApprovalAct { post, seen: seen.to_owned(), who: caller.actor.name.clone() }
}
