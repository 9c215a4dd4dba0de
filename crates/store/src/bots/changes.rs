//! What outcomes do to their bots.

use std::collections::BTreeMap;

use domain::model::{BotState, Receipt, StateReason, XPostId};
use domain::ports::store::BotChange;
use domain::rules::restriction::ACCOUNTS_MAX;
use jiff::Timestamp;
use serde::Serialize;

use super::BotKey;
use crate::arg::args;
use crate::batch::batch_row;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::events::Event;
use crate::fault::Fault;

/// X's ids grow, and are longer when they are larger; the anchor only ever grows.
static NOTE: Sql = Sql::new(
    "bots",
    "{each bot blocked:int refusals:int doubt:int anchor}
     UPDATE bots SET
        blocked_until = COALESCE(r.blocked, blocked_until),
        refusals_in_row = COALESCE(r.refusals, refusals_in_row),
        distrusted_since = CASE WHEN distrusted_since = r.doubt THEN NULL ELSE distrusted_since END,
        anchor = CASE WHEN r.anchor IS NOT NULL AND (bots.anchor IS NULL
                OR length(bots.anchor) < length(r.anchor)
                OR (length(bots.anchor) = length(r.anchor) AND bots.anchor < r.anchor))
            THEN r.anchor ELSE bots.anchor END,
        version = version + 1, updated_at = $2
     {from} WHERE bots.bot_id = r.bot",
);

/// A text of its own, because most outcomes leave the state and its indexes alone. A closed bot stays
/// closed.
static STOP: Sql = Sql::new(
    "bots",
    "WITH {rows bot state reason}
     UPDATE bots SET state = r.state, state_reason = r.reason
     FROM r WHERE bots.bot_id = r.bot AND {judged bots.state <> 'closed'}",
);

static PAUSE_APP: Sql = Sql::new(
    "bots",
    "WITH {rows bot reason}
     UPDATE bots SET state = 'paused', state_reason = r.reason, version = bots.version + 1,
        updated_at = $2
     FROM r JOIN bots o ON o.bot_id = r.bot
     WHERE bots.app = o.app AND bots.state = 'active'
     RETURNING bots.bot_id, bots.state_reason",
);

/// X ends associated accounts together.
static PAUSE_ASSOCIATES: Sql = Sql::new(
    "bots",
    "WITH {rows bot}
     UPDATE bots SET state = 'paused', state_reason = 'associates_restricted',
        version = bots.version + 1, updated_at = $2
     FROM r JOIN bots o ON o.bot_id = r.bot
     WHERE bots.app = o.app AND bots.state = 'active'
        AND (SELECT count(*) FROM bots h WHERE h.app = o.app AND h.state = 'paused'
            AND (h.state_reason = 'suspended' OR h.state_reason = 'looks_automated')) >= $3
     RETURNING bots.bot_id, bots.state_reason",
);

pub(crate) static TEXTS: [&Sql; 4] = [&NOTE, &STOP, &PAUSE_APP, &PAUSE_ASSOCIATES];

batch_row! {
    #[derive(Default)]
    struct ChangeRow {
        bot: String,
        blocked: Option<i64>,
        refusals: Option<u32>,
        doubt: Option<i64>,
        anchor: Option<XPostId>,
    }
}

#[derive(Debug, Serialize)]
struct StopRow {
    bot: String,
    state: &'static str,
    reason: &'static str,
}

#[derive(Debug, Serialize)]
struct PauseRow {
    bot: String,
    reason: &'static str,
}

/// What X does to accounts that it takes to break its rules; it says so of those beside them next.
const RESTRICTIONS: [StateReason; 2] = [StateReason::Suspended, StateReason::LooksAutomated];

/// The changes of a batch, one row a bot, ordered so that transactions lock in the same order.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    bots: BTreeMap<String, ChangeRow>,
    stops: BTreeMap<String, (BotState, StateReason)>,
    apps: BTreeMap<String, StateReason>,
}

impl Changes {
    /// Adds one outcome. A receipt is the newest own post, hence the anchor.
    pub(crate) fn add(&mut self, bot: &str, change: &BotChange, receipt: Option<&Receipt>) {
        if let Some(reason) = change.pause_app {
            self.apps.insert(bot.to_owned(), reason);
        }
        if let Some(stop) = change.state {
            self.stops.insert(bot.to_owned(), stop);
        }
        if *change == BotChange::default() && receipt.is_none() {
            return;
        }
        let row = self
            .bots
            .entry(bot.to_owned())
            .or_insert_with(|| ChangeRow { bot: bot.to_owned(), ..ChangeRow::default() });
        if let Some(until) = change.blocked_until {
            row.blocked = Some(until.as_millisecond());
        }
        row.refusals = change.refusals_in_row.or(row.refusals);
        row.doubt = change.settles_doubt.map(Timestamp::as_millisecond).or(row.doubt);
        let seen = [change.anchor.as_ref(), receipt.map(|receipt| &receipt.x_post_id)];
        row.anchor = seen.into_iter().flatten().cloned().chain(row.anchor.take()).max();
    }
}

/// Writes them, and adds an event for each bot that stopped.
pub(crate) async fn write(
    tx: &mut Tx,
    changes: Changes,
    happened: &mut Vec<Event>,
    now: i64,
) -> Result<(), Fault> {
    let rows: Vec<ChangeRow> = changes.bots.into_values().collect();
    tx.run_each(&NOTE, &rows, &args![now]).await?;
    let stops: Vec<StopRow> = changes
        .stops
        .into_iter()
        .map(|(bot, (state, reason))| StopRow {
            bot,
            state: state.as_str(),
            reason: reason.as_str(),
        })
        .collect();
    if !stops.is_empty() {
        tx.run(&STOP, &args![&json(&stops)]).await?;
    }
    let restricted: Vec<BotKey<'_>> = stops
        .iter()
        .filter(|stop| RESTRICTIONS.iter().any(|reason| reason.as_str() == stop.reason))
        .map(|stop| BotKey { bot: &stop.bot })
        .collect();
    if !restricted.is_empty() {
        let keys = json(&restricted);
        let args = args![&keys, now, i64::from(ACCOUNTS_MAX)];
        let paused: Vec<(String, Option<String>)> = tx.all(&PAUSE_ASSOCIATES, &args).await?;
        happened.extend(paused.into_iter().map(|(bot, reason)| event("paused", bot, reason)));
    }
    for stop in stops {
        happened.push(event(stop.state, stop.bot, Some(stop.reason.to_owned())));
    }
    let apps: Vec<PauseRow> = changes
        .apps
        .into_iter()
        .map(|(bot, reason)| PauseRow { bot, reason: reason.as_str() })
        .collect();
    if !apps.is_empty() {
        let paused: Vec<(String, Option<String>)> =
            tx.all(&PAUSE_APP, &args![&json(&apps), now]).await?;
        happened.extend(paused.into_iter().map(|(bot, reason)| event("paused", bot, reason)));
    }
    Ok(())
}

fn event(state: &str, bot: String, detail: Option<String>) -> Event {
    Event { kind: format!("bot.{state}"), bot: Some(bot), slot: None, detail }
}
