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
use domain::model::{BotId, EvergreenId, PayloadHash, Post, PostId, PostState};
use domain::ports::store::Evergreen;
use jiff::Timestamp;
use serde::Deserialize;

pub(crate) use self::order::put;
use crate::access::Caller;
use crate::component::{Mark, Moment, PostCard};
use crate::desk::evergreens::{self, Aside, Yes, keep};
use crate::desk::{self, Added};
use crate::pages::done::{Deed, Done};
use crate::pages::forms::{fields, see_other, with_status};
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

/// Bots of the list at most; a larger house names the bot instead.
const BOTS_MAX: u32 = 100;
/// Posts of a queue on the page at most.
const POSTS_MAX: u32 = 200;
/// Texts that are kept aside, too.
const ASIDE_MAX: u32 = 200;

#[derive(Template)]
#[template(path = "queue.html")]
struct Page<'a> {
    frame: Frame<'a>,
    bots: Vec<Line>,
    has_more_bots: bool,
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
    /// What is kept aside.
    aside: Vec<Kept>,
    is_aside_cut: bool,
}

/// A text that is kept aside.
struct Kept {
    id: i64,
    text: String,
    topic: Option<String>,
    is_ready: bool,
    since: Moment,
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
    /// It is kept aside, not queued.
    aside: Option<String>,
}

/// Which evergreen goes.
#[derive(Deserialize)]
pub(crate) struct WhichKept {
    evergreen: i64,
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
    let mut lines = shared.store.list_bots(None, BOTS_MAX + 1).await?;
    let has_more_bots = lines.len() > BOTS_MAX as usize;
    lines.truncate(BOTS_MAX as usize);
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
        has_more_bots,
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
    let mut stock = shared.store.list_evergreens(bot, None, ASIDE_MAX + 1).await?;
    let is_aside_cut = stock.len() > ASIDE_MAX as usize;
    stock.truncate(ASIDE_MAX as usize);
    let aside = stock.into_iter().map(|one| Kept::of(one, now)).collect();
    Ok(Shown { bot: bot.to_string(), rows, is_cut, is_placed, aside, is_aside_cut })
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
    if written.aside.is_some() {
        // Whoever may say yes to posts and keeps a text aside by hand has read it, but not what review finds.
        let yes = Yes::WhereNothingWasFound;
        let aside = Aside { text: &written.text, topic: None, yes };
        return match keep(&shared, &caller, &id, aside).await? {
            Ok(kept) => Ok(back(&id, Done::of(Deed::KeptAside, kept.id.0))),
            Err(no) => render(&shared, &caller, asked, Some((no.said, written.text))).await,
        };
    }
    match desk::add(&shared, &caller, &id, (&written.text, None)).await? {
        Ok(Added::Queued(post)) => Ok(back(&id, Done::of(Deed::Queued, post.0))),
        Ok(Added::Draft(post)) => Ok(back(&id, Done::of(Deed::Drafted, post.0))),
        Err(no) => render(&shared, &caller, asked, Some((no.said, written.text))).await,
    }
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
    let asked = Asked { bot: Some(bot), ..Asked::default() };
    match desk::remove(&shared, &caller, id).await? {
        Ok(()) => Ok(back(&name, Done::of(Deed::Removed, id.0))),
        Err(no) => render(&shared, &caller, asked, Some((no.said, String::new()))).await,
    }
}

/// Takes away what was kept aside.
pub(crate) async fn let_go(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    which: Result<Form<WhichKept>, FormRejection>,
) -> Result<Response, Problem> {
    let id = EvergreenId(fields(which)?.evergreen);
    let name = BotId::try_from(bot.clone()).map_err(|_| Problem::no_such_bot())?;
    let asked = Asked { bot: Some(bot), ..Asked::default() };
    match evergreens::let_go(&shared, &caller, (Some(&name), id)).await? {
        Ok(()) => Ok(back(&name, Done::of(Deed::LetGo, id.0))),
        Err(no) => render(&shared, &caller, asked, Some((no.said, String::new()))).await,
    }
}

impl Kept {
    fn of(one: Evergreen, now: Timestamp) -> Self {
        Self {
            id: one.id.0,
            text: one.content,
            topic: one.topic,
            is_ready: one.is_ready,
            since: Moment::relative(one.created_at, now),
        }
    }
}

fn back(bot: &BotId, done: Done) -> Response {
    see_other(&done.on("/queue", &[("bot", bot.as_str())]))
}
