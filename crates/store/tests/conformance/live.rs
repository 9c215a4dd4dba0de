//! Bots that post to the real X: the checklist, the posts of a day, and accounts of one app that X
//! restricts.

use domain::model::{Bot, BotState, GoLiveItem, SlotState, StateReason};
use domain::ports::store::{BotChange, BotStore, DueSlot, LiveFacts, PostMove, Settlement};

use crate::steps::{
    assign_all, claim_all, claimed, id, lease, moved, nine, plan, queue, secs, settle, start, x_id,
};
use crate::world::{World, on_both};

async fn declare(world: &World, bot: &Bot) {
    world.db.sync_bots(std::slice::from_ref(bot), &[], start()).await.unwrap();
}

fn live(name: &str) -> Bot {
    Bot { is_live: true, warms_up: true, ..testkit::bot(name) }
}

async fn claim(world: &World) -> DueSlot {
    plan(world, nine()).await;
    queue(world, "ada", "hello", None).await;
    assign_all(world, nine()).await;
    let fence = lease(world, nine()).await.fence;
    claim_all(&world.db, nine(), fence, 10).await.remove(0)
}

async fn each_thing_is_confirmed_once_for_the_account_of_now(world: &World) {
    declare(world, &Bot { account: Some(x_id("12")), ..live("ada") }).await;
    let ada = id("ada");
    assert!(world.db.list_go_live(&ada).await.unwrap().is_empty());
    let some = [GoLiveItem::Label, GoLiveItem::Bio];
    assert!(world.db.confirm_go_live(&ada, &some, "eve@host", start()).await.unwrap());
    let again = world.db.confirm_go_live(&ada, GoLiveItem::ALL, "mallory", nine()).await;
    assert!(again.unwrap());
    let said = world.db.list_go_live(&ada).await.unwrap();
    let said: Vec<_> = said.iter().map(|one| (one.item, one.who.as_str(), one.at)).collect();
    assert_eq!(
        said,
        [
            (GoLiveItem::Bio, "eve@host", start()),
            (GoLiveItem::Label, "eve@host", start()),
            (GoLiveItem::HumanAccount, "mallory", nine()),
            (GoLiveItem::SpendCap, "mallory", nine()),
        ]
    );
    assert!(!world.db.confirm_go_live(&id("bob"), &some, "eve", start()).await.unwrap());
    declare(world, &Bot { account: Some(x_id("13")), ..live("ada") }).await;
    assert!(world.db.list_go_live(&ada).await.unwrap().is_empty(), "another account");
}

async fn a_claim_says_what_the_gate_asks_of_a_live_bot(world: &World) {
    declare(world, &Bot { account: Some(x_id("12")), ..live("ada") }).await;
    let due = claim(world).await;
    let facts = LiveFacts {
        unconfirmed: 4,
        warms_up_since: None,
        account: Some(x_id("12")),
        posted_in_a_day: 0,
    };
    assert_eq!(due.facts.live, Some(facts.clone()));
    settle(world, &[moved(&due, SlotState::Assigned, PostMove::Keep)]).await;
    let all = GoLiveItem::ALL;
    world.db.confirm_go_live(&id("ada"), all, "eve@host", start()).await.unwrap();
    for (day, post) in [(0, 1), (0, 2), (-2, 3)] {
        let at = nine().as_millisecond() - 1_000 + day * 86_400_000;
        queue(world, "ada", &format!("past {post}"), None).await;
        world
            .execute(&format!(
                "INSERT INTO receipts (post_id, bot_id, x_post_id, posted_at, is_adopted, created_at)
                 SELECT id, 'ada', '90{post}', {at}, 0, {at} FROM posts WHERE content = 'past {post}'"
            ))
            .await;
    }
    let again = claim_all(&world.db, nine() + secs(10), due.fence, 10).await.remove(0);
    let expected =
        LiveFacts { unconfirmed: 0, warms_up_since: Some(start()), posted_in_a_day: 2, ..facts };
    assert_eq!(again.facts.live, Some(expected));
}

async fn a_bot_of_a_sandbox_is_asked_nothing(world: &World) {
    declare(world, &testkit::bot("ada")).await;
    assert_eq!(claim(world).await.facts.live, None);
}

/// X ends associated accounts together, so two restricted ones stop the others of their app.
async fn two_restricted_accounts_stop_the_others_of_their_app(world: &World) {
    let due = claimed(world, &["ada", "bob", "eve"]).await;
    let other = Bot { app: "another".to_owned(), ..testkit::bot("zoe") };
    declare(world, &other).await;
    let stop = |due: &DueSlot, reason| Settlement {
        bot: BotChange { state: Some((BotState::Paused, reason)), ..BotChange::default() },
        ..moved(due, SlotState::Assigned, PostMove::Keep)
    };
    let state = async |name: &str| {
        let (_, state, reason) = world.db.find_bot(&id(name)).await.unwrap().unwrap();
        (state, reason)
    };
    let of = |name: &str| due.iter().find(|due| due.bot == id(name)).expect("it is claimed");
    settle(world, &[stop(of("ada"), StateReason::Suspended)]).await;
    assert_eq!(state("ada").await, (BotState::Paused, Some(StateReason::Suspended)));
    assert_eq!(state("eve").await, (BotState::Active, None));
    settle(world, &[stop(of("bob"), StateReason::LooksAutomated)]).await;
    let beside = (BotState::Paused, Some(StateReason::AssociatesRestricted));
    assert_eq!(state("eve").await, beside);
    assert_eq!(state("zoe").await, (BotState::Active, None));
}

on_both! {
    each_thing_is_confirmed_once_for_the_account_of_now,
    a_claim_says_what_the_gate_asks_of_a_live_bot,
    a_bot_of_a_sandbox_is_asked_nothing,
    two_restricted_accounts_stop_the_others_of_their_app,
}
