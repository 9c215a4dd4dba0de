//! Networks that break between a node and its database, or a node and X, in both directions or in one
//! (faults 34, 35 and 37).

use std::path::PathBuf;
use std::time::Duration;

use testkit::Proof;
use testkit::postgres::cluster;

use crate::harness::network::{Machine, Network, Target};
use crate::harness::trial::eight;
use crate::harness::{Home, Process, Trial, moment, pause, until};

/// What breaks, both ways or one, and for how long: a database is missed for longer than a lease
/// lasts.
struct Cut {
    name: &'static str,
    ways: &'static [(Machine, Machine)],
    secs: u64,
}

const TO_DATABASE: (Machine, Machine) = (Machine::First, Machine::Database);
const FROM_DATABASE: (Machine, Machine) = (Machine::Database, Machine::First);
const TO_X: (Machine, Machine) = (Machine::First, Machine::X);
const FROM_X: (Machine, Machine) = (Machine::X, Machine::First);

const CUTS: [Cut; 5] = [
    Cut { name: "node and database", ways: &[TO_DATABASE, FROM_DATABASE], secs: 9 },
    Cut { name: "node to database", ways: &[TO_DATABASE], secs: 9 },
    Cut { name: "database to node", ways: &[FROM_DATABASE], secs: 9 },
    Cut { name: "node and X", ways: &[TO_X, FROM_X], secs: 4 },
    Cut { name: "X to node: answers only", ways: &[FROM_X], secs: 4 },
];

const PORT: u16 = 5432;
const SETTLED_SECS_MAX: u64 = 120;

#[test]
fn whatever_is_cut_off_each_slot_is_posted_once_and_the_other_node_goes_on() {
    let proof = Proof::of("partitions", 0);
    let (rounds, started) = (proof.count(1, 40), moment());
    let network = Network::new();
    let mut trial = Trial::new(eight(), "drill");
    let url = cluster().create_database();
    network.relay(Machine::Database, PORT, Target::Socket(socket_of(&url)));
    network.relay(Machine::X, trial.sandbox.port, Target::Port(trial.sandbox.port));
    trial.home.set("DATABASE_URL", &url);
    let homes =
        [Machine::First, Machine::Second].map(|machine| node_on(&network, machine, &trial, &url));
    let nodes = homes.each_ref().map(Home::launch);
    await_posts(&trial, 8, "the start");
    let mut cuts = 0;
    for _ in 0..rounds {
        for cut in &CUTS {
            cuts += 1;
            cut.ways.iter().for_each(|(from, to)| network.cut(*from, *to));
            await_posts(&trial, 3, cut.name);
            pause(Duration::from_secs(cut.secs));
            await_posts(&trial, 3, cut.name);
            cut.ways.iter().for_each(|(from, to)| network.heal(*from, *to));
            await_posts(&trial, 3, "it is whole again");
        }
    }
    let settled_by = trial.settle(SETTLED_SECS_MAX);
    nodes.into_iter().for_each(Process::stop);
    let verdict = trial.verdict(settled_by);
    let found_out = verdict.adopted() + verdict.absent();
    assert!(found_out > 0, "no answer was lost, and no request");
    assert!(verdict.adopted() > 0 || !proof.is_long(), "no answer was lost");
    proof.report(&[
        ("cuts", &cuts),
        ("posts", &verdict.posts()),
        ("adopted", &verdict.adopted()),
        ("absent", &verdict.absent()),
        ("twice", &0),
        ("lost", &0),
        ("secs", &started.elapsed().as_secs()),
    ]);
}

fn await_posts(trial: &Trial, more: usize, when: &str) {
    let before = trial.sandbox.truth().len();
    until(&format!("posts: {when}"), 60, || {
        (trial.sandbox.truth().len() >= before + more).then_some(())
    });
}

/// A node on a machine of its own, which reaches the rest over the network.
fn node_on(network: &Network, machine: Machine, trial: &Trial, url: &str) -> Home {
    let mut home = trial.home.twin();
    home.through = network.on(machine);
    let database = database_of(url);
    let address = Machine::Database.address();
    home.set("DATABASE_URL", &format!("postgres://postgres@{address}:{PORT}/{database}"));
    let x = format!("http://localhost:{}", trial.sandbox.port);
    home.set("TWITTER_API_BASE_URL", &x).set("OPENAI_BASE_URL", &format!("{x}/v1"));
    home
}

fn database_of(url: &str) -> &str {
    let (before, _) = url.split_once('?').expect("a query with the socket's folder");
    before.rsplit_once('/').expect("a path with the database's name").1
}

/// Where the server of the tests listens.
fn socket_of(url: &str) -> PathBuf {
    let (_, folder) = url.split_once("?host=").expect(
        "the tests of partitions need a PostgreSQL server of their own: unset \
         FLOCKWORK_TEST_POSTGRES_URL",
    );
    PathBuf::from(folder).join(".s.PGSQL.5432")
}
