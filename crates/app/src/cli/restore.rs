//! `flockwork restore`: a backup takes the place of the database, and every bot reads its timeline
//! before it posts again.

use std::path::PathBuf;

use clap::Args;
use jiff::tz::TimeZone;
use serde_json::json;
use store::{Db, Restored};

use super::backup::{Bar, file_of, folder_of, named};
use super::context::{Context, demand_database};
use super::words::{absolute, count, near};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// `flockwork restore FILE`
#[derive(Args, Debug)]
pub struct Restore {
    /// A backup: its path, or its name in the folder of backups.
    #[arg(required_unless_present = "mark_only", conflicts_with = "mark_only")]
    file: Option<PathBuf>,
    /// The database was put back by other means (`pg_restore`, a snapshot of the disk): only mark it.
    #[arg(long)]
    mark_only: bool,
}

impl Restore {
    /// Does it.
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        match self.file {
            Some(file) => put_back(&mut context, &config, &file),
            None => mark(&mut context, &config).await,
        }
    }
}

fn put_back(
    context: &mut Context,
    config: &Config,
    file: &std::path::Path,
) -> Result<Exit, Failure> {
    let database = file_of(config)?;
    let file = named(file, &folder_of(config, None)?);
    let now = context.clock.now();
    let keys = &config.keys.backup;
    let restored =
        Bar::new(context).watch(|watch| store::restore(&file, database, keys, now, watch))?;
    let Restored { backup, kept } = &restored;
    if context.out.format == Format::Json {
        context.out.json(&json!({
            "database": database,
            "backup": backup.path,
            "taken_at": backup.taken_at.to_string(),
            "kept": kept,
            "rows": backup.rows,
        }))?;
        return Ok(Exit::Success);
    }
    let taken = absolute(backup.taken_at, &TimeZone::UTC);
    let age = near(backup.taken_at, now);
    context.out.line(&format!("{} is the backup of {taken} ({age}) now", database.display()))?;
    if let Some(kept) = kept {
        context.out.line(&format!("the replaced file is kept as {}", kept.display()))?;
    }
    say_what_comes(context)?;
    Ok(Exit::Success)
}

async fn mark(context: &mut Context, config: &Config) -> Result<Exit, Failure> {
    demand_database(config)?;
    let db = Db::open_to_mend(config.database.place()).await?;
    let ended = db.mark_history_lost(context.clock.now()).await?;
    db.close().await;
    if context.out.format == Format::Json {
        context.out.json(&json!({ "marked": true, "leases_ended": ended }))?;
        return Ok(Exit::Success);
    }
    context.out.line("the history of this database is marked as lost")?;
    if ended > 0 {
        let leases = count(ended, "lease");
        context
            .out
            .line(&format!("{leases} ended: a node that still runs starts again by itself"))?;
    }
    say_what_comes(context)?;
    Ok(Exit::Success)
}

fn say_what_comes(context: &mut Context) -> Result<(), Failure> {
    let hint = "with `flockwork serve` every bot reads its timeline before it posts, and adopts what \
                stands there";
    Ok(context.out.hint(hint)?)
}
