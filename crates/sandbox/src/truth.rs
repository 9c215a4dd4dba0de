//! The truth log: what X really took, whatever its answers said. Append-only; an oracle for tests
//! and the answer to "did it go out?" for people. On disk it is flushed to the operating system per
//! entry, so it survives the death of this process.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Entries kept in memory; the file keeps all.
pub(crate) const TRUTH_ENTRIES_MAX: usize = 200_000;

/// One post that X took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// When X took it.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// The account's user name.
    pub account: String,
    /// X's id of the post.
    pub id: String,
    /// The text as it was sent, not as X gives it back.
    pub text: String,
    /// The fault that hid or delayed the answer, if one did.
    pub hidden_by: Option<String>,
}

mod millis {
    use jiff::Timestamp;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(at)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Timestamp, D::Error> {
        String::deserialize(input)?.parse().map_err(D::Error::custom)
    }
}

/// The log.
#[derive(Debug, Default)]
pub(crate) struct TruthLog {
    entries: VecDeque<Accepted>,
    total: u64,
    file: Option<File>,
    write_failures: u64,
}

impl TruthLog {
    /// A log that also appends to `path` as JSON Lines.
    pub(crate) fn in_file(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { file: Some(file), ..Self::default() })
    }

    pub(crate) fn append(&mut self, entry: Accepted) {
        if let Some(file) = &mut self.file {
            let mut line = serde_json::to_vec(&entry).expect("text and numbers are always JSON");
            line.push(b'\n');
            // One write per entry: a reader never sees half a line. A full disk must not stop the
            // fake X, but must not pass unseen either.
            if let Err(error) = file.write_all(&line) {
                self.write_failures += 1;
                tracing::warn!(%error, "The truth log could not be written");
            }
        }
        if self.entries.len() == TRUTH_ENTRIES_MAX {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.total += 1;
    }

    /// The entries in memory, oldest first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Accepted> {
        self.entries.iter()
    }

    /// The entries in memory, newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &Accepted> {
        self.entries.iter().rev()
    }

    /// Those after the first `seen`, as far as they are in memory.
    pub(crate) fn after(&self, seen: u64) -> impl Iterator<Item = &Accepted> {
        let forgotten = self.total - self.entries.len() as u64;
        let skipped = usize::try_from(seen.saturating_sub(forgotten)).unwrap_or(usize::MAX);
        self.entries.iter().skip(skipped)
    }

    /// All that was ever appended.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Entries that the file lacks.
    pub(crate) fn write_failures(&self) -> u64 {
        self.write_failures
    }
}
