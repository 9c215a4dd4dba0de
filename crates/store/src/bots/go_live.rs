//! `go_live`: what people confirmed of the accounts that bots post as.

use domain::model::{BotId, GoLive, GoLiveItem};
use domain::ports::store::StoreError;

use super::WAKE_WAITING;
use crate::arg::args;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::events::{self, Event};
use crate::fault::Fault;
use crate::rows::Reading;
use crate::text::clean;

static LIST: Sql = Sql::new(
    "go_live",
    "SELECT g.item, g.who, g.at FROM bots b
     JOIN go_live g ON g.bot_id = b.bot_id AND g.account = COALESCE(b.account, '')
     WHERE b.bot_id = $1 ORDER BY g.at, g.item",
);

static FIND: Sql = Sql::new(
    "bots",
    "SELECT COALESCE(account, '') FROM bots WHERE bot_id = $1 AND state <> 'closed'",
);

static CONFIRM: Sql = Sql::new(
    "go_live",
    "INSERT INTO go_live (bot_id, account, item, who, at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (bot_id, account, item) DO NOTHING",
);

pub(crate) static TEXTS: [&Sql; 3] = [&LIST, &FIND, &CONFIRM];

pub(super) async fn list(db: &Db, id: &BotId) -> Result<Vec<GoLive>, StoreError> {
    let rows: Vec<(String, String, i64)> = db.all(&LIST, &args![id.as_str()]).await?;
    rows.into_iter()
        .map(|(item, who, at)| {
            let reading = Reading::of("go_live", format!("{id}/{item}"));
            let at = reading.time("at", at)?;
            let item = reading.parsed("item", &item, GoLiveItem::from_word(&item))?;
            Ok(GoLive { item, who, at })
        })
        .collect()
}

pub(super) async fn confirm(
    tx: &mut Tx,
    id: &BotId,
    (items, who): (&[GoLiveItem], &str),
    now: i64,
) -> Result<bool, Fault> {
    let (bot, who) = (id.as_str(), clean(who));
    let Some((account,)) = tx.one::<(String,)>(&FIND, &args![bot]).await? else {
        return Ok(false);
    };
    let mut happened = Vec::new();
    for item in items {
        let args = args![bot, &account, item.as_str(), &who, now];
        if tx.run(&CONFIRM, &args).await? > 0 {
            happened.push(Event {
                kind: "bot.confirmed".to_owned(),
                bot: Some(bot.to_owned()),
                slot: None,
                detail: Some(format!("{} by {who}", item.as_str())),
            });
        }
    }
    tx.run(&WAKE_WAITING, &args![bot]).await?;
    events::append(tx, &happened, now).await?;
    tx.announce().await?;
    Ok(true)
}
