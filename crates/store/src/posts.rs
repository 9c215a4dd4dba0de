//! `posts` and the queues they make.

pub(crate) mod bands;
mod columns;
pub(crate) mod order;

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use domain::model::{
    ApprovalMode, ApprovalVerdict, BotId, Consent, ContentHash, EVERGREEN, Fence, MicroUsd, Post,
    PostId, PostState, QueueLimits,
};
use domain::ports::store::{
    ASSIGN_AHEAD, AlikePost, NewPost, PostOrigin, PostStore, QueueOrder, REFILL_MAX, Refill,
    RefillNote, StoreError, StoredPost,
};
use jiff::Timestamp;
use serde::Serialize;

use crate::approvals;
use crate::arg::args;
use crate::aside;
use crate::budgets::promise;
use crate::db::{Db, Tx, in_transaction, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::origins;
use crate::row::row;
use crate::rows::{PersonaRow, Reading};
use crate::stats::Bumps;
use crate::stock::{self, Stocks};

pub(crate) use columns::{PostRow, post_columns};

static INSERT: Sql = Sql::new(
    "posts",
    "WITH {rows place:int bot content category hash cost:real tokens:int model needs_person:int
        approved:int because}
     INSERT INTO posts (content, bot_id, category, state, generation_cost, generation_tokens,
        generation_model, content_hash, created_at, updated_at, bands_version, needs_person,
        held_because)
     SELECT r.content, r.bot, r.category,
        CASE WHEN r.approved = 0 AND (r.needs_person = 1 OR k.mode = 'approval')
            THEN 'draft' ELSE 'queued' END,
        r.cost, r.tokens, r.model, r.hash, $2, $2, $3, r.needs_person, r.because
     FROM r LEFT JOIN bot_configs k ON k.bot_id = r.bot WHERE true ORDER BY r.place
     ON CONFLICT (content_hash) DO NOTHING
     RETURNING id, bot_id, content_hash, state",
);

pub(crate) static FIND_HASHES: Sql = Sql::new(
    "posts",
    "WITH {rows hash} SELECT p.content_hash, p.id, p.bot_id FROM r
     JOIN posts p ON p.content_hash = r.hash",
);

/// Also a slot that is awake becomes a new version: whoever saw its queue empty a moment ago must not
/// send it to sleep now.
static WAKE_WAITING: Sql = Sql::new(
    "slots",
    "WITH {rows bot}
     UPDATE slots SET wake_at = CASE WHEN slots.wake_at > $2 THEN $2 ELSE slots.wake_at END,
        version = slots.version + 1
     FROM r
     WHERE slots.bot_id = r.bot AND {waiting slots} AND slots.state = 'planned'
        AND slots.due_at <= $3",
);

static NOTE_REFILL: Sql = Sql::new(
    "bot_stats",
    "UPDATE bot_stats SET refill_not_before = $2, refill_fence = NULL, refills = refills + 1,
        updated_at = $3,
        fruitless = CASE WHEN $4 > 0 THEN 0 ELSE fruitless + 1 END,
        last_replenishment_at = CASE WHEN $4 > 0 THEN $3 ELSE last_replenishment_at END
     WHERE bot_id = $1",
);

static TAKE_REFILLS: Sql = Sql::new(
    "bot_stats",
    "WITH c AS MATERIALIZED (
        SELECT s.bot_id FROM bot_stats s
        WHERE s.low_water > s.remaining_posts + s.draft_posts AND s.refill_not_before <= $1
        ORDER BY s.refill_not_before LIMIT $2 {skip_locked})
     UPDATE bot_stats SET refill_fence = $3, refill_not_before = $4, updated_at = $1
     FROM c WHERE bot_stats.bot_id = c.bot_id
     RETURNING bot_stats.bot_id",
);

static REFILLS: Sql = Sql::new(
    "bot_stats",
    "WITH {rows bot}
     SELECT s.remaining_posts, s.draft_posts, s.refills, s.fruitless, c.mode, c.bot_id,
        c.personality_prompt,
        c.content_sources, c.posting_style, c.topics, c.tone, c.max_length, c.review_policy, c.manner,
        c.persona_version, c.low_water, c.high_water, c.batch
     FROM r JOIN bot_stats s ON s.bot_id = r.bot JOIN bot_configs c ON c.bot_id = r.bot",
);

static QUEUE: Sql = Sql::new(
    "posts",
    concat!(
        post_columns!(),
        "WHERE bot_id = $1 AND state IN ('assigned', 'queued')
         ORDER BY state, is_front DESC, place IS NULL, place, id LIMIT $2"
    ),
);

static FIND: Sql = Sql::new("posts", concat!(post_columns!(), "WHERE id = $1"));

