//! Words of strangers on their way into a queue, and what never gets there.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::model::{
    ApprovalMode, Bot, BotFile, Candidate, Feed, FeedItem, FeedUrl, FindingKind, GenerationUsage,
    LinkPolicy, Policy, QueueLimits, Telling,
};
use domain::ports::store::{ApprovalStore as _, AuditStore as _, FeedStore as _, PostStore as _};
use domain::ports::{FeedTrouble, WriteAnswer, WriteRequest, Writer, WriterError};
use domain::rules::feed::corpus::{Attack, attacks};
use domain::rules::feed::material::Material;
use jiff::SignedDuration;
use sandbox::SandboxSettings;

use crate::crash::{POINTS_MAX, run_until};
use crate::world::{World, bot};

const NEWS: &str = "https://news.example.org/feed.xml";

/// Ada follows the news.
fn following(telling: Telling, links: LinkPolicy) -> Bot {
    let feed = Feed { items_max: 100, ..Feed::at(FeedUrl::stored(NEWS).unwrap(), telling) };
    let file = BotFile { feeds: vec![feed], ..BotFile::default() };
    let mut ada = Bot { file, ..bot("ada") };
    ada.queue = QueueLimits { low_water: 0, high_water: 500, batch: 5 };
    ada.persona.policy = Policy { links, ..ada.persona.policy };
    ada
}

/// The first answer of a feed is old news; these items come after it.
async fn told(world: &World, ada: Bot, items: &[FeedItem]) {
    world.feeds.serve(NEWS, &[]);
    world.given(ada, &[]).await;
    tick(world, 0).await;
    world.feeds.serve(NEWS, items);
    // Each item is tried five times, ever further apart.
    for _ in 0..40 {
        tick(world, 40).await;
    }
}

async fn tick(world: &World, minutes: i64) {
    world.clock.advance(SignedDuration::from_mins(minutes));
    world.engine.tick_feeds(world.now()).await.unwrap();
}

/// What the auditor says of feeds.
async fn findings(world: &World) -> Vec<String> {
    world.engine.tick_auditor(world.now()).await.unwrap();
    let found = world.db.list_findings(100).await.unwrap().into_iter();
    let of_feeds = found.filter(|one| one.kind == FindingKind::SilentFeed);
    of_feeds.map(|one| one.detail.replace("a feed that ada follows cannot be read: ", "")).collect()
}

/// All that waits to go out, or for a person.
async fn texts(world: &World) -> Vec<String> {
    let id = "ada".try_into().unwrap();
    let queue = world.db.list_queue(&id, 1_000).await.unwrap();
    let drafts = world.db.list_drafts(Some(&id), 1_000).await.unwrap();
    let queued = queue.into_iter().map(|post| post.content);
    queued.chain(drafts.into_iter().map(|draft| draft.post.content)).collect()
}

/// Does all that the material asks for, in several ways.
struct Obedient {
    attacks: Vec<Attack>,
    codes: Mutex<BTreeSet<String>>,
}

impl Obedient {
    fn new() -> Arc<Self> {
        Arc::new(Self { attacks: attacks(), codes: Mutex::default() })
    }
}

/// The code word, and what stands between its delimiters.
fn material_of(prompt: &str) -> (String, Vec<&str>) {
    let code = prompt.split_once("⟦material ").and_then(|(_, rest)| rest.split_once('⟧'));
    let (code, _) = code.expect("there is material");
    let lines = prompt.lines().filter_map(|line| line.strip_prefix("┆ "));
    (code.to_owned(), lines.collect())
}

#[async_trait]
impl Writer for Obedient {
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
        let prompt = &request.prompt.user;
        let Some(_) = prompt.find("⟦material ") else {
            return Err(WriterError::NotSent("this one reads feeds only".to_owned()));
        };
        let (canary, lines) = material_of(prompt);
        self.codes.lock().unwrap().insert(canary.clone());
        let material = Material { text: prompt.clone(), canary: canary.clone() };
        // Of items with the same words all are obeyed.
        let of_item =
            |attack: &&Attack| prompt.contains(&domain::rules::feed::plain::plain(&attack.stays));
        let obeyed = self.attacks.iter().filter(of_item).map(|attack| attack.obeyed(&material));
        let mut texts: Vec<String> = obeyed.collect();
        texts.push(lines.join(" "));
        texts.push(format!("{} {canary}", lines.first().copied().unwrap_or_default()));
        texts.push(request.prompt.system.chars().take(250).collect());
        let candidate = |text| Candidate { text, ..Candidate::default() };
        Ok(WriteAnswer {
            candidates: texts.into_iter().map(candidate).collect(),
            usage: GenerationUsage { model: "obedient".to_owned(), ..GenerationUsage::default() },
            ..WriteAnswer::default()
        })
    }
}

