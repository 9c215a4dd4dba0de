//! A person's hand on a slot that is not due yet. Each act is one compare-and-swap (invariant I6) on a slot
//! that no node has and nothing was tried for; a claim that comes between finds another version, or makes
//! this one lose.

use domain::model::{OnMiss, SkipReason, SlotId, SlotPhase, SlotState};
use domain::ports::store::{
    ASSIGN_AHEAD, BotChange, HeldSlot, Settlement, SlotChange, SlotMove, SlotSkip, StoreError,
};
use domain::rules::lifecycle::post_move;

use crate::arg::args;
use crate::attempts::settle;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::endings::{self, Ended};
use crate::events::{self, Event};
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;
use crate::slots::ask;
use crate::slots::claim::PolicyRow;

static FIND: Sql = Sql::new(
    "slots",
    "SELECT s.id, s.bot_id, s.version, s.state, s.reason, s.due_at, s.moved_from, s.attempts,
        s.schedule_id, t.name, t.catch_up_ms, t.on_miss, t.quiet_from, t.quiet_until, t.timezone
     FROM slots s LEFT JOIN schedules t ON t.id = s.schedule_id WHERE s.id = $1",
);

/// Its civil time stays, so its schedule yields nothing in its place. Back at its own time it is as any
/// other.
static MOVE: Sql = Sql::new(
    "slots",
    "UPDATE slots SET due_at = $3,
        wake_at = CASE WHEN state = 'assigned' THEN CAST($3 AS BIGINT)
            ELSE CAST($5 AS BIGINT) END,
        moved_from = CASE WHEN COALESCE(moved_from, due_at) = $3 THEN NULL
            ELSE COALESCE(moved_from, due_at) END,
        version = version + 1, updated_at = $4
     WHERE id = $1 AND version = $2 AND (state = 'planned' OR state = 'assigned') AND attempts = 0
        AND due_at > $4 AND schedule_id IS NOT NULL
     RETURNING bot_id",
);

static FREE: Sql = Sql::new(
    "slots",
    "SELECT bot_id, state FROM slots WHERE id = $1 AND version = $2
        AND (state = 'planned' OR state = 'assigned') AND attempts = 0 AND due_at > $3",
);

static UNSKIP: Sql = Sql::new(
    "slots",
    "UPDATE slots SET state = 'planned', reason = NULL, detail = NULL, wake_at = due_at - $4,
        version = version + 1, updated_at = $3
     WHERE id = $1 AND version = $2 AND state = 'skipped' AND reason = 'operator' AND attempts = 0
        AND due_at > $3
     RETURNING bot_id",
);

pub(crate) static TEXTS: [&Sql; 4] = [&FIND, &MOVE, &FREE, &UNSKIP];

row! {
    struct HeldRow {
        id: i64,
        bot_id: String,
        version: i64,
        state: String,
        reason: Option<String>,
        due_at: i64,
        moved_from: Option<i64>,
        attempts: i64,
        schedule_id: Option<i64>,
        name: Option<String>,
        policy: PolicyRow,
    }
}

pub(super) async fn find(db: &Db, slot: SlotId) -> Result<Option<HeldSlot>, StoreError> {
    db.one::<HeldRow>(&FIND, &args![slot.0]).await?.map(HeldRow::read).transpose()
}

impl HeldRow {
    fn read(self) -> Result<HeldSlot, StoreError> {
        let reading = Reading::of("slots", self.id);
        Ok(HeldSlot {
            slot: SlotId(self.id),
            bot: reading.bot(&self.bot_id)?,
            version: self.version,
            state: reading.slot_state(&self.state, self.reason.as_deref())?,
            due_at: reading.time("due_at", self.due_at)?,
            moved_from: reading.maybe_time("moved_from", self.moved_from)?,
            attempts: reading.count("attempts", self.attempts)?,
            schedule: self.name,
            policy: match self.schedule_id {
                Some(schedule) => self.policy.read(&Reading::of("schedules", schedule))?,
                None => ask::POLICY,
            },
        })
    }
}

pub(super) async fn put(tx: &mut Tx, moved: &SlotMove, now: i64) -> Result<bool, Fault> {
    let due = moved.due_at.as_millisecond();
    let args = args![moved.slot.0, moved.version, due, now, due - ahead()];
    let Some((bot,)) = tx.one::<(String,)>(&MOVE, &args).await? else { return Ok(false) };
    note(tx, ("slot.moved", moved.slot), bot, &moved.who, now).await?;
    Ok(true)
}

pub(super) async fn skip(tx: &mut Tx, skip: &SlotSkip, now: i64) -> Result<bool, Fault> {
    let args = args![skip.slot.0, skip.version, now];
    let free: Option<(String, String)> = tx.one(&FREE, &args).await?;
    let Some((bot, state)) = free else { return Ok(false) };
    let reading = Reading::of("slots", skip.slot.0);
    let to = SlotState::Skipped(SkipReason::Operator);
    let settlement = Settlement {
        change: SlotChange {
            slot: skip.slot,
            bot: reading.bot(&bot)?,
            from: reading.parsed("state", &state, SlotPhase::from_word(&state))?,
            version: skip.version,
            fence: None,
            to,
            wake_at: None,
            post: post_move(to, OnMiss::Skip),
            detail: format!("{} skipped it", skip.who),
        },
        attempt: None,
        receipt: None,
        bot: BotChange::default(),
        spend: Vec::new(),
    };
    let won = settle::settle(tx, &[settlement], now).await?;
    tx.announce().await?;
    Ok(!won.is_empty())
}

pub(super) async fn unskip(tx: &mut Tx, skip: &SlotSkip, now: i64) -> Result<bool, Fault> {
    let args = args![skip.slot.0, skip.version, now, ahead()];
    let Some((bot,)) = tx.one::<(String,)>(&UNSKIP, &args).await? else { return Ok(false) };
    let was = SlotState::Skipped(SkipReason::Operator);
    endings::take_back(tx, Ended { slot: skip.slot.0, state: was, posted_at: None }).await?;
    note(tx, ("slot.unskipped", skip.slot), bot, &skip.who, now).await?;
    Ok(true)
}

/// A slot wakes so long before it is due, to get its post.
fn ahead() -> i64 {
    ASSIGN_AHEAD.as_secs() * 1000
}

async fn note(
    tx: &mut Tx,
    (kind, slot): (&str, SlotId),
    bot: String,
    who: &str,
    now: i64,
) -> Result<(), Fault> {
    let event = Event {
        kind: kind.to_owned(),
        bot: Some(bot),
        slot: Some(slot.0),
        detail: Some(format!("by {who}")),
    };
    events::append(tx, &[event], now).await?;
    tx.announce().await
}
