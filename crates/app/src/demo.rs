//! `flockwork demo`: the real engine, store and pages on a sandbox of X and of a model, in time
//! lapse. Nothing leaves this machine, and nothing stays on it.

mod board;
mod cast;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;

use anyhow::Context as _;
use domain::model::{FeedReach, ManagedBy};
use domain::ports::Clock;
use domain::ports::store::{BotStore as _, SlotStore as _};
use domain::rules::reconcile::Profile;
use engine::Settings;
use jiff::SignedDuration;
use sandbox::{SandboxModel, SandboxSettings, SandboxStage, SandboxX, Weather, World};
use store::{Db, Role};
use web::{Doors, WebBounds, WebSettings};

use crate::adapters;
use crate::clock::SystemClock;
use crate::config::Dashboard;
use crate::exit::Failure;
use crate::lifecycle;
use crate::output::Output;
use crate::serve::bind;
use crate::wire::{self, Parts};

/// As the protocol, but minutes are seconds: the sandbox shows a post at once, and a person watching
/// should see how a lost answer is found out.
const TIME_LAPSE: Profile = Profile {
    name: "time-lapse",
    looks: [SignedDuration::from_millis(1_500), SignedDuration::from_secs(3)],
    votes: [
        SignedDuration::from_secs(5),
        SignedDuration::from_secs(8),
        SignedDuration::from_secs(12),
    ],
    probe_every: SignedDuration::from_secs(3),
};

/// How the demo runs.
#[derive(Clone, Copy, Debug)]
pub struct Demo {
    /// The port of its pages.
    pub port: u16,
    /// Decides which faults come when, and what is written.
    pub seed: u64,
    /// How much goes wrong.
    pub weather: Weather,
    /// Ends by itself after so long; `None`: at a signal.
    pub length: Option<SignedDuration>,
}

impl Demo {
    /// Runs until a signal, or its length, ends it.
    pub async fn run(self, mut out: Output) -> Result<(), Failure> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let started_at = clock.now();
        let stop = lifecycle::stop_on_signal().context("listening for signals")?;
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), self.port);
        let listener = bind(address, "choose another port: flockwork demo --port 3001").await?;
        let folder = tempfile::Builder::new()
            .prefix("flockwork-demo-")
            .tempdir()
            .context("making a folder for the demo's database")?;
        let path = folder.path().join("demo.db");
        let db = Db::open(&path.to_string_lossy(), Role::Node).await?;
        let cast = cast::bots();
        db.sync_bots(&cast, &[ManagedBy::File], started_at)
            .await
            .context("writing the demo's bots")?;
        // The first departures are not left to the seconds of the clock.
        for bot in &cast {
            db.ask_for_slot(&bot.id, started_at).await.context("asking for a first post")?;
        }

        let settings = SandboxSettings::with_weather(self.weather, self.seed);
        let world = World::open(clock.clone(), &settings).context("opening the sandbox")?;
        board::welcome(&mut out, address, &cast)?;
        let board = wire::spawn(board::show(out, Arc::new(db.clone()), stop.clone()));
        if let Some(length) = self.length {
            wire::spawn(lifecycle::stop_after(length, stop.clone()));
        }
        let parts = Parts {
            store: Arc::new(db.clone()),
            database_file: None,
            people: Arc::new(db.clone()),
            x: Arc::new(SandboxX::new(world.clone())),
            writer: Arc::new(SandboxModel::new(world.clone())),
            sandbox: Some(Arc::new(SandboxStage::new(world.clone()))),
            moderation: None,
            bulk: None,
            feeds: adapters::feeds(FeedReach::Https, clock.clone())?,
            settings: Settings { profile: TIME_LAPSE, ..Settings::new("demo") },
            keeping: None,
            alerting: None,
            alerts: Arc::new(db.clone()),
            told: Vec::new(),
            declarer: Arc::new(Dashboard::of_demo()),
            connections_max: 256,
            web: web_settings(started_at),
            pulse: None,
            clock,
        };
        let outcome = wire::run(parts, listener, stop).await;
        let mut out = board.await.context("the board ended with a fault")??;
        if outcome.is_ok() {
            board::farewell(&mut out, &db, &world).await?;
        }
        db.close().await;
        outcome
    }
}

fn web_settings(started_at: jiff::Timestamp) -> WebSettings {
    WebSettings {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at,
        api_rate_limit: const { NonZeroU32::new(600).expect("not zero") },
        api_token: None,
        notes: vec!["sandbox: nothing here reaches X".to_owned(), "time lapse".to_owned()],
        is_behind_proxy: false,
        doors: Doors::Open,
        allowed_hosts: WebSettings::LOOPBACK_HOSTS.iter().map(|host| (*host).to_owned()).collect(),
        bounds: WebBounds::default(),
    }
}
