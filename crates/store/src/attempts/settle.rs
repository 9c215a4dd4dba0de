//! S7: everything one outcome writes, for a batch of them, in one transaction.
//!
//! The move of the slots comes first and says who won; only the winners' other rows are written.

use std::collections::{HashMap, HashSet};

use domain::model::{AttemptState, SlotId, SlotPhase};
use domain::ports::store::{AttemptVerdict, PostMove, Settlement};

use super::charge;
use crate::arg::args;
use crate::batch::batch_row;
use crate::bots::changes::{self, Changes};
use crate::breakers::Reaches;
use crate::db::Tx;
use crate::dialect::Sql;
use crate::endings::{self, Ended};
use crate::events::{self, Event};
use crate::fault::Fault;
use crate::ledger::{self, Line};
use crate::posts;
use crate::receipts;
use crate::stats::Bumps;
use crate::strangers::{self, Stranger};
use crate::text::clean;

/// The compare-and-swap (I6). A receipt that already proves another slot or post loses too.
static MOVE: Sql = Sql::new(
    "slots",
    "{each slot:int bot from_state version:int fence:int state reason wake:int detail
        lost:int x_post}
     UPDATE slots SET state = r.state, reason = r.reason, wake_at = r.wake, detail = r.detail,
        fence = CASE WHEN r.state = 'claimed' OR r.state = 'sending' OR r.state = 'reconciling'
            THEN slots.fence END,
        ambiguous_rounds = ambiguous_rounds + r.lost,
        version = slots.version + 1, updated_at = $2
     {from}
     WHERE slots.id = r.slot
        AND {judged slots.bot_id = r.bot AND slots.state = r.from_state
            AND slots.version = r.version AND (r.fence IS NULL OR slots.fence = r.fence)}
        AND (r.x_post IS NULL OR (EXISTS (SELECT 1 FROM posts h
                WHERE h.slot_id = slots.id AND h.state = 'assigned')
            AND NOT EXISTS (SELECT 1 FROM receipts p WHERE p.x_post_id = r.x_post)
            AND NOT EXISTS (SELECT 1 FROM receipts p WHERE p.slot_id = r.slot)
            AND NOT EXISTS (SELECT 1 FROM receipts p WHERE p.post_id = slots.post_id)))
     {returning slots.id, slots.id}",
);

static HELD: Sql = Sql::new(
    "posts",
    "{each slot:int} SELECT r.slot, (SELECT p.id FROM posts p
        WHERE p.slot_id = r.slot AND p.state = 'assigned') {from}",
);

/// A text of its own, because most outcomes leave `post_id` and its index alone.
static DROP_POST: Sql = Sql::new(
    "slots",
    "{each slot:int} UPDATE slots SET post_id = NULL {from} WHERE slots.id = r.slot",
);

static JUDGE: Sql = Sql::new(
    "attempts",
    "{each attempt:int slot:int state class status:int detail request_id closed:int
        duplicate:int votes:int looks:int}
     UPDATE attempts SET state = r.state, class = r.class, status = r.status, detail = r.detail,
        request_id = r.request_id, closed_at = r.closed, is_duplicate_answer = r.duplicate,
        absence_votes = r.votes, looks = r.looks, updated_at = $2
     {from} WHERE attempts.id = r.attempt AND attempts.slot_id = r.slot",
);

static MOVE_POSTS: Sql = Sql::new(
    "posts",
    "{each post:int state is_front:int was_lost:int}
     UPDATE posts SET state = r.state, updated_at = $2,
        used = CASE WHEN r.state = 'published' THEN 1 ELSE used END,
        slot_id = CASE WHEN r.state = 'queued' OR r.state = 'draft' THEN NULL ELSE posts.slot_id END,
        is_front = CASE WHEN r.is_front = 1 THEN 1 ELSE posts.is_front END,
        was_lost = CASE WHEN r.was_lost = 1 OR ((r.state = 'queued' OR r.state = 'draft') AND EXISTS (
            SELECT 1 FROM slots s WHERE s.id = posts.slot_id AND s.ambiguous_rounds > 0))
            THEN 1 ELSE posts.was_lost END
     {from} WHERE posts.id = r.post AND {judged posts.state = 'assigned'}
     {returning posts.id, posts.id}",
);

pub(crate) static TEXTS: [&Sql; 5] = [&MOVE, &HELD, &DROP_POST, &JUDGE, &MOVE_POSTS];

batch_row! {
    struct SlotKey {
        slot: i64,
    }
}

batch_row! {
    struct MoveRow<'a> {
        slot: i64,
        bot: &'a str,
        from_state: &'static str,
        version: i64,
        fence: Option<i64>,
        state: &'static str,
        reason: Option<&'static str>,
        wake: Option<i64>,
        detail: String,
        lost: i64,
        x_post: Option<&'a str>,
    }
}

