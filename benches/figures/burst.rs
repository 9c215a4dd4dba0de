//! The burst: every bot is due in the same second. The node, X (the sandbox) and this program are
//! three processes on the same processors, as in the promise.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use engine::Settings;

use crate::bare::{self, Run};
use crate::figure::{Figure, Target};
use crate::house::House;
use crate::node::Node;
use crate::options::Options;
use crate::sandbox::Sandbox;
use crate::{machine, watch};

const LATENCY: &str = "50ms";
const ROUNDS: usize = 3;
/// Texts of the house hold this, those of the bare loop do not.
const MARK: &str = "of bot-";
/// A burst that is not over by then is not measured further.
const BURST_MAX: Duration = Duration::from_mins(2);
/// Nothing was accepted for so long: it is over.
const QUIET: Duration = Duration::from_secs(3);

/// What is measured.
pub struct Setup {
    /// How many, all due in the same second.
    pub bots: usize,
    /// From the end of the preparations to that second.
    pub lead_secs: i64,
    /// Nodes that share the work.
    pub nodes: usize,
    /// The server's database; a file without one.
    pub server: Option<String>,
}

/// What the nodes did.
pub struct Burst {
    /// Milliseconds from the due time to the first and the last post that X took.
    pub first_ms: f64,
    pub last_ms: f64,
    /// Processor seconds for each post, of all nodes together and of the sandbox.
    pub node_secs: f64,
    pub sandbox_secs: f64,
    /// Processor seconds of the database server for each post.
    pub server_secs: f64,
}

/// A burst between two bare loops.
struct Round {
    burst: Burst,
    before: Run,
    after: Run,
    /// Posts a second.
    rate: f64,
}

impl Round {
    fn measure(binary: &Path, options: &Options) -> anyhow::Result<Self> {
        let bots = options.size(10_000, 2_000);
        let concurrency = Settings::new("bench").sends_max;
        let sandbox = Sandbox::start(binary, LATENCY)?;
        // Opens the accounts in the sandbox, so that both measured runs meet the same one.
        bare::run(&sandbox, bots, concurrency, "warm")?;
        let before = bare::run(&sandbox, bots, concurrency, "before")?;
        let setup = Setup { bots, lead_secs: options.size(45, 30), nodes: 1, server: None };
        let burst = burst(binary, &sandbox, setup)?;
        let after = bare::run(&sandbox, bots, concurrency, "after")?;
        sandbox.stop()?;
        #[expect(clippy::cast_precision_loss, reason = "some thousand bots")]
        let rate = bots as f64 / burst.last_ms * 1000.0;
        Ok(Self { burst, before, after, rate })
    }

    /// Posts a second of the loop that remembers nothing.
    fn bare(&self) -> f64 {
        f64::midpoint(self.before.per_second, self.after.per_second)
    }

    fn ratio(&self) -> f64 {
        self.rate / self.bare()
    }
}

/// Measures it, and takes the round in the middle: one round lasts two seconds, in which a neighbour
/// on the same machine can cost a third.
pub fn measure(binary: &Path, options: &Options) -> anyhow::Result<Vec<Figure>> {
    let mut rounds = (0..options.size(ROUNDS, 1))
        .map(|_| Round::measure(binary, options))
        .collect::<anyhow::Result<Vec<_>>>()?;
    rounds.sort_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    let ratios: Vec<String> = rounds.iter().map(|round| format!("{:.2}", round.ratio())).collect();
    let middle = rounds.swap_remove(rounds.len() / 2);
    Ok(figures(&middle, &ratios.join(", "), options.size(10_000, 2_000)))
}

