//! Makes the declared bots the bots. A hash of everything declared tells which ones changed, so that
//! a restart with ten thousand bots writes nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::model::{Bot, BotId, BotState, ManagedBy, Schedule, XUserId};
use domain::ports::store::{StoreError, SyncReport};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{BotKey, account, close};
use crate::approvals;
use crate::arg::args;
use crate::budgets::caps;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::feeds;
use crate::manner::Manner;
use crate::row::row;
use crate::rows::Reading;
use crate::slots::plan;
use crate::text::hex;

/// Bots written by one statement.
const CHUNK_MAX: usize = 1000;
/// Digits of the fingerprint of all that is declared.
const FINGERPRINT_LENGTH: usize = 16;

static EXISTING: Sql = Sql::new(
    "bots",
    "SELECT b.bot_id, b.state, b.managed_by, c.config_hash
     FROM bots b JOIN bot_configs c ON c.bot_id = b.bot_id",
);

static UPSERT_BOTS: Sql = Sql::new(
    "bots",
    "WITH {rows bot managed_by app account}
     INSERT INTO bots (bot_id, state, managed_by, app, account, created_at, updated_at)
     SELECT r.bot, 'active', r.managed_by, r.app, r.account, $2, $2 FROM r WHERE true
     ON CONFLICT (bot_id) DO UPDATE SET
        managed_by = excluded.managed_by, app = excluded.app,
        account = COALESCE(excluded.account, bots.account),
        state = CASE WHEN bots.state = 'closed' THEN 'active' ELSE bots.state END,
        state_reason = CASE WHEN bots.state = 'closed' THEN NULL ELSE bots.state_reason END,
        version = bots.version + 1, updated_at = excluded.updated_at",
);

static UPSERT_CONFIGS: Sql = Sql::new(
    "bot_configs",
    "WITH {rows bot personality_prompt content_sources posting_style topics tone max_length:int
        review_policy manner persona_hash schedule_cron timezone low_water:int high_water:int batch:int
        mode policy_hash is_live:int warms_up:int is_rehearsal:int looks_first:int bot_file config_hash}
     INSERT INTO bot_configs (bot_id, personality_prompt, content_sources, posting_style, topics,
        tone, max_length, review_policy, manner, persona_hash, schedule_cron, timezone, low_water,
        high_water, batch, mode, policy_hash, is_live, warms_up, is_rehearsal, looks_first, bot_file,
        config_hash, created_at, updated_at)
     SELECT r.bot, r.personality_prompt, r.content_sources, r.posting_style, r.topics, r.tone,
        r.max_length, r.review_policy, r.manner, r.persona_hash, r.schedule_cron, r.timezone,
        r.low_water, r.high_water, r.batch, r.mode, r.policy_hash, r.is_live, r.warms_up,
        r.is_rehearsal, r.looks_first, r.bot_file, r.config_hash, $2, $2
     FROM r WHERE true
     ON CONFLICT (bot_id) DO UPDATE SET
        personality_prompt = excluded.personality_prompt,
        content_sources = excluded.content_sources, posting_style = excluded.posting_style,
        topics = excluded.topics, tone = excluded.tone, max_length = excluded.max_length,
        review_policy = excluded.review_policy, manner = excluded.manner,
        schedule_cron = excluded.schedule_cron, timezone = excluded.timezone,
        low_water = excluded.low_water, high_water = excluded.high_water, batch = excluded.batch,
        mode = excluded.mode, policy_hash = excluded.policy_hash,
        is_live = excluded.is_live, warms_up = excluded.warms_up,
        is_rehearsal = excluded.is_rehearsal, looks_first = excluded.looks_first,
        bot_file = excluded.bot_file,
        config_hash = excluded.config_hash, persona_hash = excluded.persona_hash,
        persona_version = CASE WHEN bot_configs.persona_hash = excluded.persona_hash
            THEN bot_configs.persona_version ELSE bot_configs.persona_version + 1 END,
        updated_at = excluded.updated_at",
);

/// A persona that did not change has its version already.
static KEEP_PERSONAS: Sql = Sql::new(
    "persona_versions",
    "WITH {rows bot persona persona_hash}
     INSERT INTO persona_versions (bot_id, version, hash, persona, created_at)
     SELECT c.bot_id, c.persona_version, r.persona_hash, r.persona, $2
     FROM r JOIN bot_configs c ON c.bot_id = r.bot WHERE true
     ON CONFLICT (bot_id, version) DO NOTHING",
);

