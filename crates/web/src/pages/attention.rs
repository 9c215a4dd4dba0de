//! `/attention`: everything that needs a person, each with its answers.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::model::{BotState, SlotId, SlotState, StateReason, XPostId};
use domain::ports::store::{SlotView, StoppedBot};
use domain::rules::attention::{Answer, resolve};
use serde::Deserialize;

use crate::access::Caller;
use crate::component::{Mark, Moment, Need};
use crate::pages::done::{Deed, Done};
use crate::pages::forms::{fields, next_to, see_other, with_status};
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

/// Things of a kind on the page at most.
const LISTED_MAX: u32 = 200;
/// A look of the engine may come between question and answer, but not so often.
const TRIES_MAX: u32 = 5;

#[derive(Template)]
#[template(path = "attention.html")]
struct Page<'a> {
    frame: Frame<'a>,
    slots: Vec<Asked>,
    bots: Vec<Stopped>,
    findings: Vec<Need>,
    drafts: u64,
    is_stopped: bool,
    done: Option<String>,
    said: Option<String>,
}

/// A slot that asks for an answer, or whose outcome is still looked for.
struct Asked {
    slot: i64,
    need: Need,
    takes_answer: bool,
}

struct Stopped {
    mark: Mark,
    bot: String,
    state: &'static str,
    why: &'static str,
    since: Moment,
    may_resume: bool,
}

/// One of the three answers.
#[derive(Deserialize)]
pub(crate) struct Given {
    answer: String,
    #[serde(default)]
    address: String,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    render(&shared, &caller, done.sentence(), None).await
}

pub(super) async fn render(
    shared: &Shared,
    caller: &Caller,
    done: Option<String>,
    said: Option<String>,
) -> Result<Response, Problem> {
    let (now, store) = (shared.clock.now(), &shared.store);
    let attention = store.list_slots(SlotView::Attention, None, LISTED_MAX).await?;
    let open = store.list_slots(SlotView::Open, None, LISTED_MAX).await?;
    let slots = attention.iter().chain(&open).map(|slot| Asked {
        slot: slot.slot.0,
        need: Need::of(slot, now),
        takes_answer: matches!(slot.state, SlotState::NeedsAttention(_)),
    });
    let bots = store.list_stopped_bots(None, LISTED_MAX).await?;
    let findings = store.list_findings(LISTED_MAX).await?;
    let drafts = store.count_drafts(LISTED_MAX).await?;
    let status = if said.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let page_of = Page {
        frame: Frame::of(shared, caller, Section::Attention),
        slots: slots.collect(),
        bots: bots.iter().map(|bot| Stopped::of(bot, now)).collect(),
        findings: findings.iter().map(|found| Need::of_finding(found, now)).collect(),
        drafts: drafts.iter().map(|(_, count)| count).sum(),
        is_stopped: store.counts().await?.is_stopped,
        done,
        said,
    };
    Ok(with_status(status, &page_of))
}

impl Stopped {
    fn of(bot: &StoppedBot, now: jiff::Timestamp) -> Self {
        Self {
            mark: Mark::of(&bot.bot),
            bot: bot.bot.to_string(),
            state: if bot.state == BotState::NeedsLogin { "needs a login" } else { "paused" },
            why: bot.reason.map_or("", StateReason::explain),
            since: Moment::relative(bot.since, now),
            may_resume: bot.state == BotState::Paused,
        }
    }
}

/// Takes an answer about a slot.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(slot): Path<i64>,
    given: Result<Form<Given>, FormRejection>,
) -> Result<Response, Problem> {
    let (given, slot) = (fields(given)?, SlotId(slot));
    let answer = match given.answer.as_str() {
        "posted" => {
            let Some(id) = XPostId::from_address(&given.address) else {
                let said = "Give the address of the post on X, such as \
                            https://x.com/NAME/status/123, or its number.";
                return render(&shared, &caller, None, Some(said.to_owned())).await;
            };
            Answer::Posted(id)
        }
        "send_now" => Answer::SendNow,
        "skip" => Answer::Skip,
        _ => return Err(Problem::unreadable()),
    };
    match settle(&shared, &caller, slot, &answer).await? {
        Ok(done) => {
            shared.node.wake();
            Ok(see_other(&done.on("/attention", &[])))
        }
        Err(said) => render(&shared, &caller, None, Some(said)).await,
    }
}

/// What became of it, or why the answer is not taken.
async fn settle(
    shared: &Shared,
    caller: &Caller,
    slot: SlotId,
    answer: &Answer,
) -> Result<Result<Done, String>, Problem> {
    for _ in 0..TRIES_MAX {
        let Some(asked) = shared.store.find_asked(slot).await? else {
            return Err(Problem::not_found());
        };
        if let Answer::Posted(id) = answer
            && let Some(holder) = shared.store.find_receipt(id).await?
        {
            return Ok(Err(format!("X's post {id} is what {holder} became.")));
        }
        let now = shared.clock.now();
        let resolution = match resolve(&asked, answer, &caller.actor.name, now) {
            Ok(resolution) => resolution,
            Err(refusal) => {
                return Ok(Err(format!("Slot {} of {}: {refusal}.", slot.0, asked.bot)));
            }
        };
        let object = format!("slot {} of bot {}", slot.0, asked.bot);
        let detail = Some(match answer {
            Answer::Posted(id) => format!("posted, as {id}"),
            Answer::SendNow | Answer::Skip => answer.as_str().to_owned(),
        });
        let (store, _) = caller.acts(shared, "slot.resolve", object, detail);
        if store.resolve_asked(&resolution, now).await? {
            let deed = match answer {
                Answer::Posted(_) => Deed::Posted,
                Answer::SendNow => Deed::SentAgain,
                Answer::Skip => Deed::Skipped,
            };
            return Ok(Ok(Done::of(deed, slot.0)));
        }
    }
    Ok(Err(format!("Slot {} changes all the time; try again in a minute.", slot.0)))
}

/// Stops all sending. Nothing is asked for once more: in an emergency seconds count.
pub(crate) async fn stop_all(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let (store, _) = caller.acts(&shared, "kill_switch.on", "house", None);
    store.set_kill_switch(true, shared.clock.now()).await?;
    shared.node.wake();
    Ok(see_other("/attention"))
}

/// Lets everything be sent again, after the password.
pub(crate) async fn start_all(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let now = shared.clock.now();
    if caller.demand_proof(now).is_err() {
        return Ok(see_other(&format!("/prove?{}", next_to("/attention"))));
    }
    let (store, _) = caller.acts(&shared, "kill_switch.off", "house", None);
    store.set_kill_switch(false, now).await?;
    shared.node.wake();
    Ok(see_other("/attention"))
}
