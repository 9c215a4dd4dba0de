//! `flockwork health`: is the node of this machine well? For container health checks, so it starts
//! nothing, reads no bot and opens no database: one request, one answer, one exit code.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::context::Context;
use crate::config::server_address;
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// A node that takes longer is not well.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Of an answer that is larger, a house with very many bots, the reasons stand in the first part.
const ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;

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
        let answer = ask(address, self.probe.path()).map_err(|error| no_answer(address, &error))?;
        let said: Option<Value> = serde_json::from_str(&answer.body).ok();
        if let (Format::Json, Some(said)) = (context.out.format, &said) {
            context.out.json(said)?;
        } else if answer.status == "200" {
            context.out.line("well")?;
        }
        for reason in said.iter().flat_map(reasons) {
            context.out.note(&reason)?;
        }
        if answer.status == "200" {
            return Ok(Exit::Success);
        }
        let url = format!("http://{address}{}", self.probe.path());
        let message = format!("the node is not well: it answers {}", answer.status);
        Err(Failure::new(Exit::Failure, message).hint(format!("{url} says why")))
    }
}

/// What speaks against "ok", a sentence each.
fn reasons(said: &Value) -> Vec<String> {
    let reasons = said["reasons"].as_array().map(Vec::as_slice).unwrap_or_default();
    let word = |reason: &Value, name: &str| reason[name].as_str().unwrap_or_default().to_owned();
    let line = |reason| format!("{}: {}", word(reason, "code"), word(reason, "detail"));
    reasons.iter().map(line).collect()
}

fn no_answer(address: SocketAddr, error: &io::Error) -> Failure {
    if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) {
        let message = format!("http://{address} did not answer within {TIMEOUT:?}");
        return Failure::new(Exit::Failure, message)
            .hint("the node hangs, or all its connections are taken: its log says more");
    }
    Failure::new(Exit::Failure, format!("no node answers at http://{address}: {error}"))
        .hint("`flockwork serve` starts one")
}

/// An address that stands for all of them is asked on loopback.
fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    }
}

/// What came back.
struct Answer {
    status: String,
    body: String,
}

/// HTTP/1.0, so that the server closes and never sends in chunks.
fn ask(address: SocketAddr, path: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let line = head.lines().next().filter(|line| line.starts_with("HTTP/"));
    let line = line.ok_or_else(|| io::Error::other("the answer is not HTTP"))?;
    let status = line.split(' ').nth(1).unwrap_or_default().to_owned();
    Ok(Answer { status, body: body.to_owned() })
}
