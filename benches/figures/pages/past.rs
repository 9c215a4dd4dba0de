//! A past for a house: posts that left three times a day for as long as it takes, each with its slot, its
//! attempt, its receipt and its line of the ledger, as a node would have left them.
//!
//! A node would need days to make a million of them, so they are written to the file as rows.

use std::path::Path;

use anyhow::Context as _;
use domain::rules::review::BANDS_VERSION;
use rusqlite::{Connection, params};

use crate::{report, watch};

/// Between two posts of a bot.
const APART_MS: i64 = 8 * 3_600_000;
/// The first row of the past: what the house has of its own comes before.
const FIRST: i64 = 100_000;

/// So many rows, `i` of each: `ago` from now it was due, and its bot.
const ROWS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1),
    r AS (SELECT i, ?2 + i AS id, printf('bot-%06d', i % ?3) AS bot,
        ?4 - (i / ?3 + 1) * ?5 - (i % 61) * 1000 AS due FROM n) ";

const STEPS: [(&str, &str); 5] = [
    (
        "posts",
        "INSERT INTO posts (id, content, bot_id, category, used, state, slot_id, generation_cost,
            generation_model, content_hash, created_at, updated_at, bands_version)
         SELECT id, 'The light of ' || bot || ' has turned ' || i || ' times, and the sea went on as if '
            || 'it had counted along, one wave for every turn of it.', bot, 'topic ' || (i % 5), 1,
            'published', id, 0.0004, 'gpt-6-luna', printf('past-%d', i), due - 86400000, due, ?6
         FROM r",
    ),
    (
        "slots",
        "INSERT INTO slots (id, bot_id, schedule_id, local_time, fold, due_at, state, post_id, version,
            attempts, created_at, updated_at)
         SELECT r.id, r.bot, s.id, strftime('%Y-%m-%dT%H:%M:%S', due / 1000, 'unixepoch'), 0, due,
            'posted', r.id, 5, 1, due - 86400000, due + 400
         FROM r JOIN schedules s ON s.bot_id = r.bot WHERE ?6 = ?6",
    ),
    (
        "attempts",
        "INSERT INTO attempts (id, slot_id, bot_id, post_id, number, fence, state, payload, payload_hash,
            first_intent_at, intent_at, send_by, closed_at, class, status, updated_at,
            charged_micro_usd)
         SELECT id, id, bot, id, 1, 1, 'posted', 'The light of ' || bot || ' has turned ' || i
            || ' times, and the sea went on as if it had counted along, one wave for every turn of it.',
            printf('past-%d', i), due, due, due + 60000, due + 400, 'accepted', 201, due + 400, 15000
         FROM r WHERE ?6 = ?6",
    ),
    (
        "receipts",
        "INSERT INTO receipts (post_id, slot_id, bot_id, x_post_id, posted_at, is_adopted, created_at)
         SELECT id, id, bot, printf('18%017d', i), due + 300 + (i % 97) * 40, 0, due + 400
         FROM r WHERE ?6 = ?6",
    ),
    (
        "ledger",
        "INSERT INTO ledger (at, bot_id, slot_id, kind, amount_micro_usd, entry, day, attempt_id)
         SELECT due, bot, id, 'post', 15000, 'reserve', strftime('%Y-%m-%d', due / 1000, 'unixepoch'),
            id
         FROM r WHERE ?6 = ?6 ORDER BY i DESC",
    ),
];

/// What is counted, made anew from the rows.
const COUNTERS: &str = "
    UPDATE bot_stats SET
        total_posts = (SELECT count(*) FROM posts p WHERE p.bot_id = bot_stats.bot_id
            AND p.state = 'published'),
        last_post_at = (SELECT max(x.posted_at) FROM receipts x WHERE x.bot_id = bot_stats.bot_id),
        spend_micro_usd = (SELECT COALESCE(sum(l.amount_micro_usd), 0) FROM ledger l
            WHERE l.bot_id = bot_stats.bot_id);
    DELETE FROM endings;
    INSERT INTO endings SELECT s.due_at / 3600000, s.state,
        CASE WHEN x.posted_at - s.due_at < 1000 THEN '1s' ELSE '10s' END, count(*)
        FROM slots s JOIN receipts x ON x.slot_id = s.id WHERE s.state = 'posted' GROUP BY 1, 2, 3;
    DELETE FROM spend_days;
    INSERT INTO spend_days SELECT day, 'x', sum(amount_micro_usd) FROM ledger GROUP BY 1, 2;
    INSERT OR REPLACE INTO budgets (purse, scope, name, day, gone_today, gone_this_month, updated_at)
        SELECT 'x', 'bot', bot_id, max(day), sum(amount_micro_usd)
            FILTER (WHERE day = (SELECT max(day) FROM ledger)), sum(amount_micro_usd), 0
        FROM ledger WHERE day >= (SELECT substr(max(day), 1, 7) FROM ledger) GROUP BY bot_id;
    INSERT OR REPLACE INTO budgets (purse, scope, name, day, gone_today, gone_this_month, updated_at)
        SELECT 'x', 'all', '', max(day), sum(amount_micro_usd)
            FILTER (WHERE day = (SELECT max(day) FROM ledger)), sum(amount_micro_usd), 0
        FROM ledger WHERE day >= (SELECT substr(max(day), 1, 7) FROM ledger);
    INSERT INTO review_drops SELECT '', day, 'near_duplicate', 30 FROM spend_days;
    INSERT INTO review_drops SELECT '', day, 'length', 10 FROM spend_days;";

/// Writes so many posts into a house that is filled and at rest.
pub fn fill(database: &Path, bots: usize, posts: usize) -> anyhow::Result<()> {
    let begin = watch::now();
    let file = Connection::open(database).context("opening the file of the house")?;
    file.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN")?;
    let (bots, posts) = (i64::try_from(bots)?, i64::try_from(posts)?);
    let now = watch::wall_ms();
    for (table, step) in STEPS {
        let sql = format!("{ROWS}{step}");
        file.execute(&sql, params![posts, FIRST, bots, now, APART_MS, i64::from(BANDS_VERSION)])
            .with_context(|| format!("writing the past of {table}"))?;
        let seconds = begin.elapsed().as_secs_f64();
        report::say(&format!("  {posts} rows of {table} after {seconds:.0} s"));
    }
    file.execute_batch(COUNTERS).context("counting the past")?;
    file.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}
