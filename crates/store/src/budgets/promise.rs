//! `reservations`: money for a request to a model, from before it is sent until its bill is known.

use std::collections::HashSet;

use domain::model::{BotId, MicroUsd, Purse, ReservationId};
use domain::ports::store::{ModelWish, Reserved, Spend, SpendKind, StoreError, WrittenOff};
use jiff::civil::Date;
use serde::Serialize;

use super::book::Book;
use crate::arg::args;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::events::{self, Event};
use crate::fault::Fault;
use crate::ledger::{self, Entry, Line};
use crate::rows::Reading;
use crate::stats::Bumps;

static MAKE: Sql = Sql::new(
    "reservations",
    "INSERT INTO reservations (bot_id, fence, day, amount_micro_usd, made_at)
     VALUES ($1, $2, $3, $4, $5) RETURNING id",
);

static TAKE: Sql = Sql::new(
    "reservations",
    "DELETE FROM reservations WHERE id = $1 RETURNING day, amount_micro_usd",
);

/// Read from end to end: it holds what is being written now. Fence 0 is that of a command, which has no
/// lease to lose. What is promised for an order in bulk waits for its bill, whoever made it.
static LEFT: Sql = Sql::new(
    "reservations",
    "SELECT id, bot_id, day, amount_micro_usd FROM reservations
     WHERE (made_at < $1 OR (fence <> 0 AND NOT EXISTS (SELECT 1 FROM nodes n
            WHERE n.fence = reservations.fence AND n.ended_at IS NULL
                AND n.expires_at > {clock $2})))
        AND NOT EXISTS (SELECT 1 FROM bulk_orders o WHERE o.reservation_id = reservations.id)
     ORDER BY id LIMIT $3",
);

static DROP: Sql = Sql::new(
    "reservations",
    "WITH {rows id:int} DELETE FROM reservations WHERE id IN (SELECT r.id FROM r) RETURNING id",
);

pub(crate) static TEXTS: [&Sql; 4] = [&MAKE, &TAKE, &LEFT, &DROP];

#[derive(Serialize)]
struct Key {
    id: i64,
}

/// Money for a request, if every cap has room for it.
pub(crate) async fn reserve(tx: &mut Tx, wish: &ModelWish, now: i64) -> Result<Reserved, Fault> {
    let at = ledger::moment(now)?;
    let bot = wish.bot.as_str();
    let apps = ledger::apps_of(tx, std::iter::once(bot)).await?;
    let app = apps.get(bot).map_or("", String::as_str);
    let whose = (&wish.bot, app);
    let mut book = Book::open(tx, Purse::Model, std::iter::once(whose), at).await?;
    let level = book.level();
    if let Err(shut) = book.admit(whose, wish.wish, true) {
        return Ok(Reserved::Refused(shut));
    }
    let (today, amount) = (ledger::day_of(now)?, wish.wish.amount);
    let fence = wish.fence.map_or(0, |fence| fence.0);
    let day = today.to_string();
    let made: Option<(i64,)> = tx.one(&MAKE, &args![bot, fence, &day, amount.0, now]).await?;
    let nameless = || StoreError::Failed("a reservation has no number".to_owned());
    let (id,) = made.ok_or_else(nameless)?;
    let line = line(&wish.bot, id, (today, amount), Entry::Reserve);
    ledger::append_known(tx, &[line], &apps, now).await?;
    Ok(Reserved::Granted { id: ReservationId(id), level })
}

/// The bill of a request, whether money was reserved for it or not; what of it counts for its bot.
pub(crate) async fn pay(
    tx: &mut Tx,
    bot: &BotId,
    (reservation, spend): (Option<ReservationId>, Option<Spend>),
    now: i64,
) -> Result<MicroUsd, Fault> {
    let cost = spend.map_or(MicroUsd::ZERO, |spend| spend.amount);
    let counts = match (reservation, spend) {
        (Some(id), _) => settle(tx, id, (bot, cost), now).await?,
        (None, Some(spend)) => {
            let line = Line::spent(bot.as_str(), None, spend, ledger::day_of(now)?);
            ledger::append(tx, &[line], now).await?;
            true
        }
        (None, None) => false,
    };
    Ok(if counts { cost } else { MicroUsd::ZERO })
}

