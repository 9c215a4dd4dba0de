//! Who wrote a post, and as whom.

use domain::model::{
    Bot, BotFile, BotState, Caps, Feed, FeedUrl, Fence, ManagedBy, MicroUsd, PostId, PurseCaps,
    ReadingLevel, Schedule, Share, Telling, Topic,
};
use domain::ports::store::{
    AskedPrompt, BotStore, NewPost, OriginStore, PostOrigin, PostStore, RecentPost, SlotStore,
    StoredPost, Writing,
};

use crate::steps::{declare, id, new_post, nine, plan, queue, secs, start};
use crate::world::{World, on_both};

/// A bot with everything that the seed's has not.
fn rich() -> Bot {
    let mut bot = testkit::bot("ada");
    bot.persona.topics = vec![
        Topic {
            weight: 3,
            angles: vec!["smell".to_owned(), "the \"sound\" of it".to_owned()],
            formats: vec!["a question".to_owned()],
            ..Topic::new("fog")
        },
        Topic::new("ships"),
    ];
    bot.persona.formats = vec!["one line".to_owned()];
    bot.persona.examples = vec!["Fog.\nAnd then\tfog.".to_owned()];
    bot.persona.never_say = vec!["that ships are \\ boats".to_owned()];
    bot.persona.reading_level = Some(ReadingLevel::Plain);
    bot.schedules[0].topics = vec!["fog".to_owned()];
    bot.file = BotFile {
        dry_run: Some(true),
        grammar: Some("{\"origin\": \"Fog.\"}".to_owned()),
        twitter: [("access_token_env".to_owned(), "ADA".to_owned())].into(),
        budget: PurseCaps {
            x: Caps { day: Some(MicroUsd(250_000)), month: None },
            ..PurseCaps::default()
        },
        feeds: vec![Feed::at(
            FeedUrl::stored("https://harbour.org/tides.xml").unwrap(),
            Telling::Template("{title} {link}".to_owned()),
        )],
    };
    bot
}

