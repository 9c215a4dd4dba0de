//! The order of a queue, and a person's hand on it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use domain::model::{BotId, Post, PostId, PostState};
use domain::rules::pick::{Ordered, order};
use jiff::Timestamp;
use serde::Deserialize;

use super::POSTS_MAX;
use crate::access::Caller;
use crate::pages::done::{Deed, Done};
use crate::pages::forms::{fields, see_other};
use crate::problem::Problem;
use crate::state::Shared;

/// Where a post goes.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Way {
    Up,
    Down,
    First,
    /// All of them as their topics say.
    Free,
}

/// Which post, and where it goes.
#[derive(Deserialize)]
pub(crate) struct Hand {
    way: Way,
    #[serde(default)]
    post: i64,
}

/// A queue in its order.
pub(super) struct Queue {
    pub(super) posts: Vec<Post>,
    ordered: Vec<Ordered>,
    pub(super) is_placed: bool,
}

impl Queue {
    /// The first posts of that bot's.
    pub(super) async fn read(
        shared: &Shared,
        bot: &BotId,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let posts = shared.store.list_queue(bot, POSTS_MAX).await?;
        let queue = shared.store.find_order(bot).await?;
        // Schedules with topics of their own may disagree; then each slot is another story.
        let plans = shared.store.list_plans(bot).await?;
        let kept = match &plans[..] {
            [one] => one.schedule.topics.clone(),
            _ => Vec::new(),
        };
        Ok(Self {
            ordered: order(&queue, &posts, &kept, now),
            is_placed: !queue.placed.is_empty(),
            posts,
        })
    }

    /// What slots hold, then the rest in its order with place and reason.
    pub(super) fn rows(&self) -> Vec<(&Post, Option<(usize, String)>)> {
        let held = self.posts.iter().filter(|post| post.state == PostState::Assigned);
        let find = |id: PostId| self.posts.iter().find(|post| post.id == id);
        let ordered = self.ordered.iter().zip(1..);
        let ordered = ordered
            .filter_map(|(one, place)| Some((find(one.post)?, Some((place, one.why.clone())))));
        held.map(|post| (post, None)).chain(ordered).collect()
    }

    /// The posts that have a place once `post` has gone that way; `None` where it cannot.
    fn after(&self, post: PostId, way: Way) -> Option<Vec<PostId>> {
        let mut ids: Vec<PostId> = self.ordered.iter().map(|one| one.post).collect();
        let from = ids.iter().position(|id| *id == post)?;
        let to = match way {
            Way::Up => from.checked_sub(1)?,
            Way::Down => from + 1,
            Way::First => 0,
            Way::Free => return Some(Vec::new()),
        };
        if to >= ids.len() || to == from {
            return None;
        }
        let moved = ids.remove(from);
        ids.insert(to, moved);
        // What comes after the two goes by its topic as before, but for what had a place already.
        let placed = self.ordered.iter().filter(|one| one.why == PLACED).count();
        ids.truncate((from.max(to) + 1).max(placed));
        Some(ids)
    }
}

/// What `rules::pick` says of a post that has its place by hand.
const PLACED: &str = "put here by hand";

/// Puts a post further up or down, or lets the queue go by its topics again.
pub(crate) async fn put(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    hand: Result<Form<Hand>, FormRejection>,
) -> Result<Response, Problem> {
    let hand = fields(hand)?;
    let name = BotId::try_from(bot).map_err(|_| Problem::no_such_bot())?;
    let now = shared.clock.now();
    let post = PostId(hand.post);
    let posts = match hand.way {
        Way::Free => Some(Vec::new()),
        way => Queue::read(&shared, &name, now).await?.after(post, way),
    };
    let Some(posts) = posts else {
        let same = format!("/queue?bot={name}#post-{}", post.0);
        return Ok(see_other(&same));
    };
    let detail = match hand.way {
        Way::Up => format!("post {} up", post.0),
        Way::Down => format!("post {} down", post.0),
        Way::First => format!("post {} first", post.0),
        Way::Free => "by topic again".to_owned(),
    };
    let (store, _) = caller.acts(&shared, "queue.order", format!("bot {name}"), Some(detail));
    store.order_queue(&name, &posts, now).await?;
    shared.node.wake();
    let done = match hand.way {
        Way::Free => Done::of(Deed::Freed, 0),
        Way::Up | Way::Down | Way::First => Done::of(Deed::Placed, post.0),
    };
    let place = done.on("/queue", &[("bot", name.as_str())]);
    Ok(see_other(&format!("{place}#post-{}", post.0)))
}
