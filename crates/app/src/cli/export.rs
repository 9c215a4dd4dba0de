//! `flockwork export DIR`: the bots of the database as files, from which `apply` makes the same bots.
//!
//! A file gets its name when it is whole, and replaces another only where that is asked for.

mod bot_file;

use std::fs::Permissions;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use domain::model::{Bot, BotState, ManagedBy};
use serde_json::json;

use super::apply::bots_there;
use super::context::Context;
use super::words::count;
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// `flockwork export DIR`
#[derive(Args, Debug)]
pub struct Export {
    /// The folder, which is made if it is not there.
    dir: PathBuf,
    /// Replaces files that are there and say something else.
    #[arg(long)]
    replace: bool,
}

/// What goes into one file.
struct Written {
    path: PathBuf,
    text: String,
}

impl Export {
    /// Writes a file for each bot that files or the dashboard declare.
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let there = bots_there(&db).await?;
        db.close().await;
        let open = there.into_iter().filter(|(_, state)| *state != BotState::Closed);
        let has_file = |bot: &Bot| bot.managed_by != ManagedBy::Environment;
        let (bots, others): (Vec<Bot>, Vec<Bot>) = open.map(|(bot, _)| bot).partition(has_file);
        let mut files = Vec::new();
        for bot in &bots {
            files.extend(self.files_of(bot)?);
        }
        if !self.replace {
            refuse_others(&files)?;
        }
        std::fs::create_dir_all(&self.dir)
            .with_context(|| format!("creating {}", self.dir.display()))?;
        for Written { path, text } in &files {
            write(path, text).with_context(|| format!("writing {}", path.display()))?;
        }
        self.say(&mut context, &bots, &others)
    }

    fn files_of(&self, bot: &Bot) -> Result<Vec<Written>, Failure> {
        let grammar = bot.file.grammar.as_ref().map(|json| {
            let name = format!("{}.grammar.json", bot.id);
            (name, json)
        });
        let name = grammar.as_ref().map(|(name, _)| name.as_str());
        let text =
            bot_file::text(bot, name).with_context(|| format!("writing bot {} as TOML", bot.id))?;
        let mut files = vec![Written { path: self.dir.join(format!("{}.toml", bot.id)), text }];
        if let Some((name, json)) = &grammar {
            files.push(Written { path: self.dir.join(name), text: (*json).clone() });
        }
        Ok(files)
    }

    fn say(&self, context: &mut Context, bots: &[Bot], others: &[Bot]) -> Result<Exit, Failure> {
        let dir = self.dir.display();
        if context.out.format == Format::Json {
            for bot in bots {
                let file = self.dir.join(format!("{}.toml", bot.id)).display().to_string();
                context.out.json(&json!({ "bot_id": bot.id.as_str(), "file": file }))?;
            }
        } else {
            let number = u64::try_from(bots.len()).unwrap_or(u64::MAX);
            context.out.line(&format!("{} written to {dir}", count(number, "bot")))?;
        }
        for bot in others {
            context.out.note(&format!("{} is left out: the environment declares it", bot.id))?;
        }
        for bot in bots.iter().filter(|bot| bot.managed_by == ManagedBy::Dashboard) {
            let id = &bot.id;
            let note = format!("{id} is the dashboard's; applied from its file it is the file's");
            context.out.note(&note)?;
        }
        let named = |(key, path): (&String, &String)| {
            key.ends_with("_file") && Path::new(path).is_relative()
        };
        for bot in bots.iter().filter(|bot| bot.file.twitter.iter().any(named)) {
            let note = format!(
                "{} names files of secrets as seen from its old folder; look at its [twitter]",
                bot.id
            );
            context.out.note(&note)?;
        }
        context
            .out
            .hint(&format!("`flockwork apply {dir} --plan` shows what they would change"))?;
        Ok(Exit::Success)
    }
}

/// All of them are looked at before the first is written.
fn refuse_others(files: &[Written]) -> Result<(), Failure> {
    let differs = |file: &&Written| match std::fs::read(&file.path) {
        Ok(there) => there != file.text.as_bytes(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    };
    let others: Vec<String> =
        files.iter().filter(differs).map(|file| file.path.display().to_string()).collect();
    if others.is_empty() {
        return Ok(());
    }
    let message = format!("there already, and other than in the database: {}", others.join(", "));
    Err(Failure::new(Exit::CannotCreate, message)
        .hint("name another folder, or say --replace; comments in them would be lost"))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    // As any new file: the user's mask decides who may read it.
    let mut file = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
