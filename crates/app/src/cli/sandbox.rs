//! `flockwork sandbox`: X and a model for trying out, over HTTP.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use jiff::SignedDuration;
use sandbox::{DuplicateFilter, Lag, Limits, SandboxSettings, World};

use super::args::Faults;
use super::context::Context;
use super::words::length;
use crate::exit::{Exit, Failure};
use crate::{lifecycle, serve, telemetry};

/// `flockwork sandbox`
#[derive(Args, Debug)]
pub struct SandboxArgs {
    /// The port of X, of the model and of the controls; on this machine only.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// How much goes wrong by itself.
    #[arg(long, value_enum, default_value_t = Faults::None)]
    faults: Faults,
    /// Decides what is written and which faults come when.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What every answer takes at least, such as 50ms.
    #[arg(long, default_value = "0s", value_parser = length)]
    latency: SignedDuration,
    /// How late an accepted post shows on its timeline, such as 9m.
    #[arg(long, default_value = "0s", value_parser = length)]
    lag: SignedDuration,
    /// Without X's limits, for load tests.
    #[arg(long)]
    no_limits: bool,
    /// Without X's duplicate filter: then only Flockwork stands between a post and its double.
    #[arg(long)]
    no_duplicate_filter: bool,
    /// Appends what was really accepted to this file, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
}

impl SandboxArgs {
    /// Serves until a signal ends it.
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let _log = telemetry::start(&config.logging, &context.environment)?;
        let stop = lifecycle::stop_on_signal().context("listening for signals")?;
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), self.port);
        let listener = serve::bind(address, "choose another port: --port 8788").await?;
        let address = listener.local_addr().context("reading the port")?;
        let world = World::open(Arc::clone(&context.clock), &self.settings())
            .context("opening the sandbox's truth log")?;
        context.out.line(&format!("A sandbox of X and of a model listens on http://{address}"))?;
        context.out.hint(&format!(
            "TWITTER_API_BASE_URL=http://{address} OPENAI_BASE_URL=http://{address}/v1 \
             OPENAI_API_KEY=any flockwork serve   (any four TWITTER_ values open an account)"
        ))?;
        sandbox::http::serve(listener, world, stop.cancelled_owned())
            .await
            .context("serving the sandbox")?;
        Ok(Exit::Success)
    }

    fn settings(&self) -> SandboxSettings {
        let calm = SandboxSettings::with_weather(self.faults.into(), self.seed);
        SandboxSettings {
            latency: Duration::try_from(self.latency).unwrap_or_default(),
            lag: Lag::fixed(self.lag),
            limits: if self.no_limits { Limits::none() } else { Limits::default() },
            duplicate_filter: if self.no_duplicate_filter {
                DuplicateFilter::Off
            } else {
                DuplicateFilter::On
            },
            truth_path: self.truth.clone(),
            ..calm
        }
    }
}
