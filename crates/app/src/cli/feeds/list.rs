//! `flockwork feeds list`.

use clap::Args;
use domain::model::BotId;
use domain::ports::store::{FeedLine, FeedStore as _};
use jiff::Timestamp;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::words::{cut, near};
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// `flockwork feeds list`
#[derive(Args, Debug)]
pub struct List {
    /// Only this bot's.
    #[arg(long)]
    bot: Option<BotId>,
    /// Most feeds.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max: u32,
}

impl List {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let feeds = db.list_feeds(self.bot.as_ref(), self.max).await?;
        db.close().await;
        say(&mut context, &feeds)?;
        Ok(Exit::Success)
    }
}

fn say(context: &mut Context, feeds: &[FeedLine]) -> Result<(), Failure> {
    if context.out.format == Format::Json {
        for feed in feeds {
            context.out.json(&json!({
                "id": feed.id.0,
                "bot_id": feed.bot.as_str(),
                "url": feed.feed.url.as_str(),
                "at": feed.at.as_str(),
                "title": feed.title,
                "read_at": feed.read_at,
                "next_at": feed.next_at,
                "failures": feed.failures,
                "error": feed.error,
                "waiting": feed.waiting,
                "posted": feed.posted,
                "dropped": feed.dropped,
            }))?;
        }
        return Ok(());
    }
    if feeds.is_empty() {
        context.out.line("No bot follows a feed.")?;
        context
            .out
            .hint("write a [[feed]] into bots/NAME.toml; `flockwork feeds try URL` tries one")?;
        return Ok(());
    }
    let now = context.clock.now();
    let rows = feeds.iter().map(|feed| row(feed, now)).collect();
    let headings = ["feed", "bot", "address", "read", "next", "waiting", "posted", "left out"];
    context.out.table(&headings, rows, &[5, 6, 7])?;
    for feed in feeds {
        if let Some(error) = &feed.error {
            context.out.line(&format!("feed {}: {}", feed.id.0, cut(error, 300)))?;
        }
    }
    context.out.hint("`flockwork feeds items FEED` says what became of each item")?;
    Ok(())
}

fn row(feed: &FeedLine, now: Timestamp) -> Vec<String> {
    let at = |time: Option<Timestamp>| time.map_or_else(|| "never".to_owned(), |at| near(at, now));
    vec![
        feed.id.0.to_string(),
        feed.bot.to_string(),
        cut(feed.at.as_str(), 60),
        at(feed.read_at),
        at(feed.next_at),
        feed.waiting.to_string(),
        feed.posted.to_string(),
        feed.dropped.to_string(),
    ]
}
