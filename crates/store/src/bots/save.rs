//! One bot of the dashboard is written: new, or in place of the state that its writer saw.

use domain::model::{Bot, BotId, BotState, ManagedBy, StateReason, XUserId};
use domain::ports::store::Saved;

use super::set_state;
use super::sync::{self, ExistingRow};
use crate::arg::args;
use crate::budgets::caps;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::rows::Reading;

/// Two who make a bot of one name in one moment: the second waits, and finds it.
static LOCK: Sql = Sql::new(
    "meta",
    "INSERT INTO meta (key, value) VALUES ('bot_saved', '')
     ON CONFLICT (key) DO UPDATE SET value = meta.value RETURNING value",
);

static FIND: Sql = Sql::new(
    "bots",
    "SELECT b.bot_id, b.state, b.managed_by, c.config_hash
     FROM bots b JOIN bot_configs c ON c.bot_id = b.bot_id WHERE b.bot_id = $1",
);

/// Who rehearses posts to no account.
static SHARER: Sql = Sql::new(
    "bots",
    "SELECT b.bot_id FROM bots b JOIN bot_configs c ON c.bot_id = b.bot_id
     WHERE b.account = $1 AND b.bot_id <> $2 AND b.state <> 'closed' AND c.is_rehearsal = 0
     ORDER BY b.bot_id LIMIT 1",
);

/// The same of a bot that was closed, whose account may be another's by now.
static SHARER_OF_CLOSED: Sql = Sql::new(
    "bots",
    "SELECT o.bot_id FROM bots b JOIN bot_configs c ON c.bot_id = b.bot_id
     JOIN bots o ON o.account = b.account JOIN bot_configs p ON p.bot_id = o.bot_id
     WHERE b.bot_id = $1 AND c.is_rehearsal = 0 AND o.bot_id <> b.bot_id AND o.state <> 'closed'
        AND p.is_rehearsal = 0
     ORDER BY o.bot_id LIMIT 1",
);

pub(super) static STAMP: Sql =
    Sql::new("bot_configs", "SELECT config_hash FROM bot_configs WHERE bot_id = $1");

pub(crate) static TEXTS: [&Sql; 5] = [&LOCK, &FIND, &SHARER, &SHARER_OF_CLOSED, &STAMP];

pub(crate) async fn save(
    tx: &mut Tx,
    (bot, was): (&Bot, Option<&str>),
    now: i64,
) -> Result<Saved, Fault> {
    let id = bot.id.as_str();
    tx.one::<(String,)>(&LOCK, &[]).await?;
    let there = tx.one::<ExistingRow>(&FIND, &args![id]).await?;
    match (&there, was) {
        (None, None) => {}
        (Some(_), None) => return Ok(Saved::NameTaken),
        (None, Some(_)) => return Ok(Saved::Stale),
        (Some(there), Some(was)) => {
            let place = Reading::of("bots", id).managed_by(&there.managed_by)?;
            if place != ManagedBy::Dashboard || there.state == BotState::Closed.as_str() {
                return Ok(Saved::Elsewhere(place));
            }
            if there.config_hash != was {
                return Ok(Saved::Stale);
            }
        }
    }
    let account = bot.account.as_ref().map(XUserId::as_str).filter(|_| !bot.is_rehearsal);
    if let Some(account) = account {
        let sharer = tx.one::<(String,)>(&SHARER, &args![account, id]).await?;
        if let Some((sharer,)) = sharer {
            return Ok(Saved::AccountTaken(Reading::of("bots", &sharer).bot(&sharer)?));
        }
    }
    if sync::write_one(tx, bot, was, now).await? {
        caps::cover(tx, now).await?;
        caps::of_bot(tx, (id, bot.file.budget), now).await?;
        tx.announce().await?;
    }
    Ok(Saved::Done)
}

pub(super) async fn reopen(tx: &mut Tx, id: &BotId, now: i64) -> Result<Saved, Fault> {
    let bot = id.as_str();
    tx.one::<(String,)>(&LOCK, &[]).await?;
    let Some(there) = tx.one::<ExistingRow>(&FIND, &args![bot]).await? else {
        return Ok(Saved::Stale);
    };
    let place = Reading::of("bots", bot).managed_by(&there.managed_by)?;
    if place != ManagedBy::Dashboard {
        return Ok(Saved::Elsewhere(place));
    }
    if there.state != BotState::Closed.as_str() {
        return Ok(Saved::Stale);
    }
    if let Some((sharer,)) = tx.one::<(String,)>(&SHARER_OF_CLOSED, &args![bot]).await? {
        return Ok(Saved::AccountTaken(Reading::of("bots", &sharer).bot(&sharer)?));
    }
    set_state(tx, id, (BotState::Paused, Some(StateReason::Operator)), now).await?;
    Ok(Saved::Done)
}
