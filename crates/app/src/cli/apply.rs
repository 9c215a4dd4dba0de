//! `flockwork apply`: what is declared becomes what is, after a person saw what that changes.

mod plan;

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use domain::model::{Bot, BotId, BotState};
use domain::ports::store::{BotStore as _, BudgetStore as _};
use domain::rules::changes::{BotChanges, Step, changes};
use serde_json::json;
use store::Db;

use super::context::{Context, demand_database};
use super::words::count;
use crate::config::{Config, DeclaredBot};
use crate::exit::{Exit, Failure};
use crate::output::Format;
use crate::serve::PLACES;

/// Bots read from the database with one question.
const PAGE: u32 = 500;

/// `flockwork apply [DIR]`
#[derive(Args, Debug)]
pub struct Apply {
    /// The folder of bot files; bots/ beside the configuration, if left out.
    dir: Option<PathBuf>,
    /// Without asking.
    #[arg(long, conflicts_with = "plan")]
    yes: bool,
    /// Only shows what would change.
    #[arg(long)]
    plan: bool,
}

impl Apply {
    /// Shows the plan, asks, and does it in one transaction.
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        demand_folder(self.dir.as_deref())?;
        let loaded = match &self.dir {
            Some(dir) => context.load_with(dir),
            None => context.load(),
        };
        let config = loaded.for_looking()?;
        let there = there(&context, &config).await?;
        let declared = as_declared(config.bots.clone(), &there);
        let plan = changes(&there, &declared, &PLACES);
        if plan.is_empty() {
            return say_nothing(&mut context);
        }
        let is_json = context.out.format == Format::Json;
        if !is_json {
            plan::say(&mut context, &plan, &declared)?;
        }
        if self.plan || !(self.yes || says_yes(&mut context)?) {
            return not_applied(&mut context, &plan, self.plan);
        }
        let db = context.open(&config).await?;
        // Somebody may have changed them while this one was being looked at.
        if changes(&bots_there(&db).await?, &declared, &PLACES) != plan {
            db.close().await;
            let message =
                "the database's bots changed while the plan was shown; nothing was applied";
            return Err(Failure::new(Exit::Unavailable, message)
                .hint("`flockwork apply` shows what would change now"));
        }
        // Caps first: one that is lowered must not come after what it is to bound.
        let signed = context.signed(&db, "house.apply", "bot files");
        signed.sync_budgets(&config.budgets, context.clock.now()).await?;
        signed.sync_bots(&declared, &PLACES, context.clock.now()).await?;
        db.close().await;
        if is_json {
            context.out.json(&json!({ "applied": true, "plan": plan }))?;
            return Ok(Exit::Success);
        }
        let bots = u64::try_from(plan.len()).unwrap_or(u64::MAX);
        context.out.line(&format!("Applied: {}.", count(bots, "bot")))?;
        if plan.iter().any(|one| matches!(one.step, Step::Add)) {
            context.out.hint("a node that runs signs for a new bot after its next start")?;
        }
        Ok(Exit::Success)
    }
}

fn demand_folder(dir: Option<&Path>) -> Result<(), Failure> {
    match dir {
        Some(dir) if !dir.is_dir() => {
            let message = format!("{} is no folder", dir.display());
            Err(Failure::new(Exit::NoInput, message)
                .hint("name the folder that holds the bot files, such as bots/"))
        }
        Some(_) | None => Ok(()),
    }
}

/// The bots of the database; none where there is no database yet, because looking makes none.
async fn there(context: &Context, config: &Config) -> Result<Vec<(Bot, BotState)>, Failure> {
    if demand_database(config).is_err() {
        return Ok(Vec::new());
    }
    let db = context.open(config).await?;
    let bots = bots_there(&db).await?;
    db.close().await;
    Ok(bots)
}

/// Every bot of the database, closed ones too.
pub(super) async fn bots_there(db: &Db) -> Result<Vec<(Bot, BotState)>, Failure> {
    let mut bots = Vec::new();
    let mut after: Option<BotId> = None;
    loop {
        let page = db.list_declared(after.as_ref(), PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(bots) };
        after = Some(last.id.clone());
        bots.extend(page);
    }
}

/// Keys may be where only the node sees them: of a bot that has none here, the database knows better
/// which app and which account it posts with.
fn as_declared(declared: Vec<DeclaredBot>, there: &[(Bot, BotState)]) -> Vec<Bot> {
    let known = |id: &BotId| there.iter().find(|(bot, _)| bot.id == *id).map(|(bot, _)| bot);
    declared
        .into_iter()
        .map(|DeclaredBot { bot, credentials, .. }| match known(&bot.id) {
            Some(old) if credentials.is_none() => {
                Bot { app: old.app.clone(), account: old.account.clone(), ..bot }
            }
            // What an account is called does not get lost where a token does not name it.
            Some(old) if bot.account.is_none() => Bot { account: old.account.clone(), ..bot },
            Some(_) | None => bot,
        })
        .collect()
}

fn say_nothing(context: &mut Context) -> Result<Exit, Failure> {
    if context.out.format == Format::Json {
        context.out.json(&json!({ "applied": false, "plan": [] }))?;
    } else {
        context.out.line("Nothing to change: the database's bots are those of the files.")?;
    }
    Ok(Exit::Success)
}

fn not_applied(
    context: &mut Context,
    plan: &[BotChanges],
    was_only_shown: bool,
) -> Result<Exit, Failure> {
    if context.out.format == Format::Json {
        context.out.json(&json!({ "applied": false, "plan": plan }))?;
    }
    if was_only_shown {
        context
            .out
            .hint("`flockwork apply` asks and applies it, `flockwork apply --yes` does not ask")?;
        return Ok(Exit::Success);
    }
    if io::stdin().is_terminal() {
        context.out.note("Nothing was applied.")?;
        return Ok(Exit::Success);
    }
    Err(Failure::new(Exit::Usage, "nobody is there to say yes; nothing was applied")
        .hint("`flockwork apply --yes` applies it without asking"))
}

/// A person's yes, in full or by its first letter; nobody says nothing.
fn says_yes(context: &mut Context) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    context.out.note("Apply this? Type yes to do it.")?;
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use domain::model::ManagedBy;

    use super::*;
    use crate::config::Place;

    fn declared(bot: Bot) -> DeclaredBot {
        DeclaredBot { bot, credentials: None, grammar: None, place: Place::Default }
    }

    #[test]
    fn keys_that_are_not_here_change_nothing() {
        let old = Bot { account: "12".try_into().ok(), ..testkit::bot("ada") };
        let new = Bot { app: "none".to_owned(), account: None, ..testkit::bot("ada") };
        let there = [(old.clone(), BotState::Active)];
        assert_eq!(as_declared(vec![declared(new)], &there), [old]);
        let fresh = Bot { app: "none".to_owned(), ..testkit::bot("bob") };
        assert_eq!(as_declared(vec![declared(fresh.clone())], &there), [fresh]);
        assert!(PLACES.contains(&ManagedBy::File));
    }
}
