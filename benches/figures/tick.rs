//! What a round of the engine costs while few slots are due: it must not grow with the house.
//!
//! In process, on a clock that is moved by hand. A round is what the runner does each time it wakes:
//! plan, give posts to slots, look for open outcomes and empty queues, claim, store the intents, and
//! ask when to wake next. The sends and their outcomes come after the measured stretch.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, bail};
use async_trait::async_trait;
use domain::model::{BotId, RateLimits, XPostId, XUserId};
use domain::ports::store::SlotStore as _;
use domain::ports::{
    Answer, Clock, HttpAnswer, Me, Problem, ReadError, SendReport, TimelinePage, TimelineQuery,
    XApi,
};
use engine::{Engine, GrammarWriter, Settings};
use jiff::{SignedDuration, Timestamp};
use store::{Db, Role};
use testkit::TestClock;

use crate::figure::{Figure, Target, median, quantile};
use crate::options::Options;
use crate::{house, watch};

/// Bots whose slots come one a second from 09:00:00 on, in a house of any size.
const ACTIVE: usize = 1_000;
const POSTS_EACH: usize = 10;
/// Between two rounds: so many slots are due in each, and as many take their posts.
const STEP_SECS: i64 = 4;
/// Rounds before 09:00 and a few after, until everything is warm.
const WARM_UP: usize = 20;
/// Slots planned before anything is measured, in rounds of the scheduler.
const PLANNING_ROUNDS_MAX: usize = 2_000;

/// Milliseconds of each round.
struct Rounds {
    bots: usize,
    millis: Vec<f64>,
}

/// Measures it on SQLite, and on PostgreSQL where its programs are installed.
pub fn measure(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let many = options.size(100_000, 10_000);
    let rounds = options.size(200, 100);
    let dir = tempfile::Builder::new().prefix("flockwork-bench-").tempdir()?;
    let file = |name: &str| dir.path().join(name).display().to_string();
    let small = measured(&file("small.db"), ACTIVE, rounds)?;
    let large = measured(&file("large.db"), many, rounds)?;
    let mut figures = vec![figure("SQLite", &small, &large, Target::RatioAtMost(2.0))];
    if Path::new("/usr/lib/postgresql").exists() {
        let cluster = testkit::postgres::cluster();
        let small = measured(&cluster.create_database(), ACTIVE, rounds)?;
        let large = measured(&cluster.create_database(), options.size(20_000, 5_000), rounds)?;
        figures.push(figure("PostgreSQL", &small, &large, Target::None));
    }
    Ok(figures)
}

fn figure(engine: &str, small: &Rounds, large: &Rounds, target: Target) -> Figure {
    let posts = large.bots * POSTS_EACH;
    let name = format!("tick, {} bots, {posts} posts, {engine}", large.bots);
    Figure::new(name, median(&large.millis), "ms", target)
        .beside(format!("{} bots", small.bots), median(&small.millis))
        .note(format!(
            "median of {} rounds with {STEP_SECS} slots due; 95 % below {:.2} ms, beside {:.2} ms",
            large.millis.len(),
            quantile(&large.millis, 0.95),
            quantile(&small.millis, 0.95),
        ))
}

fn measured(place: &str, bots: usize, rounds: usize) -> anyhow::Result<Rounds> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        // A start compares this clock with the server's; from there on it is moved by hand.
        let clock = TestClock::at(wall()?);
        let db = Db::open(place, Role::Node).await?;
        let engine = Engine::new(
            Arc::new(db.clone()),
            Arc::new(Obliging::default()),
            Arc::new(GrammarWriter),
            Arc::new(clock.clone()),
            settings(),
        );
        engine.start().await?;
        clock.advance(until_nearly_nine(clock.now()));
        fill(&db, bots, &clock).await?;
        plan_all(&engine).await?;
        let millis = drive(&engine, &db, &clock, rounds).await?;
        drop(engine);
        db.close().await;
        Ok(Rounds { bots, millis })
    })
}