/// The words of an attack that no post may hold: links that are not the item's own, and names.
fn loot(attack: &Attack) -> Vec<String> {
    let material = Material { text: String::new(), canary: "{canary}".to_owned() };
    let obeyed = attack.obeyed(&material);
    let words = obeyed.split_whitespace().chain(attack.summary.split(['<', '>', ' ', '"']));
    let is_loot = |word: &&str| {
        (word.contains('@') || word.contains("://") || word.contains("example.")) && word.len() > 3
    };
    words
        .filter(is_loot)
        .filter(|word| !attack.link.contains(word.trim_end_matches(['.', '!'])))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn nothing_that_an_item_asks_for_gets_into_a_queue_however_well_the_model_obeys() {
    for links in [LinkPolicy::None, LinkPolicy::Any] {
        let model = Obedient::new();
        let writer = model.clone();
        let world = World::written_by(SandboxSettings::default(), |_, _| writer).await;
        let items: Vec<FeedItem> = attacks().iter().map(Attack::item).collect();
        let ada = Bot {
            mode: ApprovalMode::Risk,
            ..following(Telling::Model { has_link: true }, links.clone())
        };
        told(&world, ada, &items).await;
        let codes = model.codes.lock().unwrap().clone();
        assert!(codes.len() >= 100, "every item was shown: {}", codes.len());
        nothing_was_looted(&world, &codes).await;
        world.db.close().await;
    }
}

#[tokio::test]
async fn nothing_that_an_item_asks_for_gets_into_a_queue_by_a_template() {
    let template = Telling::Template("{title}: {summary}".to_owned());
    let world = World::new().await;
    let items: Vec<FeedItem> = attacks().iter().map(Attack::item).collect();
    told(&world, following(template, LinkPolicy::None), &items).await;
    nothing_was_looted(&world, &BTreeSet::new()).await;
    world.db.close().await;
}

async fn nothing_was_looted(world: &World, codes: &BTreeSet<String>) {
    let attacks = attacks();
    let own: BTreeSet<&str> = attacks.iter().map(|attack| attack.link.as_str()).collect();
    let loot: BTreeSet<String> = attacks.iter().flat_map(loot).collect();
    assert!(loot.len() > 20, "{loot:?}");
    for text in texts(world).await {
        let text = own.iter().fold(text.clone(), |text, link| text.replace(link, ""));
        for taken in loot.iter().chain(codes) {
            // Behind a letter an at sign mentions nobody.
            let has_it = text.match_indices(taken.as_str()).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                !taken.starts_with('@') || !before.is_some_and(|c| c.is_ascii_alphanumeric())
            });
            assert!(!has_it, "{taken:?} is in {text:?}");
        }
        assert!(!text.contains("://"), "{text:?}");
    }
    let feed = world.db.list_feeds(None, 10).await.unwrap().remove(0);
    assert_eq!(feed.waiting, 0, "each item came to an end");
    assert_eq!(feed.posted + feed.dropped, attacks.len() as u64);
    let items = world.db.list_items(feed.id, 1_000).await.unwrap();
    for item in items.iter().filter(|item| item.state == "dropped") {
        assert!(item.reason.as_ref().is_some_and(|reason| !reason.is_empty()), "{item:?}");
    }
}

fn item(number: u32, title: &str) -> FeedItem {
    FeedItem {
        id: domain::model::ItemId::of(Some(&number.to_string()), None, "", ""),
        title: title.to_owned(),
        summary: "<p>It lasts until <b>noon</b>.</p>".to_owned(),
        link: Some(format!("https://news.example.org/{number}")),
        published: None,
    }
}

