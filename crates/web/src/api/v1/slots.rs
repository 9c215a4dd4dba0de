//! Slots: what is to leave, what is on its way, what left, and what needs a person.

use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use domain::model::access::Right;
use domain::model::{BotId, SlotId, XPostId};
use domain::ports::store::{HeldSlot, SlotLine, SlotView as Boards};
use domain::rules::attention::Answer;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ask::{Ask, Asked, Named, Sent};
use super::operation::Operation;
use super::page::{Page, limit, start};
use super::table::Api;
use super::tag::Tag;
use super::word::PhaseWord;
use crate::component::x_address;
use crate::desk::settle;
use crate::problem::Problem;

/// Which slot.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct OfSlot {
    /// The slot's number.
    #[param(minimum = 1, example = 12)]
    pub(super) slot: i64,
}

/// Which slots, and which page of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Which board: what leaves next (soonest first), what is on its way, what is gone (newest first), what
    /// needs a person (oldest first).
    #[param(inline)]
    view: Board,
    /// Of this bot.
    #[param(pattern = "^[A-Za-z0-9_-]{1,64}$")]
    bot: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{1,200}$")]
    cursor: Option<String>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Board {
    Next,
    Open,
    Gone,
    Attention,
}

/// A slot.
#[derive(Serialize, ToSchema)]
#[schema(as = Slot)]
pub(super) struct SlotView {
    id: i64,
    bot: String,
    due_at: Timestamp,
    state: PhaseWord,
    /// Why it was skipped, failed or needs a person, as a word.
    #[schema(required)]
    reason: Option<&'static str>,
    /// The same as a sentence.
    #[schema(required)]
    explanation: Option<&'static str>,
    /// One more sentence about its state, such as X's own words.
    #[schema(required)]
    detail: Option<String>,
    /// When the engine looks at it next.
    #[schema(required)]
    wake_at: Option<Timestamp>,
    /// When it came into its state.
    updated_at: Timestamp,
    /// The post that it holds or sent.
    #[schema(required)]
    post: Option<i64>,
    /// Its text.
    #[schema(required)]
    text: Option<String>,
    #[schema(required)]
    topic: Option<String>,
    /// Attempts so far.
    attempts: u32,
    #[schema(required)]
    x_post_id: Option<String>,
    #[schema(required)]
    posted_at: Option<Timestamp>,
    /// Where the post stands.
    #[schema(required)]
    url: Option<String>,
    /// Nothing will happen to it by itself any more.
    is_final: bool,
}

/// What became of a slot whose outcome nobody knows.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "answer", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = Resolution)]
enum Given {
    /// X has it.
    Posted {
        /// The address of the post on X, or its number.
        #[schema(
            min_length = 1,
            max_length = 200,
            example = "https://x.com/i/web/status/1860400000000000001"
        )]
        address: String,
    },
    /// X does not have it: the same bytes again, now.
    SendNow {},
    /// Leave it.
    Skip {},
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Read,
        Operation::get("/slots", "list_slots", "Slots of a board")
            .of::<Which>()
            .lists::<SlotView>()
            .refuses(StatusCode::NOT_FOUND, "no_such_bot"),
        list,
    )
    .may(
        Right::Read,
        Operation::get("/slots/{slot}", "get_slot", "One slot")
            .of::<OfSlot>()
            .tagged()
            .answers::<SlotView>()
            .refuses(StatusCode::NOT_FOUND, "no_such_slot"),
        one,
    )
    .may(
        Right::Approve,
        Operation::post("/slots/{slot}/resolve", "resolve_slot", "Say what became of a lost post")
            .tells("For slots in the state `needs_attention`. The answer is kept with who gave it.")
            .of::<OfSlot>()
            .takes::<Given>()
            .answers::<SlotView>()
            .refuses(StatusCode::NOT_FOUND, "no_such_slot")
            .refuses(StatusCode::UNPROCESSABLE_ENTITY, "no_address")
            .refuses(StatusCode::CONFLICT, "receipt_taken")
            .refuses(StatusCode::CONFLICT, "not_asked")
            .refuses(StatusCode::CONFLICT, "already_so")
            .refuses(StatusCode::CONFLICT, "no_post")
            .refuses(StatusCode::CONFLICT, "made_before")
            .refuses(StatusCode::CONFLICT, "made_later")
            .refuses(StatusCode::CONFLICT, "text_changed")
            .refuses(StatusCode::CONFLICT, "bot_not_active")
            .refuses(StatusCode::CONFLICT, "in_the_way")
            .refuses(StatusCode::CONFLICT, "restless"),
        answer,
    )
}

