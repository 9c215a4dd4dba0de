//! `/health` under load: monitors must never be what slows a node down.

use std::path::Path;
use std::time::Duration;

use crate::figure::{Figure, Target};
use crate::house::House;
use crate::load::{self, Load};
use crate::node::{Node, nobody};
use crate::options::Options;
use crate::start::far_hour;

const CONNECTIONS: usize = 16;

/// Measures it.
pub fn measure(binary: &Path, options: &Options) -> anyhow::Result<Vec<Figure>> {
    let cron = |_| format!("0 {} * * *", far_hour());
    let house = House::build(1, cron)?;
    house.fill(cron)?;
    let mut node = Node::start(binary, &house, nobody())?;
    node.until_healthy()?;
    let duration = options.size(Duration::from_secs(10), Duration::from_secs(2));
    load::run(node.address, "/health", CONNECTIONS, Duration::from_secs(1))?;
    // The same server and the same load, with nothing to say.
    let bare = load::run(node.address, "/livez", CONNECTIONS, duration)?;
    let before = node.process.processor_secs()?;
    let health = load::run(node.address, "/health", CONNECTIONS, duration)?;
    let server = node.process.processor_secs()? - before;
    node.process.stop()?;
    Ok(figures(&bare, &health, server / duration.as_secs_f64()))
}

fn figures(bare: &Load, health: &Load, server: f64) -> Vec<Figure> {
    let micros = server / health.per_second * 1e6;
    vec![
        Figure::new(
            format!("/health answers, {CONNECTIONS} connections"),
            health.per_second,
            "/s",
            Target::AtLeast(30_000.0),
        )
        .beside("/livez, which is empty", bare.per_second)
        .note(format!(
            "{} bytes each; the node took {server:.2} processors, {micros:.1} µs an answer",
            health.bytes
        )),
        Figure::new("/health p99", health.p99_ms, "ms", Target::AtMost(3.0))
            .beside("/livez", bare.p99_ms),
    ]
}
