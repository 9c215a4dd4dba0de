//! A bot, key by key, under the names that its file has for them.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::model::{Bot, BotFile, Caps, Feed, Persona, PurseCaps, QueueLimits, Schedule, XUserId};

/// Every key with its value. Each struct is taken apart whole, so that what is added to one cannot be
/// forgotten here.
pub(super) fn fields(bot: &Bot) -> Vec<(String, Value)> {
    let Bot {
        id: _,
        persona,
        schedules,
        queue,
        managed_by,
        mode,
        // Worked out from where X is; no file says it.
        is_live: _,
        warms_up,
        is_rehearsal,
        looks_first,
        app,
        account,
        file,
    } = bot;
    let mut all = of_persona(persona);
    all.push(named_list("schedules", schedules.iter().map(|schedule| schedule.name.as_str())));
    all.extend(schedules.iter().flat_map(of_schedule));
    let QueueLimits { low_water, high_water, batch } = queue;
    let account = account.as_ref().map(XUserId::as_str);
    // What it wants is told as whether it rehearses.
    let BotFile { grammar, twitter, budget, dry_run: _, feeds } = file;
    let rest = [
        ("queue.low_water", json!(low_water)),
        ("queue.high_water", json!(high_water)),
        ("queue.batch", json!(batch)),
        ("mode", json!(mode.as_str())),
        ("warm_up", json!(warms_up)),
        ("dry_run", json!(is_rehearsal)),
        ("look_first", json!(looks_first)),
        ("grammar", json!(grammar)),
        ("declared by", json!(managed_by.as_str())),
        ("X app", json!(app)),
        ("X account", json!(account)),
    ];
    all.extend(rest.map(|(name, value)| (name.to_owned(), value)));
    all.extend(of_budget(budget));
    all.push(named_list("feeds", feeds.iter().map(|feed| feed.url.as_str())));
    all.extend(feeds.iter().flat_map(of_feed));
    all.extend(twitter.iter().map(|(key, value)| (format!("twitter.{key}"), json!(value))));
    all
}

fn of_feed(feed: &Feed) -> Vec<(String, Value)> {
    let more = object(feed).into_iter().filter(|(key, _)| key != "url");
    more.map(|(key, value)| (format!("feed {}: {key}", feed.url.as_str()), value)).collect()
}

/// In dollars, as they are written.
fn of_budget(budget: &PurseCaps) -> [(String, Value); 4] {
    let PurseCaps { x: Caps { day, month }, model } = budget;
    let Caps { day: model_day, month: model_month } = model;
    [("x_day", day), ("x_month", month), ("model_day", model_day), ("model_month", model_month)]
        .map(|(key, cap)| (format!("budget.{key}"), json!(cap.map(|cap| cap.to_string()))))
}

fn of_persona(persona: &Persona) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (key, value) in object(persona) {
        match key.as_str() {
            "topics" => {
                let names = persona.topics.iter().map(|topic| topic.name.as_str());
                all.push(named_list("topics", names));
                for topic in persona.topics.iter().filter(|topic| !topic.is_bare()) {
                    let more = object(topic).into_iter().filter(|(key, _)| key != "name");
                    let name = &topic.name;
                    all.extend(more.map(|(key, value)| (format!("topic {name}: {key}"), value)));
                }
            }
            "policy" => {
                let policy = object(&persona.policy).into_iter();
                all.extend(policy.map(|(key, value)| match key.as_str() {
                    "max_length" => (key, value),
                    _ => (format!("review.{key}"), value),
                }));
            }
            _ => all.push((key, value)),
        }
    }
    all
}

fn of_schedule(schedule: &Schedule) -> Vec<(String, Value)> {
    let Schedule {
        name,
        cron,
        zone: _,
        skips_gaps,
        catch_up_window,
        on_miss,
        jitter_max,
        quiet_hours,
        topics,
    } = schedule;
    let quiet = quiet_hours.map(|hours| format!("{}-{}", hours.from, hours.until));
    [
        ("cron", json!(cron.as_str())),
        ("timezone", json!(schedule.zone_name())),
        ("gap", json!(if *skips_gaps { "skip" } else { "shift" })),
        ("catch_up_window", json!(format!("{catch_up_window:#}"))),
        ("on_miss", json!(on_miss.as_str())),
        ("jitter", json!(format!("{jitter_max:#}"))),
        ("quiet_hours", json!(quiet)),
        ("topics", json!(topics)),
    ]
    .map(|(key, value)| (format!("schedule {name}: {key}"), value))
    .to_vec()
}

fn named_list<'a>(field: &str, names: impl Iterator<Item = &'a str>) -> (String, Value) {
    (field.to_owned(), names.collect())
}

fn object<T: Serialize>(value: &T) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(entries)) => entries,
        Ok(_) | Err(_) => Map::new(),
    }
}
