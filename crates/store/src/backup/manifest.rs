//! What must be in a backup's file, in a small file beside it.
//!
//! It is written in one way only, and each of its fields stands in the file as well or follows from
//! it: a manifest that was changed by a single byte matches nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::BackupError;
use crate::seal::KeyId;

/// Rows of each table.
pub(super) type Rows = BTreeMap<String, u64>;

/// How the manifest of a file is written that anybody can read.
const FORMAT: u32 = 1;
/// And that of a sealed one: it says nothing of what is inside.
const SEALED: u32 = 2;

/// A manifest is some hundred bytes; what is longer is something else.
pub(super) const BYTES_MAX: u64 = 64 * 1024;

/// What is in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// How this is written.
    format: u32,
    /// The random name of the database.
    pub database: String,
    /// Its schema: the number of its last migration.
    pub schema: i64,
    /// When the copy was taken, in milliseconds since 1970.
    pub taken_at_ms: i64,
    /// How long the file is.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Rows of each table; of a sealed file they are not told.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rows: BTreeMap<String, u64>,
    /// The name of the key under which the file is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// What a file says of itself, without its bytes.
pub(super) struct Inside {
    pub(super) database: String,
    pub(super) schema: i64,
    pub(super) taken_at_ms: i64,
    pub(super) rows: Rows,
}

impl Manifest {
    pub(super) fn new(inside: Inside, bytes: u64, sha256: String) -> Self {
        let Inside { database, schema, taken_at_ms, rows } = inside;
        Self { format: FORMAT, database, schema, taken_at_ms, bytes, sha256, rows, key: None }
    }

    /// What may be told of a file in which the one of this manifest is sealed.
    pub(super) fn sealed(&self, key: &KeyId, bytes: u64, sha256: String) -> Self {
        let Self { database, schema, taken_at_ms, .. } = self;
        Self {
            format: SEALED,
            database: database.clone(),
            schema: *schema,
            taken_at_ms: *taken_at_ms,
            bytes,
            sha256,
            rows: BTreeMap::new(),
            key: Some(key.to_string()),
        }
    }

    /// The name of the key under which the file is sealed, where it is.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// When the copy was taken.
    pub fn taken_at(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.taken_at_ms).ok()
    }

    pub(super) fn write(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.expect("a struct of numbers and strings always serialises") + "\n"
    }

    /// What stands in the manifest at `path`.
    pub(super) fn read(path: &Path) -> Result<Self, BackupError> {
        let facts = std::fs::metadata(path).map_err(BackupError::io("read", path))?;
        if facts.len() > BYTES_MAX {
            return Err(BackupError::damaged(path, "it is too long for a manifest"));
        }
        let bytes = std::fs::read(path).map_err(BackupError::io("read", path))?;
        Self::parse(&bytes).map_err(|detail| BackupError::damaged(path, detail))
    }

    /// A manifest, or what is wrong with it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self =
            serde_json::from_slice(bytes).map_err(|error| format!("it is no manifest: {error}"))?;
        let format = if manifest.key.is_some() { SEALED } else { FORMAT };
        if manifest.format != format {
            return Err(format!("it is written in way {}, not {format}", manifest.format));
        }
        if manifest.write().as_bytes() != bytes {
            return Err("it was edited".to_owned());
        }
        Ok(manifest)
    }

    /// The first thing in which a file is not what its manifest says.
    pub(super) fn difference(&self, found: &Self) -> Option<&'static str> {
        [
            (self.bytes != found.bytes, "it is not as long as its manifest says"),
            (self.sha256 != found.sha256, "its bytes are not those that were written"),
            (self.database != found.database, "it is of another database than its manifest says"),
            (self.schema != found.schema, "its schema is not the one that its manifest says"),
            (self.taken_at_ms != found.taken_at_ms, "it was taken at another time"),
            (self.rows != found.rows, "its rows are not as many as its manifest says"),
        ]
        .into_iter()
        .find_map(|(is_so, what)| is_so.then_some(what))
    }
}

/// Where the manifest of the backup at `file` is.
pub(super) fn beside(file: &Path) -> PathBuf {
    file.with_extension("json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let rows = [("bots".to_owned(), 2), ("posts".to_owned(), 31)].into();
        let inside = Inside { database: "abc".to_owned(), schema: 4, taken_at_ms: 5, rows };
        Manifest::new(inside, 4096, "00ff".to_owned())
    }

    #[test]
    fn a_manifest_that_was_changed_by_one_byte_is_refused_or_says_something_else() {
        let folder =
            std::env::temp_dir().join(format!("flockwork-manifest-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let path = folder.join("x.json");
        let whole = manifest().write().into_bytes();
        std::fs::write(&path, &whole).expect("it can be written");
        assert_eq!(Manifest::read(&path).expect("it is whole"), manifest());
        for place in 0..whole.len() {
            for change in [1, 0x20, 0x80] {
                let mut changed = whole.clone();
                changed[place] ^= change;
                std::fs::write(&path, &changed).expect("it can be written");
                let is_told = Manifest::read(&path)
                    .map_or(true, |read| read.difference(&manifest()).is_some());
                assert!(is_told, "byte {place} ^ {change}");
            }
        }
        std::fs::remove_dir_all(&folder).expect("it is ours");
    }
}
