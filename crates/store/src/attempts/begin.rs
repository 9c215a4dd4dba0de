//! S3: the intent. When it is committed, a crash can no longer cause a second post.

use std::collections::{HashMap, HashSet};

use domain::model::{AttemptId, SlotId, SlotPhase};
use domain::ports::store::{Begun, Intent};
use serde::Serialize;

use crate::db::{Tx, args, json};
use crate::dialect::Sql;
use crate::fault::Fault;

/// Every check of the port's promise, in the statement that moves the slot: claimed before by this
/// node, or assigned and claimed with this very word.
static SEND: Sql = Sql::new(
    "slots",
    "WITH {rows slot:int version:int fence:int bot post:int payload}
     UPDATE slots SET state = 'sending', fence = r.fence, attempts = attempts + 1, wake_at = NULL,
        version = slots.version + 1, updated_at = $2
     FROM r
     JOIN bots b ON b.bot_id = r.bot AND b.state = 'active'
     JOIN posts p ON p.id = r.post AND p.state = 'assigned' AND p.content = r.payload
     JOIN nodes n ON n.fence = r.fence AND n.ended_at IS NULL AND n.expires_at > {clock $2}
        AND {same_timeline}
     WHERE slots.id = r.slot AND slots.state = $3 AND slots.version = r.version
        AND (slots.fence = r.fence OR slots.state = 'assigned') AND slots.bot_id = r.bot
        AND slots.post_id = r.post AND p.slot_id = slots.id
        AND NOT EXISTS (SELECT 1 FROM meta WHERE key = 'kill_switch' AND value = 'on')
        AND NOT EXISTS (SELECT 1 FROM slots f WHERE f.bot_id = r.bot AND {in_flight f})
     RETURNING slots.id AS slot, slots.version AS version, slots.attempts AS number",
);

/// The anchor is read here and not believed from the claim: between the two a look at the timeline may
/// lie, and another post of the bot. An attempt without an anchor whose page shows only newer posts
/// could never be proven absent.
static INSERT: Sql = Sql::new(
    "attempts",
    "WITH {rows slot:int number:int bot post:int fence:int hash anchor send_by:int}
     INSERT INTO attempts (slot_id, bot_id, post_id, number, fence, state, payload, payload_hash,
        anchor, first_intent_at, intent_at, send_by, updated_at)
     SELECT r.slot, r.bot, r.post, r.number, r.fence, 'sending', p.content, r.hash,
        COALESCE((SELECT b.anchor FROM bots b WHERE b.bot_id = r.bot), r.anchor),
        COALESCE((SELECT min(a.intent_at) FROM attempts a WHERE a.slot_id = r.slot
            AND a.state IN ('unknown', 'absent')), $2),
        $2, r.send_by, $2
     FROM r JOIN posts p ON p.id = r.post
     RETURNING id, slot_id",
);

pub(crate) static TEXTS: [&Sql; 2] = [&SEND, &INSERT];

#[derive(Serialize)]
struct SendRow<'a> {
    slot: i64,
    version: i64,
    fence: i64,
    bot: &'a str,
    post: i64,
    payload: &'a str,
}

#[derive(Serialize)]
struct AttemptRow<'a> {
    slot: i64,
    number: i64,
    bot: &'a str,
    post: i64,
    fence: i64,
    hash: &'a str,
    anchor: Option<&'a str>,
    send_by: i64,
}

/// Stores the intents of slots that are `from`: `claimed`, or `assigned` and locked by this very
/// transaction.
pub(crate) async fn begin(
    tx: &mut Tx,
    intents: &[Intent],
    from: SlotPhase,
    now: i64,
) -> Result<Vec<Begun>, Fault> {
    // Of two intents of one bot, the first: the index would refuse the whole batch otherwise.
    let mut bots = HashSet::new();
    let first: Vec<&Intent> =
        intents.iter().filter(|intent| bots.insert(intent.bot.as_str())).collect();
    let rows: Vec<SendRow<'_>> = first.iter().map(|intent| SendRow::of(intent)).collect();
    let sent: Vec<(i64, i64, i64)> =
        tx.all(&SEND, &args![&json(&rows), now, from.as_str()]).await?;
    let sent: HashMap<i64, (i64, i64)> =
        sent.into_iter().map(|(slot, version, number)| (slot, (version, number))).collect();
    if sent.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<AttemptRow<'_>> = first
        .iter()
        .filter_map(|intent| {
            sent.get(&intent.slot.0).map(|(_, number)| AttemptRow::of(intent, *number))
        })
        .collect();
    let stored: Vec<(i64, i64)> = tx.all(&INSERT, &args![&json(&rows), now]).await?;
    Ok(stored
        .into_iter()
        .filter_map(|(attempt, slot)| {
            sent.get(&slot).map(|(version, _)| Begun {
                slot: SlotId(slot),
                version: *version,
                attempt: AttemptId(attempt),
            })
        })
        .collect())
}

impl<'a> SendRow<'a> {
    fn of(intent: &'a Intent) -> Self {
        Self {
            slot: intent.slot.0,
            version: intent.version,
            fence: intent.fence.0,
            bot: intent.bot.as_str(),
            post: intent.post.0,
            payload: &intent.payload,
        }
    }
}

impl<'a> AttemptRow<'a> {
    fn of(intent: &'a Intent, number: i64) -> Self {
        Self {
            slot: intent.slot.0,
            number,
            bot: intent.bot.as_str(),
            post: intent.post.0,
            fence: intent.fence.0,
            hash: intent.payload_hash.as_str(),
            anchor: intent.anchor.as_ref().map(domain::model::XPostId::as_str),
            send_by: intent.send_by.as_millisecond(),
        }
    }
}
