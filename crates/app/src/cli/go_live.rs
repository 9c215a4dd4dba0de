//! `flockwork go-live`: what X demands of an account, and who says that it is so.

use clap::Args;
use domain::model::{BotId, GoLive, GoLiveItem};
use domain::ports::store::BotStore as _;
use jiff::Timestamp;
use serde_json::json;

use super::context::{Context, no_bot};
use super::words::{near, who};
use crate::exit::{Exit, Failure};
use crate::output::{Accent, Format};

/// `flockwork go-live BOT`
#[derive(Args, Debug)]
pub struct GoLiveArgs {
    /// Its name.
    bot: BotId,
    #[command(flatten)]
    accepted: Accepted,
}

/// What the person who runs the command has seen to.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing of its own that a person says")]
struct Accepted {
    /// The account's "Automated" label is set.
    #[arg(long)]
    accept_label: bool,
    /// Its bio says that it is a bot and who runs it.
    #[arg(long)]
    accept_bio: bool,
    /// An account that a person manages is linked to it.
    #[arg(long)]
    accept_human_account: bool,
    /// A spending limit is set for its app in X's developer console.
    #[arg(long)]
    accept_spend_cap: bool,
    /// All of it.
    #[arg(long)]
    accept_all: bool,
}

impl Accepted {
    fn items(&self) -> Vec<GoLiveItem> {
        let said = |item: &GoLiveItem| {
            self.accept_all
                || match item {
                    GoLiveItem::Label => self.accept_label,
                    GoLiveItem::Bio => self.accept_bio,
                    GoLiveItem::HumanAccount => self.accept_human_account,
                    GoLiveItem::SpendCap => self.accept_spend_cap,
                }
        };
        GoLiveItem::ALL.iter().copied().filter(said).collect()
    }
}

impl GoLiveArgs {
    /// Lists, after it took what was said.
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open(&config).await?;
        let bot = context.bot(&config, &db, Some(&self.bot)).await?;
        let (items, now) = (self.accepted.items(), context.clock.now());
        if !items.is_empty() {
            let who = who(&context.environment);
            let signed = context.signed(&db, "bot.go_live", format!("bot {}", bot.id));
            if !signed.confirm_go_live(&bot.id, &items, &who, now).await? {
                return Err(no_bot(&bot.id));
            }
        }
        let confirmed = db.list_go_live(&bot.id).await?;
        db.close().await;
        for item in GoLiveItem::ALL {
            let said = confirmed.iter().find(|said| said.item == *item);
            say(&mut context, (&bot.id, *item), said, now)?;
        }
        let is_complete = confirmed.len() == GoLiveItem::ALL.len();
        if context.out.format == Format::Table {
            let line = standing(&bot.id, is_complete, bot.is_live);
            context.out.line(&line)?;
        }
        Ok(if is_complete { Exit::Success } else { Exit::Failure })
    }
}

fn standing(bot: &BotId, is_complete: bool, is_live: bool) -> String {
    match (is_complete, is_live) {
        (true, true) => format!("{bot} may post to X."),
        (true, false) => format!("{bot} may post to X; it posts to a sandbox or rehearses now."),
        (false, true) => format!("{bot} posts nothing until all of it is confirmed."),
        (false, false) => {
            format!("{bot} posts to a sandbox or rehearses, and needs none of it yet.")
        }
    }
}

fn say(
    context: &mut Context,
    (bot, item): (&BotId, GoLiveItem),
    said: Option<&GoLive>,
    now: Timestamp,
) -> Result<(), Failure> {
    if context.out.format == Format::Json {
        return Ok(context.out.json(&json!({
            "bot_id": bot.as_str(),
            "item": item.as_str(),
            "what": item.explain(),
            "source": item.source(),
            "who": said.map(|said| said.who.as_str()),
            "at": said.map(|said| said.at),
        }))?);
    }
    let (word, accent) = if said.is_some() { ("yes", Accent::Good) } else { ("no ", Accent::Bad) };
    let word = context.out.paint(word, accent);
    context.out.line(&format!("{word}  {}", item.explain()))?;
    if let Some(said) = said {
        context.out.line(&format!("     {}, {}", said.who, near(said.at, now)))?;
    } else {
        context.out.line(&format!("     {}", item.source()))?;
        context.out.line(&format!("     once it is so: {}", item.flag()))?;
    }
    Ok(())
}
