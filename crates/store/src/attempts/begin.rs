//! S3: the intent. When it is committed, a crash can no longer cause a second post; and the money for it
//! is reserved, so that X cannot charge what no cap allows.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::model::{AttemptId, Purse, SlotPhase, XPostId};
use domain::ports::store::{Begun, Intent, Spend, SpendKind};
use domain::rules::budget::Wish;
use domain::rules::cost;
use jiff::Timestamp;

use crate::arg::args;
use crate::batch::batch_row;
use crate::budgets::book::Book;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::ledger::{self, Apps, Entry, Line};

/// Every check of the port's promise, in the statement that moves the slot: claimed before by this
/// node, or assigned and claimed with this very word. A look that was over before its bot's history came
/// into doubt says nothing: who was frozen in between looks again.
///
/// What else it asks for is asked by key and judged in what is selected, not by conditions, for the reason
/// that `{judged ..}` has (`dialect`).
static SEND: Sql = Sql::new(
    "slots",
    "{each slot:int version:int fence:int bot post:int payload}
     UPDATE slots SET state = 'sending', fence = r.fence, attempts = attempts + 1, wake_at = NULL,
        version = slots.version + 1, updated_at = $2
     {from}
     WHERE slots.id = r.slot
        AND {judged slots.state = $3 AND slots.version = r.version AND slots.bot_id = r.bot
            AND slots.post_id = r.post AND (slots.fence = r.fence OR slots.state = 'assigned')}
        AND (SELECT b.state = 'active' AND b.distrusted_since IS NULL FROM bots b
            WHERE b.bot_id = r.bot)
        AND (SELECT p.state = 'assigned' AND p.slot_id = r.slot AND p.content = r.payload
            AND {approved p} FROM posts p WHERE p.id = r.post)
        AND EXISTS (SELECT 1 FROM nodes n WHERE n.fence = r.fence AND n.ended_at IS NULL
            AND n.expires_at > {clock $2} AND {same_timeline})
        AND NOT EXISTS (SELECT 1 FROM meta WHERE key = 'kill_switch' AND value = 'on')
        AND (SELECT count(*) FROM slots f WHERE f.bot_id = r.bot AND {in_flight f}) = 0
     {returning slots.id, slots.id}",
);

/// The anchor is read here and not believed from the claim: between the two a look at the timeline may
/// lie, and another post of the bot. An attempt without an anchor whose page shows only newer posts
/// could never be proven absent.
static BEFORE: Sql = Sql::new(
    "slots",
    "{each slot:int}
     SELECT s.id, s.attempts, b.anchor, (SELECT min(a.intent_at) FROM attempts a
        WHERE a.slot_id = s.id AND a.state IN ('unknown', 'absent')), b.app
     {from,} slots s JOIN bots b ON b.bot_id = s.bot_id WHERE s.id = r.slot",
);

static INSERT: Sql = Sql::new(
    "attempts",
    "{each slot:int number:int bot post:int fence:int payload hash anchor first_intent:int send_by:int
        charged:int trace}
     INSERT INTO attempts (slot_id, bot_id, post_id, number, fence, state, payload, payload_hash,
        anchor, first_intent_at, intent_at, send_by, charged_micro_usd, trace_id, updated_at)
     SELECT r.slot, r.bot, r.post, r.number, r.fence, 'sending', r.payload, r.hash, r.anchor,
        r.first_intent, $2, r.send_by, r.charged, r.trace, $2
     {from} {returning slot_id, id}",
);

pub(crate) static TEXTS: [&Sql; 3] = [&SEND, &BEFORE, &INSERT];

batch_row! {
    struct SendRow<'a> {
        slot: i64,
        version: i64,
        fence: i64,
        bot: &'a str,
        post: i64,
        payload: &'a str,
    }
}

batch_row! {
    struct AttemptRow<'a> {
        slot: i64,
        number: i64,
        bot: &'a str,
        post: i64,
        fence: i64,
        payload: &'a str,
        hash: &'a str,
        anchor: Option<&'a str>,
        first_intent: i64,
        send_by: i64,
        charged: i64,
        trace: String,
    }
}

batch_row! {
    struct SlotKey {
        slot: i64,
    }
}

/// What a slot that is being sent had before: how often it was tried, its bot's anchor, and when the
/// first of the attempts was intended that may still arrive; and its bot's app.
type Before = (i64, i64, Option<String>, Option<i64>, String);