async fn a_persona_is_found_whole(world: &World) {
    let bot = rich();
    world.db.sync_bots(std::slice::from_ref(&bot), &[ManagedBy::File], start()).await.unwrap();
    let (found, state, _) = world.db.find_bot(&id("ada")).await.unwrap().unwrap();
    assert_eq!((&found, state), (&bot, BotState::Active));
    // The seed's column stays a list of names.
    let names = world.words("SELECT topics FROM bot_configs").await;
    assert_eq!(names, [r#"["fog","ships"]"#]);
    let open = world.db.list_declared(None, 10).await.unwrap();
    assert_eq!(open, [(bot, BotState::Active)]);
}

async fn bots_are_listed_as_declared_in_pages_with_those_that_closed(world: &World) {
    let mut bots: Vec<_> = ["ada", "bob", "cleo", "dora"].map(testkit::bot).into();
    let late = Schedule { name: "late".to_owned(), ..testkit::schedule("0 22 * * *") };
    bots[1].schedules.push(late);
    world.db.sync_bots(&bots, &[ManagedBy::File], start()).await.unwrap();
    world.db.sync_bots(&bots[..3], &[ManagedBy::File], start()).await.unwrap();
    let first = world.db.list_declared(None, 2).await.unwrap();
    assert_eq!(first.iter().map(|(bot, _)| bot).collect::<Vec<_>>(), [&bots[0], &bots[1]]);
    let rest = world.db.list_declared(Some(&id("bob")), 10).await.unwrap();
    let states: Vec<_> = rest.iter().map(|(bot, state)| (bot.id.as_str(), *state)).collect();
    assert_eq!(states, [("cleo", BotState::Active), ("dora", BotState::Closed)]);
    assert!(world.db.list_declared(Some(&id("dora")), 10).await.unwrap().is_empty());
}

async fn every_change_of_a_persona_is_a_version_and_nothing_else_is(world: &World) {
    let mut bot = testkit::bot("ada");
    let sync = async |bot: &Bot, after: i64| {
        let now = start() + secs(after);
        world.db.sync_bots(std::slice::from_ref(bot), &[ManagedBy::File], now).await.unwrap();
        world.db.list_personas(&id("ada"), 10).await.unwrap()
    };
    let versions = sync(&bot, 0).await;
    assert_eq!(versions.len(), 1);
    assert_eq!((versions[0].version, &versions[0].persona), (1, &bot.persona));
    assert_eq!(versions[0].since, start());

    bot.schedules[0] = testkit::schedule("30 9 * * *");
    bot.queue.batch = 7;
    assert_eq!(sync(&bot, 10).await.len(), 1, "neither schedules nor limits are the persona's");

    let first = bot.persona.clone();
    bot.persona.policy.emoji_max = Some(1);
    let versions = sync(&bot, 20).await;
    assert_eq!(versions.iter().map(|one| one.version).collect::<Vec<_>>(), [2, 1]);
    assert_eq!((&versions[0].persona, &versions[1].persona), (&bot.persona, &first));
    assert_eq!(sync(&bot, 30).await, versions, "a start that declares the same");

    bot.persona = first.clone();
    let versions = sync(&bot, 40).await;
    assert_eq!((versions[0].version, &versions[0].persona), (3, &first), "what was is a new state");
    let second = world.db.find_persona(&id("ada"), 2).await.unwrap().unwrap();
    assert_eq!((second.version, second.since), (2, start() + secs(20)));
    assert_eq!(world.db.find_persona(&id("ada"), 4).await.unwrap(), None);
    assert_eq!(world.db.list_personas(&id("ada"), 1).await.unwrap().len(), 1);
}

async fn a_refill_knows_the_persona_that_it_is_for(world: &World) {
    let mut bot = testkit::bot("ada");
    for tone in ["dry", "warm"] {
        tone.clone_into(&mut bot.persona.tone);
        world.db.sync_bots(&[bot.clone()], &[ManagedBy::File], start()).await.unwrap();
    }
    let refills = world.db.take_refills(start() + secs(1), Fence(1), 5).await.unwrap();
    assert_eq!((refills[0].persona_version, &refills[0].persona), (2, &bot.persona));
}

fn written(text: &str, writing: Writing) -> NewPost {
    let post = new_post("ada", text, Some("fog"));
    let PostOrigin::Generated { model, tokens, cost, .. } = post.origin else {
        panic!("it is a generated one")
    };
    NewPost { origin: PostOrigin::Generated { model, tokens, cost, writing }, ..post }
}

async fn a_post_knows_how_it_was_written(world: &World) {
    declare(world, &["ada"]).await;
    let by_model = |angle: &str, batch: &str| Writing {
        persona_version: 1,
        prompt: Some(AskedPrompt { system: "You are Ada.".into(), batch: batch.into() }),
        seed: u64::MAX - 3,
        angle: Some(angle.to_owned()),
        format: Some("a question".to_owned()),
    };
    let by_grammar =
        Writing { persona_version: 1, prompt: None, seed: 5, angle: None, format: None };
    let posts = [
        written("one", by_model("smell", "Write 2.")),
        written("two", by_model("sound", "Write 2.")),
        written("three", by_model("smell", "Write 1.")),
        written("four", by_grammar.clone()),
        // The same text again, written in another way: the first one is the post.
        written("one", by_grammar.clone()),
        NewPost { origin: PostOrigin::Imported, ..new_post("ada", "five", None) },
    ];
    let stored = world.db.store_posts(&posts, start()).await.unwrap();
    let ids: Vec<Option<PostId>> = stored
        .iter()
        .map(|one| match one {
            StoredPost::Queued(id) => Some(*id),
            StoredPost::Draft(_) | StoredPost::Duplicate { .. } => None,
        })
        .collect();
    for (id, expected) in ids.iter().zip([
        Some(by_model("smell", "Write 2.")),
        Some(by_model("sound", "Write 2.")),
        Some(by_model("smell", "Write 1.")),
        Some(by_grammar),
    ]) {
        assert_eq!(world.db.find_writing(id.unwrap()).await.unwrap(), expected);
    }
    assert_eq!(ids[4], None);
    assert_eq!(world.db.find_writing(ids[5].unwrap()).await.unwrap(), None, "a person's");
    assert_eq!(world.db.find_writing(PostId(999)).await.unwrap(), None);
    assert_eq!(world.number("SELECT count(*) FROM prompts").await, 3, "each prompt is kept once");

    let recent = world.db.list_recent_posts(&id("ada"), 3).await.unwrap();
    let post = |text: &str, topic: Option<&str>, side: Option<(&str, &str)>| RecentPost {
        text: text.to_owned(),
        topic: topic.map(str::to_owned),
        angle: side.map(|(angle, _)| angle.to_owned()),
        format: side.map(|(_, format)| format.to_owned()),
    };
    assert_eq!(
        recent,
        [
            post("five", None, None),
            post("four", Some("fog"), None),
            post("three", Some("fog"), Some(("smell", "a question"))),
        ]
    );
}

async fn a_slot_says_which_topics_its_schedule_keeps_to(world: &World) {
    let mut bot = testkit::bot("ada");
    world.db.sync_bots(&[bot.clone()], &[ManagedBy::File], start()).await.unwrap();
    plan(world, nine()).await;
    queue(world, "ada", "fog", Some("weather")).await;
    let topics = async || {
        let open = world.db.list_open_slots(nine(), Share::ALL, 5).await.unwrap();
        open.into_iter().map(|slot| slot.topics).collect::<Vec<_>>()
    };
    assert_eq!(topics().await, [Vec::<String>::new()]);
    // A schedule that only writes about something else keeps its slots.
    bot.schedules[0].topics = vec!["weather".to_owned()];
    world.db.sync_bots(&[bot], &[ManagedBy::File], start()).await.unwrap();
    assert_eq!(topics().await, [["weather".to_owned()]]);
}

on_both! {
    a_persona_is_found_whole,
    bots_are_listed_as_declared_in_pages_with_those_that_closed,
    every_change_of_a_persona_is_a_version_and_nothing_else_is,
    a_refill_knows_the_persona_that_it_is_for,
    a_post_knows_how_it_was_written,
    a_slot_says_which_topics_its_schedule_keeps_to,
}
