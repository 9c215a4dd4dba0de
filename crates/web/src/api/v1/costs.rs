//! Money: what may be spent, what is gone, and what is to come.

use axum::Json;
use axum::http::StatusCode;
use domain::model::access::Right;
use domain::model::{BotId, Budget, Schedule};
use domain::rules::forecast::{Forecast, PAST_MAX, forecast};
use domain::rules::plan;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ask::{Ask, Asked, Named, bad_query};
use super::bots::{OfBot, find};
use super::operation::Operation;
use super::page::{Page, limit, start};
use super::table::Api;
use super::word::PurseWord;
use crate::problem::Problem;

/// Days that a forecast may reach.
const DAYS_MAX: u32 = 366;
/// And where nobody says.
const DAYS_DEFAULT: u32 = 30;
/// Firings of one schedule that are counted.
const FIRINGS_MAX: usize = 20_000;

/// Which page of the budgets of bots.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Span {
    /// How many at most; a bot has two, one for X and one for the model.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{1,200}$")]
    cursor: Option<String>,
}

/// How far.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Reach {
    /// So many days.
    #[param(minimum = 1, maximum = 366, default = 30)]
    days: Option<u32>,
}

/// A cap, and how much of it is gone: spent, or reserved for what is on its way. Millionths of a dollar.
#[derive(Serialize, ToSchema)]
#[schema(as = Budget)]
struct BudgetView {
    /// For whom: `bot`, `app` or `all`.
    scope: &'static str,
    /// Which of them; empty for all.
    name: String,
    purse: PurseWord,
    /// What may be spent in a day; none where nothing limits it.
    #[schema(required)]
    day_cap_micro_usd: Option<i64>,
    #[schema(required)]
    month_cap_micro_usd: Option<i64>,
    /// The day in UTC that this is of.
    #[schema(format = Date)]
    day: String,
    gone_today_micro_usd: i64,
    gone_this_month_micro_usd: i64,
}

/// What is to come, from the bot's real schedule and from what its last posts were like.
#[derive(Serialize, ToSchema)]
#[schema(as = Forecast)]
struct ForecastView {
    days: u32,
    /// Posts that will go out.
    posts: u64,
    /// Of those, with a link.
    with_link: u64,
    /// What X will charge, in millionths of a dollar.
    x_micro_usd: i64,
    /// What the model will charge for those that are not written yet.
    model_micro_usd: i64,
    total_micro_usd: i64,
    /// From so many posts it was concluded.
    measured: u64,
    /// A schedule fires more often than is counted, so it is more than this.
    is_cut_off: bool,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Read,
        Operation::get("/budgets", "list_budgets", "What each bot may spend, and what is gone")
            .of::<Span>()
            .lists::<BudgetView>(),
        of_bots,
    )
    .may(
        Right::Read,
        Operation::get(
            "/budgets/shared",
            "list_shared_budgets",
            "The same of apps, and of all bots together",
        )
        .lists::<BudgetView>(),
        shared,
    )
    .may(
        Right::Read,
        Operation::get("/bots/{bot}/forecast", "get_forecast", "What a bot will cost")
            .of::<OfBot>()
            .of::<Reach>()
            .answers::<ForecastView>()
            .refuses(StatusCode::NOT_FOUND, "no_such_bot"),
        ahead,
    )
}

async fn of_bots(ask: Ask, Asked(span): Asked<Span>) -> Result<Json<Page<BudgetView>>, Problem> {
    let limit = limit(span.limit)?;
    let after: Option<BotId> = start(span.cursor.as_ref())?;
    // Both purses of a bot stay on one page.
    let bots = limit.div_ceil(2);
    let now = ask.shared.clock.now();
    let ids = ask.shared.store.list_bot_ids(after.as_ref(), bots + 1).await?;
    let budgets = ask.shared.store.list_bot_budgets(after.as_ref(), bots, now).await?;
    let next = ids.get(bots as usize).and_then(|_| ids.get(bots as usize - 1)).cloned();
    Ok(Json(Page::leading(budgets.iter().map(BudgetView::of).collect(), next.as_ref())))
}

async fn shared(ask: Ask) -> Result<Json<Page<BudgetView>>, Problem> {
    let budgets = ask.shared.store.list_shared_budgets(ask.shared.clock.now()).await?;
    Ok(Json(Page::whole(budgets.iter().map(BudgetView::of).collect())))
}

async fn ahead(
    ask: Ask,
    Named(of): Named<OfBot>,
    Asked(reach): Asked<Reach>,
) -> Result<Json<ForecastView>, Problem> {
    let days @ 1..=DAYS_MAX = reach.days.unwrap_or(DAYS_DEFAULT) else {
        return Err(bad_query(&format!("`days` is 1 to {DAYS_MAX}")));
    };
    let (id, store, now) = (of.id()?, &ask.shared.store, ask.shared.clock.now());
    let (bot, ..) = store.find_bot(&id).await?.ok_or_else(Problem::no_such_bot)?;
    let queued = find(&ask, &id).await?.stats.remaining_posts;
    let until = now + SignedDuration::from_hours(24 * i64::from(days));
    let (firings, is_cut_off) = firings(&id, &bot.schedules, now, until);
    let firings = if bot.is_rehearsal { Vec::new() } else { firings };
    let past = store.list_past_costs(&id, PAST_MAX).await?;
    let forecast = forecast(&firings, queued, &past);
    Ok(Json(ForecastView::of(days, &forecast, is_cut_off)))
}

/// When the bot posts until then, soonest first, and whether that is not all.
fn firings(
    bot: &BotId,
    schedules: &[Schedule],
    now: Timestamp,
    until: Timestamp,
) -> (Vec<Timestamp>, bool) {
    let (mut all, mut is_cut_off) = (Vec::new(), false);
    for schedule in schedules {
        let found = plan::between(bot, schedule, now, until, FIRINGS_MAX);
        is_cut_off |= found.until < until;
        let is_quiet = |at: Timestamp| {
            schedule.quiet_hours.is_some_and(|quiet| quiet.contain(at, &schedule.zone))
        };
        all.extend(found.slots.iter().map(|slot| slot.due_at).filter(|at| !is_quiet(*at)));
    }
    all.sort_unstable();
    (all, is_cut_off)
}

impl BudgetView {
    fn of(budget: &Budget) -> Self {
        Self {
            scope: budget.scope.as_str(),
            name: budget.scope.name().to_owned(),
            purse: PurseWord(budget.purse),
            day_cap_micro_usd: budget.caps.day.map(|cap| cap.0),
            month_cap_micro_usd: budget.caps.month.map(|cap| cap.0),
            day: budget.day.to_string(),
            gone_today_micro_usd: budget.gone_today.0,
            gone_this_month_micro_usd: budget.gone_this_month.0,
        }
    }
}

impl ForecastView {
    fn of(days: u32, forecast: &Forecast, is_cut_off: bool) -> Self {
        Self {
            days,
            posts: forecast.posts,
            with_link: forecast.with_link,
            x_micro_usd: forecast.x.0,
            model_micro_usd: forecast.model.0,
            total_micro_usd: forecast.total().0,
            measured: forecast.measured,
            is_cut_off,
        }
    }
}
