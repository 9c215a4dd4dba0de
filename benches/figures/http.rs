//! As much HTTP/1.1 as the benches need to look at a process.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);

/// The status of one `GET`, on a connection of its own; `None` where nobody listens or answers.
pub fn status_of(address: SocketAddr, path: &str) -> Option<u16> {
    let answer = get(address, path)?;
    answer.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// The whole answer of one `GET`, head and body.
pub fn get(address: SocketAddr, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    stream.set_nodelay(true).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}
