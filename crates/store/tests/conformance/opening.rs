//! What is opened, what is refused, and that nothing refused is ever touched.

use domain::ports::store::{NodeStore, ReadStore, StoreError};
use sqlx::Connection as _;
use store::{Db, OpenError, Role};

use crate::steps::{declare, nine, start, wanted};
use crate::world::{Folder, World};

async fn refusal(place: &str) -> OpenError {
    match Db::open(place, Role::Node).await {
        Ok(_) => panic!("{place} was opened"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_missing_file_is_created_with_its_folders_and_found_again() {
    let folder = Folder::new();
    let place = folder.file("a/b/flockwork.db");
    for place in [place.clone(), format!("sqlite://{place}"), format!("sqlite:{place}")] {
        let db = Db::open(&place, Role::Node).await.unwrap();
        db.ping().await.unwrap();
        db.close().await;
    }
    let header = std::fs::read(&place).unwrap();
    assert_eq!(&header[68..72], b"Flok");
}

#[tokio::test]
async fn an_empty_file_is_taken() {
    let folder = Folder::new();
    let place = folder.file("empty.db");
    std::fs::write(&place, b"").unwrap();
    Db::open(&place, Role::Node).await.unwrap().close().await;
}

#[tokio::test]
async fn a_file_of_something_else_is_refused_and_left_alone() {
    let folder = Folder::new();
    let place = folder.file("notes.txt");
    let notes = "dear diary, ".repeat(50);
    for content in [notes.as_str(), "short"] {
        std::fs::write(&place, content).unwrap();
        let error = refusal(&place).await;
        assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
        assert!(error.to_string().contains("notes.txt is damaged or not a database"), "{error}");
        assert_eq!(std::fs::read_to_string(&place).unwrap(), content);
    }
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_left_alone() {
    let folder = Folder::new();
    let place = folder.file("template-bot.db");
    let url = format!("sqlite://{place}?mode=rwc");
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("CREATE TABLE posts (id INTEGER)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let before = std::fs::read(&place).unwrap();
    let error = refusal(&place).await;
    assert!(matches!(error, OpenError::NotOurs { .. }), "{error}");
    assert!(error.to_string().contains("flockwork import"), "{error}");
    assert_eq!(std::fs::read(&place).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_never_replaced() {
    let folder = Folder::new();
    let place = folder.file("flockwork.db");
    Db::open(&place, Role::Node).await.unwrap().close().await;
    let whole = std::fs::read(&place).unwrap();
    let mut zeroed = whole.clone();
    zeroed[4096..20_480].fill(0);
    let truncated = whole[..whole.len() / 2].to_vec();
    let mut headless = whole.clone();
    headless[..16].fill(b'x');
    for damaged in [zeroed, truncated, headless] {
        std::fs::write(&place, &damaged).unwrap();
        let error = refusal(&place).await;
        assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
        assert_eq!(std::fs::read(&place).unwrap(), damaged, "it was touched");
    }
    std::fs::write(&place, &whole).unwrap();
    Db::open(&place, Role::Node).await.unwrap().close().await;
}

#[tokio::test]
async fn a_newer_schema_is_refused_on_both() {
    for world in [World::sqlite().await, World::postgres().await] {
        world.db.close().await;
        let flag = if world.is_sqlite() { "1" } else { "true" };
        let checksum = if world.is_sqlite() { "x'00'" } else { "'\\x00'" };
        world
            .execute(&format!(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
                 execution_time) VALUES (99, 'later', {flag}, {checksum}, 0)"
            ))
            .await;
        let Err(error) = Db::open(&world.place, Role::Tool).await else {
            panic!("it was opened");
        };
        assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error}");
        world.finish().await;
    }
}

#[tokio::test]
async fn a_second_node_is_refused_and_a_tool_is_not() {
    let folder = Folder::new();
    let place = folder.file("flockwork.db");
    assert!(!Db::is_locked_by_node(&place));
    let node = Db::open(&place, Role::Node).await.unwrap();
    assert!(Db::is_locked_by_node(&place));
    let error = refusal(&place).await;
    assert!(matches!(error, OpenError::Locked { .. }), "{error}");
    let tool = Db::open(&place, Role::Tool).await.unwrap();
    tool.ping().await.unwrap();
    tool.close().await;
    node.close().await;
    drop(node);
    assert!(!Db::is_locked_by_node(&place));
    Db::open(&place, Role::Node).await.unwrap().close().await;
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_named() {
    let folder = Folder::new();
    std::fs::write(folder.file("file"), b"x").unwrap();
    for place in [folder.file("file/flockwork.db"), folder.file("."), "/proc/no/such.db".to_owned()]
    {
        let error = refusal(&place).await;
        assert!(matches!(error, OpenError::Unwritable { .. }), "{place}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable_and_its_password_is_not_shown() {
    let error = refusal("postgres://me:hunter2@127.0.0.1:1/flock").await;
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("postgres://127.0.0.1:1/flock") && !text.contains("hunter2"), "{text}");
    let error = refusal("postgres://%%%").await;
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_closed_file_is_whole_by_itself() {
    let world = World::sqlite().await;
    declare(&world, &["ada"]).await;
    world.db.close().await;
    let folder = Folder::new();
    let copy = folder.file("copy.db");
    std::fs::copy(&world.place, &copy).unwrap();
    let db = Db::open(&copy, Role::Node).await.unwrap();
    assert_eq!(db.counts().await.unwrap().bots, 1);
    db.close().await;
}

#[tokio::test]
async fn a_copied_file_is_another_database() {
    let folder = Folder::new();
    let (original, copy) = (folder.file("a.db"), folder.file("b.db"));
    let db = Db::open(&original, Role::Node).await.unwrap();
    db.take_lease(&wanted("a"), start()).await.unwrap();
    db.close().await;
    std::fs::copy(&original, &copy).unwrap();
    for (place, is_same) in [(&original, true), (&copy, false)] {
        let db = Db::open(place, Role::Tool).await.unwrap();
        let history = db.history().await.unwrap();
        assert_eq!((history.last_heartbeat, history.is_same_database), (Some(start()), is_same));
        db.close().await;
    }
}

/// The open file still takes writes, but nobody will ever find them again.
#[tokio::test]
async fn a_file_that_was_deleted_or_replaced_takes_nothing_more() {
    let folder = Folder::new();
    let place = folder.file("flockwork.db");
    let db = Db::open(&place, Role::Node).await.unwrap();
    let take = async || db.take_lease(&wanted("node"), nine()).await;
    take().await.unwrap();
    let away = folder.file("away.db");
    std::fs::rename(&place, &away).unwrap();
    let error = take().await.unwrap_err();
    assert!(matches!(error, StoreError::Moved(_)), "{error}");
    assert!(error.to_string().contains("deleted, moved or replaced"), "{error}");
    std::fs::copy(&away, &place).unwrap();
    assert!(take().await.is_err(), "a copy is another file");
    std::fs::rename(&away, &place).unwrap();
    take().await.unwrap();
    db.close().await;
}
