//! An answer before a door turns it into bytes or into the words of a port.

use std::time::Duration;

use domain::model::RateLimits;
use serde_json::Value;

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WireAnswer {
    pub(crate) status: u16,
    pub(crate) media: Media,
    pub(crate) body: String,
}

/// What the body claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Json,
    Problem,
    Html,
}

impl WireAnswer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self { status, media: Media::Json, body: body.to_string() }
    }

    pub(crate) fn problem(status: u16, body: &Value) -> Self {
        Self { status, media: Media::Problem, body: body.to_string() }
    }

    /// The page of a proxy that cannot reach what is behind it.
    pub(crate) fn html(status: u16) -> Self {
        let body = format!(
            "<!DOCTYPE html>\n<html><head><title>{status}</title></head><body><center><h1>{status}\
             </h1></center><hr><center>envoy</center></body></html>\n"
        );
        Self { status, media: Media::Html, body }
    }

    /// The same with a body that ends in the middle.
    pub(crate) fn broken(mut self) -> Self {
        let half = self.body.len() / 2;
        let cut = (0..=half).rev().find(|at| self.body.is_char_boundary(*at)).unwrap_or(0);
        self.body.truncate(cut);
        self
    }
}

/// What reaches the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// All of it.
    Whole(WireAnswer),
    /// The headers and half of the body; then the connection ends.
    Cut(WireAnswer),
    /// Nothing: the connection ends.
    Closed,
}

/// An answer with what surrounds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) delivery: Delivery,
    /// How long it takes.
    pub(crate) slowness: Duration,
    /// The windows that the headers speak of.
    pub(crate) limits: RateLimits,
    /// `x-transaction-id`.
    pub(crate) request_id: String,
}
