//! `flockwork backup`: copies of the SQLite file, taken beside a running node and read back whole.

mod bar;
mod drill;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use store::backup::{self, Backup, BackupError, BackupFolder, Listed, Opener};

pub(super) use self::bar::Bar;
pub use self::drill::tidy as tidy_drill;
use super::context::{Context, demand_database};
use super::words::{absolute, count, near};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::off_site::OffSite;
use crate::output::{Accent, Format};

/// What to do with backups.
#[derive(Subcommand, Debug)]
pub enum BackupCommand {
    /// Takes one now, beside a node that may be running, and reads it back.
    Now(Now),
    /// Lists those that there are, newest first.
    List(List),
    /// Reads backups through: is every byte the one that was written?
    ///
    /// Without a name, the newest one. Ends with 0 if all are good.
    Verify(Verify),
    /// Restores the newest one into a temporary place, opens it there, and throws it away.
    ///
    /// When that last went well is shown by `backup list`, `/health` and `/metrics`. Ends with 0 if it did.
    Drill(drill::Run),
}

/// `flockwork backup now`
#[derive(Args, Debug)]
pub struct Now {
    /// Into this folder instead of the configured one.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

/// `flockwork backup list`
#[derive(Args, Debug)]
pub struct List {
    /// Of this folder instead of the configured one.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

/// `flockwork backup verify`
#[derive(Args, Debug)]
pub struct Verify {
    /// A backup: its path, or its name in the folder.
    #[arg(conflicts_with = "all")]
    file: Option<PathBuf>,
    /// Every one of the folder.
    #[arg(long)]
    all: bool,
    /// Of this folder instead of the configured one.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

impl BackupCommand {
    /// Does it.
    pub async fn run(self, context: Context) -> Result<Exit, Failure> {
        match self {
            Self::Now(now) => now.run(context).await,
            Self::List(list) => list.run(context),
            Self::Verify(verify) => verify.run(context),
            Self::Drill(drill) => drill.run(context).await,
        }
    }
}

/// The SQLite file of this configuration.
pub(super) fn file_of(config: &Config) -> Result<&Path, Failure> {
    config.database.file().ok_or_else(|| {
        let message = "the database is on PostgreSQL, which has backups of its own";
        Failure::new(Exit::Config, message)
            .hint("docs/backup.md shows how; unset DATABASE_URL for a SQLite file")
    })
}

/// Where its backups are.
pub(super) fn folder_of(config: &Config, dir: Option<PathBuf>) -> Result<BackupFolder, Failure> {
    let file = file_of(config)?;
    let opener = Opener::beside(file, config.keys.backup.clone());
    let dir = dir.unwrap_or_else(|| config.backup.folder(file));
    Ok(BackupFolder::new(dir).with_opener(opener))
}

/// The path of a backup that is named by its path or by its name in the folder.
pub(super) fn named(file: &Path, folder: &BackupFolder) -> PathBuf {
    let is_bare = file.components().count() == 1 && !file.exists();
    if is_bare { folder.path().join(file) } else { file.to_owned() }
}

impl Now {
    async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        demand_database(&config)?;
        let (file, folder) = (file_of(&config)?, folder_of(&config, self.dir)?);
        let bar = Bar::new(&context);
        let taken = bar.watch(|watch| backup::take(file, &folder, context.clock.now(), watch))?;
        if context.out.format == Format::Json {
            context.out.json(&as_json(&taken))?;
        } else {
            let Backup { path, manifest, .. } = &taken;
            let how = if manifest.key().is_some() { "encrypted and " } else { "" };
            let (path, size) = (path.display(), size(manifest.bytes));
            context.out.line(&format!("{path}: {size}, {how}read back whole"))?;
        }
        let Some(off_site) = OffSite::of(&config) else {
            context.out.hint("keep a copy on another machine: the file and its .json together")?;
            return Ok(Exit::Success);
        };
        match off_site.carry(&folder).await {
            Ok(carried) => {
                let copies = count(carried as u64, "backup");
                context.out.note(&format!("{copies} carried to the other place"))?;
                Ok(Exit::Success)
            }
            Err(error) => Err(Failure::new(Exit::Failure, error.to_string())
                .hint("the backup is good; the next one tries to carry both")),
        }
    }
}

impl List {
    fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let folder = folder_of(&config, self.dir)?;
        let listed = folder.list()?;
        if context.out.format == Format::Json {
            for one in &listed {
                context.out.json(&line_as_json(one))?;
            }
            return Ok(Exit::Success);
        }
        if listed.is_empty() {
            context.out.line(&format!("There is no backup in {}.", folder.path().display()))?;
            context.out.hint("`flockwork backup now` takes one")?;
            return Ok(Exit::Success);
        }
        let (now, is_carried) = (context.clock.now(), config.backup.after.is_some());
        let rows = listed.iter().map(|one| row(one, is_carried, now)).collect();
        context.out.table(&["backup", "taken", "", "size", "posts", ""], rows, &[3, 4])?;
        context.out.note(&drill::tell(folder.last_drill().as_ref(), now))?;
        Ok(Exit::Success)
    }
}

fn row(listed: &Listed, is_carried: bool, now: jiff::Timestamp) -> Vec<String> {
    let name = listed.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (taken, age, posts, problem) = match &listed.manifest {
        Ok(manifest) => {
            let taken = manifest.taken_at();
            (
                taken.map_or_else(String::new, |taken| absolute(taken, &TimeZone::UTC)),
                taken.map_or_else(String::new, |taken| near(taken, now)),
                match manifest.key() {
                    Some(_) => "encrypted".to_owned(),
                    None => manifest.rows.get("posts").map_or_else(String::new, u64::to_string),
                },
                match (listed.is_carried, is_carried) {
                    (true, _) => "carried".to_owned(),
                    (false, true) => "not carried yet".to_owned(),
                    (false, false) => String::new(),
                },
            )
        }
        Err(error) => (String::new(), String::new(), String::new(), error.to_string()),
    };
    vec![name, taken, age, size(listed.bytes), posts, problem]
}

impl Verify {
    fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let folder = folder_of(&config, self.dir)?;
        let files: Vec<PathBuf> = if let Some(file) = self.file {
            vec![named(&file, &folder)]
        } else {
            let newest_first = folder.list()?.into_iter().map(|listed| listed.path);
            newest_first.take(if self.all { usize::MAX } else { 1 }).collect()
        };
        if files.is_empty() {
            let message = format!("there is no backup in {}", folder.path().display());
            return Err(
                Failure::new(Exit::NoInput, message).hint("`flockwork backup now` takes one")
            );
        }
        let (mut bad, of) = (Vec::new(), files.len());
        for file in files {
            bad.extend(verify_one(&mut context, &file, folder.opener())?);
        }
        match bad.pop() {
            None => Ok(Exit::Success),
            Some(exit) if of == 1 => Ok(exit),
            Some(_) => {
                let (bad, of) = (bad.len() as u64 + 1, count(of as u64, "backup"));
                Err(Failure::new(Exit::Failure, format!("{bad} of {of} cannot be used")))
            }
        }
    }
}

