//! A bot whose token is another account's: what is known of the old one is forgotten.

use domain::model::{Bot, ManagedBy};
use domain::ports::store::{BotStore, SlotView};
use domain::ports::store::{ReadStore, SyncReport};

use crate::steps::{id, lost, nine, secs, sending, settle, start, state, x_id};
use crate::world::{World, on_both};

async fn declare(world: &World, account: Option<&str>, tone: &str) -> SyncReport {
    let mut bot = Bot { account: account.map(x_id), ..testkit::bot("ada") };
    tone.clone_into(&mut bot.persona.tone);
    world.db.sync_bots(&[bot], &[ManagedBy::File], start() + secs(1)).await.unwrap()
}

async fn known(world: &World) -> Vec<String> {
    world
        .words(
            "SELECT COALESCE(x_user_id, '-') || ' ' || COALESCE(anchor, '-') || ' '
                || CASE WHEN distrusted_since IS NULL THEN 'trusted' ELSE 'read first' END
             FROM bots",
        )
        .await
}

async fn the_same_account_is_kept(world: &World) {
    declare(world, Some("7"), "calm").await;
    world.db.set_x_user(&id("ada"), &x_id("7"), start()).await.unwrap();
    world.execute("UPDATE bots SET anchor = '500'").await;
    assert_eq!(declare(world, Some("7"), "loud").await.changed, [id("ada")]);
    // A rehearsal has no token, and says nothing.
    declare(world, None, "loud").await;
    declare(world, Some("7"), "loud").await;
    assert_eq!(known(world).await, ["7 500 trusted"]);
    assert_eq!(world.number("SELECT count(*) FROM events").await, 0);
}

async fn another_account_is_read_before_the_bot_posts(world: &World) {
    // Of the time before tokens were compared only this is known.
    declare(world, None, "calm").await;
    world.db.set_x_user(&id("ada"), &x_id("7"), start()).await.unwrap();
    world.execute("UPDATE bots SET anchor = '500'").await;
    declare(world, Some("8"), "calm").await;
    assert_eq!(known(world).await, ["- - read first"]);
    assert_eq!(world.words("SELECT kind FROM events").await, ["bot.account_changed"]);

    world.execute("UPDATE bots SET distrusted_since = NULL").await;
    declare(world, Some("9"), "calm").await;
    assert_eq!(known(world).await, ["- - read first"]);
}

async fn what_the_old_account_may_have_is_left_to_a_person(world: &World) {
    let sent = sending(world, &["ada"]).await.remove(0);
    settle(world, &[lost(&sent, nine() + secs(5))]).await;
    world.db.set_x_user(&id("ada"), &x_id("7"), start()).await.unwrap();
    declare(world, Some("8"), "calm").await;
    assert_eq!(state(world, sent.0.slot).await, "needs_attention/outcome_unknown");
    let called = world.db.list_slots(SlotView::Attention, None, 10).await.unwrap();
    assert!(called[0].detail.as_deref().is_some_and(|why| why.contains("another X account")));
    assert_eq!(world.number("SELECT count(*) FROM slots WHERE wake_at IS NOT NULL").await, 0);
}

on_both! {
    the_same_account_is_kept,
    another_account_is_read_before_the_bot_posts,
    what_the_old_account_may_have_is_left_to_a_person,
}
