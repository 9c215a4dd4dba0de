//! Putting a backup back, and the doubt that comes with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::ports::store::{BotStore as _, NodeStore as _, PostStore as _};
use store::backup::{self, BackupError, BackupFolder, Watch};
use store::seal::Keyring;
use store::{Db, OpenError, RestoreError, Restored, Role};

use crate::steps::{declare, id, new_post, nine, secs, start, wanted};
use crate::world::{Folder, World, on_both};

fn restore(file: &Path, database: &str) -> Result<Restored, RestoreError> {
    let mut told = |_| {};
    let mut watch = Watch::new(&mut told, Arc::default());
    store::restore(file, Path::new(database), &Keyring::default(), nine(), &mut watch)
}

async fn queue(db: &Db, text: &str) {
    db.store_posts(&[new_post("ada", text, None)], start()).await.unwrap();
}

/// A database whose backup knows of one post and which then got a second one; nobody has it open.
struct Lost {
    folder: Folder,
    place: String,
    backup: PathBuf,
}

impl Lost {
    async fn new() -> Self {
        let folder = Folder::new();
        let place = folder.file("flockwork.db");
        let db = Db::open(&place, Role::Node).await.unwrap();
        db.sync_bots(&[testkit::bot("ada")], &[], start()).await.unwrap();
        queue(&db, "the first").await;
        db.take_lease(&wanted("node"), start() - secs(5)).await.unwrap();
        let backups = BackupFolder::new(folder.file("backups"));
        let mut told = |_| {};
        let mut watch = Watch::new(&mut told, Arc::default());
        let taken = backup::take(Path::new(&place), &backups, start(), &mut watch).unwrap();
        queue(&db, "the second").await;
        db.close().await;
        Self { folder, place, backup: taken.path }
    }

