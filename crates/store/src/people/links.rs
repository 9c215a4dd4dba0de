//! `links`: good once, and then gone.

use domain::model::access::{Link, LinkFor, Role, SecretHash, UserId, UserName};
use domain::ports::people::{NewUser, Redeemed};
use domain::ports::store::StoreError;

use super::users;
use crate::arg::args;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;

static ADD: Sql = Sql::new(
    "links",
    "INSERT INTO links (hash, purpose, role, user_id, expires_at, created_at)
     VALUES ($1, $2, $3, $4, $5, $6)",
);

static FORGET_OLD: Sql = Sql::new("links", "DELETE FROM links WHERE expires_at <= $1");

static FORGET_OF: Sql = Sql::new("links", "DELETE FROM links WHERE user_id = $1");

static FORGET_JOINS: Sql = Sql::new("links", "DELETE FROM links WHERE user_id IS NULL");

static ANYBODY: Sql = Sql::new("users", "SELECT id FROM users LIMIT 1");

static FIND: Sql = Sql::new(
    "links",
    "SELECT k.purpose, k.role, u.name FROM links k LEFT JOIN users u ON u.id = k.user_id
     WHERE k.hash = $1 AND k.expires_at > $2",
);

static TAKE: Sql = Sql::new(
    "links",
    "DELETE FROM links WHERE hash = $1 AND expires_at > $2 RETURNING purpose, role, user_id",
);

static JOIN: Sql = Sql::new(
    "users",
    "INSERT INTO users (name, role, password_hash, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)
     ON CONFLICT (name) DO NOTHING RETURNING id",
);

/// A person who was closed stays so: a link that was made before does not let in again.
static IS_OPEN: Sql = Sql::new("users", "SELECT id FROM users WHERE id = $1 AND closed_at IS NULL");

pub(super) static TEXTS: [&Sql; 9] =
    [&ADD, &FORGET_OLD, &FORGET_OF, &FORGET_JOINS, &ANYBODY, &FIND, &TAKE, &JOIN, &IS_OPEN];

row! {
    struct FoundRow {
        purpose: String,
        role: String,
        name: Option<String>,
    }
}

row! {
    struct TakenRow {
        purpose: String,
        role: String,
        user_id: Option<i64>,
    }
}

pub(super) async fn add(tx: &mut Tx, link: &Link, now: i64) -> Result<(), Fault> {
    tx.run(&FORGET_OLD, &args![now]).await?;
    let user = link.user.map(|user| user.0);
    if let Some(user) = user {
        tx.run(&FORGET_OF, &args![user]).await?;
    } else if tx.one::<(i64,)>(&ANYBODY, &[]).await?.is_none() {
        // While the house has nobody there is one link to set it up: the newest.
        tx.run(&FORGET_JOINS, &[]).await?;
    }
    let args = args![
        link.hash.as_str(),
        link.purpose.as_str(),
        link.role.as_str(),
        user,
        link.expires_at.as_millisecond(),
        now,
    ];
    tx.run(&ADD, &args).await.map(|_| ())
}

pub(super) async fn find(
    db: &Db,
    hash: &SecretHash,
    now: i64,
) -> Result<Option<(LinkFor, Role, Option<UserName>)>, StoreError> {
    let found = db.one::<FoundRow>(&FIND, &args![hash.as_str(), now]).await?;
    let Some(row) = found else { return Ok(None) };
    let name = row.name.map(|name| {
        let parsed = UserName::try_from(name.clone()).ok();
        Reading::of("users", &name).parsed("name", &name, parsed)
    });
    let (purpose, role) = read(&row.purpose, &row.role)?;
    Ok(Some((purpose, role, name.transpose()?)))
}

/// A link that somebody used for a name that is taken is still good: the transaction is undone by hand,
/// since the row goes only with its use.
pub(super) async fn redeem(
    tx: &mut Tx,
    hash: &SecretHash,
    new: &NewUser,
    now: i64,
) -> Result<Redeemed, Fault> {
    let taken = tx.one::<TakenRow>(&TAKE, &args![hash.as_str(), now]).await?;
    let Some(taken) = taken else { return Ok(Redeemed::Spent) };
    let (purpose, role) = read(&taken.purpose, &taken.role)?;
    match (purpose, taken.user_id) {
        (LinkFor::Reset, Some(user)) => reset(tx, user, new, now).await,
        (LinkFor::Reset, None) => Ok(Redeemed::Spent),
        (LinkFor::Join, _) => {
            let args = args![new.name.as_str(), role.as_str(), new.password_hash.open(), now];
            if let Some(id) = tx.insert(&JOIN, &args).await? {
                return Ok(Redeemed::Done(UserId(id)));
            }
            give_back(tx, hash, role, now).await?;
            Ok(Redeemed::NameTaken)
        }
    }
}

/// An hour more is time enough for another name.
async fn give_back(tx: &mut Tx, hash: &SecretHash, role: Role, now: i64) -> Result<(), Fault> {
    let args = args![
        hash.as_str(),
        LinkFor::Join.as_str(),
        role.as_str(),
        None::<i64>,
        now + 3_600_000,
        now,
    ];
    tx.run(&ADD, &args).await.map(|_| ())
}

async fn reset(tx: &mut Tx, user: i64, new: &NewUser, now: i64) -> Result<Redeemed, Fault> {
    if tx.one::<(i64,)>(&IS_OPEN, &args![user]).await?.is_none() {
        return Ok(Redeemed::Spent);
    }
    users::set_password(tx, (user, None), &new.password_hash, now).await?;
    users::set_totp(tx, user, None, now).await?;
    Ok(Redeemed::Done(UserId(user)))
}

fn read(purpose: &str, role: &str) -> Result<(LinkFor, Role), StoreError> {
    let reading = Reading::of("links", "?");
    let purpose = reading.parsed("purpose", purpose, LinkFor::from_word(purpose))?;
    Ok((purpose, reading.parsed("role", role, Role::from_word(role))?))
}
