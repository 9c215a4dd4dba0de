//! What the operating system knows of this process, for `/metrics`, under the names that every Prometheus
//! client library gives them. Only where `/proc` tells: elsewhere they are left out.

use std::fmt;
use std::path::{Path, PathBuf};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

/// Clock ticks in a second, as `/proc` counts them; the kernel's ABI has kept it at this.
const TICKS_PER_SECOND: f64 = 100.0;

/// Reads `/proc/self` at each scrape.
#[derive(Debug)]
struct Process;

/// Makes them part of what `/metrics` shows.
pub fn register(registry: &mut Registry) {
    registry.register_collector(Box::new(Process));
}

/// A database that is a file, and the log of what is not in it yet.
#[derive(Debug)]
struct DatabaseFile(PathBuf);

/// Makes the size of the database at `path` part of what `/metrics` shows.
pub fn register_database(registry: &mut Registry, path: PathBuf) {
    registry.register_collector(Box::new(DatabaseFile(path)));
}

impl Collector for DatabaseFile {
    /// A log that is not there holds nothing.
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        let mut log = self.0.clone().into_os_string();
        log.push("-wal");
        let mut gauge = |name, help, path: &Path| {
            let gauge = ConstGauge::new(i64::try_from(size(path)).unwrap_or(i64::MAX));
            let unit = Some(&Unit::Bytes);
            gauge.encode(encoder.encode_descriptor(name, help, unit, gauge.metric_type())?)
        };
        let help = "Size of the SQLite database; on PostgreSQL there is no such line.";
        gauge("flockwork_database_file", help, &self.0)?;
        let help = "Size of the log of what was written and is not in the SQLite database yet.";
        gauge("flockwork_database_wal", help, Path::new(&log))
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(stat) = read("stat").as_deref().and_then(Stat::parse) else { return Ok(()) };
        let cpu = ConstCounter::new(stat.cpu_secs);
        let help = "Time on processors, in user and system mode.";
        let name = "process_cpu";
        let at = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), cpu.metric_type())?;
        cpu.encode(at)?;
        let mut gauge = |name, help, unit: Option<&Unit>, value: f64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, unit, gauge.metric_type())?)
        };
        gauge("process_threads", "Threads that run.", None, stat.threads)?;
        if let Some(bytes) = read("status").as_deref().and_then(resident_bytes) {
            gauge("process_resident_memory", "Memory in use.", Some(&Unit::Bytes), bytes)?;
        }
        if let Some(open) = open_files(Path::new("/proc/self/fd")) {
            gauge("process_open_fds", "Open files and connections.", None, open)?;
        }
        Ok(())
    }
}

/// What `/proc/self/stat` says.
struct Stat {
    cpu_secs: f64,
    threads: f64,
}

impl Stat {
    /// Fields 14, 15 and 20 of proc(5); the second may hold blanks and brackets.
    fn parse(text: &str) -> Option<Self> {
        let (_, rest) = text.rsplit_once(')')?;
        let field = |n: usize| rest.split_whitespace().nth(n - 3)?.parse::<f64>().ok();
        let cpu_secs = (field(14)? + field(15)?) / TICKS_PER_SECOND;
        Some(Self { cpu_secs, threads: field(20)? })
    }
}

/// `VmRSS:  12345 kB`
fn resident_bytes(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? * 1024.0)
}

fn open_files(folder: &Path) -> Option<f64> {
    let count = std::fs::read_dir(folder).ok()?.count();
    u32::try_from(count).ok().map(f64::from)
}

fn read(name: &str) -> Option<String> {
    std::fs::read_to_string(Path::new("/proc/self").join(name)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_is_read_as_it_is_written() {
        let line = "42 (a) b) c) S 1 42 42 0 -1 4194560 9 0 0 0 150 50 0 0 20 0 7 0 100 1 2";
        let stat = Stat::parse(line).unwrap();
        assert_eq!((stat.cpu_secs, stat.threads), (2.0, 7.0));
        assert_eq!(resident_bytes("Name:\tx\nVmRSS:\t    12 kB\n"), Some(12_288.0));
        assert!(Stat::parse("").is_none() && resident_bytes("VmRSS: x kB").is_none());
    }
}
