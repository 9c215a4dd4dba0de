//! How deliveries go, to be shown.

use domain::ports::alerts::{DeliveryId, DeliveryLine, DeliveryView, TargetLine};
use domain::ports::store::StoreError;

use crate::arg::args;
use crate::db::Db;
use crate::dialect::Sql;
use crate::row::row;
use crate::rows::Reading;

/// Targets that are shown at most: a house has a few.
const TARGETS_MAX: i64 = 100;

macro_rules! lines {
    ($which:literal) => {
        Sql::new(
            "deliveries",
            concat!(
                "SELECT id, target, key, kind, state, made_at, tries, next_at, error FROM deliveries ",
                $which,
                " LIMIT $1"
            ),
        )
    };
}

static DEAD: Sql = lines!("WHERE state = 'dead' ORDER BY id DESC");
static WAITING: Sql = lines!("WHERE state = 'waiting' ORDER BY tried_since");

static TARGETS: Sql = Sql::new(
    "delivery_targets",
    "SELECT t.target, t.ok_at, t.failed_at, t.failures, t.error,
        (SELECT count(*) FROM deliveries d WHERE d.target = t.target AND d.state = 'waiting')
            AS waiting,
        (SELECT count(*) FROM deliveries d WHERE d.target = t.target AND d.state = 'dead') AS dead
     FROM delivery_targets t ORDER BY t.target LIMIT $1",
);

pub(super) static TEXTS: [&Sql; 3] = [&DEAD, &WAITING, &TARGETS];

row! {
    struct DeliveryRow {
        id: i64,
        target: String,
        key: String,
        kind: String,
        state: String,
        made_at: i64,
        tries: i64,
        next_at: i64,
        error: Option<String>,
    }
}

row! {
    struct TargetRow {
        target: String,
        ok_at: Option<i64>,
        failed_at: Option<i64>,
        failures: i64,
        error: Option<String>,
        waiting: i64,
        dead: i64,
    }
}

pub(super) async fn deliveries(
    db: &Db,
    view: DeliveryView,
    max: u32,
) -> Result<Vec<DeliveryLine>, StoreError> {
    let sql = match view {
        DeliveryView::Dead => &DEAD,
        DeliveryView::Waiting => &WAITING,
    };
    let rows: Vec<DeliveryRow> = db.all(sql, &args![i64::from(max)]).await?;
    rows.into_iter().map(DeliveryRow::read).collect()
}

impl DeliveryRow {
    fn read(self) -> Result<DeliveryLine, StoreError> {
        let reading = Reading::of("deliveries", self.id);
        let next_at = (self.state == "waiting").then_some(self.next_at);
        Ok(DeliveryLine {
            id: DeliveryId(self.id),
            made_at: reading.time("made_at", self.made_at)?,
            tries: reading.count("tries", self.tries)?,
            next_at: reading.maybe_time("next_at", next_at)?,
            target: self.target,
            kind: self.kind,
            key: self.key,
            error: self.error,
        })
    }
}

pub(super) async fn targets(db: &Db) -> Result<Vec<TargetLine>, StoreError> {
    let rows: Vec<TargetRow> = db.all(&TARGETS, &args![TARGETS_MAX]).await?;
    rows.into_iter().map(TargetRow::read).collect()
}

impl TargetRow {
    fn read(self) -> Result<TargetLine, StoreError> {
        let reading = Reading::of("delivery_targets", &self.target);
        Ok(TargetLine {
            ok_at: reading.maybe_time("ok_at", self.ok_at)?,
            failed_at: reading.maybe_time("failed_at", self.failed_at)?,
            failures: reading.count("failures", self.failures)?,
            waiting: reading.count("waiting", self.waiting)?,
            dead: reading.count("dead", self.dead)?,
            target: self.target,
            error: self.error,
        })
    }
}
