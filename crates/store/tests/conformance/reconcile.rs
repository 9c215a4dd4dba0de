//! Open outcomes: who looks when, and what a timeline proves.

use domain::model::{
    AttemptState, MicroUsd, OnMiss, PostId, Receipt, SkipReason, SlotId, SlotPhase, SlotState,
};
use domain::ports::store::{
    AttemptStore, BotChange, BotStore, NodeStore, PostMove, ReadStore, SeenPost, Settlement, Spend,
    SpendKind, SweepLook,
};
use jiff::Timestamp;

use crate::steps::{
    change, claim_all, claimed, doubted, id, intent, lease, lost, moved, nine, outcome_unknown,
    plan, post_state, queue, receipt, remaining, secs, sending, settle, start, state, verdict,
    x_id,
};
use crate::world::{World, on_both};

async fn an_open_attempt_is_taken_when_its_look_is_due(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    world.db.set_x_user(&id("ada"), &x_id("7"), nine()).await.unwrap();
    settle(world, &[lost(&sent, nine() + secs(5))]).await;
    let take = |at| world.db.take_open_attempts(at, sent.0.fence, 10);
    assert!(take(nine() + secs(4)).await.unwrap().is_empty());
    let open = take(nine() + secs(5)).await.unwrap().remove(0);
    assert_eq!((open.phase, open.version), (SlotPhase::Reconciling, sent.1.version + 2));
    assert_eq!(
        (open.due_at, open.catch_up_window, open.on_miss),
        (nine(), secs(1800), OnMiss::Skip)
    );
    assert_eq!(
        (open.ambiguous_rounds, open.x_user, open.fence),
        (1, Some(x_id("7")), sent.0.fence)
    );
    let attempt = open.attempt;
    assert_eq!(
        (attempt.id, attempt.slot, attempt.post),
        (sent.1.attempt, sent.0.slot, sent.0.post)
    );
    assert_eq!((attempt.number, attempt.payload.as_str()), (1, "ada says hello"));
    assert_eq!((attempt.intent_at, attempt.first_intent_at), (nine(), nine()));
    assert_eq!((attempt.send_by, attempt.closed_at), (nine() + secs(25), nine() + secs(2)));
    assert_eq!((attempt.absence_votes, attempt.looks, attempt.is_duplicate_answer), (0, 0, false));
    // Whoever takes it over tells on in the trace of its intent.
    assert_eq!(attempt.trace, Some(intent(&sent.0, nine()).trace));
    assert!(take(nine() + secs(5)).await.unwrap().is_empty());
}

async fn votes_are_kept_between_looks(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    settle(world, &[lost(&sent, nine())]).await;
    let open = world.db.take_open_attempts(nine(), sent.0.fence, 10).await.unwrap().remove(0);
    let mut again = lost(&sent, nine() + secs(60));
    again.change.from = SlotPhase::Reconciling;
    again.change.version = open.version;
    if let Some(verdict) = &mut again.attempt {
        (verdict.absence_votes, verdict.looks, verdict.is_duplicate_answer) = (2, 3, true);
    }
    assert_eq!(settle(world, &[again]).await.len(), 1);
    let at = nine() + secs(60);
    let open = world.db.take_open_attempts(at, sent.0.fence, 10).await.unwrap().remove(0);
    assert_eq!((open.attempt.absence_votes, open.attempt.looks), (2, 3));
    assert!(open.attempt.is_duplicate_answer);
    assert_eq!(open.ambiguous_rounds, 1);
}

async fn the_second_attempt_remembers_the_first_lost_one(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    settle(world, &[lost(&sent, nine())]).await;
    let open = world.db.take_open_attempts(nine(), sent.0.fence, 10).await.unwrap().remove(0);
    let mut absent = change(&sent.0, SlotPhase::Reconciling, open.version, SlotState::RetryWait);
    absent.wake_at = Some(nine() + secs(700));
    let settlement = Settlement {
        change: absent,
        attempt: Some(verdict(&sent.1, AttemptState::Absent)),
        receipt: None,
        bot: BotChange::default(),
        spend: Vec::new(),
    };
    settle(world, &[settlement]).await;
    let now = nine() + secs(700);
    let due = claim_all(&world.db, now, sent.0.fence, 10).await.remove(0);
    assert_eq!((due.attempts, due.ambiguous_rounds), (1, 1));
    let begun = world.db.begin_attempts(&[intent(&due, now)], now).await.unwrap().remove(0);
    settle(world, &[lost(&(due, begun), now)]).await;
    let open = world.db.take_open_attempts(now, sent.0.fence, 10).await.unwrap().remove(0);
    assert_eq!((open.attempt.number, open.ambiguous_rounds), (2, 2));
    assert_eq!((open.attempt.first_intent_at, open.attempt.intent_at), (nine(), now));
}

