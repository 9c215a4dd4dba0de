//! Whether something can be written into a folder, which may not be there yet.

use std::path::Path;

use rustix::fs::Access;

/// What stands in the way, if anything; nothing is made to find out.
pub(super) fn obstacle(folder: &Path) -> Option<String> {
    let is_there = |above: &&Path| above.symlink_metadata().is_ok();
    let near = folder.ancestors().find(is_there).unwrap_or(Path::new("."));
    let told = |what: &str| {
        let place = if near == folder { "it" } else { &near.display().to_string() };
        Some(format!("{place} {what}"))
    };
    if !near.is_dir() {
        return told("is not a folder");
    }
    match rustix::fs::access(near, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => None,
        Err(_) => told("cannot be written by this user"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_there_or_can_be_made_or_the_reason_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("file"), "").unwrap();
        std::os::unix::fs::symlink("nowhere", path("link")).unwrap();
        assert_eq!(obstacle(&path("new/deep")), None);
        assert_eq!(obstacle(folder.path()), None);
        assert_eq!(obstacle(Path::new("logs")), None);
        assert_eq!(obstacle(&path("file")).unwrap(), "it is not a folder");
        assert!(obstacle(&path("file/logs")).unwrap().ends_with("/file is not a folder"));
        assert_eq!(obstacle(&path("link")).unwrap(), "it is not a folder");
        assert!(!path("new").exists());
    }
}
