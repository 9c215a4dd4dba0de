//! What only a server can do to a node: warn, restart, stand behind a pooler, tell news.

use std::time::Duration;

use domain::ports::store::{NodeStore, ReadStore, SlotStore, StoreError};
use store::{Db, OpenError, Role};
use testkit::pooler::Pooler;
use testkit::postgres::{Cluster, cluster};
use tokio::time::timeout;

use crate::steps::{declare, id, send_all, start};
use crate::world::World;

/// Longer than anything here takes while it works.
const LONG: Duration = Duration::from_secs(20);

async fn open(place: &str) -> Db {
    Db::open(place, Role::Node).await.expect("it opens")
}

/// Every commit of a server waits for a standby that does not exist. A reload takes effect some time
/// after it was asked for.
fn wait_for_nobody(cluster: &Cluster) {
    cluster.tell("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    cluster.tell("SELECT pg_reload_conf()");
}

/// Fault 29: whoever cancels the wait for the standby makes the commit return with success and a
/// warning. The row is here, and may be lost with this server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_returns_with_a_warning_is_not_durable() {
    let cluster = Cluster::alone("-warns");
    // Whatever the server's own setting is, a commit of ours waits.
    cluster.tell("ALTER SYSTEM SET synchronous_commit = 'off'");
    cluster.tell("SELECT pg_reload_conf()");
    let db = open(&cluster.create_database()).await;
    db.set_kill_switch(true, start()).await.unwrap();
    wait_for_nobody(&cluster);
    let error = loop {
        if let Err(error) = cancelled_commit(&cluster, &db).await {
            break error;
        }
    };
    assert!(matches!(error, StoreError::NotDurable(_)), "{error}");
    assert!(error.to_string().contains("the server warned"), "{error}");
    assert!(!db.counts().await.unwrap().is_stopped, "that it is here proves nothing");
    cluster.tell("ALTER SYSTEM RESET synchronous_standby_names");
    cluster.tell("SELECT pg_reload_conf()");
    db.set_kill_switch(true, start()).await.unwrap();
    db.close().await;
}

/// What a commit comes to whose wait for the standby is cancelled; `Ok` where it did not wait.
#[expect(clippy::disallowed_methods, reason = "what hangs or writes must not hold the test up")]
async fn cancelled_commit(cluster: &Cluster, db: &Db) -> Result<(), StoreError> {
    let db = db.clone();
    let commit = tokio::spawn(async move { db.set_kill_switch(false, start()).await });
    while !commit.is_finished() {
        cluster.tell(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
        );
    }
    commit.await.expect("it ends")
}

/// Fault 28: the answer to a commit does not come. Nothing waits for it for longer than 5 s, and the
/// pool is as good as before.
#[expect(clippy::disallowed_methods, reason = "what hangs or writes must not hold the test up")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_that_hang_are_given_up_and_do_not_use_up_the_pool() {
    let cluster = Cluster::alone("-hangs");
    let db = open(&cluster.create_database()).await;
    wait_for_nobody(&cluster);
    while db.set_kill_switch(true, start()).await.is_ok() {}
    // More than the pool has connections, and all of them wait.
    let hanging = (0..12).map(|_| {
        let db = db.clone();
        tokio::spawn(async move { db.set_kill_switch(true, start()).await })
    });
    for commit in hanging.collect::<Vec<_>>() {
        let error = timeout(LONG, commit).await.expect("it is given up").unwrap().unwrap_err();
        let is_expected = matches!(error, StoreError::NotDurable(_) | StoreError::Unavailable(_));
        assert!(is_expected, "{error}");
    }
    timeout(Duration::from_secs(2), db.counts()).await.expect("a connection is free").unwrap();
    db.close().await;
}

/// Fault 31: a restarted server is found again by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_restarts_again_and_again_is_found_again() {
    let cluster = Cluster::alone("-restarts");
    let db = open(&cluster.create_database()).await;
    for _ in 0..3 {
        db.set_kill_switch(true, start()).await.unwrap();
        cluster.restart();
        let back = async {
            while let Err(error) = db.set_kill_switch(false, start()).await {
                let is_passing =
                    matches!(error, StoreError::Unavailable(_) | StoreError::NotDurable(_));
                assert!(is_passing, "{error}");
            }
        };
        timeout(LONG, back).await.expect("it is back");
    }
    db.close().await;
}

/// Fault 33: what works only by luck is not begun.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_in_transaction_mode_is_refused_with_the_way_out() {
    let cluster = Cluster::alone("-pooled");
    let place = cluster.create_database();
    let pooler = Pooler::start(&cluster, "transaction");
    match Db::open(&pooler.url(&place), Role::Node).await {
        Err(error @ OpenError::Pooled { .. }) => {
            assert!(error.to_string().contains("pool_mode = session"), "{error}");
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was opened"),
    }
    let pooler = Pooler::start(&cluster, "session");
    let world = World::at(&pooler.url(&place)).await;
    let sent = crate::steps::sending(&world, &["ada"]).await;
    assert_eq!(sent.len(), 1);
    let lease = crate::steps::lease(&world, start()).await;
    assert!(send_all(&world.db, start(), lease.fence, 1).await.is_empty());
    heard(&world.db).await;
    world.db.close().await;
}

async fn next_news(db: &Db) -> Result<(), StoreError> {
    timeout(LONG, db.news()).await.expect("news")
}

/// Listens, and then hears that somebody asked for a slot, at once.
async fn heard(db: &Db) {
    next_news(db).await.expect("the first time it may have missed something");
    let quiet = timeout(Duration::from_millis(200), db.news()).await;
    assert!(quiet.is_err(), "nobody wrote anything");
    let ada = id("ada");
    let (news, asked) = tokio::join!(next_news(db), db.ask_for_slot(&ada, start()));
    assert!(asked.unwrap().is_some());
    news.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_of_another_process_is_heard_at_once_and_again_after_a_cut() {
    let place = cluster().create_database();
    let (here, there) = (open(&place).await, World::at(&place).await);
    declare(&there, &["ada"]).await;
    next_news(&here).await.unwrap();
    let ada = id("ada");
    let (news, asked) = tokio::join!(next_news(&here), there.db.ask_for_slot(&ada, start()));
    asked.unwrap();
    news.unwrap();

    let cut = "SELECT count(*) FROM pg_stat_activity
        WHERE query LIKE 'LISTEN%' AND datname = current_database() AND pg_terminate_backend(pid)";
    let (news, ended) = tokio::join!(next_news(&here), there.number(cut));
    assert_eq!(ended, 1);
    assert!(matches!(news, Err(StoreError::Unavailable(_))), "{news:?}");
    next_news(&here).await.expect("it listens again");
    let (news, _) = tokio::join!(next_news(&here), there.db.set_kill_switch(false, start()));
    news.unwrap();
    here.close().await;
    there.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_tells_nobody_keeps_nobody_from_ending() {
    let world = World::sqlite().await;
    assert!(timeout(Duration::from_millis(50), world.db.news()).await.is_err());
    world.finish().await;
}
