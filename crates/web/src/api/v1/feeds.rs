//! Feeds that bots follow, and what became of their items.

use axum::Json;
use axum::http::StatusCode;
use domain::model::access::Right;
use domain::model::{BotId, FeedId, Telling};
use domain::ports::store::{FeedLine, ItemLine};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ask::{Ask, Asked, Named};
use super::operation::Operation;
use super::page::Page;
use super::table::Api;
use crate::problem::Problem;

/// Feeds that are listed at most.
const FEEDS_MAX: u32 = 1_000;
/// Items of a feed that are listed at most, the newest.
const ITEMS_MAX: u32 = 100;

/// Whose feeds.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// Of this bot.
    #[param(pattern = "^[A-Za-z0-9_-]{1,64}$")]
    bot: Option<String>,
}

/// Which feed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OfFeed {
    /// The feed's number.
    #[param(minimum = 1)]
    feed: i64,
}

/// A feed that a bot follows.
#[derive(Serialize, ToSchema)]
#[schema(as = Feed)]
struct FeedView {
    id: i64,
    bot: String,
    /// As it is declared.
    url: String,
    /// Where it is now: it may have moved for good.
    current_url: String,
    /// What it calls itself.
    #[schema(required)]
    title: Option<String>,
    /// How an item becomes a post: `template` or `model`.
    telling: &'static str,
    #[schema(required)]
    topic: Option<String>,
    every_minutes: u32,
    #[schema(required)]
    read_at: Option<Timestamp>,
    /// When it is asked again; none: never, until its declaration is changed.
    #[schema(required)]
    next_at: Option<Timestamp>,
    /// How often in a row it could not be read.
    failures: u32,
    #[schema(required)]
    error: Option<String>,
    /// Items that wait to become posts.
    waiting: u64,
    posted: u64,
    dropped: u64,
}

/// Something that a feed told of.
#[derive(Serialize, ToSchema)]
#[schema(as = FeedItem)]
struct ItemView {
    id: String,
    /// As the feed has it, with its markup.
    title: String,
    #[schema(required)]
    link: Option<String>,
    seen_at: Timestamp,
    /// `waiting`, `posted` or `dropped`.
    state: String,
    #[schema(required)]
    post: Option<i64>,
    /// Why it became none, or none yet.
    #[schema(required)]
    reason: Option<String>,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Read,
        Operation::get("/feeds", "list_feeds", "Feeds that bots follow")
            .of::<Whose>()
            .lists::<FeedView>()
            .refuses(StatusCode::NOT_FOUND, "no_such_bot"),
        list,
    )
    .may(
        Right::Read,
        Operation::get("/feeds/{feed}/items", "list_feed_items", "The newest items of a feed")
            .tells("At most 100, each with what became of it.")
            .of::<OfFeed>()
            .lists::<ItemView>()
            .refuses(StatusCode::NOT_FOUND, "no_such_feed"),
        items,
    )
}

async fn list(ask: Ask, Asked(whose): Asked<Whose>) -> Result<Json<Page<FeedView>>, Problem> {
    let bot = whose.bot.map(BotId::try_from).transpose().map_err(|_| Problem::no_such_bot())?;
    let feeds = ask.shared.store.list_feeds(bot.as_ref(), FEEDS_MAX).await?;
    Ok(Json(Page::whole(feeds.into_iter().map(FeedView::of).collect())))
}

async fn items(ask: Ask, Named(of): Named<OfFeed>) -> Result<Json<Page<ItemView>>, Problem> {
    let feed = FeedId(of.feed);
    let feeds = ask.shared.store.list_feeds(None, FEEDS_MAX).await?;
    if !feeds.iter().any(|line| line.id == feed) {
        let detail = "No feed has this number. GET /api/v1/feeds lists them.";
        return Err(Problem::new(StatusCode::NOT_FOUND, "no_such_feed", detail));
    }
    let items = ask.shared.store.list_items(feed, ITEMS_MAX).await?;
    Ok(Json(Page::whole(items.into_iter().map(ItemView::of).collect())))
}

impl FeedView {
    fn of(line: FeedLine) -> Self {
        Self {
            id: line.id.0,
            bot: line.bot.into(),
            url: line.feed.url.to_string(),
            current_url: line.at.to_string(),
            title: line.title,
            telling: match line.feed.telling {
                Telling::Template(_) => "template",
                Telling::Model { .. } => "model",
            },
            topic: line.feed.topic,
            every_minutes: line.feed.every_minutes,
            read_at: line.read_at,
            next_at: line.next_at,
            failures: line.failures,
            error: line.error,
            waiting: line.waiting,
            posted: line.posted,
            dropped: line.dropped,
        }
    }
}

impl ItemView {
    fn of(line: ItemLine) -> Self {
        Self {
            id: line.item.as_str().to_owned(),
            title: line.title,
            link: line.link,
            seen_at: line.seen_at,
            state: line.state,
            post: line.post.map(|post| post.0),
            reason: line.reason,
        }
    }
}
