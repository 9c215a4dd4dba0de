//! `flockwork serve`: one node, from the configuration.

use std::hash::{BuildHasher as _, RandomState};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use anyhow::Context as _;
use domain::model::access::{LinkFor, Role as UserRole};
use domain::model::{Bot, BotState, Budgets, ManagedBy};
use domain::ports::Clock;
use domain::ports::people::PeopleStore as _;
use domain::ports::store::{
    BotStore as _, BudgetStore as _, NodeStore as _, Saved, StoreError, SyncReport,
};
use domain::rules::reconcile::Profile;
use engine::{HouseClock, Keeping, Settings};
use jiff::{SignedDuration, Timestamp};
use store::backup::{BackupFolder, FolderBackups, Opener};
use store::{Db, Role};
use tokio::net::TcpListener;
use web::{Doors, WebBounds, WebSettings, new_link};

use crate::adapters;
use crate::cli::tidy_drill;
use crate::clock::SystemClock;
use crate::config::{Config, Dashboard, DatabaseLocation, DeclaredBot};
use crate::exit::{Exit, Failure};
use crate::lifecycle;
use crate::off_site::{CarriedBackups, OffSite};
use crate::output::Output;
use crate::supervisor::Supervisor;
use crate::unlock::unlock;
use crate::wire::{self, Dress, Parts};

/// On PostgreSQL another node may only be cut off, so its lost answers are judged 15 minutes after
/// its last possible send; the first vote is 30 s after that moment.
const TAKEOVER_QUIET: SignedDuration = SignedDuration::from_secs(15 * 60 - 30);

/// Intents without an outcome for each send at the same time; see `engine::Settings`.
const PREPARED_PER_SEND: usize = 4;

/// Bots read at once.
const BOTS_PER_PAGE: u32 = 500;

/// Where bots are declared outside the dashboard.
pub const PLACES: [ManagedBy; 2] = [ManagedBy::Environment, ManagedBy::File];

/// Runs, in this dress, until a signal ends it. Who started it hears how it goes.
pub async fn run(
    mut config: Config,
    dress: Dress,
    mut out: Output,
    supervisor: Option<Supervisor>,
) -> Result<(), Failure> {
    let clock: Arc<dyn Clock> = Arc::new(HouseClock::new(Arc::new(SystemClock)));
    let stop = lifecycle::stop_on_signal().context("listening for signals")?;
    // The database first: a second node on one file should hear that, not that a port is in use.
    let db = Db::open_sized(config.database.place(), Role::Node, config.limits.database).await?;
    follow(&db, clock.as_ref()).await?;
    let started_at = clock.now();
    let db = unlock(db, &config.keys, started_at).await?;
    let listener =
        bind(config.server.address, "choose another port: HEALTH_CHECK_PORT=3001").await?;
    let x = adapters::x(&config, Some(&db), clock.clone())?;
    // What was sent before the start may have to be looked for before anything is claimed.
    x.refresh_keys().await;
    // From here on the database holds the bots, and only their keys stay: ten thousand bots are tens
    // of megabytes.
    let declared = std::mem::take(&mut config.bots);
    let count = declared.len();
    let report = sync(&db, declared, &config.budgets, started_at).await?;
    stand(&db, &config.dashboard, started_at).await?;
    tracing::info!(
        event = "node.started",
        bots.declared = count,
        bots.added = report.added.len(),
        bots.changed = report.changed.len(),
        bots.closed = report.closed.len(),
        "Flockwork {} serves on http://{}; bots declared: {count}",
        env!("CARGO_PKG_VERSION"),
        config.server.address,
    );
    welcome(&mut out, &db, &config, started_at).await?;
    let parts = Parts {
        store: Arc::new(db.clone()),
        database_file: config.database.file().map(Path::to_path_buf),
        people: Arc::new(db.clone()),
        x,
        writer: adapters::writer(&config, clock.clone())?,
        sandbox: None,
        moderation: adapters::moderation(&config)?,
        bulk: adapters::bulk(&config)?,
        feeds: adapters::feeds(config.feeds_reach, clock.clone())?,
        settings: Settings { declared: report.declared, ..settings(&config) },
        keeping: keeping(&config),
        alerting: Some(adapters::alerting(&config, &db, started_at)?),
        alerts: Arc::new(db.clone()),
        told: adapters::told(&config),
        declarer: Arc::new(config.dashboard.clone()),
        connections_max: config.limits.connections_max,
        web: web_settings(&config, started_at)?,
        pulse: supervisor.map(|supervisor| supervisor.attend(clock.clone(), stop.clone())),
        clock,
    };
    let outcome = wire::run(dress(parts), listener, stop).await;
    db.close().await;
    if outcome.is_ok() {
        tracing::info!(event = "node.stopped", "Stopped; every outcome is recorded");
    }
    outcome
}