batch_row! {
    struct JudgeRow {
        attempt: i64,
        slot: i64,
        state: &'static str,
        class: &'static str,
        status: Option<u16>,
        detail: String,
        request_id: Option<String>,
        closed: i64,
        duplicate: i64,
        votes: u32,
        looks: u32,
    }
}

batch_row! {
    #[derive(Clone, Copy)]
    struct PostRow {
        post: i64,
        state: &'static str,
        is_front: i64,
        was_lost: i64,
    }
}

pub(crate) async fn settle(
    tx: &mut Tx,
    settlements: &[Settlement],
    now: i64,
) -> Result<Vec<SlotId>, Fault> {
    // A slot or a receipt named twice in one batch can win only once.
    let (mut slots, mut proofs) = (HashSet::new(), HashSet::new());
    let rows: Vec<MoveRow<'_>> = settlements
        .iter()
        .filter(|one| {
            slots.insert(one.change.slot)
                && one.receipt.as_ref().is_none_or(|proof| proofs.insert(proof.x_post_id.as_str()))
        })
        .map(MoveRow::of)
        .collect();
    let moved = tx.touch_each(&MOVE, (&rows, |row| row.slot), &args![now]).await?;
    let keys: Vec<SlotKey> = moved.iter().map(|slot| SlotKey { slot: *slot }).collect();
    let held: Vec<(i64, Option<i64>)> = tx.find_each(&HELD, &keys, &[]).await?;
    let held: HashMap<i64, i64> =
        held.into_iter().filter_map(|(slot, post)| Some((slot, post?))).collect();
    // Each once.
    let mut moved: HashSet<i64> = moved.into_iter().collect();
    let won: Vec<&Settlement> =
        settlements.iter().filter(|one| moved.remove(&one.change.slot.0)).collect();
    if won.is_empty() {
        return Ok(Vec::new());
    }
    drop_posts(tx, &won).await?;
    judge(tx, &won, now).await?;
    let proofs: Vec<receipts::Row<'_>> = won
        .iter()
        .filter_map(|one| {
            let post = held.get(&one.change.slot.0).copied()?;
            one.receipt.as_ref().map(|receipt| {
                receipts::Row::of(receipt, one.change.bot.as_str(), Some(one.change.slot.0), post)
            })
        })
        .collect();
    receipts::append(tx, &proofs, now).await?;
    let mut bumps = Bumps::default();
    move_posts(tx, (&won, &held), &mut bumps, now).await?;
    spend(tx, &won, &mut bumps, now).await?;
    for one in &won {
        note(&mut bumps, one);
    }
    bumps.write(tx, now).await?;
    let mut happened: Vec<Event> = won.iter().filter_map(|one| event(one)).collect();
    let (mut bots, mut reaches) = (Changes::default(), Reaches::default());
    for one in &won {
        bots.add(one.change.bot.as_str(), &one.bot, one.receipt.as_ref());
        one.bot.app.iter().for_each(|app| reaches.add(app));
    }
    changes::write(tx, bots, &mut happened, now).await?;
    reaches.write(tx, &mut happened, now).await?;
    let strangers: Vec<Stranger<'_>> = won.iter().filter_map(|one| stranger(one)).collect();
    strangers::note(tx, &strangers).await?;
    events::append(tx, &happened, now).await?;
    let ended = won.iter().map(|one| Ended {
        slot: one.change.slot.0,
        state: one.change.to,
        posted_at: one.receipt.as_ref().map(|receipt| receipt.posted_at),
    });
    endings::count(tx, ended).await?;
    Ok(won.iter().map(|one| one.change.slot).collect())
}

fn stranger(one: &Settlement) -> Option<Stranger<'_>> {
    let fence = one.change.fence.filter(|_| one.bot.is_stranger)?;
    Some(Stranger { bot: one.change.bot.as_str(), fence: fence.0 })
}

/// Slots whose post goes back to the queue hold none any more.
async fn drop_posts(tx: &mut Tx, won: &[&Settlement]) -> Result<(), Fault> {
    let rows: Vec<SlotKey> = won
        .iter()
        .filter(|one| is_given_back(one.change.post))
        .map(|one| SlotKey { slot: one.change.slot.0 })
        .collect();
    tx.run_each(&DROP_POST, &rows, &[]).await.map(|_| ())
}

fn is_given_back(post: PostMove) -> bool {
    matches!(post, PostMove::BackToQueue | PostMove::ToFront | PostMove::BackToDraft)
}

async fn judge(tx: &mut Tx, won: &[&Settlement], now: i64) -> Result<(), Fault> {
    let rows: Vec<JudgeRow> = won.iter().filter_map(|one| JudgeRow::of(one)).collect();
    tx.run_each(&JUDGE, &rows, &args![now]).await.map(|_| ())
}

