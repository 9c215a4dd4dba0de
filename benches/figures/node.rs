//! A process of the release binary, started, looked at from outside, and ended.

use std::ffi::OsString;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::house::House;
use crate::machine::{TICKS_PER_SECOND, fields, resident_in};
use crate::options::Options;
use crate::{http, watch};

/// A node that is not healthy by then never will be.
const START_MAX: Duration = Duration::from_mins(3);
const STOP_MAX: Duration = Duration::from_secs(40);

/// The binary to measure: the one that was asked for, or the release build, brought up to date.
pub fn build(options: &Options) -> anyhow::Result<PathBuf> {
    if let Some(binary) = &options.binary {
        return binary.canonicalize().with_context(|| format!("finding {}", binary.display()));
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--release", "-p", "flockwork"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    // What cargo told us of this package is no business of that one: build scripts that look at it, as
    // ring's does, run again, and half the tree is built with them.
    told_by_cargo().for_each(|name| {
        cargo.env_remove(name);
    });
    let done = cargo.status().context("running cargo")?;
    if !done.success() {
        bail!("`cargo build --release -p flockwork` failed");
    }
    // This program is target/release/deps/figures-HASH.
    let own = std::env::current_exe().context("finding this program")?;
    let binary = own.ancestors().nth(2).context("a folder above this program")?.join("flockwork");
    if !binary.exists() {
        bail!("{} is not there although it was built", binary.display());
    }
    Ok(binary)
}

#[expect(clippy::disallowed_methods, reason = "this program is no part of the product")]
fn told_by_cargo() -> impl Iterator<Item = OsString> {
    let names = std::env::vars_os().map(|(name, _)| name);
    names.filter(|name| {
        let name = name.as_encoded_bytes();
        name.starts_with(b"CARGO_PKG_") || name.starts_with(b"CARGO_MANIFEST_")
    })
}

/// A port that nobody listens on.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A running process, and where it logs.
pub struct Process(Child, PathBuf);

impl Process {
    /// Starts `command` in `dir` with nothing of our environment; what it logs goes to a file there.
    pub fn start(mut command: Command, dir: &Path, log: &str) -> anyhow::Result<Self> {
        let path = dir.join(log);
        let log = File::create(&path).context("creating a log file")?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).current_dir(dir);
        Ok(Self(command.spawn().context("starting the process")?, path))
    }

    /// Resident memory in bytes, now.
    pub fn resident(&self) -> anyhow::Result<f64> {
        resident_in(&self.read("status")?)
    }

    /// Processor seconds used, user and system, all threads.
    pub fn processor_secs(&self) -> anyhow::Result<f64> {
        let ticks: f64 = fields(&self.read("stat")?).skip(10).take(2).sum();
        Ok(ticks / TICKS_PER_SECOND)
    }

    /// Threads, now.
    pub fn threads(&self) -> anyhow::Result<usize> {
        let threads: Vec<f64> = fields(&self.read("stat")?).skip(16).take(1).collect();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few threads"
        )]
        let count = threads.first().map_or(0, |count| *count as usize);
        Ok(count)
    }

    /// Asks it to end, and waits.
    pub fn stop(mut self) -> anyhow::Result<()> {
        kill_process(self.pid()?, Signal::TERM).context("asking a process to end")?;
        let asked_at = watch::now();
        while asked_at.elapsed() < STOP_MAX {
            if self.0.try_wait()?.is_some() {
                return Ok(());
            }
            watch::rest(Duration::from_millis(5));
        }
        bail!("a process did not end within {} s", STOP_MAX.as_secs())
    }

    /// The last of what it logged.
    fn last_lines(&self) -> String {
        let log = std::fs::read_to_string(&self.1).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    fn read(&self, file: &str) -> anyhow::Result<String> {
        let path = format!("/proc/{}/{file}", self.0.id());
        std::fs::read_to_string(&path).with_context(|| format!("reading {path}"))
    }

    fn pid(&self) -> anyhow::Result<Pid> {
        Pid::from_raw(i32::try_from(self.0.id())?).context("a process id of 0")
    }
}

/// Whatever fails, no process stays behind.
impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process of `flockwork serve`.
pub struct Node {
    /// The process.
    pub process: Process,
    /// Where it listens.
    pub address: SocketAddr,
    /// Just before it was started.
    pub started_at: Instant,
}

impl Node {
    /// Starts a node in `house` that posts to `x`.
    pub fn start(binary: &Path, house: &House, x: SocketAddr) -> anyhow::Result<Self> {
        Self::start_logging(binary, house, x, "node.log")
    }

    /// The same, where several nodes share a house: each has its own log.
    pub fn start_logging(
        binary: &Path,
        house: &House,
        x: SocketAddr,
        log: &str,
    ) -> anyhow::Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let mut command = Command::new(binary);
        command
            .arg("serve")
            .env_clear()
            .envs(house.variables())
            .env("HEALTH_CHECK_PORT", address.port().to_string())
            .env("TWITTER_API_BASE_URL", format!("http://{x}"));
        let started_at = watch::now();
        let process = Process::start(command, house.path(), log)?;
        Ok(Self { process, address, started_at })
    }

    /// Waits for the first 200 of `/health`; returns the time since the start.
    pub fn until_healthy(&mut self) -> anyhow::Result<Duration> {
        while self.started_at.elapsed() < START_MAX {
            if http::status_of(self.address, "/health").is_some_and(|status| status == 200) {
                return Ok(self.started_at.elapsed());
            }
            if let Some(end) = self.process.0.try_wait()? {
                bail!("the node ended at once: {end}\n{}", self.process.last_lines());
            }
            watch::rest(Duration::from_micros(200));
        }
        bail!("the node was not healthy within {} s", START_MAX.as_secs())
    }

    /// Waits until it used less than `most` processor seconds in `window`.
    pub fn until_idle(&self, most: f64, window: Duration) -> anyhow::Result<()> {
        let begin = watch::now();
        let mut before = self.process.processor_secs()?;
        while begin.elapsed() < START_MAX {
            watch::rest(window);
            let used = self.process.processor_secs()?;
            if used - before < most {
                return Ok(());
            }
            before = used;
        }
        bail!("the node did not come to rest within {} s", START_MAX.as_secs())
    }
}

/// Where nobody listens: a node that has nothing due does not notice.
pub fn nobody() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 9))
}
