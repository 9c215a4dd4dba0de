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

/// Connections at the same time; more wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 1_024;
/// From the first byte of a request, or the end of the one before, to the end of its headers.
const HEADERS_TIMEOUT: Duration = Duration::from_secs(10);
/// After an error of `accept`, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `app` until `stop`. Connections that are open then are dropped with the process: nothing
/// of theirs can be lost, and an event stream would never end by itself.
pub async fn serve(listener: TcpListener, app: Router, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = answer(stream, peer, app.clone());
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
async fn answer(stream: TcpStream, peer: SocketAddr, app: Router) {
    // Answers are small and whole; waiting to fill a packet would only add latency.
    let _ = stream.set_nodelay(true);
    let service = app.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(axum::body::Body::new)
    });
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .await;
}
