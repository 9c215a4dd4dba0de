//! `flockwork bot pause|resume`: the engine acts at its next tick. `--all` is the kill switch.

use clap::{Args, Subcommand};
use domain::model::{BotId, BotState, StateReason};
use domain::ports::store::{BotStore as _, NodeStore as _};

use super::context::{Context, no_bot};
use crate::exit::{Exit, Failure};

/// What to do with a bot.
#[derive(Subcommand, Debug)]
pub enum BotCommand {
    /// It plans and writes on, but posts nothing until it is resumed.
    ///
    /// --all stops every bot by one switch, on every node, before the next send.
    Pause(Which),
    /// It posts again; what was refused before is forgotten.
    ///
    /// --all takes back what `pause --all` did; bots that were paused one by one stay so.
    Resume(Which),
}

/// One, or all.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// Its name.
    bot: Option<BotId>,
    /// Every bot.
    #[arg(long)]
    all: bool,
}

impl BotCommand {
    /// Writes the state.
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let (which, state, reason) = match self {
            Self::Pause(which) => (which, BotState::Paused, Some(StateReason::Operator)),
            Self::Resume(which) => (which, BotState::Active, None),
        };
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let Some(bot) = which.bot else {
            let is_stopped = state == BotState::Paused;
            let action = if is_stopped { "kill_switch.on" } else { "kill_switch.off" };
            let signed = context.signed(&db, action, "house");
            signed.set_kill_switch(is_stopped, context.clock.now()).await?;
            db.close().await;
            let line = if is_stopped { "nothing is sent now" } else { "bots post again" };
            context.out.line(line)?;
            return Ok(Exit::Success);
        };
        let action = if state == BotState::Paused { "bot.pause" } else { "bot.resume" };
        let signed = context.signed(&db, action, format!("bot {bot}"));
        let is_done = signed.set_bot_state(&bot, state, reason, context.clock.now()).await?;
        db.close().await;
        if !is_done {
            return Err(no_bot(&bot));
        }
        context.out.line(&format!("{bot} is {} now", state.as_str()))?;
        Ok(Exit::Success)
    }
}
