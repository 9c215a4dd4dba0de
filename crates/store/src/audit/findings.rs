//! `findings`: one open row for each thing that is not as it should be. What a check looked at whole and
//! did not find again has ended; the row stays for a while, to be read.

use std::collections::HashSet;

use domain::model::{BotId, FindingId, FindingKind, OpenFinding, SlotId};
use domain::ports::store::{FindingCount, Noted, StoreError};
use domain::rules::audit::{Checked, Covered, FOUND_MAX};
use serde::Serialize;

use crate::arg::args;
use crate::db::{Db, Tx, json};
use crate::dialect::Sql;
use crate::events::{self, Event};
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;
use crate::text::clean;

static KNOWN: Sql = Sql::new(
    "findings",
    "WITH {rows kind subject}
     SELECT f.kind, f.subject FROM r
     JOIN findings f ON f.kind = r.kind AND f.subject = r.subject AND f.resolved_at IS NULL",
);

static UPSERT: Sql = Sql::new(
    "findings",
    "WITH {rows kind subject bot slot:int place:int moment:int detail}
     INSERT INTO findings (kind, subject, bot_id, slot_id, place, at, detail, first_seen, last_seen)
     SELECT r.kind, r.subject, r.bot, r.slot, r.place, r.moment, r.detail, $2, $2 FROM r WHERE true
     ON CONFLICT (kind, subject) WHERE resolved_at IS NULL DO UPDATE SET
        detail = excluded.detail, last_seen = excluded.last_seen",
);

static END_ROWS: Sql = Sql::new(
    "findings",
    "WITH {rows kind after:int upto:int since:int until:int}
     UPDATE findings SET resolved_at = $2
     FROM r WHERE findings.kind = r.kind AND findings.resolved_at IS NULL
        AND findings.last_seen < $2 AND findings.place > r.after AND findings.place <= r.upto
        AND findings.at >= r.since AND findings.at < r.until
     RETURNING findings.kind, findings.subject",
);

static END_BOTS: Sql = Sql::new(
    "findings",
    "WITH {rows kind after upto}
     UPDATE findings SET resolved_at = $2
     FROM r WHERE findings.kind = r.kind AND findings.resolved_at IS NULL
        AND findings.last_seen < $2 AND findings.bot_id > r.after
        AND (r.upto IS NULL OR findings.bot_id <= r.upto)
     RETURNING findings.kind, findings.subject",
);

static END_BOT: Sql = Sql::new(
    "findings",
    "WITH {rows kind bot}
     UPDATE findings SET resolved_at = $2
     FROM r WHERE findings.kind = r.kind AND findings.resolved_at IS NULL
        AND findings.last_seen < $2 AND findings.bot_id = r.bot
     RETURNING findings.kind, findings.subject",
);

static LIST: Sql = Sql::new(
    "findings",
    "SELECT id, kind, subject, bot_id, slot_id, detail, first_seen, last_seen FROM findings
     WHERE resolved_at IS NULL ORDER BY first_seen LIMIT $1",
);

static COUNT: Sql = Sql::new(
    "findings",
    "SELECT kind, count(*), min(first_seen) FROM findings WHERE resolved_at IS NULL
     GROUP BY kind ORDER BY kind",
);

static FORGET: Sql = Sql::new(
    "findings",
    "DELETE FROM findings WHERE id IN (SELECT f.id FROM findings f
        WHERE f.resolved_at IS NOT NULL AND f.resolved_at < $1 ORDER BY f.resolved_at LIMIT $2)",
);

pub(crate) static TEXTS: [&Sql; 8] =
    [&KNOWN, &UPSERT, &END_ROWS, &END_BOTS, &END_BOT, &LIST, &COUNT, &FORGET];

#[derive(Serialize)]
struct FoundRow<'a> {
    kind: &'static str,
    subject: &'a str,
    bot: Option<&'a str>,
    slot: Option<i64>,
    place: i64,
    moment: i64,
    detail: String,
}

#[derive(Serialize)]
struct EndRow<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bot: Option<&'a str>,
    after: &'a str,
    upto: Option<&'a str>,
}

#[derive(Serialize)]
struct EndStretch {
    kind: &'static str,
    after: i64,
    upto: i64,
    since: i64,
    until: i64,
}

