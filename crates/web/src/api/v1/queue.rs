//! A bot's queue: what slots hold already, then the rest in the order in which it goes out, with the reason;
//! and a person's hand on that order.

use axum::Json;
use axum::http::StatusCode;
use domain::model::access::Right;
use domain::model::{BotId, Post, PostId, PostState};
use domain::ports::store::ORDERED_MAX;
use domain::rules::pick::order;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ask::{Ask, Named, Sent};
use super::bots::{OfBot, find};
use super::operation::Operation;
use super::page::Page;
use super::posts::PostView;
use super::table::Api;
use crate::problem::Problem;

/// Posts of a queue that are listed at most.
const POSTS_MAX: u32 = 200;

/// A post in its queue.
#[derive(Serialize, ToSchema)]
#[schema(as = QueuedPost)]
struct QueuedView {
    post: PostView,
    /// 1 for the one that goes next; none where a slot holds the post already.
    #[schema(required)]
    place: Option<usize>,
    /// Why it stands there.
    #[schema(required)]
    why: Option<String>,
}

/// Which posts go first.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QueueOrder)]
struct Wanted {
    /// In this order; all others go as their topics say. None: all do.
    #[schema(max_items = 200)]
    posts: Vec<i64>,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Read,
        Operation::get("/bots/{bot}/queue", "list_queue", "A bot's queue, in its order")
            .tells("At most the next 200, each with the reason why it stands there.")
            .of::<OfBot>()
            .lists::<QueuedView>()
            .refuses(StatusCode::NOT_FOUND, "no_such_bot"),
        list,
    )
    .may(
        Right::Draft,
        Operation::post("/bots/{bot}/queue", "order_queue", "Have posts of a queue go out first")
            .tells(
                "The order that is sent takes the place of the one before. Posts that are not in the queue \
                 any more are passed over.",
            )
            .of::<OfBot>()
            .takes::<Wanted>()
            .lists::<QueuedView>()
            .refuses(StatusCode::NOT_FOUND, "no_such_bot"),
        put,
    )
}

async fn list(ask: Ask, Named(of): Named<OfBot>) -> Result<Json<Page<QueuedView>>, Problem> {
    let id = of.id()?;
    find(&ask, &id).await?;
    read(&ask, &id).await
}

async fn put(
    ask: Ask,
    Named(of): Named<OfBot>,
    Sent { value: wanted, .. }: Sent<Wanted>,
) -> Result<Json<Page<QueuedView>>, Problem> {
    let id = of.id()?;
    find(&ask, &id).await?;
    if wanted.posts.len() > ORDERED_MAX {
        return Err(Problem::unprocessable(format!("`posts` names at most {ORDERED_MAX} posts.")));
    }
    let posts: Vec<PostId> = wanted.posts.into_iter().map(PostId).collect();
    let detail = match &posts[..] {
        [] => "by topic again".to_owned(),
        [first, ..] => format!("{} posts, post {} first", posts.len(), first.0),
    };
    let (store, _) = ask.caller.acts(&ask.shared, "queue.order", format!("bot {id}"), Some(detail));
    store.order_queue(&id, &posts, ask.shared.clock.now()).await?;
    ask.shared.node.wake();
    read(&ask, &id).await
}

async fn read(ask: &Ask, bot: &BotId) -> Result<Json<Page<QueuedView>>, Problem> {
    let (store, now) = (&ask.shared.store, ask.shared.clock.now());
    let posts = store.list_queue(bot, POSTS_MAX).await?;
    let queue = store.find_order(bot).await?;
    // Schedules with topics of their own may disagree; then each slot is another story.
    let plans = store.list_plans(bot).await?;
    let kept = match &plans[..] {
        [one] => one.schedule.topics.clone(),
        _ => Vec::new(),
    };
    let ordered = order(&queue, &posts, &kept, now);
    let (held, mut rest): (Vec<Post>, Vec<Post>) =
        posts.into_iter().partition(|post| post.state == PostState::Assigned);
    let mut items: Vec<QueuedView> = held
        .into_iter()
        .map(|post| QueuedView { post: PostView::of(post), place: None, why: None })
        .collect();
    for (one, place) in ordered.into_iter().zip(1..) {
        if let Some(at) = rest.iter().position(|post| post.id == one.post) {
            let post = PostView::of(rest.swap_remove(at));
            items.push(QueuedView { post, place: Some(place), why: Some(one.why) });
        }
    }
    Ok(Json(Page::whole(items)))
}