async fn list(ask: Ask, Asked(which): Asked<Which>) -> Result<Json<Page<SlotView>>, Problem> {
    let limit = limit(which.limit)?;
    let after: Option<(Timestamp, i64)> = start(which.cursor.as_ref())?;
    let after = after.map(|(due_at, id)| (due_at, SlotId(id)));
    let bot = which.bot.map(BotId::try_from).transpose().map_err(|_| Problem::no_such_bot())?;
    let view = match which.view {
        Board::Next => Boards::Next,
        Board::Open => Boards::Open,
        Board::Gone => Boards::Gone,
        Board::Attention => Boards::Attention,
    };
    let lines = ask.shared.store.page_slots(view, bot.as_ref(), after, limit + 1).await?;
    let is_sandbox = ask.is_sandbox();
    let key = |line: &SlotLine| (line.due_at, line.slot.0);
    Ok(Json(Page::of(lines, limit, key, |line| SlotView::of(line, is_sandbox))))
}

async fn one(ask: Ask, Named(of): Named<OfSlot>) -> Result<Response, Problem> {
    show(&ask, SlotId(of.slot)).await
}

/// The slot as it is now, with its tag.
pub(super) async fn show(ask: &Ask, slot: SlotId) -> Result<Response, Problem> {
    // The tag is read first: where somebody is faster, it is that of an older state, and fits nothing.
    let held = ask.shared.store.find_held(slot).await?.ok_or_else(no_such_slot)?;
    let Json(view) = find(ask, slot).await?;
    Ok(tag(&held).on(view))
}

/// What a hand on it depends on.
pub(super) fn tag(held: &HeldSlot) -> Tag {
    Tag::of(&[&held.slot.0.to_string(), &held.version.to_string()])
}

async fn answer(
    ask: Ask,
    Named(of): Named<OfSlot>,
    Sent { value: given, .. }: Sent<Given>,
) -> Result<Json<SlotView>, Problem> {
    let slot = SlotId(of.slot);
    let answer = match given {
        Given::Posted { address } => Answer::Posted(read_address(&address)?),
        Given::SendNow {} => Answer::SendNow,
        Given::Skip {} => Answer::Skip,
    };
    match settle(&ask.shared, &ask.caller, slot, &answer).await? {
        Ok(()) => find(&ask, slot).await,
        Err(no) => Err(no.problem()),
    }
}

fn read_address(address: &str) -> Result<XPostId, Problem> {
    XPostId::from_address(address).ok_or_else(|| {
        let detail = "`address` is that of the post on X, such as https://x.com/NAME/status/123, or its \
                      number.";
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no_address", detail)
    })
}

async fn find(ask: &Ask, slot: SlotId) -> Result<Json<SlotView>, Problem> {
    let line = ask.shared.store.find_slot(slot).await?.ok_or_else(no_such_slot)?;
    Ok(Json(SlotView::of(line, ask.is_sandbox())))
}

pub(super) fn no_such_slot() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no_such_slot",
        "No slot has this number. GET /api/v1/slots lists them.",
    )
}

impl SlotView {
    pub(super) fn of(line: SlotLine, is_sandbox: bool) -> Self {
        let on_x = line.x_post_id.as_ref().filter(|_| !is_sandbox);
        let url = on_x.map(x_address);
        Self {
            id: line.slot.0,
            bot: line.bot.into(),
            due_at: line.due_at,
            state: PhaseWord(line.state.phase()),
            reason: line.state.reason(),
            explanation: Some(line.state.explain()).filter(|why| !why.is_empty()),
            detail: line.detail,
            wake_at: line.wake_at,
            updated_at: line.updated_at,
            post: line.post.map(|post| post.0),
            text: line.text,
            topic: line.topic,
            attempts: line.attempts,
            x_post_id: line.x_post_id.map(String::from),
            posted_at: line.posted_at,
            url,
            is_final: line.state.phase().is_final(),
        }
    }
}