/// One burst.
pub fn burst(binary: &Path, sandbox: &Sandbox, setup: Setup) -> anyhow::Result<Burst> {
    let Setup { bots, lead_secs, nodes, server } = setup;
    // Filling takes a while, so the pattern is written with the time of the start in mind.
    let fill_secs = i64::try_from(bots / 500)? + 5;
    let due_ms = (watch::wall_ms() / 1000 + fill_secs + lead_secs) * 1000;
    let cron = daily_at(due_ms);
    let house = House::build(bots, |_| cron.clone())?.on(server);
    house.fill(|_| cron.clone())?;
    let nodes = start(binary, sandbox, &house, nodes)?;
    if due_ms - watch::wall_ms() < 10_000 {
        bail!("the machine was too busy to set the burst up in time; try again");
    }
    watch::rest(millis(due_ms - 1_000 - watch::wall_ms()));
    let before = [used(&nodes)?, sandbox.processor_secs()?, machine::used_by("postgres")?];
    until_quiet(sandbox, due_ms);
    let after = [used(&nodes)?, sandbox.processor_secs()?, machine::used_by("postgres")?];
    let [ours, theirs, servers] = std::array::from_fn(|one| after[one] - before[one]);
    for node in nodes {
        node.process.stop()?;
    }
    keep_log(&house);

    let accepted = sandbox.accepted(MARK)?;
    let texts: HashSet<&str> = accepted.iter().map(|one| one.text.as_str()).collect();
    if accepted.len() != bots || texts.len() != bots {
        bail!(
            "{} posts of {bots} were accepted, {} of them different",
            accepted.len(),
            texts.len()
        );
    }
    let since_due = |at: Option<jiff::Timestamp>| -> anyhow::Result<f64> {
        let at = at.context("no post was accepted")?;
        #[expect(clippy::cast_precision_loss, reason = "some thousand milliseconds")]
        let millis = (at.as_millisecond() - due_ms) as f64;
        Ok(millis)
    };
    #[expect(clippy::cast_precision_loss, reason = "some thousand bots")]
    let count = bots as f64;
    Ok(Burst {
        first_ms: since_due(accepted.iter().map(|one| one.at).min())?,
        last_ms: since_due(accepted.iter().map(|one| one.at).max())?,
        node_secs: ours / count,
        sandbox_secs: theirs / count,
        server_secs: servers / count,
    })
}

/// The nodes, one after the other: the first writes the bots.
fn start(
    binary: &Path,
    sandbox: &Sandbox,
    house: &House,
    count: usize,
) -> anyhow::Result<Vec<Node>> {
    let names = (0..count).map(|number| match number {
        0 => "node.log".to_owned(),
        other => format!("node-{other}.log"),
    });
    names
        .map(|log| {
            let mut node = Node::start_logging(binary, house, sandbox.address, &log)?;
            node.until_healthy()?;
            Ok(node)
        })
        .collect()
}

/// Processor seconds of all nodes.
fn used(nodes: &[Node]) -> anyhow::Result<f64> {
    nodes.iter().map(|node| node.process.processor_secs()).sum()
}

/// Waits until the truth log does not grow any more.
fn until_quiet(sandbox: &Sandbox, due_ms: i64) {
    let begin = watch::now();
    let mut seen = (sandbox.truth_bytes(), watch::now());
    while begin.elapsed() < BURST_MAX {
        watch::rest(Duration::from_millis(250));
        let bytes = sandbox.truth_bytes();
        if bytes != seen.0 || watch::wall_ms() < due_ms {
            seen = (bytes, watch::now());
        } else if seen.1.elapsed() > QUIET {
            return;
        }
    }
}

/// The log of the last burst stays, for those who want to know why a figure is as it is.
fn keep_log(house: &House) {
    let to = crate::report::folder().join("burst.log");
    // Only a convenience: a log that cannot be kept changes no figure.
    let _ = std::fs::copy(house.path().join("node.log"), to);
}

fn figures(round: &Round, ratios: &str, bots: usize) -> Vec<Figure> {
    let Round { burst, before, after, rate } = round;
    let micros = |secs: f64| secs * 1e6;
    vec![
        Figure::new(
            format!("burst of {bots}: last post accepted after due"),
            burst.last_ms / 1000.0,
            "s",
            Target::AtMost(10.0),
        )
        .note(format!("first accepted {:.0} ms after due", burst.first_ms)),
        Figure::new(format!("burst of {bots}: rate"), *rate, "/s", Target::RatioAtLeast(0.6))
            .beside("bare loop, no database", round.bare())
            .note(format!("ratios of all rounds: {ratios}"))
            .note(format!(
                "bare loop before {:.0}/s, after {:.0}/s",
                before.per_second, after.per_second
            ))
            .note(format!(
                "processor time a post: node {:.0} µs, bare client {:.0} µs; sandbox {:.0} and {:.0} µs",
                micros(burst.node_secs),
                micros(f64::midpoint(before.client_secs, after.client_secs)),
                micros(burst.sandbox_secs),
                micros(f64::midpoint(before.sandbox_secs, after.sandbox_secs)),
            )),
    ]
}

/// A pattern of six fields for that second of the day, UTC.
fn daily_at(ms: i64) -> String {
    let secs = ms / 1000;
    format!("{} {} {} * * *", secs % 60, secs / 60 % 60, secs / 3600 % 24)
}

fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or_default())
}