/// What a schedule writes about is no reason to plan it anew.
static KEEP_TOPICS: Sql = Sql::new(
    "schedules",
    "WITH {rows bot name topics}
     UPDATE schedules SET topics = r.topics, updated_at = $2
     FROM r WHERE schedules.bot_id = r.bot AND schedules.name = r.name
        AND schedules.topics <> r.topics",
);

static UPSERT_STATS: Sql = Sql::new(
    "bot_stats",
    "WITH {rows bot low_water:int}
     INSERT INTO bot_stats (bot_id, low_water, refill_not_before, created_at, updated_at)
     SELECT r.bot, r.low_water, $2, $2, $2 FROM r WHERE true
     ON CONFLICT (bot_id) DO UPDATE SET
        low_water = excluded.low_water, updated_at = excluded.updated_at",
);

static UPSERT_SCHEDULES: Sql = Sql::new(
    "schedules",
    "WITH {rows bot name place:int cron timezone skips_gaps:int catch_up_ms:int on_miss
        jitter_ms:int quiet_from quiet_until topics}
     INSERT INTO schedules (bot_id, name, place, cron, timezone, skips_gaps, catch_up_ms, on_miss,
        jitter_ms, quiet_from, quiet_until, topics, planned_until, audit_since, replan_at,
        created_at, updated_at)
     SELECT r.bot, r.name, r.place, r.cron, r.timezone, r.skips_gaps, r.catch_up_ms, r.on_miss,
        r.jitter_ms, r.quiet_from, r.quiet_until, r.topics, $2, $2, $2, $2, $2
     FROM r WHERE true
     ON CONFLICT (bot_id, name) DO UPDATE SET
        place = excluded.place, cron = excluded.cron, timezone = excluded.timezone,
        skips_gaps = excluded.skips_gaps, catch_up_ms = excluded.catch_up_ms,
        on_miss = excluded.on_miss, jitter_ms = excluded.jitter_ms,
        quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
        planned_until = excluded.planned_until, audit_since = excluded.audit_since,
        replan_at = excluded.replan_at, is_retired = 0,
        updated_at = excluded.updated_at
     WHERE schedules.is_retired = 1 OR schedules.replan_at IS NULL
        OR schedules.place <> excluded.place OR schedules.cron <> excluded.cron
        OR schedules.timezone <> excluded.timezone OR schedules.skips_gaps <> excluded.skips_gaps
        OR schedules.catch_up_ms <> excluded.catch_up_ms OR schedules.on_miss <> excluded.on_miss
        OR schedules.jitter_ms <> excluded.jitter_ms
        OR schedules.quiet_from IS DISTINCT FROM excluded.quiet_from
        OR schedules.quiet_until IS DISTINCT FROM excluded.quiet_until
     RETURNING id",
);

static SCHEDULES_OF: Sql = Sql::new(
    "schedules",
    "WITH {rows bot} SELECT s.id, s.bot_id, s.name FROM r
     JOIN schedules s ON s.bot_id = r.bot WHERE s.is_retired = 0",
);

static RETIRE: Sql = Sql::new(
    "schedules",
    "WITH {rows schedule:int}
     UPDATE schedules SET is_retired = 1, replan_at = NULL, updated_at = $2
     FROM r WHERE schedules.id = r.schedule",
);

static CLOSE: Sql = Sql::new(
    "bots",
    "WITH {rows bot}
     UPDATE bots SET state = 'closed', state_reason = 'undeclared', version = version + 1,
        updated_at = $2
     FROM r WHERE bots.bot_id = r.bot",
);

pub(crate) static TEXTS: [&Sql; 12] = [
    &account::MOVE,
    &account::STRAND,
    &EXISTING,
    &UPSERT_BOTS,
    &UPSERT_CONFIGS,
    &KEEP_PERSONAS,
    &KEEP_TOPICS,
    &UPSERT_STATS,
    &UPSERT_SCHEDULES,
    &SCHEDULES_OF,
    &RETIRE,
    &CLOSE,
];

/// A declared bot as a row. The seed's `schedule_cron` and `timezone` are those of the first
/// schedule.
#[derive(Serialize)]
struct BotRow<'a> {
    bot: &'a str,
    managed_by: &'static str,
    app: &'a str,
    account: Option<&'a str>,
    personality_prompt: &'a str,
    content_sources: String,
    posting_style: &'a str,
    topics: String,
    tone: &'a str,
    max_length: u32,
    review_policy: String,
    manner: String,
    persona: String,
    persona_hash: String,
    schedule_cron: &'a str,
    timezone: &'a str,
    low_water: u32,
    high_water: u32,
    batch: u32,
    mode: &'static str,
    policy_hash: String,
    is_live: i64,
    warms_up: i64,
    is_rehearsal: i64,
    looks_first: i64,
    bot_file: String,
    config_hash: String,
}

