//! `flockwork health`: is the node of this machine well? For container health checks, so it starts
//! nothing, reads no bot and opens no database: one request, one answer, one exit code.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::context::Context;
use crate::config::server_address;
use crate::exit::{Exit, Failure};

/// A node that takes longer is not well.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The status line and the start of the answer are all that is read.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// `flockwork health`
#[derive(Args, Debug)]
pub struct Health {
    /// Which question to ask.
    #[arg(long, value_enum, default_value_t = Probe::Health)]
    probe: Probe,
    /// Ask at this port instead of the configured one.
    #[arg(long)]
    port: Option<u16>,
}

/// The node's three questions.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Probe {
    /// Is all well: database, X, model, every bot?
    Health,
    /// Does it take work?
    Ready,
    /// Does it run at all?
    Live,
}

impl Probe {
    fn path(self) -> &'static str {
        match self {
            Self::Health => "/health",
            Self::Ready => "/readyz",
            Self::Live => "/livez",
        }
    }
}

impl Health {
    /// Asks.
    pub fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let configured = server_address(&context.environment, context.config_path.as_deref())?;
        let port = self.port.unwrap_or(configured.port());
        let address = SocketAddr::new(reachable(configured.ip()), port);
        let answer = ask(address, self.probe.path()).map_err(|error| {
            Failure::new(Exit::Failure, format!("no node answers at http://{address}: {error}"))
                .hint("`flockwork serve` starts one")
        })?;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        if status == "200" {
            context.out.line("well")?;
            return Ok(Exit::Success);
        }
        let url = format!("http://{address}{}", self.probe.path());
        Err(Failure::new(Exit::Failure, format!("the node is not well: it answers {status}"))
            .hint(format!("{url} says why")))
    }
}

/// An address that stands for all of them is asked on loopback.
fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    }
}

/// The first line of the answer. HTTP/1.0, so that the server closes and never sends in chunks.
fn ask(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    let line = text.lines().next().unwrap_or_default();
    if line.starts_with("HTTP/") {
        return Ok(line.to_owned());
    }
    Err(std::io::Error::other("the answer is not HTTP"))
}