/// Not while history is in doubt: what X may have is looked for in the queue.
static REMOVE: Sql = Sql::new(
    "posts",
    "UPDATE posts SET state = 'rejected', updated_at = $2 WHERE id = $1 AND state = 'queued'
        AND NOT EXISTS (SELECT 1 FROM bots b
            WHERE b.bot_id = posts.bot_id AND b.distrusted_since IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM meta m WHERE m.key = 'history_lost_since')
     RETURNING bot_id, content, was_lost",
);

pub(crate) static TEXTS: [&Sql; 9] = [
    &INSERT,
    &FIND_HASHES,
    &WAKE_WAITING,
    &NOTE_REFILL,
    &TAKE_REFILLS,
    &REFILLS,
    &QUEUE,
    &FIND,
    &REMOVE,
];

row! {
    struct RefillRow {
        persona: PersonaRow,
        persona_version: i64,
        remaining_posts: i64,
        draft_posts: i64,
        refills: i64,
        fruitless: i64,
        mode: String,
        low_water: i64,
        high_water: i64,
        batch: i64,
    }
}

impl RefillRow {
    fn read(&self, stocks: &Stocks) -> Result<Refill, StoreError> {
        let bot = &self.persona.bot_id;
        let reading = Reading::of("bot_stats", bot);
        Ok(Refill {
            bot: reading.bot(bot)?,
            persona: self.persona.read()?,
            persona_version: reading.count("persona_version", self.persona_version)?,
            mode: reading.parsed("mode", &self.mode, ApprovalMode::from_word(&self.mode))?,
            limits: QueueLimits {
                low_water: reading.count("low_water", self.low_water)?,
                high_water: reading.count("high_water", self.high_water)?,
                batch: reading.count("batch", self.batch)?,
            },
            stock: stocks.of(bot)?,
            remaining: reading
                .count("remaining_posts", self.remaining_posts.saturating_add(self.draft_posts))?,
            refills: reading.count("refills", self.refills)?,
            fruitless: reading.count("fruitless", self.fruitless)?,
        })
    }
}

#[async_trait]
impl PostStore for Db {
    async fn store_posts(
        &self,
        posts: &[NewPost],
        now: Timestamp,
    ) -> Result<Vec<StoredPost>, StoreError> {
        let bands = bands_of(posts);
        in_transaction!(self, |tx| async {
            let stored = store(tx, posts, &bands, now.as_millisecond()).await?;
            tx.announce().await?;
            Ok(stored)
        })
    }

    async fn store_refill(
        &self,
        posts: &[NewPost],
        note: &RefillNote,
        now: Timestamp,
    ) -> Result<Vec<StoredPost>, StoreError> {
        let bands = bands_of(posts);
        in_transaction!(self, |tx| store_refill(tx, posts, &bands, note, now.as_millisecond()))
    }

    async fn take_refills(
        &self,
        now: Timestamp,
        fence: Fence,
        max: u32,
    ) -> Result<Vec<Refill>, StoreError> {
        let (at, until) = (now.as_millisecond(), (now + REFILL_MAX).as_millisecond());
        let taken: Vec<(String,)> = in_transaction!(self, |tx| async {
            tx.all(&TAKE_REFILLS, &args![at, i64::from(max), fence.0, until]).await
        })?;
        if taken.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<BotKey<'_>> = taken.iter().map(|(bot,)| BotKey { bot }).collect();
        let rows: Vec<RefillRow> = self.all(&REFILLS, &args![&json(&keys)]).await?;
        let bots: BTreeSet<&str> = rows.iter().map(|row| row.persona.bot_id.as_str()).collect();
        let stocks = stock::stock(self, bots).await?;
        let (refills, unreadable) =
            aside::sort(&rows, |row| row.persona.bot_id.clone(), |row| row.read(&stocks));
        if !unreadable.is_empty() {
            let now = now.as_millisecond();
            in_transaction!(self, |tx| aside::queues(tx, &unreadable, now))?;
        }
        Ok(refills)
    }

    async fn find_hashes(
        &self,
        hashes: &[ContentHash],
    ) -> Result<Vec<(ContentHash, PostId, BotId)>, StoreError> {
        let keys: Vec<HashKey<'_>> =
            hashes.iter().map(|hash| HashKey { hash: hash.as_str() }).collect();
        let rows: Vec<(String, i64, String)> = self.all(&FIND_HASHES, &args![&json(&keys)]).await?;
        rows.into_iter()
            .map(|(hash, id, bot)| {
                let bot = Reading::of("posts", id).bot(&bot)?;
                Ok((ContentHash::from_hex(hash), PostId(id), bot))
            })
            .collect()
    }

