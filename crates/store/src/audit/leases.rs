//! Leases, and what is held by those that are none any more.

use domain::model::{Fence, SlotId, SlotPhase};
use domain::ports::store::StoreError;
use domain::rules::audit::leases::{Held, LeaseRow};

use crate::arg::args;
use crate::db::Db;
use crate::dialect::Sql;
use crate::rows::Reading;

static LIST: Sql = Sql::new(
    "nodes",
    "SELECT fence, node, started_at, expires_at, ended_at FROM nodes ORDER BY fence DESC LIMIT $1",
);

macro_rules! held {
    ($states:literal) => {
        Sql::new(
            "slots",
            concat!(
                "SELECT s.id, s.bot_id, s.state, s.fence FROM slots s WHERE ",
                $states,
                " AND s.updated_at < $1 AND NOT EXISTS (SELECT 1 FROM nodes n
                    WHERE n.fence = s.fence AND n.ended_at IS NULL AND n.expires_at > $3)
                 LIMIT $2"
            ),
        )
    };
}

static CLAIMED: Sql = held!("s.state = 'claimed' AND s.wake_at IS NOT NULL");
static IN_FLIGHT: Sql = held!("{in_flight s} AND s.state IN ('sending', 'reconciling')");

pub(crate) static TEXTS: [&Sql; 3] = [&LIST, &CLAIMED, &IN_FLIGHT];

pub(super) async fn list(db: &Db, max: u32) -> Result<Vec<LeaseRow>, StoreError> {
    let rows: Vec<(i64, String, i64, i64, Option<i64>)> =
        db.all(&LIST, &args![i64::from(max)]).await?;
    rows.into_iter()
        .map(|(fence, node, started_at, expires_at, ended_at)| {
            let reading = Reading::of("nodes", fence);
            Ok(LeaseRow {
                fence: Fence(fence),
                node,
                started_at: reading.time("started_at", started_at)?,
                expires_at: reading.time("expires_at", expires_at)?,
                has_ended: ended_at.is_some(),
            })
        })
        .collect()
}

pub(super) async fn list_held(
    db: &Db,
    before: i64,
    max: u32,
    now: i64,
) -> Result<Vec<Held>, StoreError> {
    let args = args![before, i64::from(max), now];
    let mut rows: Vec<(i64, String, String, Option<i64>)> = db.all(&CLAIMED, &args).await?;
    rows.extend(db.all::<(i64, String, String, Option<i64>)>(&IN_FLIGHT, &args).await?);
    rows.into_iter()
        .map(|(slot, bot, state, fence)| {
            let reading = Reading::of("slots", slot);
            Ok(Held {
                slot: SlotId(slot),
                bot: reading.bot(&bot)?,
                phase: reading.parsed("state", &state, SlotPhase::from_word(&state))?,
                fence: fence.map(Fence),
            })
        })
        .collect()
}
