//! After lost history: what the timeline shows is published, whatever our rows say.

use std::collections::{HashMap, HashSet};

use domain::model::{BotId, MicroUsd, PostId, SlotState};
use domain::ports::store::{BotChange, SeenPost, Spend, SpendKind, SweepLook};
use serde::Serialize;

use super::charge;
use crate::arg::args;
use crate::bots::changes::{self, Changes};
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::endings::{self, Ended};
use crate::events::{self, Event};
use crate::fault::Fault;
use crate::ledger::{self, Entry, Line};
use crate::receipts;
use crate::stats::Bumps;

const DETAIL: &str = "found on the timeline";

/// What a look began with still stands: its doubt, and the lease on the timeline it was taken on.
static STANDS: Sql = Sql::new(
    "bots",
    "SELECT b.bot_id FROM bots b WHERE b.bot_id = $1 AND b.distrusted_since = $2
        AND EXISTS (SELECT 1 FROM nodes n WHERE n.fence = $3 AND n.ended_at IS NULL
            AND n.expires_at > {clock $4} AND {same_timeline})",
);

static PUBLISH: Sql = Sql::new(
    "posts",
    "WITH {rows post:int x_post}
     UPDATE posts SET state = 'published', used = 1, updated_at = $2
     FROM r WHERE posts.id = r.post
        AND {judged posts.bot_id = $3 AND posts.state IN ('queued', 'assigned')}
        AND NOT EXISTS (SELECT 1 FROM receipts p WHERE p.x_post_id = r.x_post)
        AND NOT EXISTS (SELECT 1 FROM receipts p WHERE p.post_id = r.post)
     RETURNING posts.id, posts.slot_id",
);

/// It was approved and sent before the history was lost.
static UNDRAFT: Sql = Sql::new(
    "posts",
    "WITH {rows post:int x_post}
     UPDATE posts SET state = 'queued', updated_at = $2
     FROM r WHERE posts.id = r.post AND {judged posts.bot_id = $3 AND posts.state = 'draft'}
        AND NOT EXISTS (SELECT 1 FROM receipts p WHERE p.x_post_id = r.x_post)
        AND NOT EXISTS (SELECT 1 FROM receipts p WHERE p.post_id = r.post)
     RETURNING posts.id",
);

/// What the slots held instead of the post that went out for them.
static FREE_OTHERS: Sql = Sql::new(
    "posts",
    "WITH {rows slot:int}
     UPDATE posts SET state = 'queued', slot_id = NULL, updated_at = $2
     FROM r JOIN slots s ON s.id = r.slot
     WHERE posts.slot_id = r.slot AND posts.state = 'assigned' AND posts.bot_id = $3
        AND {waiting s}
     RETURNING posts.id",
);

static END_SLOTS: Sql = Sql::new(
    "slots",
    "WITH {rows slot:int post:int held:int}
     UPDATE slots SET state = 'posted', reason = NULL, wake_at = NULL, fence = NULL,
        post_id = r.post, detail = $4, version = version + 1, updated_at = $2
     FROM r WHERE slots.id = r.slot
        AND {judged slots.bot_id = $3 AND (r.held = 1 OR {waiting slots})}
     RETURNING slots.id",
);

static NAME_SLOTS: Sql = Sql::new(
    "posts",
    "WITH {rows slot:int post:int}
     UPDATE posts SET slot_id = r.slot FROM r WHERE posts.id = r.post",
);

static END_ATTEMPTS: Sql = Sql::new(
    "attempts",
    "WITH {rows slot:int}
     UPDATE attempts SET state = 'posted', closed_at = COALESCE(closed_at, $2), updated_at = $2
     FROM r WHERE attempts.slot_id = r.slot AND {judged attempts.state IN ('sending', 'unknown')}",
);

pub(crate) static TEXTS: [&Sql; 7] =
    [&STANDS, &PUBLISH, &UNDRAFT, &FREE_OTHERS, &END_SLOTS, &NAME_SLOTS, &END_ATTEMPTS];

#[derive(Serialize)]
struct SeenRow<'a> {
    post: i64,
    x_post: &'a str,
}

/// A slot and the post that went out for it.
#[derive(Clone, Copy, Serialize)]
struct EndRow {
    slot: i64,
    post: i64,
    held: i64,
}

