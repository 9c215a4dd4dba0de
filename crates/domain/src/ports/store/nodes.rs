//! Nodes, leases, and what a crash left behind.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::StoreError;
use crate::model::Lease;

/// What is known of the time before this start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The last sign of life of any node, before this one; `None` in a new database.
    pub last_heartbeat: Option<Timestamp>,
    /// Whether the database is the one that heartbeat was written to, and has all that was: `false` after a
    /// restore, a clone or a promoted standby, and where the machine of a file stopped under its node.
    pub is_same_database: bool,
    /// The database says of itself that it is a copy that was put back: since when intents may be
    /// lost. The mark stands until [`NodeStore::distrust_history`].
    pub lost_since: Option<Timestamp>,
    /// When a node first started on the database as it is now; `None` if none did.
    pub in_use_since: Option<Timestamp>,
    /// Bots are in doubt already, and have not been read back yet.
    pub is_in_doubt: bool,
}

/// What a node asks for when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewLease<'a> {
    /// Its name: host, process id.
    pub node: &'a str,
    /// Fingerprint of the bots that it declares, so that nodes with different ones are noticed.
    pub declared: &'a str,
    /// How long it lasts unless it is renewed.
    pub length: SignedDuration,
}

/// Since when an abandoned attempt's socket counts as closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedAt {
    /// Then: its process is known to be dead.
    At(Timestamp),
    /// So long after its `send_by`: another node's, which may only be cut off.
    AfterSendBy(SignedDuration),
}

/// A slot on which so many nodes crashed is worked on no more until a person has looked: it may be
/// what crashes them.
pub const CRASHES_MAX: u32 = 3;

/// What [`NodeStore::recover_abandoned`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abandoned {
    /// `claimed` slots that are `assigned` again: nothing was sent.
    pub released: u64,
    /// `sending` or `reconciling` slots that are `unknown` now.
    pub unknown: u64,
    /// `claimed` slots that crashed [`CRASHES_MAX`] nodes and need a person now.
    pub poisoned: u64,
}

/// Leases and recovery.
#[async_trait]
pub trait NodeStore: Send + Sync {
    /// What is known of the time before this start; reads only. Asked before the lease is taken,
    /// because taking it is the next sign of life.
    async fn history(&self) -> Result<History, StoreError>;

    /// Takes a new lease under a new, larger fence. On SQLite, where one process holds the file,
    /// every older lease ends with it.
    ///
    /// Leases are judged by the database's own clock where it has one, here and in every check: `now`
    /// is that of the only node of an SQLite file, and a server ignores it.
    async fn take_lease(&self, wanted: &NewLease<'_>, now: Timestamp) -> Result<Lease, StoreError>;

    /// Renews it for `length` from now and writes the heartbeat; `None` when it is gone, and then the
    /// node must not write.
    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        length: SignedDuration,
    ) -> Result<Option<Lease>, StoreError>;

    /// Ends it at a clean stop; the heartbeat stays.
    async fn end_lease(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError>;

    /// The database's own clock: the server's on PostgreSQL, `None` on SQLite, which has none.
    async fn database_time(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Waits until somebody, perhaps another process, has written what nodes should act on at once; also
    /// returns when it hears again after it could not, because something may have been missed. Waits
    /// for ever where the database tells nobody: rows are looked for in time all the same.
    async fn news(&self) -> Result<(), StoreError> {
        std::future::pending().await
    }

    /// Takes over what nodes without a live lease left, what is still `sending` 60 s after its
    /// `send_by`, and what was claimed or looked for three minutes ago and never ended: `claimed` → `assigned`, `sending` and `reconciling` →
    /// `unknown` with the attempt `unknown`, `closed_at` as told, to be looked at now. The crash is
    /// counted on each slot; at the [`CRASHES_MAX`]th what would be tried again needs a person.
    async fn recover_abandoned(
        &self,
        now: Timestamp,
        closed_at: ClosedAt,
    ) -> Result<Abandoned, StoreError>;

    /// Marks every bot that is not closed to read its timeline before its next send, because
    /// intents may have been lost, and takes the mark of a copy away with it. Looks that are under way
    /// do not count any more, also those of an earlier doubt. Returns how many.
    async fn distrust_history(&self, since: Timestamp, now: Timestamp) -> Result<u64, StoreError>;

    /// Switches all sending off or on, for every node and at once.
    async fn set_kill_switch(&self, is_on: bool, now: Timestamp) -> Result<(), StoreError>;
}
