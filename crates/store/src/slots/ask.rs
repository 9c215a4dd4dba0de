//! A slot that a person asks for. A unique index makes a double click one slot.

use domain::model::{BotId, OnMiss, Schedule, SlotId};
use domain::ports::store::SlotPolicy;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::arg::args;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::fault::Fault;

/// What such a slot runs under.
pub(crate) const POLICY: SlotPolicy = SlotPolicy {
    catch_up_window: Schedule::CATCH_UP_WINDOW_DEFAULT,
    on_miss: OnMiss::Skip,
    quiet_hours: None,
    zone: TimeZone::UTC,
};

static WAITING: Sql = Sql::new(
    "slots",
    "SELECT id FROM slots WHERE bot_id = $1 AND schedule_id IS NULL
        AND state IN ('planned', 'assigned', 'claimed', 'sending', 'retry_wait', 'unknown',
            'reconciling')",
);

static INSERT: Sql = Sql::new(
    "slots",
    "INSERT INTO slots (bot_id, local_time, fold, due_at, state, wake_at, created_at, updated_at)
     SELECT bot_id, $2, 0, $3, 'planned', $3, $3, $3 FROM bots
     WHERE bot_id = $1 AND state <> 'closed'
     RETURNING id",
);

pub(crate) static TEXTS: [&Sql; 2] = [&WAITING, &INSERT];

pub(super) async fn ask(tx: &mut Tx, bot: &BotId, now: Timestamp) -> Result<Option<SlotId>, Fault> {
    if let Some((slot,)) = tx.one::<(i64,)>(&WAITING, &args![bot.as_str()]).await? {
        return Ok(Some(SlotId(slot)));
    }
    let local = now.to_zoned(TimeZone::UTC).datetime().to_string();
    let args = args![bot.as_str(), &local, now.as_millisecond()];
    let asked = tx.insert(&INSERT, &args).await?;
    tx.announce().await?;
    Ok(asked.map(SlotId))
}
