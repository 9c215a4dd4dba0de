//! `flockwork credentials remove`.

use clap::Args;
use domain::model::BotId;
use domain::ports::CredentialStore as _;

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
        let is_gone = signed.remove_credentials((&bot, &stamp), &who, now).await?;
        db.close().await;
        if !is_gone {
            let message = format!("the database keeps no credentials of bot {id}");
            return Err(Failure::new(Exit::Failure, message)
                .hint("`flockwork credentials list` says whose it keeps"));
        }
        context.out.line(&format!("{id} has no credentials any more, and posts nothing"))?;
        Ok(Exit::Success)
    }
}
