//! `alerts`: one row for each that has not ended. A change is taken only from the version on which it was
//! decided, so of several nodes that decide alike one tells it.

use domain::model::{AlertId, AlertRule, OpenAlert, Raised, Severity};
use domain::ports::alerts::Channel;
use domain::ports::store::StoreError;
use domain::rules::alerts::Change;
use domain::rules::alerts::message::Notice;
use jiff::{SignedDuration, Timestamp};

use super::notices;
use crate::arg::args;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;
use crate::text::clean;

static TURN: Sql = Sql::new(
    "meta",
    "INSERT INTO meta (key, value) VALUES ('alerts_judged_at', $1)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value
        WHERE CAST(meta.value AS BIGINT) <= $2 OR CAST(meta.value AS BIGINT) > $3
     RETURNING CAST(1 AS BIGINT)",
);

static OPEN: Sql = Sql::new(
    "alerts",
    "SELECT id, rule, subject, severity, detail, version, seen_at, opened_at, told_at FROM alerts
     WHERE resolved_at IS NULL ORDER BY rule, subject LIMIT $1",
);

static BEGIN: Sql = Sql::new(
    "alerts",
    "INSERT INTO alerts (rule, subject, severity, detail, seen_at, opened_at, told_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (rule, subject) WHERE resolved_at IS NULL DO NOTHING RETURNING id",
);

static CHANGE: Sql = Sql::new(
    "alerts",
    "UPDATE alerts SET severity = $3, detail = $4, opened_at = $5, told_at = $6, resolved_at = $7,
        version = version + 1
     WHERE id = $1 AND version = $2 AND resolved_at IS NULL RETURNING id",
);

pub(super) static TEXTS: [&Sql; 4] = [&TURN, &OPEN, &BEGIN, &CHANGE];

row! {
    struct AlertRow {
        id: i64,
        rule: String,
        subject: String,
        severity: String,
        detail: String,
        version: i64,
        seen_at: i64,
        opened_at: Option<i64>,
        told_at: Option<i64>,
    }
}

pub(super) async fn take_turn(
    tx: &mut Tx,
    every: SignedDuration,
    now: Timestamp,
) -> Result<bool, Fault> {
    let (at, before) = (now.as_millisecond().to_string(), (now - every).as_millisecond());
    Ok(tx.one::<(i64,)>(&TURN, &args![&at, before, now.as_millisecond()]).await?.is_some())
}

pub(super) async fn list_open(db: &Db, max: u32) -> Result<Vec<OpenAlert>, StoreError> {
    let rows: Vec<AlertRow> = db.all(&OPEN, &args![i64::from(max)]).await?;
    // A rule of a later version is that version's to end.
    rows.into_iter().filter_map(|row| row.read().transpose()).collect()
}

impl AlertRow {
    fn read(self) -> Result<Option<OpenAlert>, StoreError> {
        let reading = Reading::of("alerts", self.id);
        let Some(rule) = AlertRule::from_word(&self.rule) else { return Ok(None) };
        let severity = Severity::from_word(&self.severity);
        Ok(Some(OpenAlert {
            id: AlertId(self.id),
            version: self.version,
            raised: Raised {
                rule,
                severity: reading.parsed("severity", &self.severity, severity)?,
                subject: self.subject,
                detail: self.detail,
            },
            seen_at: reading.time("seen_at", self.seen_at)?,
            opened_at: reading.maybe_time("opened_at", self.opened_at)?,
            told_at: reading.maybe_time("told_at", self.told_at)?,
        }))
    }
}

pub(super) async fn note(
    tx: &mut Tx,
    changes: &[Change],
    channels: &[Channel],
    now: Timestamp,
) -> Result<u64, Fault> {
    let mut noted = 0;
    for change in changes {
        let Some(id) = apply(tx, change, now.as_millisecond()).await? else { continue };
        noted += 1;
        let Some(news) = change.news else { continue };
        let opened_at = change.opened_at.unwrap_or(now);
        let notice = Notice::of(id, &change.raised, news, (opened_at, now));
        for channel in channels.iter().filter(|one| one.at_least <= change.raised.severity) {
            notices::add(tx, &channel.name, &notice, now.as_millisecond()).await?;
        }
    }
    Ok(noted)
}

/// The row, where it is still what it was.
async fn apply(tx: &mut Tx, change: &Change, now: i64) -> Result<Option<i64>, Fault> {
    let Raised { rule, subject, severity, detail } = &change.raised;
    let (subject, detail) = (clean(subject), clean(detail));
    let severity = severity.as_str();
    let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
    let (opened_at, told_at) = (millis(change.opened_at), millis(change.told_at));
    let row: Option<(i64,)> = match change.was {
        None => {
            let args = args![rule.as_str(), &subject, severity, &detail, now, opened_at, told_at];
            tx.one(&BEGIN, &args).await?
        }
        Some((id, version)) => {
            let over = change.is_over.then_some(now);
            let args = args![id.0, version, severity, &detail, opened_at, told_at, over];
            tx.one(&CHANGE, &args).await?
        }
    };
    Ok(row.map(|(id,)| id))
}
