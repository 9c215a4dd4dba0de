//! What a bot signs with: the four values of OAuth 1.0a, all or none.

use std::path::Path;

use domain::model::{Bot, BotId, Credentials, ManagedBy};

use super::super::document::Section;
use super::super::mode::Mode;
use super::super::parse;
use super::super::problem::{Place, Problem};
use super::super::setting::{Kind, Setting};
use super::super::sources::{Sought, Sources, read_secret};
use super::super::suggest::all_of;

/// The fingerprint of an app that a bot without keys would post with.
pub(super) const NO_APP: &str = "none";

const fn secret(variable: &'static str, meaning: &'static str) -> Setting {
    Setting { variable, file: None, kind: Kind::Secret, default: None, meaning, example: "" }
}

const API_KEY: Setting = secret("TWITTER_API_KEY", "The app's key, from X's developer console.");
const API_SECRET: Setting = secret("TWITTER_API_SECRET", "The app's secret.");
const ACCESS_TOKEN: Setting =
    secret("TWITTER_ACCESS_TOKEN", "The account's token, with permission to read and write.");
const ACCESS_SECRET: Setting = secret("TWITTER_ACCESS_SECRET", "The account's token secret.");

/// The four, in the order of [`Credentials`].
pub(in crate::config) const CREDENTIAL_SETTINGS: &[&Setting] =
    &[&API_KEY, &API_SECRET, &ACCESS_TOKEN, &ACCESS_SECRET];

/// The keys of a bot file's `[twitter]`, in the same order.
const FILE_KEYS: [&str; 4] = Credentials::NAMES;

/// The variables that hold the token of the bot `id`, of a file: names are made of capitals, digits
/// and `_` in most shells, so `my-bot` is `MY_BOT`.
fn per_bot_variables(id: &BotId) -> [String; 2] {
    let name = id.as_str().to_ascii_uppercase().replace('-', "_");
    [ACCESS_TOKEN, ACCESS_SECRET].map(|setting| format!("{}__{name}", setting.variable))
}

/// Where a bot's four values come from unless its file says otherwise: the app's are shared.
pub(super) fn default_variables(id: &BotId) -> [String; 4] {
    let [token, token_secret] = per_bot_variables(id);
    [API_KEY.variable.to_owned(), API_SECRET.variable.to_owned(), token, token_secret]
}

/// Where one of the four comes from.
pub(super) struct Source {
    pub(super) what: &'static str,
    /// The variable, or the path.
    pub(super) name: String,
    pub(super) is_file: bool,
}

/// Where all of them come from, whoever declares the bot.
pub(super) fn places(bot: &Bot) -> Vec<Source> {
    let defaults = match bot.managed_by {
        ManagedBy::Environment => {
            [API_KEY, API_SECRET, ACCESS_TOKEN, ACCESS_SECRET].map(|one| one.variable.to_owned())
        }
        ManagedBy::File | ManagedBy::Dashboard => default_variables(&bot.id),
    };
    let keys = FILE_KEYS.into_iter().zip(Credentials::WHAT).zip(defaults);
    let place = |((key, what), default)| {
        let said = |end: &str| bot.file.twitter.get(&format!("{key}_{end}")).cloned();
        match said("file") {
            Some(name) => Source { what, name, is_file: true },
            None => Source { what, name: said("env").unwrap_or(default), is_file: false },
        }
    };
    keys.map(place).collect()
}

/// Those of the environment's bot.
pub(super) fn of_environment(sources: &mut Sources<'_>, mode: Mode) -> Option<Credentials> {
    let found = CREDENTIAL_SETTINGS.iter().map(|setting| sources.seek_secret(setting)).collect();
    let names: Vec<_> =
        CREDENTIAL_SETTINGS.iter().map(|setting| setting.variable.to_owned()).collect();
    let place = Place::Variable(API_KEY.variable.to_owned());
    all_or_none(found, &names, place, mode.is_dry_run, sources)
}

