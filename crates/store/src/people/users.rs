//! `users`.

use domain::model::Secret;
use domain::model::access::{Role, User, UserId, UserName};
use domain::ports::people::Login;
use domain::ports::store::StoreError;

use super::{acts, links, sessions, tokens};
use crate::arg::args;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::keys;
use crate::row::row;
use crate::rows::Reading;
use crate::seal::{Keyring, Place, SealError, key_of};

static ANY: Sql = Sql::new("users", "SELECT id FROM users WHERE closed_at IS NULL LIMIT 1");

static LIST: Sql = Sql::new(
    "users",
    "SELECT id, name, role, CAST(CASE WHEN totp IS NULL THEN 0 ELSE 1 END AS BIGINT) AS has_totp,
        closed_at, created_at, logged_in_at
     FROM users ORDER BY name LIMIT $1",
);

static FIND: Sql = Sql::new(
    "users",
    "SELECT id, name, role, CAST(CASE WHEN totp IS NULL THEN 0 ELSE 1 END AS BIGINT) AS has_totp,
        closed_at, created_at, logged_in_at,
        password_hash, totp, totp_step
     FROM users WHERE name = $1",
);

/// Where it would take away the last owner, nothing is touched.
static SET_ROLE: Sql = Sql::new(
    "users",
    "UPDATE users SET role = $2, updated_at = $3
     WHERE id = $1 AND closed_at IS NULL AND (role <> 'owner' OR $2 = 'owner'
        OR EXISTS (SELECT 1 FROM users o WHERE o.role = 'owner' AND o.closed_at IS NULL AND o.id <> $1))",
);

static CLOSE: Sql = Sql::new(
    "users",
    "UPDATE users SET closed_at = $2, updated_at = $2
     WHERE id = $1 AND closed_at IS NULL AND (role <> 'owner'
        OR EXISTS (SELECT 1 FROM users o WHERE o.role = 'owner' AND o.closed_at IS NULL AND o.id <> $1))",
);

static SET_PASSWORD: Sql =
    Sql::new("users", "UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1");

static SET_TOTP: Sql =
    Sql::new("users", "UPDATE users SET totp = $2, totp_step = 0, updated_at = $3 WHERE id = $1");

static NAME: Sql = Sql::new("users", "SELECT name FROM users WHERE id = $1");

static USE_STEP: Sql =
    Sql::new("users", "UPDATE users SET totp_step = $2 WHERE id = $1 AND totp_step < $2");

pub(super) static TEXTS: [&Sql; 9] =
    [&ANY, &LIST, &FIND, &SET_ROLE, &CLOSE, &SET_PASSWORD, &SET_TOTP, &USE_STEP, &NAME];

row! {
    pub(super) struct UserRow {
        id: i64,
        name: String,
        role: String,
        has_totp: i64,
        closed_at: Option<i64>,
        created_at: i64,
        logged_in_at: Option<i64>,
    }
}

row! {
    struct LoginRow {
        user: UserRow,
        password_hash: String,
        totp: Option<String>,
        totp_step: i64,
    }
}

impl UserRow {
    pub(super) fn user(self) -> Result<User, StoreError> {
        let reading = Reading::of("users", self.id);
        let name = UserName::try_from(self.name.clone()).ok();
        Ok(User {
            id: UserId(self.id),
            name: reading.parsed("name", &self.name, name)?,
            role: reading.parsed("role", &self.role, Role::from_word(&self.role))?,
            has_totp: self.has_totp != 0,
            is_closed: self.closed_at.is_some(),
            created_at: reading.time("created_at", self.created_at)?,
            logged_in_at: self
                .logged_in_at
                .map(|at| reading.time("logged_in_at", at))
                .transpose()?,
        })
    }
}

pub(super) async fn is_any(db: &Db) -> Result<bool, StoreError> {
    Ok(db.one::<(i64,)>(&ANY, &[]).await?.is_some())
}

