//! The caps that a node declares, for all of them.

use domain::model::{BotFile, Budgets, Purse, PurseCaps};
use serde::Serialize;

use crate::arg::args;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::ledger;
use crate::rows::Reading;

/// The caps that were written last, so that a restart with ten thousand bots writes nothing.
static DECLARED: Sql = Sql::new("meta", "SELECT value FROM meta WHERE key = 'budgets'");

static DECLARE: Sql = Sql::new(
    "meta",
    "INSERT INTO meta (key, value) VALUES ('budgets', $1)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value",
);

static SET: Sql = Sql::new(
    "budgets",
    "WITH {rows purse scope name day_cap:int month_cap:int}
     INSERT INTO budgets (purse, scope, name, day_cap, month_cap, day, updated_at)
     SELECT r.purse, r.scope, r.name, r.day_cap, r.month_cap, $3, $2 FROM r WHERE true
     ON CONFLICT (purse, scope, name) DO UPDATE SET day_cap = excluded.day_cap,
        month_cap = excluded.month_cap, updated_at = excluded.updated_at",
);

/// What says nothing of its own has what is said for all of its kind.
static SPREAD: Sql = Sql::new(
    "budgets",
    "UPDATE budgets SET updated_at = $1,
        day_cap = (SELECT d.day_cap FROM budgets d
            WHERE d.purse = budgets.purse AND d.scope = budgets.scope AND d.name = '*'),
        month_cap = (SELECT d.month_cap FROM budgets d
            WHERE d.purse = budgets.purse AND d.scope = budgets.scope AND d.name = '*')
     WHERE scope IN ('bot', 'app') AND name <> '*'",
);

/// Bots that are new. Asked for one by one, by key: a server that has not counted the caps yet compares
/// each bot with all of them, and with ten thousand bots no other node could start.
static COVER_BOTS: Sql = Sql::new(
    "budgets",
    "INSERT INTO budgets (purse, scope, name, day_cap, month_cap, day, updated_at)
     SELECT d.purse, d.scope, b.bot_id, d.day_cap, d.month_cap, d.day, $1
     FROM bots b CROSS JOIN budgets d
     WHERE d.purse IN ('x', 'model') AND d.scope = 'bot' AND d.name = '*'
        AND (SELECT count(*) FROM budgets o
            WHERE o.purse = d.purse AND o.scope = d.scope AND o.name = b.bot_id) = 0
     ON CONFLICT (purse, scope, name) DO NOTHING",
);

static COVER_APPS: Sql = Sql::new(
    "budgets",
    "INSERT INTO budgets (purse, scope, name, day_cap, month_cap, day, updated_at)
     SELECT d.purse, d.scope, b.app, d.day_cap, d.month_cap, d.day, $1
     FROM (SELECT DISTINCT app FROM bots) AS b CROSS JOIN budgets d
     WHERE d.purse IN ('x', 'model') AND d.scope = 'app' AND d.name = '*'
        AND (SELECT count(*) FROM budgets o
            WHERE o.purse = d.purse AND o.scope = d.scope AND o.name = b.app) = 0
     ON CONFLICT (purse, scope, name) DO NOTHING",
);

/// Bots of the dashboard, closed ones too, whose own caps stand with them and not in what a node declares.
static OF_DASHBOARD: Sql = Sql::new(
    "bot_configs",
    "SELECT b.bot_id, c.bot_file FROM bots b JOIN bot_configs c ON c.bot_id = b.bot_id
     WHERE b.managed_by = 'dashboard'",
);

/// What a bot does not say itself is said for all bots.
static SET_OWN: Sql = Sql::new(
    "budgets",
    "WITH {rows purse name day_cap:int month_cap:int}
     INSERT INTO budgets (purse, scope, name, day_cap, month_cap, day, updated_at)
     SELECT r.purse, 'bot', r.name, COALESCE(r.day_cap, d.day_cap),
        COALESCE(r.month_cap, d.month_cap), $3, $2
     FROM r LEFT JOIN budgets d ON d.purse = r.purse AND d.scope = 'bot' AND d.name = '*' WHERE true
     ON CONFLICT (purse, scope, name) DO UPDATE SET day_cap = excluded.day_cap,
        month_cap = excluded.month_cap, updated_at = excluded.updated_at",
);

/// What waited for money asks at once. Also what waits for another reason: it is told again.
static WAKE_SLOTS: Sql = Sql::new(
    "slots",
    "UPDATE slots SET wake_at = $1
     WHERE state = 'assigned' AND wake_at IS NOT NULL AND wake_at > $1 AND due_at <= $1",
);

static WAKE_QUEUES: Sql = Sql::new(
    "bot_stats",
    "UPDATE bot_stats SET refill_not_before = $1
     WHERE low_water > remaining_posts + draft_posts AND refill_fence IS NULL AND refill_not_before > $1",
);

/// The same for one bot.
static WAKE_SLOTS_OF: Sql = Sql::new(
    "slots",
    "UPDATE slots SET wake_at = $1
     WHERE bot_id = $2 AND state = 'assigned' AND wake_at IS NOT NULL AND wake_at > $1
        AND due_at <= $1",
);

