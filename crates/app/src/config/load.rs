//! All sources, all sections, all problems.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use domain::model::{Budgets, FeedReach, Telling};
use jiff::Timestamp;

use super::alerts::{self, Alerts};
use super::backup::{self, Backup};
use super::bots::{self, BOT_NAME, Dashboard, DeclaredBot, Target};
use super::budget;
use super::database::{self, DatabaseLocation};
use super::environment::Environment;
use super::feeds;
use super::keys::{self, Keys};
use super::limits::{self, Limits};
use super::logging::{self, Logging};
use super::mode::{self, Mode, NODE_ENV};
use super::model::{self, Model};
use super::moderation::{self, Moderation};
use super::problem::{Place, Problem, Problems};
use super::publish::{self, Publish};
use super::server::{self, Server};
use super::setting::{Kind, Setting};
use super::show::Shown;
use super::sources::Sources;
use super::suggest::{nearest, quoted};
use super::traces::{self, Tracing};
use super::x::{self, X};
use crate::machine::Machine;

/// The file that is read when nobody names one, if it is there.
const FILE_DEFAULT: &str = "flockwork.toml";

const CONFIG: Setting = Setting {
    variable: "FLOCKWORK_CONFIG",
    file: None,
    kind: Kind::Text,
    default: None,
    meaning: "The configuration file, ./flockwork.toml if it is there; bots/*.toml are beside it.",
    example: "",
};

const BOTS_DIR: Setting = Setting {
    variable: "FLOCKWORK_BOTS_DIR",
    file: None,
    kind: Kind::Text,
    default: None,
    meaning: "The folder of the bot files, where that is not bots/ beside the configuration file.",
    example: "",
};

/// Names with our prefix that are not settings: what our own tests read.
const TEST_VARIABLES: [&str; 2] = ["FLOCKWORK_CONFORMANCE", "FLOCKWORK_TEST_POSTGRES_URL"];

/// Every table of `flockwork.toml`, with what it is about.
pub(super) const TABLES: &[(&str, &str, &[&Setting])] = &[
    ("", "", mode::SETTINGS),
    ("database", "Where everything is remembered.", database::SETTINGS),
    ("backup", "Copies of the SQLite file.", backup::SETTINGS),
    ("secrets", "What seals the secrets that the database holds.", keys::SETTINGS),
    ("server", "The HTTP door: health, statistics, the overview.", server::SETTINGS),
    ("limits", "How much of the machine a node may take.", limits::SETTINGS),
    ("logging", "What is logged, how, and where to.", logging::SETTINGS),
    ("traces", "Who collects traces of what happens to each slot.", traces::SETTINGS),
    ("x", "X.", x::SETTINGS),
    ("model", "The model that writes candidates.", model::SETTINGS),
    ("moderation", "A second reader of what is written.", moderation::SETTINGS),
    ("feeds", "Feeds that bots follow.", feeds::SETTINGS),
    ("publish", "How publishing behaves.", publish::SETTINGS),
    ("alerts", "Who is told when something needs a person.", alerts::SETTINGS),
    ("budget", budget::ABOUT, budget::SETTINGS),
];

/// What only the environment has.
pub(super) const ENVIRONMENT_ONLY: &[&[&Setting]] =
    &[&[&CONFIG, &BOTS_DIR], bots::BOT_SETTINGS, bots::CREDENTIAL_SETTINGS];

/// What is in force.
#[derive(Clone)]
pub struct Config {
    /// How strict to be.
    pub mode: Mode,
    /// Where everything is remembered.
    pub database: DatabaseLocation,
    /// Copies of it.
    pub backup: Backup,
    /// What its secrets and its copies are sealed under.
    pub keys: Keys,
    /// The HTTP door.
    pub server: Server,
    /// How much of the machine a node may take.
    pub limits: Limits,
    /// The log.
    pub logging: Logging,
    /// Who collects traces, where anybody does.
    pub tracing: Option<Tracing>,
    /// X.
    pub x: X,
    /// The model server.
    pub model: Model,
    /// The moderation endpoint, where one is asked.
    pub moderation: Option<Moderation>,
    /// How publishing behaves.
    pub publish: Publish,
    /// From where feeds may be fetched.
    pub feeds_reach: FeedReach,
    /// Who is told what.
    pub alerts: Alerts,
    /// What may be spent.
    pub budgets: Budgets,
    /// How bots of the dashboard are read.
    pub dashboard: Dashboard,
    /// The bots of the environment and of files, names unique.
    pub bots: Vec<DeclaredBot>,
}

