//! Leases, and what a crash left.

use domain::model::Lease;
use domain::ports::store::{
    Abandoned, AttemptStore, BotStore, ClosedAt, NewLease, NodeStore, ReadStore,
};
use jiff::{SignedDuration, Timestamp};

use crate::steps::{
    claim_all, claimed, declare, id, lost, nine, secs, sending, settle, start, state, wanted,
};
use crate::world::{World, on_both};

async fn take(world: &World, name: &str, now: Timestamp) -> Lease {
    world.db.take_lease(&wanted(name), now).await.unwrap()
}

/// What the clock of leases says when a node believes it is `now`.
async fn clock(world: &World, now: Timestamp) -> Timestamp {
    world.db.database_time().await.unwrap().unwrap_or(now)
}

fn assert_near(time: Timestamp, expected: Timestamp) {
    let off = time.duration_since(expected).abs();
    assert!(off < SignedDuration::from_secs(5), "{time} is not {expected}");
}

async fn a_fence_only_grows(world: &World) {
    let first = take(world, "a", start()).await;
    world.db.end_lease(&first, start()).await.unwrap();
    let second = take(world, "b", start() + secs(1)).await;
    assert!(second.fence > first.fence);
    assert_eq!(second.node, "b");
}

async fn a_lease_is_renewed_until_it_has_ended_or_expired(world: &World) {
    let lease = take(world, "a", start()).await;
    let renewed = world.db.renew_lease(&lease, start() + secs(15), secs(60)).await.unwrap();
    let expires_at = renewed.unwrap().expires_at;
    assert_near(expires_at, clock(world, start() + secs(15)).await + secs(60));
    let nodes = world.db.list_nodes(start() + secs(74)).await.unwrap();
    assert_eq!((nodes[0].node.as_str(), nodes[0].expires_at), ("a", expires_at));
    world.execute("UPDATE nodes SET expires_at = 5").await;
    assert_eq!(world.db.renew_lease(&lease, start(), secs(60)).await.unwrap(), None);
    assert!(world.db.list_nodes(start()).await.unwrap().is_empty());

    let lease = take(world, "b", start()).await;
    world.db.end_lease(&lease, start()).await.unwrap();
    assert_eq!(world.db.renew_lease(&lease, start(), secs(60)).await.unwrap(), None);
}

/// Of a file it is that of its only node.
async fn a_lease_expires_by_the_clock_that_all_nodes_share(world: &World) {
    if !world.is_sqlite() {
        return by_the_servers_clock(world).await;
    }
    let lease = take(world, "a", start()).await;
    assert_eq!(lease.expires_at, start() + secs(60));
    assert_eq!(world.db.list_nodes(start() + secs(59)).await.unwrap().len(), 1);
    assert!(world.db.list_nodes(start() + secs(60)).await.unwrap().is_empty());
    assert_eq!(world.db.renew_lease(&lease, start() + secs(60), secs(60)).await.unwrap(), None);
}

/// Whatever two nodes believe, their leases last as long as the server says (fault 68): the one that
/// is years ahead takes nothing over, and the one that is years behind keeps nothing for longer.
async fn by_the_servers_clock(world: &World) {
    let years = SignedDuration::from_hours(24 * 365 * 20);
    let behind = take(world, "behind", start() - years).await;
    let brief = NewLease { length: SignedDuration::ZERO, ..wanted("brief") };
    world.db.take_lease(&brief, start() + years).await.unwrap();
    let expected = world.db.database_time().await.unwrap().unwrap() + secs(60);
    assert_near(behind.expires_at, expected);
    for believed in [start() - years, start() + years] {
        let live = world.db.list_nodes(believed).await.unwrap();
        assert_eq!(live.iter().map(|line| line.node.as_str()).collect::<Vec<_>>(), ["behind"]);
        assert!(world.db.renew_lease(&behind, believed, secs(60)).await.unwrap().is_some());
    }
    let claimed = claimed(world, &["ada"]).await.remove(0);
    let ahead = nine() + secs(150);
    let found = world.db.recover_abandoned(ahead, ClosedAt::At(ahead)).await.unwrap();
    assert_eq!(found, Abandoned::default(), "its node lives");
    assert_eq!(state(world, claimed.slot).await, "claimed");
}

