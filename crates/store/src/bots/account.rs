//! A bot that posts as another account than before: nothing that is known of the old one's timeline
//! is true of the new one's.

use domain::model::Bot;
use jiff::SignedDuration;
use serde::Serialize;

use super::BotKey;
use crate::arg::args;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::events::{self, Event};
use crate::fault::Fault;

/// The new account's timeline is read so far back before its first post: what a queue that moved
/// with its bot holds may stand there already.
const DOUBT: SignedDuration = SignedDuration::from_hours(24 * 7);

const DETAIL: &str = "its token is another X account's now; look at the old one's timeline";

/// Before tokens were compared, only the account that X named is known.
pub(super) static MOVE: Sql = Sql::new(
    "bots",
    "WITH {rows bot account}
     UPDATE bots SET account = r.account, x_user_id = NULL, anchor = NULL,
        distrusted_since = CASE WHEN distrusted_since IS NULL OR distrusted_since > $2
            THEN $2 ELSE distrusted_since - 1 END
     FROM r WHERE bots.bot_id = r.bot AND COALESCE(bots.account, bots.x_user_id) <> r.account
     RETURNING bots.bot_id, bots.account",
);

/// Whether the old account has these can no longer be read with the bot's own eyes, and on the new
/// one's timeline they would seem to be absent.
pub(super) static STRAND: Sql = Sql::new(
    "slots",
    "WITH {rows bot}
     UPDATE slots SET state = 'needs_attention', reason = 'outcome_unknown', wake_at = NULL,
        fence = NULL, detail = $3, version = slots.version + 1, updated_at = $2
     FROM r WHERE slots.bot_id = r.bot AND (slots.state IN ('unknown', 'reconciling')
        OR (slots.state = 'needs_attention' AND slots.reason = 'outcome_unknown'))
     RETURNING slots.bot_id, slots.id",
);

#[derive(Serialize)]
struct AccountRow<'a> {
    bot: &'a str,
    account: &'a str,
}

/// Forgets the old accounts of those bots whose token names another one than before.
pub(super) async fn follow(
    tx: &mut Tx,
    bots: impl Iterator<Item = &Bot>,
    now: i64,
) -> Result<(), Fault> {
    let rows: Vec<AccountRow<'_>> = bots
        .filter_map(|bot| {
            let account = bot.account.as_ref()?.as_str();
            Some(AccountRow { bot: bot.id.as_str(), account })
        })
        .collect();
    let doubt = now - DOUBT.as_secs() * 1000;
    let moved: Vec<(String, String)> = tx.all(&MOVE, &args![&json(&rows), doubt]).await?;
    if moved.is_empty() {
        return Ok(());
    }
    let keys = json(&moved.iter().map(|(bot, _)| BotKey { bot }).collect::<Vec<_>>());
    let stranded: Vec<(String, i64)> = tx.all(&STRAND, &args![&keys, now, DETAIL]).await?;
    let event = |kind: &str, bot, slot, detail| Event {
        kind: kind.to_owned(),
        bot: Some(bot),
        slot,
        detail: Some(detail),
    };
    let news = moved.into_iter().map(|(bot, account)| {
        event("bot.account_changed", bot, None, format!("it posts as {account} now"))
    });
    let calls = stranded
        .into_iter()
        .map(|(bot, slot)| event("slot.needs_attention", bot, Some(slot), DETAIL.to_owned()));
    events::append(tx, &news.chain(calls).collect::<Vec<_>>(), now).await
}