/// A configuration that was read, and what is wrong with it. It can be used only after the problems
/// were looked at.
pub struct Loaded {
    config: Config,
    problems: Problems,
    shown: Vec<Shown>,
}

impl Loaded {
    /// Reads all of it. `path` is the `--config` of the command line; `now` is for patterns that
    /// never come.
    pub fn read(environment: &Environment, path: Option<&Path>, now: Timestamp) -> Self {
        Self::read_with(environment, path, &bots_dir(environment, path), now)
    }

    /// The same, with the bot files of another folder.
    pub fn read_with(
        environment: &Environment,
        path: Option<&Path>,
        bots: &Path,
        now: Timestamp,
    ) -> Self {
        let file = main_file(environment, path);
        let mut sources = Sources::open(environment, file.as_deref(), &table_names());
        refuse_lost_folder(environment, &mut sources.problems);
        let files = bots::bot_files(bots, &mut sources.problems);

        let mode = Mode::read(&mut sources);
        let x = X::read(&mut sources, mode);
        let feeds_reach = feeds::read(&mut sources);
        let database = DatabaseLocation::read(&mut sources);
        let backup = Backup::read(&mut sources);
        let keys = Keys::read(&mut sources);
        let server = Server::read(&mut sources, mode);
        let logging = Logging::read(&mut sources);
        let model = Model::read(&mut sources, mode);
        let target = if x.is_real() { Target::X } else { Target::LikeX };
        let config = Config {
            mode,
            feeds_reach,
            database,
            backup,
            keys,
            server,
            limits: Limits::read(&mut sources, Machine::of_process()),
            logging,
            tracing: traces::read(&mut sources),
            moderation: Moderation::read(&mut sources, mode, &model),
            model,
            publish: Publish::read(&mut sources, mode, &x),
            dashboard: Dashboard::new(environment, mode, target),
            x,
            alerts: Alerts::read(&mut sources),
            budgets: budget::read(&mut sources),
            bots: bots::read_bots(&mut sources, &files, (mode, feeds_reach), now),
        };
        let mut config =
            Config { budgets: budget::with_own(config.budgets, &config.bots), ..config };
        for declared in &mut config.bots {
            declared.bot.is_live = config.x.is_real() && !declared.bot.is_rehearsal;
        }
        refuse_unwritable_feeds(&config, &mut sources.problems);
        refuse_unknown_variables(environment, &mut sources);
        let (problems, shown) = sources.finish();
        Self { config, problems, shown }
    }

    /// For a command that sends: nothing may be wrong.
    pub fn for_sending(self) -> Result<Config, Problems> {
        if self.problems.is_empty() { Ok(self.config) } else { Err(self.problems) }
    }

    /// For a command that only looks or writes rows: missing keys do not matter.
    pub fn for_looking(self) -> Result<Config, Problems> {
        let problems = self.problems.without_sending();
        if problems.is_empty() { Ok(self.config) } else { Err(problems) }
    }

    /// Every problem.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Every setting that was read, and where from.
    pub fn shown(&self) -> &[Shown] {
        &self.shown
    }

    /// Where it says which database.
    pub fn place_of_database(&self) -> Place {
        let variable = self.config.database.variable();
        let shown = self.shown.iter().find(|shown| shown.variable == variable);
        match shown.map(|shown| &shown.place) {
            Some(Place::Default) | None => Place::Variable(variable.to_owned()),
            Some(place) => place.clone(),
        }
    }

    /// What was read, whatever is wrong with it; to show it.
    pub fn config(&self) -> &Config {
        &self.config
    }
}

/// A grammar cannot read what a feed tells.
fn refuse_unwritable_feeds(config: &Config, problems: &mut Problems) {
    if config.model.api_key.is_some() {
        return;
    }
    let untold = |one: &&DeclaredBot| {
        one.bot.file.feeds.iter().any(|feed| matches!(feed.telling, Telling::Model { .. }))
    };
    for declared in config.bots.iter().filter(untold) {
        problems.add(
            declared.place.clone(),
            "a [[feed]] without a template, and no model to write about its items",
            "a template for each feed, or a model",
            "write template = \"{title} {link}\" into the [[feed]], or set OPENAI_API_KEY",
        );
    }
}

