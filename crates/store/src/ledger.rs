//! `ledger`: every micro-dollar that is promised, spent or given back, only ever appended to. What is
//! appended is added to the running totals of [`crate::budgets`] as well: the lines sum to them.

use std::collections::{BTreeSet, HashMap};

use domain::model::{Purse, utc_day};
use domain::ports::store::{Spend, SpendKind};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::arg::args;
use crate::batch::batch_row;
use crate::budgets::totals::Totals;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::rows::Reading;

static APPEND: Sql = Sql::new(
    "ledger",
    "{each bot slot:int kind amount:int entry day attempt:int reservation:int}
     INSERT INTO ledger (at, bot_id, slot_id, kind, amount_micro_usd, entry, day, attempt_id,
        reservation_id)
     SELECT $2, r.bot, r.slot, r.kind, r.amount, r.entry, r.day, r.attempt, r.reservation {from}",
);

static APPS: Sql =
    Sql::new("bots", "{each bot} SELECT b.bot_id, b.app {from,} bots b WHERE b.bot_id = r.bot");

pub(crate) static TEXTS: [&Sql; 2] = [&APPEND, &APPS];

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Promised before it is spent.
    Reserve,
    /// What it cost in the end, less what was promised.
    Settle,
    /// Given back: it was not spent.
    Release,
    /// Spent without a promise.
    Spend,
    /// A promise that nobody will settle counts as spent.
    WriteOff,
}

impl Entry {
    fn as_str(self) -> &'static str {
        match self {
            Self::Reserve => "reserve",
            Self::Settle => "settle",
            Self::Release => "release",
            Self::Spend => "spend",
            Self::WriteOff => "write_off",
        }
    }
}

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) bot: &'a str,
    pub(crate) slot: Option<i64>,
    pub(crate) spend: Spend,
    pub(crate) entry: Entry,
    /// The day that it counts for.
    pub(crate) day: Date,
    pub(crate) attempt: Option<i64>,
    pub(crate) reservation: Option<i64>,
}

impl<'a> Line<'a> {
    /// Money that is gone without a promise, today.
    pub(crate) fn spent(bot: &'a str, slot: Option<i64>, spend: Spend, today: Date) -> Self {
        let entry = Entry::Spend;
        Self { bot, slot, spend, entry, day: today, attempt: None, reservation: None }
    }
}

batch_row! {
    struct Row<'a> {
        bot: &'a str,
        slot: Option<i64>,
        kind: &'static str,
        amount: i64,
        entry: &'static str,
        day: &'a str,
        attempt: Option<i64>,
        reservation: Option<i64>,
    }
}

batch_row! {
    struct BotKey<'a> {
        bot: &'a str,
    }
}

/// Apps of bots, by name.
pub(crate) type Apps = HashMap<String, String>;

/// The day in UTC of a moment.
pub(crate) fn day_of(millis: i64) -> Result<Date, Fault> {
    Ok(utc_day(Reading::of("ledger", "now").time("at", millis)?))
}

/// Whose bill a kind of spend is on.
pub(crate) fn purse_of(kind: SpendKind) -> Purse {
    match kind {
        SpendKind::Post | SpendKind::Read => Purse::X,
        SpendKind::Model => Purse::Model,
    }
}

/// Appends lines of any bots.
pub(crate) async fn append(tx: &mut Tx, lines: &[Line<'_>], now: i64) -> Result<(), Fault> {
    if lines.is_empty() {
        return Ok(());
    }
    let bots: BTreeSet<&str> = lines.iter().map(|line| line.bot).collect();
    let apps = apps_of(tx, bots.into_iter()).await?;
    append_known(tx, lines, &apps, now).await
}

/// The apps of these bots.
pub(crate) async fn apps_of(tx: &mut Tx, bots: impl Iterator<Item = &str>) -> Result<Apps, Fault> {
    let keys: Vec<BotKey<'_>> = bots.map(|bot| BotKey { bot }).collect();
    let found: Vec<(String, String)> = tx.find_each(&APPS, &keys, &[]).await?;
    Ok(found.into_iter().collect())
}

/// Appends lines of bots whose apps are known.
pub(crate) async fn append_known(
    tx: &mut Tx,
    lines: &[Line<'_>],
    apps: &Apps,
    now: i64,
) -> Result<(), Fault> {
    let days: Vec<String> = lines.iter().map(|line| line.day.to_string()).collect();
    let mut totals = Totals::default();
    let mut rows = Vec::with_capacity(lines.len());
    for (line, day) in lines.iter().zip(&days) {
        let app = apps.get(line.bot).map_or("", String::as_str);
        let Spend { kind, amount } = line.spend;
        totals.add(purse_of(kind), (line.bot, app), line.day, amount.0);
        rows.push(Row {
            bot: line.bot,
            slot: line.slot,
            kind: kind.as_str(),
            amount: amount.0,
            entry: line.entry.as_str(),
            day,
            attempt: line.attempt,
            reservation: line.reservation,
        });
    }
    tx.run_each(&APPEND, &rows, &args![now]).await?;
    totals.write(tx, now).await
}

/// A moment of the store's callers, as the domain has it.
pub(crate) fn moment(millis: i64) -> Result<Timestamp, Fault> {
    Ok(Reading::of("ledger", "now").time("at", millis)?)
}