async fn reading_goes_on_where_a_person_was_called(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    let mut called = lost(&sent, nine() + secs(3600));
    called.change.to = outcome_unknown();
    settle(world, &[called]).await;
    let at = nine() + secs(3600);
    let open = world.db.take_open_attempts(at, sent.0.fence, 10).await.unwrap().remove(0);
    assert_eq!(open.phase, SlotPhase::NeedsAttention);
    assert_eq!(state(world, sent.0.slot).await, "needs_attention/outcome_unknown");
    // Nobody else takes it while this node reads; if it dies, somebody does.
    assert!(world.db.take_open_attempts(at, sent.0.fence, 10).await.unwrap().is_empty());
    let at = at + secs(120);
    assert_eq!(world.db.take_open_attempts(at, sent.0.fence, 10).await.unwrap().len(), 1);
}

async fn other_calls_for_a_person_are_not_read_for(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let auth = SlotState::NeedsAttention(domain::model::AttentionReason::Auth);
    let mut called = moved(&due, auth, PostMove::Keep);
    called.change.wake_at = Some(nine());
    settle(world, &[called]).await;
    assert!(world.db.take_open_attempts(nine(), due.fence, 10).await.unwrap().is_empty());
}

async fn no_more_open_attempts_are_taken_than_asked(world: &World) {
    let sent = sending(world, &["ada", "bob", "carl"]).await;
    let all: Vec<_> = sent.iter().map(|one| lost(one, nine())).collect();
    settle(world, &all).await;
    let fence = sent[0].0.fence;
    assert_eq!(world.db.take_open_attempts(nine(), fence, 2).await.unwrap().len(), 2);
    assert_eq!(world.db.take_open_attempts(nine(), fence, 2).await.unwrap().len(), 1);
}

fn seen(post: PostId, slot: Option<SlotId>, x: &str) -> SeenPost {
    let receipt = Receipt { is_adopted: true, ..receipt(x) };
    let spent = vec![Spend { kind: SpendKind::Post, amount: MicroUsd(15_000) }];
    SeenPost { post, slot, receipt, spent }
}

/// What ada's timeline shows.
async fn adopt(world: &World, seen: &[SeenPost], look: SweepLook) -> Option<Vec<PostId>> {
    world.db.adopt_seen(&id("ada"), seen, look, nine()).await.unwrap()
}

async fn a_post_seen_on_the_timeline_ends_its_slot(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let look = doubted(world, due.fence).await;
    let found = [seen(due.post, None, "500")];
    assert_eq!(adopt(world, &found, look).await, Some(vec![due.post]));
    let line = world.db.find_slot(due.slot).await.unwrap().unwrap();
    assert_eq!((line.state, line.x_post_id), (SlotState::Posted, Some(x_id("500"))));
    assert_eq!(post_state(world, due.post).await, "published");
    let bot = world.db.find_bot_line(&id("ada")).await.unwrap().unwrap();
    assert_eq!((bot.stats.total_posts, bot.stats.last_post_at), (1, Some(nine() + secs(1))));
    assert_eq!(world.words("SELECT anchor FROM bots").await, ["500"]);
    assert_eq!(world.words("SELECT CAST(distrusted_since AS TEXT) FROM bots").await, ["NULL"]);
    assert_eq!(world.number("SELECT amount_micro_usd FROM ledger").await, 15_000);
    assert_eq!(bot.stats.spend.0, 15_000);
    // The node that held the slot has lost it.
    assert!(world.db.begin_attempts(&[intent(&due, nine())], nine()).await.unwrap().is_empty());
    // And once more: nothing, whether there is a doubt or not.
    assert_eq!(adopt(world, &found, look).await, None);
    let look = doubted(world, due.fence).await;
    assert_eq!(adopt(world, &found, look).await, Some(vec![]));
    assert_eq!(world.number("SELECT total_posts FROM bot_stats").await, 1);
}