/// Where the node of this configuration listens; nothing else is read.
pub fn server_address(
    environment: &Environment,
    path: Option<&Path>,
) -> Result<SocketAddr, Problems> {
    let file = main_file(environment, path);
    let sources = Sources::open(environment, file.as_deref(), &table_names());
    let (address, problems) = Server::read_address(sources);
    if problems.is_empty() { Ok(address) } else { Err(problems) }
}

/// Without its folder every bot of a file would be closed, so one that somebody named has to be there.
fn refuse_lost_folder(environment: &Environment, problems: &mut Problems) {
    let Some(dir) = environment.find(BOTS_DIR.variable) else { return };
    if matches!(Path::new(dir).try_exists(), Ok(false)) {
        problems.add(
            Place::Variable(BOTS_DIR.variable.to_owned()),
            quoted(dir),
            "a folder that is there",
            "make the folder, mount it, or unset the variable",
        );
    }
}

/// Where bot files are: in the folder that is named, else beside the main file.
pub fn bots_dir(environment: &Environment, path: Option<&Path>) -> PathBuf {
    if let Some(dir) = environment.find(BOTS_DIR.variable) {
        return PathBuf::from(dir);
    }
    let file = main_file(environment, path);
    file.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).join("bots")
}

fn main_file(environment: &Environment, path: Option<&Path>) -> Option<PathBuf> {
    path.map(Path::to_owned)
        .or_else(|| environment.find(CONFIG.variable).map(PathBuf::from))
        .or_else(|| Some(PathBuf::from(FILE_DEFAULT)).filter(|path| is_there(path)))
}

/// A link counts wherever it leads: one that leads nowhere is a mistake to tell, not the absence of a
/// file.
fn is_there(path: &Path) -> bool {
    !matches!(std::fs::symlink_metadata(path), Err(error) if error.kind() == ErrorKind::NotFound)
}

fn table_names() -> Vec<&'static str> {
    TABLES.iter().map(|(name, _, _)| *name).filter(|name| !name.is_empty()).collect()
}

/// Every setting there is.
pub(super) fn all_settings() -> impl Iterator<Item = &'static Setting> {
    let of_tables = TABLES.iter().flat_map(|(_, _, settings)| settings.iter());
    of_tables.chain(ENVIRONMENT_ONLY.iter().copied().flatten()).copied()
}

/// A misspelt name of ours would otherwise be a setting that silently does nothing.
fn refuse_unknown_variables(environment: &Environment, sources: &mut Sources<'_>) {
    let problems = &mut sources.problems;
    let mut known: Vec<String> = vec![NODE_ENV.to_owned()];
    known.append(&mut sources.own_names);
    for setting in all_settings() {
        known.push(setting.variable.to_owned());
        known.extend(setting.file_variable());
    }
    for (name, value) in environment.iter() {
        let is_ours = name.starts_with("FLOCKWORK_");
        if !is_ours || known.iter().any(|k| k == name) || is_of_others(name, value) {
            continue;
        }
        let ours = known.iter().map(String::as_str);
        let bare = name.trim_start_matches("FLOCKWORK_");
        let mend = match nearest(name, ours.clone()).or_else(|| nearest(bare, ours)) {
            Some(near) => format!("did you mean {near}? Otherwise unset it"),
            None => format!("unset it; the bot's name, for one, is {}", BOT_NAME.variable),
        };
        problems.push(Problem {
            place: Place::Variable(name.to_owned()),
            found: format!("{}, a name that nothing reads", quoted(name)),
            allowed: "the names in `flockwork config example`".to_owned(),
            mend,
            is_about_sending: false,
        });
    }
}

/// What a cluster sets by itself for a service named `flockwork`, and what our tests read.
fn is_of_others(name: &str, value: &str) -> bool {
    let is_service_link = name.starts_with("FLOCKWORK_SERVICE_")
        || (name.starts_with("FLOCKWORK_PORT") && value.contains("://"))
        || (name.starts_with("FLOCKWORK_PORT_")
            && ["_PROTO", "_PORT", "_ADDR"].iter().any(|end| name.ends_with(end)));
    is_service_link || TEST_VARIABLES.contains(&name)
}
