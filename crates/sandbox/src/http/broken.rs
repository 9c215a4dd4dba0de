//! Connections that end without a whole answer.
//!
//! hyper writes nothing to the socket before it has asked the body for its first part. A body that
//! fails at once therefore closes the connection without a single byte, which is what a client sees
//! when X takes a post and dies; one that fails after its first part leaves half an answer.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use http_body::Frame;

/// The connection ends without an answer.
pub(super) fn closed() -> Response {
    Response::new(Body::new(Broken { part: None, has_paused: true }))
}

/// Headers and `part`, then the connection ends.
pub(super) fn cut(part: Bytes) -> Body {
    Body::new(Broken { part: Some(part), has_paused: false })
}

struct Broken {
    part: Option<Bytes>,
    has_paused: bool,
}

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(part) = self.part.take() {
            return Poll::Ready(Some(Ok(Frame::data(part))));
        }
        if !self.has_paused {
            // hyper flushes what it has while the body is pending.
            self.has_paused = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("the sandbox was told to hang up"))))
    }
}
