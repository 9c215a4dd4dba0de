//! What pages and health show.

use domain::model::{BotState, ManagedBy, MicroUsd, SkipReason, SlotState, StateReason};
use domain::ports::store::{
    BotStore, Counts, NodeStore, PostMove, ReadStore, SlotView, Spend, SpendKind,
};

use crate::steps::{
    claimed, declare, id, lost, moved, nine, outcome_unknown, plan, posted, queue, sending, settle,
    start,
};
use crate::world::{World, on_both};

async fn a_bot_is_shown_at_a_glance(world: &World) {
    declare(world, &["ada", "bob"]).await;
    plan(world, nine()).await;
    queue(world, "ada", "one", None).await;
    let reason = Some(StateReason::Operator);
    world.db.set_bot_state(&id("ada"), BotState::Paused, reason, start()).await.unwrap();
    let lines = world.db.list_bots(None, 10).await.unwrap();
    assert_eq!(lines.len(), 2);
    let ada = &lines[0];
    assert_eq!(
        (ada.stats.bot.clone(), ada.state, ada.state_reason),
        (id("ada"), BotState::Paused, reason)
    );
    assert_eq!((ada.stats.remaining_posts, ada.low_water, ada.is_rehearsal), (1, 5, false));
    assert_eq!((ada.next_slot_at, ada.managed_by), (Some(nine()), ManagedBy::File));
    assert_eq!((ada.schedule_cron.as_str(), ada.timezone.as_str()), ("0 9 * * *", "UTC"));
    assert_eq!(world.db.find_bot_line(&id("ada")).await.unwrap().as_ref(), Some(ada));
    assert_eq!(world.db.list_bots(Some(&id("ada")), 10).await.unwrap().len(), 1);
    assert_eq!(world.db.find_bot_line(&id("carl")).await.unwrap(), None);
}

async fn slots_are_shown_by_what_they_wait_for(world: &World) {
    let mut sent = sending(world, &["ada", "bob", "carl", "dora"]).await;
    let [dora, carl, bob, ada] = [(); 4].map(|()| sent.pop().unwrap());
    let mut attention = lost(&carl, nine());
    attention.change.to = outcome_unknown();
    settle(world, &[posted(&ada, "101"), lost(&bob, nine()), attention]).await;
    declare(world, &["ada", "bob", "carl", "dora", "eve"]).await;
    plan(world, nine()).await;
    let shown = |view, bot: Option<&'static str>| {
        let db = world.db.clone();
        async move {
            let bot = bot.map(id);
            let lines = db.list_slots(view, bot.as_ref(), 10).await.unwrap();
            lines.iter().map(|line| line.bot.to_string()).collect::<Vec<_>>()
        }
    };
    assert_eq!(shown(SlotView::Gone, None).await, ["ada"]);
    assert_eq!(shown(SlotView::Open, None).await.len(), 2);
    assert_eq!(shown(SlotView::Open, Some("dora")).await, ["dora"]);
    assert_eq!(shown(SlotView::Attention, None).await, ["carl"]);
    assert_eq!(shown(SlotView::Next, None).await, ["eve"]);
    assert!(shown(SlotView::Gone, Some("eve")).await.is_empty());
    assert_eq!(dora.0.bot, id("dora"));
    let missing = domain::model::SlotId(999);
    assert_eq!(world.db.find_slot(missing).await.unwrap(), None);
}

async fn a_retried_slot_is_shown_once(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    settle(world, &[posted(&sent, "101")]).await;
    world
        .execute(
            "INSERT INTO attempts (slot_id, bot_id, post_id, number, fence, state, payload, \
             payload_hash, first_intent_at, intent_at, send_by, closed_at, updated_at) \
             SELECT slot_id, bot_id, post_id, 7, fence, 'absent', payload, payload_hash, 0, 0, 0, \
             0, 0 FROM attempts",
        )
        .await;
    assert_eq!(world.db.list_slots(SlotView::Gone, None, 10).await.unwrap().len(), 1);
}

async fn the_whole_house_is_counted(world: &World) {
    assert_eq!(world.db.counts().await.unwrap(), Counts::default());
    let sent = sending(world, &["ada", "bob", "carl", "dora", "eve"]).await;
    queue(world, "eve", "more", None).await;
    let mut paid = posted(&sent[0], "101");
    paid.spend = vec![
        Spend { kind: SpendKind::Post, amount: MicroUsd(15_000) },
        Spend { kind: SpendKind::Read, amount: MicroUsd(500) },
    ];
    let mut attention = lost(&sent[2], nine());
    attention.change.to = outcome_unknown();
    settle(world, &[paid, lost(&sent[1], nine()), attention]).await;
    let reason = Some(StateReason::Operator);
    world.db.set_bot_state(&id("dora"), BotState::Closed, reason, nine()).await.unwrap();
    world.db.set_bot_state(&id("eve"), BotState::Paused, reason, nine()).await.unwrap();
    world.db.set_kill_switch(true, nine()).await.unwrap();
    let expected = Counts {
        bots: 4,
        bots_active: 3,
        bots_needing_login: 0,
        queues_low: 3,
        queues_empty: 3,
        queued: 1,
        published: 1,
        unknown: 1,
        attention: 1,
        spend: MicroUsd(15_500),
        is_stopped: true,
    };
    assert_eq!(world.db.counts().await.unwrap(), expected);
    world.db.ping().await.unwrap();
}

async fn a_row_that_nobody_wrote_is_named(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let skipped = SlotState::Skipped(SkipReason::Late);
    settle(world, &[moved(&due, skipped, PostMove::Keep)]).await;
    world.execute("UPDATE slots SET reason = 'boredom'").await;
    let error = world.db.find_slot(due.slot).await.unwrap_err();
    let expected = domain::ports::store::StoreError::Corrupt {
        table: "slots",
        row: due.slot.0.to_string(),
        detail: "state `skipped` with reason Some(\"boredom\") is not a state of a slot".to_owned(),
    };
    assert_eq!(error, expected);
}

on_both! {
    a_bot_is_shown_at_a_glance,
    slots_are_shown_by_what_they_wait_for,
    a_retried_slot_is_shown_once,
    the_whole_house_is_counted,
    a_row_that_nobody_wrote_is_named,
}
