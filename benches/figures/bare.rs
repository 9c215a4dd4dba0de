//! The bare loop: the same signed requests with the same client and the same concurrency, and
//! nothing else. What the engine can at best come near to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, bail};
use clients::http::{Http, HttpSettings};
use clients::x::{Accounts, XClient, XSettings};
use domain::model::BotId;
use domain::ports::{Answer, XApi};
use tokio::task::JoinSet;

use crate::house;
use crate::sandbox::Sandbox;
use crate::watch::{self, WallClock};

/// What one run came to.
pub struct Run {
    /// Posts in a second, from the first send to the last that X took.
    pub per_second: f64,
    /// Processor seconds of this process a post.
    pub client_secs: f64,
    /// Processor seconds of the sandbox a post.
    pub sandbox_secs: f64,
}

/// Sends a post for each bot, `concurrency` at a time; `mark` makes the texts of this run its own.
pub fn run(sandbox: &Sandbox, bots: usize, concurrency: usize, mark: &str) -> anyhow::Result<Run> {
    let accounts: Accounts =
        (0..bots).map(|number| (bot(number), house::credentials(number))).collect();
    let settings =
        XSettings { base_url: format!("http://{}", sandbox.address), ..XSettings::default() };
    let http = Http::new(&HttpSettings::default())?;
    let client = XClient::new(http, &settings, accounts, Arc::new(WallClock))?;
    let (own, theirs) = (own_processor_secs()?, sandbox.processor_secs()?);
    let begin_ms = watch::wall_ms();
    let refused = send_all(&Arc::new(client), bots, concurrency, mark)?;
    if refused > 0 {
        bail!("{refused} of {bots} bare sends were not accepted");
    }
    let (own, theirs) = (own_processor_secs()? - own, sandbox.processor_secs()? - theirs);
    let last = sandbox.accepted(mark)?.into_iter().map(|one| one.at).max();
    let last = last.context("no bare send was accepted")?;
    #[expect(clippy::cast_precision_loss, reason = "some thousand bots and milliseconds")]
    let (count, millis) = (bots as f64, (last.as_millisecond() - begin_ms) as f64);
    Ok(Run {
        per_second: count / millis * 1000.0,
        client_secs: own / count,
        sandbox_secs: theirs / count,
    })
}

/// Returns how many were not accepted.
fn send_all(
    client: &Arc<XClient>,
    bots: usize,
    concurrency: usize,
    mark: &str,
) -> anyhow::Result<usize> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let next = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        for _ in 0..concurrency {
            let (client, next, mark) = (client.clone(), next.clone(), mark.to_owned());
            tasks.spawn(async move {
                let mut refused = 0;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= bots {
                        return refused;
                    }
                    let text = house::text(&format!("{mark} {}", house::name(number)), 1);
                    let report = client.create_post(&bot(number), &text).await;
                    let is_accepted =
                        matches!(&report.answer, Answer::Http(http) if http.post_id.is_some());
                    refused += usize::from(!is_accepted);
                }
            });
        }
        let mut refused = 0;
        while let Some(ended) = tasks.join_next().await {
            refused += ended.context("a task of the bare loop")?;
        }
        Ok(refused)
    })
}

fn bot(number: usize) -> BotId {
    house::name(number).parse().expect("a bot name")
}

fn own_processor_secs() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("reading /proc/self/stat")?;
    let ticks: f64 = crate::machine::fields(&stat).skip(10).take(2).sum();
    Ok(ticks / crate::machine::TICKS_PER_SECOND)
}
