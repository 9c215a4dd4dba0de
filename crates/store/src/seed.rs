//! The database of the seed's own system (`template-bot`): read as it is, moved over into ours.
//!
//! The old file is opened read-only and never changed. Its used posts become published ones without a
//! slot, so that their texts are known and never go out again.

use std::collections::HashMap;
use std::path::Path;

use domain::model::{BotId, ContentHash, MicroUsd};
use domain::ports::store::StoreError;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rusqlite::{Connection, Error, OpenFlags, Params, Row};
use serde::Serialize;

use crate::arg::args;
use crate::db::{Db, Tx, in_transaction, json};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::open::sqlite::APPLICATION_ID;
use crate::posts::bands;
use crate::stats::Bumps;

/// Used posts that are already known stay as they are, so that a second import changes nothing.
static REMEMBER: Sql = Sql::new(
    "posts",
    "WITH {rows place:int bot content category hash cost:real tokens:int model at:int}
     INSERT INTO posts (content, bot_id, category, used, state, generation_cost, generation_tokens,
        generation_model, content_hash, created_at, updated_at, bands_version)
     SELECT r.content, r.bot, r.category, 1, 'published', r.cost, r.tokens, r.model, r.hash, r.at,
        $2, $3
     FROM r WHERE true ORDER BY r.place
     ON CONFLICT (content_hash) DO NOTHING
     RETURNING id, bot_id, content_hash",
);

pub(crate) static TEXTS: [&Sql; 1] = [&REMEMBER];

/// Why the old database cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// It is not there, damaged, or no SQLite.
    #[error("{path} cannot be read: {detail}")]
    Unreadable {
        /// The file.
        path: String,
        /// What happened.
        detail: String,
    },
    /// It has no table `posts` with the columns of the seed.
    #[error(
        "{path} is no database of a template-bot: it has no table `posts` with `content` and `bot_id`"
    )]
    NotSeed {
        /// The file.
        path: String,
    },
}

/// A row of its `posts`.
#[derive(Clone, Debug, PartialEq)]
pub struct SeedPost {
    /// Its row id.
    pub id: i64,
    /// Its text.
    pub content: String,
    /// Its bot.
    pub bot_id: String,
    /// Its topic.
    pub category: Option<String>,
    /// Whether it went out.
    pub is_used: bool,
    /// When it was written, where the row says.
    pub created_at: Option<Timestamp>,
    /// What writing it cost.
    pub cost: MicroUsd,
    /// The tokens of it.
    pub tokens: u64,
    /// The model that wrote it.
    pub model: Option<String>,
}

/// A row of its `bot_configs`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeedBot {
    /// Its name.
    pub bot_id: String,
    /// Who it is.
    pub personality_prompt: Option<String>,
    /// A list, in JSON or separated by commas.
    pub content_sources: Option<String>,
    /// How it writes.
    pub posting_style: Option<String>,
    /// A list, in JSON or separated by commas.
    pub topics: Option<String>,
    /// Its mood.
    pub tone: Option<String>,
    /// The longest post.
    pub max_length: Option<i64>,
    /// When it posts.
    pub schedule_cron: Option<String>,
    /// In which zone.
    pub timezone: Option<String>,
}

/// A text that went out before Flockwork.
#[derive(Clone, Debug, PartialEq)]
pub struct PastPost {
    /// Whose.
    pub bot: BotId,
    /// Hash of its normal form.
    pub content_hash: ContentHash,
    /// The old row.
    pub row: SeedPost,
}

/// The old database, open for reading.
pub struct SeedDatabase {
    connection: Connection,
    path: String,
}

struct PostRow {
    id: i64,
    content: Option<String>,
    bot_id: Option<String>,
    category: Option<String>,
    used: Option<i64>,
    created_at: Option<String>,
    generation_cost: Option<f64>,
    generation_tokens: Option<i64>,
    generation_model: Option<String>,
}

