//! S7: an outcome is written whole, or not at all.

use domain::model::{
    BotState, FailReason, Fence, MicroUsd, PostState, SkipReason, SlotPhase, SlotState, StateReason,
};
use domain::ports::store::{
    BotChange, BotStore, NodeStore, PostMove, PostStore, ReadStore, SlotStore, Spend, SpendKind,
};

use crate::steps::{
    claim_all, claimed, id, lost, moved, nine, outcome_unknown, post_state, posted, receipt,
    remaining, secs, sending, settle, state, x_id,
};
use crate::world::{World, on_both};

async fn a_posted_slot_leaves_every_trace(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    let mut settlement = posted(&sent, "1445880548472328192");
    settlement.spend = vec![Spend { kind: SpendKind::Post, amount: MicroUsd(15_000) }];
    settlement.bot.refusals_in_row = Some(0);
    assert_eq!(settle(world, &[settlement.clone()]).await, [sent.0.slot]);
    let line = world.db.find_slot(sent.0.slot).await.unwrap().unwrap();
    assert_eq!((line.state, line.wake_at, line.attempts), (SlotState::Posted, None, 1));
    assert_eq!(line.x_post_id, Some(x_id("1445880548472328192")));
    assert_eq!(line.posted_at, Some(nine() + secs(1)));
    assert_eq!(line.text.as_deref(), Some("ada says hello"));
    let post = world.db.find_post(sent.0.post).await.unwrap().unwrap();
    assert_eq!((post.state, post.slot), (PostState::Published, Some(sent.0.slot)));
    assert_eq!(world.number("SELECT used FROM posts").await, 1);
    let bot = world.db.find_bot_line(&id("ada")).await.unwrap().unwrap();
    assert_eq!((bot.stats.total_posts, bot.stats.remaining_posts), (1, 0));
    assert_eq!(
        (bot.stats.last_post_at, bot.stats.spend),
        (Some(nine() + secs(1)), MicroUsd(15_000))
    );
    assert_eq!(world.words("SELECT anchor FROM bots").await, ["1445880548472328192"]);
    assert_eq!(world.words("SELECT state FROM attempts").await, ["posted"]);
    assert_eq!(world.words("SELECT kind FROM events").await, ["slot.posted"]);
    assert_eq!(
        world.number("SELECT CAST(sum(amount_micro_usd) AS BIGINT) FROM ledger").await,
        15_000
    );
    // The same outcome again changes nothing.
    assert!(settle(world, &[settlement]).await.is_empty());
    assert_eq!(world.number("SELECT total_posts FROM bot_stats").await, 1);
}

async fn a_lost_swap_writes_nothing_of_its_settlement(world: &World) {
    let mut sent = sending(world, &["ada", "bob"]).await;
    let (bob, ada) = (sent.pop().unwrap(), sent.pop().unwrap());
    let mut stale = posted(&ada, "101");
    stale.change.version -= 1;
    stale.spend = vec![Spend { kind: SpendKind::Post, amount: MicroUsd(5) }];
    stale.bot.state = Some((BotState::Paused, StateReason::Auth));
    assert_eq!(settle(world, &[stale, posted(&bob, "102")]).await, [bob.0.slot]);
    assert_eq!(state(world, ada.0.slot).await, "sending");
    assert_eq!(post_state(world, ada.0.post).await, "assigned");
    assert_eq!(world.words("SELECT x_post_id FROM receipts").await, ["102"]);
    let lines = "SELECT count(*) FROM ledger WHERE entry <> 'reserve'";
    assert_eq!(world.number(lines).await, 0);
    assert_eq!(world.number("SELECT count(*) FROM events").await, 1);
    assert_eq!(world.words("SELECT state FROM bots WHERE bot_id = 'ada'").await, ["active"]);

    let mut foreign = posted(&ada, "103");
    foreign.change.fence = Some(Fence(ada.0.fence.0 + 1));
    let mut early = posted(&ada, "103");
    early.change.from = SlotPhase::Claimed;
    let mut other = posted(&ada, "103");
    other.change.bot = id("bob");
    for wrong in [foreign, early, other] {
        assert!(settle(world, &[wrong]).await.is_empty());
    }
}

async fn one_receipt_proves_one_slot(world: &World) {
    let sent = sending(world, &["ada", "bob", "carl"]).await;
    let both = [posted(&sent[0], "101"), posted(&sent[1], "101")];
    assert_eq!(settle(world, &both).await, [sent[0].0.slot]);
    assert!(settle(world, &[posted(&sent[1], "101")]).await.is_empty());
    let again = [posted(&sent[2], "102"), posted(&sent[2], "103")];
    assert_eq!(settle(world, &again).await, [sent[2].0.slot]);
    assert_eq!(state(world, sent[1].0.slot).await, "sending");
    assert_eq!(
        world.words("SELECT x_post_id FROM receipts ORDER BY post_id").await,
        ["101", "102"]
    );
}

