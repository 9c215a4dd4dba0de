//! A body that is not handed out once its time is over. A process that stood still, or whose machine slept,
//! between the decision to send and the write would go on where it stopped, hours later: timers of the
//! runtime do not count sleep, and a thawed task may be first. The head of a request is written together
//! with its body, or is incomplete without it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use domain::ports::Clock;
use http_body::{Body, Frame, SizeHint};

/// Until when a request may be written, by a clock that counts sleep.
#[derive(Clone)]
pub(crate) struct WriteBy {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) until: Duration,
}

/// Its time was over before it was written.
#[derive(Debug, thiserror::Error)]
#[error("the time for this request was over before it was written")]
pub(crate) struct TooLate;

/// The bytes, until their time is over.
pub(super) struct Timely {
    bytes: Option<Bytes>,
    write_by: WriteBy,
}

impl Timely {
    pub(super) fn new(bytes: Bytes, write_by: WriteBy) -> Self {
        Self { bytes: Some(bytes), write_by }
    }
}

impl Body for Timely {
    type Data = Bytes;
    type Error = TooLate;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TooLate>>> {
        if self.write_by.clock.monotonic() > self.write_by.until {
            return Poll::Ready(Some(Err(TooLate)));
        }
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
