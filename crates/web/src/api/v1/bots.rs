//! Bots: which there are, how they are, whether they post.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::model::access::Right;
use domain::model::{ApprovalMode, Bot, BotId, BotState, StateReason};
use domain::ports::store::BotLine;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ask::{Ask, Asked, Named};
use super::once::{Made, once};
use super::operation::Operation;
use super::page::{Page, Span};
use super::slots::SlotView;
use super::table::Api;
use super::word::{BotStateWord, ManagedByWord, ModeWord};
use crate::api::post::may_post;
use crate::problem::Problem;

/// Which bot.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct OfBot {
    /// The bot's name.
    #[param(pattern = "^[A-Za-z0-9_-]{1,64}$", example = "lighthouse")]
    pub(super) bot: String,
}

impl OfBot {
    /// The name of a bot that there may be.
    pub(super) fn id(&self) -> Result<BotId, Problem> {
        BotId::try_from(self.bot.as_str()).map_err(|_| Problem::no_such_bot())
    }
}

/// A bot, at a glance.
#[derive(Serialize, ToSchema)]
#[schema(as = Bot)]
pub(super) struct BotView {
    name: BotName,
    state: BotStateWord,
    /// Why it does not post, as a word.
    #[schema(required)]
    state_reason: Option<&'static str>,
    /// The same as a sentence, with the way out.
    #[schema(required)]
    explanation: Option<&'static str>,
    managed_by: ManagedByWord,
    /// Everything but the send.
    is_rehearsal: bool,
    /// Posts that X has.
    total_posts: u64,
    /// Posts in the queue.
    remaining_posts: u64,
    /// Below this the queue is refilled.
    low_water: u32,
    #[schema(required)]
    next_slot_at: Option<Timestamp>,
    #[schema(required)]
    last_post_at: Option<Timestamp>,
    #[schema(required)]
    last_replenishment_at: Option<Timestamp>,
    /// The pattern of its first schedule.
    schedule_cron: String,
    /// And its IANA zone.
    timezone: String,
    /// Money gone, X and model together, in millionths of a dollar.
    spend_micro_usd: i64,
    #[schema(required)]
    last_error: Option<LastError>,
}

/// The name of a bot.
pub(super) type BotName = String;

/// What went wrong last; cleared by the next success.
#[derive(Serialize, ToSchema)]
struct LastError {
    message: String,
    at: Timestamp,
}

/// A bot, with how it is declared.
#[derive(Serialize, ToSchema)]
#[schema(as = BotDetails)]
struct Details {
    bot: BotView,
    /// Who decides whether its posts go out.
    approval_mode: ModeWord,
    /// It posts to the real X, and not to a sandbox.
    is_live: bool,
    /// A new account of it begins slowly.
    warms_up: bool,
    /// Its timeline is read before every send.
    looks_first: bool,
    /// The queue is filled up to this.
    high_water: u32,
    /// Posts asked for in one request to a model.
    batch: u32,
    /// X's id of its account, where its token names it.
    #[schema(required)]
    x_user_id: Option<String>,
}

pub(super) fn operations(api: Api) -> Api {
    let no_such_bot = (StatusCode::NOT_FOUND, "no_such_bot");
    let (gone, bot_gone) = no_such_bot;
    api.may(
        Right::Read,
        Operation::get("/bots", "list_bots", "Bots, by name").of::<Span>().lists::<BotView>(),
        list,
    )
    .may(
        Right::Read,
        Operation::get("/bots/{bot}", "get_bot", "One bot")
            .of::<OfBot>()
            .answers::<Details>()
            .refuses(gone, bot_gone),
        one,
    )
    .may(
        Right::Approve,
        Operation::post("/bots/{bot}/pause", "pause_bot", "Have a bot post nothing for now")
            .tells("It plans and writes on. A bot that is paused stays so, and answers the same.")
            .of::<OfBot>()
            .answers::<BotView>()
            .refuses(gone, bot_gone)
            .refuses(StatusCode::CONFLICT, "bot_not_active"),
        pause,
    )
    .may(
        Right::Admin,
        Operation::post("/bots/{bot}/resume", "resume_bot", "Let a paused bot post again")
            .of::<OfBot>()
            .answers::<BotView>()
            .refuses(gone, bot_gone)
            .refuses(StatusCode::CONFLICT, "bot_not_paused")
            .refuses(StatusCode::FORBIDDEN, "proof_required"),
        resume,
    )
    .may(
        Right::Approve,
        Operation::make("/bots/{bot}/slots", "post_now", "Publish the next queued post now")
            .tells(
                "Makes a slot that is due at once. Where the bot has one already that waits, that one is \
                 answered, so a request that is sent twice makes one post.",
            )
            .of::<OfBot>()
            .once()
            .with(StatusCode::ACCEPTED)
            .answers::<SlotView>()
            .refuses(gone, bot_gone)
            .refuses(StatusCode::CONFLICT, "bot_not_active")
            .refuses(StatusCode::CONFLICT, "stopped")
            .refuses(StatusCode::SERVICE_UNAVAILABLE, "stopping"),
        post_now,
    )
}

