//! What nodes share: who serves which bot, what is whose to plan, and whether X answers an app.

use domain::model::{AppReach, Fence, Reach, Share, SlotState};
use domain::ports::store::{
    AttemptStore, BotChange, DueSlot, NodeStore, PostMove, SHARE_GRACE, Settlement, SlotStore,
};
use domain::rules::breaker::SILENT_MAX;
use jiff::{SignedDuration, Timestamp};

use crate::steps::{
    assign_all, claim_all, declare, intent, lease, lost, moved, nine, plan, queue, secs, send_all,
    sending, settle, start, wanted,
};
use crate::world::{World, on_both};

/// Bots with a post each, due at nine, and the first node.
async fn house(world: &World, names: &[&str]) -> Fence {
    declare(world, names).await;
    plan(world, nine()).await;
    for name in names {
        queue(world, name, name, None).await;
    }
    assign_all(world, nine()).await;
    lease(world, nine()).await.fence
}

fn bots(due: &[DueSlot]) -> Vec<&str> {
    due.iter().map(|due| due.bot.as_str()).collect()
}

fn strange(due: &DueSlot) -> Settlement {
    let mut settlement = moved(due, SlotState::Assigned, PostMove::Keep);
    settlement.change.wake_at = Some(nine());
    settlement.bot = BotChange { is_stranger: true, ..BotChange::default() };
    settlement
}

/// SQLite has one node: what it cannot do nobody can, so it gets the slot again and a person hears.
async fn a_bot_without_keys_here_is_left_to_a_node_that_may_have_them(world: &World) {
    let here = house(world, &["ada", "bob"]).await;
    let due = claim_all(&world.db, nine(), here, 10).await;
    assert!(due.iter().all(|due| !due.facts.is_stranger));
    settle(world, &[strange(&due[0])]).await;
    if world.is_sqlite() {
        let again = claim_all(&world.db, nine(), here, 10).await;
        assert_eq!((bots(&again), again[0].facts.is_stranger), (vec!["ada"], true));
        return;
    }
    let there = world.db.take_lease(&wanted("there"), nine()).await.unwrap();
    assert!(claim_all(&world.db, nine(), here, 10).await.is_empty(), "the other may have them");
    let taken = claim_all(&world.db, nine(), there.fence, 10).await;
    assert_eq!((bots(&taken), taken[0].facts.is_stranger), (vec!["ada"], false));
    // The other has none either: now any of them gets it, and says so.
    settle(world, &[strange(&taken[0])]).await;
    let again = claim_all(&world.db, nine(), here, 10).await;
    assert_eq!((bots(&again), again[0].facts.is_stranger), (vec!["ada"], true));
    // A node that starts anew has forgotten what it lacked.
    world.db.end_lease(&there, nine()).await.unwrap();
    world.db.take_lease(&wanted("anew"), nine()).await.unwrap();
    assert_eq!(world.number("SELECT count(*) FROM strangers").await, 1);
}

async fn plans_and_posts_are_dealt_out_among_the_nodes(world: &World) {
    let names = ["ada", "bob", "cyd", "dan", "eve", "fay"];
    declare(world, &names).await;
    let shares = [Share::new(0, 2), Share::new(1, 2)];
    let mut planned = Vec::new();
    for share in shares {
        let mine = world.db.list_unplanned(start(), share, 10).await.unwrap();
        assert_eq!(mine.len(), 3);
        planned.extend(mine.iter().map(|one| one.bot.to_string()));
    }
    planned.sort();
    assert_eq!(planned, names);
    let later = start() + SHARE_GRACE;
    let all = world.db.list_unplanned(later, shares[0], 10).await.unwrap();
    assert_eq!(all.len(), 6, "what the other node left undone is everybody's");

    plan(world, nine()).await;
    let awake = nine() - secs(60);
    for share in shares {
        assert_eq!(world.db.list_open_slots(awake, share, 10).await.unwrap().len(), 3);
    }
    let all = world.db.list_open_slots(awake + SHARE_GRACE, shares[1], 10).await.unwrap();
    assert_eq!(all.len(), 6);
}

fn told(mut settlement: Settlement, reach: Reach) -> Settlement {
    let probe_every = SignedDuration::from_mins(1);
    let app = AppReach { app: "app".to_owned(), reach, probe_every, blocked_until: None };
    settlement.bot.app = Some(app);
    settlement
}

/// X answered none of these.
pub(crate) async fn silence(world: &World, names: &[&str]) -> Fence {
    let sent = sending(world, names).await;
    let silent: Vec<_> = sent.iter().map(|one| told(lost(one, nine()), Reach::Silent)).collect();
    assert_eq!(silent.len(), SILENT_MAX as usize);
    settle(world, &silent).await;
    sent[0].0.fence
}

