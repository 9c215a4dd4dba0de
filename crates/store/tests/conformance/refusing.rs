//! Places and files that are not opened, found out before anything is changed there.

use std::os::unix::fs::symlink;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _};
use store::{Db, OpenError, Role};

use crate::world::{Folder, World};

async fn refusal(place: &str, role: Role) -> OpenError {
    let opening = tokio::time::timeout(Duration::from_secs(20), Db::open(place, role));
    match opening.await.expect("a refusal comes at once") {
        Ok(_) => panic!("{place} was opened"),
        Err(error) => error,
    }
}

/// A database of ours, closed.
async fn made(folder: &Folder, name: &str) -> String {
    let place = folder.file(name);
    Db::open(&place, Role::Node).await.unwrap().close().await;
    place
}

async fn execute(place: &str, sql: &str) {
    let mut connection =
        sqlx::SqliteConnection::connect(&format!("sqlite://{place}")).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_log_whose_file_is_gone_or_empty_is_kept_and_named() {
    let folder = Folder::new();
    let place = folder.file("flockwork.db");
    let log = format!("{place}-wal");
    std::fs::write(&log, "what was written last").unwrap();
    for (role, what) in [(Role::Node, "gone"), (Role::Tool, "gone"), (Role::Node, "empty")] {
        if what == "empty" {
            std::fs::write(&place, b"").unwrap();
        }
        let error = refusal(&place, role).await;
        assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
        let expected = format!("the file is {what} but its log {log} is there");
        assert!(error.to_string().contains(&expected), "{error}");
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "what was written last");
        assert_eq!(std::fs::metadata(&place).map_or(0, |facts| facts.len()), 0, "it was made");
    }
    std::fs::write(&log, b"").unwrap();
    Db::open(&place, Role::Node).await.unwrap().close().await;
}

#[tokio::test]
async fn a_log_is_looked_for_beside_the_target_of_a_link() {
    let folder = Folder::new();
    let (place, target) = (folder.file("link.db"), folder.file("target.db"));
    std::fs::write(&target, b"").unwrap();
    std::fs::write(format!("{target}-wal"), "what was written last").unwrap();
    symlink(&target, &place).unwrap();
    let error = refusal(&place, Role::Node).await;
    assert!(error.to_string().contains("target.db-wal is there"), "{error}");
}

