//! SQLite files, by way of `rusqlite`: one connection that writes, a few that read.
//!
//! SQLite answers by computing, and a commit waits for the disk, so none of it happens on a thread that
//! serves others: the writer has a thread of its own ([`seat`]), readers borrow one that may block. Who
//! has nobody to keep waiting, as the simulator, has it all done on the spot.

mod line;
mod readers;
mod schema;
mod seat;
mod statement;
mod turn;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

pub(crate) use line::{Line, Use, connect};
pub(crate) use readers::Readers;
pub(crate) use schema::bring_up;
pub(crate) use seat::{Seat, Where};
pub(crate) use statement::{Bound, Raw, bound, rows, rows_of_each, run, run_each};
pub(crate) use turn::Turn;

/// How long anybody waits for a connection or for a lock on the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// All connections to one file.
#[derive(Clone)]
pub(crate) struct Connections {
    writer: Arc<Seat>,
    /// Whose turn it is to write.
    turns: Arc<Mutex<()>>,
    pub(crate) readers: Arc<Readers>,
}

impl Connections {
    /// With this writer.
    pub(crate) fn with(writer: Seat, path: &Path, place: Where) -> Self {
        Self {
            writer: Arc::new(writer),
            turns: Arc::default(),
            readers: Arc::new(Readers::of(path, place)),
        }
    }

    /// A transaction that may write, when its turn has come.
    pub(crate) async fn begin(&self) -> Result<Turn, crate::fault::Fault> {
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
