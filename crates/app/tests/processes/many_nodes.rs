//! Many bots on several nodes, of which one is killed again and again: each slot once, and on time for
//! everybody who had nothing to do with it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sqlx::Connection as _;
use testkit::Proof;
use testkit::postgres::cluster;

use crate::harness::oracle::{gaps, objections};
use crate::harness::record::wait_for;
use crate::harness::{Chance, Home, Process, Sandbox, millis_now, pause, until};

/// A slot that nobody's death concerned is posted so soon, but for one in a hundred.
const LATE_MAX_MS: i64 = 5_000;

/// The sizes of a tier.
struct Size {
    nodes: usize,
    bots: usize,
    kills: usize,
    /// Each bot posts once in so many seconds, and a node is killed every so many.
    every_secs: usize,
    kill_secs: u64,
    /// Until queues are full and slots have their posts.
    warm_secs: u64,
    /// A slot that was being sent when its node died has its outcome so many seconds after it was due:
    /// the lease, the wait until the socket counts as closed, and the looks.
    taken_over_secs: u64,
}

const SHORT: Size = Size {
    nodes: 2,
    bots: 300,
    kills: 3,
    every_secs: 30,
    kill_secs: 6,
    warm_secs: 12,
    taken_over_secs: 25,
};

const LONG: Size = Size {
    nodes: 3,
    bots: 3_000,
    kills: 10,
    every_secs: 300,
    kill_secs: 60,
    warm_secs: 240,
    taken_over_secs: 60 + 25 + 15 * 60 + 11 * 60,
};

/// What became of a slot.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Fate {
    bot_id: String,
    due_at: i64,
    state: String,
    updated_at: i64,
    attempts: i64,
    x_post_id: Option<String>,
    is_adopted: Option<i64>,
}

const FATES: &str = "SELECT s.bot_id, s.due_at, s.state, s.updated_at, s.attempts, r.x_post_id,
    r.is_adopted FROM slots s LEFT JOIN receipts r ON r.slot_id = s.id
    WHERE s.due_at BETWEEN $1 AND $2 ORDER BY s.due_at";

fn fates(url: &str, from: i64, to: i64) -> Vec<Fate> {
    wait_for(async {
        let mut connection = sqlx::PgConnection::connect(url).await?;
        let fates = sqlx::query_as(FATES).bind(from).bind(to).fetch_all(&mut connection).await?;
        connection.close().await?;
        Ok(fates)
    })
}

impl Fate {
    /// A node died while it was being sent, or its answer was lost.
    fn was_taken_over(&self) -> bool {
        self.attempts > 1 || self.is_adopted == Some(1) || self.state != "posted"
    }
}

/// Once in so many seconds, each bot at another one.
fn pattern(number: usize, every_secs: usize) -> String {
    let at = number % every_secs;
    if every_secs < 60 {
        return format!("{at}-59/{every_secs} * * * * *");
    }
    format!("{} {}-59/{} * * * *", at % 60, at / 60, every_secs / 60)
}

#[test]
fn many_bots_on_nodes_that_die_post_each_slot_once_and_the_others_on_time() {
    let proof = Proof::of("many-nodes", 20_261_126);
    let size = if proof.is_long() { &LONG } else { &SHORT };
    let mut home = Home::new();
    let sandbox = Sandbox::start(
        home.path(),
        &["--no-duplicate-filter", "--no-limits", "--latency", "50ms", "--seed", "7"],
    );
    home.set_sandbox(&sandbox);
    let url = cluster().create_database();
    home.set("DATABASE_URL", &url);
    if !proof.is_long() {
        home.set("FLOCKWORK_RECONCILE_PROFILE", "drill");
    }
    for number in 0..size.bots {
        home.add_bot(&sandbox, &format!("bot-{number}"), &pattern(number, size.every_secs));
    }
    let homes: Vec<Home> = (0..size.nodes).map(|_| home.twin()).collect();
    let mut nodes: Vec<Process> = homes.iter().map(Home::serve).collect();
    pause(Duration::from_secs(size.warm_secs));

    let from = millis_now();
    let mut chance = Chance::of(proof.seed);
    for _ in 0..size.kills {
        pause(Duration::from_secs(size.kill_secs));
        let victim = usize::try_from(chance.between(0, size.nodes as u64)).unwrap();
        nodes.swap_remove(victim).kill();
        nodes.push(free(&homes).launch());
    }
    pause(Duration::from_secs(size.kill_secs));
    let to = millis_now();
    homes[0].settle(to, size.taken_over_secs + 30);
    // What is on its way now is in neither of the two that are compared, or in both.
    for node in nodes {
        node.stop();
    }
    report(&proof, size, (&sandbox, &homes[0]), (&url, from, to));
}

/// A home whose node was killed: the one that does not answer.
fn free(homes: &[Home]) -> &Home {
    until("the killed node's home", 20, || homes.iter().find(|home| home.get("/livez").is_none()))
}

fn report(
    proof: &Proof,
    size: &Size,
    (sandbox, home): (&Sandbox, &Home),
    (url, from, to): (&str, i64, i64),
) {
    let truth = sandbox.truth();
    let record = home.record();
    let mut found = objections(&truth, &record, to);
    let every = i64::try_from(size.every_secs).expect("some minutes") * 1_000;
    for number in 0..size.bots {
        found.extend(gaps(&record, &format!("bot-{number}"), every, to));
    }
    assert!(found.is_empty(), "{} objections:\n{}", found.len(), found.join("\n"));
    let accepted: BTreeMap<&str, i64> =
        truth.iter().map(|post| (post.id.as_str(), post.at.as_millisecond())).collect();
    let fates = fates(url, from, to);
    let concerned: BTreeSet<&str> = fates
        .iter()
        .filter(|fate| fate.was_taken_over())
        .map(|fate| fate.bot_id.as_str())
        .collect();
    let mut late: Vec<i64> = fates
        .iter()
        .filter(|fate| !concerned.contains(fate.bot_id.as_str()))
        .filter_map(|fate| Some(accepted.get(fate.x_post_id.as_deref()?)? - fate.due_at))
        .collect();
    late.sort_unstable();
    let taken_over = fates.iter().filter(|fate| fate.was_taken_over());
    let not_posted = fates.iter().filter(|fate| fate.state != "posted").count();
    let longest = taken_over.clone().map(|fate| fate.updated_at - fate.due_at).max().unwrap_or(0);
    let p99 = late[late.len() * 99 / 100];
    proof.report(&[
        ("nodes", &size.nodes),
        ("bots", &size.bots),
        ("kills", &size.kills),
        ("slots", &fates.len()),
        ("twice", &0),
        ("lost", &0),
        ("taken_over", &taken_over.count()),
        ("not_posted", &not_posted),
        ("unaffected_p99_ms", &p99),
        ("taken_over_longest_s", &(longest / 1_000)),
    ]);
    assert!(late.len() > fates.len() / 2, "a run of nothing");
    assert!(p99 <= LATE_MAX_MS, "{p99} ms late");
    let limit = i64::try_from(size.taken_over_secs).expect("some minutes") * 1_000;
    assert!(longest <= limit, "an outcome came {longest} ms after its slot was due");
}
