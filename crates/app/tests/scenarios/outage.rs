//! X is away for hours: nobody keeps asking, on any node, and all goes on within two minutes of its
//! return (fault 35).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::model::{BotId, ManagedBy, RateLimits, XUserId};
use domain::ports::store::{BotStore as _, NewPost, PostOrigin, PostStore as _};
use domain::ports::{
    Answer, Clock as _, HttpAnswer, Me, NotSentBecause, Problem, ReadError, SendReport,
    TimelinePage, TimelineQuery, XApi,
};
use domain::rules::review::{Policy, review};
use engine::{Engine, GrammarWriter, Settings};
use jiff::{SignedDuration, Timestamp};
use sandbox::{SandboxSettings, SandboxX};
use store::{Db, Role};
use testkit::{Proof, TestClock, at};

use crate::world::{bot, round};

const BOTS: usize = 100;
/// The clock moves so far at a time.
const STEP: SignedDuration = SignedDuration::from_secs(5);
/// The first minute, in which nobody knows yet.
const NEWS: u64 = 5;

/// How X is away.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Away {
    /// No connection comes about.
    Unreachable,
    /// It answers that it is in trouble.
    Failing,
}

/// X that can be away, and counts how often it is asked while it is.
struct Line {
    x: SandboxX,
    clock: TestClock,
    away: Away,
    is_away: AtomicBool,
    asked: Mutex<Vec<Timestamp>>,
}

impl Line {
    /// Whether it is away; then it has been asked in vain.
    fn is_away(&self) -> bool {
        let is_away = self.is_away.load(Ordering::SeqCst);
        if is_away {
            self.asked.lock().unwrap().push(self.clock.now());
        }
        is_away
    }

    fn unavailable(&self) -> ReadError {
        ReadError::Unavailable(format!("{:?}", self.away))
    }
}

#[async_trait]
impl XApi for Line {
    async fn create_post(&self, bot: &BotId, text: &str) -> SendReport {
        if !self.is_away() {
            return self.x.create_post(bot, text).await;
        }
        let problem = Problem::default();
        let answer = match self.away {
            Away::Unreachable => Answer::NotSent(NotSentBecause::Connect, "refused".to_owned()),
            Away::Failing => {
                Answer::Http(HttpAnswer { status: 503, post_id: None, text: None, problem })
            }
        };
        let limits = RateLimits::default();
        SendReport { answer, limits, request_id: None, server_date: None }
    }

    async fn me(&self, bot: &BotId) -> Result<Me, ReadError> {
        if self.is_away() { Err(self.unavailable()) } else { self.x.me(bot).await }
    }

    async fn timeline(
        &self,
        bot: &BotId,
        user: &XUserId,
        query: &TimelineQuery,
    ) -> Result<TimelinePage, ReadError> {
        if self.is_away() {
            Err(self.unavailable())
        } else {
            self.x.timeline(bot, user, query).await
        }
    }
}

/// Engines on one database, each asked in turn, and X on one line.
struct House {
    clock: TestClock,
    x: Arc<sandbox::World>,
    line: Arc<Line>,
    dbs: Vec<Db>,
    engines: Vec<Engine>,
}

impl House {
    async fn new(places: &[String], away: Away) -> Self {
        let clock = TestClock::at(at("2026-11-23T08:58:00Z"));
        let x = sandbox::World::open(Arc::new(clock.clone()), &SandboxSettings::default()).unwrap();
        let line = Arc::new(Line {
            x: SandboxX::new(x.clone()),
            clock: clock.clone(),
            away,
            is_away: AtomicBool::new(false),
            asked: Mutex::default(),
        });
        let (mut dbs, mut engines) = (Vec::new(), Vec::new());
        for (number, place) in places.iter().enumerate() {
            let db = Db::open(place, Role::Node).await.unwrap();
            let settings = Settings {
                lease: SignedDuration::from_hours(24),
                ..Settings::new(format!("node-{number}"))
            };
            let engine = Engine::new(
                Arc::new(db.clone()),
                line.clone(),
                Arc::new(GrammarWriter),
                Arc::new(clock.clone()),
                settings,
            );
            dbs.push(db);
            engines.push(engine);
        }
        let house = Self { clock, x, line, dbs, engines };
        house.declare().await;
        for engine in &house.engines {
            engine.start().await.unwrap();
        }
        house
    }

