//! The burst on one PostgreSQL with more and more nodes: what a node more brings, and where it ends.
//!
//! Nodes, server, X (the sandbox) and this program share the processors of one machine, so the rate
//! ends where those are used up. The processor time a post of each of them tells what would be needed
//! where they do not share: the rate at which the server alone is busy is the end of any number of
//! nodes on one database.

use std::path::Path;
use std::thread::available_parallelism;

use anyhow::bail;

use crate::burst::{Burst, Setup, burst};
use crate::figure::{Figure, Target};
use crate::options::Options;
use crate::sandbox::Sandbox;

const LATENCY: &str = "50ms";

/// Measures it with each number of nodes.
pub fn measure(binary: &Path, options: &Options) -> anyhow::Result<Vec<Figure>> {
    if !Path::new("/usr/lib/postgresql").exists() {
        bail!("there is no PostgreSQL here; install Debian's `postgresql`");
    }
    let bots = options.size(10_000, 2_000);
    let counts: &[usize] = if options.is_quick { &[1, 2] } else { &[1, 2, 4] };
    let mut figures: Vec<Figure> = Vec::new();
    let mut alone = None;
    for nodes in counts {
        let sandbox = Sandbox::start(binary, LATENCY)?;
        let server = Some(testkit::postgres::cluster().create_database());
        let lead_secs = options.size(60, 40);
        let burst = burst(binary, &sandbox, Setup { bots, lead_secs, nodes: *nodes, server })?;
        sandbox.stop()?;
        #[expect(clippy::cast_precision_loss, reason = "some thousand bots")]
        let rate = bots as f64 / burst.last_ms * 1000.0;
        let alone = *alone.get_or_insert(rate);
        figures.push(figure(*nodes, bots, rate, &burst).beside("one node", alone));
    }
    Ok(figures)
}

fn figure(nodes: usize, bots: usize, rate: f64, burst: &Burst) -> Figure {
    #[expect(clippy::cast_precision_loss, reason = "a few processors")]
    let processors = available_parallelism().map_or(1.0, |count| count.get() as f64);
    let used = burst.node_secs + burst.sandbox_secs + burst.server_secs;
    let micros = |secs: f64| secs * 1e6;
    Figure::new(format!("burst of {bots} on PostgreSQL, nodes: {nodes}"), rate, "/s", Target::None)
        .note(format!(
            "last accepted {:.1} s after due, first {:.0} ms",
            burst.last_ms / 1000.0,
            burst.first_ms
        ))
        .note(format!(
            "processor time a post: nodes {:.0} µs, PostgreSQL {:.0} µs, sandbox {:.0} µs; together \
             {:.0} % of this machine",
            micros(burst.node_secs),
            micros(burst.server_secs),
            micros(burst.sandbox_secs),
            rate * used / processors * 100.0
        ))
        .note(format!("a processor of PostgreSQL ends at {:.0}/s", 1.0 / burst.server_secs))
}