pub(super) async fn note(tx: &mut Tx, checked: &Checked, now: i64) -> Result<Noted, Fault> {
    let rows = found(checked);
    let mut happened = Vec::new();
    let mut opened = Vec::new();
    if !rows.is_empty() {
        let rows_json = json(&rows);
        let known: Vec<(String, String)> = tx.all(&KNOWN, &args![&rows_json]).await?;
        let known: HashSet<(&str, &str)> =
            known.iter().map(|(kind, subject)| (kind.as_str(), subject.as_str())).collect();
        tx.run(&UPSERT, &args![&rows_json, now]).await?;
        for row in rows.iter().filter(|row| !known.contains(&(row.kind, row.subject))) {
            opened.extend(FindingKind::from_word(row.kind).map(|kind| (kind, row.detail.clone())));
            happened.push(Event {
                kind: "finding.opened".to_owned(),
                bot: row.bot.map(str::to_owned),
                slot: row.slot,
                detail: Some(format!("{}: {}", row.kind, row.detail)),
            });
        }
    }
    let ended = end(tx, checked, now).await?;
    happened.extend(ended.iter().map(|(kind, subject)| Event {
        kind: "finding.ended".to_owned(),
        bot: None,
        slot: None,
        detail: Some(format!("{kind}: {subject}")),
    }));
    events::append(tx, &happened, now).await?;
    Ok(Noted { opened, resolved: u64::try_from(ended.len()).unwrap_or(u64::MAX) })
}

/// What is stored, each thing once.
fn found(checked: &Checked) -> Vec<FoundRow<'_>> {
    let mut once = HashSet::new();
    checked
        .found
        .iter()
        .filter(|finding| once.insert((finding.kind, finding.subject.as_str())))
        .take(FOUND_MAX)
        .map(|finding| FoundRow {
            kind: finding.kind.as_str(),
            subject: &finding.subject,
            bot: finding.bot.as_ref().map(BotId::as_str),
            slot: finding.slot.map(|slot| slot.0),
            place: finding.place,
            moment: finding.at.as_millisecond(),
            detail: clean(&finding.detail),
        })
        .collect()
}

/// Ends what was covered and was not found again; nothing where more was found than is stored.
async fn end(tx: &mut Tx, checked: &Checked, now: i64) -> Result<Vec<(String, String)>, Fault> {
    if checked.found.len() > FOUND_MAX {
        return Ok(Vec::new());
    }
    let kinds = || checked.kinds.iter().map(|kind| kind.as_str());
    let row = |kind, after, upto| EndRow { kind, bot: None, after, upto };
    let (sql, rows) = match &checked.covered {
        Covered::Rows(stretches) if stretches.is_empty() => return Ok(Vec::new()),
        Covered::Rows(stretches) => {
            let of = |kind| {
                stretches.iter().map(move |one| EndStretch {
                    kind,
                    after: one.after,
                    upto: one.upto,
                    since: one.from.as_millisecond(),
                    until: one.until.as_millisecond(),
                })
            };
            (&END_ROWS, json(&kinds().flat_map(of).collect::<Vec<_>>()))
        }
        Covered::Bots { after, upto } => {
            let after = after.as_ref().map_or("", BotId::as_str);
            let upto = upto.as_ref().map(BotId::as_str);
            (&END_BOTS, json(&kinds().map(|kind| row(kind, after, upto)).collect::<Vec<_>>()))
        }
        Covered::Bot(bot) => {
            let bot = Some(bot.as_str());
            let of = |kind| EndRow { bot, ..row(kind, "", None) };
            (&END_BOT, json(&kinds().map(of).collect::<Vec<_>>()))
        }
    };
    tx.all(sql, &args![&rows, now]).await
}

row! {
    struct OpenRow {
        id: i64,
        kind: String,
        subject: String,
        bot_id: Option<String>,
        slot_id: Option<i64>,
        detail: String,
        first_seen: i64,
        last_seen: i64,
    }
}

pub(super) async fn list(db: &Db, max: u32) -> Result<Vec<OpenFinding>, StoreError> {
    let rows: Vec<OpenRow> = db.all(&LIST, &args![i64::from(max)]).await?;
    rows.into_iter().map(OpenRow::read).collect()
}

impl OpenRow {
    fn read(self) -> Result<OpenFinding, StoreError> {
        let reading = Reading::of("findings", self.id);
        Ok(OpenFinding {
            id: FindingId(self.id),
            kind: reading.parsed("kind", &self.kind, FindingKind::from_word(&self.kind))?,
            bot: self.bot_id.as_deref().map(|bot| reading.bot(bot)).transpose()?,
            slot: self.slot_id.map(SlotId),
            first_seen: reading.time("first_seen", self.first_seen)?,
            last_seen: reading.time("last_seen", self.last_seen)?,
            subject: self.subject,
            detail: self.detail,
        })
    }
}

pub(super) async fn count(db: &Db) -> Result<Vec<FindingCount>, StoreError> {
    let rows: Vec<(String, i64, i64)> = db.all(&COUNT, &[]).await?;
    rows.into_iter()
        .map(|(kind, count, oldest)| {
            let reading = Reading::of("findings", &kind);
            Ok(FindingCount {
                kind: reading.parsed("kind", &kind, FindingKind::from_word(&kind))?,
                count: reading.count("count", count)?,
                oldest: reading.time("first_seen", oldest)?,
            })
        })
        .collect()
}

pub(super) async fn forget(tx: &mut Tx, before: i64, max: u32) -> Result<u64, Fault> {
    tx.run(&FORGET, &args![before, i64::from(max)]).await
}