async fn a_lost_answer_is_unknown_and_counted(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    let wake_at = nine() + secs(6);
    assert_eq!(settle(world, &[lost(&sent, wake_at)]).await, [sent.0.slot]);
    let line = world.db.find_slot(sent.0.slot).await.unwrap().unwrap();
    assert_eq!((line.state, line.wake_at), (SlotState::Unknown, Some(wake_at)));
    assert_eq!(line.detail.as_deref(), Some("so it went"));
    assert_eq!(world.number("SELECT ambiguous_rounds FROM slots").await, 1);
    assert_eq!(world.words("SELECT state FROM attempts").await, ["unknown"]);
    let bot = world.db.find_bot_line(&id("ada")).await.unwrap().unwrap();
    assert_eq!(bot.last_error, Some(("so it went".to_owned(), nine() + secs(3))));
    world.execute("UPDATE bot_stats SET low_water = 0").await;
    assert_eq!(world.db.next_wake().await.unwrap(), Some(wake_at));
}

async fn a_skipped_slot_gives_its_post_back_to_its_place(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let late = crate::steps::queue(world, "ada", "later", Some("ships")).await;
    let skipped = SlotState::Skipped(SkipReason::Late);
    settle(world, &[moved(&due, skipped, PostMove::BackToQueue)]).await;
    assert_eq!(state(world, due.slot).await, "skipped/late");
    let queue = world.db.list_queue(&id("ada"), 10).await.unwrap();
    let ids: Vec<_> = queue.iter().map(|post| (post.id, post.slot)).collect();
    assert_eq!(ids, [(due.post, None), (late, None)]);
    assert_eq!(remaining(world, "ada").await, 2);
    assert_eq!(world.db.find_slot(due.slot).await.unwrap().unwrap().text, None);
}

async fn a_post_moved_to_the_front_goes_before_all_others(world: &World) {
    let due = claimed(world, &["ada", "bob"]).await.remove(0);
    let skipped = SlotState::Skipped(SkipReason::Late);
    settle(world, &[moved(&due, skipped, PostMove::ToFront)]).await;
    let refills = world.db.take_refills(nine(), Fence(1), 10).await.unwrap();
    let ada = refills.iter().find(|refill| refill.bot == due.bot).unwrap();
    assert_eq!(ada.stock.front, Some(due.post));
    assert_eq!(remaining(world, due.bot.as_str()).await, 1);
}

async fn a_rehearsed_and_a_rejected_post_never_come_back(world: &World) {
    let due = claimed(world, &["ada", "bob"]).await;
    let rehearsed = moved(&due[0], SlotState::Skipped(SkipReason::DryRun), PostMove::Rehearsed);
    let failed = SlotState::Failed(FailReason::RefusedByX);
    let rejected = moved(&due[1], failed, PostMove::Rejected);
    assert_eq!(settle(world, &[rehearsed, rejected]).await.len(), 2);
    assert_eq!(post_state(world, due[0].post).await, "dry_run");
    assert_eq!(post_state(world, due[1].post).await, "rejected");
    let sums = "SELECT CAST(sum(total_posts + remaining_posts) AS BIGINT) FROM bot_stats";
    assert_eq!(world.number(sums).await, 0);
}

async fn a_released_claim_is_no_news_and_can_be_claimed_again(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let mut release = moved(&due, SlotState::Assigned, PostMove::Keep);
    release.change.wake_at = Some(nine() + secs(30));
    settle(world, &[release]).await;
    assert_eq!(world.number("SELECT count(*) FROM events").await, 0);
    assert_eq!(world.words("SELECT CAST(fence AS TEXT) FROM slots").await, ["NULL"]);
    let again = claim_all(&world.db, nine() + secs(30), due.fence, 10).await;
    assert_eq!(again[0].version, due.version + 2);
}

