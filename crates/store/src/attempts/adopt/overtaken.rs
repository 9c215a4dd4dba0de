//! A slot for which a post went out that an earlier slot holds.
//!
//! History was lost twice: X took a post for this slot, and in the copy that was put back an earlier
//! slot still waits for the answer to its own send of it. X made it too late for that send, so it went
//! out for this slot, which must not send another one (invariant I1).

use domain::model::{BotId, SlotPhase};
use domain::ports::store::SeenPost;
use domain::rules::reconcile::LATE_ACCEPT;
use serde::Serialize;

use crate::db::{Tx, args, json};
use crate::dialect::Sql;
use crate::events::Event;
use crate::fault::Fault;
use crate::stats::Bumps;

const DETAIL: &str = "X has a post of it that an earlier slot was to send";

static END: Sql = Sql::new(
    "slots",
    "WITH {rows slot:int held:int sent:int}
     UPDATE slots SET state = 'skipped', reason = 'duplicate', wake_at = NULL, fence = NULL,
        post_id = NULL, detail = $4, version = version + 1, updated_at = $2
     FROM r WHERE slots.id = r.slot AND slots.bot_id = $3 AND {waiting slots}
        AND EXISTS (SELECT 1 FROM attempts a WHERE a.slot_id = r.held)
        AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.slot_id = r.held AND a.send_by >= r.sent)
     RETURNING slots.id",
);

static FREE: Sql = Sql::new(
    "posts",
    "WITH {rows slot:int}
     UPDATE posts SET state = 'queued', slot_id = NULL, updated_at = $2
     FROM r WHERE posts.slot_id = r.slot AND posts.state = 'assigned' AND posts.bot_id = $3
     RETURNING posts.id",
);

pub(crate) static TEXTS: [&Sql; 2] = [&END, &FREE];

#[derive(Serialize)]
struct OvertakenRow {
    slot: i64,
    held: i64,
    /// A send that made this post began no earlier.
    sent: i64,
}

#[derive(Serialize)]
struct SlotKey {
    slot: i64,
}

/// Ends the slots that are named by posts which others held.
pub(super) async fn end(
    tx: &mut Tx,
    bot: &BotId,
    adopted: &[(&SeenPost, Option<i64>)],
    (bumps, happened): (&mut Bumps, &mut Vec<Event>),
    now: i64,
) -> Result<(), Fault> {
    let rows: Vec<OvertakenRow> = adopted
        .iter()
        .filter_map(|(one, held)| {
            let (slot, held) = (one.slot?.0, (*held)?);
            let sent = (one.receipt.posted_at - LATE_ACCEPT).as_millisecond();
            (slot != held).then_some(OvertakenRow { slot, held, sent })
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let ended: Vec<(i64,)> = tx.all(&END, &args![&json(&rows), now, bot.as_str(), DETAIL]).await?;
    let keys: Vec<SlotKey> = ended.iter().map(|(slot,)| SlotKey { slot: *slot }).collect();
    let freed: Vec<(i64,)> = tx.all(&FREE, &args![&json(&keys), now, bot.as_str()]).await?;
    bumps.of(bot.as_str()).remaining += i64::try_from(freed.len()).unwrap_or(i64::MAX);
    happened.extend(ended.into_iter().map(|(slot,)| Event {
        kind: format!("slot.{}", SlotPhase::Skipped.as_str()),
        bot: Some(bot.as_str().to_owned()),
        slot: Some(slot),
        detail: Some(DETAIL.to_owned()),
    }));
    Ok(())
}
