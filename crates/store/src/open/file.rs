//! What stands at the path of an SQLite file, looked at without SQLite, and what is refused there.

use std::fs::{self, File, FileType};
use std::io::{self, Read as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use rustix::fs::Access;

use super::OpenError;
use super::sqlite::APPLICATION_ID;

const HEADER_MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Refuses what cannot be a database of ours, or cannot become one, and touches nothing.
pub(crate) fn judge(path: &Path) -> Result<Found, OpenError> {
    refuse_no_file(path)?;
    let near = nearest_there(path);
    if !near.is_dir() {
        return Err(refused(near, "it is no folder, so none can be made in it"));
    }
    refuse_network(path, near)?;
    let found = found(path)?;
    let (target, wanted) = match found {
        Found::Missing => (near, Access::WRITE_OK | Access::EXEC_OK),
        Found::Empty | Found::Ours(_) | Found::Unclear(_) => (path, Access::WRITE_OK),
    };
    rustix::fs::access(target, wanted).map_err(|error| unwritable(target, &error.into()))?;
    Ok(found)
}

/// The folder of the file, or where its folders are not made yet, what they will be made in.
fn nearest_there(path: &Path) -> &Path {
    folder(path)
        .ancestors()
        .find(|above| above.symlink_metadata().is_ok())
        .unwrap_or(Path::new("."))
}

/// Refuses what is no file on a disk before anything touches it: SQLite would keep the database in
/// memory, create the target of a dangling link, or wait for ever at a pipe.
fn refuse_no_file(path: &Path) -> Result<(), OpenError> {
    let words = path.as_os_str().as_encoded_bytes();
    if words.is_empty() || words == b":memory:" || words.starts_with(b"file:") {
        return Err(refused(path, "the place of a database is a path of a file"));
    }
    match fs::metadata(path) {
        Ok(facts) if facts.is_file() => Ok(()),
        Ok(facts) => Err(refused(path, kind_of(facts.file_type()))),
        Err(_) if path.is_symlink() => {
            Err(refused(path, "it is a link to something that is not there"))
        }
        // Missing, or a folder on the way is: what comes next says so.
        Err(_) => Ok(()),
    }
}

fn kind_of(kind: FileType) -> &'static str {
    if kind.is_dir() {
        "it is a folder, not a file"
    } else if kind.is_fifo() {
        "it is a pipe, not a file"
    } else if kind.is_socket() {
        "it is a socket, not a file"
    } else {
        "it is a device, not a file"
    }
}

/// What stands at the path, by its first 100 bytes.
pub(crate) enum Found {
    Ours(u64),
    Missing,
    Empty,
    /// SQLite, but without our mark: new, or somebody else's.
    Unclear(u64),
}

pub(crate) fn found(path: &Path) -> Result<Found, OpenError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            refuse_orphan_log(path, "gone")?;
            return Ok(Found::Missing);
        }
        Err(error) => return Err(unwritable(path, &error)),
    };
    let metadata = file.metadata().map_err(|error| unwritable(path, &error))?;
    if metadata.len() == 0 {
        refuse_orphan_log(path, "empty")?;
        return Ok(Found::Empty);
    }
    let mut header = [0; 100];
    if file.read_exact(&mut header).is_err() || !header.starts_with(HEADER_MAGIC) {
        return Err(corrupt(path, "its first bytes are not those of SQLite"));
    }
    let id = u32::from_be_bytes([header[68], header[69], header[70], header[71]]);
    Ok(if id == APPLICATION_ID {
        Found::Ours(metadata.len())
    } else {
        Found::Unclear(metadata.len())
    })
}

/// A log without its file holds what was written last, maybe all of it. An empty file beside it would
/// make SQLite throw it away.
fn refuse_orphan_log(path: &Path, what: &str) -> Result<(), OpenError> {
    let log = super::log_of(path);
    match fs::metadata(&log) {
        Ok(facts) if facts.len() > 0 => Err(corrupt(
            path,
            &format!("the file is {what} but its log {} is there", log.display()),
        )),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(unwritable(&log, &error)),
    }
}

pub(crate) fn make_folder(path: &Path) -> Result<(), OpenError> {
    let folder = folder(path);
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))
}

pub(crate) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

fn refuse_network(path: &Path, folder: &Path) -> Result<(), OpenError> {
    let Ok(facts) = rustix::fs::statfs(folder) else {
        return Ok(());
    };
    match network_kind(facts.f_type) {
        Some(kind) => Err(OpenError::NetworkFileSystem { place: path.display().to_string(), kind }),
        None => Ok(()),
    }
}

/// The name of a network file system, by the magic number of statfs(2).
fn network_kind(magic: impl TryInto<i64>) -> Option<&'static str> {
    let magic = magic.try_into().unwrap_or_default() & 0xffff_ffff;
    match magic {
        0x6969 => Some("NFS"),
        0xff53_4d42 => Some("CIFS"),
        0xfe53_4d42 | 0x517b => Some("SMB"),
        0x6573_5546 => Some("FUSE"),
        _ => None,
    }
}

pub(super) fn unwritable(path: &Path, error: &io::Error) -> OpenError {
    refused(path, &error.to_string())
}

fn refused(path: &Path, detail: &str) -> OpenError {
    OpenError::Unwritable { place: path.display().to_string(), detail: detail.to_owned() }
}

pub(super) fn corrupt(path: &Path, detail: &str) -> OpenError {
    OpenError::Corrupt { place: path.display().to_string(), detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_known_by_their_number() {
        for (magic, kind) in [
            (0x6969_i64, Some("NFS")),
            (0xff53_4d42, Some("CIFS")),
            (0xfe53_4d42, Some("SMB")),
            (0x6573_5546, Some("FUSE")),
            (0xef53, None),
            (0x0102_1994, None),
        ] {
            assert_eq!(network_kind(magic), kind, "{magic:x}");
        }
    }
}
