//! `seal_keys`, and which values are sealed under which key: for a start that must know whether it can
//! read them, and for a rotation.
//!
//! A rotation seals one row after the other anew, each in a transaction of its own and only over what was
//! read. So it may be ended anywhere and begun again, beside nodes that work.

mod forget;
mod reseal;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::model::Secret;
use domain::ports::store::StoreError;
use jiff::Timestamp;

pub use self::reseal::{Resealed, Resealing};
use crate::arg::args;
use crate::db::{Db, Tx, in_transaction};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::people::place_of_second;
use crate::rows::Reading;
use crate::seal::{KeyId, Keyring, key_of};

/// People are fewer than this.
const USERS_MAX: i64 = 100_000;

static NOTE_USE: Sql = Sql::new(
    "seal_keys",
    "INSERT INTO seal_keys (key_id, since) VALUES ($1, $2)
     ON CONFLICT (key_id) DO UPDATE SET retired_at = NULL",
);

static KNOWN: Sql =
    Sql::new("seal_keys", "SELECT key_id, since, retired_at FROM seal_keys ORDER BY since, key_id");

static CREDENTIALS: Sql = Sql::new(
    "credentials",
    "SELECT key_id, count(*) FROM credentials WHERE key_id IS NOT NULL GROUP BY key_id",
);

static SECONDS: Sql =
    Sql::new("users", "SELECT id, totp FROM users WHERE totp IS NOT NULL ORDER BY id LIMIT $1");

static SEAL_SECOND: Sql =
    Sql::new("users", "UPDATE users SET totp = $2 WHERE id = $1 AND totp = $3");

static RETIRE: Sql = Sql::new(
    "seal_keys",
    "UPDATE seal_keys SET retired_at = $1
     WHERE retired_at IS NULL AND key_id <> $2
        AND NOT EXISTS (SELECT 1 FROM credentials c WHERE c.key_id = seal_keys.key_id)
        AND NOT EXISTS (SELECT 1 FROM users u
            WHERE u.totp LIKE 'sealed:1:' || seal_keys.key_id || ':%')",
);

pub(crate) static TEXTS: [&Sql; 11] = [
    &NOTE_USE,
    &KNOWN,
    &CREDENTIALS,
    &SECONDS,
    &SEAL_SECOND,
    &RETIRE,
    &reseal::NEXT_CREDENTIALS,
    &reseal::NEXT_SECOND,
    &reseal::RESEAL_CREDENTIALS,
    &forget::UNDER,
    &forget::SECONDS,
];

/// A key that seals something here, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// Its name.
    pub key: KeyId,
    /// Bots whose credentials are sealed under it.
    pub credentials: u64,
    /// People whose second factor is.
    pub second_factors: u64,
    /// It first sealed something then.
    pub since: Option<Timestamp>,
    /// Nothing is sealed under it since then; copies of the database from before may hold more.
    pub retired_at: Option<Timestamp>,
}

impl KeyUse {
    /// Whether anything is sealed under it.
    pub fn is_needed(&self) -> bool {
        self.credentials + self.second_factors > 0
    }
}

impl Db {
    /// The same database for who holds these keys.
    #[must_use]
    pub fn with_keys(self, ring: Keyring) -> Self {
        Self { ring: Arc::new(ring), ..self }
    }

    /// Every key that seals something or did, the oldest first.
    pub async fn key_uses(&self) -> Result<Vec<KeyUse>, StoreError> {
        let mut uses: BTreeMap<KeyId, KeyUse> = BTreeMap::new();
        let known: Vec<(String, i64, Option<i64>)> = self.all(&KNOWN, &[]).await?;
        let order: Vec<String> = known.iter().map(|(key, _, _)| key.clone()).collect();
        for (key, since, retired_at) in known {
            let reading = Reading::of("seal_keys", &key);
            let one = use_of(&mut uses, &reading, &key)?;
            one.since = Some(reading.time("since", since)?);
            one.retired_at = reading.maybe_time("retired_at", retired_at)?;
        }
        for (key, count) in self.all::<(String, i64)>(&CREDENTIALS, &[]).await? {
            let reading = Reading::of("credentials", &key);
            use_of(&mut uses, &reading, &key)?.credentials = reading.count("key_id", count)?;
        }
        for (id, kept) in self.all::<(i64, String)>(&SECONDS, &args![USERS_MAX]).await? {
            if let Some(key) = key_of(&kept) {
                let reading = Reading::of("users", id);
                use_of(&mut uses, &reading, key.as_str())?.second_factors += 1;
            }
        }
        let mut uses: Vec<KeyUse> = uses.into_values().collect();
        let place = |one: &KeyUse| order.iter().position(|key| key == one.key.as_str());
        uses.sort_by_key(|one| place(one).unwrap_or(usize::MAX));
        Ok(uses)
    }

    /// How many second factors lie in clear.
    pub async fn count_clear(&self) -> Result<u64, StoreError> {
        let kept = self.all::<(i64, String)>(&SECONDS, &args![USERS_MAX]).await?;
        Ok(kept.iter().filter(|(_, kept)| key_of(kept).is_none()).count() as u64)
    }

    /// Seals what lies in clear from before there was a key; returns how many values.
    pub async fn seal_clear(&self, now: Timestamp) -> Result<u64, StoreError> {
        let Some(key) = self.ring.first().map(|key| key.id().to_string()) else { return Ok(0) };
        let mut count = 0;
        for (id, clear) in self.all::<(i64, String)>(&SECONDS, &args![USERS_MAX]).await? {
            if key_of(&clear).is_some() {
                continue;
            }
            let value = Secret::new(clear.as_str());
            let sealed = self.ring.seal(&value, place_of_second(&id.to_string()));
            let sealed = sealed.map_err(|error| StoreError::Failed(error.to_string()))?;
            let (key, sealed, clear, now) = (&key, &sealed, &clear, now.as_millisecond());
            count += in_transaction!(self, |tx| async {
                note_use(tx, key, now).await?;
                tx.run(&SEAL_SECOND, &args![id, sealed, clear]).await
            })?;
        }
        Ok(count)
    }

    /// Writes down of every key but the first that nothing is sealed under it any more, where that is so.
    pub async fn retire_keys(&self, now: Timestamp) -> Result<u64, StoreError> {
        let first = self.ring.first().map(|key| key.id().to_string()).unwrap_or_default();
        let first = first.as_str();
        in_transaction!(self, |tx| tx.run(&RETIRE, &args![now.as_millisecond(), first]))
    }
}

fn use_of<'a>(
    uses: &'a mut BTreeMap<KeyId, KeyUse>,
    reading: &Reading,
    key: &str,
) -> Result<&'a mut KeyUse, StoreError> {
    let key = reading.parsed("key_id", key, KeyId::parse(key))?;
    Ok(uses.entry(key.clone()).or_insert(KeyUse {
        key,
        credentials: 0,
        second_factors: 0,
        since: None,
        retired_at: None,
    }))
}

/// Something is sealed under that key from now on.
pub(crate) async fn note_use(tx: &mut Tx, key: &str, now: i64) -> Result<(), Fault> {
    tx.run(&NOTE_USE, &args![key, now]).await.map(|_| ())
}
