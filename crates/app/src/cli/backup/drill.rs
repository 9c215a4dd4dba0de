//! `flockwork backup drill`: a restore that is only tried.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use domain::ports::Drill;
use jiff::Timestamp;
use serde_json::json;
use store::backup::Opener;
use store::{Db, Role};

use super::{Bar, file_of, folder_of, named};
use crate::cli::context::Context;
use crate::cli::words::{count, near};
use crate::config::{Config, Keys};
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// Beside the database, where as much lies in clear anyway.
const FOLDER: &str = ".flockwork-drill";

/// `flockwork backup drill`
#[derive(Args, Debug)]
pub struct Run {
    /// A backup: its path, or its name in the folder. Left out, the newest.
    file: Option<PathBuf>,
    /// Of this folder instead of the configured one.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

impl Run {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let folder = folder_of(&config, self.dir)?;
        let newest = || Some(folder.list().ok()?.into_iter().next()?.path);
        let Some(file) = self.file.map(|file| named(&file, &folder)).or_else(newest) else {
            let message = format!("there is no backup in {}", folder.path().display());
            return Err(
                Failure::new(Exit::NoInput, message).hint("`flockwork backup now` takes one")
            );
        };
        let place = Place::take(file_of(&config)?)?;
        // Where there is no room nothing is tried, so nothing is known of the backup. A node works on the
        // same disk.
        let keys = config.keys.backup.clone();
        Opener::beside(&place.database(), keys).demand_room(&file)?;
        let outcome = try_out(&mut context, &config, &file, &place).await;
        drop(place);
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let problem = outcome.as_ref().err().map(|failure| failure.message.clone());
        folder.note_drill(&name, problem.clone().map_or(Ok(()), Err), context.clock.now())?;
        if context.out.format == Format::Json {
            context.out.json(&json!({
                "file": file,
                "restores": problem.is_none(),
                "posts": outcome.as_ref().ok(),
                "problem": problem,
            }))?;
        }
        match outcome {
            Ok(posts) => {
                if context.out.format == Format::Table {
                    let posts = count(posts, "post");
                    context.out.line(&format!("{name} restores: {posts}, opened and read"))?;
                }
                Ok(Exit::Success)
            }
            Err(failure) if context.out.format == Format::Json => Ok(failure.exit),
            Err(failure) => Err(failure),
        }
    }
}

/// A folder of the drill's own; it goes with it.
struct Place {
    folder: PathBuf,
    _lock: File,
}

/// Takes away what a drill left beside that database which was ended in the middle, unless one goes on.
pub fn tidy(database: &Path) {
    let parent = database.parent().unwrap_or(Path::new(""));
    if parent.join(FOLDER).exists() {
        // Taking the place clears it, and giving it back does so again.
        drop(Place::take(database));
    }
}

impl Place {
    /// Where the backup is restored to.
    fn database(&self) -> PathBuf {
        self.folder.join("flockwork.db")
    }

    fn take(database: &Path) -> Result<Self, Failure> {
        let parent = database.parent().unwrap_or(Path::new(""));
        let folder = parent.join(FOLDER);
        let lock = parent.join(format!("{FOLDER}.lock"));
        fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        let file = File::create(&lock).with_context(|| format!("writing {}", lock.display()))?;
        if file.try_lock().is_err() {
            let message = format!("another drill goes on in {}", folder.display());
            return Err(Failure::new(Exit::Busy, message).hint("try again when it is done"));
        }
        // What one left behind that was ended in the middle.
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("removing {}", folder.display()))?;
        }
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("making {}", folder.display()))?;
        Ok(Self { folder, _lock: file })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // The next one removes what cannot be removed now.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Restores it, opens it as a start does, and returns how many posts it holds.
async fn try_out(
    context: &mut Context,
    config: &Config,
    file: &Path,
    place: &Place,
) -> Result<u64, Failure> {
    let database = place.database();
    let (keys, now) = (&config.keys.backup, context.clock.now());
    let restored =
        Bar::new(context).watch(|watch| store::restore(file, &database, keys, now, watch))?;
    let db = Db::open(&database.display().to_string(), Role::Node).await?;
    let unlocked = demand_keys(&db, &config.keys).await;
    db.close().await;
    unlocked?;
    Ok(restored.backup.rows.get("posts").copied().unwrap_or_default())
}

/// A backup of which this machine has not the master key restores, and then no node starts on it.
async fn demand_keys(db: &Db, keys: &Keys) -> Result<(), Failure> {
    let uses = db.key_uses().await?;
    let missing = uses.iter().find(|one| one.is_needed() && keys.master.find(&one.key).is_none());
    missing.map_or(Ok(()), |one| {
        let message = format!(
            "it restores, but holds secrets sealed under key {}, which is not here",
            one.key
        );
        Err(Failure::new(Exit::Config, message)
            .hint("FLOCKWORK_MASTER_KEY_FILE names the file of keys; docs/secrets.md"))
    })
}

/// When the last one was, in a line.
pub(super) fn tell(drill: Option<&Drill>, now: Timestamp) -> String {
    let Some(drill) = drill else {
        return "No restore was tried yet: `flockwork backup drill` does.".to_owned();
    };
    let at = near(drill.at, now);
    match (&drill.problem, drill.good_at) {
        (None, _) => format!("The last drill restored {}, {at}.", drill.backup),
        (Some(problem), None) => {
            format!("The last drill, {at}, failed: {problem}. None went well yet.")
        }
        (Some(problem), Some(good)) => {
            let good = near(good, now);
            format!("The last drill, {at}, failed: {problem}. The last good one was {good}.")
        }
    }
}