async fn list(ask: Ask, Asked(span): Asked<Span>) -> Result<Json<Page<BotView>>, Problem> {
    let limit = span.limit()?;
    let after: Option<BotId> = span.start()?;
    let lines = ask.shared.store.list_bots(after.as_ref(), limit + 1).await?;
    Ok(Json(Page::of(lines, limit, |line| line.stats.bot.clone(), BotView::of)))
}

async fn one(ask: Ask, Named(of): Named<OfBot>) -> Result<Json<Details>, Problem> {
    let (id, store) = (of.id()?, &ask.shared.store);
    let (declared, ..) = store.find_bot(&id).await?.ok_or_else(Problem::no_such_bot)?;
    Ok(Json(Details::of(find(&ask, &id).await?, declared)))
}

async fn pause(ask: Ask, Named(of): Named<OfBot>) -> Result<Json<BotView>, Problem> {
    let id = of.id()?;
    let line = find(&ask, &id).await?;
    match line.state {
        BotState::Paused => return Ok(Json(BotView::of(line))),
        BotState::Active => {}
        BotState::NeedsLogin | BotState::Closed => {
            let said = format!("{id} does not post anyway: it is {}.", line.state.as_str());
            return Err(Problem::conflict("bot_not_active", said));
        }
    }
    turn(&ask, &id, "bot.pause", (BotState::Paused, Some(StateReason::Operator))).await
}

async fn resume(ask: Ask, Named(of): Named<OfBot>) -> Result<Json<BotView>, Problem> {
    let id = of.id()?;
    ask.caller.demand_proof(ask.shared.clock.now())?;
    let line = find(&ask, &id).await?;
    if line.state != BotState::Paused {
        let said = format!("{id} is not paused: it is {}.", line.state.as_str());
        return Err(Problem::conflict("bot_not_paused", said));
    }
    turn(&ask, &id, "bot.resume", (BotState::Active, None)).await
}

async fn turn(
    ask: &Ask,
    id: &BotId,
    action: &'static str,
    (state, reason): (BotState, Option<StateReason>),
) -> Result<Json<BotView>, Problem> {
    let (store, _) = ask.caller.acts(&ask.shared, action, format!("bot {id}"), None);
    if !store.set_bot_state(id, state, reason, ask.shared.clock.now()).await? {
        return Err(Problem::no_such_bot());
    }
    ask.shared.node.wake();
    Ok(Json(BotView::of(find(ask, id).await?)))
}

async fn post_now(
    ask: Ask,
    Named(of): Named<OfBot>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = of.id()?;
    let work = async {
        may_post(&ask.shared, &find(&ask, &id).await?).await?;
        let (store, _) = ask.caller.acts(&ask.shared, "bot.post_now", format!("bot {id}"), None);
        let slot = store.ask_for_slot(&id, ask.shared.clock.now()).await?;
        let slot = slot.ok_or_else(Problem::no_such_bot)?;
        ask.shared.node.wake();
        let line = ask.shared.store.find_slot(slot).await?.ok_or_else(Problem::internal)?;
        let view = SlotView::of(line, ask.is_sandbox());
        Ok(Made::at(format!("/api/v1/slots/{}", slot.0), &view).accepted())
    };
    once(&ask, &headers, &["post_now", id.as_str()], work).await
}

/// The bot, unless it is closed: then there is none any more.
pub(super) async fn find(ask: &Ask, id: &BotId) -> Result<BotLine, Problem> {
    let line = ask.shared.store.find_bot_line(id).await?.ok_or_else(Problem::no_such_bot)?;
    if line.state == BotState::Closed { Err(Problem::no_such_bot()) } else { Ok(line) }
}

impl BotView {
    pub(super) fn of(line: BotLine) -> Self {
        Self {
            name: line.stats.bot.into(),
            state: BotStateWord(line.state),
            state_reason: line.state_reason.map(StateReason::as_str),
            explanation: line.state_reason.map(StateReason::explain),
            managed_by: ManagedByWord(line.managed_by),
            is_rehearsal: line.is_rehearsal,
            total_posts: line.stats.total_posts,
            remaining_posts: line.stats.remaining_posts,
            low_water: line.low_water,
            next_slot_at: line.next_slot_at,
            last_post_at: line.stats.last_post_at,
            last_replenishment_at: line.stats.last_replenishment_at,
            schedule_cron: line.schedule_cron,
            timezone: line.timezone,
            spend_micro_usd: line.stats.spend.0,
            last_error: line.last_error.map(|(message, at)| LastError { message, at }),
        }
    }
}

impl Details {
    fn of(line: BotLine, declared: Bot) -> Self {
        let mode: ApprovalMode = declared.mode;
        Self {
            bot: BotView::of(line),
            approval_mode: ModeWord(mode),
            is_live: declared.is_live,
            warms_up: declared.warms_up,
            looks_first: declared.looks_first,
            high_water: declared.queue.high_water,
            batch: declared.queue.batch,
            x_user_id: declared.account.map(String::from),
        }
    }
}
