//! Counters beside what they count, read in one statement and so of one moment.

use domain::model::BotId;
use domain::ports::store::StoreError;
use domain::rules::audit::counters::{Counters, Tally};
use jiff::Timestamp;
use serde::Serialize;

use crate::arg::args;
use crate::db::{Db, Tx, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;

static LIST: Sql = Sql::new(
    "bot_stats",
    "SELECT b.bot_id, b.compare_at, t.total_posts, t.remaining_posts, t.draft_posts, t.last_post_at,
        t.updated_at,
        (SELECT count(*) FROM posts p WHERE p.bot_id = b.bot_id AND p.state = 'published')
            AS published,
        (SELECT count(*) FROM posts p WHERE p.bot_id = b.bot_id AND p.state = 'queued') AS queued,
        (SELECT count(*) FROM posts p WHERE p.bot_id = b.bot_id AND p.state = 'draft') AS drafts,
        (SELECT max(x.posted_at) FROM receipts x WHERE x.bot_id = b.bot_id) AS newest
     FROM bots b JOIN bot_stats t ON t.bot_id = b.bot_id
     WHERE b.bot_id > $1 AND b.state <> 'closed' ORDER BY b.bot_id LIMIT $2",
);

/// Whoever changes a counter writes `updated_at`, so a change that came between is not undone.
static MEND: Sql = Sql::new(
    "bot_stats",
    "WITH {rows bot total:int remaining:int drafts:int last:int was_total:int was_remaining:int
        was_at:int}
     UPDATE bot_stats SET total_posts = r.total, remaining_posts = r.remaining,
        draft_posts = r.drafts, last_post_at = r.last, updated_at = $2
     FROM r WHERE bot_stats.bot_id = r.bot AND bot_stats.total_posts = r.was_total
        AND bot_stats.remaining_posts = r.was_remaining AND bot_stats.updated_at = r.was_at",
);

static SET_COMPARE_AT: Sql = Sql::new(
    "bots",
    "WITH {rows bot next:int} UPDATE bots SET compare_at = r.next
     FROM r WHERE bots.bot_id = r.bot AND bots.compare_at IS NULL",
);

pub(crate) static TEXTS: [&Sql; 3] = [&LIST, &MEND, &SET_COMPARE_AT];

row! {
    struct CountersRow {
        bot_id: String,
        compare_at: Option<i64>,
        total_posts: i64,
        remaining_posts: i64,
        draft_posts: i64,
        last_post_at: Option<i64>,
        updated_at: i64,
        published: i64,
        queued: i64,
        drafts: i64,
        newest: Option<i64>,
    }
}

pub(super) async fn list(
    db: &Db,
    after: Option<&BotId>,
    max: u32,
) -> Result<Vec<Counters>, StoreError> {
    let after = after.map_or("", BotId::as_str);
    let rows: Vec<CountersRow> = db.all(&LIST, &args![after, i64::from(max)]).await?;
    rows.into_iter().map(CountersRow::read).collect()
}

impl CountersRow {
    fn read(self) -> Result<Counters, StoreError> {
        let reading = Reading::of("bot_stats", &self.bot_id);
        Ok(Counters {
            bot: reading.bot(&self.bot_id)?,
            counted: Tally {
                total: self.total_posts,
                remaining: self.remaining_posts,
                drafts: self.draft_posts,
                last_post_at: self.last_post_at,
            },
            real: Tally {
                total: self.published,
                remaining: self.queued,
                drafts: self.drafts,
                // Without a receipt nothing says otherwise.
                last_post_at: self.newest.or(self.last_post_at),
            },
            updated_at: self.updated_at,
            compare_at: reading.maybe_time("compare_at", self.compare_at)?,
        })
    }
}

#[derive(Serialize)]
struct MendRow<'a> {
    bot: &'a str,
    total: i64,
    remaining: i64,
    drafts: i64,
    last: Option<i64>,
    was_total: i64,
    was_remaining: i64,
    was_at: i64,
}

#[derive(Serialize)]
struct CompareRow<'a> {
    bot: &'a str,
    next: i64,
}

pub(super) async fn mend(
    tx: &mut Tx,
    drifted: &[Counters],
    compare_at: &[(BotId, Timestamp)],
    now: i64,
) -> Result<u64, Fault> {
    let rows: Vec<CompareRow<'_>> = compare_at
        .iter()
        .map(|(bot, at)| CompareRow { bot: bot.as_str(), next: at.as_millisecond() })
        .collect();
    if !rows.is_empty() {
        tx.run(&SET_COMPARE_AT, &args![&json(&rows)]).await?;
    }
    let rows: Vec<MendRow<'_>> = drifted.iter().map(MendRow::of).collect();
    if rows.is_empty() {
        return Ok(0);
    }
    tx.run(&MEND, &args![&json(&rows), now]).await
}

impl<'a> MendRow<'a> {
    fn of(one: &'a Counters) -> Self {
        Self {
            bot: one.bot.as_str(),
            total: one.real.total,
            remaining: one.real.remaining,
            drafts: one.real.drafts,
            last: one.real.last_post_at,
            was_total: one.counted.total,
            was_remaining: one.counted.remaining,
            was_at: one.updated_at,
        }
    }
}