#[derive(Serialize)]
struct ScheduleRow<'a> {
    bot: &'a str,
    name: &'a str,
    place: usize,
    cron: &'a str,
    timezone: &'a str,
    skips_gaps: i64,
    catch_up_ms: i64,
    on_miss: &'static str,
    jitter_ms: i64,
    quiet_from: Option<String>,
    quiet_until: Option<String>,
    topics: String,
}

#[derive(Serialize)]
struct ScheduleKey {
    schedule: i64,
}

row! {
    pub(super) struct ExistingRow {
        bot_id: String,
        pub(super) state: String,
        pub(super) managed_by: String,
        pub(super) config_hash: String,
    }
}

pub(super) async fn sync(
    tx: &mut Tx,
    declared: &[Bot],
    places: &[ManagedBy],
    now: i64,
) -> Result<SyncReport, Fault> {
    let rows: Vec<ExistingRow> = tx.all(&EXISTING, &[]).await?;
    let existing: HashMap<&str, &ExistingRow> =
        rows.iter().map(|row| (row.bot_id.as_str(), row)).collect();
    let mut report = SyncReport::default();
    let mut touched = Vec::new();
    let mut hashes = BTreeMap::new();
    for bot in declared {
        let row = BotRow::of(bot);
        hashes.insert(row.bot, row.config_hash.clone());
        match existing.get(bot.id.as_str()) {
            None => report.added.push(bot.id.clone()),
            Some(old)
                if old.config_hash != row.config_hash || old.state == BotState::Closed.as_str() =>
            {
                report.changed.push(bot.id.clone());
            }
            Some(_) => continue,
        }
        touched.push((bot, row));
    }
    for chunk in touched.chunks(CHUNK_MAX) {
        write(tx, chunk, now).await?;
    }
    report.closed = undeclared(&rows, declared, places)?;
    if !report.closed.is_empty() {
        let names: Vec<&str> = report.closed.iter().map(BotId::as_str).collect();
        let keys = json(&names.iter().map(|bot| BotKey { bot }).collect::<Vec<_>>());
        tx.run(&CLOSE, &args![&keys, now]).await?;
        close(tx, &names, now).await?;
    }
    if !touched.is_empty() {
        caps::cover(tx, now).await?;
    }
    if !(report.added.is_empty() && report.changed.is_empty() && report.closed.is_empty()) {
        tx.announce().await?;
    }
    report.declared = fingerprint(&hashes);
    Ok(report)
}

/// Writes one bot over the state of that hash; `false` where nothing of it changes.
pub(super) async fn write_one(
    tx: &mut Tx,
    bot: &Bot,
    was: Option<&str>,
    now: i64,
) -> Result<bool, Fault> {
    let row = BotRow::of(bot);
    if was == Some(row.config_hash.as_str()) {
        return Ok(false);
    }
    write(tx, &[(bot, row)], now).await?;
    Ok(true)
}

/// The same for the same declarations, in whatever order they come.
fn fingerprint(hashes: &BTreeMap<&str, String>) -> String {
    let all: Vec<&String> = hashes.values().collect();
    let mut text = hex(&Sha256::digest(json(&all).as_bytes()));
    text.truncate(FINGERPRINT_LENGTH);
    text
}

/// Open bots of these places that nobody declares any more.
fn undeclared(
    rows: &[ExistingRow],
    declared: &[Bot],
    places: &[ManagedBy],
) -> Result<Vec<BotId>, StoreError> {
    let names: HashSet<&str> = declared.iter().map(|bot| bot.id.as_str()).collect();
    rows.iter()
        .filter(|row| {
            places.iter().any(|place| place.as_str() == row.managed_by)
                && row.state != BotState::Closed.as_str()
                && !names.contains(row.bot_id.as_str())
        })
        .map(|row| Reading::of("bots", &row.bot_id).bot(&row.bot_id))
        .collect()
}

