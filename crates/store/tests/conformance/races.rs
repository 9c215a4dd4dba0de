//! Several at once: nobody gets the same.

use domain::model::Share;
use std::collections::HashSet;
use std::sync::Arc;

use domain::model::{Fence, SlotId};
use domain::ports::store::{AttemptStore, SlotStore};
use store::{Db, Role};
use testkit::Proof;
use tokio::sync::Barrier;

use crate::steps::{assign_all, claim_all, declare, id, intent, lease, nine, plan, start};
use crate::world::{World, on_both};

const BOTS: usize = 300;

async fn crowd(world: &World) {
    let names: Vec<String> = (0..BOTS).map(|n| format!("bot-{n}")).collect();
    declare(world, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    plan(world, nine()).await;
    let posts: Vec<_> = names.iter().map(|name| crate::steps::new_post(name, name, None)).collect();
    domain::ports::store::PostStore::store_posts(&world.db, &posts, start()).await.unwrap();
}

async fn several_claim_and_no_slot_is_claimed_twice(world: &World) {
    crowd(world).await;
    assert_eq!(assign_all(world, nine()).await.len(), BOTS);
    let fence = lease(world, nine()).await.fence;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let db = world.db.clone();
            async move {
                let mut mine = Vec::new();
                loop {
                    let due = claim_all(&db, nine(), fence, 16).await;
                    if due.is_empty() {
                        return mine;
                    }
                    mine.extend(due);
                }
            }
        })
        .collect();
    let mut all = Vec::new();
    for mine in join(tasks).await {
        all.extend(mine);
    }
    let slots: HashSet<_> = all.iter().map(|due| due.slot).collect();
    assert_eq!((slots.len(), all.len()), (BOTS, BOTS));

    // And the same intents, stored by several at once, are stored once.
    let intents: Vec<_> = all.iter().map(|due| intent(due, nine())).collect();
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let (db, intents) = (world.db.clone(), intents.clone());
            async move { db.begin_attempts(&intents, nine()).await.unwrap().len() }
        })
        .collect();
    assert_eq!(join(tasks).await.into_iter().sum::<usize>(), BOTS);
    assert_eq!(world.number("SELECT count(*) FROM attempts").await, i64::try_from(BOTS).unwrap());
}

async fn several_ask_for_a_post_and_one_slot_is_made(world: &World) {
    declare(world, &["ada"]).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let db = world.db.clone();
            async move { db.ask_for_slot(&id("ada"), start()).await.unwrap().unwrap() }
        })
        .collect();
    let slots: HashSet<_> = join(tasks).await.into_iter().collect();
    assert_eq!(slots.len(), 1);
}

async fn several_assign_and_no_post_is_given_twice(world: &World) {
    crowd(world).await;
    let open = world.db.list_open_slots(nine(), Share::ALL, 1000).await.unwrap();
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let db = world.db.clone();
            let wishes: Vec<_> = open
                .iter()
                .map(|slot| domain::ports::store::Assignment {
                    slot: slot.slot,
                    version: slot.version,
                    post: slot.stock.topics[0].next,
                })
                .collect();
            async move { db.assign(&wishes, nine()).await.unwrap().len() }
        })
        .collect();
    assert_eq!(join(tasks).await.into_iter().sum::<usize>(), BOTS);
    let held = "SELECT count(*) FROM slots s JOIN posts p ON p.slot_id = s.id AND p.id = s.post_id";
    assert_eq!(world.number(held).await, i64::try_from(BOTS).unwrap());
}

/// Workers of a race, spread over so many processes of their own, as far as the database can tell.
const WORKERS: usize = 16;
const PROCESSES: usize = 4;
/// Slots that they race for, and how many one claim takes.
const PRIZES: usize = 12;
const GRASP: u32 = 3;

/// Every race is for the same slots, set back as they were. Every second one is for the claim alone,
/// the others for claim and intent in one.
async fn sixteen_workers_race_and_each_slot_has_one_winner(world: &World) {
    let engine =
        if world.is_sqlite() { "claim races on SQLite" } else { "claim races on PostgreSQL" };
    let proof = Proof::of(engine, 0);
    let count = proof.count(500, 10_000);
    let names: Vec<String> = (0..PRIZES).map(|n| format!("bot-{n}")).collect();
    declare(world, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    plan(world, nine()).await;
    for name in &names {
        crate::steps::queue(world, name, name, None).await;
    }
    assert_eq!(assign_all(world, nine()).await.len(), PRIZES);
    let mut processes = Vec::new();
    for _ in 0..PROCESSES {
        processes.push(Db::open(&world.place, Role::Tool).await.unwrap());
    }
    let fence = lease(world, nine()).await.fence;
    let (mut losers, mut attempts) = (0, 0);
    for race in 0..count {
        let intends = race % 2 == 0;
        let start = Arc::new(Barrier::new(WORKERS));
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| run(processes[worker % PROCESSES].clone(), fence, intends, start.clone()))
            .collect();
        let shares = join(workers).await;
        losers += shares.iter().filter(|share| share.is_empty()).count();
        let all: Vec<_> = shares.into_iter().flatten().collect();
        let slots: HashSet<_> = all.iter().collect();
        assert_eq!((slots.len(), all.len()), (PRIZES, PRIZES), "race {race}");
        let stored = world.number("SELECT count(*) FROM attempts").await;
        assert_eq!(stored, if intends { 12 } else { 0 }, "race {race}");
        attempts += stored;
        world.execute("DELETE FROM attempts").await;
        world.execute(SET_BACK).await;
    }
    for process in processes {
        process.close().await;
    }
    let deadlocks = match world.postgres_pool() {
        Some(_) => world.number(DEADLOCKS).await,
        None => 0,
    };
    assert_eq!(deadlocks, 0);
    proof.report(&[
        ("races", &count),
        ("workers", &WORKERS),
        ("claims", &(count * PRIZES)),
        ("intents", &attempts),
        ("empty_hands", &losers),
        ("claimed_twice", &0),
        ("deadlocks", &deadlocks),
    ]);
}

const SET_BACK: &str = "UPDATE slots SET state = 'assigned', fence = NULL, attempts = 0,
    version = version + 1, wake_at = due_at";

const DEADLOCKS: &str = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";

/// Claims until nothing is left; the slots that it got.
async fn run(db: Db, fence: Fence, intends: bool, start: Arc<Barrier>) -> Vec<SlotId> {
    start.wait().await;
    let mut mine = Vec::new();
    loop {
        let due: Vec<_> = if intends {
            let sent = crate::steps::send_all(&db, nine(), fence, GRASP).await;
            sent.into_iter().map(|(due, _)| due.slot).collect()
        } else {
            claim_all(&db, nine(), fence, GRASP).await.into_iter().map(|due| due.slot).collect()
        };
        if due.is_empty() {
            return mine;
        }
        mine.extend(due);
    }
}

/// All at once, on all threads.
async fn join<T: Send + 'static>(tasks: Vec<impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let mut set = tokio::task::JoinSet::new();
    for task in tasks {
        set.spawn(task);
    }
    set.join_all().await
}

on_both! {
    several_claim_and_no_slot_is_claimed_twice,
    several_ask_for_a_post_and_one_slot_is_made,
    several_assign_and_no_post_is_given_twice,
    sixteen_workers_race_and_each_slot_has_one_winner,
}
