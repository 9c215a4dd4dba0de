//! `flockwork credentials remove`.

use clap::Args;
use domain::model::BotId;
use domain::ports::{CredentialStore as _, CredentialsGone};

use crate::cli::context::Context;
use crate::cli::words::who;
use crate::exit::{Exit, Failure};

/// `flockwork credentials remove BOT`
#[derive(Args, Debug)]
pub struct Remove {
    /// The bot.
    bot: BotId,
}

impl Remove {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let id = &self.bot;
        let (bot, _, stamp) = super::keeper(&db, id).await?;
        let signed = context.signed(&db, "bot.credentials_removed", format!("bot {id}"));
        let (who, now) = (who(&context.environment), context.clock.now());
        let gone = signed.remove_credentials((&bot, &stamp), &who, now).await?;
        db.close().await;
        match gone {
            CredentialsGone::Done => {}
            CredentialsGone::Nothing => {
                let message = format!("the database keeps no credentials of bot {id}");
                return Err(Failure::new(Exit::Failure, message)
                    .hint("`flockwork credentials list` says whose it keeps"));
            }
            CredentialsGone::Stale => {
                let message =
                    format!("somebody changed bot {id} in this moment; nothing was removed");
                return Err(Failure::new(Exit::Busy, message).hint("run it again"));
            }
        }
        if config.dashboard.credentials(id).is_some() {
            context.out.line(&format!(
                "the database keeps nothing of {id} any more, and the keys of the environment take over: it \
                 posts with those from its next send on"
            ))?;
            context.out.hint(&format!(
                "if it is to post nothing, take TWITTER_ACCESS_TOKEN__.. and the three beside it away, or run \
                 `flockwork bot pause {id}`"
            ))?;
            return Ok(Exit::Success);
        }
        context.out.line(&format!("{id} has no credentials any more, and posts nothing"))?;
        context.out.hint("a node whose environment has keys of it posts with those")?;
        Ok(Exit::Success)
    }
}
