//! From `events` to deliveries. Events are written with what caused them; here each becomes a delivery for
//! every webhook that wants it, in the transaction that moves the webhook's place on, so it is told once
//! however often a node dies in between.
//!
//! A server gives numbers out before it commits: behind a gap may come what a slower transaction has. So the
//! place stays before a gap for a while (`read_up_to`), and what is read again is there already.

use domain::model::{TargetName, happening};
use domain::ports::alerts::Hook;
use domain::ports::store::StoreError;
use domain::rules::alerts::courier::{EVENTS_KEPT, read_up_to};
use domain::rules::alerts::envelope::ToldEvent;
use jiff::Timestamp;

use super::outbox;
use crate::arg::args;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;

static NEWEST: Sql = Sql::new("events", "SELECT max(id) FROM events");

static PLACE: Sql =
    Sql::new("delivery_targets", "SELECT upto FROM delivery_targets WHERE target = $1");

/// A webhook that is new begins at the newest event.
static BEGIN: Sql = Sql::new(
    "delivery_targets",
    "INSERT INTO delivery_targets (target, upto)
     VALUES ($1, COALESCE((SELECT max(e.id) FROM events e), 0))
     ON CONFLICT (target) DO UPDATE SET upto = COALESCE(delivery_targets.upto, excluded.upto)
     RETURNING upto",
);

static MOVE: Sql =
    Sql::new("delivery_targets", "UPDATE delivery_targets SET upto = $2 WHERE target = $1");

static NEXT: Sql = Sql::new(
    "events",
    "SELECT e.id, e.at, e.kind, e.bot_id, e.slot_id, e.detail, s.post_id, p.content, x.x_post_id
     FROM events e LEFT JOIN slots s ON s.id = e.slot_id
     LEFT JOIN posts p ON p.id = s.post_id
     LEFT JOIN receipts x ON x.slot_id = s.id
     WHERE e.id > $1 ORDER BY e.id LIMIT $2",
);

pub(super) static TEXTS: [&Sql; 5] = [&NEWEST, &PLACE, &BEGIN, &MOVE, &NEXT];

row! {
    struct EventRow {
        id: i64,
        at: i64,
        kind: String,
        bot_id: Option<String>,
        slot_id: Option<i64>,
        detail: Option<String>,
        post_id: Option<i64>,
        content: Option<String>,
        x_post_id: Option<String>,
    }
}

pub(super) async fn is_up_to_date(db: &Db, target: &TargetName) -> Result<bool, StoreError> {
    let place: Option<(Option<i64>,)> = db.one(&PLACE, &args![target.as_str()]).await?;
    let Some((Some(upto),)) = place else { return Ok(false) };
    let newest: Option<(Option<i64>,)> = db.one(&NEWEST, &[]).await?;
    Ok(newest.is_none_or(|(newest,)| newest.is_none_or(|newest| newest <= upto)))
}

pub(super) async fn relay(
    tx: &mut Tx,
    hook: &Hook,
    max: u32,
    now: Timestamp,
) -> Result<bool, Fault> {
    let target = hook.name.as_str();
    // Held to the end of the transaction: of two nodes the second goes on where the first one stopped.
    let place: Option<(i64,)> = tx.one(&BEGIN, &args![target]).await?;
    let Some((upto,)) = place else { return Ok(false) };
    let rows: Vec<EventRow> = tx.all(&NEXT, &args![upto, i64::from(max)]).await?;
    let is_full = rows.len() >= usize::try_from(max).unwrap_or(usize::MAX);
    let mut read = Vec::with_capacity(rows.len());
    for row in rows {
        let at = Reading::of("events", row.id).time("at", row.at)?;
        read.push((row.id, at));
        let told = row.told(at).filter(|told| hook.wanted.has(told.kind));
        if let Some(told) = told.filter(|told| now.duration_since(told.at) <= EVENTS_KEPT) {
            let (key, body) = (told.id(), told.body());
            let parcel = (key.as_str(), told.kind.word, body.as_str());
            outbox::add(tx, &hook.name, parcel, now.as_millisecond()).await?;
        }
    }
    let upto_now = read_up_to(upto, &read, now);
    if upto_now > upto {
        tx.run(&MOVE, &args![target, upto_now]).await?;
    }
    // Behind a gap there is nothing to hurry for.
    Ok(is_full && read.last().is_some_and(|(last, _)| *last == upto_now))
}

impl EventRow {
    /// A kind that is not told outside is a step on the way to one that is.
    fn told(self, at: Timestamp) -> Option<ToldEvent> {
        Some(ToldEvent {
            number: self.id,
            at,
            kind: happening(&self.kind)?,
            bot: self.bot_id,
            slot: self.slot_id,
            detail: self.detail,
            post: self.post_id.zip(self.content),
            x_post_id: self.x_post_id,
        })
    }
}
