//! Every text is served by indexes: what it costs depends on what is due, not on what there is.

use sqlx::{AssertSqlSafe, Row as _};

use crate::steps::{claim_all, lost, nine, posted, secs, sending, settle};
use crate::world::{World, on_both};

/// What may be read from end to end: the rows of the batch, the heads of indexes, and tables with a
/// row per bot, per node or per fact.
const SMALL: [&str; 28] = [
    "r",
    "c",
    "j",
    "heads",
    "shared",
    "b",
    "bots",
    "bot_stats",
    "bot_configs",
    "schedules",
    "meta",
    "nodes",
    "breakers",
    "strangers",
    "budgets",
    "bulk_orders",
    "reservations",
    "credentials",
    "seal_keys",
    "users",
    "u",
    "o",
    "links",
    "api_tokens",
    "delivery_targets",
    "t",
    "d",
    "k",
];

/// Partial indexes that may be read from end to end, because they hold only what is in flight or needs
/// a person, or that a page reads in their order, up to its limit.
const READ_IN_ORDER: [&str; 14] = [
    "slots_in_flight",
    "slots_attention",
    "slots_next",
    "slots_gone",
    "posts_held",
    "posts_without_bands",
    "posts_drafts",
    "bot_stats_with_drafts",
    "findings_open",
    "findings_by_age",
    "try_outs_asked",
    "alerts_open",
    "deliveries_dead",
    "deliveries_old",
];

/// What grows with every post.
const BIG: [&str; 24] = [
    "posts",
    "post_bands",
    "post_origins",
    "persona_versions",
    "prompts",
    "slots",
    "attempts",
    "approvals",
    "receipts",
    "events",
    "evergreens",
    "ledger",
    "findings",
    "feed_items",
    "audit_log",
    "sessions",
    "endings",
    "spend_days",
    "review_drops",
    "try_outs",
    "kept_answers",
    "alerts",
    "alert_notices",
    "deliveries",
];

async fn no_text_reads_a_big_table_from_end_to_end(world: &World) {
    let names: Vec<String> = (0..200).map(|n| format!("bot-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let sent = sending(world, &names).await;
    let mut outcomes: Vec<_> = sent[..5].iter().map(|one| lost(one, nine())).collect();
    for (n, one) in sent[6..].iter().enumerate() {
        outcomes.push(posted(one, &format!("10{n}")));
    }
    assert_eq!(settle(world, &outcomes).await.len(), outcomes.len());
    claim_all(&world.db, nine() + secs(5), sent[0].0.fence, 10).await;
    check(world).await;
    // The server keeps statistics by itself; our SQLite files have none.
    if !world.is_sqlite() {
        world.execute("ANALYZE").await;
        check(world).await;
    }
}

async fn check(world: &World) {
    for text in store::sql_texts() {
        let (sql, found) = if let Some(pool) = world.sqlite_pool() {
            (text.sqlite, scans_on_sqlite(pool, text.sqlite).await)
        } else {
            let pool = world.postgres_pool().expect("one of two");
            (text.postgres, scans_on_postgres(pool, text.postgres).await)
        };
        assert!(found.is_empty(), "{found:?}\n{sql}");
    }
}

async fn scans_on_sqlite(pool: &sqlx::SqlitePool, sql: &str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = sqlx::raw_sql(explain).fetch_all(pool).await.expect("a plan");
    rows.iter()
        .map(|row| row.get::<String, _>("detail"))
        .filter(|step| {
            let mut words = step.split_whitespace();
            let is_scan = words.next() == Some("SCAN");
            let of = words.next().unwrap_or_default();
            let index = step.split_whitespace().last().unwrap_or_default();
            is_scan
                && !SMALL.contains(&of)
                && !READ_IN_ORDER.contains(&index)
                && !step.contains("CONSTANT ROW")
                // Its rows were found by steps of their own, each of which is looked at.
                && !of.starts_with("(subquery-")
        })
        .collect()
}

async fn scans_on_postgres(pool: &sqlx::PgPool, sql: &str) -> Vec<String> {
    let rows = explain(pool, sql, "SET enable_seqscan = off", "EXPLAIN").await;
    rows.into_iter()
        .filter(|step| {
            BIG.iter().any(|table| {
                step.split_once("Seq Scan on ")
                    .is_some_and(|(_, rest)| rest.split_whitespace().next() == Some(table))
            })
        })
        .collect()
}

/// What the server would do, whatever the parameters are.
pub(crate) async fn explain(
    pool: &sqlx::PgPool,
    sql: &str,
    setting: &str,
    explain: &str,
) -> Vec<String> {
    let parameters = (1..=20).take_while(|n| sql.contains(&format!("${n}"))).count();
    let nulls = vec!["NULL"; parameters].join(", ");
    let execute = if parameters == 0 { "asked".to_owned() } else { format!("asked({nulls})") };
    let mut connection = pool.acquire().await.expect("a connection");
    let script =
        format!("{setting}; SET plan_cache_mode = force_generic_plan; PREPARE asked AS {sql}");
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut *connection).await.expect("prepared");
    let rows = sqlx::raw_sql(AssertSqlSafe(format!("{explain} EXECUTE {execute}")))
        .fetch_all(&mut *connection)
        .await
        .expect("a plan");
    sqlx::raw_sql("DEALLOCATE asked; RESET ALL")
        .execute(&mut *connection)
        .await
        .expect("forgotten");
    rows.iter().map(|row| row.get_unchecked::<String, _>(0)).collect()
}

on_both! { no_text_reads_a_big_table_from_end_to_end, }
