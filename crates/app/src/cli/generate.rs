//! `flockwork generate`: write posts for a bot's queue now.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Args;
use domain::model::{Bot, BotId, Post, PostState, QueueLimits};
use domain::ports::store::{OriginStore as _, PostStore as _, Refill, Stock, TopicStock};
use engine::{Engine, Settings};

use super::context::Context;
use super::words::count;
use crate::adapters;
use crate::exit::{Exit, Failure};

/// Requests that may bring nothing before the command gives up.
const FRUITLESS_MAX: u32 = 3;
/// Queued posts looked at to even out the topics.
const QUEUE_MAX: u32 = 1_000;

/// `flockwork generate`
#[derive(Args, Debug)]
pub struct Generate {
    /// For this bot; may be left out where there is only one.
    #[arg(long)]
    bot: Option<BotId>,
    /// So many posts.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    count: u32,
}

impl Generate {
    /// Writes, reviews and queues.
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open(&config).await?;
        let bot = context.bot(&config, &db, self.bot.as_ref()).await?;
        let engine = Engine::new(
            Arc::new(db.clone()),
            adapters::x(&config, Some(&db), Arc::clone(&context.clock))?,
            adapters::writer(&config, Arc::clone(&context.clock))?,
            Arc::clone(&context.clock),
            Settings::new("generate"),
        );
        let engine = match adapters::moderation(&config)? {
            Some(moderation) => engine.with_moderation(moderation),
            None => engine,
        };
        let version = db.list_personas(&bot.id, 1).await?.first().map_or(0, |one| one.version);
        let (mut queued, mut dropped, mut fruitless) = (0, 0, 0);
        while queued < u64::from(self.count) && fruitless < FRUITLESS_MAX {
            let wanted = u64::from(self.count) - queued;
            let queue = db.list_queue(&bot.id, QUEUE_MAX).await?;
            let now = context.clock.now();
            let refill = Refill {
                persona_version: version,
                fruitless,
                ..refill(&bot, &queue, wanted, now.as_millisecond())
            };
            let report = engine.refill(&refill).await?;
            queued += report.queued;
            dropped += report.dropped;
            fruitless += u32::from(report.queued == 0);
            if context.out.is_watched() {
                context.out.note(&format!("{queued} of {} written", self.count))?;
            }
        }
        let error = node_error(&engine);
        db.close().await;
        let posts = count(queued, "post");
        context.out.line(&format!("{} queued {posts}, {dropped} dropped by review", bot.id))?;
        if queued > 0 {
            if let Some(why) = &error {
                context.out.note(&format!("the model did not write all of them: {why}"))?;
            }
            return Ok(Exit::Success);
        }
        let why = error.unwrap_or_else(|| "review refused every text".to_owned());
        Err(Failure::new(Exit::Unavailable, format!("nothing was written for {}: {why}", bot.id))
            .hint("`flockwork doctor` tries the model server"))
    }
}

fn node_error(engine: &Engine) -> Option<String> {
    use domain::ports::Node as _;
    let vitals = engine.vitals();
    let first = vitals.writers.first().and_then(|writer| writer.seen.error.clone());
    vitals.model.error.or(first)
}

/// A refill of so many posts, whatever the queue holds. The moment seeds the grammar, so that two
/// commands do not write the same.
fn refill(bot: &Bot, queue: &[Post], wanted: u64, moment: i64) -> Refill {
    let mut topics: BTreeMap<Option<String>, TopicStock> = BTreeMap::new();
    for post in queue.iter().filter(|post| post.state == PostState::Queued) {
        let stock = topics.entry(post.topic.clone()).or_insert_with(|| TopicStock {
            topic: post.topic.clone(),
            next: post.id,
            count: 0,
            last_used_at: None,
        });
        stock.count += 1;
    }
    let topics: Vec<TopicStock> = topics.into_values().collect();
    let remaining: u64 = topics.iter().map(|topic| topic.count).sum();
    let target = u32::try_from(remaining.saturating_add(wanted)).unwrap_or(u32::MAX);
    Refill {
        bot: bot.id.clone(),
        persona: bot.persona.clone(),
        persona_version: 0,
        mode: bot.mode,
        limits: QueueLimits { low_water: target, high_water: target, batch: bot.queue.batch },
        stock: Stock { topics, ..Stock::default() },
        remaining,
        refills: moment.unsigned_abs(),
        fruitless: 0,
    }
}
