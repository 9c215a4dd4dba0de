//! Posts that are ordered in bulk: a model server writes them within a day, for half the price.

/// Row id of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BulkId(pub i64);

/// How far an order is. Each stage is stored before the next request is sent, so that a crash leaves
/// open at most whether the server made a batch of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BulkStage {
    /// Money is reserved; the server knows nothing.
    Made,
    /// The server has the file of requests, which costs nothing by itself.
    Uploaded {
        /// The file's name there.
        file: String,
    },
    /// The server was told to work on the file, and its answer is not stored.
    Creating {
        /// The file's name there.
        file: String,
        /// How often the server's list was searched for the batch since.
        looks: u32,
    },
    /// The server works on it, or has.
    Running {
        /// The batch's name there.
        batch: String,
    },
}

impl BulkStage {
    /// The word in the database and in JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Uploaded { .. } => "uploaded",
            Self::Creating { .. } => "creating",
            Self::Running { .. } => "running",
        }
    }

    /// The same for a person.
    pub fn explain(&self) -> &'static str {
        match self {
            Self::Made => "is about to be handed in",
            Self::Uploaded { .. } => {
                "its requests are with the server, which was not told to begin"
            }
            Self::Creating { .. } => "the server was told to begin, and its answer was lost",
            Self::Running { .. } => "the server works on it",
        }
    }
}
