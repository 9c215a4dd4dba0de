//! The burst: many bots due in the same second go through in batches, whose rows are found by their
//! keys whatever a server believes of its tables.

use domain::ports::store::{AttemptStore, PostStore};
use serde_json::Value;
use store::SqlText;

use crate::budgets::cap_all;
use crate::plans::explain;
use crate::steps::{
    assign_all, declare, lease, new_post, nine, plan, posted, secs, send_all, start as eight,
};
use crate::world::{World, on_both};

const BOTS: usize = 2048;
const BATCH: usize = 256;

/// Bots of which each has a slot at nine and a text for it.
async fn declared(world: &World) -> Vec<String> {
    let names: Vec<String> = (0..BOTS).map(|n| format!("bot-{n}")).collect();
    declare(world, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    // Each bot has a line for its caps.
    cap_all(world, 1_000_000_000, 1_000_000_000).await;
    plan(world, nine()).await;
    queue_each(world, &names, "hello").await;
    names
}

async fn queue_each(world: &World, names: &[String], text: &str) {
    let posts: Vec<_> = names
        .iter()
        .map(|name| new_post(name, &format!("{name} {}", text.repeat(15)), Some("ships")))
        .collect();
    world.db.store_posts(&posts, eight()).await.unwrap();
}

/// Claims, sends and settles all that is due at nine; returns how many each batch had.
async fn send_in_batches(world: &World) -> Vec<usize> {
    let fence = lease(world, nine()).await.fence;
    let (mut batches, mut number) = (Vec::new(), 0);
    loop {
        let due = send_all(&world.db, nine(), fence, u32::try_from(BATCH).unwrap()).await;
        if due.is_empty() {
            return batches;
        }
        let settlements: Vec<_> = due
            .into_iter()
            .map(|one| {
                number += 1;
                posted(&one, &format!("1445880548472{number:06}"))
            })
            .collect();
        let settled = world.db.settle(&settlements, nine()).await.unwrap();
        assert_eq!(settled.len(), settlements.len());
        batches.push(settled.len());
    }
}

async fn a_burst_goes_through_in_batches(world: &World) {
    declared(world).await;
    assert_eq!(assign_all(world, nine()).await.len(), BOTS);
    assert_eq!(send_in_batches(world).await, [BATCH; BOTS / BATCH]);
}

on_both! { a_burst_goes_through_in_batches, }

/// States of most rows change within minutes, and a server counts them now and then. Believing that
/// there is hardly a row in the state that is asked for, it would begin with those, and compare each
/// with each row of the batch: a burst of 10,000 takes minutes then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_batch_is_compared_with_all_there_is_whatever_the_server_believes() {
    let world = World::postgres().await;
    let names = declared(&world).await;
    let mut found = looped("nothing was counted", &world).await;
    world.execute("ANALYZE").await;
    assert_eq!(assign_all(&world, nine()).await.len(), BOTS);
    found.extend(looped("counted when all was planned", &world).await);
    send_in_batches(&world).await;
    world.execute("ANALYZE").await;
    plan(&world, nine() + secs(86_400)).await;
    queue_each(&world, &names, "well").await;
    found.extend(looped("counted when all was posted", &world).await);
    assert!(found.is_empty(), "{}", found.join("\n\n"));
    world.finish().await;
}

/// The texts in which the batch is the inner side of a loop, of those about tables with rows.
async fn looped(when: &str, world: &World) -> Vec<String> {
    let pool = world.postgres_pool().expect("a server");
    let mut found = Vec::new();
    for text in store::sql_texts().iter().filter(|text| text.postgres.contains("FROM r")) {
        if world.number(&format!("SELECT count(*) FROM {}", text.table)).await == 0 {
            continue;
        }
        let rows = explain(pool, text.postgres, "SET jit = off", "EXPLAIN (FORMAT JSON)").await;
        let plan: Value = serde_json::from_str(&rows.join("\n")).expect("a plan in JSON");
        if loops_over_the_batch(&plan) {
            found.push(format!("{when}: {}", text.postgres));
        }
    }
    found
}

/// With ten thousand bots no second node could start: each bot was compared with the caps of all.
#[tokio::test]
async fn bots_without_caps_are_found_by_key() {
    let world = World::postgres().await;
    declared(&world).await;
    let pool = world.postgres_pool().expect("a server");
    let covers = |text: &&SqlText| text.table == "budgets" && text.postgres.contains("FROM bots");
    let texts = store::sql_texts();
    let texts: Vec<_> = texts.iter().filter(covers).collect();
    assert!(texts.len() >= 2, "of bots, and of apps");
    for text in texts {
        let steps = explain(pool, text.postgres, "SET jit = off", "EXPLAIN").await.join("\n");
        assert!(!steps.contains("Anti"), "{steps}");
    }
    world.finish().await;
}

fn loops_over_the_batch(plan: &Value) -> bool {
    match plan {
        Value::Array(plans) => plans.iter().any(loops_over_the_batch),
        Value::Object(fields) => {
            let is_loop = plan["Node Type"] == "Nested Loop";
            let inner = || plan["Plans"].as_array().and_then(|sides| sides.get(1));
            is_loop && inner().is_some_and(is_the_batch)
                || fields.values().any(loops_over_the_batch)
        }
        _ => false,
    }
}

fn is_the_batch(plan: &Value) -> bool {
    plan["CTE Name"] == "r" || plan["Node Type"] == "Materialize" && is_the_batch(&plan["Plans"][0])
}
