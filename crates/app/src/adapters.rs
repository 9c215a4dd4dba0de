//! The adapters behind the ports, from the configuration.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clients::BaseUrl;
use clients::http::{Http, HttpSettings};
use clients::llm::{ModelClient, ModelSettings};
use clients::x::{XClient, XSettings};
use domain::ports::{Clock, Writer, XApi};
use engine::ThriftyWriter;

use crate::config::Config;
use crate::grammars::Grammars;
use crate::serve;

/// X over HTTP, with the credentials of every declared bot.
pub fn x(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Arc<dyn XApi>> {
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
    let client = XClient::new(http()?, &settings, accounts, clock).context("X's base URL")?;
    Ok(Arc::new(client))
}

/// The model, or without a key the grammars.
pub fn writer(config: &Config) -> anyhow::Result<Arc<dyn Writer>> {
    Ok(match model(config)? {
        Some(usual) => match config.model.thrifty_model.clone() {
            Some(name) => {
                let cheaper = Arc::new(named(config, name)?.context("the cheaper model")?);
                Arc::new(ThriftyWriter { usual: Arc::new(usual), cheaper })
            }
            None => Arc::new(usual),
        },
        None => Arc::new(Grammars::of(&config.bots)),
    })
}

/// The model server's client, where there is a key for it.
pub fn model(config: &Config) -> anyhow::Result<Option<ModelClient>> {
    named(config, config.model.model.clone())
}

fn named(config: &Config, model: String) -> anyhow::Result<Option<ModelClient>> {
    let Some(key) = config.model.api_key.clone() else { return Ok(None) };
    let base = BaseUrl::parse(&config.model.base_url).context("the model server's base URL")?;
    let settings = ModelSettings {
        timeout: Duration::try_from(config.model.timeout).context("the model's time-out")?,
        ..ModelSettings::default()
    };
    Ok(Some(ModelClient::new(http()?, base, Some(key), model, settings)))
}

fn http() -> anyhow::Result<Http> {
    Http::new(&HttpSettings::default()).context("setting up the HTTP client")
}
