//! A node's right to work.

use jiff::Timestamp;

/// Marks every row a node writes; it only ever grows, so a node that was thought dead cannot write
/// over its successor (invariant I6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fence(pub i64);

/// A node's lease as the database holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The node's name: host, process id and start time.
    pub node: String,
    /// The fence of this start of the node.
    pub fence: Fence,
    /// When the lease ends unless it is renewed, by the database's clock.
    pub expires_at: Timestamp,
}
