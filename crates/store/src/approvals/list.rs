//! What waits for a person, and what was said.

use domain::model::{
    Approval, ApprovalMode, ApprovalVerdict, BotId, PayloadHash, Policy, PolicyHash, PostId,
};
use domain::ports::store::{Draft, REJECTIONS_MAX, ReviewedPost, StoreError};

use crate::arg::args;
use crate::db::Db;
use crate::dialect::Sql;
use crate::posts::{PostRow, post_columns};
use crate::row::row;
use crate::rows::Reading;

macro_rules! drafts {
    ($filter:literal) => {
        Sql::new(
            "posts",
            concat!(
                post_columns!("updated_at, needs_person, held_because"),
                "WHERE state = 'draft'",
                $filter,
                " ORDER BY updated_at, id LIMIT $1"
            ),
        )
    };
}

static DRAFTS: Sql = drafts!("");
static DRAFTS_OF_BOT: Sql = drafts!(" AND bot_id = $2");

static COUNTS: Sql = Sql::new(
    "bot_stats",
    "SELECT bot_id, draft_posts FROM bot_stats WHERE draft_posts > 0 ORDER BY bot_id LIMIT $1",
);

static REVIEWED: Sql = Sql::new(
    "posts",
    "SELECT p.id, p.bot_id, p.content, p.category, p.state, p.slot_id, p.created_at,
        p.generation_cost, p.generation_tokens, p.generation_model, p.content_hash, p.needs_person,
        p.held_because, p.was_lost, k.mode, k.max_length, k.review_policy, k.policy_hash,
        CAST({approved p} AS INTEGER) AS approved
     FROM posts p JOIN bot_configs k ON k.bot_id = p.bot_id WHERE p.id = $1",
);

static SAID: Sql = Sql::new(
    "approvals",
    "SELECT a.id, a.verdict, a.payload_hash, a.policy_hash, a.who, a.at, a.reason
     FROM approvals a WHERE a.post_id = $1 ORDER BY a.id",
);

static REJECTIONS: Sql = Sql::new(
    "approvals",
    "SELECT reason FROM (
        SELECT a.reason, a.id FROM approvals a
        WHERE a.bot_id = $1 AND a.verdict = 'rejected' ORDER BY a.id DESC LIMIT $2) AS heads
     ORDER BY id DESC",
);

pub(super) static TEXTS: [&Sql; 6] =
    [&DRAFTS, &DRAFTS_OF_BOT, &COUNTS, &REVIEWED, &SAID, &REJECTIONS];

/// So many rejections are looked at for reasons that differ.
const REJECTIONS_READ: u32 = 8 * REJECTIONS_MAX;

row! {
    struct DraftRow {
        post: PostRow,
        updated_at: i64,
        needs_person: i64,
        held_because: Option<String>,
    }
}

row! {
    struct ReviewedRow {
        post: PostRow,
        needs_person: i64,
        held_because: Option<String>,
        was_lost: i64,
        mode: String,
        max_length: i64,
        review_policy: String,
        policy_hash: String,
        approved: i32,
    }
}

row! {
    struct SaidRow {
        id: i64,
        verdict: String,
        payload_hash: String,
        policy_hash: String,
        who: String,
        at: i64,
        reason: Option<String>,
    }
}

pub(super) async fn drafts(
    db: &Db,
    bot: Option<&BotId>,
    max: u32,
) -> Result<Vec<Draft>, StoreError> {
    let max = i64::from(max);
    let rows: Vec<DraftRow> = match bot {
        Some(bot) => db.all(&DRAFTS_OF_BOT, &args![max, bot.as_str()]).await?,
        None => db.all(&DRAFTS, &args![max]).await?,
    };
    rows.into_iter()
        .map(|row| {
            let needs_person = row.needs_person != 0;
            let because = row.held_because;
            let post = row.post.read()?;
            let since = Reading::of("posts", post.id.0).time("updated_at", row.updated_at)?;
            Ok(Draft { post, since, needs_person, because })
        })
        .collect()
}

pub(super) async fn counts(db: &Db, max: u32) -> Result<Vec<(BotId, u64)>, StoreError> {
    let rows: Vec<(String, i64)> = db.all(&COUNTS, &args![i64::from(max)]).await?;
    rows.into_iter()
        .map(|(bot, count)| {
            let reading = Reading::of("bot_stats", &bot);
            Ok((reading.bot(&bot)?, reading.count("draft_posts", count)?))
        })
        .collect()
}

pub(super) async fn reviewed(db: &Db, id: PostId) -> Result<Option<ReviewedPost>, StoreError> {
    let Some(row) = db.one::<ReviewedRow>(&REVIEWED, &args![id.0]).await? else {
        return Ok(None);
    };
    let said: Vec<SaidRow> = db.all(&SAID, &args![id.0]).await?;
    let post = row.post.read()?;
    let reading = Reading::of("bot_configs", &post.bot);
    Ok(Some(ReviewedPost {
        mode: reading.parsed("mode", &row.mode, ApprovalMode::from_word(&row.mode))?,
        policy: Policy {
            max_length: reading.count("max_length", row.max_length)?,
            ..reading.json("review_policy", &row.review_policy)?
        },
        policy_hash: PolicyHash::from_hex(row.policy_hash),
        needs_person: row.needs_person != 0,
        because: row.held_because,
        is_unapproved: row.approved == 0,
        was_lost: row.was_lost != 0,
        approvals: said.into_iter().map(SaidRow::read).collect::<Result<_, _>>()?,
        post,
    }))
}

impl SaidRow {
    fn read(self) -> Result<Approval, StoreError> {
        let reading = Reading::of("approvals", self.id);
        let verdict = ApprovalVerdict::from_word(&self.verdict);
        Ok(Approval {
            verdict: reading.parsed("verdict", &self.verdict, verdict)?,
            payload_hash: PayloadHash::from_hex(self.payload_hash),
            policy_hash: PolicyHash::from_hex(self.policy_hash),
            who: self.who,
            at: reading.time("at", self.at)?,
            reason: self.reason,
        })
    }
}

pub(super) async fn rejections(db: &Db, bot: &BotId) -> Result<Vec<String>, StoreError> {
    let args = args![bot.as_str(), i64::from(REJECTIONS_READ)];
    let rows: Vec<(Option<String>,)> = db.all(&REJECTIONS, &args).await?;
    let mut reasons: Vec<String> = Vec::new();
    for reason in rows.into_iter().filter_map(|(reason,)| reason) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons.truncate(usize::try_from(REJECTIONS_MAX).unwrap_or(usize::MAX));
    Ok(reasons)
}
