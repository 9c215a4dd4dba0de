//! What X shows of a bot, against its receipts.

use domain::model::{
    BotId, BotState, ContentHash, FindingKind, PostId, PostState, SlotId, StateReason,
};
use domain::ports::store::{BotChange, ComparisonNote, Noted, StoreError};
use domain::rules::audit::timeline::{Comparison, Known, OurText, RECEIPTS_MAX};
use serde::Serialize;

use super::findings;
use crate::arg::args;
use crate::bots::changes::{self, Changes};
use crate::db::{Db, Tx, json};
use crate::dialect::Sql;
use crate::events::{self, Event};
use crate::fault::Fault;
use crate::ledger::{self, Line};
use crate::row::row;
use crate::rows::Reading;
use crate::stats::Bumps;

/// Not while X's window is exhausted.
static TAKE: Sql = Sql::new(
    "bots",
    "WITH c AS MATERIALIZED (
        SELECT s.bot_id FROM bots s
        WHERE s.state = 'active' AND s.compare_at IS NOT NULL AND s.compare_at <= $1
            AND (s.blocked_until IS NULL OR s.blocked_until <= $1)
        ORDER BY s.compare_at LIMIT $3 {skip_locked})
     UPDATE bots SET compare_at = $2 FROM c WHERE bots.bot_id = c.bot_id
     RETURNING bots.bot_id, bots.x_user_id, bots.compared_at,
        (SELECT k.is_rehearsal FROM bot_configs k WHERE k.bot_id = bots.bot_id) AS is_rehearsal",
);

static RECEIPTS: Sql = Sql::new(
    "receipts",
    "SELECT x.x_post_id, x.posted_at, x.removed_at FROM receipts x WHERE x.bot_id = $1
     ORDER BY x.posted_at DESC LIMIT $2",
);

static OUR_TEXTS: Sql = Sql::new(
    "posts",
    "WITH {rows hash}
     SELECT p.id, p.content, p.state, p.slot_id, s.state AS slot_state, x.x_post_id, x.posted_at,
        x.removed_at,
        (SELECT MAX(a.send_by) FROM attempts a WHERE a.slot_id = x.slot_id) AS send_by
     FROM r JOIN posts p ON p.content_hash = r.hash AND p.bot_id = $2
     LEFT JOIN slots s ON s.id = p.slot_id
     LEFT JOIN receipts x ON x.post_id = p.id",
);

static NOTE: Sql = Sql::new(
    "bots",
    "UPDATE bots SET compare_at = $2, compared_at = COALESCE($3, compared_at),
        distrusted_since = CASE WHEN CAST($4 AS BIGINT) IS NULL THEN distrusted_since
            WHEN distrusted_since IS NULL OR distrusted_since > $4 THEN $4
            ELSE distrusted_since - 1 END,
        version = version + 1, updated_at = $5
     WHERE bot_id = $1",
);

static SET_REMOVED: Sql = Sql::new(
    "receipts",
    "WITH {rows x_post is_gone:int}
     UPDATE receipts SET removed_at = CASE WHEN r.is_gone = 1 THEN CAST($2 AS BIGINT) END
     FROM r WHERE receipts.x_post_id = r.x_post
     RETURNING receipts.slot_id, receipts.x_post_id, receipts.removed_at",
);

pub(crate) static TEXTS: [&Sql; 5] = [&TAKE, &RECEIPTS, &OUR_TEXTS, &NOTE, &SET_REMOVED];

row! {
    struct TakenRow {
        bot_id: String,
        x_user_id: Option<String>,
        compared_at: Option<i64>,
        is_rehearsal: Option<i64>,
    }
}

pub(super) async fn take(
    tx: &mut Tx,
    (now, again_at): (i64, i64),
    max: u32,
) -> Result<Vec<Comparison>, Fault> {
    let taken: Vec<TakenRow> = tx.all(&TAKE, &args![now, again_at, i64::from(max)]).await?;
    let mut comparisons = Vec::with_capacity(taken.len());
    for row in taken {
        let reading = Reading::of("bots", &row.bot_id);
        // A bot that rehearses has nothing on X, and perhaps no keys.
        let receipts = if row.is_rehearsal == Some(1) {
            Vec::new()
        } else {
            receipts(tx, &row.bot_id).await?
        };
        comparisons.push(Comparison {
            bot: reading.bot(&row.bot_id)?,
            x_user: reading.maybe_x_id(row.x_user_id.as_deref())?,
            compared_at: reading.maybe_time("compared_at", row.compared_at)?,
            receipts,
        });
    }
    Ok(comparisons)
}

async fn receipts(tx: &mut Tx, bot: &str) -> Result<Vec<Known>, Fault> {
    let rows: Vec<(String, i64, Option<i64>)> =
        tx.all(&RECEIPTS, &args![bot, i64::from(RECEIPTS_MAX)]).await?;
    let known = rows.iter().map(|(id, at, removed)| known(id, *at, *removed));
    Ok(known.collect::<Result<_, _>>()?)
}