async fn write(tx: &mut Tx, chunk: &[(&Bot, BotRow<'_>)], now: i64) -> Result<(), Fault> {
    let bots = json(&chunk.iter().map(|(_, row)| row).collect::<Vec<_>>());
    account::follow(tx, chunk.iter().map(|(bot, _)| *bot), now).await?;
    tx.run(&UPSERT_BOTS, &args![&bots, now]).await?;
    tx.run(&UPSERT_CONFIGS, &args![&bots, now]).await?;
    tx.run(&KEEP_PERSONAS, &args![&bots, now]).await?;
    tx.run(&UPSERT_STATS, &args![&bots, now]).await?;

    let keys = json(&chunk.iter().map(|(_, row)| BotKey { bot: row.bot }).collect::<Vec<_>>());
    let before: Vec<(i64, String, String)> = tx.all(&SCHEDULES_OF, &args![&keys]).await?;
    let schedules: Vec<ScheduleRow<'_>> =
        chunk.iter().flat_map(|(bot, _)| ScheduleRow::all(bot)).collect();
    let declared: HashSet<(&str, &str)> = schedules.iter().map(|row| (row.bot, row.name)).collect();
    let rows = json(&schedules);
    let mut stale: Vec<(i64,)> = tx.all(&UPSERT_SCHEDULES, &args![&rows, now]).await?;
    tx.run(&KEEP_TOPICS, &args![&rows, now]).await?;

    let retired: Vec<ScheduleKey> = before
        .iter()
        .filter(|(_, bot, name)| !declared.contains(&(bot.as_str(), name.as_str())))
        .map(|(id, _, _)| ScheduleKey { schedule: *id })
        .collect();
    if !retired.is_empty() {
        tx.run(&RETIRE, &args![&json(&retired), now]).await?;
        stale.extend(retired.iter().map(|key| (key.schedule,)));
    }
    feeds::declare(tx, chunk.iter().map(|(bot, _)| *bot), now).await?;
    plan::forget_future(tx, &stale, now).await?;
    approvals::recall(tx, &keys, now).await
}

impl<'a> BotRow<'a> {
    fn of(bot: &'a Bot) -> Self {
        let first = bot.schedules.first();
        let topics: Vec<&str> =
            bot.persona.topics.iter().map(|topic| topic.name.as_str()).collect();
        let persona = json(&bot.persona);
        let mut row = Self {
            bot: bot.id.as_str(),
            managed_by: bot.managed_by.as_str(),
            app: &bot.app,
            account: bot.account.as_ref().map(XUserId::as_str),
            personality_prompt: &bot.persona.personality_prompt,
            content_sources: json(&bot.persona.content_sources),
            posting_style: &bot.persona.posting_style,
            topics: json(&topics),
            tone: &bot.persona.tone,
            max_length: bot.persona.policy.max_length,
            review_policy: json(&bot.persona.policy),
            manner: json(&Manner::of(&bot.persona)),
            persona_hash: hex(&Sha256::digest(persona.as_bytes())),
            persona,
            schedule_cron: first.map_or("", |schedule| schedule.cron.as_str()),
            timezone: first.map_or("UTC", Schedule::zone_name),
            low_water: bot.queue.low_water,
            high_water: bot.queue.high_water,
            batch: bot.queue.batch,
            mode: bot.mode.as_str(),
            policy_hash: bot.persona.policy.hash().as_str().to_owned(),
            is_live: i64::from(bot.is_live),
            warms_up: i64::from(bot.warms_up),
            is_rehearsal: i64::from(bot.is_rehearsal),
            looks_first: i64::from(bot.looks_first),
            bot_file: json(&bot.file),
            config_hash: String::new(),
        };
        let schedules = ScheduleRow::all(bot).collect::<Vec<_>>();
        let digest = Sha256::digest(json(&[json(&[&row]), json(&schedules)]).as_bytes());
        row.config_hash = hex(&digest);
        row
    }
}

impl<'a> ScheduleRow<'a> {
    fn all(bot: &'a Bot) -> impl Iterator<Item = Self> {
        bot.schedules.iter().enumerate().map(|(place, schedule)| Self {
            bot: bot.id.as_str(),
            name: &schedule.name,
            place,
            cron: schedule.cron.as_str(),
            timezone: schedule.zone_name(),
            skips_gaps: i64::from(schedule.skips_gaps),
            catch_up_ms: millis(schedule.catch_up_window),
            on_miss: schedule.on_miss.as_str(),
            jitter_ms: millis(schedule.jitter_max),
            quiet_from: schedule.quiet_hours.map(|hours| hours.from.to_string()),
            quiet_until: schedule.quiet_hours.map(|hours| hours.until.to_string()),
            topics: json(&schedule.topics),
        })
    }
}

fn millis(duration: jiff::SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