impl SeedDatabase {
    /// Opens the file at `path`, if it is one.
    pub fn open(path: &Path) -> Result<Self, SeedError> {
        let shown = path.display().to_string();
        let unreadable =
            |error: Error| SeedError::Unreadable { path: shown.clone(), detail: error.to_string() };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(unreadable)?;
        if is_seed(&connection).map_err(unreadable)? {
            return Ok(Self { connection, path: shown });
        }
        Err(SeedError::NotSeed { path: shown })
    }

    /// Posts after the row `after`, in order; rows without a text or a bot are left out.
    pub fn list_posts(&self, after: i64, max: u32) -> Result<Vec<SeedPost>, SeedError> {
        let sql = "SELECT id, CAST(content AS TEXT), CAST(bot_id AS TEXT), CAST(category AS TEXT),
                CAST(used AS INTEGER), CAST(created_at AS TEXT), CAST(generation_cost AS REAL),
                CAST(generation_tokens AS INTEGER), CAST(generation_model AS TEXT)
             FROM posts WHERE id > ?1 AND content IS NOT NULL AND bot_id IS NOT NULL
             ORDER BY id LIMIT ?2";
        let rows = self.rows(sql, (after, max), PostRow::of)?;
        Ok(rows.into_iter().map(SeedPost::from).collect())
    }

    /// Its bots, those with a row in `bot_configs` first by name; a bot that only has posts has a name
    /// and nothing else.
    pub fn list_bots(&self) -> Result<Vec<SeedBot>, SeedError> {
        let tables = "SELECT name FROM sqlite_schema WHERE name = 'bot_configs'";
        let tables: Vec<String> = self.rows(tables, (), |row| row.get(0))?;
        let mut bots = if tables.is_empty() {
            Vec::new()
        } else {
            let sql = "SELECT CAST(bot_id AS TEXT), CAST(personality_prompt AS TEXT),
                    CAST(content_sources AS TEXT), CAST(posting_style AS TEXT),
                    CAST(topics AS TEXT), CAST(tone AS TEXT), CAST(max_length AS INTEGER),
                    CAST(schedule_cron AS TEXT), CAST(timezone AS TEXT)
                 FROM bot_configs WHERE bot_id IS NOT NULL ORDER BY bot_id";
            self.rows(sql, (), SeedBot::of)?
        };
        let names =
            "SELECT DISTINCT CAST(bot_id AS TEXT) FROM posts WHERE bot_id IS NOT NULL ORDER BY 1";
        for bot_id in self.rows(names, (), |row| row.get::<_, String>(0))? {
            if !bots.iter().any(|bot| bot.bot_id == bot_id) {
                bots.push(SeedBot { bot_id, ..SeedBot::default() });
            }
        }
        Ok(bots)
    }

    fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, SeedError> {
        let rows = |params| {
            let mut asked = self.connection.prepare(sql)?;
            let rows = asked.query_map(params, read)?;
            rows.collect::<Result<_, Error>>()
        };
        rows(params).map_err(|error| SeedError::Unreadable {
            path: self.path.clone(),
            detail: error.to_string(),
        })
    }
}

/// Our own tables have these columns too.
fn is_seed(file: &Connection) -> Result<bool, Error> {
    let id: i64 = file.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let mut columns = file.prepare("SELECT name FROM pragma_table_info('posts')")?;
    let columns: Vec<String> =
        columns.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let has = |name: &str| columns.iter().any(|column| column == name);
    Ok(id != i64::from(APPLICATION_ID) && has("content") && has("bot_id") && has("used"))
}

impl PostRow {
    fn of(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.get(0)?,
            content: row.get(1)?,
            bot_id: row.get(2)?,
            category: row.get(3)?,
            used: row.get(4)?,
            created_at: row.get(5)?,
            generation_cost: row.get(6)?,
            generation_tokens: row.get(7)?,
            generation_model: row.get(8)?,
        })
    }
}

