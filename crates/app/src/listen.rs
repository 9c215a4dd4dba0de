//! The HTTP listener of the pages. `axum::serve` waits for slow clients without end; this one gives
//! each connection a time for its headers and bounds how many there are (threat 16), so that a slow
//! or hostile client takes places from other clients, never from the engine.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::wire::spawn;

/// How many may talk, and how slowly.
#[derive(Clone, Copy)]
struct Bounds {
    /// Connections at the same time; more wait in the kernel's queue.
    connections_max: usize,
    /// Places that only those take who speak up at once. So who holds all the others with slow words
    /// holds up nobody else for longer than [`Bounds::hasty`], from however many addresses.
    hasty_places: usize,
    /// From the first byte of a request, or the end of the one before, to the end of its headers.
    patient: Duration,
    /// The same in a hasty place.
    hasty: Duration,
}

const BOUNDS: Bounds = Bounds {
    connections_max: 1_024,
    hasty_places: 256,
    patient: Duration::from_secs(10),
    hasty: Duration::from_secs(1),
};
/// One in so many places is hasty.
const HASTY_SHARE: usize = 4;
/// After an error of `accept`, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `app` on so many connections at most until `stop`. Connections that are open then are dropped with the process: nothing
/// of theirs can be lost, and an event stream would never end by itself.
pub async fn serve(
    connections_max: usize,
    listener: TcpListener,
    app: Router,
    stop: CancellationToken,
) {
    let hasty_places = (connections_max / HASTY_SHARE).max(1);
    let bounds = Bounds { connections_max, hasty_places, ..BOUNDS };
    serve_within(bounds, listener, app, stop).await;
}

async fn serve_within(bounds: Bounds, listener: TcpListener, app: Router, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(bounds.connections_max));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                let is_hasty = places.available_permits() < bounds.hasty_places;
                let time = if is_hasty { bounds.hasty } else { bounds.patient };
                let connection = answer(stream, peer, app.clone(), time);
                spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!("Could not accept a connection: {error}");
                // Nothing is awaited but the end; without a pause this would spin.
                let _ = tokio::time::timeout(ACCEPT_PAUSE, stop.cancelled()).await;
            }
        }
    }
}

/// One connection, to its end. Its faults are the client's and not worth a line.
async fn answer(stream: TcpStream, peer: SocketAddr, app: Router, headers_time: Duration) {
    // Answers are small and whole; waiting to fill a packet would only add latency.
    let _ = stream.set_nodelay(true);
    let service = app.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(axum::body::Body::new)
    });
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(headers_time)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .await;
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const FEW: Bounds = Bounds {
        connections_max: 8,
        hasty_places: 2,
        // Longer than the test waits for an answer.
        patient: Duration::from_mins(10),
        hasty: Duration::from_millis(100),
    };

    async fn slow(address: SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: lo").await.unwrap();
        stream
    }

    /// Whoever holds every place with half a request, and more wait behind: the next is answered.
    #[tokio::test]
    async fn slow_clients_that_take_every_place_hold_up_the_next_for_a_moment_only() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let app = Router::new().route("/", get(async || "well"));
        let server = spawn(serve_within(FEW, listener, app, stop.clone()));
        let mut held = Vec::new();
        for _ in 0..FEW.connections_max + 4 {
            held.push(slow(address).await);
        }
        let asking = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            stream.write_all(request).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let answer = tokio::time::timeout(Duration::from_secs(30), asking).await;
        assert!(answer.expect("an answer in time").ends_with("well"));
        stop.cancel();
        server.await.unwrap();
        drop(held);
    }
}