pub(crate) const FIVE: [&str; 5] = ["ada", "bob", "cyd", "dan", "eve"];

async fn only_one_request_a_minute_tries_while_x_is_silent(world: &World) {
    let fence = silence(world, &FIVE).await;
    assert_eq!(world.words("SELECT kind FROM events WHERE kind LIKE 'app%'").await, ["app.silent"]);
    let look = async |now: Timestamp| {
        let open = world.db.take_open_attempts(now, fence, 10).await.unwrap();
        world
            .execute("UPDATE slots SET state = 'unknown', wake_at = 5 WHERE state = 'reconciling'")
            .await;
        open.into_iter().filter(|one| one.silent_until.is_none()).count()
    };
    assert_eq!(look(nine() + secs(5)).await, 0);
    assert_eq!(look(nine() + secs(64)).await, 1, "one tries");
    assert_eq!(look(nine() + secs(65)).await, 0, "and nobody else");
    assert_eq!(look(nine() + secs(125)).await, 1);
}

/// A slot that may send is preferred for the try; when X answers, all the others go at once.
async fn a_try_that_is_answered_lets_all_others_go(world: &World) {
    let fence = silence(world, &FIVE).await;
    world.execute("UPDATE slots SET wake_at = 9999999999999 WHERE state = 'unknown'").await;
    declare(world, &["gus", "hal", "ian"]).await;
    plan(world, nine()).await;
    for name in ["gus", "hal", "ian"] {
        queue(world, name, name, None).await;
    }
    assign_all(world, nine()).await;
    let now = nine() + secs(30);
    let due = claim_all(&world.db, now, fence, 10).await;
    assert!(due.len() == 3 && due.iter().all(|due| due.facts.silent_until.is_some()));
    let back: Vec<_> = due.iter().map(|due| waiting(due, now + secs(31))).collect();
    settle(world, &back).await;

    let now = nine() + secs(64);
    let only_hal = |due: &DueSlot| {
        let may_send = due.facts.silent_until.is_none() && due.bot.as_str() == "hal";
        may_send.then(|| intent(due, now))
    };
    let claimed = world.db.claim_due(now, fence, 10, &only_hal).await.unwrap();
    let sent: Vec<_> = claimed.iter().filter(|one| one.begun.is_some()).collect();
    assert_eq!(sent.len(), 1, "the one that would send is let through");
    assert_eq!(sent[0].due.bot.as_str(), "hal");
    let waits: Vec<_> =
        claimed.iter().filter(|one| one.begun.is_none()).map(|one| &one.due).collect();
    assert!(waits.iter().all(|due| due.facts.silent_until.is_some()));
    let back: Vec<_> = waits.iter().map(|due| waiting(due, now + secs(70))).collect();
    settle(world, &back).await;
    assert!(send_all(&world.db, now + secs(1), fence, 10).await.is_empty(), "they wait");

    let hal = (sent[0].due.clone(), sent[0].begun.clone().unwrap());
    settle(world, &[told(crate::steps::posted(&hal, "101"), Reach::Answered)]).await;
    assert_eq!(world.number("SELECT count(*) FROM breakers").await, 0);
    let due = claim_all(&world.db, nine() + secs(66), fence, 10).await;
    assert_eq!(due.len(), 2);
    assert!(due.iter().all(|due| due.facts.silent_until.is_none()));
}

fn waiting(due: &DueSlot, until: Timestamp) -> Settlement {
    let mut settlement = moved(due, SlotState::Assigned, PostMove::Keep);
    settlement.change.wake_at = Some(until);
    settlement
}

/// A window of the app that X calls exhausted holds for its other bots, and for every node.
async fn an_exhausted_window_of_the_app_holds_for_all_its_bots(world: &World) {
    let fence = house(world, &["ada", "bob"]).await;
    let due = claim_all(&world.db, nine(), fence, 1).await;
    let mut settlement = told(waiting(&due[0], nine() + secs(900)), Reach::Answered);
    settlement.bot.app.as_mut().unwrap().blocked_until = Some(nine() + secs(900));
    settle(world, &[settlement]).await;
    let due = claim_all(&world.db, nine(), fence, 10).await;
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].facts.blocked_until, Some(nine() + secs(900)));
    assert_eq!(due[0].facts.silent_until, None, "X answers");
}

on_both! {
    a_bot_without_keys_here_is_left_to_a_node_that_may_have_them,
    plans_and_posts_are_dealt_out_among_the_nodes,
    only_one_request_a_minute_tries_while_x_is_silent,
    a_try_that_is_answered_lets_all_others_go,
    an_exhausted_window_of_the_app_holds_for_all_its_bots,
}
