//! What nodes without a live lease left: nothing was sent for `claimed` slots; for `sending` ones
//! nobody knows. They never go back to `assigned`. A queue that was being filled is anybody's again.

use std::collections::HashSet;

use domain::ports::store::{Abandoned, CRASHES_MAX, ClosedAt};
use jiff::SignedDuration;
use serde::Serialize;

use crate::arg::args;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::events::{self, Event};
use crate::fault::Fault;

/// A send that is still open so long after its `send_by` has lost its task.
const STUCK_AFTER: SignedDuration = SignedDuration::from_secs(60);
/// So has a claim or a look that nobody ended, as after an error of the database between two steps.
/// A task that was only slow loses its compare-and-swap then, and writes and sends nothing.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_secs(180);

/// A slot on which a node crashed before is tried again by itself, so that one which crashes every node
/// that takes it does not take the others along until it is found out.
const SUSPECTS_APART: SignedDuration = SignedDuration::from_secs(1);
/// Within so many of these.
const SUSPECTS_TURNS: i64 = 60;

/// What crashed so many nodes would crash the next one as well. Only what was `claimed`: nothing of it
/// was sent. A lost answer is looked for whatever ended the nodes that looked (fault 6); when X is known
/// not to have it, the rule that would send it again counts the crashes.
static POISON: Sql = Sql::new(
    "slots",
    "UPDATE slots SET state = 'needs_attention', reason = 'poison', fence = NULL, wake_at = NULL,
        crashes = crashes + 1, version = version + 1, updated_at = $1, detail = $3
     WHERE state = 'claimed' AND wake_at IS NOT NULL AND crashes >= $2
        AND NOT EXISTS (SELECT 1 FROM nodes n
            WHERE n.fence = slots.fence AND n.ended_at IS NULL AND n.expires_at > {clock $1})
     RETURNING id, bot_id",
);

static RELEASE: Sql = Sql::new(
    "slots",
    "UPDATE slots SET state = 'assigned', fence = NULL, version = version + 1, updated_at = $1,
        wake_at = $1 + CASE WHEN crashes = 0 THEN 0 ELSE (id % $3) * $4 END,
        crashes = crashes + CASE WHEN EXISTS (SELECT 1 FROM nodes n WHERE n.fence = slots.fence
            AND n.ended_at IS NULL AND n.expires_at > {clock $1}) THEN 0 ELSE 1 END
     WHERE state = 'claimed' AND wake_at IS NOT NULL AND (updated_at < $2
        OR NOT EXISTS (SELECT 1 FROM nodes n
            WHERE n.fence = slots.fence AND n.ended_at IS NULL AND n.expires_at > {clock $1}))",
);

static LOSE: Sql = Sql::new(
    "slots",
    "UPDATE slots SET state = 'unknown', fence = NULL, wake_at = $1, version = version + 1,
        updated_at = $1, detail = 'the node ended before the outcome was known',
        ambiguous_rounds = ambiguous_rounds + CASE WHEN state = 'sending' THEN 1 ELSE 0 END,
        crashes = crashes + CASE WHEN EXISTS (SELECT 1 FROM nodes n WHERE n.fence = slots.fence
            AND n.ended_at IS NULL AND n.expires_at > {clock $1}) THEN 0 ELSE 1 END
     WHERE {in_flight slots} AND state IN ('sending', 'reconciling') AND (
        NOT EXISTS (SELECT 1 FROM nodes n
            WHERE n.fence = slots.fence AND n.ended_at IS NULL AND n.expires_at > {clock $1})
        OR (state = 'reconciling' AND updated_at < $3)
        OR (state = 'sending' AND EXISTS (SELECT 1 FROM attempts a
            WHERE a.slot_id = slots.id AND a.state = 'sending' AND a.send_by < $2)))
     RETURNING id, bot_id",
);

static LOSE_ATTEMPTS: Sql = Sql::new(
    "attempts",
    "WITH {rows slot:int}
     UPDATE attempts SET state = 'unknown', closed_at = COALESCE($2, send_by + $3),
        detail = 'the node ended before the answer came', updated_at = $4
     FROM r WHERE attempts.slot_id = r.slot AND {judged attempts.state = 'sending'}",
);

static FREE_QUEUES: Sql = Sql::new(
    "bot_stats",
    "UPDATE bot_stats SET refill_fence = NULL, refill_not_before = $1, updated_at = $1
     WHERE refill_fence IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM nodes n WHERE n.fence = bot_stats.refill_fence
            AND n.ended_at IS NULL AND n.expires_at > {clock $1})",
);

pub(crate) static TEXTS: [&Sql; 5] = [&FREE_QUEUES, &POISON, &RELEASE, &LOSE, &LOSE_ATTEMPTS];

#[derive(Serialize)]
struct SlotKey {
    slot: i64,
}

pub(super) async fn recover(
    tx: &mut Tx,
    now: i64,
    closed_at: ClosedAt,
) -> Result<Abandoned, Fault> {
    let stuck = now - STUCK_AFTER.as_secs() * 1000;
    let forgotten = now - FORGOTTEN_AFTER.as_secs() * 1000;
    tx.run(&FREE_QUEUES, &args![now]).await?;
    let poisoned = poison(tx, now).await?;
    let turns = (SUSPECTS_TURNS, SUSPECTS_APART.as_secs() * 1000);
    let released = tx.run(&RELEASE, &args![now, forgotten, turns.0, turns.1]).await?;
    let lost: Vec<(i64, String)> = tx.all(&LOSE, &args![now, stuck, forgotten]).await?;
    if lost.is_empty() {
        return Ok(Abandoned { released, unknown: 0, poisoned });
    }
    let slots: HashSet<i64> = lost.iter().map(|(slot, _)| *slot).collect();
    let keys = json(&slots.into_iter().map(|slot| SlotKey { slot }).collect::<Vec<_>>());
    let (then, after) = match closed_at {
        ClosedAt::At(then) => (Some(then.as_millisecond()), 0),
        ClosedAt::AfterSendBy(after) => (None, after.as_secs() * 1000),
    };
    tx.run(&LOSE_ATTEMPTS, &args![&keys, then, after, now]).await?;
    let unknown = lost.len();
    let why = "the node ended before the outcome was known";
    let happened = lost.into_iter().map(|lost| event("slot.unknown", lost, why));
    events::append(tx, &happened.collect::<Vec<_>>(), now).await?;
    Ok(Abandoned { released, unknown: u64::try_from(unknown).unwrap_or(u64::MAX), poisoned })
}

/// Sets aside what crashed [`CRASHES_MAX`] nodes with this one.
async fn poison(tx: &mut Tx, now: i64) -> Result<u64, Fault> {
    let before = i64::from(CRASHES_MAX) - 1;
    let why = format!("{CRASHES_MAX} nodes crashed while they worked on it");
    let slots: Vec<(i64, String)> = tx.all(&POISON, &args![now, before, &why]).await?;
    for (slot, bot) in &slots {
        tracing::error!(
            event = "slot.needs_attention",
            bot.id = bot,
            slot.id = slot,
            "Slot {slot} of @{bot} needs you: {why}"
        );
    }
    let poisoned = slots.len();
    let happened = slots.into_iter().map(|slot| event("slot.needs_attention", slot, &why));
    events::append(tx, &happened.collect::<Vec<_>>(), now).await?;
    Ok(u64::try_from(poisoned).unwrap_or(u64::MAX))
}

fn event(kind: &str, (slot, bot): (i64, String), why: &str) -> Event {
    let (kind, detail) = (kind.to_owned(), Some(why.to_owned()));
    Event { kind, bot: Some(bot), slot: Some(slot), detail }
}
