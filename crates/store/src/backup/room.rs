//! Is there room? Asked before anything is written, because a disk that a backup fills takes the database's
//! room, too.

use std::path::Path;

use super::{BackupError, Opener};

/// On the database's own disk so much stays free: outcomes must always find room.
pub(super) const RESERVE_BYTES: u64 = 128 * 1024 * 1024;
const MEGABYTE: u64 = 1_000_000;

/// For a new backup in `folder`. Where the system does not tell, the writing will.
pub(super) fn room_for(folder: &Path, needed: u64) -> Result<(), BackupError> {
    match lack(folder, needed) {
        None => Ok(()),
        Some((needed, free)) => {
            Err(BackupError::NoRoom { folder: folder.to_owned(), needed, free })
        }
    }
}

impl Opener {
    /// Refuses to unpack the backup at `file` where the folder has not the room. What is sealed is as long
    /// as what is in it, and a little.
    pub fn demand_room(&self, file: &Path) -> Result<(), BackupError> {
        let length = std::fs::metadata(file).map_or(0, |facts| facts.len());
        let reserve = if self.is_beside_work { RESERVE_BYTES } else { 0 };
        match lack(&self.folder, length.saturating_add(reserve)) {
            None => Ok(()),
            Some((needed, free)) => Err(BackupError::NoRoomToOpen {
                file: file.to_owned(),
                folder: self.folder.clone(),
                needed,
                free,
            }),
        }
    }
}

/// How many megabytes are needed and free, where that is too few.
fn lack(folder: &Path, needed: u64) -> Option<(u64, u64)> {
    // The folder itself may have no name.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let facts = rustix::fs::statvfs(folder).ok()?;
    let free = facts.f_bavail.saturating_mul(facts.f_frsize);
    (free < needed).then(|| (needed.div_ceil(MEGABYTE), free / MEGABYTE))
}