async fn the_last_sign_of_life_is_remembered(world: &World) {
    let history = world.db.history().await.unwrap();
    assert_eq!((history.last_heartbeat, history.is_same_database), (None, true));
    let lease = take(world, "a", start()).await;
    world.db.renew_lease(&lease, start() + secs(15), secs(60)).await.unwrap();
    let history = world.db.history().await.unwrap();
    assert_near(history.last_heartbeat.unwrap(), clock(world, start() + secs(15)).await);
    assert!(history.is_same_database);
}

async fn a_node_shows_what_it_declares(world: &World) {
    let wanted = NewLease { declared: "abc", ..wanted("a") };
    world.db.take_lease(&wanted, start()).await.unwrap();
    let nodes = world.db.list_nodes(start()).await.unwrap();
    assert_eq!(nodes[0].declared.as_deref(), Some("abc"));
}

async fn another_database_is_noticed_and_ends_the_lease(world: &World) {
    let lease = take(world, "a", start()).await;
    world.execute("UPDATE meta SET value = 'restored' WHERE key = 'identity'").await;
    let now = start() + secs(15);
    assert_eq!(world.db.renew_lease(&lease, now, secs(60)).await.unwrap(), None);
    // A start that is cut off before it takes its lease finds the same again.
    for _ in 0..2 {
        assert!(!world.db.history().await.unwrap().is_same_database);
    }
    take(world, "b", now).await;
    assert!(world.db.history().await.unwrap().is_same_database);
}

/// A standby that took over without the last commits counts fences from before them.
async fn a_fence_that_was_given_twice_renews_nobody_elses_lease(world: &World) {
    let lost = take(world, "a", start()).await;
    world.execute("UPDATE nodes SET node = 'b'").await;
    let now = start() + secs(15);
    assert_eq!(world.db.renew_lease(&lost, now, secs(60)).await.unwrap(), None);
    let other = Lease { node: "b".to_owned(), ..lost };
    assert!(world.db.renew_lease(&other, now, secs(60)).await.unwrap().is_some());
}

/// Fault 14: a disk that lies loses what it said was written.
async fn a_machine_that_stopped_under_its_node_is_noticed(world: &World) {
    let lease = take(world, "a", start()).await;
    assert!(world.db.history().await.unwrap().is_same_database, "the machine runs on");
    world.execute("UPDATE nodes SET boot = 'before the power cut'").await;
    assert_eq!(world.db.history().await.unwrap().is_same_database, !world.is_sqlite());
    // Whoever ended in peace wrote everything long before.
    world.db.end_lease(&lease, start()).await.unwrap();
    assert!(world.db.history().await.unwrap().is_same_database);
    take(world, "b", start() + secs(1)).await;
    world.execute("UPDATE nodes SET boot = NULL").await;
    assert!(world.db.history().await.unwrap().is_same_database, "of older rows nobody knows");
}

async fn on_sqlite_a_new_lease_ends_the_old_ones(world: &World) {
    let old = take(world, "a", start()).await;
    take(world, "b", start() + secs(1)).await;
    let now = start() + secs(2);
    let renewed = world.db.renew_lease(&old, now, secs(60)).await.unwrap();
    assert_eq!(renewed.is_none(), world.is_sqlite());
}

async fn only_a_server_has_a_clock(world: &World) {
    let time = world.db.database_time().await.unwrap();
    assert_eq!(time.is_none(), world.is_sqlite());
    assert!(time.is_none_or(|time| time > start() - secs(86_400 * 365)));
}

