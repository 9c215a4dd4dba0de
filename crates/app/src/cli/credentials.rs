//! `flockwork credentials`: what bots of the dashboard sign with.

mod list;
mod read;
mod remove;
mod set;

use clap::Subcommand;
use domain::model::{Bot, BotId, BotState, ManagedBy};
use domain::ports::store::BotStore as _;
use store::Db;

use super::context::{Context, no_bot};
use crate::exit::{Exit, Failure};

/// What to do with credentials.
#[derive(Subcommand, Debug)]
pub enum CredentialsCommand {
    /// Seals what a bot signs with, in place of what was.
    ///
    /// The four values come from a file, from standard input, or are asked for; never from the command line,
    /// which others can see.
    Set(set::Set),
    /// Lists whose there are, who set them and when, and how each value ends.
    List,
    /// Takes away what a bot signs with.
    Remove(remove::Remove),
}

impl CredentialsCommand {
    /// Does it.
    pub async fn run(self, context: Context) -> Result<Exit, Failure> {
        match self {
            Self::Set(set) => set.run(context).await,
            Self::List => list::run(context).await,
            Self::Remove(remove) => remove.run(context).await,
        }
    }
}

/// A bot whose credentials can be kept here, and the stamp of its state.
async fn keeper(db: &Db, id: &BotId) -> Result<(Bot, BotState, String), Failure> {
    let Some((bot, state, _)) = db.find_bot(id).await? else { return Err(no_bot(id)) };
    let elsewhere = match (bot.managed_by, state) {
        (ManagedBy::Dashboard, BotState::Closed) => {
            let message = format!("bot {id} is closed, and posts no more");
            return Err(Failure::new(Exit::Failure, message));
        }
        (ManagedBy::Dashboard, _) => None,
        (ManagedBy::File, _) => {
            Some(("its file", "the variables or files that its [twitter] names"))
        }
        (ManagedBy::Environment, _) => {
            Some(("the environment", "TWITTER_API_KEY_FILE and the three beside it"))
        }
    };
    if let Some((place, names)) = elsewhere {
        let message = format!("bot {id} is declared by {place}, and so is what it signs with");
        return Err(Failure::new(Exit::Failure, message).hint(format!("set {names}")));
    }
    let stamp = db.bot_stamp(id).await?.ok_or_else(|| no_bot(id))?;
    Ok((bot, state, stamp))
}
