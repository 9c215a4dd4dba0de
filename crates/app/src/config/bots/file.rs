//! A bot of `bots/NAME.toml`.

use std::path::Path;

use domain::model::{
    ApprovalMode, Bot, BotFile, BotId, Credentials, FeedReach, ManagedBy, QueueLimits,
};
use jiff::Timestamp;

use super::super::budget;
use super::super::document::Section;
use super::super::mode::Mode;
use super::super::parse;
use super::super::problem::{Place, Problems};
use super::super::setting::Kind;
use super::super::sources::{Sources, parse_file};
use super::super::suggest::quoted;
use super::{DeclaredBot, credentials, environment, feeds, grammar, persona, schedule, topics};

/// A queue longer than this is written for months that nobody can foresee.
const QUEUE_MAX: u32 = 10_000;
/// Posts in one request to the model.
const BATCH_MAX: u32 = 50;

/// The bot in the file at `path`; its problems are noted, and a bot that cannot be made of what is
/// left is left out.
pub(super) fn read(
    path: &Path,
    sources: &mut Sources<'_>,
    (mode, reach): (Mode, FeedReach),
    now: Timestamp,
) -> Option<DeclaredBot> {
    let top = parse_file(path, &mut sources.problems)?;
    read_section(top, path, sources, (mode, reach), now)
}

/// The same of a text that was parsed already; `path` is what messages call it.
pub(super) fn read_section(
    mut top: Section,
    path: &Path,
    sources: &mut Sources<'_>,
    (mode, reach): (Mode, FeedReach),
    now: Timestamp,
) -> Option<DeclaredBot> {
    let problems = &mut sources.problems;
    let id = read_name(path, &mut top, problems);
    // The schedule of a nameless bot is read for its problems all the same.
    let named = id.clone().unwrap_or_else(|| BotId::try_from("unnamed").expect("a bot name"));
    let topics = topics::read(&mut top, problems);
    let (grammar, json) = grammar::read(&mut top, path, problems).unzip();
    let schedules = schedule::read(&named, &mut top, &topics, problems, now);
    let feeds = feeds::read(&mut top, &topics, reach, problems);
    let persona = persona::read(&mut top, topics, problems);
    if let Some(persona) = &persona {
        feeds::refuse_unlinked(&feeds, persona, problems);
    }
    let queue = read_queue(top.table("queue", problems), problems);
    let budget = budget::read_own(top.table("budget", problems), problems);
    let approval_mode =
        top.read("mode", Kind::Text, problems, parse::word(environment::MODE_WORDS));
    let warms_up = top.read("warm_up", Kind::Flag, problems, parse::flag);
    let dry_run = top.read("dry_run", Kind::Flag, problems, parse::flag);
    let looks_first = top.read("look_first", Kind::Flag, problems, parse::flag);
    let twitter = top.table("twitter", problems);
    let mut keys = twitter.texts();
    // Whatever else stands there is a mistake, and may be a secret.
    keys.retain(|key, _| key.ends_with("_env") || key.ends_with("_file"));
    top.finish(problems, |_| None);

    let is_rehearsal = mode.is_dry_run || dry_run.unwrap_or(false);
    let credentials = credentials::of_file(&named, twitter, sources, is_rehearsal);
    let bot = Bot {
        id: id?,
        persona: persona?,
        schedules,
        queue,
        managed_by: ManagedBy::File,
        mode: approval_mode.unwrap_or(ApprovalMode::Auto),
        is_live: false,
        warms_up: warms_up.unwrap_or(true),
        is_rehearsal,
        looks_first: looks_first.unwrap_or(false),
        app: credentials::app_fingerprint(credentials.as_ref()),
        account: credentials.as_ref().and_then(Credentials::account),
        file: BotFile {
            grammar: json,
            twitter: keys,
            budget,
            // Only what differs from a file that says nothing.
            dry_run: dry_run.filter(|is_wanted| *is_wanted),
            feeds: feeds.into_iter().map(|(_, feed)| feed).collect(),
        },
    };
    let place = Place::Path(path.display().to_string());
    Some(DeclaredBot { bot, credentials, grammar, place })
}

/// The file's name, unless the key `name` says otherwise.
fn read_name(path: &Path, top: &mut Section, problems: &mut Problems) -> Option<BotId> {
    if let Some(raw) = top.scalar("name", Kind::Text, problems) {
        return match parse::bot_id(&raw.text) {
            Ok(id) => Some(id),
            Err(wrong) => {
                problems.add(raw.place, quoted(&raw.text), wrong.allowed, wrong.mend);
                None
            }
        };
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    match parse::bot_id(&stem) {
        Ok(id) => Some(id),
        Err(wrong) => {
            let place = Place::Path(path.display().to_string());
            let mend = "rename the file, or write name = \"lighthouse\" into it";
            problems.add(place, format!("a file named {}", quoted(&stem)), wrong.allowed, mend);
            None
        }
    }
}

fn read_queue(mut table: Section, problems: &mut Problems) -> QueueLimits {
    let default = QueueLimits::default();
    let place = table.place();
    let low = table.read("low_water", Kind::Number, problems, parse::number(1, QUEUE_MAX));
    let high = table.read("high_water", Kind::Number, problems, parse::number(1, QUEUE_MAX));
    let batch = table.read("batch", Kind::Number, problems, parse::number(1, BATCH_MAX));
    table.finish(problems, |_| None);
    let low_water = low.unwrap_or(default.low_water);
    let limits = QueueLimits {
        low_water,
        high_water: high.unwrap_or(default.high_water.max(low_water.saturating_mul(2))),
        batch: batch.unwrap_or(default.batch),
    };
    if limits.high_water < limits.low_water {
        problems.add(
            place,
            format!("high_water {} below low_water {}", limits.high_water, limits.low_water),
            "high_water at or above low_water",
            "raise high_water",
        );
    }
    limits
}
