//! A server on 127.0.0.1 that plays a fixed list of replies, one connection each, down to the bytes:
//! what a real X or a real proxy does on a bad day. Threads and plain sockets, so that a test sees
//! exactly what was written.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What happens on one connection.
pub(crate) enum Reply {
    /// Read the request, write this, close.
    Bytes(Vec<u8>),
    /// Accept, then close without reading anything.
    CloseAtOnce,
    /// Read the request, then close.
    CloseAfterRead,
    /// Read the request, then say nothing for as long as the test runs.
    Silence,
    /// Read the request, write this, then say nothing more.
    BytesThenSilence(Vec<u8>),
    /// Write this without waiting for a request, then say nothing more.
    SpeakFirst(Vec<u8>),
    /// Read a request, write this and keep the connection; then read another one and close.
    BytesThenCloseAfterRead(Vec<u8>),
}

/// The server.
pub(crate) struct Fake {
    port: u16,
    patience: Duration,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Reply {
    /// How long a client should wait for it: ample time on a busy machine, little where nothing
    /// will come.
    fn patience(&self) -> Duration {
        match self {
            Self::Silence | Self::BytesThenSilence(_) | Self::SpeakFirst(_) => {
                Duration::from_millis(500)
            }
            Self::Bytes(_)
            | Self::CloseAtOnce
            | Self::CloseAfterRead
            | Self::BytesThenCloseAfterRead(_) => Duration::from_secs(30),
        }
    }
}

impl Fake {
    /// Starts it.
    pub(crate) fn playing(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let mut connection = Connection { requests: requests.clone(), silent: Vec::new() };
        let replies: Vec<Reply> = replies.into_iter().collect();
        let patience = replies.iter().map(Reply::patience).min().unwrap_or(Duration::ZERO);
        thread::spawn(move || {
            for reply in replies {
                let (stream, _) = listener.accept().unwrap();
                connection.play(reply, stream);
            }
            // Silent connections stay open until the test process ends.
            if !connection.silent.is_empty() {
                thread::park();
            }
        });
        Self { port, patience, requests }
    }

    /// How long a client should wait for any of its replies.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// `http://127.0.0.1:port`.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// `127.0.0.1:port`.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Every request so far, as it came.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

struct Connection {
    requests: Arc<Mutex<Vec<String>>>,
    silent: Vec<TcpStream>,
}

impl Connection {
    fn play(&mut self, reply: Reply, mut stream: TcpStream) {
        match reply {
            Reply::CloseAtOnce => {}
            Reply::CloseAfterRead => self.read(&mut stream),
            Reply::Bytes(bytes) => {
                self.read(&mut stream);
                // The client may hang up on a body that is too large.
                let _ = stream.write_all(&bytes);
                let _ = stream.shutdown(Shutdown::Write);
            }
            Reply::Silence => {
                self.read(&mut stream);
                self.silent.push(stream);
            }
            Reply::BytesThenSilence(bytes) => {
                self.read(&mut stream);
                stream.write_all(&bytes).unwrap();
                self.silent.push(stream);
            }
            Reply::SpeakFirst(bytes) => {
                stream.write_all(&bytes).unwrap();
                self.silent.push(stream);
            }
            Reply::BytesThenCloseAfterRead(bytes) => {
                self.read(&mut stream);
                stream.write_all(&bytes).unwrap();
                self.read(&mut stream);
            }
        }
    }

    fn read(&self, stream: &mut TcpStream) {
        let request = read_request(stream);
        self.requests.lock().unwrap().push(request);
    }
}

/// The part of a request after its head.
pub(crate) fn body_of(request: &str) -> &str {
    request.split_once("\r\n\r\n").unwrap().1
}

/// The value of a header of a request.
pub(crate) fn header_of<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let head = request.split_once("\r\n\r\n").unwrap().0;
    let mut fields = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// A whole answer.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let length = body.len().to_string();
    let mut bytes = head(status, headers, &[("content-length", &length)]);
    bytes.extend_from_slice(body);
    Reply::Bytes(bytes)
}

/// Status line and headers.
pub(crate) fn head(status: u16, headers: &[(&str, &str)], more: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Any\r\nconnection: close\r\n");
    for (name, value) in headers.iter().chain(more) {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    head.into_bytes()
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0_u8; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((_, body)) = text.split_once("\r\n\r\n") {
            let length = header_of(&text, "content-length").map_or(0, |n| n.parse().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return text,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}