/// Stores the intents of claimed slots for which every cap has room; the others come back to the gate,
/// which says why.
pub(super) async fn begin_claimed(
    tx: &mut Tx,
    intents: &[Intent],
    now: Timestamp,
) -> Result<Vec<Begun>, Fault> {
    let bots: BTreeSet<&str> = intents.iter().map(|intent| intent.bot.as_str()).collect();
    let apps = ledger::apps_of(tx, bots.into_iter()).await?;
    let app = |intent: &Intent| apps.get(intent.bot.as_str()).map_or("", String::as_str);
    let whose = intents.iter().map(|intent| (&intent.bot, app(intent)));
    let mut book = Book::open(tx, Purse::X, whose, now).await?;
    let mut affordable = Vec::with_capacity(intents.len());
    for intent in intents {
        if book.admit((&intent.bot, app(intent)), wish(&intent.payload, now), true).is_ok() {
            affordable.push(intent.clone());
        }
    }
    begin(tx, &affordable, SlotPhase::Claimed, now.as_millisecond()).await
}

/// What a post may cost.
pub(crate) fn wish(text: &str, now: Timestamp) -> Wish {
    let price = cost::price_of(text, now);
    Wish { amount: price.amount, is_dear: price.has_link, is_unpriced: false }
}

/// Stores the intents of slots that are `from`: `claimed`, or `assigned` and locked by this very
/// transaction. There is money for all of them, and it is reserved.
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
    let sent = tx.touch_each(&SEND, (&rows, |row| row.slot), &args![now, from.as_str()]).await?;
    let keys: Vec<SlotKey> = sent.into_iter().map(|slot| SlotKey { slot }).collect();
    let before: Vec<Before> = tx.find_each(&BEFORE, &keys, &[]).await?;
    let before: HashMap<i64, &Before> = before.iter().map(|before| (before.0, before)).collect();
    let sent = || first.iter().filter_map(|intent| Some((*intent, *before.get(&intent.slot.0)?)));
    let at = ledger::moment(now)?;
    let price = |intent: &Intent| cost::price_of(&intent.payload, at).amount;
    let rows: Vec<AttemptRow<'_>> = sent()
        .map(|(intent, before)| AttemptRow::of(intent, before, (price(intent).0, now)))
        .collect();
    let stored = tx.insert_each(&INSERT, (&rows, |row| row.slot), &args![now]).await?;
    let stored: HashMap<i64, i64> = stored.into_iter().collect();
    reserve(tx, (&rows, &stored), &before, now).await?;
    let begun = sent().filter_map(|(intent, _)| {
        let attempt = AttemptId(*stored.get(&intent.slot.0)?);
        Some(Begun { slot: intent.slot, version: intent.version + 1, attempt })
    });
    Ok(begun.collect())
}

/// A line for each attempt that is stored.
async fn reserve(
    tx: &mut Tx,
    (rows, stored): (&[AttemptRow<'_>], &HashMap<i64, i64>),
    before: &HashMap<i64, &Before>,
    now: i64,
) -> Result<(), Fault> {
    let today = ledger::day_of(now)?;
    let lines: Vec<Line<'_>> = rows
        .iter()
        .filter_map(|row| {
            let attempt = Some(*stored.get(&row.slot)?);
            let amount = domain::model::MicroUsd(row.charged);
            let spend = Spend { kind: SpendKind::Post, amount };
            let (entry, slot) = (Entry::Reserve, Some(row.slot));
            Some(Line { bot: row.bot, slot, spend, entry, day: today, attempt, reservation: None })
        })
        .collect();
    let app = |row: &AttemptRow<'_>| Some((row.bot.to_owned(), before.get(&row.slot)?.4.clone()));
    let apps: Apps = rows.iter().filter_map(app).collect();
    ledger::append_known(tx, &lines, &apps, now).await
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
    fn of(
        intent: &'a Intent,
        (_, number, anchor, lost, _): &'a Before,
        (charged, now): (i64, i64),
    ) -> Self {
        Self {
            slot: intent.slot.0,
            number: *number,
            bot: intent.bot.as_str(),
            post: intent.post.0,
            fence: intent.fence.0,
            payload: &intent.payload,
            hash: intent.payload_hash.as_str(),
            anchor: anchor.as_deref().or(intent.anchor.as_ref().map(XPostId::as_str)),
            first_intent: lost.unwrap_or(now),
            send_by: intent.send_by.as_millisecond(),
            charged,
            trace: intent.trace.to_string(),
        }
    }
}
