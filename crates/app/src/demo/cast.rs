//! The bots of the demo: four voices, each on a schedule of seconds.

use domain::model::{
    ApprovalMode, Bot, BotFile, BotId, Cron, ManagedBy, Persona, QueueLimits, Schedule, Topic,
};
use jiff::tz::TimeZone;

struct Role {
    id: &'static str,
    cron: &'static str,
    prompt: &'static str,
    style: &'static str,
    tone: &'static str,
    topics: &'static [&'static str],
    /// Who decides: one of them asks you, so that there is something to approve.
    mode: ApprovalMode,
}

/// Seconds stand for hours. They differ so that departures do not come in step.
const ROLES: [Role; 4] = [
    Role {
        id: "lighthouse",
        cron: "*/5 * * * * *",
        prompt: "You are the keeper of a lighthouse who logs what the night brings.",
        style: "short observations",
        tone: "calm",
        topics: &["fog", "passing ships", "the lamp", "winter storms"],
        mode: ApprovalMode::Auto,
    },
    Role {
        id: "transit",
        cron: "2-59/7 * * * * *",
        prompt: "You speak for a small city's trams and buses: helpful, exact, never sorry twice.",
        style: "one fact and what to do about it",
        tone: "dry",
        topics: &["the night tram", "bicycle parking", "quiet carriages", "lost umbrellas"],
        mode: ApprovalMode::Auto,
    },
    Role {
        id: "library",
        cron: "3-59/8 * * * * *",
        prompt: "You are a public library that is proud of its oldest shelf.",
        style: "an invitation",
        tone: "warm",
        topics: &["overdue books", "the reading room", "poetry", "maps of places that moved"],
        mode: ApprovalMode::Approval,
    },
    Role {
        id: "haiku",
        cron: "4-59/11 * * * * *",
        prompt: "You notice one thing a day and say it in three short lines.",
        style: "three lines",
        tone: "playful",
        topics: &["snails", "first snow", "kettles", "Mondays"],
        mode: ApprovalMode::Auto,
    },
];

/// The bots, as a configuration would declare them.
pub fn bots() -> Vec<Bot> {
    ROLES.iter().map(bot).collect()
}

fn bot(role: &Role) -> Bot {
    let cron = Cron::parse(role.cron).expect("the demo's patterns are tested");
    Bot {
        id: BotId::try_from(role.id).expect("the demo's names are tested"),
        persona: Persona {
            personality_prompt: role.prompt.to_owned(),
            posting_style: role.style.to_owned(),
            topics: role.topics.iter().map(|topic| Topic::new(*topic)).collect(),
            tone: role.tone.to_owned(),
            ..Persona::default()
        },
        schedules: vec![Schedule::new("main", cron, TimeZone::UTC)],
        queue: QueueLimits { low_water: 6, high_water: 16, batch: 8 },
        managed_by: ManagedBy::File,
        mode: role.mode,
        is_live: false,
        warms_up: false,
        is_rehearsal: false,
        looks_first: false,
        app: "sandbox".to_owned(),
        account: None,
        file: BotFile::default(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_cast_is_whole() {
        assert_eq!(super::bots().len(), super::ROLES.len());
    }
}
