//! Two models: the usual one, and a cheaper one for when little money is left.

use std::sync::Arc;

use async_trait::async_trait;
use domain::model::MicroUsd;
use domain::ports::{WriteAnswer, WriteRequest, Writer, WriterError};
use jiff::Timestamp;

/// Asks the one or the other.
pub struct ThriftyWriter {
    /// Who writes while there is money.
    pub usual: Arc<dyn Writer>,
    /// And who when little is left.
    pub cheaper: Arc<dyn Writer>,
}

impl ThriftyWriter {
    fn of(&self, request: &WriteRequest) -> &dyn Writer {
        if request.is_thrifty { self.cheaper.as_ref() } else { self.usual.as_ref() }
    }
}

#[async_trait]
impl Writer for ThriftyWriter {
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
        self.of(request).write(request).await
    }

    fn ceiling(&self, request: &WriteRequest, at: Timestamp) -> Option<MicroUsd> {
        self.of(request).ceiling(request, at)
    }

    fn is_unpriced(&self, request: &WriteRequest) -> bool {
        self.of(request).is_unpriced(request)
    }
}
