//! What is sealed under a lost key is taken away.

use domain::ports::store::StoreError;
use jiff::Timestamp;

use crate::arg::args;
use crate::credentials;
use crate::db::{Db, Tx, in_transaction};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::seal::KeyId;

pub(super) static UNDER: Sql =
    Sql::new("credentials", "SELECT bot_id FROM credentials WHERE key_id = $1 ORDER BY bot_id");

pub(super) static SECONDS: Sql = Sql::new(
    "users",
    "UPDATE users SET totp = NULL, totp_step = 0, updated_at = $2
     WHERE totp LIKE 'sealed:1:' || $1 || ':%'",
);

impl Db {
    /// Takes away all that is sealed under that key; returns how many bots and people lost something.
    pub async fn forget_sealed(&self, key: &KeyId, now: Timestamp) -> Result<u64, StoreError> {
        let who = self.act.as_ref().map_or("somebody", |act| act.actor.name.as_str());
        let when = (who, now.as_millisecond());
        in_transaction!(self, |tx| forget(tx, key.as_str(), when))
    }
}

async fn forget(tx: &mut Tx, key: &str, (who, now): (&str, i64)) -> Result<u64, Fault> {
    let bots: Vec<(String,)> = tx.all(&UNDER, &args![key]).await?;
    for (bot,) in &bots {
        credentials::take_away(tx, bot, (who, now)).await?;
    }
    let seconds = tx.run(&SECONDS, &args![key, now]).await?;
    tx.announce().await?;
    Ok(bots.len() as u64 + seconds)
}