    async fn list_alike(&self, texts: &[&str]) -> Result<Vec<Vec<AlikePost>>, StoreError> {
        bands::alike(self, texts).await
    }

    async fn fill_bands(&self, max: u32) -> Result<u64, StoreError> {
        bands::fill(self, max).await
    }

    async fn list_queue(&self, bot: &BotId, max: u32) -> Result<Vec<Post>, StoreError> {
        let rows: Vec<PostRow> = self.all(&QUEUE, &args![bot.as_str(), i64::from(max)]).await?;
        rows.into_iter().map(PostRow::read).collect()
    }

    async fn find_order(&self, bot: &BotId) -> Result<QueueOrder, StoreError> {
        order::find(self, bot).await
    }

    async fn order_queue(
        &self,
        bot: &BotId,
        posts: &[PostId],
        _now: Timestamp,
    ) -> Result<u64, StoreError> {
        in_transaction!(self, |tx| order::put(tx, bot, posts))
    }

    async fn remove_post(&self, id: PostId, now: Timestamp) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| remove(tx, id, now.as_millisecond()))
    }

    async fn find_post(&self, id: PostId) -> Result<Option<Post>, StoreError> {
        self.one::<PostRow>(&FIND, &args![id.0]).await?.map(PostRow::read).transpose()
    }
}

#[derive(Serialize)]
struct HashKey<'a> {
    hash: &'a str,
}

#[derive(Serialize)]
struct BotKey<'a> {
    bot: &'a str,
}

#[derive(Serialize)]
struct NewRow<'a> {
    place: usize,
    bot: &'a str,
    content: &'a str,
    category: Option<&'a str>,
    hash: &'a str,
    cost: f64,
    tokens: u64,
    model: &'a str,
    needs_person: i64,
    approved: i64,
    because: Option<&'a str>,
}

impl<'a> NewRow<'a> {
    fn of((place, post): (usize, &'a NewPost)) -> Self {
        let (model, tokens, cost) = match &post.origin {
            PostOrigin::Generated { model, tokens, cost, .. } => (model.as_str(), *tokens, *cost),
            PostOrigin::Imported => ("import", 0, MicroUsd::ZERO),
            PostOrigin::Feed => ("feed", 0, MicroUsd::ZERO),
            PostOrigin::Evergreen => (EVERGREEN, 0, MicroUsd::ZERO),
        };
        let (needs_person, approved, because) = match &post.consent {
            Consent::ByMode => (false, false, None),
            Consent::NeedsPerson { because } => (true, false, Some(because.as_str())),
            Consent::Given { needs_person, .. } => (*needs_person, true, None),
        };
        Self {
            place,
            bot: post.bot.as_str(),
            content: &post.content,
            category: post.topic.as_deref().filter(|topic| !topic.is_empty()),
            hash: post.content_hash.as_str(),
            cost: cost.dollars(),
            tokens,
            model,
            needs_person: i64::from(needs_person),
            approved: i64::from(approved),
            because,
        }
    }
}

/// The bands of each post, by its hash.
pub(crate) type Bands<'a> = HashMap<&'a str, Vec<i64>>;

pub(crate) fn bands_of(posts: &[NewPost]) -> Bands<'_> {
    posts.iter().map(|post| (post.content_hash.as_str(), bands::bands_of(&post.content))).collect()
}

pub(crate) async fn store(
    tx: &mut Tx,
    posts: &[NewPost],
    bands: &Bands<'_>,
    now: i64,
) -> Result<Vec<StoredPost>, Fault> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<NewRow<'_>> = posts.iter().enumerate().map(NewRow::of).collect();
    let inserted: Vec<Inserted> =
        tx.all(&INSERT, &args![&json(&rows), now, bands::version()]).await?;
    let bands_of = |hash: &String| bands.get(hash.as_str()).map_or(&[][..], Vec::as_slice);
    bands::keep(tx, inserted.iter().map(|(id, _, hash, _)| (*id, bands_of(hash)))).await?;
    let mut ids: HashMap<&str, i64> =
        inserted.iter().map(|(id, _, hash, _)| (hash.as_str(), *id)).collect();
    // Of two with one text the first is stored.
    let new = posts.iter().filter_map(|post| Some((ids.remove(post.content_hash.as_str())?, post)));
    let new: Vec<(i64, &NewPost)> = new.collect();
    origins::keep(tx, new.iter().copied(), now).await?;
    approve(tx, &new, now).await?;
    let mut bumps = Bumps::default();
    for (_, bot, _, state) in &inserted {
        if is_draft(state) {
            bumps.of(bot).drafts += 1;
        } else {
            bumps.of(bot).remaining += 1;
        }
    }
    bumps.write(tx, now).await?;
    let queued = inserted.iter().filter(|(_, _, _, state)| !is_draft(state));
    wake_waiting(tx, queued.map(|(_, bot, _, _)| bot.as_str()), now).await?;
    answers(tx, posts, &inserted).await
}

