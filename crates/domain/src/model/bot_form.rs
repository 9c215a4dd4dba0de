//! A bot as a form: every key of its file as text, the way a person types it. Whoever reads a form reads
//! it as a file is read, so that a page and a file never disagree about what is right.

use std::collections::BTreeMap;

use jiff::civil;
use serde::{Deserialize, Serialize};

use super::{Bot, LinkPolicy, Persona, Policy, PurseCaps, QueueLimits, Schedule, Topic};

/// Schedules that a form has room for.
pub const FORM_SCHEDULES_MAX: usize = 12;
/// What stands on a line of its own between two examples, which may have several lines.
pub const BETWEEN_EXAMPLES: &str = "---";
/// What the bot may spend, in dollars: for X a day and a month, for the model likewise.
pub const FORM_CAPS: [&str; 4] = ["x_day", "x_month", "model_day", "model_month"];

/// Every other field that is not of a schedule.
const FIELDS: [&str; 28] = [
    "name",
    "mode",
    "dry_run",
    "warm_up",
    "look_first",
    "low_water",
    "high_water",
    "batch",
    "personality_prompt",
    "posting_style",
    "tone",
    "reading_level",
    "topics",
    "content_sources",
    "formats",
    "never_say",
    "examples",
    "max_length",
    "languages",
    "links",
    "hosts",
    "mentions_allowed",
    "hashtags_max",
    "hashtags_allowed",
    "cashtags_max",
    "emoji_max",
    "banned_words",
    "disclosure",
];
const SCHEDULE_FIELDS: [&str; 9] = [
    "name",
    "cron",
    "timezone",
    "jitter",
    "catch_up_window",
    "on_miss",
    "quiet_hours",
    "gap",
    "topics",
];

/// The fields of a form, by the keys of a bot's file; those of the schedules are
/// `schedule.0.cron`, `schedule.1.cron`, ..
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BotForm(BTreeMap<String, String>);

impl BotForm {
    /// The form in which that bot stands.
    pub fn of(bot: &Bot) -> Self {
        let mut form = Self::default();
        let yes = |is_so: bool| if is_so { "yes" } else { "no" };
        form.put("name", bot.id.as_str());
        form.put("mode", bot.mode.as_str());
        form.put("dry_run", yes(bot.wants_to_rehearse()));
        form.put("warm_up", yes(bot.warms_up));
        form.put("look_first", yes(bot.looks_first));
        let QueueLimits { low_water, high_water, batch } = bot.queue;
        form.put("low_water", low_water.to_string());
        form.put("high_water", high_water.to_string());
        form.put("batch", batch.to_string());
        form.put_caps(&bot.file.budget);
        form.put_persona(&bot.persona);
        form.put_policy(&bot.persona.policy);
        for (index, schedule) in bot.schedules.iter().enumerate() {
            form.put_schedule(index, schedule);
        }
        form
    }

    /// Whether a form has a field of that key.
    pub fn knows(key: &str) -> bool {
        let of_schedule = key.strip_prefix("schedule.").and_then(|rest| rest.split_once('.'));
        match of_schedule {
            Some((index, field)) => {
                let is_place = index.parse().is_ok_and(|index: usize| index < FORM_SCHEDULES_MAX);
                is_place && SCHEDULE_FIELDS.contains(&field)
            }
            None => FIELDS.contains(&key) || FORM_CAPS.contains(&key),
        }
    }

