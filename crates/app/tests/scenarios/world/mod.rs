//! The whole of Flockwork around one engine: the real store on a real SQLite file, the sandbox as X,
//! a clock that moves only when told. [`World::finish`] audits what a scenario leaves behind.

mod audit;
mod faulty;
mod feeds;
mod socket;
mod spans;
mod yielding;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::model::{Bot, BotId, ManagedBy, MicroUsd, QueueLimits, SlotState};
use domain::ports::store::{
    BotStore as _, NewPost, PostOrigin, PostStore as _, ReadStore as _, SlotLine, SlotStore as _,
    SlotView, StoreError,
};
use domain::ports::{BulkWriter, Writer};
use domain::rules::review::{Policy, review};
use engine::{Bulk, Engine, GrammarWriter, Moderation, Settings};
use jiff::{SignedDuration, Timestamp};
use sandbox::{SandboxModel, SandboxModerator, SandboxSettings, SandboxX};
use sqlx::{Connection as _, SqliteConnection};
use store::backup::{self, BackupFolder, Watch};
use store::seal::Keyring;
use store::{Db, Role};
use tempfile::TempDir;
use testkit::watched::Watched;
use testkit::{TestClock, at};

pub use faulty::StoreFaults;
pub use feeds::FakeFeeds;
pub use spans::Spans;
pub use yielding::Yielding;

/// Longer than in life, so that a scenario may stride.
const LEASE: SignedDuration = SignedDuration::from_mins(11);
/// Rounds that a scenario may need for one step of its clock.
const ROUNDS_MAX: u32 = 2_000;

/// A bot whose queue is not refilled by itself, so that a scenario knows what is in it.
pub fn bot(id: &str) -> Bot {
    Bot { queue: QueueLimits { low_water: 0, ..QueueLimits::default() }, ..testkit::bot(id) }
}

pub struct World {
    pub clock: TestClock,
    pub x: Arc<sandbox::World>,
    pub db: Db,
    pub engine: Arc<Engine>,
    /// What the engine's next calls of the store meet.
    pub faults: StoreFaults,
    /// What stands on the web.
    pub feeds: FakeFeeds,
    folder: TempDir,
    crew: Crew,
}

/// Who writes and who looks, and what stands on the web; they outlive a node.
#[derive(Clone)]
struct Crew {
    writer: Arc<dyn Writer>,
    moderation: Option<Moderation>,
    bulk: Option<Arc<dyn BulkWriter>>,
    feeds: FakeFeeds,
}

/// A clock that is so far behind another.
struct Behind(TestClock, SignedDuration);

impl domain::ports::Clock for Behind {
    fn now(&self) -> Timestamp {
        self.0.now() - self.1
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }
}

impl Crew {
    fn of(writer: Arc<dyn Writer>) -> Self {
        Self { writer, moderation: None, bulk: None, feeds: FakeFeeds::default() }
    }
}

impl World {
    /// Monday 2026-11-23, 08:00 UTC; nothing is declared and X has no faults.
    pub async fn new() -> Self {
        Self::on(SandboxSettings::default()).await
    }

    /// With a sandbox of these settings.
    pub async fn on(settings: SandboxSettings) -> Self {
        Self::written_by(settings, |_, _| Arc::new(GrammarWriter)).await
    }

    /// And with an X whose clock is so far behind that of the nodes.
    pub async fn on_a_clock_behind(settings: SandboxSettings, by: SignedDuration) -> Self {
        let clock = TestClock::at(at("2026-11-23T08:00:00Z"));
        let folder = tempfile::tempdir().unwrap();
        let x = sandbox::World::open(Arc::new(Behind(clock.clone(), by)), &settings).unwrap();
        Self::start(clock, x, folder, Crew::of(Arc::new(GrammarWriter))).await
    }

    /// And with a writer made for it.
    pub async fn written_by(
        settings: SandboxSettings,
        make: impl FnOnce(&Arc<sandbox::World>, &TestClock) -> Arc<dyn Writer>,
    ) -> Self {
        let clock = TestClock::at(at("2026-11-23T08:00:00Z"));
        let folder = tempfile::tempdir().unwrap();
        let x = sandbox::World::open(Arc::new(clock.clone()), &settings).unwrap();
        let crew = Crew::of(make(&x, &clock));
        Self::start(clock, x, folder, crew).await
    }

