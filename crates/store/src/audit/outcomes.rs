//! Slots whose time is over and which have no outcome.

use domain::model::{OnMiss, SlotId, SlotPhase};
use domain::ports::store::StoreError;
use domain::rules::audit::outcomes::OpenEnded;

use crate::arg::args;
use crate::aside;
use crate::db::Db;
use crate::dialect::Sql;
use crate::row::row;
use crate::rows::Reading;
use crate::slots::ask;

macro_rules! ended {
    ($states:literal) => {
        Sql::new(
            "slots",
            concat!(
                "SELECT s.id, s.bot_id, s.state, s.due_at + COALESCE(c.catch_up_ms, $3) AS window_end,
                    s.wake_at, c.on_miss
                 FROM slots s LEFT JOIN schedules c ON c.id = s.schedule_id
                 WHERE ",
                $states,
                " AND s.due_at < $1 AND s.due_at + COALESCE(c.catch_up_ms, $3) < $1
                 ORDER BY s.due_at LIMIT $2"
            ),
        )
    };
}

static WAITING: Sql = ended!("{waiting s}");
static IN_FLIGHT: Sql = ended!("{in_flight s}");

pub(crate) static TEXTS: [&Sql; 2] = [&WAITING, &IN_FLIGHT];

row! {
    struct EndedRow {
        id: i64,
        bot_id: String,
        state: String,
        window_end: i64,
        wake_at: Option<i64>,
        on_miss: Option<String>,
    }
}

pub(super) async fn list(db: &Db, ended: i64, max: u32) -> Result<Vec<OpenEnded>, StoreError> {
    let default =
        i64::try_from(ask::POLICY.catch_up_window.as_millis()).unwrap_or(i64::from(u32::MAX));
    let args = args![ended, i64::from(max), default];
    let mut rows = db.each::<EndedRow>(&IN_FLIGHT, &args).await?;
    rows.extend(db.each::<EndedRow>(&WAITING, &args).await?);
    rows.truncate(usize::try_from(max).unwrap_or(usize::MAX));
    let (open, unreadable) = aside::sort_each(rows, EndedRow::read);
    for (slot, error) in unreadable {
        tracing::error!(slot.id = slot, "Slot {slot} cannot be audited: {error}");
    }
    Ok(open)
}

impl EndedRow {
    fn read(&self) -> Result<OpenEnded, StoreError> {
        let reading = Reading::of("slots", self.id);
        Ok(OpenEnded {
            slot: SlotId(self.id),
            bot: reading.bot(&self.bot_id)?,
            phase: reading.parsed("state", &self.state, SlotPhase::from_word(&self.state))?,
            window_end: reading.time("due_at", self.window_end)?,
            wake_at: reading.maybe_time("wake_at", self.wake_at)?,
            on_miss: self
                .on_miss
                .as_deref()
                .map_or(Ok(OnMiss::Skip), |word| reading.on_miss(word))?,
        })
    }
}
