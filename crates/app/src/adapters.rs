//! The adapters behind the ports, from the configuration.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clients::BaseUrl;
use clients::feeds::FeedClient;
use clients::http::{Http, HttpSettings, Traceparent};
use clients::llm::{ModelClient, ModelSettings, ModerationClient};
use clients::notify::TargetCourier;
use clients::x::{XClient, XSettings};
use domain::model::{FeedReach, GRAMMAR};
use domain::ports::{Clock, Feeds, Writer, XApi};
use domain::rules::alerts::courier::NotDelivered;
use engine::{AlertPace, Alerting, Bulk, Ladder, Moderation, RepairingWriter, ThriftyWriter};
use jiff::Timestamp;
use store::Db;
use web::ToldTarget;

use crate::config::Config;
use crate::disks::OwnDisks;
use crate::grammars::Grammars;
use crate::{serve, telemetry};

/// Whatever a target does, a command that asks it comes to an end.
const TRY_MAX: Duration = Duration::from_mins(1);

/// Ends a try that takes too long.
pub async fn in_time(
    trying: impl Future<Output = Result<(), NotDelivered>>,
) -> Result<(), NotDelivered> {
    let late = || NotDelivered::later(format!("it took over {TRY_MAX:?}"));
    tokio::time::timeout(TRY_MAX, trying).await.map_err(|_| late()).flatten()
}

/// X over HTTP, with the credentials of every declared bot, and with those that `db` keeps.
pub fn x(config: &Config, db: Option<&Db>, clock: Arc<dyn Clock>) -> anyhow::Result<Arc<dyn XApi>> {
    // The engine's own bound: no byte is written, and no answer awaited, after it.
    let send_timeout = Duration::try_from(serve::settings(config).send_timeout)
        .context("the time-out of a send")?;
    let base_url = config.x.base_url.clone();
    let settings = XSettings { base_url, send_timeout, ..XSettings::default() };
    let accounts = config
        .bots
        .iter()
        .filter_map(|declared| Some((declared.bot.id.clone(), declared.credentials.clone()?)))
        .collect();
    let client = XClient::new(http(config)?, &settings, accounts, clock).context("X's base URL")?;
    // A bot of the dashboard may be made while the node runs, and by another node.
    let dashboard = config.dashboard.clone();
    let client = client.with_late(Box::new(move |bot| dashboard.credentials(bot)));
    Ok(Arc::new(match db {
        Some(db) => client.with_kept(Arc::new(db.clone())),
        None => client,
    }))
}

