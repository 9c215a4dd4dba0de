//! The burst: many bots due in the same second go through in batches. The bounds are loose, for a
//! busy machine and an unoptimised build; the measured times are printed.

use std::time::{Duration, Instant};

use domain::ports::store::{AttemptStore, PostStore};

use crate::steps::{
    assign_all, declare, lease, new_post, nine, plan, posted, send_all, start as eight,
};
use crate::world::{World, on_both};

const BOTS: usize = 2048;
const BATCH: u32 = 256;
const BATCH_MAX: Duration = Duration::from_millis(500);

#[expect(clippy::print_stdout, reason = "the measured times")]
async fn a_burst_goes_through_in_batches(world: &World) {
    let names: Vec<String> = (0..BOTS).map(|n| format!("bot-{n}")).collect();
    declare(world, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    plan(world, nine()).await;
    let posts: Vec<_> = names
        .iter()
        .map(|name| new_post(name, &format!("{name} {}", "says hello ".repeat(15)), Some("ships")))
        .collect();
    world.db.store_posts(&posts, eight()).await.unwrap();
    assert_eq!(assign_all(world, nine()).await.len(), BOTS);
    let fence = lease(world, nine()).await.fence;

    let (mut claims, mut outcomes) = (Vec::new(), Vec::new());
    let mut number = 0;
    loop {
        let start = now();
        let due = send_all(&world.db, nine(), fence, BATCH).await;
        claims.push(start.elapsed());
        if due.is_empty() {
            break;
        }
        let settlements: Vec<_> = due
            .into_iter()
            .map(|one| {
                number += 1;
                posted(&one, &format!("1445880548472{number:06}"))
            })
            .collect();
        let start = now();
        assert_eq!(world.db.settle(&settlements, nine()).await.unwrap().len(), settlements.len());
        outcomes.push(start.elapsed());
    }
    assert_eq!(number, BOTS);
    for (what, mut times) in [("claim and intent", claims), ("settle", outcomes)] {
        times.sort();
        let median = times[times.len() / 2];
        println!("{what}: median {median:?}, worst {:?}", times[times.len() - 1]);
        assert!(median < BATCH_MAX, "{what} takes {median:?}");
    }
}

#[expect(clippy::disallowed_methods, reason = "this test measures")]
fn now() -> Instant {
    Instant::now()
}

on_both! { a_burst_goes_through_in_batches, }
