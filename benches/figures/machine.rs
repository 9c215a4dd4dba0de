//! This machine: what it is, and how busy others keep it while we measure.

use anyhow::Context as _;
use serde::Serialize;

use crate::watch;

/// What it is.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Processors that this process may use.
    pub processors: usize,
    /// Their name.
    pub model: String,
    /// The kernel's release.
    pub kernel: String,
}

impl Machine {
    /// This one.
    pub fn here() -> Self {
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model =
            info.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            model: model.unwrap_or("unknown").trim().to_owned(),
            kernel: kernel.trim().to_owned(),
        }
    }
}

/// Ticks of the kernel's clock in a second; the same on every Linux that runs this.
pub const TICKS_PER_SECOND: f64 = 100.0;

/// Bytes.
pub const MIB: f64 = 1024.0 * 1024.0;

/// Processor time used so far, by everybody and by us and the children we waited for.
pub struct Busy {
    all_ticks: f64,
    own_ticks: f64,
    at: std::time::Instant,
}

impl Busy {
    /// Up to now.
    pub fn now() -> anyhow::Result<Self> {
        let stat = std::fs::read_to_string("/proc/stat").context("reading /proc/stat")?;
        let first = stat.lines().next().context("an empty /proc/stat")?;
        let numbers: Vec<f64> =
            first.split_whitespace().skip(1).filter_map(|word| word.parse().ok()).collect();
        // user nice system idle iowait irq softirq steal
        let all_ticks = numbers.iter().take(8).sum::<f64>() - numbers[3] - numbers[4];
        let own = std::fs::read_to_string("/proc/self/stat").context("reading /proc/self/stat")?;
        let own_ticks = fields(&own).skip(10).take(4).sum();
        Ok(Self { all_ticks, own_ticks, at: watch::now() })
    }

    /// The share of all processors that went to others since then.
    pub fn others(&self) -> anyhow::Result<f64> {
        let now = Self::now()?;
        let foreign = (now.all_ticks - self.all_ticks) - (now.own_ticks - self.own_ticks);
        #[expect(clippy::cast_precision_loss, reason = "a handful of processors")]
        let processors = Machine::here().processors as f64;
        let whole = (now.at - self.at).as_secs_f64() * TICKS_PER_SECOND * processors;
        Ok((foreign / whole).clamp(0.0, 1.0))
    }
}

/// Processor seconds of all processes of that name which run now.
pub fn used_by(name: &str) -> anyhow::Result<f64> {
    let marked = format!("({name})");
    let mut ticks = 0.0;
    for entry in std::fs::read_dir("/proc").context("reading /proc")? {
        // One that has just ended is no longer there to be read.
        let stat = std::fs::read_to_string(entry?.path().join("stat")).unwrap_or_default();
        if stat.contains(&marked) {
            ticks += fields(&stat).skip(10).take(2).sum::<f64>();
        }
    }
    Ok(ticks / TICKS_PER_SECOND)
}

/// Bytes of memory that this process holds.
pub fn resident() -> anyhow::Result<f64> {
    let status =
        std::fs::read_to_string("/proc/self/status").context("reading /proc/self/status")?;
    resident_in(&status)
}

/// The same of a process with that `/proc/PID/status`.
pub fn resident_in(status: &str) -> anyhow::Result<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse().context("VmRSS")?;
    Ok(kib * 1024.0)
}

/// The numbers of a `/proc/PID/stat` behind the name; the first is field 4 of proc(5).
pub fn fields(stat: &str) -> impl Iterator<Item = f64> {
    let behind_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    behind_name.split_whitespace().skip(1).filter_map(|word| word.parse().ok())
}
