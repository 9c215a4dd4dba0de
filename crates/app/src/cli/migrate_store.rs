//! `flockwork migrate-store`: everything moves from SQLite to PostgreSQL, or back.

use clap::Args;
use domain::model::Secret;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use store::{Db, Moving, Transferred, transfer};

use super::context::Context;
use super::words::count;
use crate::config::DatabaseLocation;
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// `flockwork migrate-store FROM [TO]`
#[derive(Args, Debug)]
pub struct MigrateStore {
    /// What moves: `sqlite:PATH` or `postgres://user:password@host/name`.
    from: String,
    /// Where to, an empty database of the other kind. Left out: the one that `DATABASE_URL` names, so
    /// that its password stands in no command line.
    to: Option<String>,
}

impl MigrateStore {
    /// Does it.
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let to = match self.to {
            Some(to) => Secret::new(to),
            None => configured(&context)?,
        };
        let watched = context.out.is_watched();
        let bar = if watched { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{spinner} {msg}");
        bar.set_style(style.expect("the template is a constant"));
        let mut told = |moving: Moving<'_>| match moving {
            Moving::Copying(table, rows) => bar.set_message(format!("{table}: {rows} rows")),
            Moving::Comparing(table) => bar.set_message(format!("comparing {table}")),
        };
        let now = context.clock.now();
        let moved = transfer(&self.from, to.open(), now, &mut told).await;
        bar.finish_and_clear();
        let moved = moved?;
        say(&mut context, &moved, (&Db::describe(&self.from), &Db::describe(to.open())))
    }
}

fn configured(context: &Context) -> Result<Secret, Failure> {
    match context.config()?.database {
        DatabaseLocation::Postgres(url) => Ok(url),
        DatabaseLocation::Sqlite(_) => Err(Failure::new(
            Exit::Usage,
            "it is not said where to: name the target as second word",
        )
        .hint("or set DATABASE_URL_FILE to a file that holds its address")),
    }
}

fn say(
    context: &mut Context,
    moved: &Transferred,
    (from, to): (&str, &str),
) -> Result<Exit, Failure> {
    let rows: u64 = moved.tables.iter().map(|table| table.rows).sum();
    if context.out.format == Format::Json {
        let tables: Vec<_> = moved
            .tables
            .iter()
            .map(|table| json!({ "table": table.name, "rows": table.rows, "sha256": table.sha256 }))
            .collect();
        context.out.json(&json!({ "from": from, "to": to, "rows": rows, "tables": tables }))?;
        return Ok(Exit::Success);
    }
    let (rows, tables) = (count(rows, "row"), count(moved.tables.len() as u64, "table"));
    context
        .out
        .line(&format!("{from} lives on in {to}: {rows} of {tables}, the same on both sides"))?;
    context.out.line(&format!("{from} is kept, and marked so that no node starts on it"))?;
    context.out.hint(
        "set DATABASE_URL_FILE for `flockwork serve`; every bot reads its timeline before it posts",
    )?;
    Ok(Exit::Success)
}
