//! Feeds and what they told.

use std::collections::BTreeSet;

use domain::model::{
    Bot, BotFile, BotState, Feed, FeedId, FeedItem, FeedUrl, ItemId, ManagedBy, MicroUsd, PostId,
    Telling, Validators,
};
use domain::ports::store::{
    BotStore, DueFeed, FeedNote, FeedStore, ITEM_KEPT, ItemNote, ItemOutcome, ReadStore, Spend,
    SpendKind, StoredPost, WaitingItem,
};
use jiff::Timestamp;

use crate::steps::{id, new_post, queue, secs, start};
use crate::world::{World, on_both};

const TIDES: &str = "https://harbour.org/tides.xml";
const SHIPS: &str = "https://harbour.org/ships.xml";

fn feed(url: &str) -> Feed {
    Feed::at(FeedUrl::stored(url).unwrap(), Telling::Model { has_link: true })
}

fn following(name: &str, feeds: &[Feed]) -> Bot {
    let file = BotFile { feeds: feeds.to_vec(), ..BotFile::default() };
    Bot { file, ..testkit::bot(name) }
}

async fn sync(world: &World, bots: &[Bot], now: Timestamp) {
    world.db.sync_bots(bots, &[ManagedBy::File], now).await.unwrap();
}

fn item(number: u32) -> FeedItem {
    FeedItem {
        id: ItemId::of(Some(&number.to_string()), None, "", ""),
        title: format!("Tide {number}"),
        summary: "<p>High</p>".to_owned(),
        link: Some(format!("https://harbour.org/{number}")),
        published: Some(start()),
    }
}

fn note(due: &DueFeed, taken: &[FeedItem], next_at: Timestamp) -> FeedNote {
    FeedNote {
        id: due.id,
        until: due.until,
        next_at: Some(next_at),
        validators: Validators { etag: Some("\"2\"".to_owned()), last_modified: None },
        at: due.at.clone(),
        title: Some("Tides".to_owned()),
        was_read: true,
        failures: 0,
        moves: 0,
        error: None,
        taken: taken.to_vec(),
        passed: vec![ItemId::stored("guid:old")],
        shown: taken.iter().map(|item| item.id.clone()).collect(),
    }
}

/// One feed of `ada` that brought these items.
async fn told(world: &World, items: &[FeedItem]) -> DueFeed {
    sync(world, &[following("ada", &[feed(TIDES)])], start()).await;
    let due = world.db.take_feeds(start(), 10).await.unwrap().remove(0);
    let note = note(&due, items, start() + secs(1_800));
    world.db.note_feed(&note, start()).await.unwrap();
    due
}

fn became(waiting: &WaitingItem, outcome: ItemOutcome, cost: i64) -> ItemNote {
    let spend = Spend { kind: SpendKind::Model, amount: MicroUsd(cost) };
    ItemNote {
        of: waiting.of,
        item: waiting.item.id.clone(),
        bot: waiting.bot.clone(),
        tries: waiting.tries,
        outcome,
        spend: (cost > 0).then_some(spend),
        reservation: None,
    }
}

fn post(text: &str) -> ItemOutcome {
    ItemOutcome::Post(Box::new(new_post("ada", text, None)))
}

async fn a_declared_feed_is_due_at_once_and_then_when_its_note_says(world: &World) {
    sync(world, &[following("ada", &[feed(TIDES), feed(SHIPS)])], start()).await;
    assert_eq!(world.db.next_feed_work().await.unwrap(), Some(start()));
    let due = world.db.take_feeds(start(), 10).await.unwrap();
    assert_eq!(due.len(), 2);
    assert!(world.db.take_feeds(start(), 10).await.unwrap().is_empty(), "somebody has them");
    let [tides, ships] = &due[..] else { panic!("{due:?}") };
    assert_eq!((tides.feed.clone(), tides.was_read), (feed(TIDES), false));
    world.db.note_feed(&note(tides, &[], start() + secs(60)), start()).await.unwrap();
    let gone =
        FeedNote { next_at: None, error: Some("gone".to_owned()), ..note(ships, &[], start()) };
    world.db.note_feed(&gone, start()).await.unwrap();
    let later = start() + secs(7_200);
    let due = world.db.take_feeds(later, 10).await.unwrap();
    assert_eq!(due.iter().map(|one| one.id).collect::<Vec<_>>(), [tides.id]);
    assert_eq!((due[0].validators.etag.as_deref(), due[0].was_read), (Some("\"2\""), true));
    // A person who changes the declaration means it.
    let changed = Feed { items_max: 3, ..feed(SHIPS) };
    sync(world, &[following("ada", &[feed(TIDES), changed])], later).await;
    let due = world.db.take_feeds(later, 10).await.unwrap();
    assert_eq!(due.iter().map(|one| one.id).collect::<Vec<_>>(), [ships.id]);
}

