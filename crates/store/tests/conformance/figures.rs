//! Figures: counters that say what the rows say, and the bill.

use domain::model::{Lateness, MicroUsd, Purse, SkipReason, SlotState};
use domain::ports::store::{
    DaySpend, Ending, FigureStore, PostMove, PostStore, RefillNote, Spend, SpendKind,
};
use jiff::civil::date;

use crate::steps::{claimed, id, moved, nine, posted, secs, sending, settle, start};
use crate::world::{World, on_both};

async fn endings_are_counted_by_the_hour_as_they_are_row_by_row(world: &World) {
    let sent = sending(world, &["ada", "bob", "carl"]).await;
    let mut late = posted(&sent[1], "102");
    late.receipt.as_mut().unwrap().posted_at = nine() + secs(70);
    settle(world, &[posted(&sent[0], "101"), late, posted(&sent[2], "103")]).await;
    let skipped = claimed(world, &["dora"]).await.remove(0);
    let quiet = SlotState::Skipped(SkipReason::QuietHours);
    settle(world, &[moved(&skipped, quiet, PostMove::BackToQueue)]).await;

    let all = world.db.list_endings(None, start(), 100).await.unwrap();
    let count =
        |ending| all.iter().filter(|one| one.ending == ending).map(|one| one.count).sum::<u64>();
    assert_eq!(count(Ending::Posted(Some(Lateness::TenMinutes))), 1);
    assert_eq!(count(Ending::Skipped(SkipReason::QuietHours)), 1);
    assert_eq!(all.iter().map(|one| one.count).sum::<u64>(), 4);
    assert!(all.iter().all(|one| one.due_at.as_second() % 3_600 == 0));

    let bob = world.db.list_endings(Some(&id("bob")), start(), 100).await.unwrap();
    let shown: Vec<_> = bob.iter().map(|one| (one.due_at, one.ending, one.count)).collect();
    assert_eq!(shown, [(nine(), Ending::Posted(Some(Lateness::TenMinutes)), 1)]);
    let hour = nine().as_second() / 3_600;
    assert_eq!(world.db.list_drifted_hours(hour - 24, hour + 48).await.unwrap(), []);
}

async fn a_counter_that_drifted_is_found_and_mended(world: &World) {
    let sent = sending(world, &["ada", "bob"]).await;
    let mut late = posted(&sent[1], "102");
    late.receipt.as_mut().unwrap().posted_at = nine() + secs(3_600);
    settle(world, &[posted(&sent[0], "101"), late]).await;
    world.execute("UPDATE endings SET slots = 7 WHERE detail = 'longer'").await;
    world.execute("DELETE FROM endings WHERE detail <> 'longer'").await;
    let hour = nine().as_second() / 3_600;
    let drifted = world.db.list_drifted_hours(hour, hour + 1).await.unwrap();
    let mut shown: Vec<_> = drifted.iter().map(|one| (one.counted, one.real)).collect();
    shown.sort_unstable();
    assert_eq!(shown, [(0, 1), (7, 1)]);
    assert_eq!(world.db.mend_hours(&drifted).await.unwrap(), 2);
    assert_eq!(world.db.mend_hours(&drifted).await.unwrap(), 0, "somebody counted in between");
    assert_eq!(world.db.list_drifted_hours(hour, hour + 1).await.unwrap(), []);
}

