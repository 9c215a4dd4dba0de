//! What only alerts ask for.

use domain::model::TargetName;
use domain::ports::alerts::AlertFacts;
use domain::ports::store::StoreError;
use domain::rules::alerts::courier::TRIED_FOR;
use domain::rules::alerts::{MOMENT, Missed, Runway, SecurityLine, TroubledTarget};
use jiff::{SignedDuration, Timestamp};

use crate::arg::args;
use crate::db::Db;
use crate::dialect::Sql;
use crate::row::row;
use crate::rows::Reading;

/// A slot that was missed longer ago says nothing of now.
const MISSED_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);
/// What a queue should last for.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// A target that fails so often in a row needs somebody.
const FAILURES_MIN: i64 = 3;

static MISSED: Sql = Sql::new(
    "slots",
    "SELECT b.bot_id, s.id, s.due_at, s.state, s.reason
     FROM bots b JOIN slots s ON s.id = (SELECT n.id FROM slots n
        WHERE n.bot_id = b.bot_id AND n.due_at <= $1 AND {gone n} ORDER BY n.due_at DESC LIMIT 1)
     WHERE b.state = 'active' AND s.state <> 'posted' AND s.due_at > $2
     ORDER BY b.bot_id LIMIT $3",
);

static RUNWAYS: Sql = Sql::new(
    "bots",
    "SELECT b.bot_id, t.remaining_posts,
        (SELECT count(*) FROM slots n WHERE n.bot_id = b.bot_id AND {waiting n}
            AND n.state = 'planned' AND n.due_at > $1 AND n.due_at <= $2) AS ahead
     FROM bots b JOIN bot_stats t ON t.bot_id = b.bot_id
     WHERE b.state = 'active' AND (t.remaining_posts < t.low_water OR t.remaining_posts = 0)
     ORDER BY b.bot_id LIMIT $3",
);

static SILENT_APPS: Sql = Sql::new(
    "breakers",
    "SELECT app, opened_at FROM breakers WHERE opened_at IS NOT NULL ORDER BY app LIMIT $1",
);

/// The last lines are looked at, however many there are.
static SECURITY: Sql = Sql::new(
    "audit_log",
    "SELECT l.number, l.actor, l.action, l.object, l.detail, l.address,
        CAST(CASE WHEN l.action = 'session.open' AND EXISTS (SELECT 1 FROM audit_log o
                WHERE o.object = l.object AND o.number < l.number AND o.action = 'session.open')
            AND NOT EXISTS (SELECT 1 FROM audit_log o
                WHERE o.object = l.object AND o.number < l.number AND o.action = 'session.open'
                    AND o.address = l.address)
            THEN 1 ELSE 0 END AS BIGINT) AS is_new_address
     FROM audit_log l
     WHERE l.number > (SELECT COALESCE(max(h.number), 0) - 2000 FROM audit_log h) AND l.at >= $1
        AND (l.action = 'session.open' OR l.action = 'session.refuse'
            OR l.action = 'session.refuse_proof' OR l.action = 'token.make'
            OR l.action = 'token.refuse')
     ORDER BY l.number DESC LIMIT $2",
);

static TROUBLED: Sql = Sql::new(
    "delivery_targets",
    "SELECT target, failures, error FROM delivery_targets WHERE failures >= $1 AND failed_at > $3
     ORDER BY target LIMIT $2",
);

pub(super) static TEXTS: [&Sql; 5] = [&MISSED, &RUNWAYS, &SILENT_APPS, &SECURITY, &TROUBLED];

row! {
    struct MissedRow {
        bot_id: String,
        id: i64,
        due_at: i64,
        state: String,
        reason: Option<String>,
    }
}

row! {
    struct LineRow {
        number: i64,
        actor: String,
        action: String,
        object: String,
        detail: Option<String>,
        address: Option<String>,
        is_new_address: i64,
    }
}

pub(super) async fn read(db: &Db, max: i64, now: Timestamp) -> Result<AlertFacts, StoreError> {
    let at = now.as_millisecond();
    let before = (now - MISSED_MAX).as_millisecond();
    let missed: Vec<MissedRow> = db.all(&MISSED, &args![at, before, max]).await?;
    let until = (now + AHEAD).as_millisecond();
    let runways: Vec<(String, i64, i64)> = db.all(&RUNWAYS, &args![at, until, max]).await?;
    let silent: Vec<(String, i64)> = db.all(&SILENT_APPS, &args![max]).await?;
    let since = (now - MOMENT).as_millisecond();
    let lines: Vec<LineRow> = db.all(&SECURITY, &args![since, max]).await?;
    // One that nobody tries any more is out of the configuration, and troubles nobody.
    let forgotten = (now - TRIED_FOR - MOMENT).as_millisecond();
    let troubled: Vec<(String, i64, Option<String>)> =
        db.all(&TROUBLED, &args![FAILURES_MIN, max, forgotten]).await?;
    Ok(AlertFacts {
        missed: missed.into_iter().map(MissedRow::read).collect::<Result<_, _>>()?,
        runways: runways.into_iter().map(runway).collect::<Result<_, _>>()?,
        silent_apps: silent
            .into_iter()
            .map(|(app, at)| Ok((app.clone(), Reading::of("breakers", app).time("opened_at", at)?)))
            .collect::<Result<_, StoreError>>()?,
        security: lines.into_iter().map(LineRow::read).collect(),
        targets: troubled.into_iter().filter_map(troubled_target).collect(),
    })
}

impl MissedRow {
    fn read(self) -> Result<Missed, StoreError> {
        let reading = Reading::of("slots", self.id);
        Ok(Missed {
            bot: reading.bot(&self.bot_id)?,
            slot: domain::model::SlotId(self.id),
            due_at: reading.time("due_at", self.due_at)?,
            state: reading.slot_state(&self.state, self.reason.as_deref())?,
        })
    }
}

fn runway((bot, queued, ahead): (String, i64, i64)) -> Result<Runway, StoreError> {
    let reading = Reading::of("bot_stats", &bot);
    Ok(Runway {
        bot: reading.bot(&bot)?,
        queued: reading.count("remaining_posts", queued)?,
        ahead: reading.count("ahead", ahead)?,
    })
}

impl LineRow {
    fn read(self) -> SecurityLine {
        let Self { number, actor, action, object, detail, address, is_new_address } = self;
        let is_new_address = is_new_address != 0;
        SecurityLine { number, actor, action, object, detail, address, is_new_address }
    }
}

fn troubled_target(
    (name, failures, error): (String, i64, Option<String>),
) -> Option<TroubledTarget> {
    let target = TargetName::parse(&name)?;
    Some(TroubledTarget { target, failures: failures.unsigned_abs(), error })
}
