//! When a bot posts, in words, and the next slots that follow from it.

use axum::Json;
use axum::http::StatusCode;
use domain::model::access::Right;
use domain::model::{BotId, Schedule};
use domain::rules::plan::{Firing, next_firings};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ask::{Ask, Asked, Named, bad_query};
use super::bots::OfBot;
use super::operation::Operation;
use super::page::Page;
use super::table::Api;
use super::word::OnMissWord;
use crate::problem::Problem;

/// Firings of a schedule at most.
const FIRINGS_MAX: u32 = 100;
/// And where nobody says.
const FIRINGS_DEFAULT: u32 = 5;

/// How many firings.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Ahead {
    /// So many of the next slots of each schedule.
    #[param(minimum = 0, maximum = 100, default = 5)]
    firings: Option<u32>,
}

/// A schedule.
#[derive(Serialize, ToSchema)]
#[schema(as = Schedule)]
struct ScheduleView {
    name: String,
    cron: String,
    /// The pattern in words.
    in_words: String,
    /// Its IANA zone.
    timezone: String,
    /// How late a post may still go out, in seconds.
    catch_up_secs: i64,
    /// What becomes of a slot after that.
    on_miss: OnMissWord,
    /// Each slot is moved later by a fixed amount below this, in seconds.
    jitter_max_secs: i64,
    /// Hours in which nothing is sent, in its zone: `23:00`.
    #[schema(required)]
    quiet_from: Option<String>,
    #[schema(required)]
    quiet_until: Option<String>,
    /// Topics that its slots keep to; none means any.
    topics: Vec<String>,
    next: Vec<FiringView>,
}

/// A slot to come.
#[derive(Serialize, ToSchema)]
#[schema(as = Firing)]
struct FiringView {
    due_at: Timestamp,
    /// When it would be due without jitter.
    nominal_at: Timestamp,
    /// The time of the pattern, in its zone.
    local_time: String,
    /// What is unusual about it: what clocks, quiet hours and jitter do.
    notes: Vec<String>,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Read,
        Operation::get(
            "/bots/{bot}/schedules",
            "list_schedules",
            "When a bot posts, and what comes next",
        )
        .of::<OfBot>()
        .of::<Ahead>()
        .lists::<ScheduleView>()
        .refuses(StatusCode::NOT_FOUND, "no_such_bot"),
        list,
    )
}

async fn list(
    ask: Ask,
    Named(of): Named<OfBot>,
    Asked(ahead): Asked<Ahead>,
) -> Result<Json<Page<ScheduleView>>, Problem> {
    let count = match ahead.firings.unwrap_or(FIRINGS_DEFAULT) {
        count @ 0..=FIRINGS_MAX => count as usize,
        _ => return Err(bad_query(&format!("`firings` is 0 to {FIRINGS_MAX}"))),
    };
    let (id, now) = (of.id()?, ask.shared.clock.now());
    let (bot, ..) = ask.shared.store.find_bot(&id).await?.ok_or_else(Problem::no_such_bot)?;
    let view = |schedule: &Schedule| ScheduleView::of(&id, schedule, now, count);
    Ok(Json(Page::whole(bot.schedules.iter().map(view).collect())))
}

impl ScheduleView {
    fn of(bot: &BotId, schedule: &Schedule, now: Timestamp, count: usize) -> Self {
        let quiet = schedule.quiet_hours;
        let firings = next_firings(bot, schedule, now, count);
        Self {
            name: schedule.name.clone(),
            cron: schedule.cron.to_string(),
            in_words: schedule.cron.describe(),
            timezone: schedule.zone_name().to_owned(),
            catch_up_secs: schedule.catch_up_window.as_secs(),
            on_miss: OnMissWord(schedule.on_miss),
            jitter_max_secs: schedule.jitter_max.as_secs(),
            quiet_from: quiet.map(|quiet| quiet.from.strftime("%H:%M").to_string()),
            quiet_until: quiet.map(|quiet| quiet.until.strftime("%H:%M").to_string()),
            topics: schedule.topics.clone(),
            next: firings.iter().map(FiringView::of).collect(),
        }
    }
}

impl FiringView {
    fn of(firing: &Firing) -> Self {
        Self {
            due_at: firing.planned.due_at,
            nominal_at: firing.nominal_at,
            local_time: firing.planned.local_time.to_string(),
            notes: firing.notes.iter().map(ToString::to_string).collect(),
        }
    }
}
