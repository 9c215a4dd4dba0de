//! Many at once want the last cent: one gets it, every time, and no cap is passed by one micro-dollar.

use std::sync::Arc;

use domain::model::{Fence, Purse};
use domain::ports::store::{BudgetStore, DueSlot, Reserved, SlotStore};
use store::{Db, Role};
use testkit::Proof;
use tokio::sync::Barrier;

use crate::budgets::{POST, cap_all, demand_sums, gone, model_wish};
use crate::steps::{assign_all, declare, intent, lease, nine, plan, queue};
use crate::world::{World, on_both};

/// Racers of the crowded races; the others are of two.
const CROWD: usize = 16;
/// Processes that they are spread over, as far as the database can tell.
const PROCESSES: usize = 4;

/// What is raced for.
#[derive(Clone, Copy)]
enum Prize {
    /// The intent of a post, stored with its claim.
    Post,
    /// A request to a model.
    Model,
}

/// Every second race is of two and every second of sixteen; every second pair is for a post and the
/// others for a request to a model. Of each there is money for exactly one, and now and then for a
/// micro-dollar less than two.
async fn the_last_cent_has_one_winner(world: &World) {
    let engine = if world.is_sqlite() { "last cent on SQLite" } else { "last cent on PostgreSQL" };
    let proof = Proof::of(engine, 0);
    let count = proof.count(100, 10_000);
    let names: Vec<String> = (0..CROWD).map(|n| format!("bot-{n}")).collect();
    declare(world, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    plan(world, nine()).await;
    for name in &names {
        queue(world, name, name, None).await;
    }
    assert_eq!(assign_all(world, nine()).await.len(), CROWD);
    let mut processes = Vec::new();
    for _ in 0..PROCESSES {
        processes.push(Db::open(&world.place, Role::Tool).await.unwrap());
    }
    let fence = lease(world, nine()).await.fence;
    let caps = [POST, 2 * POST - 1];
    let mut losers = 0;
    for race in 0..count {
        let racers = if race % 2 == 0 { 2 } else { CROWD };
        let (prize, purse) = match race / 2 % 2 {
            0 => (Prize::Post, Purse::X),
            _ => (Prize::Model, Purse::Model),
        };
        let cap = caps[race / 4 % 2];
        cap_all(world, cap, cap).await;
        let start = Arc::new(Barrier::new(racers));
        let mut set = tokio::task::JoinSet::new();
        for (racer, name) in names.iter().take(racers).enumerate() {
            let db = processes[racer % PROCESSES].clone();
            set.spawn(run(db, (prize, name.clone()), fence, start.clone()));
        }
        let wins = set.join_all().await.into_iter().sum::<usize>();
        assert_eq!(wins, 1, "race {race}");
        losers += racers - wins;
        let spent = gone(world, purse).await;
        assert_eq!(spent, POST, "race {race}: {spent} of {cap}");
        demand_sums(world).await;
        for set_back in SET_BACK {
            world.execute(set_back).await;
        }
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
        ("winners", &count),
        ("losers", &losers),
        ("over_a_cap", &0),
        ("deadlocks", &deadlocks),
    ]);
}

const SET_BACK: [&str; 5] = [
    "DELETE FROM attempts",
    "DELETE FROM reservations",
    "DELETE FROM ledger",
    "UPDATE budgets SET gone_today = 0, gone_this_month = 0",
    "UPDATE slots SET state = 'assigned', fence = NULL, attempts = 0, version = version + 1,
        wake_at = due_at",
];

const DEADLOCKS: &str = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";

/// How much of the prize it got.
async fn run(db: Db, (prize, bot): (Prize, String), fence: Fence, start: Arc<Barrier>) -> usize {
    start.wait().await;
    match prize {
        Prize::Post => {
            let intend = |due: &DueSlot| Some(intent(due, nine()));
            let claimed = db.claim_due(nine(), fence, 1, &intend).await.unwrap();
            claimed.iter().filter(|one| one.begun.is_some()).count()
        }
        Prize::Model => {
            let wish = model_wish(&bot, fence, POST);
            let reserved = db.reserve_model(&wish, nine()).await.unwrap();
            usize::from(matches!(reserved, Reserved::Granted { .. }))
        }
    }
}

on_both! { the_last_cent_has_one_winner, }
