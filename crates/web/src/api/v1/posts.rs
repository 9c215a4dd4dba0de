//! Posts: listed, written, told in full, given other words, approved, rejected, taken away.

mod act;
mod many;
mod one;
mod view;

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::model::access::Right;
use domain::model::{BotId, PostId, PostState};
use domain::ports::store::PostsOf;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::ask::{Ask, Asked, Sent};
use super::once::{Made, once};
use super::operation::Operation;
use super::page::{Page, limit, start};
use super::table::Api;
use super::word::PostStateWord;
use crate::desk::{self, Added};
use crate::problem::Problem;
pub(super) use one::no_such_post;
pub(super) use view::PostView;

/// Characters of a text that is looked at; what X takes is far less.
pub(super) const TEXT_CHARS_MAX: usize = 10_000;
/// Characters of a topic at most.
pub(super) const TOPIC_CHARS_MAX: usize = 200;

/// Which posts, and which page of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Of this bot.
    #[param(pattern = "^[A-Za-z0-9_-]{1,64}$")]
    bot: Option<String>,
    /// In this state. Another one than `draft` needs a `bot` beside it.
    #[param(inline)]
    state: Option<PostStateWord>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{1,200}$")]
    cursor: Option<String>,
}

/// Which post.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct OfPost {
    /// The post's number.
    #[param(minimum = 1, example = 12)]
    pub(super) post: i64,
}

/// A text of one's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPost)]
struct Written {
    /// Whose it will be.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$", example = "lighthouse")]
    bot: String,
    /// The words. Review judges them as it judges a model's.
    #[schema(
        min_length = 1,
        max_length = 10_000,
        example = "The fog has a colour only the keepers know."
    )]
    text: String,
    /// What it is about; the topics of a queue take turns.
    #[schema(min_length = 1, max_length = 200)]
    topic: Option<String>,
}

pub(super) fn operations(api: Api) -> Api {
    let api = api
        .may(
            Right::Read,
            Operation::get("/posts", "list_posts", "Posts, newest first")
                .tells("Without `state`, posts of every state. Those that wait for a yes are `draft`.")
                .of::<Which>()
                .lists::<PostView>()
                .refuses(StatusCode::UNPROCESSABLE_ENTITY, "bot_needed")
                .refuses(StatusCode::NOT_FOUND, "no_such_bot"),
            list,
        )
        .may(
            Right::Draft,
            Operation::make("/posts", "create_post", "Write a post")
                .tells(
                    "It goes into its bot's queue, or waits for a yes where the bot's mode or a rule of \
                     review asks for one; `state` says which.",
                )
                .once()
                .takes::<Written>()
                .answers::<PostView>()
                .refuses(StatusCode::NOT_FOUND, "no_such_bot")
                .refuses(StatusCode::CONFLICT, "blocked_by_review")
                .refuses(StatusCode::CONFLICT, "duplicate"),
            create,
        );
    many::operations(act::operations(one::operations(api)))
}

async fn list(ask: Ask, Asked(which): Asked<Which>) -> Result<Json<Page<PostView>>, Problem> {
    let limit = limit(which.limit)?;
    let before: Option<i64> = start(which.cursor.as_ref())?;
    let bot = which.bot.map(BotId::try_from).transpose().map_err(|_| Problem::no_such_bot())?;
    let of = match (&bot, which.state.map(|word| word.0)) {
        (None, None) => PostsOf::All,
        (None, Some(PostState::Draft)) => PostsOf::Drafts,
        (None, Some(_)) => return Err(bot_needed()),
        (Some(bot), None) => PostsOf::Bot(bot),
        (Some(bot), Some(state)) => PostsOf::InState(bot, state),
    };
    let posts = ask.shared.store.page_posts(of, before.map(PostId), limit + 1).await?;
    Ok(Json(Page::of(posts, limit, |post| post.id.0, PostView::of)))
}

async fn create(
    ask: Ask,
    headers: HeaderMap,
    Sent { value: written, hash }: Sent<Written>,
) -> Result<Response, Problem> {
    let work = async {
        let bot = BotId::try_from(written.bot).map_err(|_| Problem::no_such_bot())?;
        bounded("text", &written.text, TEXT_CHARS_MAX)?;
        if let Some(topic) = &written.topic {
            bounded("topic", topic, TOPIC_CHARS_MAX)?;
        }
        let text = (written.text.as_str(), written.topic);
        let added = desk::add(&ask.shared, &ask.caller, &bot, text).await?;
        let (Added::Queued(id) | Added::Draft(id)) = added.map_err(desk::No::problem)?;
        let post = ask.shared.store.find_post(id).await?.ok_or_else(Problem::internal)?;
        Ok(Made::at(format!("/api/v1/posts/{}", id.0), &PostView::of(post)))
    };
    once(&ask, &headers, &["create_post", &hash], work).await
}

fn bot_needed() -> Problem {
    let detail = "Name a `bot` beside a `state` other than `draft`.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bot_needed", detail)
}

/// A text that is neither empty nor longer than anything that could be meant.
pub(super) fn bounded(field: &str, text: &str, max: usize) -> Result<(), Problem> {
    if (1..=max).contains(&text.chars().count()) {
        return Ok(());
    }
    let detail = format!("`{field}` has 1 to {max} characters.");
    Err(Problem::unprocessable(detail))
}
