//! `flockwork queue`: what waits to go out.

mod add;
mod evergreen;
mod export;
mod import;
mod orders;
mod show;

use clap::{Args, Subcommand};
use domain::model::{BotId, Post, PostId, PostState};
use domain::ports::store::{PostStore as _, ReadStore as _, Said};
use serde_json::json;

pub use self::add::Add;
pub use self::export::Export;
pub use self::import::Import;
pub use self::orders::Orders;
pub use self::show::Show;
use super::context::Context;
use super::words::{count, cut};
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// What to do with queues.
#[derive(Subcommand, Debug)]
pub enum QueueCommand {
    /// Lists what waits, in the order within each topic, and what slots hold.
    List(List),
    /// Shows a post, and how it came to be.
    ///
    /// Its topic, angle and format; the model, the seed, the version of the persona and the cost; with
    /// --prompt what the model was asked.
    Show(Show),
    /// Reviews one text and queues it.
    Add(Add),
    /// Reviews the texts of a file and queues those that may go out.
    ///
    /// Reads plain lines, JSON Lines ({"text", "topic", "evergreen"}) or CSV with a header. Rows that may not go
    /// out are listed with their line numbers and reasons, and the command then ends with 65; the
    /// good rows are queued all the same.
    Import(Import),
    /// Writes what waits to a file, from which `queue import` makes the same queue.
    ///
    /// Plain lines, JSON Lines or CSV, in the order of the queue. Posts that slots hold already are
    /// left out. A file that is there is not replaced.
    Export(Export),
    /// Lists what is ordered in bulk and not back yet.
    Orders(Orders),
    /// Takes posts out of their queue.
    Remove(Remove),
}

/// `flockwork queue list`
#[derive(Args, Debug)]
pub struct List {
    /// Only this bot's.
    #[arg(long)]
    bot: Option<BotId>,
    /// Most posts of each bot.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max: u32,
    /// What is kept aside for the day when the queue is empty, in the order in which it is used.
    #[arg(long)]
    evergreen: bool,
}

/// `flockwork queue remove ID..`
#[derive(Args, Debug)]
pub struct Remove {
    /// Numbers of posts, as `queue list` shows them.
    #[arg(required = true)]
    posts: Vec<i64>,
    /// The numbers are those of `queue list --evergreen`.
    #[arg(long)]
    evergreen: bool,
}

impl QueueCommand {
    /// Does it.
    pub async fn run(self, context: Context) -> Result<Exit, Failure> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Show(show) => show.run(context).await,
            Self::Add(add) => add.run(context).await,
            Self::Orders(orders) => orders.run(context).await,
            Self::Import(import) => import.run(context).await,
            Self::Export(export) => export.run(context).await,
            Self::Remove(remove) => remove.run(context).await,
        }
    }
}

impl List {
    async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        const BOTS_PAGE: u32 = 200;
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        if self.evergreen {
            let listed = evergreen::list(&mut context, &db, self.bot.as_ref(), self.max).await;
            db.close().await;
            return listed.map(|()| Exit::Success);
        }
        if let Some(bot) = &self.bot {
            if db.find_bot_line(bot).await?.is_none() {
                return Err(super::context::no_bot(bot));
            }
            let posts = db.list_queue(bot, self.max).await?;
            say(&mut context, &posts)?;
        } else {
            let mut after = None;
            loop {
                let page = db.list_bots(after.as_ref(), BOTS_PAGE).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.stats.bot.clone());
                let mut posts = Vec::new();
                for line in &page {
                    posts.extend(db.list_queue(&line.stats.bot, self.max).await?);
                }
                say(&mut context, &posts)?;
            }
        }
        db.close().await;
        Ok(Exit::Success)
    }
}

fn say(context: &mut Context, posts: &[Post]) -> Result<(), Failure> {
    if context.out.format == Format::Json {
        for post in posts {
            context.out.json(&json!({
                "id": post.id.0,
                "bot_id": post.bot.as_str(),
                "state": post.state.as_str(),
                "category": post.topic,
                "content": post.content,
                "created_at": post.created_at.to_string(),
                "generation_model": post.generation_model,
            }))?;
        }
        return Ok(());
    }
    if posts.is_empty() {
        context.out.line("Nothing waits.")?;
        context.out.hint("`flockwork queue import FILE` queues the texts of a file")?;
        return Ok(());
    }
    let rows = posts
        .iter()
        .map(|post| {
            vec![
                post.id.0.to_string(),
                post.bot.to_string(),
                post.state.as_str().to_owned(),
                post.topic.clone().unwrap_or_default(),
                cut(&post.content, 80),
            ]
        })
        .collect();
    context.out.table(&["id", "bot", "state", "topic", "text"], rows, &[0])?;
    Ok(())
}

impl Remove {
    async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        if self.evergreen {
            let removed = evergreen::remove(&mut context, &db, &self.posts).await;
            db.close().await;
            return removed;
        }
        let mut kept = 0;
        for id in &self.posts {
            let signed = context.signed(&db, "post.remove", format!("post {id}"));
            if signed.remove_post(PostId(*id), context.clock.now()).await? {
                context.out.line(&format!("post {id} is out of its queue"))?;
            } else {
                kept += 1;
                let why = match db.find_post(PostId(*id)).await? {
                    Some(post) if post.state == PostState::Queued => {
                        Said::InDoubt.tell(PostId(*id))
                    }
                    Some(post) => format!("post {id} is {}, not queued", post.state.as_str()),
                    None => format!("there is no post {id}"),
                };
                context.out.line(&why)?;
            }
        }
        db.close().await;
        if kept == 0 {
            return Ok(Exit::Success);
        }
        let kept = count(kept, "post");
        Err(Failure::new(Exit::Failure, format!("{kept} could not be removed"))
            .hint("`flockwork queue list` shows what is queued"))
    }
}
