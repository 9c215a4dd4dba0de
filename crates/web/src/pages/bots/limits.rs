//! Limits and money: who decides, how full its queue is kept, and what it may spend.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use domain::model::{Bot, Budget, MicroUsd, Purse, Scope};

use super::fields;
use super::head::{Head, Known, Tab};
use super::persona::Sheet;
use super::save::Shown;
use crate::access::Caller;
use crate::component::money;
use crate::pages::done::Done;
use crate::pages::forms::with_status;
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "bots/limits.html")]
struct Page<'a> {
    frame: Frame<'a>,
    head: Head,
    done: Option<String>,
    facts: Vec<(&'static str, String)>,
    budgets: Vec<Row>,
    form: Option<Sheet>,
}

/// A budget on the page: a row, and how much of it is gone.
struct Row {
    whose: &'static str,
    purse: &'static str,
    /// Today, and this month.
    gone: [Gone; 2],
}

struct Gone {
    amount: String,
    cap: Option<String>,
    /// Percent, 0 to 100.
    fill: i64,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, Problem> {
    let known = Known::find(&shared, bot).await?;
    let shown = Shown::of(&shared, &known.bot).await?;
    render(&shared, &caller, (&known, shown), done.sentence()).await
}

/// The tab with that form, or with its problems.
pub(super) async fn render(
    shared: &Shared,
    caller: &Caller,
    (known, shown): (&Known, Shown),
    done: Option<String>,
) -> Result<Response, Problem> {
    let budgets = shared.store.list_budgets_of(&known.bot.id, shared.clock.now()).await?;
    let budgets = budgets.iter().map(Row::of).collect();
    let frame = Frame::of(shared, caller, Section::Nowhere);
    let status = shown.status;
    let form = known.is_editable(&frame).then(|| Sheet {
        groups: fields::limits(&shown.form, &shown.problems),
        stamp: shown.stamp,
        said: shown.said,
    });
    let (head, facts) = (known.head(Tab::Limits), facts(&known.bot));
    Ok(with_status(status, &Page { frame, head, done, facts, budgets, form }))
}

fn facts(bot: &Bot) -> Vec<(&'static str, String)> {
    let queue = bot.queue;
    let yes = |is_so: bool, so: &str, not: &str| if is_so { so } else { not }.to_owned();
    vec![
        ("Who decides", format!("{}: {}", bot.mode.as_str(), bot.mode.explain())),
        (
            "Queue",
            format!(
                "below {} posts more are written, up to {}, {} at a time",
                queue.low_water, queue.high_water, queue.batch
            ),
        ),
        ("Sends", yes(!bot.is_rehearsal, "yes", "no, it rehearses: everything but the send")),
        (
            "Begins slowly",
            yes(bot.warms_up, "yes: at most 3, 6, 12 and 24 posts a day in its first weeks", "no"),
        ),
        (
            "Looks first",
            yes(
                bot.looks_first,
                "yes: its timeline is read before each post",
                "only where in doubt",
            ),
        ),
    ]
}

impl Row {
    fn of(budget: &Budget) -> Self {
        Self {
            whose: match budget.scope {
                Scope::Bot(_) => "This bot",
                Scope::App(_) => "All bots of its X app",
                Scope::All => "All bots",
            },
            purse: match budget.purse {
                Purse::X => "X",
                Purse::Model => "Model",
            },
            gone: [
                Gone::of(budget.gone_today, budget.caps.day),
                Gone::of(budget.gone_this_month, budget.caps.month),
            ],
        }
    }
}

impl Gone {
    fn of(amount: MicroUsd, cap: Option<MicroUsd>) -> Self {
        let percent = |cap: MicroUsd| amount.0.saturating_mul(100) / cap.0.max(1);
        Self {
            amount: money(amount),
            fill: cap.map_or(0, percent).clamp(0, 100),
            cap: cap.map(money),
        }
    }
}
