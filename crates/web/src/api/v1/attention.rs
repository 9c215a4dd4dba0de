//! What needs a person besides slots: bots that do not post, and what the auditor found. Slots that need
//! one are those of `view=attention`, and posts those in the state `draft`.

use axum::Json;
use domain::model::access::Right;
use domain::model::{BotId, FindingKind, OpenFinding, StateReason};
use domain::ports::store::StoppedBot;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::ask::{Ask, Asked};
use super::operation::Operation;
use super::page::{Page, Span};
use super::table::Api;
use super::word::BotStateWord;
use crate::problem::Problem;

/// Findings that are listed at most, the oldest.
const FINDINGS_MAX: u32 = 200;

/// A bot that does not post.
#[derive(Serialize, ToSchema)]
#[schema(as = StoppedBot)]
struct StoppedView {
    bot: String,
    state: BotStateWord,
    /// Why, as a word.
    #[schema(required)]
    reason: Option<&'static str>,
    /// The same as a sentence, with the way out.
    #[schema(required)]
    explanation: Option<&'static str>,
    /// Since when, at the latest.
    since: Timestamp,
}

/// Something that the auditor found and that should not be.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditFinding)]
struct FindingView {
    id: i64,
    /// What, as a word.
    kind: &'static str,
    /// The same as a sentence.
    explanation: &'static str,
    way_out: &'static str,
    detail: String,
    #[schema(required)]
    bot: Option<String>,
    #[schema(required)]
    slot: Option<i64>,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Read,
        Operation::get("/attention/bots", "list_stopped_bots", "Bots that do not post, and why")
            .of::<Span>()
            .lists::<StoppedView>(),
        bots,
    )
    .may(
        Right::Read,
        Operation::get(
            "/attention/findings",
            "list_findings",
            "What the auditor found, oldest first",
        )
        .tells("At most 200; each ends by itself when it is mended.")
        .lists::<FindingView>(),
        findings,
    )
}

async fn bots(ask: Ask, Asked(span): Asked<Span>) -> Result<Json<Page<StoppedView>>, Problem> {
    let limit = span.limit()?;
    let after: Option<BotId> = span.start()?;
    let bots = ask.shared.store.list_stopped_bots(after.as_ref(), limit + 1).await?;
    Ok(Json(Page::of(bots, limit, |bot| bot.bot.clone(), StoppedView::of)))
}

async fn findings(ask: Ask) -> Result<Json<Page<FindingView>>, Problem> {
    let findings = ask.shared.store.list_findings(FINDINGS_MAX).await?;
    Ok(Json(Page::whole(findings.into_iter().map(FindingView::of).collect())))
}

impl StoppedView {
    fn of(stopped: StoppedBot) -> Self {
        Self {
            bot: stopped.bot.into(),
            state: BotStateWord(stopped.state),
            reason: stopped.reason.map(StateReason::as_str),
            explanation: stopped.reason.map(StateReason::explain),
            since: stopped.since,
        }
    }
}

impl FindingView {
    fn of(found: OpenFinding) -> Self {
        let kind: FindingKind = found.kind;
        Self {
            id: found.id.0,
            kind: kind.as_str(),
            explanation: kind.explain(),
            way_out: kind.way_out(),
            detail: found.detail,
            bot: found.bot.map(String::from),
            slot: found.slot.map(|slot| slot.0),
            first_seen: found.first_seen,
            last_seen: found.last_seen,
        }
    }
}
