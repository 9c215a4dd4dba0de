//! `/costs`: what is gone of each cap and what will be, who spends it, what things cost, and what another
//! schedule would.

mod ahead;
mod budgets;
mod days;
mod ledger;

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use domain::model::MicroUsd;
use domain::rules::cost;
use serde::Deserialize;

use self::ahead::{Foreseen, WhatIf};
use self::budgets::{Caps, Spender};
use self::ledger::Line;
use crate::access::Caller;
use crate::chart::{Panel, csv};
use crate::component::money;
use crate::pages::forms::page;
use crate::pages::frame::{Frame, Section};
use crate::pages::period::{Asked, Choice, Period, offered};
use crate::problem::Problem;
use crate::state::Shared;

const PATH: &str = "/costs";

#[derive(Template)]
#[template(path = "costs.html")]
struct Page<'a> {
    frame: Frame<'a>,
    bot: &'a str,
    bots: Vec<String>,
    choices: Vec<Choice>,
    days: i32,
    head: String,
    caps: Vec<Caps>,
    per_day: Panel,
    spenders: Vec<Spender>,
    prices: Vec<(&'static str, String)>,
    foreseen: Option<Foreseen>,
    what_if: WhatIf,
    lines: Vec<Line>,
    older: Option<String>,
    file: String,
}

/// Another schedule, and where in the ledger one is.
#[derive(Clone, Default, Deserialize)]
pub(crate) struct More {
    cron: Option<String>,
    of: Option<String>,
    before: Option<String>,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Query(asked): Query<Asked>,
    Query(more): Query<More>,
) -> Result<Response, Problem> {
    let period = Period::of(&shared, &asked).await?;
    let bots = offered(&shared).await?;
    let spent = days::read(&shared, &period).await?;
    let known = budgets::read(&shared, &period).await?;
    let what_if = ahead::what_if(&shared, &period, &more, bots.first()).await?;
    let foreseen = ahead::of_bot(&shared, &period, &known).await?;
    let (lines, older) = ledger::page(&shared, &period, more.before.as_deref()).await?;
    Ok(page(&Page {
        frame: Frame::of(&shared, &caller, Section::Costs),
        bot: period.bot_name(),
        bots,
        choices: period.choices(PATH),
        days: period.days,
        head: budgets::head(&known, &spent, period.now),
        caps: budgets::caps(&known, &spent, period.now),
        per_day: days::panel(&spent, &period),
        spenders: budgets::spenders(&shared, &period).await?,
        prices: prices(period.now),
        foreseen,
        what_if,
        lines,
        older,
        file: period.href("/costs/ledger.csv", &[]),
    }))
}

/// A table of it, as a file.
pub(crate) async fn file(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let period = Period::of(&shared, &asked).await?;
    match name.as_str() {
        "ledger.csv" => Ok(csv("flockwork-ledger", &ledger::table(&shared, &period).await?)),
        "days.csv" => {
            let spent = days::read(&shared, &period).await?;
            Ok(csv("flockwork-costs", &days::panel(&spent, &period).table))
        }
        _ => Err(Problem::not_found()),
    }
}

/// What things cost now.
fn prices(now: jiff::Timestamp) -> Vec<(&'static str, String)> {
    let (plain, linked) = (cost::post_cost(false, now), cost::post_cost(true, now));
    let times = linked.0 / plain.0.max(1);
    vec![
        ("A post", money(plain)),
        ("A post with a link", format!("{}, as much as {times} without", money(linked))),
        ("Reading one of a bot's own posts", money(cost::read_cost(1, now))),
        ("Asking X who an account is", money(cost::account_cost(now))),
    ]
}

/// Up to what a meter is full, in percent.
fn share(part: MicroUsd, whole: MicroUsd) -> i64 {
    let share = i128::from(part.0.max(0)) * 100 / i128::from(whole.0.max(1));
    i64::try_from(share).unwrap_or(100).min(100)
}
