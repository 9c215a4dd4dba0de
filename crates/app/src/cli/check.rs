//! `flockwork check`: is the configuration right? Nothing is opened, sent or written. What it says of
//! the database's place is what `serve` would hear when it opens it, from the same code.

use domain::rules::plan::next_firings;
use serde_json::json;
use store::Db;

use super::context::Context;
use super::words::{count, near, told_apart};
use crate::config::{Config, DatabaseLocation, Loaded, Problems};
use crate::exit::{Exit, Failure};
use crate::output::{Accent, Format};

/// More bots than this are only counted.
const BOTS_SHOWN_MAX: usize = 30;

/// Says every problem, or what is in force.
pub fn run(mut context: Context) -> Result<Exit, Failure> {
    let loaded = context.load();
    let problems = all_problems(&loaded);
    if context.out.format == Format::Json {
        let problems: Vec<_> = problems
            .as_slice()
            .iter()
            .map(|one| {
                json!({
                    "place": one.place.to_string(),
                    "found": one.found,
                    "allowed": one.allowed,
                    "do": one.mend,
                })
            })
            .collect();
        let is_valid = problems.is_empty();
        let bots = loaded.config().bots.len();
        context.out.json(&json!({ "valid": is_valid, "bots": bots, "problems": problems }))?;
        return Ok(if is_valid { Exit::Success } else { Exit::Config });
    }
    if !problems.is_empty() {
        return Err(problems.into());
    }
    let config = loaded.for_sending()?;
    say_summary(&mut context, &config)?;
    say_bots(&mut context, &config)?;
    context.out.hint("`flockwork doctor` tries the keys, the clock and the database")?;
    Ok(Exit::Success)
}

/// Those of the configuration, and what stands against the place of the database.
fn all_problems(loaded: &Loaded) -> Problems {
    let mut problems = loaded.problems().clone();
    let location = &loaded.config().database;
    if let Err(error) = Db::judge(location.place()) {
        let message = error.to_string();
        let (found, mend) = told_apart(&message);
        let allowed = match location {
            DatabaseLocation::Sqlite(_) => "the path of a file that this user may write",
            DatabaseLocation::Postgres(_) => "postgres://user:password@host/name",
        };
        problems.add(loaded.place_of_database(), found, allowed, mend);
    }
    problems
}

fn say_summary(context: &mut Context, config: &Config) -> Result<(), Failure> {
    let good = context.out.paint("The configuration is right.", Accent::Good);
    context.out.line(&good)?;
    let database = match &config.database {
        DatabaseLocation::Sqlite(path) => format!("SQLite, {path}"),
        DatabaseLocation::Postgres(_) => "PostgreSQL".to_owned(),
    };
    let writer = match &config.model.api_key {
        Some(_) => format!("{} at {}", config.model.model, config.model.base_url),
        None => format!("{} (no OPENAI_API_KEY)", grammars(config)),
    };
    let bots = count(u64::try_from(config.bots.len()).unwrap_or(u64::MAX), "bot");
    let sends =
        if config.mode.is_dry_run { "dry run: nothing is sent" } else { &config.x.base_url };
    let is_live = config.bots.iter().any(|declared| declared.bot.is_live);
    let confirm =
        if is_live { "; `flockwork go-live BOT` says whether a bot may post" } else { "" };
    for (name, value) in [
        ("bots", bots.as_str()),
        ("X", &format!("{sends}{confirm}")),
        ("writes", &writer),
        ("database", &database),
        ("pages", &format!("http://{}", config.server.address)),
    ] {
        context.out.line(&format!("  {name:<9} {value}"))?;
    }
    Ok(())
}

/// What writes where no model does.
fn grammars(config: &Config) -> String {
    let own = config.bots.iter().filter(|declared| declared.grammar.is_some()).count();
    match own {
        0 => "the built-in grammar".to_owned(),
        all if all == config.bots.len() => "grammars of the bots".to_owned(),
        some => format!("grammars of {some} of the bots, the built-in one of the others"),
    }
}

fn say_bots(context: &mut Context, config: &Config) -> Result<(), Failure> {
    let now = context.clock.now();
    let mut rows = Vec::new();
    for declared in config.bots.iter().take(BOTS_SHOWN_MAX) {
        let bot = &declared.bot;
        let next = bot
            .schedules
            .iter()
            .flat_map(|schedule| next_firings(&bot.id, schedule, now, 1))
            .map(|firing| firing.planned.due_at)
            .min();
        let schedules: Vec<String> = bot
            .schedules
            .iter()
            .map(|schedule| format!("{} {}", schedule.cron, schedule.zone_name()))
            .collect();
        rows.push(vec![
            bot.id.to_string(),
            schedules.join(", "),
            next.map_or_else(|| "never".to_owned(), |at| near(at, now)),
            if bot.is_rehearsal { "dry run".to_owned() } else { String::new() },
            declared.place.to_string(),
        ]);
    }
    context.out.line("")?;
    context.out.table(&["bot", "schedule", "next", "", "declared in"], rows, &[])?;
    let more = config.bots.len().saturating_sub(BOTS_SHOWN_MAX);
    if more > 0 {
        context.out.line(&format!("… and {more} more"))?;
    }
    Ok(())
}
