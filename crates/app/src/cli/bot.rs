//! `flockwork bot pause|resume`: the engine acts at its next tick.

use clap::Subcommand;
use domain::model::{BotId, BotState, StateReason};
use domain::ports::store::BotStore as _;

use super::context::{Context, no_bot};
use crate::exit::{Exit, Failure};

/// What to do with a bot.
#[derive(Subcommand, Debug)]
pub enum BotCommand {
    /// It plans and writes on, but posts nothing until it is resumed.
    Pause {
        /// Its name.
        bot: BotId,
    },
    /// It posts again; what was refused before is forgotten.
    Resume {
        /// Its name.
        bot: BotId,
    },
}

impl BotCommand {
    /// Writes the state.
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let (bot, state, reason) = match self {
            Self::Pause { bot } => (bot, BotState::Paused, Some(StateReason::Operator)),
            Self::Resume { bot } => (bot, BotState::Active, None),
        };
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let is_done = db.set_bot_state(&bot, state, reason, context.clock.now()).await?;
        db.close().await;
        if !is_done {
            return Err(no_bot(&bot));
        }
        context.out.line(&format!("{bot} is {} now", state.as_str()))?;
        Ok(Exit::Success)
    }
}
