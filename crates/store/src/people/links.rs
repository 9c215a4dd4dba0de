//! `links`: good once, and then gone.

use domain::model::access::{Link, LinkFor, Role, SecretHash, UserId, UserName};
use domain::ports::people::{NewUser, Redeemed};
use domain::ports::store::StoreError;

use super::{acts, users};
use crate::arg::args;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;
use crate::text::clean;

static ADD: Sql = Sql::new(
    "links",
    "INSERT INTO links (hash, purpose, role, user_id, created_by, expires_at, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)",
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

static TAKEN: Sql = Sql::new("users", "SELECT id FROM users WHERE name = $1");

static OTHERS: Sql = Sql::new("users", "SELECT id FROM users WHERE id <> $1 LIMIT 1");

static FORGET_MADE_BY: Sql = Sql::new("links", "DELETE FROM links WHERE created_by = $1");

/// A person who was closed stays so: a link that was made before does not let in again.
static IS_OPEN: Sql = Sql::new("users", "SELECT id FROM users WHERE id = $1 AND closed_at IS NULL");

pub(super) static TEXTS: [&Sql; 12] = [
    &ADD,
    &FORGET_OLD,
    &FORGET_OF,
    &FORGET_JOINS,
    &ANYBODY,
    &FIND,
    &TAKE,
    &JOIN,
    &IS_OPEN,
    &TAKEN,
    &OTHERS,
    &FORGET_MADE_BY,
];

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
    acts::lock(tx).await?;
    tx.run(&FORGET_OLD, &args![now]).await?;
    let user = link.user.map(|user| user.0);
    if let Some(user) = user {
        tx.run(&FORGET_OF, &args![user]).await?;
    } else if tx.one::<(i64,)>(&ANYBODY, &[]).await?.is_none() {
        // While the house has nobody there is one link to set it up: the newest.
        tx.run(&FORGET_JOINS, &[]).await?;
    }
    let created_by = clean(&link.created_by);
    let args = args![
        link.hash.as_str(),
        link.purpose.as_str(),
        link.role.as_str(),
        user,
        &created_by,
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

/// A name that is taken costs the link nothing.
pub(super) async fn redeem(
    tx: &mut Tx,
    hash: &SecretHash,
    new: &NewUser,
    now: i64,
) -> Result<Redeemed, Fault> {
    // One after the other, also before there is anybody.
    acts::lock(tx).await?;
    let Some(found) = tx.one::<FoundRow>(&FIND, &args![hash.as_str(), now]).await? else {
        return Ok(Redeemed::Spent);
    };
    let (purpose, _) = read(&found.purpose, &found.role)?;
    let name = new.name.as_str();
    if purpose == LinkFor::Join && tx.one::<(i64,)>(&TAKEN, &args![name]).await?.is_some() {
        return Ok(Redeemed::NameTaken);
    }
    let taken = tx.one::<TakenRow>(&TAKE, &args![hash.as_str(), now]).await?;
    let Some(taken) = taken else { return Ok(Redeemed::Spent) };
    let (purpose, role) = read(&taken.purpose, &taken.role)?;
    match (purpose, taken.user_id) {
        (LinkFor::Reset, Some(user)) => reset(tx, user, new, now).await,
        (LinkFor::Reset, None) => Ok(Redeemed::Spent),
        (LinkFor::Join, _) => join(tx, (new, role), now).await,
    }
}

/// The first person of the house leaves no other link open by which somebody else would own it.
async fn join(tx: &mut Tx, (new, role): (&NewUser, Role), now: i64) -> Result<Redeemed, Fault> {
    let args = args![new.name.as_str(), role.as_str(), new.password_hash.open(), now];
    let Some(id) = tx.insert(&JOIN, &args).await? else { return Ok(Redeemed::NameTaken) };
    if tx.one::<(i64,)>(&OTHERS, &args![id]).await?.is_none() {
        tx.run(&FORGET_JOINS, &[]).await?;
    }
    Ok(Redeemed::Done(UserId(id)))
}

/// Whoever may not make links any more has made none.
pub(super) async fn forget_made_by(tx: &mut Tx, name: &str) -> Result<(), Fault> {
    tx.run(&FORGET_MADE_BY, &args![name]).await.map(|_| ())
}

async fn reset(tx: &mut Tx, user: i64, new: &NewUser, now: i64) -> Result<Redeemed, Fault> {
    if tx.one::<(i64,)>(&IS_OPEN, &args![user]).await?.is_none() {
        return Ok(Redeemed::Spent);
    }
    users::set_password(tx, user, &new.password_hash, now).await?;
    users::set_totp(tx, user, None, now).await?;
    Ok(Redeemed::Done(UserId(user)))
}

fn read(purpose: &str, role: &str) -> Result<(LinkFor, Role), StoreError> {
    let reading = Reading::of("links", "?");
    let purpose = reading.parsed("purpose", purpose, LinkFor::from_word(purpose))?;
    Ok((purpose, reading.parsed("role", role, Role::from_word(role))?))
}