async fn what_is_declared_no_more_rests_with_what_it_told(world: &World) {
    let due = told(world, &[item(1)]).await;
    let later = start() + secs(7_200);
    sync(world, &[following("ada", &[])], later).await;
    assert!(world.db.take_feeds(later, 10).await.unwrap().is_empty());
    assert!(world.db.take_items(later, 10).await.unwrap().is_empty());
    assert!(world.db.list_feeds(None, 10).await.unwrap().is_empty());
    assert_eq!(world.db.next_feed_work().await.unwrap(), Some(start()), "the item is kept");
    sync(world, &[following("ada", &[feed(TIDES)])], later).await;
    let again = world.db.take_feeds(later, 10).await.unwrap().remove(0);
    assert_eq!((again.id, again.was_read, again.validators), (due.id, true, Validators::default()));
    let (known, new) = (item(1).id, item(2).id);
    let asked = [known.clone(), new, ItemId::stored("guid:old")];
    let found = world.db.find_items(due.id, &asked).await.unwrap();
    assert_eq!(found, BTreeSet::from([known, ItemId::stored("guid:old")]));
    world.db.set_bot_state(&id("ada"), BotState::Closed, None, later).await.unwrap();
    assert!(world.db.take_items(later, 10).await.unwrap().is_empty(), "the bot is closed");
}

async fn items_come_in_their_order_while_there_is_room_in_the_queue(world: &World) {
    told(world, &[item(1), item(2), item(3)]).await;
    let first = world.db.take_items(start(), 2).await.unwrap();
    let names: Vec<&str> = first.iter().map(|one| one.item.title.as_str()).collect();
    assert_eq!(names, ["Tide 1", "Tide 2"]);
    assert_eq!((&first[0].item, first[0].seen_at, first[0].tries), (&item(1), start(), 0));
    assert_eq!(first[0].persona, testkit::bot("ada").persona);
    let rest = world.db.take_items(start(), 10).await.unwrap();
    assert_eq!(rest.len(), 1, "somebody has the others");
    let later = |is_try| ItemOutcome::Later {
        because: "no model".to_owned(),
        until: start() + secs(60),
        is_try,
    };
    world.db.note_item(&became(&rest[0], later(true), 0), start()).await.unwrap();
    world.db.note_item(&became(&first[0], later(false), 0), start()).await.unwrap();
    let tries: Vec<(String, u32)> = (world.db.take_items(start() + secs(60), 10).await.unwrap())
        .into_iter()
        .map(|one| (one.item.title, one.tries))
        .collect();
    assert_eq!(tries, [("Tide 1".to_owned(), 0), ("Tide 3".to_owned(), 1)]);
    for number in 0..20 {
        queue(world, "ada", &format!("Number {number} of a full queue"), None).await;
    }
    let much_later = start() + secs(7_200);
    assert!(world.db.take_items(much_later, 10).await.unwrap().is_empty(), "the queue is full");
}

async fn an_item_becomes_one_post_and_its_bill_is_paid_whoever_comes_second(world: &World) {
    let due = told(world, &[item(1), item(2), item(3)]).await;
    let taken = world.db.take_items(start(), 10).await.unwrap();
    let first = became(&taken[0], post("High water at six."), 300);
    let stored = world.db.note_item(&first, start()).await.unwrap();
    let Some(StoredPost::Queued(number)) = stored else { panic!("{stored:?}") };
    let second = became(&taken[0], post("High water at six, says another node."), 200);
    assert_eq!(world.db.note_item(&second, start()).await.unwrap(), None);
    let same = became(&taken[1], post("High water at six."), 0);
    let stored = world.db.note_item(&same, start()).await.unwrap();
    assert_eq!(stored, Some(StoredPost::Duplicate { of: number, bot: id("ada") }));
    let dropped = became(&taken[2], ItemOutcome::Dropped("it mentions @bob".to_owned()), 0);
    assert_eq!(world.db.note_item(&dropped, start()).await.unwrap(), None);

    let line = world.db.list_feeds(Some(&id("ada")), 10).await.unwrap().remove(0);
    assert_eq!((line.waiting, line.posted, line.dropped), (0, 1, 2));
    assert_eq!((line.title.as_deref(), line.read_at), (Some("Tides"), Some(start())));
    let items = world.db.list_items(due.id, 10).await.unwrap();
    let told: BTreeSet<(String, String, Option<PostId>, Option<String>)> =
        items.into_iter().map(|one| (one.title, one.state, one.post, one.reason)).collect();
    let line = |title: &str, state: &str, post, reason: Option<String>| {
        (title.to_owned(), state.to_owned(), post, reason)
    };
    let expected = BTreeSet::from([
        line("Tide 1", "posted", Some(number), None),
        line("Tide 2", "dropped", None, Some(format!("post {} of @ada says the same", number.0))),
        line("Tide 3", "dropped", None, Some("it mentions @bob".to_owned())),
    ]);
    assert_eq!(told, expected);
    assert_eq!(world.number("SELECT count(*) FROM posts").await, 1);
    let counts = world.db.counts().await.unwrap();
    assert_eq!(counts.queued, 1);
    assert_eq!(world.number("SELECT CAST(sum(amount_micro_usd) AS BIGINT) FROM ledger").await, 500);
}

