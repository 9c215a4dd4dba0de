//! `/queue`: what waits to go out, bot by bot, in the order in which it does if nothing comes between, with
//! the reason of each; a person may put it into another order.

mod order;

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::model::{BotId, Consent, PayloadHash, Post, PostId, PostState};
use domain::ports::store::{NewPost, PostOrigin, StoredPost};
use domain::rules::approval::because;
use domain::rules::review::{Severity, duplicate_of};
use jiff::Timestamp;
use serde::Deserialize;

pub(crate) use self::order::put;
use crate::access::Caller;
use crate::component::{Mark, Moment, PostCard};
use crate::judge::judge;
use crate::pages::done::{Deed, Done};
use crate::pages::forms::{fields, see_other, with_status};
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

/// Bots of the list at most.
const BOTS_MAX: u32 = 500;
/// Posts of a queue on the page at most.
const POSTS_MAX: u32 = 200;

#[derive(Template)]
#[template(path = "queue.html")]
struct Page<'a> {
    frame: Frame<'a>,
    bots: Vec<Line>,
    shown: Option<Shown>,
    done: Option<String>,
    said: Option<String>,
    typed: String,
}

struct Line {
    mark: Mark,
    bot: String,
    waiting: u64,
    next: Option<Moment>,
    is_shown: bool,
}

struct Shown {
    bot: String,
    rows: Vec<Row>,
    is_cut: bool,
    /// A person put some of it into an order.
    is_placed: bool,
}

struct Row {
    id: i64,
    /// Its place; what a slot holds has none any more.
    place: Option<usize>,
    why: String,
    card: PostCard,
    bytes: String,
    text: String,
    topic: Option<String>,
    by: Option<String>,
    since: Moment,
    is_assigned: bool,
}

/// Which queue, and what was done before.
#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    bot: Option<String>,
    did: Option<Deed>,
    n: Option<i64>,
}

/// A text of one's own.
#[derive(Deserialize)]
pub(crate) struct Written {
    text: String,
}

/// Which post goes.
#[derive(Deserialize)]
pub(crate) struct Which {
    post: i64,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    render(&shared, &caller, asked, None).await
}

async fn render(
    shared: &Shared,
    caller: &Caller,
    asked: Asked,
    said: Option<(String, String)>,
) -> Result<Response, Problem> {
    let now = shared.clock.now();
    let lines = shared.store.list_bots(None, BOTS_MAX).await?;
    let wanted = match &asked.bot {
        Some(name) => Some(BotId::try_from(name.clone()).map_err(|_| Problem::no_such_bot())?),
        None => lines.first().map(|line| line.stats.bot.clone()),
    };
    let shown = match &wanted {
        Some(bot) => Some(queue_of(shared, bot, now).await?),
        None => None,
    };
    let bots = lines.iter().map(|line| Line {
        mark: Mark::of(&line.stats.bot),
        bot: line.stats.bot.to_string(),
        waiting: line.stats.remaining_posts,
        next: line.next_slot_at.map(|at| Moment::relative(at, now)),
        is_shown: wanted.as_ref() == Some(&line.stats.bot),
    });
    let status = if said.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let (said, typed) = said.map_or((None, String::new()), |(said, typed)| (Some(said), typed));
    let page_of = Page {
        frame: Frame::of(shared, caller, Section::Queue),
        bots: bots.collect(),
        shown,
        done: asked.did.and_then(|did| Done::of(did, asked.n.unwrap_or_default()).sentence()),
        said,
        typed,
    };
    Ok(with_status(status, &page_of))
}

