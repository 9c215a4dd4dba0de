//! A step of the schema is there as a whole or not at all: a migration that is killed at any of its
//! statements leaves the schema before it, and the next start makes it whole (fault 75).

use std::path::PathBuf;

use sqlx::migrate::Migrator;
use store::{Db, Role};
use testkit::postgres::cluster;

use crate::schema::{POSTGRES_COLUMNS, SQLITE_COLUMNS};
use crate::world::{Folder, World};

/// No engine knows this word, so here the migration ends.
const END: &str = "\nEND_OF_THE_PROCESS;\n";

fn migrations(engine: &str) -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// The text up to the end of each of its statements, the last one left out.
fn beginnings(text: &str) -> Vec<&str> {
    let ends: Vec<usize> = text.match_indices(";\n").map(|(at, _)| at + 2).collect();
    std::iter::once(0).chain(ends.iter().copied()).map(|end| &text[..end]).collect()
}

async fn migrate(world_place: &str, files: &[(String, String)]) -> Result<(), String> {
    let folder = Folder::new();
    for (name, text) in files {
        std::fs::write(folder.file(name), text).unwrap();
    }
    let migrator = Migrator::new(PathBuf::from(folder.file("."))).await.unwrap();
    if world_place.starts_with("postgres") {
        let pool = sqlx::PgPool::connect(world_place).await.unwrap();
        let done = migrator.run(&pool).await;
        pool.close().await;
        done.map_err(|error| error.to_string())
    } else {
        let url = format!("sqlite://{world_place}?mode=rwc");
        let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
        let done = migrator.run(&pool).await;
        pool.close().await;
        done.map_err(|error| error.to_string())
    }
}

/// Kills each step of the schema at each of its statements, on the schema before it.
async fn kill_everywhere(engine: &str, place: &str) -> u32 {
    let files = migrations(engine);
    let mut kills = 0;
    for (number, (name, text)) in files.iter().enumerate() {
        let before = &files[..number];
        if number > 0 {
            migrate(place, before).await.unwrap();
        }
        let columns = columns(place).await;
        for beginning in beginnings(text) {
            let mut broken = before.to_vec();
            broken.push((name.clone(), format!("{beginning}{END}")));
            migrate(place, &broken).await.expect_err("it was killed");
            assert_eq!(self::columns(place).await, columns, "{name} left something behind");
            kills += 1;
        }
    }
    kills
}

async fn columns(place: &str) -> Vec<String> {
    let sqlite = !place.starts_with("postgres");
    let sql = if sqlite { SQLITE_COLUMNS } else { POSTGRES_COLUMNS };
    let rows: Vec<(String,)> = if sqlite {
        let url = format!("sqlite://{place}?mode=rwc");
        let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
        let rows = sqlx::query_as(sql).fetch_all(&pool).await.unwrap();
        pool.close().await;
        rows
    } else {
        let pool = sqlx::PgPool::connect(place).await.unwrap();
        let rows = sqlx::query_as(sql).fetch_all(&pool).await.unwrap();
        pool.close().await;
        rows
    };
    rows.into_iter().map(|(column,)| column).collect()
}

/// A file says whose it is before its schema is made.
async fn mark_as_ours(place: &str, ours: &World) {
    let pool = ours.sqlite_pool().expect("a file");
    let (mark,): (i64,) = sqlx::query_as("PRAGMA application_id").fetch_one(pool).await.unwrap();
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{place}")).await.unwrap();
    let sql = sqlx::AssertSqlSafe(format!("PRAGMA application_id = {mark}"));
    sqlx::query(sql).execute(&pool).await.unwrap();
    pool.close().await;
}

#[tokio::test]
async fn a_migration_killed_at_any_statement_leaves_a_whole_schema_on_sqlite() {
    let folder = Folder::new();
    let place = folder.file("killed.db");
    assert!(kill_everywhere("sqlite", &place).await > 20);
    let fresh = World::sqlite().await;
    mark_as_ours(&place, &fresh).await;
    Db::open(&place, Role::Node).await.expect("the next start makes it whole").close().await;
    assert_eq!(columns(&place).await, columns(&fresh.place).await);
    fresh.finish().await;
}

#[tokio::test]
async fn a_migration_killed_at_any_statement_leaves_a_whole_schema_on_postgresql() {
    let place = cluster().create_database();
    assert!(kill_everywhere("postgres", &place).await > 20);
    let fresh = World::postgres().await;
    Db::open(&place, Role::Node).await.expect("the next start makes it whole").close().await;
    assert_eq!(columns(&place).await, columns(&fresh.place).await);
    fresh.finish().await;
    cluster().drop_database(&place);
}