/// Takes ada's feed at that time, which the note before made due.
async fn again(world: &World, now: Timestamp) -> DueFeed {
    world.db.take_feeds(now, 10).await.unwrap().remove(0)
}

async fn what_a_feed_has_not_shown_for_long_is_forgotten_when_it_shows_others(world: &World) {
    told(world, &[item(1), item(2)]).await;
    for waiting in world.db.take_items(start(), 10).await.unwrap() {
        let dropped = became(&waiting, ItemOutcome::Dropped("dull".to_owned()), 0);
        world.db.note_item(&dropped, start()).await.unwrap();
    }
    let known = async || {
        let feed = world.db.list_feeds(None, 1).await.unwrap().remove(0).id;
        world.db.find_items(feed, &[item(1).id, item(2).id]).await.unwrap().len()
    };
    let long = start() + ITEM_KEPT + secs(7_200);
    let due = again(world, long).await;
    // "Not modified", for three months.
    let silent = FeedNote { shown: Vec::new(), passed: Vec::new(), ..note(&due, &[], long) };
    world.db.note_feed(&silent, long).await.unwrap();
    assert_eq!(known().await, 2, "it shows them still, and somebody would tell them again");
    let due = again(world, long).await;
    let shown = FeedNote { shown: vec![item(2).id], ..note(&due, &[], long) };
    world.db.note_feed(&shown, long).await.unwrap();
    assert_eq!(known().await, 1);
}

async fn a_note_that_comes_late_changes_nothing(world: &World) {
    sync(world, &[following("ada", &[feed(TIDES)])], start()).await;
    let first = again(world, start()).await;
    let later = start() + secs(3_600);
    let second = again(world, later).await;
    world.db.note_feed(&note(&second, &[item(1)], later + secs(60)), later).await.unwrap();
    let late = FeedNote { was_read: false, next_at: None, ..note(&first, &[item(2)], later) };
    world.db.note_feed(&late, later).await.unwrap();
    let line = world.db.list_feeds(None, 1).await.unwrap().remove(0);
    assert_eq!((line.next_at, line.waiting), (Some(later + secs(60)), 1));
    // And a person who changes the declaration meanwhile is not overruled.
    let third = again(world, later + secs(60)).await;
    let changed = Feed { items_max: 3, ..feed(TIDES) };
    sync(world, &[following("ada", &[changed])], later + secs(61)).await;
    let gone = FeedNote { next_at: None, ..note(&third, &[], later) };
    world.db.note_feed(&gone, later + secs(62)).await.unwrap();
    let line = world.db.list_feeds(None, 1).await.unwrap().remove(0);
    assert_eq!(line.next_at, Some(later + secs(61)));
}

async fn what_nobody_follows_any_more_becomes_no_post(world: &World) {
    told(world, &[item(1)]).await;
    let waiting = world.db.take_items(start(), 1).await.unwrap().remove(0);
    sync(world, &[following("ada", &[])], start()).await;
    let late = became(&waiting, post("High water at six."), 300);
    assert_eq!(world.db.note_item(&late, start()).await.unwrap(), None);
    assert_eq!(world.number("SELECT count(*) FROM posts").await, 0);
    assert_eq!(world.number("SELECT count(*) FROM ledger").await, 1, "its bill is paid");
}

async fn the_seed_of_material_is_the_databases_own_and_stays(world: &World) {
    let seed = world.db.material_seed().await.unwrap();
    assert_eq!(world.db.material_seed().await.unwrap(), seed);
    let other = World::sqlite().await;
    assert_ne!(other.db.material_seed().await.unwrap(), seed);
    other.finish().await;
    assert!(world.db.list_items(FeedId(7), 10).await.unwrap().is_empty());
}

on_both! {
    a_declared_feed_is_due_at_once_and_then_when_its_note_says,
    what_is_declared_no_more_rests_with_what_it_told,
    items_come_in_their_order_while_there_is_room_in_the_queue,
    an_item_becomes_one_post_and_its_bill_is_paid_whoever_comes_second,
    what_a_feed_has_not_shown_for_long_is_forgotten_when_it_shows_others,
    a_note_that_comes_late_changes_nothing,
    what_nobody_follows_any_more_becomes_no_post,
    the_seed_of_material_is_the_databases_own_and_stays,
}