async fn an_outcome_changes_its_bot(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    world.db.distrust_history(nine(), nine()).await.unwrap();
    let mut settlement = moved(&due, SlotState::RetryWait, PostMove::Keep);
    settlement.bot = BotChange {
        state: Some((BotState::NeedsLogin, StateReason::Auth)),
        pause_app: None,
        blocked_until: Some(nine() + secs(900)),
        refusals_in_row: Some(2),
        settles_doubt: Some(nine()),
        anchor: Some(x_id("99")),
        ..BotChange::default()
    };
    settlement.change.wake_at = Some(nine());
    settle(world, &[settlement]).await;
    let again = claim_all(&world.db, nine(), due.fence, 10).await.remove(0);
    assert_eq!(again.facts.state, BotState::NeedsLogin);
    assert_eq!(again.facts.state_reason, Some(StateReason::Auth));
    assert_eq!(again.facts.blocked_until, Some(nine() + secs(900)));
    assert_eq!((again.facts.refusals_in_row, again.facts.distrusted_since), (2, None));
    assert_eq!(again.facts.anchor, Some(x_id("99")));
    let kinds = world.words("SELECT kind FROM events ORDER BY id").await;
    assert_eq!(kinds, ["slot.retry_wait", "bot.needs_login"]);
}

async fn the_anchor_only_grows_and_grows_as_a_number(world: &World) {
    let due = claimed(world, &["ada"]).await.remove(0);
    let steps = [("99", "99"), ("100", "100"), ("99", "100"), ("101", "101")];
    for ((seen, anchor), version) in steps.into_iter().zip(due.version..) {
        let mut change =
            crate::steps::change(&due, SlotPhase::Claimed, version, SlotState::Claimed);
        change.wake_at = Some(nine());
        let mut settlement = moved(&due, SlotState::Claimed, PostMove::Keep);
        settlement.change = change;
        settlement.bot.anchor = Some(x_id(seen));
        assert_eq!(settle(world, &[settlement]).await.len(), 1);
        assert_eq!(world.words("SELECT anchor FROM bots").await, [anchor]);
    }
}

async fn an_app_without_credit_pauses_all_its_active_bots(world: &World) {
    let mut bots: Vec<_> = ["ada", "bob", "carl", "dora"].map(testkit::bot).into();
    "another".clone_into(&mut bots[2].app);
    world.db.sync_bots(&bots, &[], crate::steps::start()).await.unwrap();
    let reason = Some(StateReason::Operator);
    world.db.set_bot_state(&id("dora"), BotState::Paused, reason, nine()).await.unwrap();
    let due = claimed(world, &["ada"]).await.remove(0);
    let mut settlement = moved(&due, outcome_unknown(), PostMove::Keep);
    settlement.bot.pause_app = Some(StateReason::Billing);
    settle(world, &[settlement]).await;
    let states = world
        .words("SELECT bot_id || ' ' || state || ' ' || COALESCE(state_reason, '-') FROM bots ORDER BY 1")
        .await;
    let expected =
        ["ada paused billing", "bob paused billing", "carl active -", "dora paused operator"];
    assert_eq!(states, expected);
}

async fn the_last_error_is_cleared_by_the_next_success(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    world.execute("UPDATE bot_stats SET last_error = 'old', last_error_at = 5").await;
    settle(world, &[posted(&sent, "101")]).await;
    assert_eq!(world.words("SELECT last_error FROM bot_stats").await, ["NULL"]);
}

async fn words_of_x_may_hold_any_character(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    let mut settlement = lost(&sent, nine());
    "X said \0 and \"quotes\" \\u0000".clone_into(&mut settlement.change.detail);
    if let Some(verdict) = &mut settlement.attempt {
        "\0".clone_into(&mut verdict.detail);
        verdict.request_id = Some("\0".to_owned());
    }
    assert_eq!(settle(world, &[settlement]).await.len(), 1);
    let detail = world.words("SELECT detail FROM slots").await;
    assert_eq!(detail, ["X said \u{fffd} and \"quotes\" \\u0000"]);
}

async fn an_adopted_receipt_says_so(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    let mut settlement = posted(&sent, "101");
    settlement.receipt = Some(domain::model::Receipt { is_adopted: true, ..receipt("101") });
    settle(world, &[settlement]).await;
    assert_eq!(world.number("SELECT is_adopted FROM receipts").await, 1);
}

on_both! {
    a_posted_slot_leaves_every_trace,
    a_lost_swap_writes_nothing_of_its_settlement,
    one_receipt_proves_one_slot,
    a_lost_answer_is_unknown_and_counted,
    a_skipped_slot_gives_its_post_back_to_its_place,
    a_post_moved_to_the_front_goes_before_all_others,
    a_rehearsed_and_a_rejected_post_never_come_back,
    a_released_claim_is_no_news_and_can_be_claimed_again,
    an_outcome_changes_its_bot,
    the_anchor_only_grows_and_grows_as_a_number,
    an_app_without_credit_pauses_all_its_active_bots,
    the_last_error_is_cleared_by_the_next_success,
    words_of_x_may_hold_any_character,
    an_adopted_receipt_says_so,
}
