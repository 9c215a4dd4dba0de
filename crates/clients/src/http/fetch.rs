//! Reading something that may be read again: here it does not matter what of a request left, only
//! what to do next.

use tracing::Instrument as _;

use super::body::{self, BodyFault};
use super::names::NotAllowed;
use super::{Head, Http, Outgoing, fault};

/// Why there is no whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FetchFault {
    /// The name leads where nothing may be fetched from.
    NotAllowed(NotAllowed),
    /// Larger than was asked for, as it came or unpacked.
    TooLarge {
        /// The most that is read.
        bytes_max: usize,
    },
    /// Everything else; it may work later.
    NoAnswer(String),
}

impl Http {
    /// Writes one request and reads the whole answer.
    pub(crate) async fn fetch(&self, outgoing: Outgoing) -> Result<(Head, Vec<u8>), FetchFault> {
        let span = outgoing.told.span(&outgoing.method, &outgoing.url);
        let fetched = self.fetch_once(outgoing).instrument(span.clone()).await;
        match &fetched {
            Ok((head, _)) => span.record("http.response.status_code", head.status),
            Err(_) => span.record("error", "no whole answer"),
        };
        fetched
    }

    async fn fetch_once(&self, outgoing: Outgoing) -> Result<(Head, Vec<u8>), FetchFault> {
        let bytes_max = outgoing.bounds.body_bytes_max;
        let response = self.client.execute(outgoing.into()).await.map_err(|error| {
            let not_allowed = fault::sources(&error).find_map(|source| source.downcast_ref());
            not_allowed.cloned().map_or_else(
                || FetchFault::NoAnswer(fault::describe(&error)),
                FetchFault::NotAllowed,
            )
        })?;
        let head = Head::of(&response);
        match body::read(response, bytes_max).await {
            Ok(body) => Ok((head, body)),
            Err(BodyFault::TooLarge { bytes_max }) => Err(FetchFault::TooLarge { bytes_max }),
            Err(BodyFault::Broken(_, detail)) => Err(FetchFault::NoAnswer(detail)),
        }
    }
}