async fn a_dead_nodes_claims_are_released_and_its_sends_are_unknown(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    let due = {
        declare(world, &["ada", "bob"]).await;
        crate::steps::plan(world, nine()).await;
        crate::steps::queue(world, "bob", "bob", None).await;
        crate::steps::assign_all(world, nine()).await;
        claim_all(&world.db, nine(), sent.0.fence, 10).await.remove(0)
    };
    let now = nine() + secs(10);
    let alive = world.db.recover_abandoned(now, ClosedAt::At(now)).await.unwrap();
    assert_eq!(alive, Abandoned::default());
    world.execute("UPDATE nodes SET expires_at = 5").await;
    let found = world.db.recover_abandoned(now, ClosedAt::At(now)).await.unwrap();
    assert_eq!(found, Abandoned { released: 1, unknown: 1, poisoned: 0 });
    assert_eq!(state(world, due.slot).await, "assigned");
    assert_eq!(state(world, sent.0.slot).await, "unknown");
    assert_eq!(
        world.db.recover_abandoned(now, ClosedAt::At(now)).await.unwrap(),
        Abandoned::default()
    );
    let open = world.db.take_open_attempts(now, sent.0.fence, 10).await.unwrap().remove(0);
    assert_eq!((open.attempt.closed_at, open.ambiguous_rounds), (now, 1));
    assert_eq!(claim_all(&world.db, now, sent.0.fence, 10).await.len(), 1);
    // What the dead node still wants to write is lost.
    assert!(settle(world, &[crate::steps::posted(&sent, "101")]).await.is_empty());
}

async fn another_nodes_socket_counts_as_closed_later(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    world.execute("UPDATE nodes SET expires_at = 5").await;
    let after = ClosedAt::AfterSendBy(secs(900));
    world.db.recover_abandoned(nine(), after).await.unwrap();
    let open = world.db.take_open_attempts(nine(), sent.0.fence, 10).await.unwrap().remove(0);
    assert_eq!(open.attempt.closed_at, nine() + secs(25 + 900));
}

async fn an_interrupted_look_is_taken_up_again(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    settle(world, &[lost(&sent, nine())]).await;
    world.db.take_open_attempts(nine(), sent.0.fence, 10).await.unwrap();
    world.execute("UPDATE nodes SET expires_at = 5").await;
    let now = nine() + secs(100);
    let found = world.db.recover_abandoned(now, ClosedAt::At(now)).await.unwrap();
    assert_eq!(found, Abandoned { released: 0, unknown: 1, poisoned: 0 });
    let open = world.db.take_open_attempts(now, sent.0.fence, 10).await.unwrap().remove(0);
    assert_eq!((open.attempt.closed_at, open.ambiguous_rounds), (nine() + secs(2), 1));
}

async fn a_send_that_a_live_node_has_forgotten_is_unknown_after_a_minute(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    let now = nine() + secs(25 + 60);
    let found = world.db.recover_abandoned(now, ClosedAt::At(now)).await.unwrap();
    assert_eq!(found.unknown, 0);
    let now = now + secs(1);
    let found = world.db.recover_abandoned(now, ClosedAt::At(now)).await.unwrap();
    assert_eq!((found.unknown, state(world, sent.0.slot).await.as_str()), (1, "unknown"));
}

async fn a_claim_that_a_live_node_has_forgotten_is_released_after_three_minutes(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let now = nine() + secs(180);
    let found = world.db.recover_abandoned(now, ClosedAt::At(now)).await.unwrap();
    assert_eq!(found, Abandoned::default());
    let now = now + secs(1);
    let found = world.db.recover_abandoned(now, ClosedAt::At(now)).await.unwrap();
    assert_eq!(found, Abandoned { released: 1, unknown: 0, poisoned: 0 });
    assert_eq!(state(world, due.slot).await, "assigned");
    // The task that was only slow writes nothing any more.
    let intent = crate::steps::intent(&due, now);
    assert!(world.db.begin_attempts(&[intent], now).await.unwrap().is_empty());
}

async fn a_look_that_a_live_node_has_forgotten_is_taken_up_again(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    settle(world, &[lost(&sent, nine())]).await;
    world.db.take_open_attempts(nine(), sent.0.fence, 10).await.unwrap();
    let now = nine() + secs(181);
    let found = world.db.recover_abandoned(now, ClosedAt::At(now)).await.unwrap();
    assert_eq!(found, Abandoned { released: 0, unknown: 1, poisoned: 0 });
    assert_eq!(world.db.take_open_attempts(now, sent.0.fence, 10).await.unwrap().len(), 1);
}

