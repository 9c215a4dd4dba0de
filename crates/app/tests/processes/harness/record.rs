//! What the database holds, read with SQL of the tests' own: the product's reading is not asked to
//! vouch for its writing.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, FromRow};

/// A receipt and the words it stands for.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Whose.
    pub bot_id: String,
    /// X's id of the post.
    pub x_post_id: String,
    /// Its slot; none where a failover or a restore took that away, and X showed the post.
    pub slot_id: Option<i64>,
    /// What the queue held.
    pub content: String,
    /// Found on the timeline rather than answered.
    pub is_adopted: i64,
}

/// A slot.
#[derive(Clone, Debug, FromRow)]
#[expect(dead_code, reason = "`detail` and `wake_at` are read by a person, where a test fails")]
pub struct Slot {
    /// Row id.
    pub id: i64,
    /// Whose.
    pub bot_id: String,
    /// When it was due, in milliseconds.
    pub due_at: i64,
    /// Where it is.
    pub state: String,
    /// Why.
    pub reason: Option<String>,
    /// The same, for a person; shown where a test fails.
    pub detail: Option<String>,
    /// When somebody looks at it next.
    pub wake_at: Option<i64>,
}

/// A post of a queue, or one that left it. A flipped byte may have made its words something that is no
/// text, which is told as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Row id.
    pub id: i64,
    /// Its words.
    pub content: String,
}

/// One try.
#[derive(Clone, Debug, FromRow)]
pub struct Attempt {
    /// What became of it.
    pub state: String,
    /// Which node, which life of it.
    pub fence: i64,
}

/// The rows that tell what became of what.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// All receipts.
    pub receipts: Vec<Receipt>,
    /// All slots.
    pub slots: Vec<Slot>,
    /// All attempts.
    pub attempts: Vec<Attempt>,
    /// All posts.
    pub posts: Vec<Post>,
}

macro_rules! receipts {
    ($words:literal) => {
        concat!(
            "SELECT r.bot_id, r.x_post_id, CAST(r.slot_id AS BIGINT), ",
            $words,
            ", CAST(r.is_adopted AS BIGINT) FROM receipts r JOIN posts p ON p.id = r.post_id
             ORDER BY r.posted_at, r.x_post_id"
        )
    };
}

const SLOTS: &str = "SELECT CAST(id AS BIGINT) AS id, bot_id, CAST(due_at AS BIGINT) AS due_at,
    state, reason, detail, wake_at FROM slots ORDER BY bot_id, due_at, id";
const ATTEMPTS: &str = "SELECT state, CAST(fence AS BIGINT) AS fence FROM attempts ORDER BY id";
const INTENTS: &str = "SELECT slot_id, intent_at, state FROM attempts";
const POSTS: &str = "SELECT CAST(id AS BIGINT) AS id, content FROM posts ORDER BY id";
/// A file's texts as their bytes; a server's are texts.
const POSTS_OF_FILE: &str = "SELECT id, CAST(content AS BLOB) FROM posts ORDER BY id";

macro_rules! read_all {
    ($connection:expr, $receipts:expr, $posts:expr, $words:expr) => {{
        let connection = $connection;
        Ok::<_, sqlx::Error>(Record {
            receipts: sqlx::query_as($receipts)
                .fetch_all(&mut *connection)
                .await?
                .into_iter()
                .map(|(bot_id, x_post_id, slot_id, content, is_adopted)| Receipt {
                    bot_id,
                    x_post_id,
                    slot_id,
                    content: $words(content),
                    is_adopted,
                })
                .collect(),
            slots: sqlx::query_as(SLOTS).fetch_all(&mut *connection).await?,
            attempts: sqlx::query_as(ATTEMPTS).fetch_all(&mut *connection).await?,
            posts: sqlx::query_as($posts)
                .fetch_all(&mut *connection)
                .await?
                .into_iter()
                .map(|(id, content)| Post { id, content: $words(content) })
                .collect(),
        })
    }};
}

impl Record {
    /// That of an SQLite file, beside the node that may work on it.
    pub fn of_sqlite(path: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        wait_for(async {
            let mut connection = options.connect().await?;
            let words = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            let record = read_all!(
                &mut connection,
                receipts!("CAST(p.content AS BLOB)"),
                POSTS_OF_FILE,
                words
            )?;
            connection.close().await?;
            Ok(record)
        })
    }

    /// That of a PostgreSQL database.
    pub fn of_postgres(url: &str) -> Self {
        wait_for(async {
            let mut connection = sqlx::PgConnection::connect(url).await?;
            let record =
                read_all!(&mut connection, receipts!("p.content"), POSTS, |content: String| {
                    content
                })?;
            connection.close().await?;
            Ok(record)
        })
    }

    /// The intents of a PostgreSQL database by slot and time, and whether each has an outcome.
    pub fn intents(url: &str) -> BTreeMap<(i64, i64), bool> {
        let rows: Vec<(i64, i64, String)> = wait_for(async {
            let mut connection = sqlx::PgConnection::connect(url).await?;
            let rows = sqlx::query_as(INTENTS).fetch_all(&mut connection).await?;
            connection.close().await?;
            Ok(rows)
        });
        rows.into_iter().map(|(slot, at, state)| ((slot, at), state != "sending")).collect()
    }

    /// Slots that were due by then and have no outcome.
    pub fn unsettled_by(&self, millis: i64) -> Vec<&Slot> {
        let is_unsettled = |slot: &&Slot| slot.due_at <= millis && !slot.has_outcome();
        self.slots.iter().filter(is_unsettled).collect()
    }

    /// How many slots are on their way or being found out.
    pub fn open(&self) -> usize {
        self.slots.iter().filter(|slot| slot.is_open()).count()
    }

    /// How many posts were found on the timeline.
    pub fn adopted(&self) -> usize {
        self.receipts.iter().filter(|receipt| receipt.is_adopted == 1).count()
    }

    /// How many attempts ended so.
    pub fn attempts_in(&self, state: &str) -> usize {
        self.attempts.iter().filter(|attempt| attempt.state == state).count()
    }

    /// How many slots are there.
    pub fn slots_in(&self, state: &str) -> usize {
        self.slots.iter().filter(|slot| slot.state == state).count()
    }
}

impl Slot {
    /// An end, or a person was called.
    pub fn has_outcome(&self) -> bool {
        ["posted", "skipped", "failed", "needs_attention"].contains(&self.state.as_str())
    }

    /// On its way or being found out.
    pub fn is_open(&self) -> bool {
        ["sending", "unknown", "reconciling"].contains(&self.state.as_str())
    }
}

/// Runs SQL to its end.
pub fn wait_for<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime.expect("a runtime").block_on(work);
    done.unwrap_or_else(|error| panic!("the database cannot be read: {error}"))
}
