//! `flockwork key new`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use store::seal::{KEYS_MAX, Keyring, SealKey};

use crate::cli::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// Nobody but its owner reads it.
const MODE: u32 = 0o600;
/// A file of keys is small.
const BYTES_MAX: u64 = 64 * 1024;

/// `flockwork key new`
#[derive(Args, Debug)]
pub struct New {
    /// Into this file, before the keys that it holds; it is made where there is none.
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
}

impl New {
    pub(super) fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let key =
            SealKey::make().map_err(|error| Failure::new(Exit::Unavailable, error.to_string()))?;
        let is_json = context.out.format == Format::Json;
        let Some(path) = &self.into else {
            if is_json {
                context.out.json(&json!({ "key": key.text().open(), "id": key.id().as_str() }))?;
            } else {
                context.out.line(key.text().open())?;
            }
            context.out.hint(
                "keep it where the database and its backups are not, and a copy in a safe place: \
                 without it nothing that is sealed under it can be read again",
            )?;
            return Ok(Exit::Success);
        };
        let older = put(&key, path)?;
        if is_json {
            let id = key.id().as_str();
            context.out.json(&json!({ "file": path, "id": id, "older_keys": older }))?;
            return Ok(Exit::Success);
        }
        context.out.line(&format!("key {} is the first of {} now", key.id(), path.display()))?;
        context.out.hint(if older > 0 {
            "start every node again, so that each has both keys; then `flockwork key rotate` seals \
             everything anew"
        } else {
            "keep a copy in a safe place; a node reads it at its start, where \
             FLOCKWORK_MASTER_KEY_FILE (or FLOCKWORK_BACKUP_KEY_FILE) names the file"
        })?;
        Ok(Exit::Success)
    }
}

/// Writes the key before those of the file; returns how many these are. The file is replaced as a whole.
fn put(key: &SealKey, path: &Path) -> Result<usize, Failure> {
    let old = match fs::metadata(path) {
        Ok(facts) if facts.is_file() && facts.len() <= BYTES_MAX => {
            let text = fs::read_to_string(path);
            text.with_context(|| format!("reading {}", path.display()))?
        }
        Ok(_) => {
            let message = format!("{} is no file of keys", path.display());
            return Err(Failure::new(Exit::BadData, message));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display()))?,
    };
    let older = if old.trim().is_empty() {
        0
    } else {
        let wrong =
            |error| format!("{} is no file of keys: {error}; nothing was written", path.display());
        let ring =
            Keyring::parse(&old).map_err(|error| Failure::new(Exit::BadData, wrong(error)))?;
        ring.ids().count()
    };
    if older >= KEYS_MAX {
        let message = format!(
            "{} holds {older} keys, and a node reads no more than {KEYS_MAX}; nothing was written",
            path.display()
        );
        return Err(Failure::new(Exit::BadData, message).hint(
            "take those out under which nothing is sealed any more: `flockwork key status` says which",
        ));
    }
    let text = format!("{}\n{old}", key.text().open());
    write(path, &text).with_context(|| format!("writing {}", path.display()))?;
    Ok(older)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    // The file itself is replaced, not a link to it.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut draft = path.clone().into_os_string();
    draft.push(".new");
    let draft = PathBuf::from(draft);
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(MODE).open(&draft)?;
    file.write_all(text.as_bytes())?;
    if let Ok(old) = fs::metadata(&path) {
        file.set_permissions(old.permissions())?;
        // Where it is somebody else's, that is who reads it.
        let _ = std::os::unix::fs::chown(&draft, Some(old.uid()), Some(old.gid()));
    }
    file.sync_all()?;
    fs::rename(&draft, &path)
}
