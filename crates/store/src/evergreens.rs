//! `evergreens`: texts that were kept aside for the day when a queue is empty and nobody can write.
//!
//! They stand in a table of their own and not among `posts`, so that nothing that counts, lists or fills
//! queues has to leave them out, and a node of the version before cannot send one too early. A text that
//! is used becomes an ordinary post in the transaction that uses it up, and from there on everything that
//! holds for posts holds for it.

mod keep;
mod spend;

use async_trait::async_trait;
use domain::model::{BotId, ContentHash, EvergreenId};
use domain::ports::store::{
    Evergreen, EvergreenStore, KeptEvergreen, NewPost, StoreError, StoredPost,
};
use jiff::Timestamp;
use serde::Serialize;

use crate::arg::args;
use crate::aside;
use crate::db::{Db, in_transaction, json};
use crate::dialect::Sql;
use crate::posts;
use crate::row::row;
use crate::rows::Reading;

/// Neither used nor gone: the words of the index.
macro_rules! unused {
    () => {
        "e.post_id IS NULL AND e.dropped IS NULL"
    };
}

/// Its bot asks nobody about it, or a person said yes under the policy of now.
macro_rules! ready {
    () => {
        "((k.mode <> 'approval' AND e.needs_person = 0)
            OR (e.approved_by IS NOT NULL AND e.policy_hash = k.policy_hash))"
    };
}

macro_rules! columns {
    () => {
        concat!(
            "SELECT e.id, e.bot_id, e.content, e.category, e.content_hash, e.created_at, CAST(CASE WHEN ",
            ready!(),
            " THEN 1 ELSE 0 END AS BIGINT) AS is_ready "
        )
    };
}
pub(crate) use {ready, unused};

static LIST: Sql = Sql::new(
    "evergreens",
    concat!(
        columns!(),
        "FROM evergreens e JOIN bot_configs k ON k.bot_id = e.bot_id
         WHERE e.bot_id = $1 AND ",
        unused!(),
        " AND e.id > $2 ORDER BY e.id LIMIT $3"
    ),
);

/// The index holds what is unused, in the order in which it is used.
static NEXT: Sql = Sql::new(
    "evergreens",
    concat!(
        "WITH {rows bot} ",
        columns!(),
        "FROM r JOIN bot_stats s ON s.bot_id = r.bot AND {judged s.remaining_posts = 0}
         JOIN bot_configs k ON k.bot_id = r.bot
         JOIN evergreens e ON e.id = (
            SELECT min(n.id) FROM evergreens n WHERE n.bot_id = r.bot
                AND n.post_id IS NULL AND n.dropped IS NULL
                AND ((k.mode <> 'approval' AND n.needs_person = 0)
                    OR (n.approved_by IS NOT NULL AND n.policy_hash = k.policy_hash)))
         ORDER BY e.bot_id"
    ),
);

static DROP: Sql = Sql::new(
    "evergreens",
    concat!(
        "UPDATE evergreens AS e SET dropped = $2, updated_at = $3 WHERE e.id = $1 AND ",
        unused!()
    ),
);

/// The texts of every step.
pub(crate) fn texts() -> Vec<&'static Sql> {
    [&[&LIST, &NEXT, &DROP][..], &keep::TEXTS, &spend::TEXTS].concat()
}

row! {
    struct EvergreenRow {
        id: i64,
        bot_id: String,
        content: String,
        category: Option<String>,
        content_hash: String,
        created_at: i64,
        is_ready: i64,
    }
}

impl EvergreenRow {
    fn read(&self) -> Result<Evergreen, StoreError> {
        let reading = Reading::of("evergreens", self.id);
        Ok(Evergreen {
            id: EvergreenId(self.id),
            bot: reading.bot(&self.bot_id)?,
            created_at: reading.time("created_at", self.created_at)?,
            content: self.content.clone(),
            topic: self.category.clone(),
            content_hash: ContentHash::from_hex(self.content_hash.clone()),
            is_ready: self.is_ready != 0,
        })
    }
}

#[derive(Serialize)]
struct BotKey<'a> {
    bot: &'a str,
}

#[async_trait]
impl EvergreenStore for Db {
    async fn keep_evergreens(
        &self,
        posts: &[NewPost],
        now: Timestamp,
    ) -> Result<Vec<KeptEvergreen>, StoreError> {
        in_transaction!(self, |tx| keep::keep(tx, posts, now.as_millisecond()))
    }

    async fn list_evergreens(
        &self,
        bot: &BotId,
        after: Option<EvergreenId>,
        max: u32,
    ) -> Result<Vec<Evergreen>, StoreError> {
        let args = args![bot.as_str(), after.map_or(0, |id| id.0), i64::from(max)];
        let rows: Vec<EvergreenRow> = self.all(&LIST, &args).await?;
        rows.iter().map(EvergreenRow::read).collect()
    }

    async fn next_evergreens(&self, bots: &[BotId]) -> Result<Vec<Evergreen>, StoreError> {
        if bots.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<BotKey<'_>> = bots.iter().map(|bot| BotKey { bot: bot.as_str() }).collect();
        let rows = self.each::<EvergreenRow>(&NEXT, &args![&json(&keys)]).await?;
        let (stock, unreadable) = aside::sort_each(rows, EvergreenRow::read);
        for (id, error) in unreadable {
            tracing::error!(
                evergreen.id = id,
                "Evergreen {id} holds up the stock of its bot until somebody takes it away: {error}"
            );
        }
        Ok(stock)
    }

    async fn use_evergreen(
        &self,
        one: &Evergreen,
        now: Timestamp,
    ) -> Result<Option<StoredPost>, StoreError> {
        // Worked out before the transaction begins, as for any post.
        let bands = posts::bands::bands_of(&one.content);
        in_transaction!(self, |tx| spend::spend(tx, one, &bands, now.as_millisecond()))
    }

    async fn drop_evergreen(
        &self,
        id: EvergreenId,
        reason: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let now = now.as_millisecond();
        in_transaction!(self, |tx| async {
            Ok(tx.run(&DROP, &args![id.0, reason, now]).await? > 0)
        })
    }
}
