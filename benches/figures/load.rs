//! A load generator that costs little, because it shares the processors with what it loads: one
//! thread, kept connections, one request at a time on each.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::figure::quantile;
use crate::{house, watch};

/// Larger than any answer that is asked for here.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What came of it.
pub struct Load {
    /// Whole answers with status 200 in a second.
    pub per_second: f64,
    /// Milliseconds below which half were answered.
    pub p50_ms: f64,
    /// Milliseconds below which 99 of 100 were answered.
    pub p99_ms: f64,
    /// Bytes of one answer.
    pub bytes: usize,
}

/// Asks for `path` on so many connections for so long.
pub fn run(
    address: SocketAddr,
    path: &str,
    connections: usize,
    duration: Duration,
) -> anyhow::Result<Load> {
    house::runtime()?.block_on(async {
        let begin = watch::now();
        let until = begin + duration;
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            tasks.spawn(connection(address, path.to_owned(), until));
        }
        let mut micros = Vec::new();
        let mut bytes = 0;
        while let Some(ended) = tasks.join_next().await {
            let (times, length) = ended.context("a connection of the load")??;
            micros.extend(times);
            bytes = bytes.max(length);
        }
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 answers")]
        let per_second = micros.len() as f64 / begin.elapsed().as_secs_f64();
        let below = |share| f64::from(quantile(&micros, share)) / 1000.0;
        Ok(Load { per_second, p50_ms: below(0.5), p99_ms: below(0.99), bytes })
    })
}

/// Microseconds of each answer, and how long one was.
async fn connection(
    address: SocketAddr,
    path: String,
    until: Instant,
) -> anyhow::Result<(Vec<u32>, usize)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let mut buffer = vec![0; ANSWER_BYTES_MAX];
    let mut micros = Vec::with_capacity(64 * 1024);
    let mut length = 0;
    let mut begin = watch::now();
    while begin < until {
        stream.write_all(request.as_bytes()).await?;
        length = answer(&mut stream, &mut buffer).await?;
        let end = watch::now();
        micros.push(u32::try_from((end - begin).as_micros()).unwrap_or(u32::MAX));
        begin = end;
    }
    Ok((micros, length))
}

/// Reads one answer; returns its length.
async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> anyhow::Result<usize> {
    let mut filled = 0;
    let mut whole = None;
    while whole.is_none_or(|whole| filled < whole) {
        let read = stream.read(&mut buffer[filled..]).await?;
        if read == 0 {
            bail!("the connection ended within an answer");
        }
        filled += read;
        if whole.is_none() {
            whole = length(&buffer[..filled])?;
        }
    }
    Ok(filled)
}

/// Of head and body together, once the head is whole.
fn length(bytes: &[u8]) -> anyhow::Result<Option<usize>> {
    let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    if !bytes.starts_with(b"HTTP/1.1 200") {
        bail!("not a 200: {}", String::from_utf8_lossy(&bytes[..head.min(80)]));
    }
    let text = std::str::from_utf8(&bytes[..head]).context("a head that is not text")?;
    let body = text
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, value)| value.trim().parse::<usize>())?;
    Ok(Some(head + 4 + body))
}
