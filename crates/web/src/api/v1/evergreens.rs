//! The evergreen stock of a bot: texts that go out once each, when its queue is empty and a post is due.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::model::EvergreenId;
use domain::model::access::Right;
use domain::ports::store::Evergreen;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ask::{Ask, Asked, Named, Sent};
use super::bots::{OfBot, find};
use super::once::{Made, once};
use super::operation::Operation;
use super::page::{Page, Span};
use super::posts::{TEXT_CHARS_MAX, TOPIC_CHARS_MAX, bounded};
use super::table::Api;
use crate::desk::No;
use crate::desk::evergreens::{Aside, Yes, keep, let_go};
use crate::problem::Problem;

/// Which one.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OfEvergreen {
    /// Its number: another series than that of posts.
    #[param(minimum = 1)]
    evergreen: i64,
}

/// A text that is kept aside.
#[derive(Serialize, ToSchema)]
#[schema(as = Evergreen)]
struct View {
    id: i64,
    bot: String,
    text: String,
    #[schema(required)]
    topic: Option<String>,
    /// It may go out. One that may not waits for a yes under the policy that holds now: take it away, and
    /// keep it again with a yes.
    is_ready: bool,
    created_at: Timestamp,
}

/// A text to keep aside.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEvergreen)]
struct Written {
    /// The words. Review judges them as it judges a model's.
    #[schema(min_length = 1, max_length = 10_000, example = "The lamp is older than the road.")]
    text: String,
    /// What it is about.
    #[schema(min_length = 1, max_length = 200)]
    topic: Option<String>,
    /// The act is a yes to it as well; needs the right `approve`.
    #[serde(default)]
    approve: bool,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Read,
        Operation::get("/bots/{bot}/evergreens", "list_evergreens", "What is kept aside")
            .tells("In the order in which it is used.")
            .of::<OfBot>()
            .of::<Span>()
            .lists::<View>()
            .refuses(StatusCode::NOT_FOUND, "no_such_bot"),
        list,
    )
    .may(
        Right::Draft,
        Operation::make("/bots/{bot}/evergreens", "keep_evergreen", "Keep a text aside")
            .tells(
                "It goes out once, when the queue is empty and a post is due. Nobody is asked then, so \
                 where the bot's mode or a rule of review wants a person, `approve` says yes now.",
            )
            .once()
            .of::<OfBot>()
            .takes::<Written>()
            .answers::<View>()
            .refuses(StatusCode::NOT_FOUND, "no_such_bot")
            .refuses(StatusCode::CONFLICT, "blocked_by_review")
            .refuses(StatusCode::CONFLICT, "yes_needed")
            .refuses(StatusCode::CONFLICT, "duplicate"),
        make,
    )
    .may(
        Right::Draft,
        Operation::delete("/evergreens/{evergreen}", "remove_evergreen", "Take one away")
            .tells("For good.")
            .of::<OfEvergreen>()
            .refuses(StatusCode::NOT_FOUND, "no_such_evergreen"),
        remove,
    )
}

async fn list(
    ask: Ask,
    Named(of): Named<OfBot>,
    Asked(span): Asked<Span>,
) -> Result<Json<Page<View>>, Problem> {
    let limit = span.limit()?;
    let after = span.start()?.map(EvergreenId);
    let bot = of.id()?;
    find(&ask, &bot).await?;
    let stock = ask.shared.store.list_evergreens(&bot, after, limit + 1).await?;
    Ok(Json(Page::of(stock, limit, |one| one.id.0, View::of)))
}

async fn make(
    ask: Ask,
    Named(of): Named<OfBot>,
    headers: HeaderMap,
    Sent { value: written, hash }: Sent<Written>,
) -> Result<Response, Problem> {
    let name = of.bot.clone();
    let work = async {
        let bot = of.id()?;
        find(&ask, &bot).await?;
        bounded("text", &written.text, TEXT_CHARS_MAX)?;
        if let Some(topic) = &written.topic {
            bounded("topic", topic, TOPIC_CHARS_MAX)?;
        }
        let yes = if written.approve { Yes::Whole } else { Yes::No };
        let aside = Aside { text: &written.text, topic: written.topic, yes };
        let kept = keep(&ask.shared, &ask.caller, &bot, aside).await?.map_err(No::problem)?;
        Ok(Made::at(format!("/api/v1/bots/{bot}/evergreens"), &View::of(kept)))
    };
    once(&ask, &headers, &["keep_evergreen", &name, &hash], work).await
}

async fn remove(ask: Ask, Named(of): Named<OfEvergreen>) -> Result<Response, Problem> {
    let id = EvergreenId(of.evergreen);
    let_go(&ask.shared, &ask.caller, (None, id)).await?.map_err(No::problem)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl View {
    fn of(one: Evergreen) -> Self {
        Self {
            id: one.id.0,
            bot: one.bot.into(),
            text: one.content,
            topic: one.topic,
            is_ready: one.is_ready,
            created_at: one.created_at,
        }
    }
}