/// The model, those that stand in for it, and at the foot the grammars; without a key these alone.
pub fn writer(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Arc<dyn Writer>> {
    let grammars = Arc::new(Grammars::of(&config.bots));
    let Some(model) = first_choice(config)? else { return Ok(grammars) };
    let mut ladder = Ladder::new(clock.clone()).step(&config.model.model, model);
    for fallback in &config.model.fallbacks {
        if let Some(model) = client(config, fallback)? {
            ladder = ladder.step(fallback, Arc::new(model));
        }
    }
    if config.model.has_last_resort {
        ladder = ladder.last_resort(GRAMMAR, grammars);
    }
    Ok(Arc::new(RepairingWriter::new(Arc::new(ladder), clock)))
}

/// The model, and where one is named the cheaper one for when little money is left.
fn first_choice(config: &Config) -> anyhow::Result<Option<Arc<dyn Writer>>> {
    let Some(usual) = model(config)? else { return Ok(None) };
    let usual: Arc<dyn Writer> = Arc::new(usual);
    let Some(name) = &config.model.thrifty_model else { return Ok(Some(usual)) };
    let cheaper = Arc::new(client(config, name)?.context("the cheaper model")?);
    Ok(Some(Arc::new(ThriftyWriter { usual, cheaper })))
}

/// The model server's client, where there is a key for it.
pub fn model(config: &Config) -> anyhow::Result<Option<ModelClient>> {
    client(config, &config.model.model)
}

fn client(config: &Config, model: &str) -> anyhow::Result<Option<ModelClient>> {
    let Some(key) = config.model.api_key.clone() else { return Ok(None) };
    let base = BaseUrl::parse(&config.model.base_url).context("the model server's base URL")?;
    let settings = ModelSettings {
        timeout: Duration::try_from(config.model.timeout).context("the model's time-out")?,
        prices: config.model.prices.clone(),
        ..ModelSettings::default()
    };
    Ok(Some(ModelClient::new(http(config)?, base, Some(key), model, settings)))
}

/// The moderation endpoint, where one is configured.
pub fn moderation(config: &Config) -> anyhow::Result<Option<Moderation>> {
    let Some(wanted) = &config.moderation else { return Ok(None) };
    let base = BaseUrl::parse(&wanted.base_url).context("the moderation server's base URL")?;
    let timeout = Duration::try_from(wanted.timeout).context("the moderation server's time-out")?;
    let key = wanted.api_key.clone();
    let client = ModerationClient::new(http(config)?, base, key, &wanted.model, timeout)
        .at(config.model.prices.clone());
    Ok(Some(Moderation {
        moderator: Arc::new(client),
        refused: wanted.refused.clone(),
        sees_grammar: wanted.sees_grammar,
    }))
}

/// Who writes in bulk: orders that are open are followed although no new ones are wanted.
pub fn bulk(config: &Config) -> anyhow::Result<Option<Bulk>> {
    let hands_in = config.model.orders_in_bulk;
    Ok(model(config)?.map(|model| Bulk { writer: Arc::new(model), hands_in }))
}

/// Who fetches feeds, from as far as that.
pub fn feeds(reach: FeedReach, clock: Arc<dyn Clock>) -> anyhow::Result<Arc<dyn Feeds>> {
    let client = FeedClient::new(reach, clock);
    Ok(Arc::new(client.context("setting up the client for feeds")?))
}

/// Who carries what is told.
pub fn courier(config: &Config) -> anyhow::Result<TargetCourier> {
    let alerts = &config.alerts;
    let targets = alerts.targets().map(|(name, target)| (name.clone(), target.clone())).collect();
    let heartbeat = alerts.heartbeat.as_ref().map(|(url, _)| url.clone());
    let courier = TargetCourier::new(targets, heartbeat, alerts.reach);
    courier.context("setting up the client for channels and webhooks")
}

/// How a node of this configuration tells people.
pub fn alerting(config: &Config, db: &Db, started_at: Timestamp) -> anyhow::Result<Alerting> {
    let (alerts, model) = (&config.alerts, &config.model);
    let others = model.thrifty_model.iter().chain(&model.fallbacks);
    let models = std::iter::once(&model.model).chain(others).cloned();
    Ok(Alerting {
        store: Arc::new(db.clone()),
        courier: Arc::new(courier(config)?),
        disks: Arc::new(OwnDisks::of(config)),
        channels: alerts.channels.iter().map(|(channel, _)| channel.clone()).collect(),
        hooks: alerts.hooks.iter().map(|(hook, _)| hook.clone()).collect(),
        pace: AlertPace {
            repeat: alerts.repeat,
            digest: alerts.digest,
            heartbeat: alerts.heartbeat.as_ref().map(|(_, every)| *every),
        },
        // Without a key no model is asked.
        models: models.filter(|_| model.api_key.is_some()).collect(),
        started_at,
    })
}

/// Who is told, as a page shows it.
pub fn told(config: &Config) -> Vec<ToldTarget> {
    let alerts = &config.alerts;
    let channels = alerts.channels.iter().map(|(channel, target)| ToldTarget {
        name: channel.name.to_string(),
        kind: target.kind().as_str(),
        hears: format!("alerts from {} on", channel.at_least.as_str()),
    });
    let hooks = alerts.hooks.iter().map(|(hook, target)| ToldTarget {
        name: hook.name.to_string(),
        kind: target.kind().as_str(),
        hears: "events".to_owned(),
    });
    channels.chain(hooks).collect()
}

fn http(config: &Config) -> anyhow::Result<Http> {
    let traceparent: Option<Traceparent> = match config.tracing {
        Some(_) => Some(telemetry::traceparent),
        None => None,
    };
    let settings = HttpSettings { traceparent, ..HttpSettings::default() };
    Http::new(&settings).context("setting up the HTTP client")
}
