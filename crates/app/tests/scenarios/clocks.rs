//! Nodes on PostgreSQL whose clocks are wrong: the house has one time, the server's (faults 67, 68).

use std::sync::Arc;
use std::time::Duration;

use domain::model::{BotId, ManagedBy, SlotId, SlotState};
use domain::ports::store::ReadStore as _;
use domain::ports::store::{BotStore as _, NodeStore as _, PostStore as _, SlotStore as _};
use domain::ports::{Clock, Node as _};
use domain::rules::reconcile::Profile;
use engine::{Engine, GrammarWriter, HouseClock, Settings};
use jiff::{SignedDuration, Timestamp};
use sandbox::{SandboxSettings, SandboxX, SendFault};
use store::{Db, Role};
use testkit::TestClock;
use testkit::postgres::cluster;

use crate::outage::post;
use crate::world::{bot, round};

/// A node whose own clock is off by so much.
struct Skewed {
    db: Db,
    engine: Engine,
    slot: SlotId,
}

/// A database with one bot and the slot that it was asked for, and X.
struct House {
    place: String,
    slot: SlotId,
    x: Arc<sandbox::World>,
}

/// The time by which X dates posts: the server's, which runs on this machine.
struct Wall;

impl Clock for Wall {
    #[expect(clippy::disallowed_methods, reason = "the server beside it goes by real time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.now().as_millisecond().unsigned_abs())
    }
}

async fn time_of(db: &Db) -> Timestamp {
    db.database_time().await.unwrap().expect("a server has a clock")
}

impl Skewed {
    async fn start(house: &House, skew: SignedDuration) -> Self {
        let db = Db::open(&house.place, Role::Node).await.unwrap();
        let own = TestClock::at(time_of(&db).await + skew);
        let engine = Engine::new(
            Arc::new(db.clone()),
            Arc::new(SandboxX::new(house.x.clone())),
            Arc::new(GrammarWriter),
            Arc::new(HouseClock::new(Arc::new(own))),
            Settings { profile: Profile::FAST, ..Settings::new(format!("off-by-{skew}")) },
        );
        engine.start().await.unwrap();
        Self { db, engine, slot: house.slot }
    }

    /// Works until the slot is in none of these states.
    async fn work_while(&self, states: &[SlotState]) -> SlotState {
        for _ in 0..400 {
            round(&self.engine).await.unwrap();
            let state = self.state().await;
            if !states.contains(&state) {
                return state;
            }
        }
        self.state().await
    }

    async fn state(&self) -> SlotState {
        self.db.find_slot(self.slot).await.unwrap().expect("the slot that was asked for").state
    }

    async fn close(self) {
        self.engine.finish().await.unwrap();
        self.db.close().await;
    }
}

/// X, which goes by the time of the world, and a database with one bot that is asked to post.
async fn house() -> House {
    let place = cluster().create_database();
    let db = Db::open(&place, Role::Tool).await.unwrap();
    let now = time_of(&db).await;
    let x = sandbox::World::open(Arc::new(Wall), &SandboxSettings::default()).unwrap();
    let ada = bot("ada");
    db.sync_bots(std::slice::from_ref(&ada), &[ManagedBy::File], now).await.unwrap();
    db.store_posts(&[post(&ada.id, "hello from the lighthouse")], now).await.unwrap();
    let slot = db.ask_for_slot(&ada.id, now).await.unwrap().expect("ada is there");
    db.close().await;
    House { place, slot, x }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_clock_is_a_little_off_keeps_the_time_of_the_house() {
    for secs in [-20, 20] {
        let house = house().await;
        let node = Skewed::start(&house, SignedDuration::from_secs(secs)).await;
        let off = node.engine.now().duration_since(time_of(&node.db).await).abs();
        assert!(off < SignedDuration::from_secs(2), "{secs}: {off:#}");
        let waiting = [SlotState::Planned, SlotState::Assigned];
        assert_eq!(node.work_while(&waiting).await, SlotState::Posted, "{secs}");
        assert_eq!(house.x.sent_texts("ada").len(), 1);
        node.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_clock_is_minutes_off_sends_nothing_new_and_finds_out_all_the_same() {
    for minutes in [-5, 5] {
        let house = house().await;
        let skewed = Skewed::start(&house, SignedDuration::from_mins(minutes)).await;
        let suspect = skewed.engine.vitals().clock_suspect;
        assert!(suspect.is_some_and(|why| why.contains("the database's are")), "{minutes}");
        for _ in 0..20 {
            round(&skewed.engine).await.unwrap();
        }
        assert_eq!(skewed.state().await, SlotState::Assigned, "{minutes}: it sends nothing");

        // The answer of another node is lost, which then leaves: this one looks for the post.
        let sound = Skewed::start(&house, SignedDuration::ZERO).await;
        house.x.next_send(SendFault::AcceptThenClose);
        let sent = sound.work_while(&[SlotState::Assigned]).await;
        assert_eq!(sent, SlotState::Unknown, "{minutes}");
        sound.close().await;
        let open = [SlotState::Unknown, SlotState::Reconciling];
        assert_eq!(skewed.work_while(&open).await, SlotState::Posted, "{minutes}");
        assert_eq!(house.x.sent_texts("ada").len(), 1);
        let line = skewed.db.find_bot_line(&BotId::try_from("ada").unwrap()).await.unwrap();
        assert_eq!(line.unwrap().stats.total_posts, 1);
        skewed.close().await;
    }
}
