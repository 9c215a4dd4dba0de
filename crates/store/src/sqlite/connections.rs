//! All connections to one file: whose turn it is to write, and who reads.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::{Line, Readers, Seat, Turn};
use crate::fault::Fault;

/// How long anybody waits for a connection or for a lock on the file.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// All connections to one file.
#[derive(Clone)]
pub(crate) struct Connections {
    writer: Arc<Seat>,
    /// Whose turn it is to write.
    turns: Arc<Mutex<()>>,
    pub(crate) readers: Arc<Readers>,
}

impl Connections {
    /// With this writer and these readers.
    pub(crate) fn with(writer: Seat, readers: Readers) -> Self {
        Self { writer: Arc::new(writer), turns: Arc::default(), readers: Arc::new(readers) }
    }

    /// A transaction that may write, when its turn has come.
    pub(crate) async fn begin(&self) -> Result<Turn, Fault> {
        Turn::begin(&self.writer, &self.turns).await
    }

    /// Lets the readers go, empties the log into the file, and closes it.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        let _last = self.turns.lock().await;
        // Without its thread it is closed already.
        let _ = self.writer.ask(Line::close).await;
    }
}