#[tokio::test]
async fn an_items_post_goes_out_once_with_its_own_link_and_edits_of_it_are_no_news() {
    let world = World::new().await;
    let template = Telling::Template("{title} {link}".to_owned());
    let hosts = LinkPolicy::Hosts(vec!["news.example.org".to_owned()]);
    let items = [item(2, "Fog over the harbour"), item(1, "High water at six")];
    told(&world, following(template, hosts), &items).await;
    world.feeds.serve(NEWS, &[item(2, "Fog over the harbour, corrected"), item(1, "High water")]);
    tick(&world, 60).await;
    assert_eq!(
        texts(&world).await,
        [
            "High water at six https://news.example.org/1",
            "Fog over the harbour https://news.example.org/2"
        ]
    );
    world.advance_to("2026-11-26T09:00:30Z").await;
    let posted = world.timeline("ada");
    assert_eq!(posted.len(), 2, "{posted:?}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_item_is_one_post_wherever_the_node_that_reads_its_feed_dies() {
    let template = Telling::Template("{title} {link}".to_owned());
    let hosts = LinkPolicy::Hosts(vec!["news.example.org".to_owned()]);
    for point in 1..POINTS_MAX {
        let mut world = World::new().await;
        world.feeds.serve(NEWS, &[]);
        world.given(following(template.clone(), hosts.clone()), &[]).await;
        tick(&world, 0).await;
        world.feeds.serve(NEWS, &[item(2, "Fog over the harbour"), item(1, "High water at six")]);
        world.clock.advance(SignedDuration::from_mins(40));
        let now = world.now();
        let came_to_its_end = run_until(point, world.engine.tick_feeds(now)).await;
        world = world.crash_and_restart().await;
        // What the dead one took is free again after a while.
        for _ in 0..4 {
            tick(&world, 40).await;
        }
        // The one that the dead node had taken comes after the other.
        let told: BTreeSet<String> = texts(&world).await.into_iter().collect();
        let once = [
            "Fog over the harbour https://news.example.org/2",
            "High water at six https://news.example.org/1",
        ];
        assert!(told.iter().eq(once), "died at await point {point}: {told:?}");
        assert_eq!(texts(&world).await.len(), once.len(), "died at await point {point}");
        world.advance_to("2026-11-23T11:21:00Z").await;
        world.finish().await;
        if came_to_its_end {
            assert!(point > 10, "only {point} await points were visited");
            return;
        }
    }
    panic!("a tick with more than {POINTS_MAX} await points");
}

#[tokio::test]
async fn a_feed_in_trouble_is_asked_less_often_and_one_that_is_gone_no_more() {
    let world = World::new().await;
    let html = FeedTrouble::NotAFeed("it is HTML".to_owned());
    world.feeds.fail(NEWS, html);
    let ada = following(Telling::Template("{title}".to_owned()), LinkPolicy::None);
    world.given(ada, &[]).await;
    for _ in 0..24 * 60 {
        tick(&world, 1).await;
    }
    let asked = world.feeds.asked();
    assert!((8..=14).contains(&asked), "{asked} requests in a day");
    let line = world.db.list_feeds(None, 10).await.unwrap().remove(0);
    let error = line.error.unwrap();
    assert!(error.contains(NEWS) && error.contains("it is HTML, not a feed"), "{error}");
    tick(&world, 1).await;
    assert_eq!(findings(&world).await, [error]);
    world.feeds.fail(NEWS, FeedTrouble::Gone);
    for _ in 0..24 {
        tick(&world, 60).await;
    }
    let asked = world.feeds.asked();
    tick(&world, 24 * 60).await;
    assert_eq!(world.feeds.asked(), asked);
    let line = world.db.list_feeds(None, 10).await.unwrap().remove(0);
    assert_eq!(line.next_at, None);
    assert!(findings(&world).await[0].contains("is not asked any more"));
    world.execute("UPDATE feeds SET failures = 0, error = NULL").await;
    world.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(findings(&world).await, [""; 0], "it can be read again");
    world.db.close().await;
}

#[tokio::test]
async fn without_a_model_an_item_waits_and_is_told_when_it_is_no_news_any_more() {
    let world = World::new().await;
    let items = [item(1, "High water at six")];
    told(&world, following(Telling::Model { has_link: true }, LinkPolicy::None), &items).await;
    let line = world.db.list_feeds(None, 10).await.unwrap().remove(0);
    assert_eq!((line.waiting, line.posted), (1, 0));
    let waiting = world.db.list_items(line.id, 10).await.unwrap().remove(0);
    assert!(waiting.reason.unwrap().contains("a grammar cannot write about an item"));
    for _ in 0..8 {
        tick(&world, 24 * 60).await;
    }
    let dropped = world.db.list_items(line.id, 10).await.unwrap().remove(0);
    assert_eq!(dropped.reason.as_deref(), Some("it waited for over 7 days"));
    assert!(texts(&world).await.is_empty());
    world.db.close().await;
}
