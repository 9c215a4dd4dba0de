//! `flockwork stats`: the seed's counters, per bot and in all.

use domain::ports::store::{BotLine, ReadStore as _};
use serde_json::{Value, json};

use super::context::Context;
use super::words::near;
use crate::exit::{Exit, Failure};
use crate::output::{Accent, Format};

/// Bots read at a time.
const PAGE: u32 = 500;

/// Says all of it.
pub async fn run(mut context: Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let db = context.open_existing(&config).await?;
    let counts = db.counts().await?;
    let mut lines: Vec<BotLine> = Vec::new();
    loop {
        let after = lines.last().map(|line| line.stats.bot.clone());
        let page = db.list_bots(after.as_ref(), PAGE).await?;
        if page.is_empty() {
            break;
        }
        lines.extend(page);
    }
    db.close().await;
    if context.out.format == Format::Json {
        let bots: Vec<Value> = lines.iter().map(bot_json).collect();
        context.out.json(&json!({
            "total_posts": counts.published,
            "remaining_posts": counts.queued,
            "spend_usd": counts.spend.dollars(),
            "unknown": counts.unknown,
            "attention": counts.attention,
            "is_stopped": counts.is_stopped,
            "bots": bots,
        }))?;
        return Ok(Exit::Success);
    }
    let now = context.clock.now();
    let rows = lines
        .iter()
        .map(|line| {
            vec![
                line.stats.bot.to_string(),
                line.state.as_str().to_owned(),
                line.stats.total_posts.to_string(),
                line.stats.remaining_posts.to_string(),
                line.stats.last_post_at.map_or_else(|| "–".to_owned(), |at| near(at, now)),
                line.next_slot_at.map_or_else(|| "–".to_owned(), |at| near(at, now)),
                line.stats.spend.to_string(),
                line.last_error.as_ref().map(|(text, _)| text.clone()).unwrap_or_default(),
            ]
        })
        .collect();
    let heads =
        ["bot", "state", "posts", "queued", "last post", "next slot", "spend", "last error"];
    context.out.table(&heads, rows, &[2, 3, 6])?;
    let total = format!(
        "\n{} posts published, {} queued, {} spent; {} with open outcome, {} need a person",
        counts.published, counts.queued, counts.spend, counts.unknown, counts.attention
    );
    context.out.line(&total)?;
    if counts.is_stopped {
        let word = context.out.paint("All sending is stopped.", Accent::Bad);
        context.out.line(&word)?;
    }
    if lines.is_empty() {
        context
            .out
            .hint("no bot is in the database yet: `flockwork serve` writes the declared ones")?;
    }
    Ok(Exit::Success)
}

fn bot_json(line: &BotLine) -> Value {
    json!({
        "bot_id": line.stats.bot.as_str(),
        "state": line.state.as_str(),
        "state_reason": line.state_reason.map(domain::model::StateReason::as_str),
        "total_posts": line.stats.total_posts,
        "remaining_posts": line.stats.remaining_posts,
        "last_post_at": line.stats.last_post_at.map(|at| at.to_string()),
        "last_replenishment_at": line.stats.last_replenishment_at.map(|at| at.to_string()),
        "next_slot_at": line.next_slot_at.map(|at| at.to_string()),
        "spend_usd": line.stats.spend.dollars(),
        "last_error": line.last_error.as_ref().map(|(text, _)| text),
    })
}