fn known(x_post_id: &str, posted_at: i64, removed_at: Option<i64>) -> Result<Known, StoreError> {
    let reading = Reading::of("receipts", x_post_id);
    Ok(Known {
        x_post_id: reading.x_id(x_post_id)?,
        posted_at: reading.time("posted_at", posted_at)?,
        is_removed: removed_at.is_some(),
    })
}

#[derive(Serialize)]
struct HashRow<'a> {
    hash: &'a str,
}

row! {
    struct TextRow {
        id: i64,
        content: String,
        state: String,
        slot_id: Option<i64>,
        slot_state: Option<String>,
        x_post_id: Option<String>,
        posted_at: Option<i64>,
        removed_at: Option<i64>,
        send_by: Option<i64>,
    }
}

pub(super) async fn list_our_texts(
    db: &Db,
    bot: &BotId,
    hashes: &[ContentHash],
) -> Result<Vec<OurText>, StoreError> {
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows: Vec<HashRow<'_>> =
        hashes.iter().map(|hash| HashRow { hash: hash.as_str() }).collect();
    rows.sort_unstable_by_key(|row| row.hash);
    rows.dedup_by_key(|row| row.hash);
    let rows: Vec<TextRow> = db.all(&OUR_TEXTS, &args![&json(&rows), bot.as_str()]).await?;
    rows.into_iter().map(TextRow::read).collect()
}

impl TextRow {
    fn read(self) -> Result<OurText, StoreError> {
        let reading = Reading::of("posts", self.id);
        let receipt = match (&self.x_post_id, self.posted_at) {
            (Some(id), Some(at)) => Some(known(id, at, self.removed_at)?),
            (Some(_) | None, _) => None,
        };
        let is_open = matches!(
            self.slot_state.as_deref(),
            Some("sending" | "unknown" | "reconciling" | "needs_attention")
        );
        Ok(OurText {
            post: PostId(self.id),
            state: reading.parsed("state", &self.state, PostState::from_word(&self.state))?,
            slot: self.slot_id.map(SlotId),
            is_open,
            receipt,
            send_by: reading.maybe_time("send_by", self.send_by)?,
            content: self.content,
        })
    }
}

#[derive(Serialize)]
struct RemovedRow<'a> {
    x_post: &'a str,
    is_gone: i64,
}

pub(super) async fn note(tx: &mut Tx, note: &ComparisonNote, now: i64) -> Result<Noted, Fault> {
    let bot = note.bot.as_str();
    let noted = match &note.checked {
        Some(checked) => findings::note(tx, checked, now).await?,
        None => Noted::default(),
    };
    let mut happened = set_removed(tx, note, now).await?;
    let compared_at = note.is_compared.then_some(now);
    let distrust = note.distrust_since.map(jiff::Timestamp::as_millisecond);
    tx.run(&NOTE, &args![bot, note.next_at.as_millisecond(), compared_at, distrust, now]).await?;
    let mut bumps = Bumps::default();
    let (mut spends, today) = (Vec::new(), ledger::day_of(now)?);
    for spend in &note.spend {
        bumps.of(bot).spend += spend.amount.0;
        spends.push(Line::spent(bot, None, *spend, today));
    }
    ledger::append(tx, &spends, now).await?;
    bumps.write(tx, now).await?;
    let mut bots = Changes::default();
    bots.add(bot, &change(note, &noted), None);
    changes::write(tx, bots, &mut happened, now).await?;
    events::append(tx, &happened, now).await?;
    Ok(noted)
}

/// What was known before and let go on by a person stops nobody again.
fn change(note: &ComparisonNote, noted: &Noted) -> BotChange {
    let stops = noted.opened.iter().any(|(kind, _)| FindingKind::stops_bot(*kind));
    let stop = (BotState::Paused, StateReason::DuplicateObserved);
    BotChange { state: if stops { Some(stop) } else { note.change.state }, ..note.change.clone() }
}

async fn set_removed(tx: &mut Tx, note: &ComparisonNote, now: i64) -> Result<Vec<Event>, Fault> {
    let row = |is_gone| move |id: &'_ domain::model::XPostId| (id.as_str().to_owned(), is_gone);
    let rows: Vec<(String, i64)> =
        note.removed.iter().map(row(1)).chain(note.returned.iter().map(row(0))).collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<RemovedRow<'_>> =
        rows.iter().map(|(x_post, is_gone)| RemovedRow { x_post, is_gone: *is_gone }).collect();
    let set: Vec<(Option<i64>, String, Option<i64>)> =
        tx.all(&SET_REMOVED, &args![&json(&rows), now]).await?;
    Ok(set
        .into_iter()
        .map(|(slot, x_post, removed_at)| {
            let word = if removed_at.is_some() { "post.removed" } else { "post.returned" };
            Event {
                kind: word.to_owned(),
                bot: Some(note.bot.as_str().to_owned()),
                slot,
                detail: Some(format!("X's post {x_post}")),
            }
        })
        .collect())
}
