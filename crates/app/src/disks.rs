//! The disks that this node writes to.

use std::path::{Path, PathBuf};

use domain::ports::alerts::Disks;
use domain::rules::alerts::DiskSpace;

use crate::config::Config;

/// What lies where.
pub struct OwnDisks(Vec<(&'static str, PathBuf)>);

impl OwnDisks {
    /// Of a node of this configuration.
    pub fn of(config: &Config) -> Self {
        let mut places = Vec::new();
        if let Some(file) = config.database.file() {
            places.push(("the database", folder_of(file)));
            if config.backup.plan.is_some() {
                places.push(("backups", config.backup.folder(file)));
            }
        }
        places.extend(config.logging.dir.iter().map(|dir| ("log files", dir.clone())));
        Self(places)
    }
}

impl Disks for OwnDisks {
    fn space(&self) -> Vec<DiskSpace> {
        // A folder that is not there yet says nothing; others tell of that.
        let of = |(what, path): &(&'static str, PathBuf)| {
            let facts = rustix::fs::statvfs(path.as_path()).ok()?;
            Some(DiskSpace {
                what,
                free: facts.f_bavail.saturating_mul(facts.f_frsize),
                total: facts.f_blocks.saturating_mul(facts.f_frsize),
            })
        };
        self.0.iter().filter_map(of).collect()
    }
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
        let space = OwnDisks(vec![("backups", lost), ("log files", there)]).space();
        assert_eq!(space.len(), 1);
        assert!(space[0].what == "log files" && space[0].free <= space[0].total);
        assert_eq!(folder_of(Path::new("x.db")), Path::new("."));
    }
}