/// Those of a bot of a file: where `[twitter]` names a variable or a file, from there; else the app's
/// from the environment's names, and the account's from names that end in the bot's.
pub(super) fn of_file(
    id: &BotId,
    mut twitter: Section,
    sources: &mut Sources<'_>,
    is_rehearsal: bool,
) -> Option<Credentials> {
    let place = twitter.place();
    let defaults = default_variables(id);
    let (mut found, mut names) = (Vec::new(), Vec::new());
    for (key, default) in FILE_KEYS.into_iter().zip(defaults) {
        let variable =
            twitter.read(&format!("{key}_env"), Kind::Text, &mut sources.problems, parse::text);
        let file = twitter.scalar(&format!("{key}_file"), Kind::Text, &mut sources.problems);
        if let Some(raw) = file {
            let path = beside(&raw.place, &raw.text);
            names.push(format!("{key}_file"));
            found.push(read_secret(&path, raw.place, &mut sources.problems));
        } else {
            let variable = variable.unwrap_or(default);
            found.push(sources.variable_secret(&variable));
            names.push(variable);
        }
    }
    twitter.finish(&mut sources.problems, |key| {
        FILE_KEYS.contains(&key).then(|| {
            format!("secrets do not stand in this file: write {key}_env = \"VARIABLE\" or {key}_file = \"/path\"")
        })
    });
    all_or_none(found, &names, place, is_rehearsal, sources)
}

/// A path in a bot file is meant from that file's folder.
fn beside(place: &Place, path: &str) -> String {
    match place {
        Place::File { path: file, .. } => {
            Path::new(file).parent().unwrap_or(Path::new("")).join(path).display().to_string()
        }
        Place::Variable(_)
        | Place::Part { .. }
        | Place::Path(_)
        | Place::Machine(_)
        | Place::Default => path.to_owned(),
    }
}

fn all_or_none(
    found: Vec<Sought>,
    names: &[String],
    place: Place,
    is_rehearsal: bool,
    sources: &mut Sources<'_>,
) -> Option<Credentials> {
    let missing: Vec<&str> = names
        .iter()
        .zip(&found)
        .filter(|(_, value)| matches!(value, Sought::Absent))
        .map(|(name, _)| name.as_str())
        .collect();
    // The app's two are shared: a bot of a file that lacks its own token has none of its own.
    let has_own = found.iter().skip(2).any(|value| !matches!(value, Sought::Absent));
    if missing.is_empty() {
        let mut secrets = found.into_iter().filter_map(|value| match value {
            Sought::Found(secret, _) => Some(secret),
            Sought::Wrong | Sought::Absent => None,
        });
        return Some(Credentials {
            api_key: secrets.next()?,
            api_secret: secrets.next()?,
            access_token: secrets.next()?,
            access_secret: secrets.next()?,
        });
    }
    let is_none = missing.len() == names.len();
    if is_none && is_rehearsal {
        return None;
    }
    if is_rehearsal && !has_own {
        return None;
    }
    let found_text = if is_none {
        "none of the four".to_owned()
    } else {
        format!("{} not set", all_of(&missing))
    };
    sources.problems.push(Problem {
        place,
        found: found_text,
        allowed: "all four values of the X app and account, or none with DRY_RUN=true".to_owned(),
        mend: mend(&missing, sources),
        is_about_sending: true,
    });
    None
}

/// Other programs have other names for the same values.
const FOREIGN_NAMES: [(&str, &str); 4] = [
    ("TWITTER_CONSUMER_KEY", "TWITTER_API_KEY"),
    ("TWITTER_CONSUMER_SECRET", "TWITTER_API_SECRET"),
    ("TWITTER_API_KEY_SECRET", "TWITTER_API_SECRET"),
    ("TWITTER_ACCESS_TOKEN_SECRET", "TWITTER_ACCESS_SECRET"),
];

fn mend(missing: &[&str], sources: &Sources<'_>) -> String {
    let foreign = FOREIGN_NAMES.iter().find(|(foreign, ours)| {
        missing.contains(ours) && sources.environment.find(foreign).is_some()
    });
    match foreign {
        Some((foreign, ours)) => format!("{foreign} is set: its name here is {ours}"),
        None => format!("set {}, or set DRY_RUN=true to try without X", all_of(missing)),
    }
}

/// A short name for the app of a key, which is safe to store and to show.
pub(super) fn app_fingerprint(credentials: Option<&Credentials>) -> String {
    credentials.map_or_else(|| NO_APP.to_owned(), Credentials::app)
}
