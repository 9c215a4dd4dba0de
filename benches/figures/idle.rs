//! What a node costs that has nothing to do: memory, and processor time over a minute.

use std::path::Path;
use std::time::Duration;

use crate::figure::{Figure, Target};
use crate::house::House;
use crate::machine::MIB;
use crate::node::{Node, nobody};
use crate::options::Options;
use crate::start::far_hour;
use crate::watch;

/// What one size promises.
struct Size {
    bots: usize,
    memory_mib_max: f64,
    processor_secs_max: f64,
}

/// Measures it with one bot and with many.
pub fn measure(binary: &Path, options: &Options) -> anyhow::Result<Vec<Figure>> {
    let few = Size { bots: 1, memory_mib_max: 20.0, processor_secs_max: 0.05 };
    let many =
        Size { bots: options.size(10_000, 1_000), memory_mib_max: 120.0, processor_secs_max: 1.0 };
    let mut figures = of_size(binary, options, &few)?;
    figures.extend(of_size(binary, options, &many)?);
    Ok(figures)
}

fn of_size(binary: &Path, options: &Options, size: &Size) -> anyhow::Result<Vec<Figure>> {
    let hour = far_hour();
    let cron = |number: usize| format!("{} {hour} * * *", number % 60);
    let house = House::build(size.bots, cron)?;
    house.fill(cron)?;
    // The first start plans two weeks; an operator's node has done that long ago.
    let mut first = Node::start(binary, &house, nobody())?;
    first.until_healthy()?;
    first.until_idle(0.1, Duration::from_secs(2))?;
    first.process.stop()?;

    let mut node = Node::start(binary, &house, nobody())?;
    let started = node.until_healthy()?;
    node.until_idle(0.05, Duration::from_secs(3))?;
    let window = options.size(Duration::from_mins(1), Duration::from_secs(10));
    let before = node.process.processor_secs()?;
    watch::rest(window);
    let used = node.process.processor_secs()? - before;
    let resident = node.process.resident()? / MIB;
    let threads = node.process.threads()?;
    node.process.stop()?;

    let bots = size.bots;
    let secs = window.as_secs();
    let who = if bots == 1 { "1 bot".to_owned() } else { format!("{bots} bots") };
    Ok(vec![
        Figure::new(
            format!("idle memory, {who}"),
            resident,
            "MiB",
            Target::AtMost(size.memory_mib_max),
        )
        .note(format!(
            "{threads} threads; healthy {:.0} ms after exec",
            started.as_secs_f64() * 1e3
        )),
        Figure::new(
            format!("idle processor time in {secs} s, {who}"),
            used,
            "s",
            Target::AtMost(size.processor_secs_max),
        )
        .note("counted by the kernel in steps of 0.01 s"),
    ])
}