/// A node looked, and stood still before it said so; another doubt came meanwhile.
async fn a_look_settles_the_doubt_it_began_with_and_none_that_came_since(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let found = [seen(due.post, None, "500")];
    let doubt = async || {
        let since = &world.words("SELECT CAST(distrusted_since AS TEXT) FROM bots").await[0];
        since.parse().ok().map(|since| Timestamp::from_millisecond(since).unwrap())
    };
    let mut look = doubted(world, due.fence).await;
    assert_eq!(doubt().await, Some(look.doubt));
    for later in [start(), nine()] {
        world.db.distrust_history(later, nine()).await.unwrap();
        assert_eq!(adopt(world, &found, look).await, None);
        let newest = doubt().await.unwrap();
        assert!(newest < look.doubt, "the timeline is read from before both");
        look.doubt = newest;
    }
    assert_eq!(world.words("SELECT anchor FROM bots").await, ["NULL"], "nothing was written");
    assert_eq!(adopt(world, &found, SweepLook { is_over: false, ..look }).await.unwrap().len(), 1);
    assert!(doubt().await.is_some());
    assert_eq!(adopt(world, &found, look).await, Some(vec![]));
    assert_eq!(doubt().await, None);
}

/// Its node has another lease by now, or none: who knows what happened since.
async fn a_look_of_a_lease_that_is_over_settles_nothing(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let look = doubted(world, due.fence).await;
    let found = [seen(due.post, None, "500")];
    world.execute("UPDATE nodes SET ended_at = 5").await;
    assert_eq!(adopt(world, &found, look).await, None);
    let fence = lease(world, nine()).await.fence;
    assert_eq!(adopt(world, &found, look).await, None);
    let look = SweepLook { fence, ..look };
    assert_eq!(adopt(world, &found, look).await, Some(vec![due.post]));
}

async fn a_queued_post_seen_takes_the_named_slot_and_frees_what_it_held(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let other = queue(world, "ada", "went out before the restore", None).await;
    let look = doubted(world, due.fence).await;
    let found = [seen(other, Some(due.slot), "500")];
    assert_eq!(adopt(world, &found, look).await, Some(vec![other]));
    assert_eq!(state(world, due.slot).await, "posted");
    assert_eq!(post_state(world, due.post).await, "queued");
    assert_eq!(remaining(world, "ada").await, 1);
    let slot = format!("SELECT slot_id FROM posts WHERE id = {}", other.0);
    assert_eq!(world.number(&slot).await, due.slot.0);
    assert_eq!(world.number("SELECT slot_id FROM receipts").await, due.slot.0);
}

async fn a_queued_post_seen_without_a_slot_is_published(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let skipped = SlotState::Skipped(SkipReason::Late);
    settle(world, &[moved(&due, skipped, PostMove::BackToQueue)]).await;
    // The named slot is over: the post is published all the same.
    let look = doubted(world, due.fence).await;
    let found = [seen(due.post, Some(due.slot), "500")];
    assert_eq!(adopt(world, &found, look).await, Some(vec![due.post]));
    assert_eq!(state(world, due.slot).await, "skipped/late");
    assert_eq!(remaining(world, "ada").await, 0);
    assert_eq!(world.words("SELECT CAST(slot_id AS TEXT) FROM receipts").await, ["NULL"]);
}

async fn nothing_foreign_is_adopted(world: &World) {
    let due = claimed(world, &["ada", "bob"]).await;
    let look = SweepLook { is_over: false, ..doubted(world, due[0].fence).await };
    let found = [seen(due[1].post, None, "500")];
    assert_eq!(adopt(world, &found, look).await, Some(vec![]));
    let twice = [seen(due[0].post, None, "501"), seen(due[0].post, None, "502")];
    assert_eq!(adopt(world, &twice, look).await.unwrap().len(), 1);
    // X's post proves one post only.
    let proven = [seen(due[1].post, None, "501")];
    let of_bob = world.db.adopt_seen(&due[1].bot, &proven, look, nine()).await.unwrap();
    assert_eq!(of_bob, Some(vec![]));
    assert_eq!(plan(world, nine()).await, 0);
}

on_both! {
    an_open_attempt_is_taken_when_its_look_is_due,
    votes_are_kept_between_looks,
    the_second_attempt_remembers_the_first_lost_one,
    reading_goes_on_where_a_person_was_called,
    other_calls_for_a_person_are_not_read_for,
    no_more_open_attempts_are_taken_than_asked,
    a_post_seen_on_the_timeline_ends_its_slot,
    a_look_settles_the_doubt_it_began_with_and_none_that_came_since,
    a_look_of_a_lease_that_is_over_settles_nothing,
    a_queued_post_seen_takes_the_named_slot_and_frees_what_it_held,
    a_queued_post_seen_without_a_slot_is_published,
    nothing_foreign_is_adopted,
}
