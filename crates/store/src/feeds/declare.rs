//! Makes the declared feeds the feeds. One that is declared no more is kept, so that what it told is
//! still known if it comes back.

use domain::model::Bot;
use serde::Serialize;

use crate::arg::args;
use crate::db::{Tx, json};
use crate::dialect::Sql;
use crate::fault::Fault;

/// A declaration that changed is asked at once, and from where it says; what stood there is known.
static UPSERT: Sql = Sql::new(
    "feeds",
    "WITH {rows bot url feed}
     INSERT INTO feeds (bot_id, url, feed, at_url, next_at, created_at, updated_at)
     SELECT r.bot, r.url, r.feed, r.url, $2, $2, $2 FROM r WHERE true
     ON CONFLICT (bot_id, url) DO UPDATE SET
        feed = excluded.feed, at_url = excluded.at_url, next_at = excluded.next_at, failures = 0,
        moves = 0, error = NULL, etag = NULL, last_modified = NULL, is_retired = 0,
        updated_at = excluded.updated_at
     WHERE feeds.is_retired = 1 OR feeds.feed <> excluded.feed",
);

static RETIRE: Sql = Sql::new(
    "feeds",
    "WITH {rows bot url:text}
     UPDATE feeds SET is_retired = 1, next_at = NULL, updated_at = $2
     WHERE {judged is_retired = 0} AND bot_id IN (SELECT r.bot FROM r)
        AND NOT EXISTS (SELECT 1 FROM r WHERE r.bot = feeds.bot_id AND r.url = feeds.url)",
);

pub(super) static TEXTS: [&Sql; 2] = [&UPSERT, &RETIRE];

#[derive(Serialize)]
struct Row<'a> {
    bot: &'a str,
    /// None: only that the bot is one of those.
    url: Option<&'a str>,
    feed: Option<String>,
}

/// The feeds of these bots are those that they declare.
pub(crate) async fn declare(
    tx: &mut Tx,
    bots: impl Iterator<Item = &Bot>,
    now: i64,
) -> Result<(), Fault> {
    let (mut declared, mut named) = (Vec::new(), Vec::new());
    for bot in bots {
        let id = bot.id.as_str();
        named.push(Row { bot: id, url: None, feed: None });
        for feed in &bot.file.feeds {
            let url = Some(feed.url.as_str());
            named.push(Row { bot: id, url, feed: None });
            declared.push(Row { bot: id, url, feed: Some(json(feed)) });
        }
    }
    tx.run(&RETIRE, &args![&json(&named), now]).await?;
    if !declared.is_empty() {
        tx.run(&UPSERT, &args![&json(&declared), now]).await?;
    }
    Ok(())
}