    /// What lies beside the database.
    fn beside(&self) -> Vec<String> {
        let folder = Path::new(&self.place).parent().unwrap();
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// The texts that wait in the file at `place`, opened as by a node.
async fn texts(place: &str) -> Vec<String> {
    let db = Db::open(place, Role::Node).await.unwrap();
    let posts = db.list_queue(&id("ada"), 10).await.unwrap();
    db.close().await;
    posts.into_iter().map(|post| post.content).collect()
}

#[tokio::test]
async fn the_backup_is_in_place_the_replaced_file_is_kept_and_history_is_lost() {
    let lost = Lost::new().await;
    let restored = restore(&lost.backup, &lost.place).unwrap();
    let kept = restored.kept.unwrap();
    assert_eq!(texts(&kept.display().to_string()).await, ["the first", "the second"]);
    assert_eq!(texts(&lost.place).await, ["the first"]);

    // A start that is cut off before it has doubted finds the mark again; then it is gone.
    let db = Db::open(&lost.place, Role::Node).await.unwrap();
    for _ in 0..2 {
        assert_eq!(db.history().await.unwrap().lost_since, Some(start()));
    }
    assert_eq!(db.distrust_history(start(), nine()).await.unwrap(), 1);
    assert_eq!(db.history().await.unwrap().lost_since, None);
    db.close().await;
}

/// The mark is in the file, not in how it came to its place.
#[tokio::test]
async fn a_backup_that_was_copied_by_hand_into_the_same_inode_is_distrusted_too() {
    let lost = Lost::new().await;
    let inode = |place: &str| {
        use std::os::unix::fs::MetadataExt as _;
        std::fs::metadata(place).unwrap().ino()
    };
    let before = inode(&lost.place);
    let bytes = std::fs::read(&lost.backup).unwrap();
    std::fs::write(&lost.place, bytes).unwrap();
    assert_eq!(inode(&lost.place), before);
    let db = Db::open(&lost.place, Role::Node).await.unwrap();
    let history = db.history().await.unwrap();
    assert!(history.is_same_database, "the inode tells nothing");
    assert_eq!(history.lost_since, Some(start()));
    db.close().await;
}

#[tokio::test]
async fn nothing_is_put_under_a_running_node_or_command() {
    let lost = Lost::new().await;
    for role in [Role::Node, Role::Tool] {
        let db = Db::open(&lost.place, role).await.unwrap();
        let refused = restore(&lost.backup, &lost.place);
        assert!(
            matches!(refused, Err(RestoreError::Place(OpenError::Locked { .. }))),
            "{role:?}: {refused:?}"
        );
        queue(&db, &format!("still here {role:?}")).await;
        db.close().await;
    }
    assert_eq!(texts(&lost.place).await.len(), 4);
    restore(&lost.backup, &lost.place).unwrap();
    assert_eq!(texts(&lost.place).await, ["the first"]);
}

#[tokio::test]
async fn a_damaged_file_is_kept_with_its_log_and_replaced() {
    let lost = Lost::new().await;
    std::fs::write(&lost.place, "garbage that SQLite will not open; ".repeat(9)).unwrap();
    std::fs::write(format!("{}-wal", lost.place), "a log").unwrap();
    let kept = restore(&lost.backup, &lost.place).unwrap().kept.unwrap();
    assert!(std::fs::read_to_string(&kept).unwrap().starts_with("garbage"));
    assert_eq!(std::fs::read(format!("{}-wal", kept.display())).unwrap(), b"a log");
    assert_eq!(texts(&lost.place).await, ["the first"]);
}

#[tokio::test]
async fn what_is_not_good_changes_nothing() {
    let lost = Lost::new().await;
    let before = lost.beside();
    let bytes = std::fs::read(&lost.backup).unwrap();
    std::fs::write(&lost.backup, &bytes[..bytes.len() - 1]).unwrap();
    let refused = restore(&lost.backup, &lost.place);
    assert!(
        matches!(refused, Err(RestoreError::Backup(BackupError::Damaged { .. }))),
        "{refused:?}"
    );
    assert_eq!(texts(&lost.place).await.len(), 2);
    assert_eq!(lost.beside(), before);

    std::fs::write(&lost.backup, &bytes).unwrap();
    let foreign = lost.folder.file("foreign.db");
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{foreign}?mode=rwc")).await.unwrap();
    sqlx::query("CREATE TABLE notes (x)").execute(&pool).await.unwrap();
    pool.close().await;
    let refused = restore(&lost.backup, &foreign);
    assert!(matches!(refused, Err(RestoreError::Place(OpenError::NotOurs { .. }))), "{refused:?}");
}

#[tokio::test]
async fn a_database_that_is_gone_comes_back() {
    let lost = Lost::new().await;
    std::fs::remove_file(&lost.place).unwrap();
    let restored = restore(&lost.backup, &lost.place).unwrap();
    assert_eq!(restored.kept, None);
    assert_eq!(texts(&lost.place).await, ["the first"]);
    let elsewhere = lost.folder.file("new/folder/flockwork.db");
    restore(&lost.backup, &elsewhere).unwrap();
    assert_eq!(texts(&elsewhere).await, ["the first"]);
}

async fn a_database_put_back_by_other_means_is_marked_and_every_lease_ends(world: &World) {
    declare(world, &["ada"]).await;
    assert_eq!(world.db.mark_history_lost(nine()).await.unwrap(), 0);
    // No node ever ran: everything since the bots were made is in doubt.
    assert_eq!(world.db.history().await.unwrap().lost_since, Some(start()));
    world.db.distrust_history(start(), nine()).await.unwrap();

    // A server judges leases by its own clock.
    let began = world.db.database_time().await.unwrap().unwrap_or(nine());
    let lease = world.db.take_lease(&wanted("node"), began).await.unwrap();
    let now = began + secs(10);
    assert_eq!(world.db.mark_history_lost(now).await.unwrap(), 1);
    assert_eq!(world.db.renew_lease(&lease, now, secs(60)).await.unwrap(), None);
    let history = world.db.history().await.unwrap();
    let since = history.lost_since.unwrap();
    assert!(history.is_same_database && since >= began && since < now, "{since} of {began}");
    // Marked twice, the earlier moment stays.
    world.db.mark_history_lost(now + secs(999)).await.unwrap();
    assert_eq!(world.db.history().await.unwrap().lost_since, Some(since));
}

on_both! { a_database_put_back_by_other_means_is_marked_and_every_lease_ends, }
