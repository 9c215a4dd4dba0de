//! What is declared changes while nodes run: each follows at once, and none starts again for it.

use testkit::postgres::cluster;

use crate::harness::{Home, Process, Sandbox, millis_now, until};

/// What is due so soon after a change may be on its way already.
const FOLLOWED_MS: i64 = 1_000;
const NEVER: &str = "personality_prompt = \"You are ada.\"\nschedule_cron = \"0 0 1 1 *\"\n";
const ASKS: &str = "personality_prompt = \"You are eve.\"\nschedule_cron = \"*/2 * * * * *\"\nmode = \"approval\"\n";

fn posts_of_all(sandbox: &Sandbox, bots: &[&str], at_least: usize) -> Option<()> {
    bots.iter().all(|bot| sandbox.accepted(bot) >= at_least).then_some(())
}

#[test]
fn a_change_reaches_every_node_that_runs_and_none_starts_again() {
    let mut home = Home::new();
    let sandbox = Sandbox::start(home.path(), &["--no-limits", "--seed", "7"]);
    home.set_sandbox(&sandbox);
    home.set("DATABASE_URL", &cluster().create_database());
    for bot in ["ada", "bob", "eve", "dora"] {
        home.add_bot(&sandbox, bot, "*/2 * * * * *");
    }
    let homes = [home.twin(), home.twin()];
    let mut nodes = homes.each_ref().map(Home::serve);
    until("posts of all", 60, || posts_of_all(&sandbox, &["ada", "bob", "eve", "dora"], 2));

    // Another time, another way of approval, and one that is gone, while all of them send.
    home.write("bots/ada.toml", NEVER);
    home.write("bots/eve.toml", ASKS);
    std::fs::remove_file(home.path().join("bots/bob.toml")).expect("it is there");
    let applied = home.run(&["apply", "--yes"]);
    assert_eq!(applied.code, Some(0), "{}{}", applied.out, applied.err);
    let changed_at = millis_now();

    // Whoever is not concerned goes on, so both nodes had their turns.
    let before = sandbox.accepted("dora");
    until("what goes on", 60, || posts_of_all(&sandbox, &["dora"], before + 6));
    let record = home.record();
    for bot in ["ada", "bob", "eve"] {
        let posted =
            record.slots.iter().filter(|slot| slot.bot_id == bot && slot.state == "posted");
        let late: Vec<i64> = posted
            .map(|slot| slot.due_at - changed_at)
            .filter(|after| *after > FOLLOWED_MS)
            .collect();
        assert!(late.is_empty(), "@{bot} posted what was due {late:?} ms after the change");
    }
    for node in &mut nodes {
        assert!(node.is_running(), "{}", node.log());
    }

    // Files that a node read earlier are not what one that starts now declares, and it says so.
    let third = home.twin();
    let started = third.serve();
    until("who differs", 40, || third.health().to_string().contains("nodes_differ").then_some(()));
    started.stop();
    nodes.into_iter().for_each(Process::stop);
}