    /// With the sandbox's model, and its moderation endpoint that charges so much a question.
    pub async fn moderated(price: MicroUsd, sees_grammar: bool) -> Self {
        let clock = TestClock::at(at("2026-11-23T08:00:00Z"));
        let folder = tempfile::tempdir().unwrap();
        let x = sandbox::World::calm(Arc::new(clock.clone()));
        let moderator = Arc::new(SandboxModerator::charging(x.clone(), price));
        let refused = vec!["sexual/minors".to_owned()];
        let moderation = Some(Moderation { moderator, refused, sees_grammar });
        let writer: Arc<dyn Writer> = if sees_grammar {
            Arc::new(GrammarWriter)
        } else {
            Arc::new(SandboxModel::new(x.clone()))
        };
        Self::start(clock, x, folder, Crew { moderation, ..Crew::of(writer) }).await
    }

    /// With a model of the sandbox on a socket, which writes at once and in bulk.
    pub async fn ordering() -> Self {
        let clock = TestClock::at(at("2026-11-23T08:00:00Z"));
        let folder = tempfile::tempdir().unwrap();
        let x = sandbox::World::calm(Arc::new(clock.clone()));
        let model = Arc::new(socket::model(&x).await);
        let crew = Crew { bulk: Some(model.clone()), ..Crew::of(model) };
        Self::start(clock, x, folder, crew).await
    }

    /// Declares `bot`, and queues these posts for it.
    pub async fn given(&self, bot: Bot, posts: &[&str]) {
        let now = self.now();
        self.db.sync_bots(std::slice::from_ref(&bot), &[ManagedBy::File], now).await.unwrap();
        self.queue(&bot.id, posts).await;
    }

    /// Declares `bot` beside those that are there.
    pub async fn given_also(&self, bot: Bot) {
        self.db.sync_bots(&[bot], &[], self.now()).await.unwrap();
    }

    /// A tick of the auditor; a scenario is small enough for one to see everything.
    pub async fn audit(&self) {
        self.engine.tick_auditor(self.now()).await.unwrap();
    }

