//! The one bot that the seed's variables declare.

use domain::model::{ApprovalMode, Bot, BotFile, Credentials, ManagedBy, QueueLimits, Schedule};
use jiff::Timestamp;

use super::super::environment::Environment;
use super::super::mode::Mode;
use super::super::parse;
use super::super::problem::Place;
use super::super::setting::{Kind, Setting};
use super::super::sources::Sources;
use super::{DeclaredBot, credentials, persona, schedule};

const fn setting(variable: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting { variable, file: None, kind: Kind::Text, default: Some(default), meaning, example: "" }
}

/// The bot's name.
pub(in crate::config) const NAME: Setting =
    setting("BOT_NAME", "template-bot", "The name of the bot that the environment declares.");
const PERSONALITY: Setting =
    setting("BOT_PERSONALITY", persona::FRIENDLY, "Who it is, in a few sentences.");
const SCHEDULE: Setting = setting(
    "POSTING_SCHEDULE",
    schedule::CRON_DEFAULT,
    "When it posts: a cron pattern of 5 fields, or 6 with seconds first.",
);
const TIMEZONE: Setting = setting("TIMEZONE", "UTC", "The IANA time zone of that pattern.");

const MODE: Setting = setting(
    "BOT_MODE",
    "auto",
    "Who decides what goes out: `auto` (review), `approval` (a person, each post) or `risk`\n\
     (review where every rule is green, else a person).",
);

/// What makes up the environment's bot, its keys aside.
pub(in crate::config) const BOT_SETTINGS: &[&Setting] =
    &[&NAME, &PERSONALITY, &SCHEDULE, &TIMEZONE, &MODE];

/// The words of `mode`, in the environment and in bot files.
pub(super) const MODE_WORDS: &[(&str, ApprovalMode)] = &[
    ("auto", ApprovalMode::Auto),
    ("approval", ApprovalMode::Approval),
    ("risk", ApprovalMode::Risk),
];

/// Whether the environment declares a bot: by a variable that is about nothing else. The app's two
/// keys are not, because bots of files share them.
pub(super) fn is_declared(environment: &Environment) -> bool {
    let of_account = credentials::CREDENTIAL_SETTINGS.iter().skip(2);
    BOT_SETTINGS.iter().chain(of_account).any(|setting| {
        let file = setting.file_variable();
        environment.find(setting.variable).is_some()
            || file.is_some_and(|file| environment.find(&file).is_some())
    })
}

/// The bot, with the problems of its variables noted.
pub(super) fn read(sources: &mut Sources<'_>, mode: Mode, now: Timestamp) -> DeclaredBot {
    let (id, place) = sources.read(&NAME, parse::bot_id);
    let (prompt, _) = sources.read(&PERSONALITY, persona::prompt);
    let (cron, cron_place) = sources.read(&SCHEDULE, parse::cron);
    let (zone, _) = sources.read(&TIMEZONE, parse::zone);
    let (approval_mode, _) = sources.read(&MODE, parse::word(MODE_WORDS));
    let schedule = Schedule::new(schedule::MAIN, cron, zone);
    schedule::demand_firing(&id, &schedule, &cron_place, &mut sources.problems, now);
    let credentials = credentials::of_environment(sources, mode);
    let bot = Bot {
        id,
        persona: persona::built_in(prompt),
        schedules: vec![schedule],
        queue: QueueLimits::default(),
        managed_by: ManagedBy::Environment,
        mode: approval_mode,
        is_live: false,
        warms_up: true,
        is_rehearsal: mode.is_dry_run,
        looks_first: false,
        app: credentials::app_fingerprint(credentials.as_ref()),
        account: credentials.as_ref().and_then(Credentials::account),
        file: BotFile::default(),
    };
    let place = match place {
        Place::Default => Place::Variable(NAME.variable.to_owned()),
        set => set,
    };
    DeclaredBot { bot, credentials, grammar: None, place }
}
