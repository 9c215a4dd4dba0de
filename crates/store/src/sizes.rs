//! How much of a machine a handle on a database may take.

/// Bounds of one handle. Each was measured to be enough for what one node is promised to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Connections to a server, besides the one that hears news.
    pub server_connections: u32,
    /// Readers of an SQLite file at the same time.
    pub file_readers: u32,
    /// Pages of it that the writer keeps in memory, in KiB.
    pub file_cache_kib: u32,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { server_connections: 10, file_readers: 4, file_cache_kib: 16_000 }
    }
}
