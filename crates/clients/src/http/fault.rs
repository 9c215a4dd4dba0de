//! What a broken connection means. "Not sent" is said only where the connection was never usable;
//! everything else may have reached the server.

use std::error::Error;
use std::io;

use domain::ports::{LostBecause, NotSentBecause};

use super::Exchange;
use crate::redact::printable;

/// Classifies an error that came instead of an answer.
pub(super) fn before_the_answer(error: &reqwest::Error) -> Exchange {
    let detail = describe(error);
    // The client says "connect" only for resolving, connecting and the TLS handshake; a request that
    // it had to move to a fresh connection was not written to the old one.
    if error.is_connect() {
        return Exchange::NotSent(while_connecting(error), detail);
    }
    let because =
        if error.is_timeout() { LostBecause::TimedOut } else { LostBecause::Disconnected };
    Exchange::Lost { because, detail, head: None }
}

fn while_connecting(error: &reqwest::Error) -> NotSentBecause {
    if error.is_dns() {
        NotSentBecause::Dns
    } else if sources(error).any(is_handshake_failure) {
        NotSentBecause::Tls
    } else {
        NotSentBecause::Connect
    }
}

/// A TLS library reports bad certificates and broken handshakes as invalid data or an early end; a
/// plain connection attempt fails with neither.
fn is_handshake_failure(error: &(dyn Error + 'static)) -> bool {
    let Some(io) = error.downcast_ref::<io::Error>() else { return false };
    matches!(io.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
        // `source` skips the error that an `io::Error` wraps.
        || io.get_ref().is_some_and(|inner| is_handshake_failure(inner))
}

/// The error and its causes in one line, without the address (the bot or the model names it).
pub(super) fn describe(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for source in sources(error) {
        let part = source.to_string();
        if !parts.iter().any(|known| known.contains(&part)) {
            parts.push(part);
        }
    }
    if parts.is_empty() {
        parts.push(kind(error).to_owned());
    }
    printable(&parts.join(": "), &[])
}

fn kind(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() { "no answer in time" } else { "the exchange failed" }
}

pub(super) fn sources(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}
