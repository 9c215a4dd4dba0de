//! A database moves from one engine to the other and back.

use domain::ports::store::{NodeStore as _, PostStore as _};
use store::{Db, MovedTable, OpenError, Role, TransferError, Transferred, transfer};

use crate::steps::{id, lost, new_post, nine, queue, sending, settle, start, wanted};
use crate::world::{Folder, World};

async fn moved(from: &str, to: &str) -> Result<Transferred, TransferError> {
    transfer(from, to, nine(), &mut |_| {}).await
}

/// A file with a row in most tables, of which nobody has hold; and an empty PostgreSQL database.
async fn file_and_server() -> (Folder, String, String) {
    let folder = Folder::new();
    let file = folder.file("flockwork.db");
    {
        let world = World::sqlite().await;
        let sent = sending(&world, &["ada", "bob"]).await;
        settle(&world, &[crate::steps::posted(&sent[0], "101"), lost(&sent[1], nine())]).await;
        queue(&world, "ada", "naïve ☕ \"quoted\" \\ and\nbroken", Some("ships")).await;
        world.execute("UPDATE posts SET generation_cost = 0.1 + 0.2 WHERE id = 1").await;
        let many: Vec<_> =
            (0..1_203).map(|n| new_post("bob", &format!("text {n}"), None)).collect();
        world.db.store_posts(&many, start()).await.unwrap();
        // Numbers that were given and are not there any more.
        for _ in 0..5 {
            world.db.take_lease(&wanted("node"), start()).await.unwrap();
        }
        world.execute("DELETE FROM nodes WHERE fence = (SELECT max(fence) FROM nodes)").await;
        world.execute(&format!("VACUUM INTO '{file}'")).await;
        world.finish().await;
    }
    (folder, file, testkit::postgres::cluster().create_database())
}

fn rows(moved: &Transferred, table: &str) -> u64 {
    moved.tables.iter().find(|one| one.name == table).unwrap().rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_moves_and_the_old_place_is_closed() {
    let (folder, file, server) = file_and_server().await;
    let there = moved(&file, &server).await.unwrap();
    assert_eq!((rows(&there, "posts"), rows(&there, "bots")), (1_206, 2));
    assert_eq!(rows(&there, "attempts"), 2);

    // The old place is closed, for nodes and for commands, and the new one is doubted.
    for role in [Role::Node, Role::Tool] {
        let refused = Db::open(&file, role).await.err().expect("it moved");
        assert!(matches!(&refused, OpenError::Moved { to, .. } if to.starts_with("postgres://")));
    }
    // A node that had it open before it moved gets no lease any more.
    let old = Db::open_to_mend(&file).await.unwrap();
    assert!(old.take_lease(&wanted("node"), nine()).await.is_err());
    old.close().await;
    let db = Db::open(&server, Role::Node).await.unwrap();
    let history = db.history().await.unwrap();
    assert_eq!((history.lost_since, history.is_same_database), (Some(nine()), false));
    let lease = db.take_lease(&wanted("node"), nine()).await.unwrap();
    assert!(lease.fence.0 >= 7, "no fence is given twice: {lease:?}");
    let queued = db.list_queue(&id("ada"), 10).await.unwrap();
    assert_eq!(queued.last().unwrap().content, "naïve ☕ \"quoted\" \\ and\nbroken");
    db.store_posts(&[new_post("ada", "the next number is free", None)], nine()).await.unwrap();
    db.end_lease(&lease, nine()).await.unwrap();
    db.close().await;

    // And back: what was not changed is the same to the last bit.
    let back_file = folder.file("back.db");
    let back = moved(&server, &back_file).await.unwrap();
    let same = |name: &str| {
        let of = |moved: &Transferred| -> MovedTable {
            moved.tables.iter().find(|one| one.name == name).unwrap().clone()
        };
        assert_eq!(of(&there), of(&back), "{name}");
    };
    for name in ["bots", "bot_configs", "schedules", "slots", "attempts", "receipts", "ledger"] {
        same(name);
    }
    assert!(matches!(Db::open(&server, Role::Node).await, Err(OpenError::Moved { .. })));
    let db = Db::open(&back_file, Role::Node).await.unwrap();
    let newer = db.take_lease(&wanted("node"), nine()).await.unwrap();
    assert!(newer.fence > lease.fence);
    db.close().await;
    testkit::postgres::cluster().drop_database(&server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_move_stays_as_it_is() {
    let (folder, file, server) = file_and_server().await;
    let other = folder.file("other.db");
    assert!(matches!(moved(&file, &other).await, Err(TransferError::SameEngine(_))));
    assert!(matches!(moved(&server, &server).await, Err(TransferError::SameEngine(_))));
    assert!(matches!(moved(&other, &server).await, Err(TransferError::Missing(_))));

    let node = Db::open(&file, Role::Node).await.unwrap();
    let refused = moved(&file, &server).await;
    assert!(matches!(refused, Err(TransferError::Open(OpenError::Locked { .. }))), "{refused:?}");
    node.close().await;
    drop(node);

    let taken = Db::open(&server, Role::Node).await.unwrap();
    taken.take_lease(&wanted("node"), nine()).await.unwrap();
    let refused = moved(&file, &server).await;
    assert!(
        matches!(&refused, Err(TransferError::NotEmpty { table, .. }) if table == "nodes"),
        "{refused:?}"
    );
    let refused = moved(&server, &other).await;
    assert!(
        matches!(&refused, Err(TransferError::InUse { node, .. }) if node == "node"),
        "{refused:?}"
    );
    taken.close().await;
    Db::open(&file, Role::Node).await.unwrap().close().await;
    testkit::postgres::cluster().drop_database(&server);
}

/// The mark is stored before the target's commit: a process that dies in between leaves this.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_that_was_cut_off_is_finished_by_the_same_command_or_taken_back() {
    let (_folder, file, server) = file_and_server().await;
    let cut_off = async |file: &str| {
        let pool = sqlx::SqlitePool::connect(&format!("sqlite://{file}")).await.unwrap();
        let mark = "INSERT INTO meta (key, value) VALUES ('moved_to', 'postgres://there')";
        sqlx::query(mark).execute(&pool).await.unwrap();
        pool.close().await;
    };
    cut_off(&file).await;
    assert!(matches!(Db::open(&file, Role::Node).await, Err(OpenError::Moved { .. })));
    let db = Db::open_to_mend(&file).await.unwrap();
    db.mark_history_lost(nine()).await.unwrap();
    db.close().await;
    drop(db);
    let db = Db::open(&file, Role::Node).await.unwrap();
    assert!(db.history().await.unwrap().lost_since.is_some());
    db.close().await;
    drop(db);

    cut_off(&file).await;
    moved(&file, &server).await.unwrap();
    assert!(matches!(Db::open(&file, Role::Tool).await, Err(OpenError::Moved { .. })));
    testkit::postgres::cluster().drop_database(&server);
}