    /// Runs a person's own SQL on the file.
    pub async fn execute(&self, sql: &str) {
        let mut file = self.rows().await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut file).await.unwrap();
        file.close().await.unwrap();
    }

    /// The one number that a person's own SQL asks for.
    pub async fn number(&self, sql: &str) -> i64 {
        let mut file = self.rows().await;
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        let (number,): (i64,) = sqlx::query_as(sql).fetch_one(&mut file).await.unwrap();
        file.close().await.unwrap();
        number
    }

    async fn rows(&self) -> SqliteConnection {
        let path = self.folder.path().join("world.db");
        SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap()
    }

    /// Queues these posts.
    pub async fn queue(&self, bot: &BotId, posts: &[&str]) {
        let posts: Vec<NewPost> = posts
            .iter()
            .map(|text| {
                let verdict = review(text, &Policy::default());
                NewPost {
                    bot: bot.clone(),
                    content: (*text).to_owned(),
                    topic: None,
                    content_hash: verdict.content_hash,
                    consent: domain::model::Consent::ByMode,
                    origin: PostOrigin::Imported,
                }
            })
            .collect();
        self.db.store_posts(&posts, self.now()).await.unwrap();
    }

    pub fn now(&self) -> Timestamp {
        use domain::ports::Clock as _;
        self.clock.now()
    }

    /// Moves the clock to `time`, stopping wherever something is due.
    pub async fn advance_to(&self, time: &str) {
        let end = at(time);
        for _ in 0..ROUNDS_MAX {
            round(&self.engine).await.unwrap();
            let now = self.now();
            if now >= end {
                return;
            }
            let next = self.db.next_wake().await.unwrap().unwrap_or(end);
            let pace = now + SignedDuration::from_millis(100);
            // A lease must be renewed on the way.
            let renewal = now + LEASE - SignedDuration::from_mins(1);
            let until = next.max(pace).min(renewal).min(end);
            self.clock.advance(until.duration_since(now));
        }
        panic!("still busy at {} after {ROUNDS_MAX} rounds", self.now());
    }

    /// The process dies where it stands, and another one starts on the same file.
    pub async fn crash_and_restart(self) -> Self {
        let Self { clock, x, db, engine: dead, folder, crew, .. } = self;
        drop(dead);
        db.close().await;
        drop(db);
        Self::start(clock, x, folder, crew).await
    }

    /// A backup of the database as it is now, taken while the node works on it.
    pub fn back_up(&self) -> PathBuf {
        let (file, folder) = (self.file(), BackupFolder::new(self.folder.path().join("backups")));
        let mut told = |_| {};
        let mut watch = Watch::new(&mut told, Arc::default());
        backup::take(&file, &folder, self.now(), &mut watch).unwrap().path
    }

    /// The node dies, `backup` takes the place of its file, and another node starts on it.
    pub async fn restore(self, backup: &Path) -> Self {
        let file = self.file();
        let Self { clock, x, db, engine, folder, crew, .. } = self;
        let now = domain::ports::Clock::now(&clock);
        drop(engine);
        db.close().await;
        drop(db);
        let mut told = |_| {};
        let mut watch = Watch::new(&mut told, Arc::default());
        let restored = store::restore(backup, &file, &Keyring::default(), now, &mut watch).unwrap();
        std::fs::remove_file(restored.kept.unwrap()).unwrap();
        Self::start(clock, x, folder, crew).await
    }

    /// Posts that were found on a timeline and not in an answer.
    pub async fn adopted(&self) -> usize {
        let url = format!("sqlite://{}", self.file().display());
        let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
        let sql = "SELECT count(*) FROM receipts WHERE is_adopted = 1";
        let (count,): (i64,) = sqlx::query_as(sql).fetch_one(&pool).await.unwrap();
        pool.close().await;
        usize::try_from(count).unwrap()
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("world.db")
    }

    async fn start(clock: TestClock, x: Arc<sandbox::World>, folder: TempDir, crew: Crew) -> Self {
        let db = open(&folder).await;
        let faults = StoreFaults::default();
        let store = Watched::new(Arc::new(db.clone()), faults.clone());
        let feeds = crew.feeds.clone();
        let engine = engine(store, &x, &clock, crew.writer.clone());
        let engine = engine.with_feeds(Arc::new(feeds.clone()));
        let engine = match crew.moderation.clone() {
            Some(moderation) => engine.with_moderation(moderation),
            None => engine,
        };
        let engine = Arc::new(match crew.bulk.clone() {
            Some(writer) => engine.with_bulk(Bulk { writer, hands_in: true }),
            None => engine,
        });
        engine.start().await.unwrap();
        Self { clock, x, db, engine, faults, feeds, folder, crew }
    }

    /// What X shows of the bot, oldest first.
    pub fn timeline(&self, bot: &str) -> Vec<String> {
        self.x.sent_texts(bot)
    }

    /// Every slot of the bot that is not in the future, oldest first.
    pub async fn slots(&self, bot: &str) -> Vec<SlotLine> {
        let bot = BotId::try_from(bot).unwrap();
        let mut lines = Vec::new();
        for view in [SlotView::Gone, SlotView::Open, SlotView::Attention, SlotView::Next] {
            lines.extend(self.db.list_slots(view, Some(&bot), 500).await.unwrap());
        }
        lines.retain(|line| line.due_at <= self.now());
        lines.sort_by_key(|line| (line.due_at, line.slot));
        lines
    }

    /// The states of [`World::slots`].
    pub async fn states(&self, bot: &str) -> Vec<SlotState> {
        self.slots(bot).await.into_iter().map(|line| line.state).collect()
    }

    /// Audits the world and ends it.
    pub async fn finish(self) {
        audit::audit(&self).await;
        self.engine.finish().await.unwrap();
        self.db.close().await;
    }
}

async fn open(folder: &TempDir) -> Db {
    let path = folder.path().join("world.db");
    Db::open(&path.to_string_lossy(), Role::Node).await.unwrap()
}

fn engine(
    store: Watched<StoreFaults>,
    x: &Arc<sandbox::World>,
    clock: &TestClock,
    writer: Arc<dyn Writer>,
) -> Engine {
    Engine::new(
        Arc::new(store),
        Arc::new(Yielding(SandboxX::new(x.clone()))),
        writer,
        Arc::new(clock.clone()),
        Settings { lease: LEASE, ..Settings::new("world") },
    )
}

/// Everything that is due now, once.
pub async fn round(engine: &Engine) -> Result<(), StoreError> {
    engine.tick_janitor(engine.now()).await?;
    engine.tick_scheduler(engine.now()).await?;
    engine.tick_reconciler(engine.now()).await?;
    engine.tick_generator(engine.now()).await?;
    engine.tick_bulk(engine.now()).await?;
    let batch = engine.prepare(engine.now(), engine.room()).await?;
    engine.deliver(batch).await?;
    engine.tick_recorder().await?;
    Ok(())
}
