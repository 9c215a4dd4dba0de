//! When a bot posts, from a bot file: either the seed's two keys, or `[[schedule]]` tables.

use std::collections::BTreeSet;

use domain::model::{BotId, Schedule, Topic};
use domain::rules::plan::next_firings;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::super::document::Section;
use super::super::parse;
use super::super::problem::{Place, Problems};
use super::super::setting::Kind;
use super::super::suggest::quoted;
use super::topics;

/// The name of a schedule that has none.
pub(super) const MAIN: &str = "main";
/// The pattern when nobody says: daily at nine.
pub(super) const CRON_DEFAULT: &str = "0 9 * * *";
/// Schedules of one bot.
const SCHEDULES_MAX: usize = 50;
/// Later than this a post is about yesterday.
const CATCH_UP_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Jitter beyond this is another schedule.
const JITTER_MAX: SignedDuration = SignedDuration::from_hours(6);

/// The schedules of a bot file.
pub(super) fn read(
    bot: &BotId,
    top: &mut Section,
    topics: &[Topic],
    problems: &mut Problems,
    now: Timestamp,
) -> Vec<Schedule> {
    let cron = top.scalar("schedule_cron", Kind::Text, problems);
    let zone = top.read("timezone", Kind::Text, problems, parse::zone);
    let zone = zone.unwrap_or(TimeZone::UTC);
    let tables = top.tables("schedule", problems);
    if let (Some(cron), false) = (&cron, tables.is_empty()) {
        let mend = "put the pattern into a [[schedule]] of its own";
        problems.add(
            cron.place.clone(),
            "schedule_cron beside [[schedule]]",
            "one of the two",
            mend,
        );
    }
    if tables.is_empty() {
        let place = cron.as_ref().map_or_else(|| top.place(), |raw| raw.place.clone());
        let text = cron.map_or_else(|| CRON_DEFAULT.to_owned(), |raw| raw.text);
        let schedule = with_cron(MAIN, &text, zone, &place, problems);
        return schedule
            .filter(|schedule| demand_firing(bot, schedule, &place, problems, now))
            .into_iter()
            .collect();
    }
    if tables.len() > SCHEDULES_MAX {
        let allowed = format!("up to {SCHEDULES_MAX}");
        problems.add(top.place(), format!("{} schedules", tables.len()), allowed, "merge some");
    }
    let mut names = BTreeSet::new();
    let mut schedules = Vec::with_capacity(tables.len());
    for mut table in tables {
        let place = table.place();
        let keeps_to = topics::of_schedule(&mut table, topics, problems);
        let Some(schedule) = read_table(bot, table, &zone, problems, now) else { continue };
        let schedule = Schedule { topics: keeps_to, ..schedule };
        if !names.insert(schedule.name.clone()) {
            let found = format!("a second schedule named {}", quoted(&schedule.name));
            problems.add(
                place,
                found,
                "each name once within a bot",
                "give it a `name` of its own",
            );
        }
        schedules.push(schedule);
    }
    schedules
}

fn read_table(
    bot: &BotId,
    mut table: Section,
    bot_zone: &TimeZone,
    problems: &mut Problems,
    now: Timestamp,
) -> Option<Schedule> {
    let name =
        table.read("name", Kind::Text, problems, |text| Ok(parse::bot_id(text)?.to_string()));
    let zone = table.read("timezone", Kind::Text, problems, parse::zone);
    let cron = table.scalar("cron", Kind::Text, problems);
    let place = cron.as_ref().map_or_else(|| table.place(), |raw| raw.place.clone());
    let catch_up = parse::duration(SignedDuration::from_mins(1), CATCH_UP_MAX);
    let catch_up = table.read("catch_up_window", Kind::Text, problems, catch_up);
    let jitter = parse::duration(SignedDuration::ZERO, JITTER_MAX);
    let jitter = table.read("jitter", Kind::Text, problems, jitter);
    let on_miss = table.read("on_miss", Kind::Text, problems, parse::on_miss);
    let quiet_hours = table.read("quiet_hours", Kind::Text, problems, parse::quiet_hours);
    let gap = parse::word(&[("shift", false), ("skip", true)]);
    let skips_gaps = table.read("gap", Kind::Text, problems, gap);
    table.finish(problems, |_| None);

    let Some(cron) = cron else {
        problems.add(
            place,
            "a [[schedule]] without cron",
            "a cron pattern",
            "write cron = \"0 9 * * *\"",
        );
        return None;
    };
    let name = name.unwrap_or_else(|| MAIN.to_owned());
    let zone = zone.unwrap_or_else(|| bot_zone.clone());
    let mut schedule = with_cron(&name, &cron.text, zone, &place, problems)?;
    schedule.catch_up_window = catch_up.unwrap_or(schedule.catch_up_window);
    schedule.jitter_max = jitter.unwrap_or(schedule.jitter_max);
    schedule.on_miss = on_miss.unwrap_or(schedule.on_miss);
    schedule.quiet_hours = quiet_hours;
    schedule.skips_gaps = skips_gaps.unwrap_or(schedule.skips_gaps);
    demand_firing(bot, &schedule, &place, problems, now).then_some(schedule)
}

/// A schedule with the default policies.
fn with_cron(
    name: &str,
    cron: &str,
    zone: TimeZone,
    place: &Place,
    problems: &mut Problems,
) -> Option<Schedule> {
    match parse::cron(cron) {
        Ok(cron) => Some(Schedule::new(name, cron, zone)),
        Err(wrong) => {
            problems.add(place.clone(), quoted(cron), wrong.allowed, wrong.mend);
            None
        }
    }
}

/// A pattern such as `0 0 30 2 *` parses, and the bot would be silent for ever.
pub(super) fn demand_firing(
    bot: &BotId,
    schedule: &Schedule,
    place: &Place,
    problems: &mut Problems,
    now: Timestamp,
) -> bool {
    let fires = !next_firings(bot, schedule, now, 1).is_empty();
    if !fires {
        problems.add(
            place.clone(),
            format!("{}, which never comes", quoted(schedule.cron.as_str())),
            "a pattern that comes at least once in eight years",
            "look at its day and month: there is no 30 February",
        );
    }
    fires
}