async fn each_step_of_lateness_is_the_same_in_the_rows_and_in_the_counters(world: &World) {
    let names: Vec<String> = (0..6).map(|n| format!("bot-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let sent = sending(world, &names).await;
    let late = [0, 1, 10, 60, 600, 3_600].into_iter().zip(&sent).enumerate();
    let outcomes: Vec<_> = late
        .map(|(n, (late, one))| {
            let mut outcome = posted(one, &format!("10{n}"));
            outcome.receipt.as_mut().unwrap().posted_at = nine() + secs(late);
            outcome
        })
        .collect();
    settle(world, &outcomes).await;
    let all = world.db.list_endings(None, start(), 100).await.unwrap();
    for step in Lateness::ALL {
        let found = all.iter().filter(|one| one.ending == Ending::Posted(Some(*step)));
        assert_eq!(found.map(|one| one.count).sum::<u64>(), 1, "{}", step.as_str());
    }
    let hour = nine().as_second() / 3_600;
    assert_eq!(world.db.list_drifted_hours(hour, hour + 1).await.unwrap(), []);
}

async fn topics_are_those_of_posts_that_left(world: &World) {
    let sent = sending(world, &["ada", "bob"]).await;
    settle(world, &[posted(&sent[0], "101")]).await;
    world.execute("UPDATE posts SET category = 'weather' WHERE bot_id = 'ada'").await;
    for bot in [None, Some(&id("ada"))] {
        let topics = world.db.list_topics(bot, start(), 10).await.unwrap();
        let shown: Vec<_> = topics.iter().map(|one| (one.topic.as_deref(), one.count)).collect();
        assert_eq!(shown, [(Some("weather"), 1)]);
    }
    assert_eq!(world.db.list_topics(Some(&id("bob")), start(), 10).await.unwrap(), []);
}

async fn what_review_refused_is_counted_by_its_rule(world: &World) {
    crate::steps::declare(world, &["ada", "bob"]).await;
    let note = |bot, drops: &[(&str, u64)]| RefillNote {
        bot: id(bot),
        not_before: nine(),
        error: None,
        spend: None,
        reservation: None,
        drops: drops.iter().map(|(rule, count)| ((*rule).to_owned(), *count)).collect(),
    };
    for note in [
        note("ada", &[("length", 2), ("link", 1)]),
        note("ada", &[("link", 4)]),
        note("bob", &[("length", 1)]),
    ] {
        world.db.store_refill(&[], &note, nine()).await.unwrap();
    }
    let shown = async |bot: Option<&str>| {
        let bot = bot.map(id);
        let drops = world.db.list_drops(bot.as_ref(), date(2026, 1, 1)).await.unwrap();
        drops.into_iter().map(|one| format!("{} {}", one.rule, one.count)).collect::<Vec<_>>()
    };
    assert_eq!(shown(None).await, ["link 5", "length 3"]);
    assert_eq!(shown(Some("ada")).await, ["link 5", "length 2"]);
    assert!(world.db.list_drops(None, date(2999, 1, 1)).await.unwrap().is_empty());
}

async fn the_bill_is_told_by_day_by_bot_and_line_by_line(world: &World) {
    let sent = sending(world, &["ada", "bob"]).await;
    let mut paid = posted(&sent[0], "101");
    paid.spend = vec![
        Spend { kind: SpendKind::Post, amount: MicroUsd(15_000) },
        Spend { kind: SpendKind::Read, amount: MicroUsd(500) },
    ];
    settle(world, &[paid]).await;
    let day = domain::model::utc_day(nine());
    let spend = |bot: Option<&str>, amount| DaySpend {
        bot: bot.map(id),
        day,
        purse: Purse::X,
        amount: MicroUsd(amount),
    };
    // Bob's post is on its way, and its price reserved.
    assert_eq!(world.db.list_spend(day).await.unwrap(), [spend(None, 30_500)]);
    let each = world.db.list_spend_of(&[id("ada"), id("bob")], day).await.unwrap();
    assert_eq!(each, [spend(Some("ada"), 15_500), spend(Some("bob"), 15_000)]);
    let spenders = world.db.list_spenders(1, nine()).await.unwrap();
    assert_eq!(spenders.len(), 1, "{spenders:?}");
    assert_eq!(spenders[0].gone_this_month, MicroUsd(15_500));

    let lines = world.db.list_ledger(None, None, 10).await.unwrap();
    assert!(lines.windows(2).all(|two| two[0].id > two[1].id));
    assert_eq!(lines.iter().map(|line| line.amount).sum::<MicroUsd>(), MicroUsd(30_500));
    let ada = world.db.list_ledger(Some(&id("ada")), None, 10).await.unwrap();
    assert!(ada.iter().all(|line| line.bot == id("ada")));
    assert_eq!(ada.iter().map(|line| line.amount).sum::<MicroUsd>(), MicroUsd(15_500));
    let older = world.db.list_ledger(Some(&id("ada")), Some(ada[0].id), 10).await.unwrap();
    assert_eq!(older, ada[1..]);
    assert_eq!(world.db.list_ledger(None, Some(lines[0].id), 10).await.unwrap(), lines[1..]);
}

on_both! {
    endings_are_counted_by_the_hour_as_they_are_row_by_row,
    a_counter_that_drifted_is_found_and_mended,
    each_step_of_lateness_is_the_same_in_the_rows_and_in_the_counters,
    topics_are_those_of_posts_that_left,
    what_review_refused_is_counted_by_its_rule,
    the_bill_is_told_by_day_by_bot_and_line_by_line,
}
