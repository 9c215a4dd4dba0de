//! All of them together: names are unique, and somebody is declared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::model::{Bot, BotId, Credentials, FeedReach};
use domain::rules::grammar::OwnGrammar;
use jiff::Timestamp;

use super::super::mode::Mode;
use super::super::problem::{Place, Problem, Problems};
use super::super::sources::Sources;
use super::{environment, file};

/// A bot and what it signs with.
#[derive(Clone)]
pub struct DeclaredBot {
    /// The bot.
    pub bot: Bot,
    /// Its four values; `None` while it only rehearses.
    pub credentials: Option<Credentials>,
    /// What it writes from without a model; `None` for the built-in grammar.
    pub grammar: Option<Arc<OwnGrammar>>,
    /// Where it is declared.
    pub place: Place,
}

/// The bot of the environment, if one is declared there or nowhere, and those of `files`.
pub(in crate::config) fn read_bots(
    sources: &mut Sources<'_>,
    files: &[PathBuf],
    (mode, reach): (Mode, FeedReach),
    now: Timestamp,
) -> Vec<DeclaredBot> {
    let mut bots = Vec::with_capacity(files.len() + 1);
    if files.is_empty() || environment::is_declared(sources.environment) {
        bots.push(environment::read(sources, mode, now));
    }
    for path in files {
        bots.extend(file::read(path, sources, (mode, reach), now));
    }
    refuse_doubles(&bots, &mut sources.problems);
    refuse_shared_accounts(&bots, &mut sources.problems);
    bots
}

fn refuse_doubles(bots: &[DeclaredBot], problems: &mut Problems) {
    let mut first_places: BTreeMap<&BotId, &Place> = BTreeMap::new();
    for DeclaredBot { bot, place, .. } in bots {
        if let Some(first) = first_places.get(&bot.id) {
            problems.add(
                place.clone(),
                format!("the bot `{}`, which {first} declares already", bot.id),
                "each name once",
                "rename one of the two; a renamed bot starts with an empty queue",
            );
        } else {
            first_places.insert(&bot.id, place);
        }
    }
}

/// A promise such as "never twice" is kept for an account by the one bot that looks after it. Two
/// names may even mean one variable: `a-b` and `a_b` both read `TWITTER_ACCESS_TOKEN__A_B`. Told at
/// both, because nobody but their owner knows which of them is wrong.
fn refuse_shared_accounts(bots: &[DeclaredBot], problems: &mut Problems) {
    let mut by_token: BTreeMap<&str, Vec<&DeclaredBot>> = BTreeMap::new();
    for declared in bots.iter().filter(|declared| !declared.bot.is_rehearsal) {
        if let Some(credentials) = &declared.credentials {
            by_token.entry(credentials.access_token.open()).or_default().push(declared);
        }
    }
    let shared = by_token.values().filter(|sharers| sharers.len() > 1);
    for (sharers, declared) in shared.flat_map(|all| all.iter().map(move |one| (all, one))) {
        let other = sharers.iter().find(|other| other.bot.id != declared.bot.id);
        // Two of one name are told already.
        let Some(other) = other else { continue };
        problems.push(Problem {
            place: declared.place.clone(),
            found: format!(
                "the bot `{}` posts to the same X account as bot `{}`",
                declared.bot.id, other.bot.id
            ),
            allowed: "an access token of its own for each bot".to_owned(),
            mend: "give one of the two the token of another account, by access_token_env or \
                   access_token_file in its [twitter], or set dry_run = true there"
                .to_owned(),
            is_about_sending: true,
        });
    }
}

/// The bot files in the folder `dir`, in the order of their names; examples are left out.
pub(in crate::config) fn bot_files(dir: &Path, problems: &mut Problems) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            let place = Place::Path(dir.display().to_string());
            let mend = "let this user read it, or remove it";
            problems.add(place, error.to_string(), "a folder of bot files", mend);
            return Vec::new();
        }
    };
    let is_bot_file = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".toml") && !name.ends_with(".example.toml") && !name.starts_with('.')
    };
    let mut files: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_bot_file).collect();
    files.sort();
    files
}
