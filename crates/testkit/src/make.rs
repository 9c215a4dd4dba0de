//! Builders with defaults for everything a test is not about.

use domain::model::{
    ApprovalMode, Bot, BotFile, BotId, Cron, ManagedBy, Persona, QueueLimits, Schedule,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// `at("2026-11-23T09:00:00Z")`.
pub fn at(text: &str) -> Timestamp {
    text.parse().expect("an RFC 3339 time")
}

/// A persona with two topics, `weather` and `ships`.
pub fn persona() -> Persona {
    Persona {
        personality_prompt: "You are a lighthouse keeper.".to_owned(),
        posting_style: "short observations".to_owned(),
        topics: vec!["weather".into(), "ships".into()],
        tone: "calm".to_owned(),
        ..Persona::default()
    }
}

/// The schedule `main` in UTC.
pub fn schedule(cron: &str) -> Schedule {
    Schedule::new("main", Cron::parse(cron).expect("a cron pattern"), TimeZone::UTC)
}

/// A bot that posts daily at 09:00 UTC.
pub fn bot(id: &str) -> Bot {
    Bot {
        id: BotId::try_from(id).expect("a bot name"),
        persona: persona(),
        schedules: vec![schedule("0 9 * * *")],
        queue: QueueLimits::default(),
        managed_by: ManagedBy::File,
        is_live: false,
        warms_up: false,
        is_rehearsal: false,
        mode: ApprovalMode::Auto,
        looks_first: false,
        app: "app".to_owned(),
        account: None,
        file: BotFile::default(),
    }
}
