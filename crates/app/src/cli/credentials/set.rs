//! `flockwork credentials set`.

use std::path::PathBuf;

use clap::Args;
use domain::model::{BotId, BotState, Credentials};
use domain::ports::{CredentialStore as _, CredentialsSet};
use serde_json::json;

use super::read;
use crate::cli::context::{Context, no_bot};
use crate::cli::words::who;
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// `flockwork credentials set BOT`
#[derive(Args, Debug)]
pub struct Set {
    /// The bot, which the dashboard made.
    bot: BotId,
    /// A file with four lines, `api_key = ..`, `api_secret = ..`, `access_token = ..` and
    /// `access_secret = ..`, or the values alone in this order; `-` for standard input. Left out, they are
    /// asked for.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Set {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        if !db.can_seal() {
            return Err(no_key());
        }
        let id = &self.bot;
        let (bot, state, stamp) = super::keeper(&db, id).await?;
        let credentials = read::read(self.file.as_deref(), &mut context)?;
        let signed = context.signed(&db, "bot.credentials_set", format!("bot {id}"));
        let (who, now) = (who(&context.environment), context.clock.now());
        let set = signed.set_credentials((&bot, &stamp), &credentials, &who, now).await?;
        db.close().await;
        match set {
            CredentialsSet::Done => {}
            CredentialsSet::NoKey => return Err(no_key()),
            CredentialsSet::Stale => {
                let message = format!("somebody changed bot {id} in this moment; nothing was kept");
                return Err(Failure::new(Exit::Busy, message).hint("run it again"));
            }
            CredentialsSet::Elsewhere(_) => return Err(no_bot(id)),
            CredentialsSet::AccountTaken(other) => {
                let message = format!(
                    "this token is of the X account that bot {other} posts to; an account has one bot"
                );
                return Err(Failure::new(Exit::BadData, message)
                    .hint("give it the token of another account, or let it rehearse"));
            }
        }
        say(&mut context, (id, state), &credentials)
    }
}

fn say(
    context: &mut Context,
    (id, state): (&BotId, BotState),
    credentials: &Credentials,
) -> Result<Exit, Failure> {
    let account = credentials.account();
    if context.out.format == Format::Json {
        let account = account.as_ref().map(ToString::to_string);
        let app = credentials.app();
        context.out.json(&json!({ "bot_id": id.as_str(), "app": app, "account": account }))?;
        return Ok(Exit::Success);
    }
    let whose = account.map_or_else(String::new, |account| format!(", as X account {account}"));
    context.out.line(&format!("{id} signs with them from its next send on{whose}"))?;
    if state == BotState::NeedsLogin {
        context.out.hint(&format!("`flockwork bot resume {id}`: it posts again"))?;
    }
    context.out.hint("`flockwork doctor --all` asks X whose they are, and posts nothing")?;
    Ok(Exit::Success)
}

fn no_key() -> Failure {
    let message = "there is no master key, and credentials are kept under one or not at all";
    Failure::new(Exit::Config, message).hint(
        "`flockwork key new --into FILE` makes one; name the file in FLOCKWORK_MASTER_KEY_FILE and start \
         the nodes again",
    )
}