impl SeedBot {
    fn of(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            bot_id: row.get(0)?,
            personality_prompt: row.get(1)?,
            content_sources: row.get(2)?,
            posting_style: row.get(3)?,
            topics: row.get(4)?,
            tone: row.get(5)?,
            max_length: row.get(6)?,
            schedule_cron: row.get(7)?,
            timezone: row.get(8)?,
        })
    }
}

impl From<PostRow> for SeedPost {
    fn from(row: PostRow) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
        let cost = (row.generation_cost.unwrap_or_default() * 1_000_000.0).round() as i64;
        Self {
            id: row.id,
            content: row.content.unwrap_or_default(),
            bot_id: row.bot_id.unwrap_or_default(),
            category: row.category.filter(|category| !category.is_empty()),
            is_used: row.used.unwrap_or_default() != 0,
            created_at: row.created_at.as_deref().and_then(time),
            cost: MicroUsd(cost.max(0)),
            tokens: row.generation_tokens.and_then(|n| n.try_into().ok()).unwrap_or_default(),
            model: row.generation_model,
        }
    }
}

/// SQLite's `CURRENT_TIMESTAMP` is UTC without saying so; Node writes ISO 8601 or milliseconds.
fn time(text: &str) -> Option<Timestamp> {
    if let Ok(millis) = text.parse::<i64>() {
        return Timestamp::from_millisecond(millis).ok();
    }
    let civil = |text: &str| text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse().ok().or_else(|| civil(text).map(|zoned| zoned.timestamp()))
}

#[derive(Serialize)]
struct PastRow<'a> {
    place: usize,
    bot: &'a str,
    content: &'a str,
    category: Option<&'a str>,
    hash: &'a str,
    cost: f64,
    tokens: u64,
    model: Option<&'a str>,
    at: i64,
}

impl Db {
    /// Remembers texts that went out before Flockwork, in one transaction; their bots must be there.
    /// Returns how many were not known yet.
    pub async fn remember_past(
        &self,
        posts: &[PastPost],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let bands: HashMap<&str, Vec<i64>> = posts
            .iter()
            .map(|post| (post.content_hash.as_str(), bands::bands_of(&post.row.content)))
            .collect();
        in_transaction!(self, |tx| remember(tx, posts, &bands, now.as_millisecond()))
    }
}

async fn remember(
    tx: &mut Tx,
    posts: &[PastPost],
    bands: &HashMap<&str, Vec<i64>>,
    now: i64,
) -> Result<u64, Fault> {
    let rows: Vec<PastRow<'_>> = posts
        .iter()
        .enumerate()
        .map(|(place, post)| PastRow {
            place,
            bot: post.bot.as_str(),
            content: &post.row.content,
            category: post.row.category.as_deref(),
            hash: post.content_hash.as_str(),
            cost: post.row.cost.dollars(),
            tokens: post.row.tokens,
            model: post.row.model.as_deref(),
            at: post.row.created_at.map_or(now, Timestamp::as_millisecond),
        })
        .collect();
    let new: Vec<(i64, String, String)> =
        tx.all(&REMEMBER, &args![&json(&rows), now, bands::version()]).await?;
    let bands_of = |hash: &String| bands.get(hash.as_str()).map_or(&[][..], Vec::as_slice);
    bands::keep(tx, new.iter().map(|(id, _, hash)| (*id, bands_of(hash)))).await?;
    let mut bumps = Bumps::default();
    for (_, bot, _) in &new {
        bumps.of(bot).total += 1;
    }
    bumps.write(tx, now).await?;
    Ok(u64::try_from(new.len()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_sqlite_and_of_node_are_read() {
        for text in ["2026-01-02 03:04:05", "2026-01-02T03:04:05.000Z", "1767323045000"] {
            assert_eq!(time(text).map(Timestamp::as_second), Some(1_767_323_045), "{text}");
        }
        assert_eq!(time("yesterday"), None);
    }
}