/// The bill of a request that brings no post, with what of it counts for its bot.
pub(crate) async fn bill(
    tx: &mut Tx,
    bot: &BotId,
    (reservation, cost): (Option<ReservationId>, MicroUsd),
    now: i64,
) -> Result<(), Fault> {
    let spend = (cost > MicroUsd::ZERO).then_some(Spend { kind: SpendKind::Model, amount: cost });
    let mut bumps = Bumps::default();
    bumps.of(bot.as_str()).spend += pay(tx, bot, (reservation, spend), now).await?.0;
    bumps.write(tx, now).await
}

/// The bill is known. `false`: it was settled before, or written off, and stays so.
async fn settle(
    tx: &mut Tx,
    id: ReservationId,
    (bot, cost): (&BotId, MicroUsd),
    now: i64,
) -> Result<bool, Fault> {
    let Some((day, reserved)) = tx.one::<(String, i64)>(&TAKE, &args![id.0]).await? else {
        return Ok(false);
    };
    let day = read_day(id.0, &day)?;
    let more = cost - MicroUsd(reserved);
    let entry = if cost == MicroUsd::ZERO { Entry::Release } else { Entry::Settle };
    if more != MicroUsd::ZERO {
        ledger::append(tx, &[line(bot, id.0, (day, more), entry)], now).await?;
    }
    Ok(true)
}

/// What crashed nodes left, and what was forgotten.
pub(super) async fn write_off(
    tx: &mut Tx,
    before: i64,
    max: u32,
    now: i64,
) -> Result<Vec<WrittenOff>, Fault> {
    let left: Vec<(i64, String, String, i64)> =
        tx.all(&LEFT, &args![before, now, i64::from(max)]).await?;
    let keys: Vec<Key> = left.iter().map(|(id, ..)| Key { id: *id }).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let gone: Vec<(i64,)> = tx.all(&DROP, &args![&json(&keys)]).await?;
    let gone: HashSet<i64> = gone.into_iter().map(|(id,)| id).collect();
    let mut written_off = Vec::new();
    let (mut lines, mut happened, mut bumps) = (Vec::new(), Vec::new(), Bumps::default());
    for (id, bot, day, amount) in left.iter().filter(|(id, ..)| gone.contains(id)) {
        let amount = MicroUsd(*amount);
        let name = Reading::of("reservations", id).bot(bot)?;
        bumps.of(bot).spend += amount.0;
        let spend = Spend { kind: SpendKind::Model, amount: MicroUsd::ZERO };
        let (entry, day) = (Entry::WriteOff, read_day(*id, day)?);
        let reservation = Some(*id);
        lines.push(Line { bot, slot: None, spend, entry, day, attempt: None, reservation });
        happened.push(Event {
            kind: "budget.write_off".to_owned(),
            bot: Some(bot.clone()),
            slot: None,
            detail: Some(format!(
                "{amount} reserved for a request to the model counts as spent: its node ended before \
                 the bill was known"
            )),
        });
        written_off.push(WrittenOff { id: ReservationId(*id), bot: name, amount });
    }
    ledger::append(tx, &lines, now).await?;
    bumps.write(tx, now).await?;
    events::append(tx, &happened, now).await?;
    Ok(written_off)
}

fn line(bot: &BotId, id: i64, (day, amount): (Date, MicroUsd), entry: Entry) -> Line<'_> {
    let spend = Spend { kind: SpendKind::Model, amount };
    let bot = bot.as_str();
    Line { bot, slot: None, spend, entry, day, attempt: None, reservation: Some(id) }
}

fn read_day(id: i64, day: &str) -> Result<Date, Fault> {
    Ok(Reading::of("reservations", id).parsed("day", day, day.parse().ok())?)
}
