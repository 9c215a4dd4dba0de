//! `GET /stats`: the counters of the seed's table `bot_stats`, and their totals.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use domain::model::BotId;
use domain::ports::store::{BotLine, Counts};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::state::Shared;

/// Bots in one answer, unless asked for fewer.
const BOTS_MAX: u32 = 1000;

/// What to list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Only this bot.
    bot: Option<String>,
    /// Bots after this one, by name.
    after: Option<String>,
    /// So many at most.
    limit: Option<u32>,
}

/// The answer.
#[derive(Serialize)]
pub(crate) struct View {
    time: Timestamp,
    totals: Totals,
    bots: BTreeMap<String, Stats>,
    /// The address of the rest, if there is any.
    next: Option<String>,
}

#[derive(Serialize)]
struct Totals {
    bots: u64,
    bots_active: u64,
    total_posts: u64,
    remaining_posts: u64,
    unknown_slots: u64,
    attention_slots: u64,
    spend_usd: f64,
}

#[derive(Serialize)]
struct Stats {
    total_posts: u64,
    remaining_posts: u64,
    last_post_at: Option<Timestamp>,
    last_replenishment_at: Option<Timestamp>,
    spend_usd: f64,
}

/// The handler.
pub(crate) async fn stats(
    State(shared): State<Arc<Shared>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<View>, Problem> {
    let Query(asked) = asked.map_err(|_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "bad_query",
            "Of queries, `bot=NAME`, `after=NAME` and `limit=NUMBER` are understood.",
        )
    })?;
    let max = asked.limit.unwrap_or(BOTS_MAX).clamp(1, BOTS_MAX);
    let named = |name: &String| BotId::try_from(name.as_str()).map_err(|_| Problem::no_such_bot());
    let mut lines = match (&asked.bot, &asked.after) {
        (Some(bot), _) => {
            let line = shared.store.find_bot_line(&named(bot)?).await?;
            vec![line.ok_or_else(Problem::no_such_bot)?]
        }
        (None, None) => shared.store.list_bots(None, max + 1).await?,
        (None, Some(after)) => shared.store.list_bots(Some(&named(after)?), max + 1).await?,
    };
    let has_more = lines.len() > max as usize;
    lines.truncate(max as usize);
    let last = lines.last().filter(|_| has_more).map(|line| line.stats.bot.clone());
    Ok(Json(View {
        time: shared.clock.now(),
        totals: Totals::of(&shared.store.counts().await?),
        next: last.map(|last| format!("/stats?after={last}&limit={max}")),
        bots: lines.iter().map(|line| (line.stats.bot.to_string(), Stats::of(line))).collect(),
    }))
}

impl Totals {
    fn of(counts: &Counts) -> Self {
        Self {
            bots: counts.bots,
            bots_active: counts.bots_active,
            total_posts: counts.published,
            remaining_posts: counts.queued,
            unknown_slots: counts.unknown,
            attention_slots: counts.attention,
            spend_usd: counts.spend.dollars(),
        }
    }
}

impl Stats {
    fn of(line: &BotLine) -> Self {
        Self {
            total_posts: line.stats.total_posts,
            remaining_posts: line.stats.remaining_posts,
            last_post_at: line.stats.last_post_at,
            last_replenishment_at: line.stats.last_replenishment_at,
            spend_usd: line.stats.spend.dollars(),
        }
    }
}
