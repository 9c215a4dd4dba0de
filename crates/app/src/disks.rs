//! The disks that this node writes to.

use std::path::{Path, PathBuf};

use domain::ports::alerts::Disks;
use domain::rules::alerts::DiskSpace;

use crate::config::Config;

/// What lies where.
pub struct OwnDisks {
    database: Option<PathBuf>,
    places: Vec<(&'static str, PathBuf)>,
}

impl OwnDisks {
    /// Of a node of this configuration.
    pub fn of(config: &Config) -> Self {
        let mut places = Vec::new();
        let database = config.database.file().map(folder_of);
        if let Some(file) = config.database.file() {
            places.push(("the database", folder_of(file)));
            if config.backup.plan.is_some() {
                places.push(("backups", config.backup.folder(file)));
            }
        }
        places.extend(config.logging.dir.iter().map(|dir| ("log files", dir.clone())));
        Self { database, places }
    }
}

impl Disks for OwnDisks {
    fn space(&self) -> Vec<DiskSpace> {
        // A folder that is not there yet says nothing; others tell of that.
        let of = |(what, path): &(&'static str, PathBuf)| {
            let (free, total) = room_at(path)?;
            Some(DiskSpace { what, free, total })
        };
        self.places.iter().filter_map(of).collect()
    }

    fn free_for_database(&self) -> Option<u64> {
        room_at(self.database.as_deref()?).map(|(free, _)| free)
    }
}

/// Bytes that may still be written there, and all of the disk.
fn room_at(path: &Path) -> Option<(u64, u64)> {
    let facts = rustix::fs::statvfs(path).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(facts.f_frsize);
    Some((bytes(facts.f_bavail), bytes(facts.f_blocks)))
}

fn folder_of(file: &Path) -> PathBuf {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_has_as_much_room_as_it_says_and_what_is_not_there_says_nothing() {
        let there = std::env::temp_dir();
        let lost = PathBuf::from("/none/such");
        let database = Some(there.clone());
        let disks = OwnDisks { database, places: vec![("backups", lost), ("log files", there)] };
        let space = disks.space();
        assert_eq!(space.len(), 1);
        assert!(disks.free_for_database().is_some_and(|free| free > 0));
        assert!(space[0].what == "log files" && space[0].free <= space[0].total);
        assert_eq!(folder_of(Path::new("x.db")), Path::new("."));
    }
}
