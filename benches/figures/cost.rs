//! What an accepted post costs where posts are asked for in batches, beside one request for each.
//!
//! The tokens are those that the sandbox's model counts for exactly the prompts and the answers of the
//! engine; the price is that of the model that is asked where nobody names one, without any discount for
//! what its server has cached. What review drops is paid for, too.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use async_trait::async_trait;
use domain::model::{Bot, Fence, GenerationUsage, ManagedBy, Persona, QueueLimits, Topic};
use domain::ports::store::{BotStore as _, PostStore as _};
use domain::ports::{Clock as _, WriteAnswer, WriteRequest, Writer, WriterError};
use domain::rules::cost::{DEFAULT_MODEL, model_cost};
use engine::{Engine, RepairingWriter, Settings};
use jiff::SignedDuration;
use sandbox::{SandboxModel, SandboxSettings, SandboxX, World};
use store::{Db, Role};
use testkit::TestClock;

use crate::figure::{Figure, Target};
use crate::options::Options;

/// Posts in one request.
const BATCH: u32 = 20;
/// Accepted posts that are paid for.
const POSTS: u32 = 1_000;

/// Tokens of all requests.
#[derive(Default)]
struct Bill(Mutex<GenerationUsage>);

/// A model whose bill is added up.
struct Billed {
    model: SandboxModel,
    bill: Arc<Bill>,
}

#[async_trait]
impl Writer for Billed {
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
        let answer = self.model.write(request).await?;
        let mut bill = self.bill.0.lock().unwrap_or_else(PoisonError::into_inner);
        bill.prompt_tokens += answer.usage.prompt_tokens;
        bill.completion_tokens += answer.usage.completion_tokens;
        Ok(answer)
    }
}

/// What was paid for so many accepted posts, in micro-dollars a post.
struct Paid {
    a_post: f64,
    usage: GenerationUsage,
}

/// Measures it.
pub fn measure(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let posts = options.size(POSTS, 100);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (batched, single) = runtime.block_on(async {
        Ok::<_, anyhow::Error>((paid(BATCH, posts).await?, paid(1, posts).await?))
    })?;
    let told = |paid: &Paid| {
        let GenerationUsage { prompt_tokens, completion_tokens, .. } = paid.usage;
        format!("{prompt_tokens} tokens of prompts and {completion_tokens} of answers")
    };
    let name = format!("an accepted post, {BATCH} in a request, {DEFAULT_MODEL}");
    Ok(vec![
        Figure::new(name, batched.a_post, "µ$", Target::RatioAtMost(0.25))
            .beside("one request a post", single.a_post)
            .note(format!(
                "{posts} accepted posts each: {}, beside {}",
                told(&batched),
                told(&single)
            )),
    ])
}

async fn paid(batch: u32, posts: u32) -> anyhow::Result<Paid> {
    let clock = TestClock::at("2026-11-27T09:00:00Z".parse()?);
    let folder = tempfile::tempdir()?;
    let db = Db::open(&folder.path().join("cost.db").to_string_lossy(), Role::Node).await?;
    let world = World::open(Arc::new(clock.clone()), &SandboxSettings::default())?;
    let bill = Arc::new(Bill::default());
    let model = Billed { model: SandboxModel::new(world.clone()), bill: bill.clone() };
    let engine = Engine::new(
        Arc::new(db.clone()),
        Arc::new(SandboxX::new(world)),
        Arc::new(RepairingWriter::new(Arc::new(model), Arc::new(clock.clone()))),
        Arc::new(clock.clone()),
        Settings::new("bench"),
    );
    let bot = Bot {
        persona: library()?,
        queue: QueueLimits { low_water: posts, high_water: posts, batch },
        ..testkit::bot("library")
    };
    db.sync_bots(&[bot], &[ManagedBy::File], clock.now()).await?;
    let mut queued = 0;
    // Ten times as many requests as are needed where nothing is dropped.
    for _ in 0..posts * 10 / batch {
        if queued >= u64::from(posts) {
            break;
        }
        for refill in db.take_refills(clock.now(), Fence(1), 1).await? {
            queued += engine.refill(&refill).await?.queued;
        }
        clock.advance(SignedDuration::from_secs(60));
    }
    ensure!(queued >= u64::from(posts), "only {queued} of {posts} posts were accepted");
    db.close().await;
    let usage = bill.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let usage = GenerationUsage { model: DEFAULT_MODEL.to_owned(), ..usage };
    let cost = model_cost(&usage, clock.now()).context("the default model has a price")?;
    #[expect(clippy::cast_precision_loss, reason = "some thousand")]
    let a_post = cost.0 as f64 / queued as f64;
    Ok(Paid { a_post, usage })
}

/// The persona of `bots/library.example.toml`, as a person would begin with one of the examples.
fn library() -> anyhow::Result<Persona> {
    let file: toml::Table = include_str!("../../bots/library.example.toml").parse()?;
    let text = |key: &str| {
        let found = file.get(key).and_then(toml::Value::as_str).map(str::to_owned);
        found.with_context(|| format!("the example has no {key}"))
    };
    Ok(Persona {
        personality_prompt: text("personality_prompt")?,
        content_sources: list(&file, "content_sources"),
        posting_style: text("posting_style")?,
        tone: text("tone")?,
        topics: file.get("topic").and_then(toml::Value::as_array).map_or_else(Vec::new, |all| {
            all.iter().filter_map(toml::Value::as_table).map(topic).collect()
        }),
        formats: list(&file, "formats"),
        examples: list(&file, "examples"),
        never_say: list(&file, "never_say"),
        ..testkit::persona()
    })
}

fn topic(table: &toml::Table) -> Topic {
    let weight = table.get("weight").and_then(toml::Value::as_integer);
    let name = table.get("name").and_then(toml::Value::as_str).unwrap_or_default();
    Topic {
        weight: weight.and_then(|weight| u32::try_from(weight).ok()).unwrap_or(1),
        angles: list(table, "angles"),
        formats: list(table, "formats"),
        ..Topic::new(name)
    }
}

fn list(table: &toml::Table, key: &str) -> Vec<String> {
    let found = table.get(key).and_then(toml::Value::as_array);
    let texts = found.into_iter().flatten().filter_map(toml::Value::as_str);
    texts.map(str::to_owned).collect()
}
