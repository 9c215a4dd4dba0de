//! The ledger: what was reserved, spent and given back, line by line. It is only ever appended to.

use axum::Json;
use axum::http::StatusCode;
use domain::model::BotId;
use domain::model::access::Right;
use domain::ports::store::LedgerLine;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ask::{Ask, Asked};
use super::operation::Operation;
use super::page::{Page, limit, start};
use super::table::Api;
use super::word::SpendKindWord;
use crate::problem::Problem;

/// Which lines, and which page of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
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

/// A line of the ledger.
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerLine)]
struct LineView {
    id: i64,
    at: Timestamp,
    bot: String,
    #[schema(required)]
    slot: Option<i64>,
    kind: SpendKindWord,
    /// `reserve`, `settle`, `release`, `spend` or `write_off`.
    #[schema(required)]
    entry: Option<String>,
    /// In millionths of a dollar; below zero where it is given back.
    amount_micro_usd: i64,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Read,
        Operation::get("/ledger", "list_ledger", "Money, line by line, newest first")
            .of::<Which>()
            .lists::<LineView>()
            .refuses(StatusCode::NOT_FOUND, "no_such_bot"),
        list,
    )
}

async fn list(ask: Ask, Asked(which): Asked<Which>) -> Result<Json<Page<LineView>>, Problem> {
    let limit = limit(which.limit)?;
    let before: Option<i64> = start(which.cursor.as_ref())?;
    let bot = which.bot.map(BotId::try_from).transpose().map_err(|_| Problem::no_such_bot())?;
    let lines = ask.shared.store.list_ledger(bot.as_ref(), before, limit + 1).await?;
    Ok(Json(Page::of(lines, limit, |line| line.id, LineView::of)))
}

impl LineView {
    fn of(line: LedgerLine) -> Self {
        Self {
            id: line.id,
            at: line.at,
            bot: line.bot.into(),
            slot: line.slot.map(|slot| slot.0),
            kind: SpendKindWord(line.kind),
            entry: line.entry,
            amount_micro_usd: line.amount.0,
        }
    }
}
