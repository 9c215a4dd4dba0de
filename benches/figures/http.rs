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
    String::from_utf8(ask(address, path, "identity")?).ok()
}

/// The bytes of one answer as a browser gets them: head and body, packed where the server packs.
pub fn weight(address: SocketAddr, path: &str) -> Option<usize> {
    ask(address, path, "gzip, deflate, br, zstd").map(|answer| answer.len())
}

fn ask(address: SocketAddr, path: &str, encodings: &str) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    stream.set_nodelay(true).ok()?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: {encodings}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(answer)
}
