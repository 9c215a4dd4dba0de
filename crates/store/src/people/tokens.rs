//! `api_tokens`.

use domain::model::access::{ApiToken, Rights, SecretHash, TokenId};
use domain::ports::people::NewToken;
use domain::ports::store::StoreError;

use crate::arg::args;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;
use crate::text::clean;

/// The last use is written down again after this.
const USED_AGAIN_MS: i64 = 60_000;

static ADD: Sql = Sql::new(
    "api_tokens",
    "INSERT INTO api_tokens (name, hash, rights, created_by, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
);

static FIND: Sql = Sql::new(
    "api_tokens",
    "SELECT id, name, rights, created_by, created_at, expires_at, used_at, revoked_at, hash
     FROM api_tokens WHERE id = $1",
);

static LIST: Sql = Sql::new(
    "api_tokens",
    "SELECT id, name, rights, created_by, created_at, expires_at, used_at, revoked_at, hash
     FROM api_tokens ORDER BY id DESC LIMIT $1",
);

static USED: Sql = Sql::new(
    "api_tokens",
    "UPDATE api_tokens SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at <= $3)",
);

static REVOKE: Sql = Sql::new(
    "api_tokens",
    "UPDATE api_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
);

static REVOKE_MADE_BY: Sql = Sql::new(
    "api_tokens",
    "UPDATE api_tokens SET revoked_at = $2 WHERE created_by = $1 AND revoked_at IS NULL",
);

pub(super) static TEXTS: [&Sql; 6] = [&ADD, &FIND, &LIST, &USED, &REVOKE, &REVOKE_MADE_BY];

row! {
    struct TokenRow {
        id: i64,
        name: String,
        rights: String,
        created_by: String,
        created_at: i64,
        expires_at: i64,
        used_at: Option<i64>,
        revoked_at: Option<i64>,
        hash: String,
    }
}

impl TokenRow {
    fn token(self) -> Result<(ApiToken, SecretHash), StoreError> {
        let reading = Reading::of("api_tokens", self.id);
        let maybe = |column, at: Option<i64>| at.map(|at| reading.time(column, at)).transpose();
        let token = ApiToken {
            id: TokenId(self.id),
            rights: reading.parsed("rights", &self.rights, Rights::from_words(&self.rights))?,
            created_at: reading.time("created_at", self.created_at)?,
            expires_at: reading.time("expires_at", self.expires_at)?,
            used_at: maybe("used_at", self.used_at)?,
            revoked_at: maybe("revoked_at", self.revoked_at)?,
            name: self.name,
            created_by: self.created_by,
        };
        Ok((token, SecretHash::stored(self.hash)))
    }
}

pub(super) async fn add(tx: &mut Tx, new: &NewToken, now: i64) -> Result<TokenId, Fault> {
    let (name, rights, by) = (clean(&new.name), new.rights.to_string(), clean(&new.created_by));
    let args = args![&name, new.hash.as_str(), &rights, &by, now, new.expires_at.as_millisecond()];
    let added = tx.insert(&ADD, &args).await?;
    let lost = || StoreError::Failed("a new token has no number".to_owned());
    Ok(TokenId(added.ok_or_else(lost)?))
}

pub(super) async fn find(db: &Db, id: i64) -> Result<Option<(ApiToken, SecretHash)>, StoreError> {
    let row = db.one::<TokenRow>(&FIND, &args![id]).await?;
    row.map(TokenRow::token).transpose()
}

/// Whoever shows a token is let in before this, and whatever becomes of it.
pub(super) async fn note_use(tx: &mut Tx, id: i64, now: i64) -> Result<(), Fault> {
    tx.run(&USED, &args![id, now, now - USED_AGAIN_MS]).await.map(|_| ())
}

/// What somebody made who may not make any more.
pub(super) async fn revoke_made_by(tx: &mut Tx, name: &str, now: i64) -> Result<(), Fault> {
    tx.run(&REVOKE_MADE_BY, &args![name, now]).await.map(|_| ())
}

pub(super) async fn list(db: &Db, max: u32) -> Result<Vec<ApiToken>, StoreError> {
    let rows: Vec<TokenRow> = db.all(&LIST, &args![i64::from(max)]).await?;
    rows.into_iter().map(|row| row.token().map(|(token, _)| token)).collect()
}

pub(super) async fn revoke(tx: &mut Tx, id: i64, now: i64) -> Result<bool, Fault> {
    Ok(tx.run(&REVOKE, &args![id, now]).await? > 0)
}