static WAKE_QUEUE_OF: Sql = Sql::new(
    "bot_stats",
    "UPDATE bot_stats SET refill_not_before = $1
     WHERE bot_id = $2 AND refill_fence IS NULL AND refill_not_before > $1",
);

pub(crate) static TEXTS: [&Sql; 12] = [
    &DECLARED,
    &DECLARE,
    &SET,
    &SPREAD,
    &COVER_BOTS,
    &COVER_APPS,
    &OF_DASHBOARD,
    &SET_OWN,
    &WAKE_SLOTS,
    &WAKE_QUEUES,
    &WAKE_SLOTS_OF,
    &WAKE_QUEUE_OF,
];

#[derive(Serialize)]
struct CapRow<'a> {
    purse: &'static str,
    scope: &'static str,
    name: &'a str,
    day_cap: Option<i64>,
    month_cap: Option<i64>,
}

pub(super) async fn sync(tx: &mut Tx, budgets: &Budgets, now: i64) -> Result<(), Fault> {
    let declared = json(budgets);
    let before: Option<(String,)> = tx.one(&DECLARED, &[]).await?;
    if before.is_some_and(|(before,)| before == declared) {
        return cover(tx, now).await;
    }
    // Slots before budgets, as in a claim.
    tx.run(&WAKE_SLOTS, &args![now]).await?;
    tx.run(&WAKE_QUEUES, &args![now]).await?;
    let today = ledger::day_of(now)?.to_string();
    let all = Purse::ALL.iter().flat_map(|purse| {
        [("bot", "*", &budgets.bot), ("app", "*", &budgets.app), ("all", "", &budgets.all)]
            .map(|(scope, name, caps)| row(*purse, (scope, name), caps))
    });
    let rows: Vec<CapRow<'_>> = all.collect();
    tx.run(&SET, &args![&json(&rows), now, &today]).await?;
    cover(tx, now).await?;
    tx.run(&SPREAD, &args![now]).await?;
    let own: Vec<(&str, PurseCaps)> =
        budgets.of_bots.keys().map(|bot| (bot.as_str(), budgets.of_bot(bot))).collect();
    let rows: Vec<CapRow<'_>> = own
        .iter()
        .flat_map(|(bot, caps)| Purse::ALL.iter().map(|purse| row(*purse, ("bot", *bot), caps)))
        .collect();
    tx.run(&SET, &args![&json(&rows), now, &today]).await?;
    let own = of_dashboard(tx).await?;
    set_own(tx, &own, now).await?;
    tx.run(&DECLARE, &args![&declared]).await?;
    tx.announce().await
}

async fn of_dashboard(tx: &mut Tx) -> Result<Vec<(String, PurseCaps)>, Fault> {
    let rows: Vec<(String, String)> = tx.all(&OF_DASHBOARD, &[]).await?;
    let mut own = Vec::new();
    for (bot, file) in rows {
        let file: BotFile = Reading::of("bot_configs", &bot).json("bot_file", &file)?;
        if !file.budget.are_open() {
            own.push((bot, file.budget));
        }
    }
    Ok(own)
}

/// The caps that a bot of the dashboard has of its own, or those of all bots again; what waited for money
/// asks at once.
pub(crate) async fn of_bot(
    tx: &mut Tx,
    (bot, caps): (&str, PurseCaps),
    now: i64,
) -> Result<(), Fault> {
    // Slots before budgets, as in a claim.
    tx.run(&WAKE_SLOTS_OF, &args![now, bot]).await?;
    tx.run(&WAKE_QUEUE_OF, &args![now, bot]).await?;
    set_own(tx, &[(bot.to_owned(), caps)], now).await
}

async fn set_own(tx: &mut Tx, own: &[(String, PurseCaps)], now: i64) -> Result<(), Fault> {
    if own.is_empty() {
        return Ok(());
    }
    let today = ledger::day_of(now)?.to_string();
    let rows: Vec<CapRow<'_>> = own
        .iter()
        .flat_map(|(bot, caps)| Purse::ALL.iter().map(|purse| row(*purse, ("bot", bot), caps)))
        .collect();
    tx.run(&SET_OWN, &args![&json(&rows), now, &today]).await.map(|_| ())
}

/// Bots and apps that have no budget yet get one, with the caps of their kind.
pub(crate) async fn cover(tx: &mut Tx, now: i64) -> Result<(), Fault> {
    tx.run(&COVER_BOTS, &args![now]).await?;
    tx.run(&COVER_APPS, &args![now]).await.map(|_| ())
}

fn row<'a>(purse: Purse, (scope, name): (&'static str, &'a str), caps: &PurseCaps) -> CapRow<'a> {
    let caps = caps.of(purse);
    CapRow {
        purse: purse.as_str(),
        scope,
        name,
        day_cap: caps.day.map(|cap| cap.0),
        month_cap: caps.month.map(|cap| cap.0),
    }
}