/// One lease for the whole run: renewing it would compare this clock with the server's.
fn settings() -> Settings {
    Settings { lease: SignedDuration::from_hours(48), ..Settings::new("bench") }
}

fn wall() -> anyhow::Result<Timestamp> {
    Timestamp::from_millisecond(watch::wall_ms()).context("the clock of this machine is absurd")
}

/// To the next ten minutes to nine, UTC.
fn until_nearly_nine(now: Timestamp) -> SignedDuration {
    let nearly_nine = SignedDuration::from_mins(8 * 60 + 50).as_secs();
    SignedDuration::from_secs((nearly_nine - now.as_second()).rem_euclid(24 * 3600))
}

async fn fill(db: &Db, bots: usize, clock: &TestClock) -> anyhow::Result<()> {
    let declared: Vec<_> = (0..bots).map(|number| house::bot(number, &pattern(number))).collect();
    house::fill(db, &declared, POSTS_EACH, clock.now()).await
}

/// The active bots one a second from 09:00:00 on, the others one a second from noon on.
fn pattern(number: usize) -> String {
    let secs = if number < ACTIVE { 9 * 3600 + number } else { 12 * 3600 + number % 36_000 };
    format!("{} {} {} * * *", secs % 60, secs / 60 % 60, secs / 3600)
}

async fn plan_all(engine: &Engine) -> anyhow::Result<()> {
    for _ in 0..PLANNING_ROUNDS_MAX {
        let report = engine.tick_scheduler(engine.now()).await?;
        if report.planned == 0 && report.assigned == 0 {
            return Ok(());
        }
    }
    bail!("planning did not come to an end")
}

async fn drive(
    engine: &Engine,
    db: &Db,
    clock: &TestClock,
    rounds: usize,
) -> anyhow::Result<Vec<f64>> {
    clock.advance(SignedDuration::from_mins(9));
    let mut millis = Vec::with_capacity(rounds);
    for round in 0..rounds + WARM_UP {
        clock.advance(SignedDuration::from_secs(STEP_SECS));
        let begin = watch::now();
        let now = engine.now();
        engine.tick_scheduler(now).await?;
        engine.tick_reconciler(now).await?;
        engine.tick_generator(now).await?;
        let batch = engine.prepare(now, engine.room()).await?;
        db.next_wake().await?;
        let took = begin.elapsed();
        let is_measured = round >= WARM_UP;
        if is_measured && batch.len() != usize::try_from(STEP_SECS)? {
            bail!("a measured round had {} slots to send", batch.len());
        }
        engine.deliver(batch).await?;
        if is_measured {
            millis.push(took.as_secs_f64() * 1000.0);
        }
    }
    Ok(millis)
}

/// An X that takes everything at once.
#[derive(Default)]
struct Obliging {
    last: AtomicU64,
}

#[async_trait]
impl XApi for Obliging {
    async fn create_post(&self, _bot: &BotId, text: &str) -> SendReport {
        let id = 1_900_000_000_000_000_000 + self.last.fetch_add(1, Ordering::Relaxed);
        SendReport {
            answer: Answer::Http(HttpAnswer {
                status: 201,
                post_id: XPostId::try_from(id.to_string().as_str()).ok(),
                text: Some(text.to_owned()),
                problem: Problem::default(),
            }),
            limits: RateLimits::default(),
            request_id: None,
            server_date: None,
        }
    }

    async fn me(&self, _bot: &BotId) -> Result<Me, ReadError> {
        Err(ReadError::Unavailable("not asked for here".to_owned()))
    }

    async fn timeline(
        &self,
        _bot: &BotId,
        _user: &XUserId,
        _query: &TimelineQuery,
    ) -> Result<TimelinePage, ReadError> {
        Err(ReadError::Unavailable("not asked for here".to_owned()))
    }
}