#[tokio::test]
async fn a_place_that_is_no_file_is_refused_at_once_and_left_alone() {
    let folder = Folder::new();
    let (link, pipe) = (folder.file("link.db"), folder.file("pipe.db"));
    symlink(folder.file("nowhere.db"), &link).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let there = std::path::Path::new(&folder.file(".")).read_dir().unwrap().count();
    for (place, reason) in [
        (link, "it is a link to something that is not there"),
        (pipe, "it is a pipe, not a file"),
        ("/dev/null".to_owned(), "it is a device, not a file"),
        (folder.file("."), "it is a folder, not a file"),
    ] {
        let error = refusal(&place, Role::Node).await;
        assert!(matches!(error, OpenError::Unwritable { .. }), "{place}: {error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    let now = std::path::Path::new(&folder.file(".")).read_dir().unwrap().count();
    assert_eq!(now, there, "something was made");
}

#[tokio::test]
async fn a_place_in_memory_or_a_uri_is_refused() {
    for place in
        ["", ":memory:", "sqlite::memory:", "file:flockwork.db", "sqlite://file:x?mode=memory"]
    {
        let error = refusal(place, Role::Node).await;
        assert!(matches!(error, OpenError::Unwritable { .. }), "{place}: {error}");
        assert!(error.to_string().contains("a path of a file"), "{error}");
    }
}

#[tokio::test]
async fn a_missing_table_is_named() {
    let folder = Folder::new();
    let world = World::sqlite().await;
    let tables = world
        .words("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .await;
    world.finish().await;
    assert!(tables.len() > 10, "{tables:?}");
    for table in tables {
        let place = made(&folder, &format!("{table}.db")).await;
        execute(&place, &format!("PRAGMA foreign_keys = 0; DROP TABLE {table}")).await;
        let error = refusal(&place, Role::Node).await;
        assert!(matches!(error, OpenError::Corrupt { .. }), "{table}: {error}");
        assert!(error.to_string().contains(&format!("its table {table} is missing")), "{error}");
    }
}

#[tokio::test]
async fn a_missing_table_of_a_server_is_named() {
    for table in ["attempts", "topic_use"] {
        let world = World::postgres().await;
        world.db.close().await;
        world.execute(&format!("DROP TABLE {table} CASCADE")).await;
        for role in [Role::Node, Role::Tool] {
            let error = refusal(&world.place, role).await;
            assert!(matches!(error, OpenError::Corrupt { .. }), "{table}: {error}");
            assert!(
                error.to_string().contains(&format!("its table {table} is missing")),
                "{error}"
            );
        }
        world.finish().await;
    }
}

#[tokio::test]
async fn a_file_is_one_node_s_whatever_link_leads_to_it() {
    let folder = Folder::new();
    let place = folder.file("flockwork.db");
    let (link, behind) = (folder.file("link.db"), format!("{}/flockwork.db", folder.file("door")));
    symlink(folder.file("."), folder.file("door")).unwrap();
    // Taken before the file was there, by a way that is none of the two below.
    let first = Db::open(&behind, Role::Node).await.unwrap();
    symlink(&place, &link).unwrap();
    for other in [&place, &link, &behind] {
        let error = refusal(other, Role::Node).await;
        assert!(matches!(error, OpenError::Locked { .. }), "{other}: {error}");
        assert!(Db::is_locked_by_node(other), "{other}");
    }
    first.close().await;
    drop(first);
    assert!(!Db::is_locked_by_node(&link));
    Db::open(&link, Role::Node).await.unwrap().close().await;
}

#[tokio::test]
async fn what_would_be_refused_is_told_without_a_start_and_nothing_is_made() {
    let folder = Folder::new();
    let (text, pipe) = (folder.file("text.db"), folder.file("pipe.db"));
    std::fs::write(&text, "no database, but longer than a header of a hundred bytes. ".repeat(9))
        .unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for place in [
        folder.file("."),
        pipe,
        text.clone(),
        format!("{text}/deep/x.db"),
        ":memory:".to_owned(),
        "postgres://ada@127.0.0.1/flock?sslmode=bogus".to_owned(),
    ] {
        let told = Db::judge(&place).expect_err(&place).to_string();
        assert_eq!(refusal(&place, Role::Node).await.to_string(), told);
    }
    let before = std::path::Path::new(&folder.file(".")).read_dir().unwrap().count();
    for place in [&folder.file("new/deep/x.db"), "postgres://ada@127.0.0.1/flock"] {
        Db::judge(place).unwrap();
    }
    let after = std::path::Path::new(&folder.file(".")).read_dir().unwrap().count();
    assert_eq!(after, before, "something was made");
}

#[tokio::test]
async fn a_step_of_the_schema_that_is_not_ours_says_what_to_do() {
    for world in [World::sqlite().await, World::postgres().await] {
        world.db.close().await;
        let (no, other) =
            if world.is_sqlite() { ("0", "x'00'") } else { ("false", "'\\x00'::bytea") };
        for (change, reason, advice) in [
            (
                format!("checksum = {other}"),
                "its step 1 is not the one of this program",
                "start that",
            ),
            (
                format!("success = {no}"),
                "its step 1 was applied only in part",
                "restore the backup",
            ),
        ] {
            world.execute(&format!("UPDATE _sqlx_migrations SET {change}")).await;
            let error = refusal(&world.place, Role::Tool).await;
            assert!(matches!(error, OpenError::Migration { .. }), "{error}");
            let text = error.to_string();
            assert!(text.contains(reason) && text.contains(advice), "{text}");
            assert!(!text.contains("migration") && !text.contains("sqlx"), "{text}");
        }
        world.finish().await;
    }
}
