//! All of them together: names are unique, and somebody is declared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::model::{Bot, BotId, Credentials};
use jiff::Timestamp;

use super::super::mode::Mode;
use super::super::problem::{Place, Problems};
use super::super::sources::Sources;
use super::{environment, file};

/// A bot and what it signs with.
#[derive(Clone)]
pub struct DeclaredBot {
    /// The bot.
    pub bot: Bot,
    /// Its four values; `None` while it only rehearses.
    pub credentials: Option<Credentials>,
    /// Where it is declared.
    pub place: Place,
}

/// The bot of the environment, if one is declared there or nowhere, and those of `files`.
pub(in crate::config) fn read_bots(
    sources: &mut Sources<'_>,
    files: &[PathBuf],
    mode: Mode,
    now: Timestamp,
) -> Vec<DeclaredBot> {
    let mut bots = Vec::with_capacity(files.len() + 1);
    if files.is_empty() || environment::is_declared(sources.environment) {
        bots.push(environment::read(sources, mode, now));
    }
    for path in files {
        bots.extend(file::read(path, sources, mode, now));
    }
    refuse_doubles(&bots, &mut sources.problems);
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