async fn move_posts(
    tx: &mut Tx,
    (won, held): (&[&Settlement], &HashMap<i64, i64>),
    bumps: &mut Bumps,
    now: i64,
) -> Result<(), Fault> {
    let moves: HashMap<i64, (&str, PostRow)> = won
        .iter()
        .filter_map(|one| {
            let post = *held.get(&one.change.slot.0)?;
            Some((post, (one.change.bot.as_str(), PostRow::of(one, post)?)))
        })
        .collect();
    let rows: Vec<PostRow> = moves.values().map(|(_, row)| *row).collect();
    let gone = tx.touch_each(&MOVE_POSTS, (&rows, |row| row.post), &args![now]).await?;
    let mut returned = Vec::new();
    for (bot, row) in gone.iter().filter_map(|post| moves.get(post)) {
        match row.state {
            "queued" => {
                bumps.of(bot).remaining += 1;
                returned.push(*bot);
            }
            "draft" => bumps.of(bot).drafts += 1,
            "published" => bumps.of(bot).total += 1,
            _ => {}
        }
    }
    posts::wake_waiting(tx, returned.into_iter(), now).await
}

async fn spend(tx: &mut Tx, won: &[&Settlement], bumps: &mut Bumps, now: i64) -> Result<(), Fault> {
    let mut lines = charge::settle(tx, won).await?;
    let today = ledger::day_of(now)?;
    for one in won {
        for spend in &one.spend {
            let bot = one.change.bot.as_str();
            bumps.of(bot).spend += spend.amount.0;
            if !charge::is_reserved(one, spend) {
                lines.push(Line::spent(bot, Some(one.change.slot.0), *spend, today));
            }
        }
    }
    ledger::append(tx, &lines, now).await
}

/// The last error of a bot, for `/health`, and when it last posted.
fn note(bumps: &mut Bumps, one: &Settlement) {
    let bump = bumps.of(one.change.bot.as_str());
    if let Some(receipt) = &one.receipt {
        let posted_at = receipt.posted_at.as_millisecond();
        bump.posted_at = Some(bump.posted_at.map_or(posted_at, |last| last.max(posted_at)));
    }
    match one.change.to.phase() {
        SlotPhase::Posted => bump.clear_error(),
        SlotPhase::RetryWait
        | SlotPhase::Unknown
        | SlotPhase::Failed
        | SlotPhase::NeedsAttention => bump.set_error(clean(&one.change.detail)),
        SlotPhase::Planned
        | SlotPhase::Assigned
        | SlotPhase::Claimed
        | SlotPhase::Sending
        | SlotPhase::Reconciling
        | SlotPhase::Skipped => {}
    }
}

/// A slot that a node hands back is no news.
fn event(one: &Settlement) -> Option<Event> {
    (one.change.to.phase() != SlotPhase::Assigned).then(|| Event {
        kind: format!("slot.{}", one.change.to.phase().as_str()),
        bot: Some(one.change.bot.as_str().to_owned()),
        slot: Some(one.change.slot.0),
        detail: Some(clean(&one.change.detail)),
    })
}

impl<'a> MoveRow<'a> {
    fn of(one: &'a Settlement) -> Self {
        let change = &one.change;
        let is_lost = change.from == SlotPhase::Sending
            && one.attempt.as_ref().is_some_and(|verdict| {
                matches!(verdict.state, AttemptState::Unknown | AttemptState::Absent)
            });
        Self {
            slot: change.slot.0,
            bot: change.bot.as_str(),
            from_state: change.from.as_str(),
            version: change.version,
            fence: change.fence.map(|fence| fence.0),
            state: change.to.phase().as_str(),
            reason: change.to.reason(),
            wake: change.wake_at.map(jiff::Timestamp::as_millisecond),
            detail: clean(&change.detail),
            lost: i64::from(is_lost),
            x_post: one.receipt.as_ref().map(|receipt| receipt.x_post_id.as_str()),
        }
    }
}

impl JudgeRow {
    fn of(one: &Settlement) -> Option<Self> {
        one.attempt.as_ref().map(|verdict| Self {
            attempt: verdict.attempt.0,
            slot: one.change.slot.0,
            state: verdict.state.as_str(),
            class: verdict.class,
            status: verdict.status,
            detail: clean(&verdict.detail),
            request_id: verdict.request_id.as_deref().map(clean),
            closed: verdict.closed_at.as_millisecond(),
            duplicate: i64::from(verdict.is_duplicate_answer),
            votes: verdict.absence_votes,
            looks: verdict.looks,
        })
    }
}

impl PostRow {
    fn of(one: &Settlement, post: i64) -> Option<Self> {
        let (state, is_front) = match one.change.post {
            PostMove::Keep => return None,
            PostMove::BackToQueue => ("queued", 0),
            PostMove::ToFront => ("queued", 1),
            PostMove::BackToDraft => ("draft", 0),
            PostMove::Published => ("published", 0),
            PostMove::Rehearsed => ("dry_run", 0),
            PostMove::Rejected => ("rejected", 0),
        };
        let is_absent = |verdict: &AttemptVerdict| verdict.state == AttemptState::Absent;
        let was_lost = i64::from(one.attempt.as_ref().is_some_and(is_absent));
        Some(Self { post, state, is_front, was_lost })
    }
}
