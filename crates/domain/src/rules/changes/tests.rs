//! A plan says what changes, and only that.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, civil};

use super::*;
use crate::model::{
    ApprovalMode, BotFile, Caps, Cron, Feed, FeedUrl, LinkPolicy, MicroUsd, Persona, Policy,
    PurseCaps, QueueLimits, QuietHours, ReadingLevel, Schedule, Telling, Topic,
};

const PLACES: [ManagedBy; 2] = [ManagedBy::Environment, ManagedBy::File];

fn bot(id: &str) -> Bot {
    Bot {
        id: BotId::try_from(id).unwrap(),
        persona: Persona {
            personality_prompt: "You keep a lighthouse.".to_owned(),
            topics: vec!["fog".into(), "ships".into()],
            ..Persona::default()
        },
        schedules: vec![schedule("main", "0 9 * * *")],
        queue: QueueLimits::default(),
        managed_by: ManagedBy::File,
        mode: ApprovalMode::Auto,
        is_live: false,
        warms_up: true,
        is_rehearsal: false,
        looks_first: false,
        app: "app".to_owned(),
        account: None,
        file: BotFile::default(),
    }
}

fn schedule(name: &str, cron: &str) -> Schedule {
    Schedule::new(name, Cron::parse(cron).unwrap(), TimeZone::UTC)
}

/// `field: was -> becomes`, a list's entry with a sign.
fn told_of(changes: &[Change]) -> Vec<String> {
    let line = |change: &Change| match (&change.was, &change.becomes) {
        (Some(was), Some(becomes)) => format!("{}: {was} -> {becomes}", change.field),
        (None, Some(becomes)) => format!("{}: + {becomes}", change.field),
        (Some(was), None) => format!("{}: - {was}", change.field),
        (None, None) => format!("{}: ?", change.field),
    };
    changes.iter().map(line).collect()
}

#[test]
fn bots_come_go_come_back_and_change() {
    let there = [
        (bot("closed"), BotState::Closed),
        (bot("gone"), BotState::Active),
        (Bot { managed_by: ManagedBy::Dashboard, ..bot("of-the-dashboard") }, BotState::Active),
        (bot("paused"), BotState::Paused),
        (bot("same"), BotState::Active),
        (bot("still-closed"), BotState::Closed),
    ];
    let paused = Bot { looks_first: true, ..bot("paused") };
    let declared = [bot("same"), paused, bot("new"), bot("closed")];
    let plan = changes(&there, &declared, &PLACES);
    let steps: Vec<_> = plan.iter().map(|one| (one.bot.as_str(), one.step)).collect();
    assert_eq!(
        steps,
        [
            ("closed", Step::Reopen),
            ("gone", Step::Close),
            ("new", Step::Add),
            ("paused", Step::Change)
        ]
    );
    assert_eq!(told_of(&plan[3].changes), ["look_first: false -> true"]);
    assert!(plan[..3].iter().all(|one| one.changes.is_empty()));
}

#[test]
fn a_change_is_told_by_the_key_of_the_file() {
    let old = bot("ada");
    let new = Bot {
        persona: Persona {
            tone: "dry".to_owned(),
            topics: vec![
                Topic { weight: 3, angles: vec!["smell".to_owned()], ..Topic::new("fog") },
                "birds".into(),
            ],
            never_say: vec!["ahoy".to_owned()],
            reading_level: Some(ReadingLevel::Plain),
            policy: Policy { max_length: 200, links: LinkPolicy::None, ..Policy::default() },
            ..old.persona.clone()
        },
        schedules: vec![
            Schedule { topics: vec!["fog".to_owned()], ..schedule("main", "30 9 * * *") },
            schedule("late", "0 22 * * *"),
        ],
        mode: ApprovalMode::Risk,
        queue: QueueLimits { batch: 7, ..QueueLimits::default() },
        file: BotFile {
            grammar: None,
            twitter: [("api_key_env".to_owned(), "KEY".to_owned())].into(),
            dry_run: None,
            budget: PurseCaps {
                x: Caps { day: Some(MicroUsd(250_000)), month: None },
                ..PurseCaps::default()
            },
            feeds: vec![Feed::at(
                FeedUrl::stored("https://harbour.org/tides.xml").unwrap(),
                Telling::Template("{title}".to_owned()),
            )],
        },
        ..old.clone()
    };
    let told = told_of(&changes_of(&old, &new));
    for line in [
        "tone:  -> dry",
        "topics: - ships",
        "topics: + birds",
        "topic fog: weight: + 3",
        "topic fog: angles: + smell",
        "never_say: + ahoy",
        "reading_level: + plain",
        "max_length: 280 -> 200",
        "mode: auto -> risk",
        "budget.x_day: + $0.25",
        "feeds: + https://harbour.org/tides.xml",
        "feed https://harbour.org/tides.xml: every_minutes: + 30",
        "review.links: any -> none",
        "schedules: + late",
        "schedule main: cron: 0 9 * * * -> 30 9 * * *",
        "schedule main: topics: + fog",
        "schedule late: cron: + 0 22 * * *",
        "queue.batch: 10 -> 7",
        "twitter.api_key_env: + KEY",
    ] {
        assert!(told.iter().any(|one| one == line), "{line} in {told:#?}");
    }
    assert!(!told.iter().any(|line| line.contains("personality_prompt")), "{told:?}");
}

#[test]
fn every_part_of_a_bot_is_looked_at() {
    let old = bot("ada");
    let other = |change: fn(&mut Bot)| {
        let mut new = old.clone();
        change(&mut new);
        changes_of(&old, &new).len()
    };
    let parts: [fn(&mut Bot); 14] = [
        |bot| bot.persona.topics.reverse(),
        |bot| bot.persona.formats.push("a question".to_owned()),
        |bot| bot.persona.examples.push("Fog.".to_owned()),
        |bot| bot.persona.policy.emoji_max = Some(1),
        |bot| bot.schedules[0].zone = TimeZone::get("Europe/Lisbon").unwrap(),
        |bot| bot.schedules[0].skips_gaps = true,
        |bot| bot.schedules[0].catch_up_window = SignedDuration::from_mins(5),
        |bot| bot.schedules[0].jitter_max = SignedDuration::from_mins(5),
        |bot| {
            let time = |hour| civil::time(hour, 0, 0, 0);
            bot.schedules[0].quiet_hours = Some(QuietHours { from: time(1), until: time(2) });
        },
        |bot| bot.managed_by = ManagedBy::Environment,
        |bot| bot.is_rehearsal = true,
        |bot| bot.app = "another".to_owned(),
        |bot| bot.account = "12".try_into().ok(),
        |bot| bot.file.grammar = Some("{}".to_owned()),
    ];
    for (place, part) in parts.into_iter().enumerate() {
        assert_eq!(other(part), 1, "part {place}");
    }
}