pub(super) async fn adopt(
    tx: &mut Tx,
    bot: &BotId,
    (seen, look): (&[SeenPost], SweepLook),
    now: i64,
) -> Result<Option<Vec<PostId>>, Fault> {
    let began_with = args![bot.as_str(), look.doubt.as_millisecond(), look.fence.0, now];
    if tx.one::<(String,)>(&STANDS, &began_with).await?.is_none() {
        return Ok(None);
    }
    let mut bots = Changes::default();
    let settles_doubt = look.is_over.then_some(look.doubt);
    let trust = BotChange { settles_doubt, ..BotChange::default() };
    bots.add(bot.as_str(), &trust, None);
    let (mut happened, mut over) = (Vec::new(), Vec::new());
    let adopted = publish(tx, bot, seen, now).await?;
    if !adopted.is_empty() {
        let mut bumps = Bumps::default();
        // Before their attempts end.
        let held = adopted.iter().filter_map(|(_, held)| *held);
        let mut reserved = charge::open(tx, held).await?;
        let today = ledger::day_of(now)?;
        let ended = end_slots(tx, bot, &adopted, &mut bumps, now).await?;
        let bump = bumps.of(bot.as_str());
        let (mut rows, mut spends) = (Vec::new(), Vec::new());
        for (one, held) in &adopted {
            let slot = ended.get(&one.post.0).copied();
            rows.push(receipts::Row::of(&one.receipt, bot.as_str(), slot, one.post.0));
            bots.add(bot.as_str(), &trust, Some(&one.receipt));
            let posted_at = Some(one.receipt.posted_at);
            over.extend(slot.map(|slot| Ended { slot, state: SlotState::Posted, posted_at }));
            for spend in &one.spent {
                bump.spend += spend.amount.0;
                let line = Line::spent(bot.as_str(), slot, *spend, today);
                spends.push(match spend.kind {
                    SpendKind::Post => less(line, slot.and_then(|slot| reserved.remove(&slot))),
                    SpendKind::Read | SpendKind::Model => line,
                });
            }
            bump.total += 1;
            bump.remaining -= i64::from(held.is_none());
            bump.posted_at = bump.posted_at.max(Some(one.receipt.posted_at.as_millisecond()));
        }
        receipts::append(tx, &rows, now).await?;
        spends.retain(|line| line.spend.amount != MicroUsd::ZERO);
        ledger::append(tx, &spends, now).await?;
        bumps.write(tx, now).await?;
        happened.extend(ended.values().map(|slot| posted(bot, *slot)));
    }
    changes::write(tx, bots, &mut happened, now).await?;
    events::append(tx, &happened, now).await?;
    endings::count(tx, over.into_iter()).await?;
    Ok(Some(adopted.iter().map(|(one, _)| one.post).collect()))
}

/// A line for what was not reserved before.
fn less(line: Line<'_>, reserved: Option<i64>) -> Line<'_> {
    let Some(reserved) = reserved else { return line };
    let amount = line.spend.amount - MicroUsd(reserved);
    Line { spend: Spend { amount, ..line.spend }, entry: Entry::Settle, ..line }
}

/// The posts that are ours to adopt, each with the slot that held it.
async fn publish<'a>(
    tx: &mut Tx,
    bot: &BotId,
    seen: &'a [SeenPost],
    now: i64,
) -> Result<Vec<(&'a SeenPost, Option<i64>)>, Fault> {
    let (mut posts, mut proofs) = (HashSet::new(), HashSet::new());
    let once: Vec<&SeenPost> = seen
        .iter()
        .filter(|one| posts.insert(one.post) && proofs.insert(one.receipt.x_post_id.as_str()))
        .collect();
    let rows: Vec<SeenRow<'_>> = once
        .iter()
        .map(|one| SeenRow { post: one.post.0, x_post: one.receipt.x_post_id.as_str() })
        .collect();
    let drafts: Vec<(i64,)> = tx.all(&UNDRAFT, &args![&json(&rows), now, bot.as_str()]).await?;
    let drafts = i64::try_from(drafts.len()).unwrap_or(i64::MAX);
    if drafts > 0 {
        let mut bumps = Bumps::default();
        bumps.of(bot.as_str()).drafts -= drafts;
        bumps.of(bot.as_str()).remaining += drafts;
        bumps.write(tx, now).await?;
    }
    let published: Vec<(i64, Option<i64>)> =
        tx.all(&PUBLISH, &args![&json(&rows), now, bot.as_str()]).await?;
    let published: HashMap<i64, Option<i64>> = published.into_iter().collect();
    Ok(once
        .into_iter()
        .filter_map(|one| published.get(&one.post.0).map(|held| (one, *held)))
        .collect())
}

/// Ends the slot of each post, the one that held it or else the one named; by post.
async fn end_slots(
    tx: &mut Tx,
    bot: &BotId,
    adopted: &[(&SeenPost, Option<i64>)],
    bumps: &mut Bumps,
    now: i64,
) -> Result<HashMap<i64, i64>, Fault> {
    let mut taken: HashSet<i64> = adopted.iter().filter_map(|(_, held)| *held).collect();
    let ends: Vec<EndRow> = adopted
        .iter()
        .filter_map(|(one, held)| {
            let named = || one.slot.map(|slot| slot.0).filter(|slot| taken.insert(*slot));
            let slot = held.or_else(named)?;
            Some(EndRow { slot, post: one.post.0, held: i64::from(held.is_some()) })
        })
        .collect();
    if ends.is_empty() {
        return Ok(HashMap::new());
    }
    let keys = json(&ends);
    let freed: Vec<(i64,)> = tx.all(&FREE_OTHERS, &args![&keys, now, bot.as_str()]).await?;
    bumps.of(bot.as_str()).remaining += i64::try_from(freed.len()).unwrap_or(i64::MAX);
    let ended: Vec<(i64,)> = tx.all(&END_SLOTS, &args![&keys, now, bot.as_str(), DETAIL]).await?;
    let ended: HashSet<i64> = ended.into_iter().map(|(slot,)| slot).collect();
    let ends: Vec<EndRow> = ends.into_iter().filter(|end| ended.contains(&end.slot)).collect();
    let keys = json(&ends);
    tx.run(&NAME_SLOTS, &args![&keys]).await?;
    tx.run(&END_ATTEMPTS, &args![&keys, now]).await?;
    Ok(ends.into_iter().map(|end| (end.post, end.slot)).collect())
}

fn posted(bot: &BotId, slot: i64) -> Event {
    Event {
        kind: "slot.posted".to_owned(),
        bot: Some(bot.as_str().to_owned()),
        slot: Some(slot),
        detail: Some(DETAIL.to_owned()),
    }
}
