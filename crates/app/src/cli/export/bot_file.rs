//! A bot in the words of its file. What is as it would be anyway is left out.

use std::collections::BTreeMap;

use domain::model::{
    Bot, BotFile as Kept, Feed, LinkPolicy, Persona, Policy, PurseCaps, QueueLimits, ReadingLevel,
    Schedule, Telling, Topic, WEIGHT_MAX,
};
use serde::Serialize;

/// The keys of `bots/NAME.toml`, single values before tables.
#[derive(Serialize)]
struct BotFile<'a> {
    personality_prompt: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    content_sources: &'a [String],
    posting_style: &'a str,
    tone: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reading_level: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    topics: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    formats: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    examples: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    never_say: &'a [String],
    max_length: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    grammar: Option<&'a str>,
    mode: &'static str,
    warm_up: bool,
    dry_run: bool,
    look_first: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    topic: Vec<TopicTable<'a>>,
    schedule: Vec<ScheduleTable<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    feed: Vec<FeedTable<'a>>,
    review: ReviewTable<'a>,
    queue: QueueTable,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    budget: BTreeMap<&'static str, f64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    twitter: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct TopicTable<'a> {
    name: &'a str,
    weight: u32,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    angles: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    formats: &'a [String],
}

#[derive(Serialize)]
struct ScheduleTable<'a> {
    name: &'a str,
    cron: &'a str,
    timezone: &'a str,
    catch_up_window: String,
    on_miss: &'static str,
    jitter: String,
    gap: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    quiet_hours: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    topics: &'a [String],
}

#[derive(Serialize)]
struct FeedTable<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
    every: String,
    first_items: u32,
    items_max: u32,
    age_days_max: u32,
}

#[derive(Serialize)]
struct ReviewTable<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    languages: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    mentions_allowed: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    hashtags_max: Option<u32>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    hashtags_allowed: &'a [String],
    cashtags_max: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    emoji_max: Option<u32>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    banned_words: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    disclosure: Option<&'a str>,
    links: Links<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Links<'a> {
    Word(&'static str),
    Hosts { hosts: &'a [String] },
}

#[derive(Serialize)]
struct QueueTable {
    low_water: u32,
    high_water: u32,
    batch: u32,
}

/// The file of a bot; `grammar` is the name of the one that its grammar is written to.
pub(super) fn text(bot: &Bot, grammar: Option<&str>) -> Result<String, toml::ser::Error> {
    toml::to_string_pretty(&of(bot, grammar))
}

/// Each struct is taken apart whole, so that what is added to one cannot be forgotten here. What is
/// left aside is of no file.
fn of<'a>(bot: &'a Bot, grammar: Option<&'a str>) -> BotFile<'a> {
    let Bot {
        id: _,
        persona,
        schedules,
        queue: QueueLimits { low_water, high_water, batch },
        managed_by: _,
        mode,
        is_live: _,
        warms_up,
        is_rehearsal: _,
        looks_first,
        app: _,
        account: _,
        file: Kept { grammar: _, twitter, budget, dry_run: _, feeds },
    } = bot;
    let Persona {
        personality_prompt,
        content_sources,
        posting_style,
        topics,
        tone,
        formats,
        examples,
        never_say,
        reading_level,
        policy,
    } = persona;
    let are_bare = topics.iter().all(Topic::is_bare);
    let (bare, long) = if are_bare { (&topics[..], &[][..]) } else { (&[][..], &topics[..]) };
    BotFile {
        personality_prompt,
        content_sources,
        posting_style,
        tone,
        reading_level: reading_level.map(ReadingLevel::as_str),
        topics: bare.iter().map(|topic| topic.name.as_str()).collect(),
        formats,
        examples,
        never_say,
        max_length: policy.max_length,
        grammar,
        mode: mode.as_str(),
        warm_up: *warms_up,
        dry_run: bot.wants_to_rehearse(),
        look_first: *looks_first,
        topic: long.iter().map(topic_table).collect(),
        schedule: schedules.iter().map(schedule_table).collect(),
        feed: feeds.iter().map(feed_table).collect(),
        review: review_table(policy),
        queue: QueueTable { low_water: *low_water, high_water: *high_water, batch: *batch },
        budget: budget_table(budget),
        twitter,
    }
}

/// What has no cap has no key.
fn budget_table(budget: &PurseCaps) -> BTreeMap<&'static str, f64> {
    let PurseCaps { x, model } = budget;
    let all = [
        ("x_day", x.day),
        ("x_month", x.month),
        ("model_day", model.day),
        ("model_month", model.month),
    ];
    all.into_iter().filter_map(|(key, cap)| Some((key, cap?.dollars()))).collect()
}

fn topic_table(topic: &Topic) -> TopicTable<'_> {
    let Topic { name, weight, angles, formats } = topic;
    TopicTable { name, weight: (*weight).clamp(1, WEIGHT_MAX), angles, formats }
}

fn schedule_table(schedule: &Schedule) -> ScheduleTable<'_> {
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
    let clock = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
    ScheduleTable {
        name,
        cron: cron.as_str(),
        timezone: schedule.zone_name(),
        catch_up_window: format!("{catch_up_window:#}"),
        on_miss: on_miss.as_str(),
        jitter: format!("{jitter_max:#}"),
        gap: if *skips_gaps { "skip" } else { "shift" },
        quiet_hours: quiet_hours
            .map(|hours| format!("{}-{}", clock(hours.from), clock(hours.until))),
        topics,
    }
}

fn feed_table(feed: &Feed) -> FeedTable<'_> {
    let Feed { url, telling, topic, every_minutes, first_items, items_max, age_days_max } = feed;
    let (template, link) = match telling {
        Telling::Template(text) => (Some(text.as_str()), None),
        Telling::Model { has_link } => (None, Some(*has_link)),
    };
    FeedTable {
        url: url.as_str(),
        template,
        link,
        topic: topic.as_deref(),
        every: format!("{every_minutes}m"),
        first_items: *first_items,
        items_max: *items_max,
        age_days_max: *age_days_max,
    }
}

fn review_table(policy: &Policy) -> ReviewTable<'_> {
    let Policy {
        max_length: _,
        languages,
        links,
        mentions_allowed,
        hashtags_max,
        hashtags_allowed,
        cashtags_max,
        emoji_max,
        banned_words,
        disclosure,
        trends: _,
    } = policy;
    ReviewTable {
        languages,
        mentions_allowed,
        hashtags_max: *hashtags_max,
        hashtags_allowed,
        cashtags_max: *cashtags_max,
        emoji_max: *emoji_max,
        banned_words,
        disclosure: disclosure.as_deref(),
        links: match links {
            LinkPolicy::Any => Links::Word("any"),
            // The link of one item is of one post, and never of a file.
            LinkPolicy::None | LinkPolicy::Own(_) => Links::Word("none"),
            LinkPolicy::Hosts(hosts) => Links::Hosts { hosts },
        },
    }
}