/// While nobody owns the house each start says a link by which somebody does. It is said and not logged:
/// logs are kept, and read by others. A database that takes no rows now is no reason not to start.
async fn welcome(
    out: &mut Output,
    db: &Db,
    config: &Config,
    now: Timestamp,
) -> Result<(), Failure> {
    match first_link(db, now).await {
        Ok(Some(secret)) => {
            let address = welcome_address(config, &secret);
            let line = "Nobody owns this house yet. Whoever opens this link first does";
            Ok(out.note(&format!("{line}: {address}"))?)
        }
        Ok(None) => Ok(()),
        Err(error) => {
            tracing::warn!(
                %error,
                "No link to own the pages could be made; `flockwork users link` makes one"
            );
            Ok(())
        }
    }
}

/// The secret of a new link, where nobody owns the house.
async fn first_link(db: &Db, now: Timestamp) -> Result<Option<String>, StoreError> {
    if db.has_users().await? {
        return Ok(None);
    }
    let (link, secret) = new_link(LinkFor::Join, UserRole::Owner, None, ("start", now));
    db.add_link(&link, now).await?;
    Ok(Some(secret))
}

/// Where somebody comes in who holds that secret.
pub fn welcome_address(config: &Config, secret: &str) -> String {
    let (server, address) = (&config.server, config.server.address);
    // A name of this very machine stands for a port that a container shows on it: no proxy is there.
    let is_local = |host: &&String| WebSettings::LOOPBACK_HOSTS.contains(&host.as_str());
    match server.allowed_hosts.iter().find(|host| !is_local(host)) {
        Some(host) => format!("https://{host}/welcome/{secret}"),
        None if address.ip().is_unspecified() => {
            format!("http://127.0.0.1:{}/welcome/{secret}", address.port())
        }
        None => format!("http://{address}/welcome/{secret}"),
    }
}

/// Listens, or says what stands in the way; `mend` tells how to choose another port, where that is
/// what helps.
pub async fn bind(address: SocketAddr, mend: &str) -> Result<TcpListener, Failure> {
    let (ip, port) = (address.ip(), address.port());
    TcpListener::bind(address).await.map_err(|error| {
        let of_address = "set BIND_ADDRESS to an address of this machine: 127.0.0.1 for itself \
                          alone, 0.0.0.0 for all; `ip address` lists the others";
        let (exit, message, mend) = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                let message = format!("port {port} on {ip} is in use by another program");
                (Exit::Unavailable, message, mend)
            }
            std::io::ErrorKind::PermissionDenied => {
                (Exit::Permission, format!("this user may not listen on port {port}"), mend)
            }
            std::io::ErrorKind::AddrNotAvailable => {
                (Exit::Unavailable, format!("this machine has no address {ip}"), of_address)
            }
            _ => (Exit::Unavailable, format!("cannot listen on {address}: {error}"), of_address),
        };
        Failure::new(exit, message).hint(mend)
    })
}

/// From here on the clock is the database's, where that has one: what this node writes is dated as the
/// other nodes would date it.
pub async fn follow(db: &Db, clock: &dyn Clock) -> Result<(), Failure> {
    let asked_at = clock.monotonic();
    if let Some(theirs) = db.database_time().await.context("asking the database for the time")? {
        clock.follow(theirs, asked_at);
    }
    Ok(())
}

/// Makes the database's bots and caps those of the configuration.
pub async fn sync(
    db: &Db,
    declared: Vec<DeclaredBot>,
    budgets: &Budgets,
    now: Timestamp,
) -> Result<SyncReport, Failure> {
    let bots: Vec<_> = declared.into_iter().map(|declared| declared.bot).collect();
    let report = db.sync_bots(&bots, &PLACES, now).await.context("writing the declared bots")?;
    db.sync_budgets(budgets, now).await.context("writing the declared caps")?;
    Ok(report)
}

/// Where posts of the dashboard's bots go and as whom they post is for the node to say that starts: it
/// may have other keys than the one before, or another X.
async fn stand(db: &Db, dashboard: &Dashboard, now: Timestamp) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let page = db.list_declared(after.as_ref(), BOTS_PER_PAGE).await;
        let page = page.context("reading the bots of the dashboard")?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = Some(last.id.clone());
        let is_own = |(bot, state): &&(Bot, BotState)| {
            bot.managed_by == ManagedBy::Dashboard && *state != BotState::Closed
        };
        for (bot, _) in page.iter().filter(is_own) {
            let standing = dashboard.standing(bot);
            let Some(stamp) = db.bot_stamp(&bot.id).await.context("reading a bot")? else {
                continue;
            };
            let saved = db.save_bot(&standing, Some(&stamp), now).await.context("writing a bot")?;
            if let Saved::AccountTaken(other) = saved {
                tracing::error!(
                    bot.id = %bot.id,
                    "@{} stays as it was: the token it finds here is of the X account of @{other}",
                    bot.id
                );
            }
        }
    }
}