pub(super) async fn list(db: &Db, max: u32) -> Result<Vec<User>, StoreError> {
    let rows: Vec<UserRow> = db.all(&LIST, &args![i64::from(max)]).await?;
    rows.into_iter().map(UserRow::user).collect()
}

pub(super) async fn find(db: &Db, name: &UserName) -> Result<Option<Login>, StoreError> {
    let Some(row) = db.one::<LoginRow>(&FIND, &args![name.as_str()]).await? else {
        return Ok(None);
    };
    let user = row.user.user()?;
    Ok(Some(Login {
        password_hash: Secret::new(row.password_hash),
        totp: row.totp.map(|kept| open_totp(&db.ring, user.id.0, kept)).transpose()?,
        user,
        totp_step: row.totp_step,
    }))
}

/// The lock of the log keeps two owners from taking each other's place at the same moment.
pub(super) async fn set_role(tx: &mut Tx, user: i64, role: Role, now: i64) -> Result<bool, Fault> {
    acts::lock(tx).await?;
    if tx.run(&SET_ROLE, &args![user, role.as_str(), now]).await? == 0 {
        return Ok(false);
    }
    if role != Role::Owner {
        take_back(tx, user, now).await?;
    }
    Ok(true)
}

/// Tokens and links of somebody who may not make any: they would let that person in again.
async fn take_back(tx: &mut Tx, user: i64, now: i64) -> Result<(), Fault> {
    let Some((name,)) = tx.one::<(String,)>(&NAME, &args![user]).await? else { return Ok(()) };
    tokens::revoke_made_by(tx, &name, now).await?;
    links::forget_made_by(tx, &name).await
}

pub(super) async fn close(tx: &mut Tx, user: i64, now: i64) -> Result<bool, Fault> {
    acts::lock(tx).await?;
    if tx.run(&CLOSE, &args![user, now]).await? == 0 {
        return Ok(false);
    }
    sessions::end_all(tx, user).await?;
    take_back(tx, user, now).await?;
    Ok(true)
}

pub(super) async fn set_password(
    tx: &mut Tx,
    user: i64,
    hash: &Secret,
    now: i64,
) -> Result<(), Fault> {
    tx.run(&SET_PASSWORD, &args![user, hash.open(), now]).await?;
    sessions::end_all(tx, user).await
}

/// The key as its column holds it: sealed, where this node has a key to seal with.
pub(super) fn seal_totp(
    ring: &Keyring,
    user: i64,
    key: Option<&Secret>,
) -> Result<Option<String>, StoreError> {
    let Some(key) = key else { return Ok(None) };
    match ring.seal(key, place(&user.to_string())) {
        Ok(sealed) => Ok(Some(sealed)),
        Err(SealError::NoKey) => Ok(Some(key.open().to_owned())),
        Err(error) => Err(StoreError::Failed(error.to_string())),
    }
}

/// A factor that cannot be opened is no reason to let somebody in without it.
fn open_totp(ring: &Keyring, user: i64, kept: String) -> Result<Secret, StoreError> {
    if key_of(&kept).is_none() {
        return Ok(Secret::new(kept));
    }
    ring.open(&kept, place(&user.to_string())).map_err(|error| {
        StoreError::Failed(format!("the second factor of user {user} cannot be opened: {error}"))
    })
}

/// Where the second factor of that person stands.
pub(crate) fn place(user: &str) -> Place<'_> {
    Place { table: "users", row: user, column: "totp" }
}

pub(super) async fn set_totp(
    tx: &mut Tx,
    user: i64,
    key: Option<&str>,
    now: i64,
) -> Result<(), Fault> {
    tx.run(&SET_TOTP, &args![user, key, now]).await?;
    match key.and_then(key_of) {
        Some(id) => keys::note_use(tx, id.as_str(), now).await,
        None => Ok(()),
    }
}

pub(super) async fn use_step(tx: &mut Tx, user: i64, step: i64) -> Result<bool, Fault> {
    Ok(tx.run(&USE_STEP, &args![user, step]).await? > 0)
}