/// And each doubt has a moment of its own.
async fn distrust_keeps_the_earliest_moment(world: &World) {
    let due = claimed(world, &["ada", "bob"]).await.remove(0);
    let reason = domain::model::StateReason::Undeclared;
    let closed = domain::model::BotState::Closed;
    world.db.set_bot_state(&id("bob"), closed, Some(reason), nine()).await.unwrap();
    assert!(!world.db.history().await.unwrap().is_in_doubt);
    for (since, kept) in [(500, 500), (900, 499), (300, 300)] {
        let since = Timestamp::from_millisecond(since).unwrap();
        assert_eq!(world.db.distrust_history(since, nine()).await.unwrap(), 1);
        let sql = "SELECT distrusted_since FROM bots WHERE bot_id = 'ada'";
        assert_eq!(world.number(sql).await, kept);
        assert!(world.db.history().await.unwrap().is_in_doubt);
    }
    assert_eq!(due.bot, id("ada"));
}

/// The node that holds a fence is gone.
async fn crash(world: &World, now: Timestamp) -> Abandoned {
    world.execute("UPDATE nodes SET expires_at = 5").await;
    world.db.recover_abandoned(now, ClosedAt::At(now)).await.unwrap()
}

async fn a_slot_that_crashes_three_nodes_needs_a_person(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let mut now = nine();
    for crashes in 1..=3 {
        now += secs(120);
        let found = crash(world, now).await;
        if crashes == 3 {
            assert_eq!(found, Abandoned { poisoned: 1, ..Abandoned::default() });
            continue;
        }
        assert_eq!(found, Abandoned { released: 1, ..Abandoned::default() }, "{crashes}");
        // A suspect waits for a turn of its own, of a minute at most.
        now += secs(60);
        let fence = take(world, "next", now).await.fence;
        assert_eq!(claim_all(&world.db, now, fence, 10).await.len(), 1);
    }
    assert_eq!(state(world, due.slot).await, "needs_attention/poison");
    assert_eq!(crash(world, now).await, Abandoned::default(), "and that is the end of it");
    let told = "SELECT count(*) FROM events WHERE kind = 'slot.needs_attention'";
    assert_eq!(world.number(told).await, 1);
}

async fn a_crash_while_sending_is_unknown_however_many_there_were(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    world.execute("UPDATE slots SET crashes = 7").await;
    let now = nine() + secs(120);
    assert_eq!(crash(world, now).await, Abandoned { unknown: 1, ..Abandoned::default() });
    assert_eq!(state(world, sent.0.slot).await, "unknown");
    let fence = take(world, "next", now).await.fence;
    let open = world.db.take_open_attempts(now, fence, 10).await.unwrap().remove(0);
    assert_eq!(open.crashes, 8, "and the reconciler is told");
    // Whatever ends the nodes that look, somebody looks on.
    assert_eq!(crash(world, now).await, Abandoned { unknown: 1, ..Abandoned::default() });
    assert_eq!(state(world, sent.0.slot).await, "unknown");
}

async fn a_claim_that_was_only_forgotten_is_no_crash(world: &World) {
    claimed(world, &["ada"]).await;
    let now = nine() + secs(200);
    let found = world.db.recover_abandoned(now, ClosedAt::At(now)).await.unwrap();
    assert_eq!(found, Abandoned { released: 1, ..Abandoned::default() });
    assert_eq!(world.number("SELECT crashes FROM slots").await, 0);
}

on_both! {
    a_slot_that_crashes_three_nodes_needs_a_person,
    a_crash_while_sending_is_unknown_however_many_there_were,
    a_claim_that_was_only_forgotten_is_no_crash,
    a_fence_only_grows,
    a_lease_is_renewed_until_it_has_ended_or_expired,
    a_lease_expires_by_the_clock_that_all_nodes_share,
    a_node_shows_what_it_declares,
    the_last_sign_of_life_is_remembered,
    another_database_is_noticed_and_ends_the_lease,
    a_fence_that_was_given_twice_renews_nobody_elses_lease,
    a_machine_that_stopped_under_its_node_is_noticed,
    on_sqlite_a_new_lease_ends_the_old_ones,
    only_a_server_has_a_clock,
    a_dead_nodes_claims_are_released_and_its_sends_are_unknown,
    another_nodes_socket_counts_as_closed_later,
    an_interrupted_look_is_taken_up_again,
    a_claim_that_a_live_node_has_forgotten_is_released_after_three_minutes,
    a_look_that_a_live_node_has_forgotten_is_taken_up_again,
    a_send_that_a_live_node_has_forgotten_is_unknown_after_a_minute,
    distrust_keeps_the_earliest_moment,
}
