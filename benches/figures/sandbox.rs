//! `flockwork sandbox` in its own process, and its truth log: when X really took what.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use serde::Deserialize;
use tempfile::TempDir;

use crate::node::{Process, free_port};
use crate::{http, watch};

const START_MAX: Duration = Duration::from_secs(10);

/// A running sandbox.
pub struct Sandbox {
    /// Where it listens.
    pub address: SocketAddr,
    process: Process,
    dir: TempDir,
}

/// One post that it took.
#[derive(Deserialize)]
pub struct Accepted {
    /// When.
    pub at: Timestamp,
    /// The exact text.
    pub text: String,
}

impl Sandbox {
    /// Starts one that answers after `latency`, without X's limits.
    pub fn start(binary: &Path, latency: &str) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("flockwork-bench-x-").tempdir()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let mut command = Command::new(binary);
        command
            .args(["sandbox", "--no-limits", "--latency", latency])
            .args(["--port", &address.port().to_string()])
            .arg("--truth")
            .arg(truth(dir.path()))
            .env_clear();
        let process = Process::start(command, dir.path(), "sandbox.log")?;
        let sandbox = Self { address, process, dir };
        let begin = watch::now();
        while begin.elapsed() < START_MAX {
            if http::status_of(address, "/_sandbox").is_some() {
                return Ok(sandbox);
            }
            watch::rest(Duration::from_millis(5));
        }
        bail!("the sandbox did not answer within {} s", START_MAX.as_secs())
    }

    /// What it took, oldest first, whose text holds `mark`.
    pub fn accepted(&self, mark: &str) -> anyhow::Result<Vec<Accepted>> {
        let lines = std::fs::read_to_string(truth(self.dir.path())).context("the truth log")?;
        let all: Vec<Accepted> = lines
            .lines()
            .map(|line| serde_json::from_str(line).context("a line of the truth log"))
            .collect::<anyhow::Result<_>>()?;
        Ok(all.into_iter().filter(|one| one.text.contains(mark)).collect())
    }

    /// Bytes of the truth log: it grows with every post, and costs the sandbox nothing to look at.
    pub fn truth_bytes(&self) -> u64 {
        std::fs::metadata(truth(self.dir.path())).map_or(0, |file| file.len())
    }

    /// Processor seconds it used.
    pub fn processor_secs(&self) -> anyhow::Result<f64> {
        self.process.processor_secs()
    }

    /// Ends it.
    pub fn stop(self) -> anyhow::Result<()> {
        self.process.stop()
    }
}

fn truth(dir: &Path) -> PathBuf {
    dir.join("truth.jsonl")
}