/// Says of one backup whether it is good; how a command that is about it alone ends, if not.
fn verify_one(
    context: &mut Context,
    file: &Path,
    opener: &Opener,
) -> Result<Option<Exit>, Failure> {
    let bar = Bar::new(context);
    let verified = bar.watch(|watch| backup::verify(file, opener, watch));
    let is_json = context.out.format == Format::Json;
    match verified {
        Ok(good) if is_json => {
            let mut line = as_json(&good);
            line["valid"] = true.into();
            context.out.json(&line)?;
        }
        Ok(good) => {
            let word = context.out.paint("good", Accent::Good);
            let taken = absolute(good.taken_at, &TimeZone::UTC);
            let posts = count(good.rows.get("posts").copied().unwrap_or_default(), "post");
            context.out.line(&format!("{word}  {}  {taken}, {posts}", file.display()))?;
        }
        // Nothing is known of it then.
        Err(error @ BackupError::NoRoomToOpen { .. }) => return Err(error.into()),
        Err(error) => {
            let problem = error.to_string();
            let exit = Failure::from(error).exit;
            if is_json {
                let line = json!({ "file": file, "valid": false, "problem": problem });
                context.out.json(&line)?;
            } else {
                let word = context.out.paint("bad", Accent::Bad);
                context.out.line(&format!("{word}   {problem}"))?;
            }
            return Ok(Some(exit));
        }
    }
    Ok(None)
}

fn as_json(backup: &Backup) -> Value {
    let Backup { path, manifest, rows, taken_at } = backup;
    json!({
        "file": path,
        "taken_at": taken_at.to_string(),
        "bytes": manifest.bytes,
        "schema": manifest.schema,
        "database": manifest.database,
        "sha256": manifest.sha256,
        "rows": rows,
        "key": manifest.key(),
    })
}

fn line_as_json(listed: &Listed) -> Value {
    match &listed.manifest {
        Ok(manifest) => json!({
            "file": listed.path,
            "taken_at": manifest.taken_at().map(|taken| taken.to_string()),
            "bytes": listed.bytes,
            "schema": manifest.schema,
            "database": manifest.database,
            "sha256": manifest.sha256,
            "rows": manifest.rows,
            "key": manifest.key(),
            "is_carried": listed.is_carried,
            "problem": null,
        }),
        Err(error) => {
            json!({ "file": listed.path, "bytes": listed.bytes, "problem": error.to_string() })
        }
    }
}

/// `1.2 MB`
fn size(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100_000);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
