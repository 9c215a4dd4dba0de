//! `GET /approvals`: the post that is looked at, and what waits after it.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::model::PostId;
use domain::ports::store::{Dossier, Draft};
use serde::Deserialize;

use crate::access::Caller;
use crate::component::{Mark, Moment, PostCard, Verdicts};
use crate::pages::done::{Deed, Done};
use crate::pages::forms::with_status;
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

/// Posts that are counted as waiting at most.
pub(super) const WAITING_MAX: u32 = 200;

#[derive(Template)]
#[template(path = "approvals/one.html")]
struct Page<'a> {
    frame: Frame<'a>,
    shown: Option<Shown>,
    waiting: Vec<Waiting>,
    is_cut: bool,
    /// What was just said, and of which post.
    done: Option<String>,
    said: Option<String>,
    /// What was typed and not taken.
    typed: Option<String>,
}

/// The post that is looked at.
struct Shown {
    id: i64,
    card: PostCard,
    verdicts: Verdicts,
    /// What a yes is bound to.
    bytes: String,
    policy: String,
    text: String,
    since: Moment,
    facts: Vec<(&'static str, String)>,
    /// Where `later` leads.
    next: Option<i64>,
}

struct Waiting {
    id: i64,
    mark: Mark,
    bot: String,
    text: String,
    is_shown: bool,
}

/// Which one, and what was done before.
#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    post: Option<i64>,
    did: Option<Deed>,
    n: Option<i64>,
}

/// The page.
pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    render(&shared, &caller, asked, None, None).await
}

/// The page about that post, with what there is to say of an act that did not count.
pub(super) async fn again(
    shared: &Shared,
    caller: &Caller,
    post: PostId,
    said: String,
    typed: Option<String>,
) -> Result<Response, Problem> {
    let asked = Asked { post: Some(post.0), ..Asked::default() };
    render(shared, caller, asked, Some(said), typed).await
}

async fn render(
    shared: &Shared,
    caller: &Caller,
    asked: Asked,
    said: Option<String>,
    typed: Option<String>,
) -> Result<Response, Problem> {
    let drafts = shared.store.list_drafts(None, WAITING_MAX).await?;
    let wanted = asked.post.map(PostId).or_else(|| drafts.first().map(|draft| draft.post.id));
    let shown = match wanted {
        Some(id) => Shown::find(shared, id, &drafts).await?,
        None => None,
    };
    let shown_id = shown.as_ref().map(|shown| shown.id);
    let waiting = drafts.iter().map(|draft| Waiting {
        id: draft.post.id.0,
        mark: Mark::of(&draft.post.bot),
        bot: draft.post.bot.to_string(),
        text: draft.post.content.clone(),
        is_shown: shown_id == Some(draft.post.id.0),
    });
    let status = if said.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let page_of = Page {
        frame: Frame::of(shared, caller, Section::Approvals),
        waiting: waiting.collect(),
        is_cut: drafts.len() == WAITING_MAX as usize,
        shown,
        done: asked.did.and_then(|did| Done::of(did, asked.n.unwrap_or_default()).sentence()),
        said,
        typed,
    };
    Ok(with_status(status, &page_of))
}

impl Shown {
    async fn find(shared: &Shared, id: PostId, drafts: &[Draft]) -> Result<Option<Self>, Problem> {
        let now = shared.clock.now();
        let Some(dossier) = Dossier::find(&*shared.store, id, now).await? else { return Ok(None) };
        let writing = shared.store.find_writing(id).await?;
        let post = &dossier.reviewed.post;
        let place = drafts.iter().position(|draft| draft.post.id == id);
        let since = place.map_or(post.created_at, |place| drafts[place].since);
        let next = place
            .and_then(|place| drafts.get(place + 1))
            .or_else(|| drafts.first())
            .map(|draft| draft.post.id.0)
            .filter(|next| *next != id.0);
        let mut facts = vec![("state", post.state.as_str().to_owned())];
        if let Some(topic) = &post.topic {
            facts.push(("topic", topic.clone()));
        }
        if let Some(model) = &post.generation_model {
            facts.push(("written by", model.clone()));
        }
        if let Some(writing) = writing {
            facts.push(("persona", format!("version {}", writing.persona_version)));
            facts.extend(writing.angle.map(|angle| ("angle", angle)));
            facts.extend(writing.format.map(|format| ("format", format)));
        }
        if post.generation_cost.0 > 0 {
            facts.push(("cost", post.generation_cost.to_string()));
        }
        facts.push(("mode", dossier.reviewed.mode.explain().to_owned()));
        Ok(Some(Self {
            id: id.0,
            card: PostCard::of(&post.bot, &post.content, dossier.reviewed.policy.max_length),
            verdicts: Verdicts::of(&dossier.explained),
            bytes: dossier.bytes().as_str().to_owned(),
            policy: dossier.reviewed.policy_hash.as_str().to_owned(),
            text: post.content.clone(),
            since: Moment::relative(since, now),
            facts,
            next,
        }))
    }
}
