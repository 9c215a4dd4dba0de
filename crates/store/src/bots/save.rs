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

/// The account of a bot that posts to one.
static ACCOUNT: Sql = Sql::new(
    "bots",
    "SELECT b.account FROM bots b JOIN bot_configs c ON c.bot_id = b.bot_id
     WHERE b.bot_id = $1 AND b.account IS NOT NULL AND c.is_rehearsal = 0",
);

pub(super) static STAMP: Sql =
    Sql::new("bot_configs", "SELECT config_hash FROM bot_configs WHERE bot_id = $1");

pub(crate) static TEXTS: [&Sql; 5] = [&LOCK, &FIND, &SHARER, &ACCOUNT, &STAMP];

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
    // It may be another's by now.
    if let Some((account,)) = tx.one::<(String,)>(&ACCOUNT, &args![bot]).await?
        && let Some((sharer,)) = tx.one::<(String,)>(&SHARER, &args![&account, bot]).await?
    {
        return Ok(Saved::AccountTaken(Reading::of("bots", &sharer).bot(&sharer)?));
    }
    set_state(tx, id, (BotState::Paused, Some(StateReason::Operator)), now).await?;
    Ok(Saved::Done)
}