/// A new post: its id, its bot, its hash and its state.
type Inserted = (i64, String, String, String);

fn is_draft(state: &str) -> bool {
    state == PostState::Draft.as_str()
}

/// Writes down who said yes with the act that brought a post.
async fn approve(tx: &mut Tx, new: &[(i64, &NewPost)], now: i64) -> Result<(), Fault> {
    let rows: Vec<approvals::Row<'_>> = new
        .iter()
        .filter_map(|(id, post)| {
            let Consent::Given { who, .. } = &post.consent else { return None };
            let of = (*id, post.bot.as_str());
            let said = (who.as_str(), None);
            Some(approvals::Row::of(of, ApprovalVerdict::Approved, &post.content, said))
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    approvals::append(tx, &rows, now).await
}

/// Wakes planned slots of these bots that wait for content: some has come, or came back.
pub(crate) async fn wake_waiting(
    tx: &mut Tx,
    bots: impl Iterator<Item = &str>,
    now: i64,
) -> Result<(), Fault> {
    let bots: BTreeSet<&str> = bots.collect();
    if bots.is_empty() {
        return Ok(());
    }
    let keys = json(&bots.into_iter().map(|bot| BotKey { bot }).collect::<Vec<_>>());
    let ahead = ASSIGN_AHEAD.as_secs() * 1000;
    tx.run(&WAKE_WAITING, &args![&keys, now, now + ahead]).await.map(|_| ())
}

/// An answer for each post: its own row, or the older one with the same text.
async fn answers(
    tx: &mut Tx,
    posts: &[NewPost],
    inserted: &[Inserted],
) -> Result<Vec<StoredPost>, Fault> {
    let mut new: HashMap<&str, (i64, &str)> = inserted
        .iter()
        .map(|(id, _, hash, state)| (hash.as_str(), (*id, state.as_str())))
        .collect();
    let keys: Vec<HashKey<'_>> =
        posts.iter().map(|post| HashKey { hash: post.content_hash.as_str() }).collect();
    let older: HashMap<String, (i64, String)> = if inserted.len() == posts.len() {
        HashMap::new()
    } else {
        let rows: Vec<(String, i64, String)> = tx.all(&FIND_HASHES, &args![&json(&keys)]).await?;
        rows.into_iter().map(|(hash, id, bot)| (hash, (id, bot))).collect()
    };
    posts
        .iter()
        .map(|post| {
            let hash = post.content_hash.as_str();
            if let Some((id, state)) = new.remove(hash) {
                let stored = if is_draft(state) { StoredPost::Draft } else { StoredPost::Queued };
                return Ok(stored(PostId(id)));
            }
            let (id, bot) = older.get(hash).ok_or_else(|| {
                StoreError::Failed("a text was neither stored nor found".to_owned())
            })?;
            let bot = Reading::of("posts", id).bot(bot)?;
            Ok(StoredPost::Duplicate { of: PostId(*id), bot })
        })
        .collect()
}

async fn store_refill(
    tx: &mut Tx,
    posts: &[NewPost],
    bands: &Bands<'_>,
    note: &RefillNote,
    now: i64,
) -> Result<Vec<StoredPost>, Fault> {
    let stored = store(tx, posts, bands, now).await?;
    let bot = note.bot.as_str();
    let is_new = |one: &&StoredPost| !matches!(one, StoredPost::Duplicate { .. });
    let new = stored.iter().filter(is_new).count();
    let new = i64::try_from(new).unwrap_or(i64::MAX);
    tx.run(&NOTE_REFILL, &args![bot, note.not_before.as_millisecond(), now, new]).await?;
    let mut bumps = Bumps::default();
    match &note.error {
        Some(error) => bumps.of(bot).set_error(error.clone()),
        None => bumps.of(bot).clear_error(),
    }
    let bill = (note.reservation, note.spend);
    bumps.of(bot).spend += promise::pay(tx, &note.bot, bill, now).await?.0;
    bumps.write(tx, now).await?;
    Ok(stored)
}

async fn remove(tx: &mut Tx, id: PostId, now: i64) -> Result<bool, Fault> {
    let removed: Option<(String, String, i64)> = tx.one(&REMOVE, &args![id.0, now]).await?;
    let Some((bot, content, was_lost)) = removed else { return Ok(false) };
    approvals::take_away(tx, id.0, &content, was_lost != 0, now).await?;
    let mut bumps = Bumps::default();
    bumps.of(&bot).remaining -= 1;
    bumps.write(tx, now).await?;
    Ok(true)
}
