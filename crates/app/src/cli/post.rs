//! `flockwork post now`: the next queued post of a bot, now.
//!
//! The command writes a slot that is due now; a node publishes it. Where none runs, this process is
//! the node until that slot has its outcome.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use domain::model::{BotId, SlotId, SlotPhase};
use domain::ports::store::{ReadStore as _, SlotLine, SlotStore as _};
use engine::{Engine, Runner};
use jiff::SignedDuration;
use serde_json::json;
use store::{Db, Role};
use tokio_util::sync::CancellationToken;

use super::context::{Context, demand_database, no_bot};
use super::words::length;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::output::Format;
use crate::{adapters, serve, wire};

/// How often the slot is looked at.
const PACE: Duration = Duration::from_millis(200);

/// `flockwork post`
#[derive(Subcommand, Debug)]
pub enum PostCommand {
    /// Publishes the next queued post now, and waits for the outcome.
    ///
    /// A running node does it. Where none runs, this command is the node until the post is out, and
    /// whatever else is due goes out too, as under `flockwork serve`.
    Now(Now),
}

/// `flockwork post now`
#[derive(Args, Debug)]
pub struct Now {
    /// This bot's; may be left out where there is only one.
    #[arg(long)]
    bot: Option<BotId>,
    /// Gives up waiting after so long; the slot stays, and its outcome is found out by a node.
    #[arg(long, default_value = "60s", value_parser = length)]
    timeout: SignedDuration,
}

impl PostCommand {
    /// Does it.
    pub async fn run(self, context: Context) -> Result<Exit, Failure> {
        match self {
            Self::Now(now) => now.run(context).await,
        }
    }
}

impl Now {
    async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.load().for_sending()?;
        demand_database(&config)?;
        let here = !self.is_served(&context, &config).await?;
        let role = if here { Role::Node } else { Role::Tool };
        let db = context.open_as(&config, role).await?;
        let bot = context.bot(&config, &db, self.bot.as_ref()).await?;
        let now = context.clock.now();
        let signed = context.signed(&db, "bot.post_now", format!("bot {}", bot.id));
        let slot = signed.ask_for_slot(&bot.id, now).await?.ok_or_else(|| no_bot(&bot.id))?;
        let outcome = if here {
            self.publish_here(&context, &config, &db, slot).await
        } else {
            self.wait(&db, slot).await
        };
        db.close().await;
        report(&mut context, &outcome?)
    }

    /// Whether a node works on this database.
    async fn is_served(&self, context: &Context, config: &Config) -> Result<bool, Failure> {
        let place = config.database.place();
        if !place.contains("://") || place.starts_with("sqlite") {
            return Ok(Db::is_locked_by_node(place));
        }
        let db = context.open(config).await?;
        let nodes = db.list_nodes(context.clock.now()).await?;
        db.close().await;
        Ok(!nodes.is_empty())
    }

    async fn publish_here(
        &self,
        context: &Context,
        config: &Config,
        db: &Db,
        slot: SlotId,
    ) -> Result<SlotLine, Failure> {
        let stop = CancellationToken::new();
        let engine = Arc::new(Engine::new(
            Arc::new(db.clone()),
            adapters::x(config, Some(db), Arc::clone(&context.clock))?,
            adapters::writer(config, Arc::clone(&context.clock))?,
            Arc::clone(&context.clock),
            serve::settings(config),
        ));
        let runner = wire::spawn(Runner::new(engine, stop.clone()).run());
        let outcome = self.wait(db, slot).await;
        stop.cancel();
        runner.await.context("the engine ended with a fault")?.context("running the engine")?;
        outcome
    }

    /// The slot once it has its outcome, or as it is when the time is over.
    async fn wait(&self, db: &Db, slot: SlotId) -> Result<SlotLine, Failure> {
        let mut pace = tokio::time::interval(PACE);
        let tries = self.timeout.as_millis() / PACE.as_millis().cast_signed() + 1;
        let mut line = None;
        for _ in 0..tries {
            pace.tick().await;
            let found = db.find_slot(slot).await?.context("the slot has gone")?;
            let phase = found.state.phase();
            line = Some(found);
            if phase.is_final() || phase == SlotPhase::NeedsAttention {
                break;
            }
        }
        Ok(line.context("the time to wait was zero")?)
    }
}

fn report(context: &mut Context, line: &SlotLine) -> Result<Exit, Failure> {
    let phase = line.state.phase();
    if context.out.format == Format::Json {
        context.out.json(&json!({
            "slot": line.slot.0,
            "bot_id": line.bot.as_str(),
            "state": phase.as_str(),
            "reason": line.state.reason(),
            "detail": line.detail,
            "text": line.text,
            "x_post_id": line.x_post_id.as_ref().map(ToString::to_string),
        }))?;
    } else {
        let detail = line.detail.as_deref().filter(|detail| !detail.is_empty());
        let why = detail.unwrap_or_else(|| line.state.explain());
        let id = line.x_post_id.as_ref().map(ToString::to_string);
        let rest = id.as_deref().unwrap_or(why);
        context.out.line(&format!("{}: {} {rest}", line.bot, phase.as_str()))?;
        if let Some(text) = &line.text {
            context.out.line(text)?;
        }
        if !phase.is_final() {
            context.out.hint("`flockwork stats` shows what becomes of it")?;
        }
    }
    Ok(if phase == SlotPhase::Posted { Exit::Success } else { Exit::Failure })
}