async fn queue_of(shared: &Shared, bot: &BotId, now: Timestamp) -> Result<Shown, Problem> {
    let queue = order::Queue::read(shared, bot, now).await?;
    let is_cut = queue.posts.len() == POSTS_MAX as usize;
    let length_max = match shared.store.find_bot(bot).await? {
        Some((declared, ..)) => declared.persona.policy.max_length,
        None => return Err(Problem::no_such_bot()),
    };
    let is_placed = queue.is_placed;
    let row = |(post, ordered): (&Post, Option<(usize, String)>)| {
        let (place, why) = ordered.map_or((None, String::new()), |(place, why)| (Some(place), why));
        Row {
            id: post.id.0,
            place,
            card: PostCard::of(&post.bot, &post.content, length_max),
            bytes: PayloadHash::of(&post.content).as_str().to_owned(),
            since: Moment::relative(post.created_at, now),
            is_assigned: post.state == PostState::Assigned,
            text: post.content.clone(),
            topic: post.topic.clone().filter(|topic| !why.ends_with(topic.as_str())),
            why,
            by: post.generation_model.clone(),
        }
    };
    let rows = queue.rows().into_iter().map(row).collect();
    Ok(Shown { bot: bot.to_string(), rows, is_cut, is_placed })
}

/// Puts a text of one's own into a queue, after review.
pub(crate) async fn add(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    written: Result<Form<Written>, FormRejection>,
) -> Result<Response, Problem> {
    let written = fields(written)?;
    let id = BotId::try_from(bot.clone()).map_err(|_| Problem::no_such_bot())?;
    let asked = Asked { bot: Some(bot), ..Asked::default() };
    let text = written.text.replace("\r\n", "\n");
    match store(&shared, &caller, &id, &text).await? {
        Ok(done) => Ok(back(&id, done)),
        Err(said) => render(&shared, &caller, asked, Some((said, text))).await,
    }
}

/// What became of it, or why it may not go out.
async fn store(
    shared: &Shared,
    caller: &Caller,
    bot: &BotId,
    text: &str,
) -> Result<Result<Done, String>, Problem> {
    let now = shared.clock.now();
    let Some((declared, ..)) = shared.store.find_bot(bot).await? else {
        return Err(Problem::no_such_bot());
    };
    let policy = &declared.persona.policy;
    let verdict = judge(shared, (bot, None), text, policy).await?;
    let blocks = verdict.findings.iter().find(|one| one.severity == Severity::Blocks);
    if let Some(finding) = blocks {
        return Ok(Err(format!("This may not go out: the text {}.", finding.message)));
    }
    let because = because(&verdict);
    let new = NewPost {
        bot: bot.clone(),
        content: verdict.text,
        content_hash: verdict.content_hash,
        topic: None,
        origin: PostOrigin::Imported,
        consent: because.map_or(Consent::ByMode, |because| Consent::NeedsPerson { because }),
    };
    let (store, _) = caller.acts(shared, "post.add", format!("bot {bot}"), None);
    let stored = store.store_posts(&[new], now).await?.pop().ok_or_else(Problem::internal)?;
    shared.node.wake();
    Ok(match stored {
        StoredPost::Queued(id) => Ok(Done::of(Deed::Queued, id.0)),
        StoredPost::Draft(id) => Ok(Done::of(Deed::Drafted, id.0)),
        StoredPost::Duplicate { of, bot } => {
            Err(format!("This may not go out: the text {}.", duplicate_of(of, &bot).message))
        }
    })
}

/// Takes a post out of its queue for good.
pub(crate) async fn remove(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    which: Result<Form<Which>, FormRejection>,
) -> Result<Response, Problem> {
    let id = PostId(fields(which)?.post);
    let name = BotId::try_from(bot.clone()).map_err(|_| Problem::no_such_bot())?;
    let (store, _) = caller.acts(&shared, "post.remove", format!("post {}", id.0), None);
    if store.remove_post(id, shared.clock.now()).await? {
        return Ok(back(&name, Done::of(Deed::Removed, id.0)));
    }
    let said = format!("Post {} stays: a slot holds it, or X may have it already.", id.0);
    let asked = Asked { bot: Some(bot), ..Asked::default() };
    render(&shared, &caller, asked, Some((said, String::new()))).await
}

fn back(bot: &BotId, done: Done) -> Response {
    see_other(&done.on("/queue", &[("bot", bot.as_str())]))
}