    /// Bots that post on the hour, and have enough to say.
    async fn declare(&self) {
        let bots: Vec<_> = (0..BOTS)
            .map(|n| domain::model::Bot {
                schedules: vec![testkit::schedule("0 * * * *")],
                ..bot(&format!("bot-{n}"))
            })
            .collect();
        let db = &self.dbs[0];
        db.sync_bots(&bots, &[ManagedBy::File], self.clock.now()).await.unwrap();
        let posts: Vec<NewPost> = bots
            .iter()
            .flat_map(|bot| (0..8).map(|n| post(&bot.id, &format!("{} says hello {n}", bot.id))))
            .collect();
        db.store_posts(&posts, self.clock.now()).await.unwrap();
    }

    async fn advance_to(&self, end: Timestamp) {
        while self.clock.now() < end {
            for engine in &self.engines {
                round(engine).await.unwrap();
            }
            self.clock.advance(STEP);
        }
    }

    fn set_away(&self, is_away: bool) {
        self.line.is_away.store(is_away, Ordering::SeqCst);
    }

    /// How often X was asked in vain, by minute.
    fn asked(&self) -> BTreeMap<i64, u64> {
        let mut minutes = BTreeMap::new();
        for asked in self.line.asked.lock().unwrap().iter() {
            *minutes.entry(asked.as_second() / 60).or_default() += 1;
        }
        minutes
    }

    fn posts(&self) -> usize {
        self.x.truth().len()
    }

    async fn close(self) {
        for engine in &self.engines {
            engine.finish().await.unwrap();
        }
        for db in &self.dbs {
            db.close().await;
        }
    }
}

pub fn post(bot: &BotId, text: &str) -> NewPost {
    NewPost {
        bot: bot.clone(),
        content: text.to_owned(),
        topic: None,
        content_hash: review(text, &Policy::default()).content_hash,
        consent: domain::model::Consent::ByMode,
        origin: PostOrigin::Imported,
    }
}

/// X is away for so many hours and until the slots of another hour wait; returns how often it was asked
/// in vain.
async fn outage(places: &[String], away: Away, hours: i64) -> u64 {
    let house = House::new(places, away).await;
    let start = at("2026-11-23T08:59:00Z");
    house.advance_to(start).await;
    house.set_away(true);
    let back = start + SignedDuration::from_hours(hours) + SignedDuration::from_mins(11);
    house.advance_to(back).await;
    assert_eq!(house.posts(), 0, "it was away");
    let asked = house.asked();
    let total: u64 = asked.values().sum();
    let first = asked.first_key_value().map_or(0, |(_, count)| *count);
    assert!(first <= BOTS as u64 + NEWS, "a try for each slot, no more: {first}");
    let busy: Vec<_> = asked.iter().skip(1).filter(|(_, count)| **count > 1).collect();
    assert!(busy.is_empty(), "{away:?}: more than one probe in a minute: {busy:?}");

    // All but the probes: those of which X did not say whether it took them are looked for first, and the
    // last one that it did not hear waits for its own next try.
    house.set_away(false);
    house.advance_to(back + SignedDuration::from_mins(2)).await;
    let probes = if away == Away::Failing { 11 } else { 1 };
    assert!(house.posts() >= BOTS - probes, "{away:?}: {} are out in two minutes", house.posts());
    house.advance_to(back + SignedDuration::from_mins(15)).await;
    assert_eq!(house.posts(), BOTS, "{away:?}");
    house.close().await;
    total
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_x_is_away_it_is_asked_once_a_minute_by_all_nodes_together() {
    let proof = Proof::of("outage", 0);
    let hours = i64::try_from(proof.count(1, 6)).unwrap();
    let mut figures = Vec::new();
    for away in [Away::Unreachable, Away::Failing] {
        let place = testkit::postgres::cluster().create_database();
        let asked = outage(&[place.clone(), place], away, hours).await;
        assert!(asked <= 500.min(130 + 60 * hours.unsigned_abs()), "{away:?}: {asked}");
        figures.push(asked);
    }
    proof.report(&[
        ("hours", &hours),
        ("nodes", &2),
        ("bots", &BOTS),
        ("unreachable_asked", &figures[0]),
        ("failing_asked", &figures[1]),
    ]);
}

#[tokio::test]
async fn a_single_node_on_a_file_has_the_same_manners() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("house.db").display().to_string();
    outage(&[place], Away::Unreachable, 1).await;
}
