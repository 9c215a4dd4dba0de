//! `audit_log`: one more line, and the chain's head, which is in `meta`.

use domain::model::access::{Act, ActLine};
use domain::ports::store::StoreError;
use domain::rules::access::chain::{self, GENESIS};

use crate::arg::args;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;
use crate::text::clean;

/// Whoever else would append a line waits.
static LOCK: Sql = Sql::new(
    "meta",
    "INSERT INTO meta (key, value) VALUES ('audit_head', '0 flockwork')
     ON CONFLICT (key) DO UPDATE SET value = meta.value RETURNING value",
);

static HEAD: Sql = Sql::new("meta", "SELECT value FROM meta WHERE key = 'audit_head'");

static SET_HEAD: Sql = Sql::new("meta", "UPDATE meta SET value = $1 WHERE key = 'audit_head'");

static APPEND: Sql = Sql::new(
    "audit_log",
    "INSERT INTO audit_log (number, at, kind, actor, action, object, detail, address, hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
);

static LIST: Sql = Sql::new(
    "audit_log",
    "SELECT number, at, kind, actor, action, object, detail, address, hash
     FROM audit_log WHERE number > $1 ORDER BY number LIMIT $2",
);

static LIST_ON: Sql = Sql::new(
    "audit_log",
    "SELECT number, at, kind, actor, action, object, detail, address, hash
     FROM audit_log WHERE object = $1 ORDER BY number DESC LIMIT $2",
);

pub(super) static TEXTS: [&Sql; 6] = [&LOCK, &HEAD, &SET_HEAD, &APPEND, &LIST, &LIST_ON];

row! {
    struct LineRow {
        number: i64,
        at: i64,
        kind: String,
        actor: String,
        action: String,
        object: String,
        detail: Option<String>,
        address: Option<String>,
        hash: String,
    }
}

/// The last line's number and hash; nobody else appends before the end of the transaction.
pub(super) async fn lock(tx: &mut Tx) -> Result<(i64, String), Fault> {
    let head = tx.one::<(String,)>(&LOCK, &[]).await?;
    Ok(parse(head.map(|(head,)| head))?)
}

/// One more line.
pub(crate) async fn append(tx: &mut Tx, act: &Act) -> Result<(), Fault> {
    let (last, before) = lock(tx).await?;
    let mut line = ActLine {
        number: last + 1,
        // What is kept is whole milliseconds, and the hash is of what is kept.
        at: Reading::of("audit_log", last + 1).time("at", act.at.as_millisecond())?,
        kind: act.actor.kind.as_str().to_owned(),
        actor: clean(&act.actor.name),
        action: act.action.to_owned(),
        object: clean(&act.object),
        detail: act.detail.as_deref().map(clean),
        address: act.address.as_deref().map(clean),
        hash: String::new(),
    };
    line.hash = chain::hash(&before, &line);
    let args = args![
        line.number,
        line.at.as_millisecond(),
        &line.kind,
        &line.actor,
        &line.action,
        &line.object,
        line.detail.as_deref(),
        line.address.as_deref(),
        &line.hash,
    ];
    tx.run(&APPEND, &args).await?;
    let head = format!("{} {}", line.number, line.hash);
    tx.run(&SET_HEAD, &args![&head]).await.map(|_| ())
}

pub(super) async fn list(db: &Db, after: i64, max: u32) -> Result<Vec<ActLine>, StoreError> {
    let rows: Vec<LineRow> = db.all(&LIST, &args![after, i64::from(max)]).await?;
    rows.into_iter().map(LineRow::line).collect()
}

pub(super) async fn list_on(db: &Db, object: &str, max: u32) -> Result<Vec<ActLine>, StoreError> {
    let rows: Vec<LineRow> = db.all(&LIST_ON, &args![object, i64::from(max)]).await?;
    rows.into_iter().map(LineRow::line).collect()
}

pub(super) async fn head(db: &Db) -> Result<(i64, String), StoreError> {
    parse(db.one::<(String,)>(&HEAD, &[]).await?.map(|(head,)| head))
}

/// `12 9f86d0…`; before the first line there is none.
fn parse(head: Option<String>) -> Result<(i64, String), StoreError> {
    let Some(head) = head else { return Ok((0, GENESIS.to_owned())) };
    let parts = head.split_once(' ').and_then(|(number, hash)| Some((number.parse().ok()?, hash)));
    let (number, hash) = Reading::of("meta", "audit_head").parsed("value", &head, parts)?;
    Ok((number, hash.to_owned()))
}

impl LineRow {
    fn line(self) -> Result<ActLine, StoreError> {
        Ok(ActLine {
            number: self.number,
            at: Reading::of("audit_log", self.number).time("at", self.at)?,
            kind: self.kind,
            actor: self.actor,
            action: self.action,
            object: self.object,
            detail: self.detail,
            address: self.address,
            hash: self.hash,
        })
    }
}
