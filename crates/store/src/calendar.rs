//! Slots by the time at which they are due. Of all bots they are found through the partial indexes that
//! the other lists have, one for each kind of state, so that the calendar costs no index of its own.

use async_trait::async_trait;
use domain::model::{BotId, ScheduleId, SlotId, SlotPhase};
use domain::ports::store::{
    CALENDAR_SLOTS_MAX, CalendarStore, HeldSlot, SlotLine, SlotMove, SlotSkip, Span, StoreError,
    Unplanned,
};
use jiff::Timestamp;

use crate::arg::{Arg, args};
use crate::db::{Db, in_transaction};
use crate::dialect::Sql;
use crate::read::{SlotRow, slot_columns};
use crate::rows::{Reading, ScheduleRow};

pub(crate) mod hand;

/// The slots `c` of a span in each kind of state: ids and states, at most `$3` of each.
macro_rules! due {
    () => {
        concat!(
            due!("{waiting s}"),
            " UNION ALL ",
            due!("{gone s}"),
            " UNION ALL ",
            due!("s.state = 'needs_attention'"),
            " UNION ALL ",
            due!("{in_flight s}")
        )
    };
    ($states:literal) => {
        concat!(
            "SELECT c.id, c.state FROM (SELECT s.id, s.state FROM slots s WHERE ",
            $states,
            " AND s.due_at >= $1 AND s.due_at < $2 ORDER BY s.due_at LIMIT $3) c"
        )
    };
}

static LIST: Sql = Sql::new(
    "slots",
    concat!(
        slot_columns!(),
        "WHERE s.id IN (SELECT c.id FROM (",
        due!(),
        ") c) ORDER BY s.due_at, s.id LIMIT $3"
    ),
);

static LIST_OF_BOT: Sql = Sql::new(
    "slots",
    concat!(
        slot_columns!(),
        "WHERE s.bot_id = $4 AND s.due_at >= $1 AND s.due_at < $2 ORDER BY s.due_at, s.id LIMIT $3"
    ),
);

static COUNT: Sql = Sql::new(
    "slots",
    concat!("SELECT c.state, count(*) AS slots FROM (", due!(), ") c GROUP BY c.state"),
);

static COUNT_OF_BOT: Sql = Sql::new(
    "slots",
    "SELECT c.state, count(*) AS slots FROM (SELECT s.state FROM slots s
        WHERE s.bot_id = $4 AND s.due_at >= $1 AND s.due_at < $2 ORDER BY s.due_at LIMIT $3) c
     GROUP BY c.state",
);

static PLANS: Sql = Sql::new(
    "schedules",
    "SELECT id, bot_id, name, cron, timezone, skips_gaps, catch_up_ms, on_miss, jitter_ms,
        quiet_from, quiet_until, topics, planned_until
     FROM schedules WHERE bot_id = $1 AND is_retired = 0 AND replan_at IS NOT NULL ORDER BY place",
);

pub(crate) static TEXTS: [&Sql; 5] = [&LIST, &LIST_OF_BOT, &COUNT, &COUNT_OF_BOT, &PLANS];

#[async_trait]
impl CalendarStore for Db {
    async fn list_slots_due(
        &self,
        span: Span,
        bot: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<SlotLine>, StoreError> {
        let [from, until, max] = bounds(span, max);
        let rows: Vec<SlotRow> = match bot {
            Some(bot) => self.all(&LIST_OF_BOT, &[from, until, max, bot.as_str().into()]).await?,
            None => self.all(&LIST, &[from, until, max]).await?,
        };
        rows.into_iter().map(SlotRow::read).collect()
    }

    async fn count_slots_due(
        &self,
        spans: &[Span],
        bot: Option<&BotId>,
        max: u32,
    ) -> Result<Vec<Vec<(SlotPhase, u64)>>, StoreError> {
        let reading = Reading::of("slots", "all");
        let mut counts = Vec::with_capacity(spans.len());
        for span in spans {
            let [from, until, max] = bounds(*span, max);
            let rows: Vec<(String, i64)> = match bot {
                Some(bot) => {
                    self.all(&COUNT_OF_BOT, &[from, until, max, bot.as_str().into()]).await?
                }
                None => self.all(&COUNT, &[from, until, max]).await?,
            };
            let read = |(state, count): (String, i64)| {
                let phase = reading.parsed("state", &state, SlotPhase::from_word(&state))?;
                Ok((phase, reading.count("count", count)?))
            };
            counts.push(rows.into_iter().map(read).collect::<Result<_, StoreError>>()?);
        }
        Ok(counts)
    }

    async fn list_plans(&self, bot: &BotId) -> Result<Vec<Unplanned>, StoreError> {
        let rows: Vec<ScheduleRow> = self.all(&PLANS, &args![bot.as_str()]).await?;
        rows.iter()
            .map(|row| {
                let reading = Reading::of("schedules", row.id);
                Ok(Unplanned {
                    id: ScheduleId(row.id),
                    bot: reading.bot(&row.bot_id)?,
                    schedule: row.read()?,
                    planned_until: reading.time("planned_until", row.planned_until)?,
                })
            })
            .collect()
    }

    async fn find_held(&self, slot: SlotId) -> Result<Option<HeldSlot>, StoreError> {
        hand::find(self, slot).await
    }

    async fn move_slot(&self, moved: &SlotMove, now: Timestamp) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| hand::put(tx, moved, now.as_millisecond()))
    }

    async fn skip_slot(&self, skip: &SlotSkip, now: Timestamp) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| hand::skip(tx, skip, now.as_millisecond()))
    }

    async fn unskip_slot(&self, skip: &SlotSkip, now: Timestamp) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| hand::unskip(tx, skip, now.as_millisecond()))
    }
}

fn bounds(span: Span, max: u32) -> [Arg<'static>; 3] {
    let max = i64::from(max.min(CALENDAR_SLOTS_MAX));
    args![span.from.as_millisecond(), span.until.as_millisecond(), max]
}
