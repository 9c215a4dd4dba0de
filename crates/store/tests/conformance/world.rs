//! A fresh database for each test, and what tests need to look inside it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, PgPool, SqlitePool};
use store::{Db, Role};

/// Runs each test on both engines: `on_both! { a_sentence, another }`.
macro_rules! on_both {
    ($($name:ident,)+) => {
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let world = crate::world::World::sqlite().await;
                super::$name(&world).await;
                world.finish().await;
            }
        )+ }
        mod postgres { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let world = crate::world::World::postgres().await;
                super::$name(&world).await;
                world.finish().await;
            }
        )+ }
    };
}
pub(crate) use on_both;

/// A database and a second door to it.
pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) place: String,
    raw: Raw,
    _folder: Option<Folder>,
}

enum Raw {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl World {
    pub(crate) async fn sqlite() -> Self {
        let folder = Folder::new();
        let place = folder.file("flockwork.db");
        let db = Db::open(&place, Role::Node).await.expect("a new file opens");
        let raw = SqlitePool::connect_lazy(&format!("sqlite://{place}")).expect("a URL");
        Self { db, place, raw: Raw::Sqlite(raw), _folder: Some(folder) }
    }

    pub(crate) async fn postgres() -> Self {
        Self::at(&testkit::postgres::cluster().create_database()).await
    }

    /// The database of that URL.
    pub(crate) async fn at(place: &str) -> Self {
        let db = Db::open(place, Role::Node).await.expect("a database opens");
        let raw = PgPool::connect_lazy(place).expect("a URL");
        Self { db, place: place.to_owned(), raw: Raw::Postgres(raw), _folder: None }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.raw, Raw::Sqlite(_))
    }

    /// Closes everything and takes the database away.
    pub(crate) async fn finish(self) {
        self.db.close().await;
        match self.raw {
            Raw::Sqlite(pool) => pool.close().await,
            Raw::Postgres(pool) => {
                pool.close().await;
                testkit::postgres::cluster().drop_database(&self.place);
            }
        }
    }

    /// Does something behind the store's back.
    pub(crate) async fn execute(&self, sql: &str) {
        self.try_execute(sql).await.expect("the test's own SQL is right");
    }

    /// Tries to.
    pub(crate) async fn try_execute(&self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.raw {
            Raw::Sqlite(pool) => sqlx::query(sql).execute(pool).await.map(|_| ()),
            Raw::Postgres(pool) => sqlx::query(sql).execute(pool).await.map(|_| ()),
        }
    }

    /// The rows of a question with one text column.
    pub(crate) async fn words(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        let rows: Vec<(Option<String>,)> = match &self.raw {
            Raw::Sqlite(pool) => sqlx::query_as(sql).fetch_all(pool).await,
            Raw::Postgres(pool) => sqlx::query_as(sql).fetch_all(pool).await,
        }
        .expect("the test's own SQL is right");
        rows.into_iter().map(|(word,)| word.unwrap_or_else(|| "NULL".to_owned())).collect()
    }

    /// The one row of a question with one number.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        let row: (i64,) = match &self.raw {
            Raw::Sqlite(pool) => sqlx::query_as(sql).fetch_one(pool).await,
            Raw::Postgres(pool) => sqlx::query_as(sql).fetch_one(pool).await,
        }
        .expect("the test's own SQL is right");
        row.0
    }

    /// Whether the engine understands a text.
    pub(crate) async fn prepare(&self, sql: &'static str) -> Result<(), sqlx::Error> {
        use sqlx::{Executor as _, SqlSafeStr as _};
        match &self.raw {
            Raw::Sqlite(pool) => pool.prepare(sql.into_sql_str()).await.map(|_| ()),
            Raw::Postgres(pool) => pool.prepare(sql.into_sql_str()).await.map(|_| ()),
        }
    }

    pub(crate) fn sqlite_pool(&self) -> Option<&SqlitePool> {
        match &self.raw {
            Raw::Sqlite(pool) => Some(pool),
            Raw::Postgres(_) => None,
        }
    }

    pub(crate) fn postgres_pool(&self) -> Option<&PgPool> {
        match &self.raw {
            Raw::Sqlite(_) => None,
            Raw::Postgres(pool) => Some(pool),
        }
    }
}

/// A temporary folder, gone at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "flockwork-store-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left behind at worst.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
