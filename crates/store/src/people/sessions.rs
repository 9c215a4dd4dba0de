//! `sessions`.

use domain::model::access::{SecretHash, Session, SessionId, SessionTimes};
use domain::ports::people::NewSession;
use domain::ports::store::StoreError;
use jiff::Timestamp;

use super::users::UserRow;
use crate::arg::args;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;
use crate::text::clean;

/// The last use is written down again after this.
const SEEN_AGAIN_MS: i64 = 60_000;
/// Sessions of a person on a page, at most.
const LISTED_MAX: i64 = 100;

static OPEN: Sql = Sql::new(
    "sessions",
    "INSERT INTO sessions (hash, user_id, csrf, address, agent, created_at, seen_at, proven_at)
     VALUES ($1, $2, $3, $4, $5, $6, $6, $6) RETURNING id",
);

/// It holds the row: whoever changes the password waits, and then ends this session with all others.
static LOGGED_IN: Sql = Sql::new(
    "users",
    "UPDATE users SET logged_in_at = $2
     WHERE id = $1 AND password_hash = $3 AND closed_at IS NULL",
);

static FORGET_UNUSED: Sql = Sql::new("sessions", "DELETE FROM sessions WHERE seen_at <= $1");

static FORGET_OLD: Sql = Sql::new("sessions", "DELETE FROM sessions WHERE created_at <= $1");

static FIND: Sql = Sql::new(
    "sessions",
    "SELECT s.id AS session_id, s.csrf, s.address, s.agent, s.created_at AS opened_at, s.seen_at,
        s.proven_at, u.id, u.name, u.role,
        CAST(CASE WHEN u.totp IS NULL THEN 0 ELSE 1 END AS BIGINT) AS has_totp, u.closed_at,
        u.created_at, u.logged_in_at
     FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.hash = $1 AND u.closed_at IS NULL",
);

static LIST: Sql = Sql::new(
    "sessions",
    "SELECT s.id AS session_id, s.csrf, s.address, s.agent, s.created_at AS opened_at, s.seen_at,
        s.proven_at, u.id, u.name, u.role,
        CAST(CASE WHEN u.totp IS NULL THEN 0 ELSE 1 END AS BIGINT) AS has_totp, u.closed_at,
        u.created_at, u.logged_in_at
     FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.user_id = $1
     ORDER BY s.id DESC LIMIT $2",
);

static SEEN: Sql = Sql::new(
    "sessions",
    "UPDATE sessions SET seen_at = $2, address = $3
     WHERE id = $1 AND (seen_at <= $4 OR address <> $3)",
);

static END: Sql = Sql::new("sessions", "DELETE FROM sessions WHERE id = $1 AND user_id = $2");

/// Whoever's it was: the browser has but one.
static REPLACE: Sql = Sql::new("sessions", "DELETE FROM sessions WHERE id = $1");

static END_ALL: Sql = Sql::new("sessions", "DELETE FROM sessions WHERE user_id = $1");

pub(super) static TEXTS: [&Sql; 10] =
    [&OPEN, &LOGGED_IN, &FORGET_UNUSED, &FORGET_OLD, &FIND, &LIST, &SEEN, &REPLACE, &END, &END_ALL];

row! {
    struct SessionRow {
        session_id: i64,
        csrf: String,
        address: String,
        agent: String,
        opened_at: i64,
        seen_at: i64,
        proven_at: i64,
        user: UserRow,
    }
}

impl SessionRow {
    fn session(self) -> Result<Session, StoreError> {
        let reading = Reading::of("sessions", self.session_id);
        Ok(Session {
            id: SessionId(self.session_id),
            user: self.user.user()?,
            csrf: self.csrf,
            created_at: reading.time("created_at", self.opened_at)?,
            seen_at: reading.time("seen_at", self.seen_at)?,
            proven_at: reading.time("proven_at", self.proven_at)?,
            address: self.address,
            agent: self.agent,
        })
    }
}

pub(super) async fn open(
    tx: &mut Tx,
    new: &NewSession,
    instead_of: Option<i64>,
    (times, now): (&SessionTimes, Timestamp),
) -> Result<Option<SessionId>, Fault> {
    let at = now.as_millisecond();
    if tx.run(&LOGGED_IN, &args![new.user.0, at, new.password_hash.open()]).await? == 0 {
        return Ok(None);
    }
    tx.run(&FORGET_UNUSED, &args![(now - times.idle).as_millisecond()]).await?;
    tx.run(&FORGET_OLD, &args![(now - times.whole).as_millisecond()]).await?;
    if let Some(old) = instead_of {
        tx.run(&REPLACE, &args![old]).await?;
    }
    let (address, agent) = (clean(&new.address), clean(&new.agent));
    let args = args![new.hash.as_str(), new.user.0, &new.csrf, &address, &agent, at];
    let opened = tx.insert(&OPEN, &args).await?;
    let lost = || StoreError::Failed("a new session has no number".to_owned());
    Ok(Some(SessionId(opened.ok_or_else(lost)?)))
}

pub(super) async fn find(
    db: &Db,
    hash: &SecretHash,
    (times, now): (&SessionTimes, Timestamp),
) -> Result<Option<Session>, StoreError> {
    let Some(row) = db.one::<SessionRow>(&FIND, &args![hash.as_str()]).await? else {
        return Ok(None);
    };
    let session = row.session()?;
    if times.is_over(session.created_at, session.seen_at, now) {
        return Ok(None);
    }
    Ok(Some(session))
}

/// The last use, to the minute.
pub(super) async fn note_seen(
    tx: &mut Tx,
    session: i64,
    address: &str,
    now: i64,
) -> Result<(), Fault> {
    tx.run(&SEEN, &args![session, now, &clean(address), now - SEEN_AGAIN_MS]).await.map(|_| ())
}

pub(super) async fn list(
    db: &Db,
    user: i64,
    (times, now): (&SessionTimes, Timestamp),
) -> Result<Vec<Session>, StoreError> {
    let rows: Vec<SessionRow> = db.all(&LIST, &args![user, LISTED_MAX]).await?;
    let sessions: Result<Vec<Session>, _> = rows.into_iter().map(SessionRow::session).collect();
    let lives = |one: &Session| !times.is_over(one.created_at, one.seen_at, now);
    Ok(sessions?.into_iter().filter(lives).collect())
}

pub(super) async fn end(tx: &mut Tx, user: i64, session: i64) -> Result<bool, Fault> {
    Ok(tx.run(&END, &args![session, user]).await? > 0)
}

pub(super) async fn end_all(tx: &mut Tx, user: i64) -> Result<(), Fault> {
    tx.run(&END_ALL, &args![user]).await.map(|_| ())
}
