//! Sealing anew under the first key, row after row.

use domain::model::Secret;
use domain::ports::store::StoreError;
use jiff::Timestamp;

use super::{SEAL_SECOND, note_use};
use crate::arg::args;
use crate::credentials::place;
use crate::db::{Db, in_transaction};
use crate::dialect::Sql;
use crate::people::place_of_second;
use crate::row::row;
use crate::seal::{Place, SealError, key_of};

pub(super) static NEXT_SECOND: Sql = Sql::new(
    "users",
    "SELECT id, totp, name FROM users WHERE totp IS NOT NULL AND id > $1 ORDER BY id LIMIT 1",
);

pub(super) static NEXT_CREDENTIALS: Sql = Sql::new(
    "credentials",
    "SELECT bot_id, change_number, api_key, api_secret, access_token, access_secret, key_id
     FROM credentials WHERE bot_id > $1 AND key_id IS NOT NULL AND key_id <> $2
     ORDER BY bot_id LIMIT 1",
);

/// Only over what was read: whoever set others meanwhile sealed them anew already.
pub(super) static RESEAL_CREDENTIALS: Sql = Sql::new(
    "credentials",
    "UPDATE credentials SET api_key = $2, api_secret = $3, access_token = $4, access_secret = $5,
        key_id = $6
     WHERE bot_id = $1 AND change_number = $7 AND key_id = $8",
);

row! {
    struct SealedUnder {
        bot_id: String,
        change_number: i64,
        api_key: String,
        api_secret: String,
        access_token: String,
        access_secret: String,
        key_id: String,
    }
}

/// A row that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resealed {
    /// `bot ada`, `user eve`.
    pub what: String,
    /// Whether it is sealed under the first key now, or why it cannot be.
    pub outcome: Result<(), SealError>,
}

/// A way through all sealed values.
pub struct Resealing {
    db: Db,
    user: i64,
    bot: String,
}

impl Resealing {
    /// The begin of the way; what is sealed under the first key already is passed by.
    pub fn new(db: &Db) -> Self {
        Self { db: db.clone(), user: 0, bot: String::new() }
    }

    /// Seals the next value anew; `None` when all were looked at.
    pub async fn next(&mut self, now: Timestamp) -> Result<Option<Resealed>, StoreError> {
        let Some(first) = self.db.ring.first().map(|key| key.id().to_string()) else {
            return Ok(None);
        };
        if let Some(done) = self.next_second(&first, now).await? {
            return Ok(Some(done));
        }
        self.next_credentials(&first, now).await
    }

    async fn next_second(
        &mut self,
        first: &str,
        now: Timestamp,
    ) -> Result<Option<Resealed>, StoreError> {
        loop {
            let next: Option<(i64, String, String)> =
                self.db.one(&NEXT_SECOND, &args![self.user]).await?;
            let Some((id, kept, name)) = next else { return Ok(None) };
            self.user = id;
            let key = key_of(&kept);
            if key.as_ref().is_some_and(|key| key.as_str() == first) {
                continue;
            }
            let what = format!("user {name}");
            let row = id.to_string();
            let anew = match key {
                Some(_) => self.anew(&kept, place_of_second(&row)),
                None => self.db.ring.seal(&Secret::new(kept.as_str()), place_of_second(&row)),
            };
            let sealed = match anew {
                Ok(sealed) => sealed,
                Err(error) => return Ok(Some(Resealed { what, outcome: Err(error) })),
            };
            let (sealed, kept, now) = (&sealed, &kept, now.as_millisecond());
            in_transaction!(self.db, |tx| async {
                note_use(tx, first, now).await?;
                tx.run(&SEAL_SECOND, &args![id, sealed, kept]).await
            })?;
            return Ok(Some(Resealed { what, outcome: Ok(()) }));
        }
    }

    async fn next_credentials(
        &mut self,
        first: &str,
        now: Timestamp,
    ) -> Result<Option<Resealed>, StoreError> {
        let next: Option<SealedUnder> =
            self.db.one(&NEXT_CREDENTIALS, &args![&self.bot, first]).await?;
        let Some(row) = next else { return Ok(None) };
        self.bot.clone_from(&row.bot_id);
        let what = format!("bot {}", row.bot_id);
        let kept = [&row.api_key, &row.api_secret, &row.access_token, &row.access_secret];
        let mut sealed = <[String; 4]>::default();
        for (column, kept) in kept.into_iter().enumerate() {
            match self.anew(kept, place(&row.bot_id, column)) {
                Ok(anew) => sealed[column] = anew,
                Err(error) => return Ok(Some(Resealed { what, outcome: Err(error) })),
            }
        }
        let [key, secret, token, token_secret] = &sealed;
        let (row, now) = (&row, now.as_millisecond());
        in_transaction!(self.db, |tx| async {
            note_use(tx, first, now).await?;
            let (id, was, key_id) = (&row.bot_id, row.change_number, &row.key_id);
            let args = args![id, key, secret, token, token_secret, first, was, key_id];
            tx.run(&RESEAL_CREDENTIALS, &args).await
        })?;
        Ok(Some(Resealed { what, outcome: Ok(()) }))
    }

    fn anew(&self, kept: &str, place: Place<'_>) -> Result<String, SealError> {
        let ring = &self.db.ring;
        ring.seal(&ring.open(kept, place)?, place)
    }
}
