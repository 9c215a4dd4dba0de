//! From exec to the first healthy answer, on a database that is there already.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::figure::{Figure, Target, median, quantile};
use crate::house::House;
use crate::node::{Node, nobody};
use crate::options::Options;
use crate::watch;

/// Measures it.
pub fn measure(binary: &Path, options: &Options) -> anyhow::Result<Vec<Figure>> {
    let runs = options.size(20, 5);
    let cron = |_| format!("0 {} * * *", far_hour());
    let house = House::build(1, cron)?;
    house.fill(cron)?;
    // The first start plans the slots and brings everything up to date.
    once(binary, &house)?;
    let mut times = Vec::new();
    let mut bare = Vec::new();
    for _ in 0..runs {
        times.push(once(binary, &house)?);
        bare.push(version(binary)?);
    }
    let figure =
        Figure::new("exec to first healthy answer", median(&times), "ms", Target::AtMost(40.0))
            .beside("`flockwork --version`, exec to exit", median(&bare))
            .note(format!("median of {runs}; slowest {:.1} ms", quantile(&times, 1.0)));
    Ok(vec![figure])
}

/// Milliseconds of one start.
fn once(binary: &Path, house: &House) -> anyhow::Result<f64> {
    let mut node = Node::start(binary, house, nobody())?;
    let took = node.until_healthy()?;
    node.process.stop()?;
    Ok(took.as_secs_f64() * 1000.0)
}

/// Milliseconds of a process of the same binary that does nothing.
fn version(binary: &Path) -> anyhow::Result<f64> {
    let begin = watch::now();
    Command::new(binary)
        .arg("--version")
        .env_clear()
        .stdout(Stdio::null())
        .status()
        .context("running --version")?;
    Ok(begin.elapsed().as_secs_f64() * 1000.0)
}

/// An hour of the day (UTC) that is half a day away.
pub fn far_hour() -> i64 {
    (watch::wall_ms() / 3_600_000 + 12) % 24
}
