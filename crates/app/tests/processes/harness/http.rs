//! HTTP/1.1 by hand: one request a connection, so that nothing of the product checks itself.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

const TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Status line and headers, in small letters.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Asks without a body.
pub fn get(port: u16, path: &str) -> io::Result<Reply> {
    ask(port, "GET", path, &[], "")
}

/// Asks a server on this machine.
pub fn ask(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Reply> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let mut request = Vec::new();
    write!(request, "{method} {path} HTTP/1.1\r\nHost: {address}\r\n")?;
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n")?;
    }
    let length = body.len();
    write!(request, "Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")?;
    stream.write_all(&request)?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer)?;
    read(&answer).ok_or_else(|| io::Error::other(format!("this is not HTTP: {answer:?}")))
}

fn read(answer: &str) -> Option<Reply> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let head = head.to_ascii_lowercase();
    // None of the answers that are asked for here is streamed.
    (!head.contains("transfer-encoding")).then(|| Reply { status, head, body: body.to_owned() })
}