/// The engine's settings for this configuration.
pub fn settings(config: &Config) -> Settings {
    let limits = config.limits;
    let defaults = Settings {
        profile: config.publish.reconcile.clone(),
        drafts_expire_after: config.publish.drafts_expire_after,
        sends_max: limits.sends_max,
        prepared_max: limits.sends_max * PREPARED_PER_SEND,
        reads_max: limits.reads_max,
        writes_max: limits.writes_max,
        feeds_max: limits.feeds_max,
        deliveries_max: limits.deliveries_max,
        disk_reserve: limits.disk_reserve_bytes,
        ..Settings::new(node_name())
    };
    match config.database {
        DatabaseLocation::Sqlite(_) => defaults,
        DatabaseLocation::Postgres(_) if defaults.profile == Profile::DRILL => drill(defaults),
        DatabaseLocation::Postgres(_) => {
            Settings { takeover_quiet: Some(TAKEOVER_QUIET), ..defaults }
        }
    }
}

/// For an X that answers and shows a post at once, and for nodes that are killed on purpose: the same
/// order of things, in seconds.
fn drill(defaults: Settings) -> Settings {
    Settings {
        send_timeout: SignedDuration::from_secs(3),
        lease: SignedDuration::from_secs(8),
        lease_renewal: SignedDuration::from_secs(1),
        lease_margin: SignedDuration::from_secs(1),
        takeover_quiet: Some(SignedDuration::from_secs(2)),
        ..defaults
    }
}

/// Where a node of this configuration keeps backups; a server keeps its own.
fn keeping(config: &Config) -> Option<Keeping> {
    let file = config.database.file()?;
    // What was opened lies in clear, and whoever opened it may have been ended in the middle.
    backups(config, file).opener().tidy();
    tidy_drill(file);
    let plan = config.backup.plan?;
    let folder = backups(config, file);
    let kept = FolderBackups::new(file, folder.clone());
    Some(match OffSite::of(config) {
        Some(off_site) => {
            Keeping { backups: Arc::new(CarriedBackups { kept, folder, off_site }), plan }
        }
        None => Keeping { backups: Arc::new(kept), plan },
    })
}

/// The backups of the database in that file, for who holds the configured keys.
pub fn backups(config: &Config, file: &Path) -> BackupFolder {
    let opener = Opener::beside(file, config.keys.backup.clone());
    BackupFolder::new(config.backup.folder(file)).with_opener(opener)
}

/// What this node is called as long as it lives: the machine, the process, and a number drawn by lot,
/// because containers may be called alike and each hold a process 1.
pub fn node_name() -> String {
    static NAME: LazyLock<String> = LazyLock::new(|| {
        let lot = RandomState::new().hash_one(std::process::id()) & 0xffff;
        format!("{}-{}-{lot:04x}", host(), std::process::id())
    });
    NAME.clone()
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn web_settings(config: &Config, started_at: Timestamp) -> Result<WebSettings, Failure> {
    let api_rate_limit = NonZeroU32::new(config.server.requests_per_minute_max)
        .context("the configuration allows no limit of zero")?;
    Ok(WebSettings {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at,
        api_rate_limit,
        api_token: config.server.api_token.clone(),
        notes: notes(config),
        is_behind_proxy: config.server.is_behind_proxy,
        doors: doors(config),
        allowed_hosts: allowed_hosts(config),
        bounds: WebBounds {
            body_bytes_max: config.limits.body_bytes_max,
            listeners_max: config.limits.listeners_max,
            cache_age_max: config.limits.cache_age_max,
        },
    })
}

/// What a reader of `/health` must know to read the rest right.
fn notes(config: &Config) -> Vec<String> {
    let mut notes = Vec::new();
    if config.mode.is_dry_run {
        notes.push("dry run: everything but the send".to_owned());
    }
    if config.publish.reconcile != Profile::STANDARD {
        let name = config.publish.reconcile.name;
        notes.push(format!("{name} reconcile profile: for tests against the sandbox only"));
    }
    if config.x.base_url != "https://api.x.com" {
        notes.push(format!("X is {}", config.x.base_url));
    }
    notes
}

/// Who looks on this machine may look until somebody owns the house; who comes from elsewhere may not.
fn doors(config: &Config) -> Doors {
    let server = &config.server;
    let is_local = server.address.ip().is_loopback()
        && server.allowed_hosts.is_empty()
        && !server.is_behind_proxy;
    if is_local { Doors::Local } else { Doors::Locked }
}

/// Behind a proxy or on a public address the names are the operator's; on loopback a page that
/// rebinds its own name must be turned away.
fn allowed_hosts(config: &Config) -> Vec<String> {
    let server = &config.server;
    if server.allowed_hosts.is_empty() && !server.address.ip().is_loopback() {
        return Vec::new();
    }
    let own = WebSettings::LOOPBACK_HOSTS.iter().map(|host| (*host).to_owned());
    own.chain(server.allowed_hosts.iter().cloned()).collect()
}