    /// Every field with what stands in it.
    pub fn fields(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// What stands in a field; nothing in one that there is not.
    pub fn value(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    /// Writes into a field.
    pub fn put(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.0.insert(key.into(), value.into().replace("\r\n", "\n"));
    }

    /// The same, and what `typed` has in fields of its own.
    #[must_use]
    pub fn with(mut self, typed: impl IntoIterator<Item = (String, String)>) -> Self {
        for (key, value) in typed {
            self.put(key, value);
        }
        self
    }

    /// How many schedules it has, empty ones between them included.
    pub fn schedules(&self) -> usize {
        let is_there = |index: &usize| {
            let prefix = format!("schedule.{index}.");
            self.0.iter().any(|(key, value)| key.starts_with(&prefix) && !value.trim().is_empty())
        };
        (0..FORM_SCHEDULES_MAX).filter(is_there).max().map_or(0, |last| last + 1)
    }

    /// In dollars; nothing where there is no cap of its own.
    fn put_caps(&mut self, caps: &PurseCaps) {
        let PurseCaps { x, model } = caps;
        for (key, cap) in FORM_CAPS.into_iter().zip([x.day, x.month, model.day, model.month]) {
            self.put(key, cap.map_or(String::new(), |cap| cap.dollars().to_string()));
        }
    }

    fn put_persona(&mut self, persona: &Persona) {
        self.put("personality_prompt", &persona.personality_prompt);
        self.put("posting_style", &persona.posting_style);
        self.put("tone", &persona.tone);
        self.put("reading_level", persona.reading_level.map_or("", |level| level.as_str()));
        let topics: Vec<String> = persona.topics.iter().map(topic_line).collect();
        self.put("topics", topics.join("\n"));
        self.put("content_sources", persona.content_sources.join("\n"));
        self.put("formats", persona.formats.join("\n"));
        self.put("never_say", persona.never_say.join("\n"));
        self.put("examples", persona.examples.join(&format!("\n{BETWEEN_EXAMPLES}\n")));
    }

    fn put_policy(&mut self, policy: &Policy) {
        let most = |most: Option<u32>| most.map_or(String::new(), |most| most.to_string());
        self.put("max_length", policy.max_length.to_string());
        self.put("languages", policy.languages.join(", "));
        let (links, hosts) = match &policy.links {
            LinkPolicy::Any => ("any", String::new()),
            // The link of one item is of one post, and never of a bot.
            LinkPolicy::None | LinkPolicy::Own(_) => ("none", String::new()),
            LinkPolicy::Hosts(hosts) => ("hosts", hosts.join(", ")),
        };
        self.put("links", links);
        self.put("hosts", hosts);
        self.put("mentions_allowed", policy.mentions_allowed.join(", "));
        self.put("hashtags_max", most(policy.hashtags_max));
        self.put("hashtags_allowed", policy.hashtags_allowed.join(", "));
        self.put("cashtags_max", policy.cashtags_max.to_string());
        self.put("emoji_max", most(policy.emoji_max));
        self.put("banned_words", policy.banned_words.join("\n"));
        self.put("disclosure", policy.disclosure.as_deref().unwrap_or_default());
    }

    fn put_schedule(&mut self, index: usize, schedule: &Schedule) {
        let clock = |time: civil::Time| time.strftime("%H:%M").to_string();
        let quiet = schedule
            .quiet_hours
            .map_or(String::new(), |quiet| format!("{}-{}", clock(quiet.from), clock(quiet.until)));
        let fields = [
            ("name", schedule.name.clone()),
            ("cron", schedule.cron.to_string()),
            ("timezone", schedule.zone_name().to_owned()),
            ("jitter", format!("{:#}", schedule.jitter_max)),
            ("catch_up_window", format!("{:#}", schedule.catch_up_window)),
            ("on_miss", schedule.on_miss.as_str().to_owned()),
            ("quiet_hours", quiet),
            ("gap", if schedule.skips_gaps { "skip" } else { "shift" }.to_owned()),
            ("topics", schedule.topics.join("\n")),
        ];
        for (key, value) in fields {
            self.put(format!("schedule.{index}.{key}"), value);
        }
    }
}

/// `fog`, or `fog | 3 | the smell; the sound | a question` with its weight, angles and formats.
fn topic_line(topic: &Topic) -> String {
    let parts = [
        topic.name.clone(),
        if topic.weight == 1 { String::new() } else { topic.weight.to_string() },
        topic.angles.join("; "),
        topic.formats.join("; "),
    ];
    let used = parts.iter().rposition(|part| !part.is_empty()).map_or(0, |last| last + 1);
    parts[..used].join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_one_line() {
        let heavy = Topic { weight: 3, ..Topic::new("fog") };
        let angled =
            Topic { angles: vec!["the smell".into(), "the sound".into()], ..heavy.clone() };
        let formed = Topic { formats: vec!["a question".into()], ..Topic::new("birds") };
        for (topic, line) in [
            (Topic::new("fog"), "fog"),
            (heavy, "fog | 3"),
            (angled, "fog | 3 | the smell; the sound"),
            (formed, "birds |  |  | a question"),
        ] {
            assert_eq!(topic_line(&topic), line);
        }
    }

    #[test]
    fn a_form_knows_its_fields_and_no_other() {
        let known =
            ["tone", "x_day", "model_month", "disclosure", "schedule.0.cron", "schedule.11.gap"];
        assert!(known.into_iter().all(BotForm::knows));
        let unknown = [
            "",
            "app",
            "schedule",
            "schedule.0",
            "schedule.12.cron",
            "schedule.x.cron",
            "schedule.0.place",
        ];
        assert!(!unknown.into_iter().any(BotForm::knows));
    }

    #[test]
    fn what_was_typed_stands_over_what_was_there() {
        let form = BotForm::default().with([("tone".to_owned(), "dry".to_owned())]);
        let form = form.with([("tone".to_owned(), "a\r\nb".to_owned())]);
        assert_eq!((form.value("tone"), form.value("style")), ("a\nb", ""));
        assert_eq!(form.schedules(), 0);
        let form = form.with([("schedule.2.cron".to_owned(), "0 9 * * *".to_owned())]);
        assert_eq!(form.schedules(), 3);
    }
}
